"""A connection, as long as its calls are plain: each is answered in the turn of the loop in which it is read.

That takes a third of what aiohttp's own way of a request does: no task, no future, no further turn. The first call that
is anything else goes to a gate of aiohttp's, with the connection and all that comes after it.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from mockex.core.bounds import IDLE_TIMEOUT_S, MAX_PIECE_BYTES
from mockex.core.raw import raw_head, with_header
from mockex.core.wire import Reply
from mockex.server.gate import Gate, confess
from mockex.server.plain import Plain, plain_call

if TYPE_CHECKING:
    from mockex.server.runner import Runner

AtOnce = Callable[[Plain, str, int], Reply | None]
"""Answers a plain call from an IP, the nth on its connection; None where it cannot be answered at once."""


class Turn:
    """What lines read in one turn of the loop: all of it is answered at the end of the turn, and then all is written.

    First to read, then to answer, then to write takes a tenth less time than to do so call by call: each of the three
    finds its code and its data in the processor's caches. Who is alone has no turn to wait for.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.lines: set[Line] = set()
        self.packets: deque[tuple[Line, bytes]] = deque()

    def read(self, line: "Line", packet: bytes) -> None:
        """Keep a packet until the end of the turn."""
        self.packets.append((line, packet))
        if len(self.lines) == 1:
            self.end()
        elif len(self.packets) == 1:
            self.loop.call_soon(self.end)

    def end(self) -> None:
        """Answer what was read, in its order."""
        answers: list[tuple[asyncio.Transport, bytes, bool]] = []
        try:
            while self.packets:
                line, packet = self.packets.popleft()
                if (answer := line.answer_to(packet)) is not None:
                    answers.append((line.transport, answer, line.is_over))
        finally:  # whatever befell one of them, the others are answered
            for transport, answer, is_last in answers:
                if not transport.is_closing():
                    transport.write(answer)
                    if is_last:
                        transport.close()
            if self.packets:
                self.loop.call_soon(self.end)


class Line(asyncio.Protocol):
    """One connection whose calls were all plain so far; `answered` counts them.

    `is_full` says whether the client does not read what it is sent, `is_over` whether the connection is to be closed
    with the answer, `is_lost` whether it is closed. `gate` is who has taken over.
    """

    has_said_all = False
    """Who has is answered, and gone."""

    __slots__ = (
        "answered",
        "at_once",
        "gate",
        "heard_at",
        "is_full",
        "is_lost",
        "is_over",
        "remote",
        "runner",
        "timer",
        "transport",
    )

    def __init__(self, runner: "Runner", at_once: AtOnce) -> None:
        self.runner = runner
        self.at_once = at_once
        self.answered = 0
        self.is_full = False
        self.is_over = False
        self.is_lost = False
        self.gate: Gate | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = cast("asyncio.Transport", transport)
        self.remote = ip_of(transport.get_extra_info("peername"))
        self.heard_at = self.runner.loop.time()
        self.timer = self.runner.loop.call_later(IDLE_TIMEOUT_S, self._close_when_idle)
        self.runner.turn.lines.add(self)

    def data_received(self, data: bytes) -> None:
        """Let it be answered at the end of the turn."""
        self.runner.turn.read(self, data)

    def answer_to(self, packet: bytes) -> bytes | None:
        """Answer a plain call; hand over what is none, what nobody reads, and what has to be delivered."""
        if self.gate is not None:
            self.gate.data_received(packet)
            return None
        if self.is_over or self.is_lost:
            return None
        call = None if self.is_full or self.runner.is_stopping else plain_call(packet)
        if call is None:
            self.hand_over(packet)
            return None
        self.heard_at = self.runner.loop.time()
        try:
            reply = self.at_once(call, self.remote, self.answered + 1)
            if reply is not None and reply.delivery is None and len(reply.body) <= MAX_PIECE_BYTES:
                answer = written(reply if call.headers.keep_alive else with_header(reply, "Connection", "close"))
                self.answered += 1
                self.is_over = not call.headers.keep_alive
                return answer
        except Exception as mistake:  # noqa: BLE001 - whatever it is, the client hears it in the exchange's own words
            self.is_over = True
            return written(confess("GET", call.target, mistake))
        self.hand_over(packet, reply)
        return None

    def hand_over(self, packet: bytes, reply: Reply | None = None) -> None:
        """Give the connection to a gate, which reads this packet first; if there is a reply to it, it delivers that."""
        self._leave()
        self.gate = gate = self.runner.open_gate(self.answered, reply)
        self.transport.set_protocol(gate)
        gate.connection_made(self.transport)
        if self.is_full:
            gate.pause_writing()
        gate.data_received(packet)

    def eof_received(self) -> None:
        """Answer what was read before, which over TLS can be in the same turn; then the connection is closed."""
        self.runner.turn.end()

    def pause_writing(self) -> None:
        """Know that the client does not read its answers."""
        self.is_full = True

    def resume_writing(self) -> None:
        """Know that it does again."""
        self.is_full = False

    def connection_lost(self, _exc: BaseException | None) -> None:
        """Forget a connection that is over."""
        self.is_lost = True
        self._leave()

    def force_close(self) -> None:
        """End the connection, on which no call is in flight; what its client has not read by now, it never will."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def _leave(self) -> None:
        self.timer.cancel()
        self.runner.turn.lines.discard(self)

    def _close_when_idle(self) -> None:
        left_s = self.heard_at + IDLE_TIMEOUT_S - self.runner.loop.time()
        if left_s <= 0:
            self.force_close()
        else:
            self.timer = self.runner.loop.call_later(left_s, self._close_when_idle)


def written(reply: Reply) -> bytes:
    """Render an answer that goes on the wire as it is."""
    return raw_head(reply) + reply.body


def ip_of(peername: object) -> str:
    """Name who is at the other end, as aiohttp's `request.remote` does."""
    return str(peername[0]) if isinstance(peername, tuple) else ""
