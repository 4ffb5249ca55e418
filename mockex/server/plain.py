"""A plain call, as nearly every client sends it: one GET, whole and alone in its packet, with nothing that is odd.

It is read as aiohttp's parser would read it; where that is not certain the call is not plain, and aiohttp does read it.
"""

import re

from msgspec import Struct

from mockex.core.bounds import MAX_HEADERS

MAX_PLAIN_BYTES = 4_096
"""Shorter than any limit on a part of a request, so that none has to be looked at."""

PLAIN_CALL = re.compile(
    rb"GET (/[!-~]*+) HTTP/1\.1\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]++: [!-~][ -~]*+(?<! )\r\n)++)"  # names: RFC 9110, 5.6.2
    rb"\r\n"
)
KEEP, CLOSE = b"keep-alive", b"close"
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


class Plain(Struct, gc=False):
    """What a plain call says: its target, the lines of its headers, and their values by name in lower case.

    `keep_alive` says whether its connection is to be kept.
    """

    target: str
    lines: bytes
    named: dict[bytes, bytes]
    keep_alive: bool

    def header(self, name: bytes) -> str | None:
        """Give the value of a header by its name in lower case."""
        value = self.named.get(name)
        return None if value is None else value.decode()


def plain_call(packet: bytes) -> Plain | None:
    """Read a packet that is one plain call; None where it is anything else."""
    if len(packet) > MAX_PLAIN_BYTES or (match := PLAIN_CALL.fullmatch(packet)) is None:
        return None
    target, lines = match.groups()
    headers = [line.partition(b": ") for line in lines[:-2].split(b"\r\n")]
    named = {name.lower(): value for name, _, value in headers}
    if len(named) != len(headers) or len(headers) > MAX_HEADERS:  # of a name that comes twice aiohttp refuses some
        return None
    if b"host" not in named or not named.keys().isdisjoint(ODD):
        return None
    connection = named.get(b"connection", KEEP).lower()
    if connection not in CONNECTIONS:
        return None
    return Plain(target.decode(), lines, named, connection == KEEP)
