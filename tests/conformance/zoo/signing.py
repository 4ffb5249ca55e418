"""Broken clients that SIG requirements catch."""

from base64 import b64decode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus, urlencode

import aiohttp

from mockex.signer import Signer
from mockex.testing import client
from mockex.testing.client import Client, Host
from tests.conformance.broken import Broken

RIGHT_SIGNED = Client._signed
RIGHT_GET = aiohttp.ClientSession.get


def stamped_once(self: Client, query: str, host: Host) -> str:
    """Use a signed query again, if there is one."""
    signed: dict[str, str] = self.__dict__.setdefault("_once", {})
    return signed.setdefault(query, RIGHT_SIGNED(self, query, host))


def signature_kept(self: Client, query: str, host: Host) -> str:
    """Stamp a retry anew, and send it with the signature of the first try."""
    query, _, signature = RIGHT_SIGNED(self, query, host).rpartition("&")
    return f"{query}&{self.__dict__.setdefault('_first', signature)}"


def sent_sorted(self: Client, query: str, host: Host) -> str:
    """Sort the parameters once they are signed."""
    return "&".join(sorted(RIGHT_SIGNED(self, query, host).split("&")))


def signed_sorted(self: Signer, query: str) -> str:
    """Sign the parameters in the order of their names."""
    return f"{query}&signature={quote_plus(self.signature('&'.join(sorted(query.split('&')))))}"


def signed_with_question_mark(self: Signer, query: str) -> str:
    """Sign the question mark, too."""
    return f"{query}&signature={self.signature(f'?{query}')}"


def url_safe(self: Signer, query: str) -> str:
    """Write base64 with the characters of URLs."""
    return f"{query}&signature={urlsafe_b64encode(b64decode(self.signature(query))).decode()}"


def in_hex(self: Signer, query: str) -> str:
    """Write every signature in hex."""
    return f"{query}&signature={b64decode(self.signature(query)).hex()}"


def signature_bare(self: Signer, query: str) -> str:
    """Put a signature into the query as it is."""
    return f"{query}&signature={self.signature(query)}"


def signature_first(self: Client, query: str, host: Host) -> str:
    """Put the signature ahead of all parameters."""
    query, _, signature = RIGHT_SIGNED(self, query, host).rpartition("&")
    return f"{signature}&{query}"


def parameters_mutated(self: Client, query: str, host: Host) -> str:
    """Write the signature into the caller's parameters, and sign it along the next time."""
    kept: dict[str, str] = self.__dict__.setdefault("_kept", {})
    signed = RIGHT_SIGNED(self, kept.get(query, query), host)
    kept[query] = f"{query}{signed.rpartition('&')[2]}&"
    return signed


def stamped_twice(self: Client, query: str, host: Host) -> str:
    """Add the timestamp to a query that has it."""
    return RIGHT_SIGNED(self, f"{query}timestamp={round(self._time() * 1_000)}&", host)


def window_left_over(self: Client, query: str, _host: Host) -> str:
    """Send recvWindow though nobody said one."""
    return self._signer.signed(f"{query}recvWindow=&timestamp={round(self._time() * 1_000)}")


def signed_plain(self: Signer, query: str) -> str:
    """Sign before the query is percent-encoded."""
    return f"{query}&signature={quote_plus(self.signature(unquote_plus(query)))}"


def question_remembered(self: Client, query: str, host: Host) -> str:
    """Send the last range along with what has none."""
    last: str = self.__dict__.get("_last", "")
    self.__dict__["_last"] = query or last
    return RIGHT_SIGNED(self, query or last, host)


def plus_kept(parameters: dict[str, str]) -> str:
    """Leave plus signs as they are."""
    return "&".join(f"{name}={quote(value, safe='+')}" for name, value in parameters.items())


def only_ascii_encoded(parameters: dict[str, str]) -> str:
    """Encode what is ASCII, and send letters beyond it as they are."""
    encoded = (f"{name}={''.join(quote(c) if c.isascii() else c for c in value)}" for name, value in parameters.items())
    return "&".join(encoded)


def encoded_twice(parameters: dict[str, str]) -> str:
    """Encode what is encoded."""
    return urlencode({name: quote(value) for name, value in parameters.items()})


