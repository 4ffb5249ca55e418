"""Broken clients that CONC requirements catch."""

from typing import Any

from mockex.testing.client import Client, ClientError, Heard, Host
from tests.conformance.broken import Broken

RIGHT_SIGNED, RIGHT_ASK, RIGHT_TRY, RIGHT_SET_CLOCK = Client._signed, Client._ask, Client._try, Client._set_clock


async def of_the_first_asked(self: Client, target: str, timeout_s: float) -> Heard:
    """Give all who ask a path one answer."""
    path = target.partition("?")[0]
    if path not in self.__dict__:
        self.__dict__[path] = await RIGHT_TRY(self, target, timeout_s)
    answer: Heard = self.__dict__[path]
    return answer


def of_the_first(self: Client, query: str, host: Host) -> str:
    """Keep in the instance the first signature."""
    unsigned, _, signature = RIGHT_SIGNED(self, query, host).partition("&signature=")
    return f"{unsigned}&signature={self.__dict__.setdefault('signature', signature)}"


async def for_nobody(_self: Client, _host: Host, _deadline_s: float) -> None:
    """Wait for no limit."""


async def each_for_itself(self: Client, host: Host, deadline_s: float) -> None:
    """Correct the clock, and tell nobody."""
    await RIGHT_SET_CLOCK(self, host, deadline_s)
    host.corrected -= 1


async def all_or_none(self: Client, target: str, timeout_s: float) -> Heard:
    """Once a call has failed, let all others fail."""
    if self.__dict__.get("has_failed"):
        return Heard(failure="the session is broken")
    heard = await RIGHT_TRY(self, target, timeout_s)
    if heard.failure:
        self.__dict__["has_failed"] = True
    return heard


async def told_the_first(self: Client, *about: Any) -> Any:
    """Keep in the instance the first error, and raise it."""
    try:
        return await RIGHT_ASK(self, *about)
    except ClientError as error:
        raise self.__dict__.setdefault("error", error) from None


CONC: tuple[Broken, ...] = (
    Broken("CONC-MIX", "all who ask a path share an answer", Client, "_try", of_the_first_asked),
    Broken("CONC-SIGN", "calls share a signature", Client, "_signed", of_the_first),
    Broken("CONC-LIMIT", "nobody waits", Client, "_wait_for", for_nobody),
    Broken("CONC-CLOCK", "each corrects the clock", Client, "_set_clock", each_for_itself),
    Broken("CONC-FAILURE", "one failure is that of all", Client, "_try", all_or_none),
    Broken("CONC-ERRORS", "calls share an error", Client, "_ask", told_the_first),
)
