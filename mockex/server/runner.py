"""Starting and stopping the server in an event loop."""

import asyncio
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress

from aiohttp import web

from mockex.core.bounds import SHUTDOWN_GRACE_S
from mockex.server.gate import open_gate
from mockex.server.shell import Handler


class Runner:
    """A listening socket with a handler behind it; `async with` starts it and stops it."""

    def __init__(self, handler: Handler, listening: socket.socket, *, grace_s: float = SHUTDOWN_GRACE_S) -> None:
        self.handler = handler
        self.socket = listening
        self.grace_s = grace_s

    async def __aenter__(self) -> "Runner":
        loop = asyncio.get_running_loop()
        self.connections = web.Server(self.handler)
        self.server = await loop.create_server(lambda: open_gate(self.connections, loop), sock=self.socket)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Take no new connection, let calls in flight end within the grace, close the rest."""
        self.server.close()
        self.connections.pre_shutdown()
        await self.connections.shutdown(self.grace_s)
        await self.server.wait_closed()


async def answer_until_told(
    handlers: Sequence[tuple[Handler, socket.socket]], hello: str | None, end: Callable[[], None]
) -> None:
    """Serve until SIGINT or SIGTERM; then `end` what goes on by itself. A second signal waits for no call in flight."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    with suppress(NotImplementedError):  # Windows has no signal handlers in its loops; Ctrl-C interrupts there
        for signum in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signum, told.set)
    async with AsyncExitStack() as stack:
        for handler, listening in handlers:
            await stack.enter_async_context(Runner(handler, listening))
        if hello:
            print(hello, flush=True)
        await told.wait()
        with suppress(NotImplementedError):
            for signum in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(signum)
        end()
