"""Starting and stopping the server in an event loop."""

import asyncio
import signal
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from http import HTTPStatus

from aiohttp import web

from mockex.core.bounds import SHUTDOWN_GRACE_S
from mockex.core.wire import Reply
from mockex.server.gate import NOT_UNDERSTOOD, Gate, as_http_1_1, open_gate, page
from mockex.server.line import Line, Turn
from mockex.server.shell import Handler

AT_ONCE_S = 0.01
"""aiohttp takes a time of 0 for no limit."""

HANDSHAKE_S, FAREWELL_S = 10.0, 0.5
"""How long a client may take to shake hands over TLS, and to say that it has heard the end."""


class Runner:
    """A listening socket with a handler behind it; `async with` starts it and stops it.

    Calls in flight at the stop have `grace_s` seconds to end; `hurry` cuts that short. `tls` serves over TLS.
    """

    def __init__(
        self,
        handler: Handler,
        listening: socket.socket,
        *,
        grace_s: float = SHUTDOWN_GRACE_S,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.handler = handler
        self.socket = listening
        self.grace_s = grace_s
        self.tls = tls
        self.in_flight = 0
        self.hurry = asyncio.Event()
        self.is_stopping = False
        self._idle = asyncio.Event()

    async def __aenter__(self) -> "Runner":
        self.loop = asyncio.get_running_loop()
        self.turn = Turn(self.loop)
        self._gates = web.Server(self._counted, request_factory=as_http_1_1)
        at_once = self.handler.at_once
        self.server = await self.loop.create_server(
            self.open_gate if at_once is None else lambda: Line(self, at_once),
            sock=self.socket,
            ssl=self.tls,
            ssl_handshake_timeout=None if self.tls is None else HANDSHAKE_S,
            ssl_shutdown_timeout=None if self.tls is None else FAREWELL_S,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Take no new connection, let calls in flight end within the grace, close the rest."""
        self.is_stopping = True
        with suppress(NotImplementedError):  # asyncio leaks a connection that it took in and had no turn to begin
            asyncio.get_running_loop().remove_reader(self.socket)
            await asyncio.sleep(0)
        self.server.close()
        if self.in_flight:
            waits = [asyncio.create_task(event.wait()) for event in (self._idle, self.hurry)]
            await asyncio.wait(waits, timeout=self.grace_s, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
        for _turn in range(3):
            await asyncio.sleep(0)  # a connection taken in just now is closed only once it waits
        self.turn.end()
        connections = self.connections
        for line in tuple(self.turn.lines):
            line.force_close()
        self._gates.pre_shutdown()
        await self._gates.shutdown(AT_ONCE_S if self.in_flight else self.grace_s)
        if self.tls is not None:
            await ended(connections)
        await self.server.wait_closed()

    @property
    def connections(self) -> list[Line | Gate]:
        """All that are open."""
        return [*self.turn.lines, *(gate for gate in self._gates.connections if isinstance(gate, Gate))]

    def open_gate(self, answered: int = 0, ready: Reply | None = None) -> Gate:
        """Take a connection in, on which so many calls were answered before, and the next has this reply."""
        return open_gate(self._gates, self.loop, answered, ready)

    async def drop(self) -> None:
        """Close the connections on which no call is in flight; they are closed when it returns."""
        self.turn.end()
        idle = [one for one in self.connections if isinstance(one, Line) or one.asked == one.answered]
        for one in idle:
            one.force_close()
        await ended(idle)

    async def _counted(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a call, and know while it is in flight: aiohttp's own grace would not read the rest of its body."""
        gate = request.protocol
        assert isinstance(gate, Gate)
        gate.asked += 1
        self.in_flight += 1
        try:
            if request.method == NOT_UNDERSTOOD:
                return page(HTTPStatus.BAD_REQUEST)
            response = await self.handler.answer(request)
            if self.is_stopping:
                response.force_close()
            return response
        finally:
            self.in_flight -= 1
            gate.answered += 1
            if self.is_stopping and not self.in_flight:
                asyncio.get_running_loop().call_soon(self._idle.set)


async def ended(connections: Sequence[Line | Gate]) -> None:
    """Wait until they are closed: over TLS both sides say the end, and asyncio cuts off who does not in time."""
    for _turn in range(int(2 * FAREWELL_S / AT_ONCE_S)):
        if all(one.is_lost for one in connections):
            break
        await asyncio.sleep(AT_ONCE_S)


async def answer_until_told(
    handlers: Sequence[tuple[Handler, socket.socket]],
    end: Callable[[], None],
    *,
    hello: str | None = None,
    leash: int | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; then `end` what goes on by itself. A second signal waits for no call in flight.

    `leash` is a pipe: who holds its other end and lets go of it, be it by dying, says the same as a signal.
    """
    told = asyncio.Event()
    async with AsyncExitStack() as stack:
        runners = [await stack.enter_async_context(Runner(handler, listening)) for handler, listening in handlers]

        def hear() -> None:
            if told.is_set():
                for runner in runners:
                    runner.hurry.set()
            told.set()

        loop = asyncio.get_running_loop()
        with suppress(NotImplementedError):  # Windows has no signal handlers in its loops; Ctrl-C interrupts there
            for signum in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(signum, hear)
        if leash is not None:

            def let_go() -> None:
                loop.remove_reader(leash)
                hear()

            loop.add_reader(leash, let_go)
        if hello:
            print(hello, flush=True)
        await told.wait()
        end()
