"""Broken clients that SIG requirements catch."""

from mockex.testing.client import Client, Host
from tests.conformance.broken import Broken

RIGHT_SIGNED = Client._signed


def stamped_once(self: Client, query: str, host: Host) -> str:
    """Use a signed query again, if there is one."""
    signed: dict[str, str] = self.__dict__.setdefault("_once", {})
    return signed.setdefault(query, RIGHT_SIGNED(self, query, host))


def sent_sorted(self: Client, query: str, host: Host) -> str:
    """Sort the parameters once they are signed."""
    return "&".join(sorted(RIGHT_SIGNED(self, query, host).split("&")))


SIG: tuple[Broken, ...] = (
    Broken("SIG-HMAC", "parameters are sorted after signing", Client, "_signed", sent_sorted),
    Broken("SIG-FRESH", "a retry is stamped as the first try", Client, "_signed", stamped_once),
)
