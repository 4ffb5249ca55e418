"""Walks a scenario in this process: signed calls at a time that only the test moves."""

import json
from decimal import Decimal
from typing import Any

from mockex import scenarios
from mockex.core.exchange import Exchange
from mockex.core.scenario import AnyKey
from mockex.core.wire import Reply, Request
from mockex.core.world import open_world
from mockex.endpoints import CATALOGUE
from mockex.signer import Signer
from tests.alice import NOW_MS, PATHS, query_of

HERE = "127.0.0.1"


class Walk:
    """A scenario that is open from NOW_MS on; `machine_ms` is the time of the machine, and moves when it is told."""

    def __init__(self, name: str, seed: int | None = None) -> None:
        spec = scenarios.read(name)
        seed = spec.seed if seed is None else seed
        world = open_world("default", scenarios.expanded(spec, seed), CATALOGUE, NOW_MS, seed)
        self.exchange = Exchange(CATALOGUE, world)
        self.machine_ms = NOW_MS

    @property
    def keys(self) -> list[AnyKey]:
        """Give every key, in the scenario's order."""
        return [key for account in self.exchange.world.scenario.accounts for key in account.keys]

    def ask(self, gateway: str, by: AnyKey | None = None, ip: str = HERE, **parameters: Any) -> Reply:
        """Ask a gateway's endpoint, signed by a key (the first, unless told), at the machine's time unless told."""
        key = by or self.keys[0]
        if gateway == "PAPI":
            parameters = {"startTime": self.machine_ms - 1_000, "endTime": self.machine_ms} | parameters
        query = Signer.of(key).signed(query_of({"timestamp": self.machine_ms} | parameters))
        return self.send(f"{PATHS[gateway]}?{query}", ip, key.api_key)

    def send(self, target: str, ip: str = HERE, api_key: str | None = None) -> Reply:
        """Send any GET."""
        return self.exchange.handle(
            Request(method="GET", target=target, received_at_ms=self.machine_ms, ip=ip, api_key=api_key)
        )

    def wait(self, seconds: int) -> None:
        """Let time go by."""
        self.machine_ms += 1_000 * seconds


def read(reply: Reply) -> Any:
    """Read an answer without losing a digit."""
    assert reply.status == 200, reply.body
    return json.loads(reply.body, parse_float=Decimal)


def refusal(reply: Reply) -> tuple[int, int, str]:
    """Give status, code and msg of a refusal."""
    said = json.loads(reply.body)
    return reply.status, said["code"], said["msg"]
