"""A world as a file: everything that it is, to be loaded into another process and go on from there."""

from typing import Any

from msgspec import Raw, Struct, json, structs

from mockex.core.clock import Clock
from mockex.core.endpoint import Catalogue
from mockex.core.faults import Armed
from mockex.core.scenario import Behaviour, Scenario
from mockex.core.weight import Ban, Bucket, Limits
from mockex.core.world import World, open_world

VERSION = 1
ENCODER = json.Encoder(decimal_format="number")


class SavedWorld(Struct, kw_only=True):
    """One world: its scenario with what its accounts hold now, and all that is counted in it."""

    name: str
    seed: int
    scenario: Raw
    opened_ms: int
    clock: Clock
    limits: Limits
    behaviour: Behaviour
    windows: list[tuple[Bucket, tuple[int, int]]]
    bans: list[tuple[str, str, Ban]]
    faults: list[Armed]
    armed: int
    happened: int
    permissions: dict[str, list[str]]
    written: int


class Saved(Struct, kw_only=True):
    """All worlds of a server; the first is the default."""

    version: int = VERSION
    worlds: list[SavedWorld]


def saved(world: World) -> SavedWorld:
    """Write a world down; what is in the journal is not a part of it, but its position is."""
    scenario = structs.replace(world.scenario, accounts=tuple(_accounts(world)))
    return SavedWorld(
        name=world.name,
        seed=world.seed,
        scenario=Raw(ENCODER.encode(scenario)),
        opened_ms=world.opened_ms,
        clock=world.clock,
        limits=world.limits,
        behaviour=world.behaviour,
        windows=list(world.meter.windows.items()),
        bans=[(gateway, ip, ban) for (gateway, ip), ban in world.meter.bans.items()],
        faults=list(world.faults.values()),
        armed=world.armed,
        happened=world.happened,
        permissions={api_key: sorted(key.permissions) for api_key, key in world.keys.items()},
        written=world.journal.written,
    )


def _accounts(world: World) -> list[Any]:
    accounts = []
    for spec in world.scenario.accounts:
        account = world.accounts[spec.uid]
        holds = {
            endpoint.held_as: endpoint.unstock(account.holds[endpoint.name])
            for endpoint in world.catalogue.endpoints
            if endpoint.held_as is not None
        }
        accounts.append(structs.replace(spec, portfolio_margin=account.is_portfolio_margin, **holds))
    return accounts


def restored(saved_world: SavedWorld, shape: type[Scenario], catalogue: Catalogue, real_ms: int) -> World:
    """Open a world that was written down, its scenario being of this type. Raises msgspec.ValidationError."""
    scenario = json.decode(saved_world.scenario, type=shape)
    world = open_world(saved_world.name, structs.replace(scenario, faults=()), catalogue, real_ms, saved_world.seed)
    world.scenario = scenario
    world.opened_ms = saved_world.opened_ms
    entries = [(one.at_ms(world.opened_ms), one) for one in scenario.timeline]
    world.timeline = tuple(sorted(entries, key=lambda entry: entry[0]))
    world.clock, world.limits, world.behaviour = saved_world.clock, saved_world.limits, saved_world.behaviour
    world.meter.windows = dict(saved_world.windows)
    world.meter.bans = {(gateway, ip): ban for gateway, ip, ban in saved_world.bans}
    world.faults = {armed.name: armed for armed in saved_world.faults}
    world.armed, world.happened = saved_world.armed, saved_world.happened
    world.next_ms = 0
    for api_key, permissions in saved_world.permissions.items():
        world.keys[api_key] = structs.replace(world.keys[api_key], permissions=frozenset(permissions))
    world.journal.written = saved_world.written
    return world
