"""Reference clients whose time is the world's: a sleep moves the world's clock on, and nobody waits."""

from typing import Any

from msgspec import structs

from mockex.core.effects import Effect
from mockex.core.faults import Fault
from mockex.core.weight import Limits
from mockex.signer import Signer
from mockex.testing import LiveExchange
from mockex.testing.client import Client
from tests import alice

LOAN_PATH, RECORDS_PATH = alice.SAPI_PATH, alice.PAPI_PATH
SIGNER = Signer.of(alice.ALICE)


class Told:
    """The world's clock as a client reads it, `ahead_s` of it; `slept` is what it waited."""

    def __init__(self, live: LiveExchange, ahead_s: float = 0.0) -> None:
        self.clock = live.exchange.world.clock
        self.ahead_s = ahead_s
        self.slept: list[float] = []

    def time(self) -> float:
        """Tell the time in seconds."""
        return self.clock.now_ms(0) / 1_000 + self.ahead_s

    async def sleep(self, seconds: float) -> None:
        """Move the clock on, rounded up to a millisecond."""
        assert seconds > 0
        self.slept.append(seconds)
        self.clock.advance(-int(-seconds * 1_000 // 1), 0)


def opened(*effects: Effect, limits: Limits | None = None, **which: Any) -> LiveExchange:
    """Make Alice's exchange, whose clock stands still, with these faults."""
    faults = tuple(Fault(effect=effect, **which) for effect in effects)
    return LiveExchange(structs.replace(alice.scenario(limits=limits or Limits()), faults=faults))


def client(live: LiveExchange, told: Told | None = None, signer: Signer = SIGNER, **about: Any) -> Client:
    """Make a client on the world's clock."""
    told = told or Told(live)
    return Client(live.url, signer, time=told.time, sleep=told.sleep, **about)


def asked(live: LiveExchange) -> list[str]:
    """Name the paths that were asked, in their order."""
    return [entry.request.target.partition("?")[0] for entry in live.exchange.world.journal]


def parameters(live: LiveExchange, name: str) -> list[str]:
    """Give a parameter of every signed call, in their order."""
    queries = [entry.request.target.partition("?")[2] for entry in live.exchange.world.journal]
    return [pair.partition("=")[2] for query in queries for pair in query.split("&") if pair.startswith(f"{name}=")]
