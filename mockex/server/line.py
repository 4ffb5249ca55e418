"""A connection, as long as its calls are plain: each is answered in the moment it is read, without a task or a turn.

That takes a third of what aiohttp's own way of a request does. The first call that is anything else goes to a gate of
aiohttp's, with the connection and all that comes after it.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from mockex.core.bounds import IDLE_TIMEOUT_S, MAX_PIECE_BYTES
from mockex.core.raw import raw_head, with_header
from mockex.core.wire import Reply
from mockex.server.gate import confess
from mockex.server.plain import Plain, plain_call

if TYPE_CHECKING:
    from mockex.server.runner import Runner

AtOnce = Callable[[Plain, str, int], Reply | None]
"""Answers a plain call from an IP, the nth on its connection; None where it cannot be answered at once."""


class Line(asyncio.Protocol):
    """One connection whose calls were all plain so far; `answered` counts them."""

    has_said_all = False
    """Who has is answered, and gone."""

    __slots__ = ("answered", "at_once", "heard_at", "is_full", "is_lost", "remote", "runner", "timer", "transport")

    def __init__(self, runner: "Runner", at_once: AtOnce) -> None:
        self.runner = runner
        self.at_once = at_once
        self.answered = 0
        self.is_full = False
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = cast("asyncio.Transport", transport)
        self.remote = ip_of(transport.get_extra_info("peername"))
        self.heard_at = self.runner.loop.time()
        self.timer = self.runner.loop.call_later(IDLE_TIMEOUT_S, self._close_when_idle)
        self.runner.lines.add(self)

    def data_received(self, data: bytes) -> None:
        """Answer a plain call at once; hand over what is none, and what nobody reads."""
        call = None if self.is_full or self.runner.is_stopping else plain_call(data)
        if call is None:
            self.hand_over(data)
            return
        self.heard_at = self.runner.loop.time()
        try:
            reply = self.at_once(call, self.remote, self.answered + 1)
        except Exception as mistake:  # noqa: BLE001 - whatever it is, the client hears it in the exchange's own words
            self._end_with(confess("GET", call.target, mistake))
            return
        if reply is None or reply.delivery is not None or len(reply.body) > MAX_PIECE_BYTES:
            self.hand_over(data, reply)
            return
        self.answered += 1
        if call.keep_alive:
            self.transport.write(raw_head(reply) + reply.body)
        else:
            self._end_with(with_header(reply, "Connection", "close"))

    def hand_over(self, data: bytes, reply: Reply | None = None) -> None:
        """Give the connection to a gate, which reads this data first; if there is a reply to it, it delivers that."""
        self._leave()
        gate = self.runner.open_gate(self.answered, reply)
        self.transport.set_protocol(gate)
        gate.connection_made(self.transport)
        if self.is_full:
            gate.pause_writing()
        gate.data_received(data)

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
        """End the connection, on which no call can be in flight; what its client has not read by now, it never will."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def _end_with(self, reply: Reply) -> None:
        self.transport.write(raw_head(reply) + reply.body)
        self.transport.close()

    def _leave(self) -> None:
        self.timer.cancel()
        self.runner.lines.discard(self)

    def _close_when_idle(self) -> None:
        left_s = self.heard_at + IDLE_TIMEOUT_S - self.runner.loop.time()
        if left_s <= 0:
            self.force_close()
        else:
            self.timer = self.runner.loop.call_later(left_s, self._close_when_idle)


def ip_of(peername: object) -> str:
    """Name who is at the other end, as aiohttp's `request.remote` does."""
    return str(peername[0]) if isinstance(peername, tuple) else ""