def not_encoded_again(parameters: dict[str, str]) -> str:
    """Take a percent sign for one that encodes."""
    return "&".join(f"{name}={quote(value, safe='%')}" for name, value in parameters.items())


def put_together(parameters: dict[str, str]) -> str:
    """Encode what no URL may have, and nothing else."""
    return "&".join(f"{name}={quote(value, safe='&=?#')}" for name, value in parameters.items())


def as_numbers(parameters: dict[str, str]) -> str:
    """Make a number of what looks like one."""
    return urlencode({name: int(value) if value.isdigit() else value for name, value in parameters.items()})


def nulls_left_out(parameters: dict[str, str]) -> str:
    """Leave out what is called nothing."""
    return urlencode({name: value for name, value in parameters.items() if value not in ("", "null", "None")})


def key_in_query(self: Client, query: str, host: Host) -> str:
    """Send the key in the query, too."""
    return RIGHT_SIGNED(self, f"{query}apiKey={self._signer.api_key}&", host)


def key_twice(self: aiohttp.ClientSession, url: Any, **about: Any) -> Any:
    """Send the key's header a second time."""
    key = about["headers"].get("X-MBX-APIKEY", "")
    return RIGHT_GET(self, url, **about | {"headers": [("X-Mbx-Apikey", key)] * 2})


def with_body(self: aiohttp.ClientSession, url: Any, **about: Any) -> Any:
    """Send an empty object with every call."""
    return RIGHT_GET(self, url, data=b"{}", **about)


SIG: tuple[Broken, ...] = (
    Broken("SIG-HMAC", "the question mark is signed", Signer, "signed", signed_with_question_mark),
    Broken("SIG-RSA", "the base64 is that of URLs", Signer, "signed", url_safe),
    Broken("SIG-ED25519", "signatures are hex", Signer, "signed", in_hex),
    Broken("SIG-ORDER", "parameters are sorted after signing", Client, "_signed", sent_sorted),
    Broken("SIG-ORDER", "parameters are sorted for signing alone", Signer, "signed", signed_sorted),
    Broken("SIG-FRESH", "a retry is stamped as the first try", Client, "_signed", stamped_once),
    Broken("SIG-FRESH", "a retry has the signature of the first try", Client, "_signed", signature_kept),
    Broken("SIG-TWICE", "the signature stays in the parameters", Client, "_signed", parameters_mutated),
    Broken("SIG-BASE64", "signatures are not percent-encoded", Signer, "signed", signature_bare),
    Broken("SIG-LAST", "the signature comes first", Client, "_signed", signature_first),
    Broken("SIG-ENCODING", "a plus sign is not encoded", client, "urlencode", plus_kept),
    Broken("SIG-ENCODING", "parameters are signed before they are encoded", Signer, "signed", signed_plain),
    Broken("SIG-ENCODING", "letters beyond ASCII are sent bare", client, "urlencode", only_ascii_encoded),
    Broken("SIG-ENCODING", "parameters are encoded twice", client, "urlencode", encoded_twice),
    Broken("SIG-INJECT", "values are put together with names", client, "urlencode", put_together),
    Broken("SIG-INJECT", "what looks encoded is not encoded", client, "urlencode", not_encoded_again),
    Broken("SIG-UNUSUAL", "digits become a number", client, "urlencode", as_numbers),
    Broken("SIG-UNUSUAL", "a value called null is left out", client, "urlencode", nulls_left_out),
    Broken("SIG-UNSENT", "a recvWindow is sent that nobody said", Client, "_signed", window_left_over),
    Broken("SIG-KNOWN", "the loan is asked for with the last range", Client, "_signed", question_remembered),
    Broken("SIG-ONCE", "the timestamp is sent twice", Client, "_signed", stamped_twice),
    Broken("SIG-HEADER", "the key is in the URL", Client, "_signed", key_in_query),
    Broken("SIG-HEADER", "the key's header is sent twice", aiohttp.ClientSession, "get", key_twice),
    Broken("SIG-QUERY", "every call has a body", aiohttp.ClientSession, "get", with_body),
)
