"""Worlds as a file: everything that they are, to be loaded into another process and go on from there."""

from typing import Annotated, Any

from msgspec import Meta, Raw, Struct, json, structs

from mockex.core.clock import Clock
from mockex.core.endpoint import Catalogue
from mockex.core.faults import Armed
from mockex.core.scenario import Behaviour, Scenario
from mockex.core.weight import Ban, Bucket, Limits
from mockex.core.world import World, begun, blueprint_of
from mockex.core.worlds import Worlds

VERSION = 1
ENCODER = json.Encoder(decimal_format="number")

Count = Annotated[int, Meta(ge=0)]


class SavedWorld(Struct, kw_only=True, forbid_unknown_fields=True):
    """One world: its scenario with what its accounts hold now, and all that is counted in it."""

    name: str
    seed: Count
    scenario: Raw
    opened_ms: int
    clock: Clock
    limits: Limits
    behaviour: Behaviour
    windows: list[tuple[Bucket, tuple[int, int]]]
    bans: list[tuple[str, str, Ban]]
    faults: list[Armed]
    armed: Count
    happened: Count
    permissions: dict[str, list[str]]
    written: Count


class Saved(Struct, kw_only=True, forbid_unknown_fields=True):
    """All worlds of a server, the default first, and how many worlds and snapshots were named.

    Journals and snapshots are not a part of it.
    """

    version: int = VERSION
    opened: Count = 0
    taken: Count = 0
    worlds: Annotated[list[SavedWorld], Meta(min_length=1)]


def saved(worlds: Worlds) -> Saved:
    """Write all worlds down."""
    return Saved(
        opened=worlds.opened, taken=worlds.taken, worlds=[saved_world(world) for world in worlds.by_name.values()]
    )


def saved_world(world: World) -> SavedWorld:
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


def restored(state: Saved, shape: type[Scenario], catalogue: Catalogue, real_ms: int) -> Worlds:
    """Open all worlds that were written down, their scenarios being of this type. Raises ValueError."""
    first, *others = (restored_world(one, shape, catalogue, real_ms) for one in state.worlds)
    worlds = Worlds(first)
    for world in others:
        worlds.add(world)
    worlds.opened, worlds.taken = max(worlds.opened, state.opened), state.taken
    return worlds


def restored_world(one: SavedWorld, shape: type[Scenario], catalogue: Catalogue, real_ms: int) -> World:
    """Open a world that was written down. Raises ValueError."""
    scenario = json.decode(one.scenario, type=shape)
    world = begun(one.name, blueprint_of(scenario, catalogue), real_ms, one.seed, one.opened_ms)
    world.clock, world.limits, world.behaviour = one.clock, one.limits, one.behaviour
    world.meter.windows = dict(one.windows)
    world.meter.bans = {(gateway, ip): ban for gateway, ip, ban in one.bans}
    world.faults = {armed.name: armed for armed in one.faults}
    world.armed, world.happened, world.next_ms = one.armed, one.happened, 0
    if set(one.permissions) != set(world.keys):
        raise ValueError(f"Expected the permissions of every key of the world {one.name!r}, and of no other")
    for api_key, permissions in one.permissions.items():
        world.keys[api_key] = structs.replace(world.keys[api_key], permissions=frozenset(permissions))
    world.journal.written = one.written
    return world
