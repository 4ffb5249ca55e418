"""Worlds for tests: asked at their own time with a key of their own, and compared in all that they are."""

from typing import Any

from msgspec import structs

from mockex.core.exchange import Exchange
from mockex.core.scenario import Scenario
from mockex.core.telling import told
from mockex.core.wire import Reply, Request
from mockex.core.world import World, open_world
from mockex.endpoints import CATALOGUE
from mockex.endpoints.negative_balance_exchange_record import NEGATIVE_BALANCE_EXCHANGE_RECORD
from mockex.endpoints.pm_loan import PM_LOAN
from mockex.signer import Signer
from tests import alice
from tests.alice import IP, NOW_MS, PATHS, query_of

HELD = {"records": NEGATIVE_BALANCE_EXCHANGE_RECORD, "loan": PM_LOAN}


def exchange_of(scenario: Scenario | None = None) -> Exchange:
    """Open an exchange whose default world is Alice's, or another."""
    return Exchange(CATALOGUE, open_world("default", scenario or alice.scenario(), CATALOGUE, NOW_MS))


def signers(world: World) -> list[Signer]:
    """Give a signer of every key of a world."""
    return [Signer.of(key) for account in world.scenario.accounts for key in account.keys]


def signed(
    world: World, gateway: str = "SAPI", nth_key: int = 0, *, ip: str = IP, real_ms: int = NOW_MS, **changes: Any
) -> Request:
    """Make a request that is right in a world: signed by a key of it, at its own time."""
    now_ms = world.clock.now_ms(real_ms)
    span = {"startTime": max(now_ms - 86_400_000, 0), "endTime": now_ms} if gateway == "PAPI" else {}
    signer = signers(world)[nth_key]
    query = signer.signed(query_of(span | {"timestamp": now_ms} | changes))
    return Request(
        method="GET", target=f"{PATHS[gateway]}?{query}", received_at_ms=real_ms, ip=ip, api_key=signer.api_key
    )


def ask(exchange: Exchange, world: World, gateway: str = "SAPI", nth_key: int = 0, **changes: Any) -> Reply:
    """Ask a world as it wants to be asked."""
    return exchange.handle(signed(world, gateway, nth_key, **changes))


def everything(world: World) -> dict[str, Any]:
    """Tell all that can change in a world, in values that no later call can change."""
    return {
        "clock": structs.astuple(world.clock),
        "limits": structs.astuple(world.limits),
        "behaviour": structs.astuple(world.behaviour),
        "accounts": {uid: (one.is_portfolio_margin, held(world, uid)) for uid, one in world.accounts.items()},
        "keys": {name: (key.uid, sorted(key.permissions), key.verify) for name, key in world.keys.items()},
        "windows": list(world.meter.windows.items()),
        "bans": [(who, structs.astuple(ban)) for who, ban in world.meter.bans.items()],
        "faults": [structs.astuple(armed) for armed in world.faults.values()],
        "happened": world.happened,
        "written": world.journal.written,
        "journal": [told(entry) for entry in world.journal],
    }


def held(world: World, uid: int) -> dict[str, Any]:
    """Tell what an account holds, as a scenario would say it."""
    holds = world.accounts[uid].holds
    return {name: endpoint.unstock(holds[endpoint.name]) for name, endpoint in HELD.items()}
