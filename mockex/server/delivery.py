"""Putting a reply on the wire from a gate: at one go, or as a declared fault says, with pauses and ends of its own."""

import asyncio
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from msgspec import structs

from mockex.core.bounds import MAX_PIECE_BYTES
from mockex.core.raw import Script, raw, script_of, with_header
from mockex.core.wire import Delivery, Reply, Wait
from mockex.server.gate import Gate

WITHOUT_LINGERING = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""For SO_LINGER: closing drops what is unsent, and says RST."""


class Delivered(web.StreamResponse):
    """An answer that is on the wire already; aiohttp has nothing left to write."""

    def __init__(self, status: int, *, is_kept: bool) -> None:
        super().__init__(status=status)
        self._keep_alive = is_kept

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:  # noqa: ARG002 - aiohttp's
        """Write nothing."""
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Write nothing."""


async def deliver(request: web.BaseRequest, gate: Gate, reply: Reply) -> web.StreamResponse:
    """Put a reply on the wire as its delivery says, for as long as the client listens."""
    delivery = reply.delivery or Delivery()
    if delivery.script is None and not request.keep_alive:
        reply = with_header(reply, "Connection", "close")
    if delivery.script is None and request.method == "HEAD":
        reply = structs.replace(reply, body=b"")
    is_short = delivery.script is None and len(reply.body) <= MAX_PIECE_BYTES
    script: Script = (raw(reply),) if is_short else script_of(reply)
    listens = await play(delivery.before, gate, request.writer)
    listens = listens and await play(script, gate, request.writer)
    if listens and delivery.then == "reset":
        await asyncio.sleep(0)  # a loop that gathers writes carries them out first
        reset(gate)
    return Delivered(reply.status, is_kept=listens and delivery.then == "keep" and request.keep_alive)


async def play(script: Script, gate: Gate, writer: AbstractStreamWriter) -> bool:
    """Write and pause; gives False where the client left, or the exchange closes, before the end."""
    for part in pieces(script):
        if isinstance(part, Wait):
            if part.ms and not await gate.pause(part.ms):
                return False
        elif gate.transport is None or gate.transport.is_closing():
            return False
        else:
            gate.transport.write(part)
            try:
                await writer.drain()
            except ConnectionError:
                return False
    return gate.transport is not None


def pieces(script: Script) -> Iterator[bytes | memoryview | Wait]:
    """Cut what is long, so that no more of it is copied and held than its client has yet to take."""
    for part in script:
        if isinstance(part, Wait) or len(part) <= MAX_PIECE_BYTES:
            yield part
        else:
            whole = memoryview(part)
            yield from (whole[start : start + MAX_PIECE_BYTES] for start in range(0, len(part), MAX_PIECE_BYTES))


def reset(gate: Gate) -> None:
    """Close the connection with RST."""
    if gate.transport is None:
        return
    sock = gate.transport.get_extra_info("socket")
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, WITHOUT_LINGERING)
    gate.transport.abort()
