"""A plain call, as nearly every client sends it: one GET, whole and alone in its packet, with nothing that is odd.

It is read as aiohttp's parser would read it; where that is not certain the call is not plain, and aiohttp does read it.
"""

import re
from functools import lru_cache

from msgspec import Struct

from mockex.core.bounds import MAX_HEADERS

MAX_PLAIN_BYTES = 4_096
"""Shorter than any limit on a part of a request, so that none has to be looked at."""

REMEMBERED = 256
"""Of so many clients, or connections, it is known what their headers said."""

TARGET = re.compile(rb"GET (/[!-~]*+)")
HEADERS = re.compile(
    rb" HTTP/1\.1\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]++: [!-~][ -~]*+(?<! )\r\n)++)"  # names: RFC 9110, 5.6.2
    rb"\r\n"
)
KEEP, CLOSE = "keep-alive", "close"
CONNECTIONS = frozenset((KEEP, CLOSE))
ODD = frozenset(
    (
        b"content-length",
        b"expect",
        b"proxy-connection",
        b"sec-websocket-key1",
        b"transfer-encoding",
        b"upgrade",
    )
)
"""Headers that mean something to who reads HTTP; `Connection` does too, and is read where it says one thing."""


class Headers(Struct, frozen=True, gc=False):
    """The headers of a plain call: their lines, what is read of them, and whether the connection is to be kept."""

    lines: bytes
    api_key: str | None
    accept: str
    forwarded_for: str | None
    keep_alive: bool


class Plain(Struct, frozen=True, gc=False):
    """What a plain call says."""

    target: str
    headers: Headers


def plain_call(packet: bytes) -> Plain | None:
    """Read a packet that is one plain call; None where it is anything else."""
    if len(packet) > MAX_PLAIN_BYTES or (target := TARGET.match(packet)) is None:
        return None
    headers = read_headers(packet[target.end() :])
    return None if headers is None else Plain(target[1].decode(), headers)


@lru_cache(maxsize=REMEMBERED)
def read_headers(raw: bytes) -> Headers | None:
    """Read all that stands behind the target, which is the same in call after call of nearly every client."""
    if (match := HEADERS.fullmatch(raw)) is None:
        return None
    lines = match[1]
    headers = [line.partition(b": ") for line in lines[:-2].split(b"\r\n")]
    named = {name.lower(): value.decode() for name, _, value in headers}
    if len(named) != len(headers) or len(headers) > MAX_HEADERS:  # of a name that comes twice aiohttp refuses some
        return None
    if b"host" not in named or not named.keys().isdisjoint(ODD):
        return None
    connection = named.get(b"connection", KEEP).lower()
    if connection not in CONNECTIONS:
        return None
    return Headers(
        lines=lines,
        api_key=named.get(b"x-mbx-apikey"),
        accept=named.get(b"accept", ""),
        forwarded_for=named.get(b"x-forwarded-for"),
        keep_alive=connection == KEEP,
    )
