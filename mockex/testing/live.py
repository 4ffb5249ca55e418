"""A live exchange on a real socket of this process, in a thread of its own, for clients of any kind."""

import asyncio
import threading
from time import perf_counter_ns

from mockex import scenarios
from mockex.core.exchange import Exchange
from mockex.core.scenario import Scenario
from mockex.core.world import World, open_world
from mockex.endpoints import CATALOGUE
from mockex.server.control import Control
from mockex.server.listening import bind, url_of
from mockex.server.runner import Runner
from mockex.server.shell import exchange_handler, now_ms
from mockex.signer import Signer


class LiveExchange:
    """`with LiveExchange("documented") as exchange:` serves a scenario (by name, file or value) at `exchange.url`."""

    def __init__(self, scenario: str | Scenario = scenarios.DEFAULT, *, seed: int | None = None) -> None:
        spec = scenarios.read(scenario) if isinstance(scenario, str) else scenario
        spec = scenarios.expanded(spec, spec.seed if seed is None else seed)
        seed = spec.seed if seed is None else seed
        self.exchange = Exchange(CATALOGUE, open_world("default", spec, CATALOGUE, now_ms(), seed), perf_counter_ns)
        self.url = ""

    @property
    def world(self) -> World:
        """The world that the exchange tells of."""
        return self.exchange.world

    def signers(self) -> list[Signer]:
        """Give a signer for every key whose private half is known, in the scenario's order."""
        return [Signer.of(key) for account in self.world.scenario.accounts for key in account.keys]

    def __enter__(self) -> "LiveExchange":
        self._listening = bind("127.0.0.1", 0)
        self.url = url_of(self._listening)
        self._is_ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="mockex", daemon=True)
        self._thread.start()
        self._is_ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._told.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._told = asyncio.Event()
        async with Runner(exchange_handler(self.exchange, Control(self.exchange)), self._listening, grace_s=0.1):
            self._is_ready.set()
            await self._told.wait()
            self.exchange.worlds.end()
