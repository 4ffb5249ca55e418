"""What hostile networks do to the bytes of an answer: how they are framed, how fast they come, how they end."""

import struct
import zlib
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from mockex.core.bounds import MAX_DELAY_MS, MAX_PIECES
from mockex.core.hostile import Hostility, Stage
from mockex.core.raw import (
    Script,
    body_begins_at,
    delivered,
    raw,
    raw_head,
    script_of,
    split,
    with_body,
    with_header,
    without_header,
)
from mockex.core.wire import Reply, Wait

Milliseconds = Annotated[int, Meta(ge=0, le=MAX_DELAY_MS)]
Bytes = Annotated[int, Meta(ge=0)]


class WrongContentLength(Hostility, frozen=True, tag="wrong-content-length"):
    """Announce a Content-Length that is wrong `by` so many bytes.

    Too many: the body ends before its length, and the connection closes. Too few: the connection is kept, and the rest
    of the body stands where the next answer should begin.
    """

    stage: ClassVar[Stage] = Stage.FRAMING
    by: Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]

    def spoil(self, reply: Reply) -> Reply:
        """Render the wrong length ahead of the whole body."""
        length = max(0, len(reply.body) + self.by)
        head = raw_head(with_header(reply, "Content-Length", str(length)))
        return delivered(reply, script=(head, reply.body), then="close" if length > len(reply.body) else "keep")


class BadChunk(Hostility, frozen=True, tag="bad-chunk"):
    """Send half of the body as a chunk, then a chunk whose size is no number, and close."""

    stage: ClassVar[Stage] = Stage.FRAMING

    def spoil(self, reply: Reply) -> Reply:
        """Render the chunks in place of a Content-Length."""
        head = raw_head(with_header(without_header(reply, "Content-Length"), "Transfer-Encoding", "chunked"))
        half = len(reply.body) // 2
        good = b"%x\r\n%b\r\n" % (half, reply.body[:half]) if half else b""
        return delivered(reply, script=(head, good + b"chunk\r\n" + reply.body[half:] + b"\r\n"), then="close")


class BrokenGzip(Hostility, frozen=True, tag="broken-gzip"):
    """Send the body as gzip, whether or not the client takes it, and with a wrong checksum."""

    stage: ClassVar[Stage] = Stage.FRAMING

    def spoil(self, reply: Reply) -> Reply:
        """Write head, blocks and tail of RFC 1952; stored and not compressed, every zlib writes the same blocks."""
        deflate = zlib.compressobj(0, wbits=-zlib.MAX_WBITS)
        wrong_tail = struct.pack("<II", zlib.crc32(reply.body) ^ 0xFFFF_FFFF, len(reply.body))
        blocks = deflate.compress(reply.body) + deflate.flush()
        spoilt = with_body(reply, b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + blocks + wrong_tail)
        return with_header(spoilt, "Content-Encoding", "gzip")


class SlowBody(Hostility, frozen=True, tag="slow-body"):
    """Send the headers at once, and the body after a while."""

    stage: ClassVar[Stage] = Stage.PACE
    ms: Milliseconds

    def spoil(self, reply: Reply) -> Reply:
        """Wait between head and body."""
        head, body = split(script_of(reply), body_begins_at(reply))
        return delivered(reply, script=(*head, Wait(self.ms), *body))


class Drip(Hostility, frozen=True, tag="drip"):
    """Send headers and body in pieces of so many bytes, with a while between them."""

    stage: ClassVar[Stage] = Stage.PACE
    every_ms: Milliseconds
    piece_bytes: Annotated[int, Meta(ge=1)] = 1

    def spoil(self, reply: Reply) -> Reply:
        """Wait between the pieces; they are larger where there would be too many."""
        size = max(self.piece_bytes, -(-len(raw(reply)) // MAX_PIECES))
        script: list[bytes | Wait] = []
        for part in script_of(reply):
            if isinstance(part, Wait):
                script.append(part)
                continue
            for at in range(0, len(part), size):
                script += [Wait(self.every_ms), part[at : at + size]] if script else [part[:size]]
        return delivered(reply, script=tuple(script))


class HangUp(Hostility, frozen=True, tag="hang-up"):
    """Close the connection with no answer; with `body_bytes`, after the headers and so many bytes of the body."""

    stage: ClassVar[Stage] = Stage.END
    body_bytes: Bytes | None = None

    def spoil(self, reply: Reply) -> Reply:
        """Cut what goes on the wire."""
        return delivered(reply, script=_beginning(reply, self.body_bytes), then="close")


class Reset(Hostility, frozen=True, tag="reset"):
    """Reset the connection (RST) with no answer; with `body_bytes`, after the headers and so many bytes of the body."""

    stage: ClassVar[Stage] = Stage.END
    body_bytes: Bytes | None = None

    def spoil(self, reply: Reply) -> Reply:
        """Cut what goes on the wire."""
        return delivered(reply, script=_beginning(reply, self.body_bytes), then="reset")


def _beginning(reply: Reply, body_bytes: int | None) -> Script:
    return () if body_bytes is None else split(script_of(reply), body_begins_at(reply) + body_bytes)[0]


class Latency(Hostility, frozen=True, tag="latency"):
    """Answer rightly, but only after a while."""

    stage: ClassVar[Stage] = Stage.AHEAD
    ms: Milliseconds

    def spoil(self, reply: Reply) -> Reply:
        """Wait ahead of the headers."""
        return delivered(reply, before=(*_ahead(reply), Wait(self.ms)))


HINTS = {
    100: b"HTTP/1.1 100 Continue\r\n\r\n",
    102: b"HTTP/1.1 102 Processing\r\n\r\n",
    103: b"HTTP/1.1 103 Early Hints\r\nLink: </>; rel=preconnect\r\n\r\n",
}


class Informational(Hostility, frozen=True, tag="informational"):
    """Send an informational answer, or several, ahead of the real one."""

    stage: ClassVar[Stage] = Stage.AHEAD
    status: Literal[100, 102, 103] = 103
    times: Annotated[int, Meta(ge=1, le=100)] = 1

    def spoil(self, reply: Reply) -> Reply:
        """Put it ahead of the headers."""
        return delivered(reply, before=(*_ahead(reply), HINTS[self.status] * self.times))


def _ahead(reply: Reply) -> Script:
    return reply.delivery.before if reply.delivery else ()
