"""A live exchange on a real socket of this process: in a thread of its own, or in the caller's event loop."""

import asyncio
import threading
from concurrent.futures import Future
from ssl import SSLContext
from time import perf_counter_ns

from mockex import scenarios
from mockex.asking import Server
from mockex.core.exchange import Exchange
from mockex.core.scenario import Scenario
from mockex.core.world import open_world
from mockex.endpoints import CATALOGUE
from mockex.errors import MockexError
from mockex.server.control import Control
from mockex.server.control.worlds import named
from mockex.server.listening import HOST, bind, url_of
from mockex.server.runner import Runner
from mockex.server.shell import exchange_handler, now_ms
from mockex.testing.reach import Embedded, OverHttp
from mockex.testing.world import DEFAULT, LiveWorld, Source

GRACE_S = 0.1


class LiveExchange(LiveWorld):
    """An exchange that serves a scenario (by name, file or value); what a test holds of it is its default world.

    `with` serves it from a thread of its own, for clients of any kind; `async with` in the caller's event loop.
    `world(…)` opens worlds beside the default one, in microseconds. `exchange` is the core itself. With `tls` it is
    served over TLS, at https://127.0.0.1; `mockex.testing.certificates` makes what that takes.

    Once it has ended it can still be asked, and served again: at another port, with its worlds as they were left.
    Raises MockexError where there is no such scenario, and where it cannot listen.
    """

    def __init__(
        self,
        scenario: Source = scenarios.DEFAULT,
        *,
        seed: int | None = None,
        port: int = 0,
        tls: SSLContext | None = None,
    ) -> None:
        spec = spec_of(scenario, seed)
        seed = spec.seed if seed is None else seed
        self.exchange = Exchange(CATALOGUE, open_world(DEFAULT, spec, CATALOGUE, now_ms(), seed), perf_counter_ns)
        self._control = Control(self.exchange)
        self._port = port
        self._tls = tls
        self._is_served = False
        self._embedded = Embedded(self._control)
        super().__init__(self._embedded, DEFAULT)

    def __enter__(self) -> "LiveExchange":
        self._listen()
        is_ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(is_ready,), name="mockex", daemon=True)
        try:
            self._thread.start()
            is_ready.result()
        except BaseException:
            if self._thread.is_alive():
                self._thread.join()
            self._listen_no_more()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._told.set)
        self._thread.join()

    async def __aenter__(self) -> "LiveExchange":
        self._listen()
        try:
            await self._begin()
        except BaseException:
            self._listen_no_more()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    @property
    def connections(self) -> int:
        """How many connections clients hold open; one that its client has closed does not count any more."""
        return sum(not one.has_said_all for one in self._runner.connections)

    def drop(self) -> None:
        """Close the connections that wait for a next call, as gateways do with idle ones. Served from a thread only."""
        asyncio.run_coroutine_threadsafe(self._runner.drop(), self._loop).result()

    def _listen(self) -> None:
        if self._is_served:
            raise MockexError(f"the exchange is served already, at {self.url}")
        listening = bind(HOST, self._port)
        handler = exchange_handler(self.exchange, self._control)
        self._runner = Runner(handler, listening, grace_s=GRACE_S, tls=self._tls)
        self._embedded.url = url_of(listening, "http" if self._tls is None else "https")
        self._is_served = True

    def _listen_no_more(self) -> None:
        self._runner.socket.close()
        self._is_served = False

    async def _begin(self) -> None:
        await self._runner.__aenter__()
        self._embedded.served_by_this_thread()

    async def _end(self) -> None:
        try:
            self.exchange.worlds.end()
            await self._runner.__aexit__()
        finally:
            self._is_served = False
            await self._embedded.served_no_more()

    def _run(self, is_ready: "Future[None]") -> None:
        try:
            with asyncio.Runner() as loop:
                loop.run(self._serve(is_ready))
        except BaseException as error:
            if is_ready.done():
                raise
            is_ready.set_exception(error)  # it is raised where the exchange was entered

    async def _serve(self, is_ready: "Future[None]") -> None:
        self._loop = asyncio.get_running_loop()
        self._told = asyncio.Event()
        await self._begin()
        is_ready.set_result(None)
        await self._told.wait()
        await self._end()


def spec_of(scenario: Source, seed: int | None) -> Scenario:
    """Make ready what an exchange serves; a scenario that comes with mockex is read once. Raises ScenarioError."""
    if isinstance(scenario, str) and not scenarios.is_file(scenario):
        return named(scenario, seed)
    spec = scenarios.of_value(scenario) if isinstance(scenario, Scenario) else scenarios.read(scenario)
    return scenarios.expanded(spec, spec.seed if seed is None else seed)


def connect(url: str, token: str | None = None) -> LiveWorld:
    """Hold the default world of a server that runs elsewhere; `world(…)` opens others. Raises MockexError."""
    world = LiveWorld(OverHttp(Server(url.rstrip("/"), DEFAULT, token)), DEFAULT)
    world.opened  # noqa: B018 - it says whether there is a mockex at all
    return world
