"""What crosses the wire: a request exactly as it was sent, and the reply to it."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from mockex.core.head import Head

HEADER = re.compile(rb"([^:\r\n]*+): ([^\r\n]*+)\r\n")


class Request(Struct, frozen=True, gc=False, kw_only=True):
    """One HTTP request in the raw characters of its sender; the signature covers them, so nothing is decoded here.

    `target` is path and query; a byte that is no UTF-8 stands in it as a lone surrogate. `received_at_ms` is the
    machine's time, which the world's clock turns into the time of the exchange. `lines` is the headers, raw, one
    `name: value` a line, for the journal alone; `nth_on_connection` counts from 1; `keep_alive` says whether the sender
    may go on with the connection.
    """

    method: str
    target: str
    received_at_ms: int
    ip: str = "127.0.0.1"
    api_key: str | None = None
    accept: str = ""
    body: bytes = b""
    lines: bytes = b""
    nth_on_connection: int = 1
    keep_alive: bool = True

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The headers, name and value, raw."""
        return tuple(HEADER.findall(self.lines))


def lines_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Write headers one a line."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])


class Wait(Struct, frozen=True):
    """A pause on the wire, in milliseconds of the machine's time."""

    ms: int


class Delivery(Struct, frozen=True):
    """How the shell must put a reply on the wire where a declared fault says so.

    `before` goes out raw ahead of the answer. `script` goes out raw instead of it. Then the connection is kept, closed,
    or reset.
    """

    before: tuple[bytes | Wait, ...] = ()
    script: tuple[bytes | Wait, ...] | None = None
    then: Literal["keep", "close", "reset"] = "keep"


class Reply(Struct, frozen=True, gc=False):
    """One HTTP answer; its head is its headers, in their spelling and order, or what writes them.

    A `delivery` of None is the ordinary one.
    """

    status: int
    head: Head | dict[str, str]
    body: bytes
    delivery: Delivery | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers."""
        return self.head.headers() if isinstance(self.head, Head) else self.head


def as_text(raw: bytes) -> str:
    """Give raw bytes as the characters the signature covers."""
    return raw.decode("utf-8", "surrogateescape")


def as_bytes(text: str) -> bytes:
    """Give back the very bytes that were sent."""
    return text.encode("utf-8", "surrogateescape")


def printable(text: str) -> str:
    """Replace what is no UTF-8, so that the text can be quoted in JSON."""
    return text if text.isascii() else as_bytes(text).decode("utf-8", "replace")
