"""Worlds, their snapshots, their data and their state, over HTTP."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, structs

from mockex import scenarios
from mockex.core.account import Account
from mockex.core.bounds import MAX_LONG
from mockex.core.clock import iso
from mockex.core.endpoint import Endpoint
from mockex.core.scenario import HmacKey, PublicKeySpec, Scenario
from mockex.core.state import Saved, saved
from mockex.core.world import World
from mockex.errors import MockexError
from mockex.mistakes import converted, nearest
from mockex.server.control.asking import Asked, NotThereError, Route, read

Long = Annotated[int, Meta(ge=0, le=MAX_LONG)]


class NewWorld(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which scenario to run: one that comes with mockex by name, a whole one as TOML, or as JSON under `spec`.

    Without any it is the default world's.
    """

    scenario: str | None = None
    toml: str | None = None
    spec: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)  # `Raw | None` would be None alone
    name: str | None = None
    seed: Long | None = None
    fresh_keys: bool = True


class Changes(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is other in a world from now on."""

    limits: dict[str, Long] = {}
    behaviour: dict[str, str] = {}


def told(world: World, real_ms: int) -> dict[str, Any]:
    """Tell what a test needs to know of a world."""
    now_ms = world.now_ms(real_ms)
    return {
        "name": world.name,
        "prefix": f"/w/{world.name}",
        "scenario": world.scenario.title,
        "seed": world.seed,
        "now_ms": now_ms,
        "now": iso(now_ms),
        "keys": [key_told(key) for account in world.scenario.accounts for key in account.keys],
        "accounts": [account.uid for account in world.scenario.accounts],
        "limits": structs.asdict(world.limits),
        "behaviour": structs.asdict(world.behaviour),
        "calls": world.journal.written,
        "refused": sum(count for (_, _, step), count in world.verdicts.items() if step),
        "happened": [happening.says for _, happening in world.timeline[: world.happened]],
        "upcoming": [{"at_ms": at_ms, "says": one.says} for at_ms, one in world.timeline[world.happened :]],
    }


def key_told(key: HmacKey | PublicKeySpec) -> dict[str, str]:
    """Tell a key with its private half, as whoever opened the world needs it to sign."""
    about = {"api_key": key.api_key, "type": scenarios.key_type(key)}
    if isinstance(key, HmacKey):
        return about | {"secret": key.secret}
    if key.private_key_file is not None:
        return about | {"private_key_file": key.private_key_file}
    return about | ({"private_key": key.private_key} if key.private_key is not None else {})


def named(name: str, seed: int | None) -> Scenario:
    """Read a scenario that comes with mockex, once as long as its file is the same. Raises ScenarioError."""
    try:
        changed_ns = (scenarios.folder() / f"{name}.toml").stat().st_mtime_ns
    except (OSError, ValueError):
        changed_ns = 0
    return _named(name, seed, changed_ns)


@lru_cache(maxsize=32)
def _named(name: str, seed: int | None, _changed_ns: int) -> Scenario:
    spec = scenarios.read_named(name)
    return scenarios.expanded(spec, spec.seed if seed is None else seed)


def sent(spec: Scenario, name: str, seed: int | None) -> Scenario:
    """Make a scenario ready that was sent under this name. Raises ScenarioError."""
    scenarios.check_keys(Path(name), spec)
    return scenarios.expanded(spec, spec.seed if seed is None else seed)


def open_world(asked: Asked) -> dict[str, Any]:
    """Open a world."""
    wanted: NewWorld = asked.body
    whole = None if bytes(wanted.spec) in (b"", b"null") else wanted.spec
    if sum(one is not None for one in (wanted.scenario, wanted.toml, whole)) > 1:
        raise MockexError("a world runs either a `scenario` by its name or one given as `toml` or `spec`, not both")
    worlds = asked.exchange.worlds
    seed = wanted.seed
    if wanted.toml is not None:
        spec = sent(scenarios.parse(wanted.toml, Path("toml"), may_read_files=False), "toml", seed)
    elif whole is not None:
        given = read(whole, scenarios.file_type())
        spec = sent(scenarios.completed(given, Path("spec"), may_read_files=False), "spec", seed)
    elif wanted.scenario is not None:
        spec = named(wanted.scenario, seed)
    else:
        spec, seed = worlds.default.scenario, worlds.default.seed if seed is None else seed
    world = worlds.open(
        spec, asked.exchange.catalogue, asked.real_ms, name=wanted.name, seed=seed, fresh_keys=wanted.fresh_keys
    )
    return told(world, asked.real_ms)


def list_worlds(asked: Asked) -> list[dict[str, Any]]:
    """List all worlds."""
    return [
        {"name": world.name, "scenario": world.scenario.title, "calls": world.journal.written}
        for world in asked.exchange.worlds.by_name.values()
    ]


def show_world(asked: Asked) -> dict[str, Any]:
    """Tell one world."""
    return told(asked.world, asked.real_ms)


def change_world(asked: Asked) -> dict[str, Any]:
    """Change limits and behaviour."""
    world, changes = asked.world, asked.body
    limits = converted(structs.asdict(world.limits) | changes.limits, type(world.limits))
    behaviour = converted(structs.asdict(world.behaviour) | changes.behaviour, type(world.behaviour))
    world.limits, world.behaviour = limits, behaviour
    return told(world, asked.real_ms)


def close_world(asked: Asked) -> dict[str, str]:
    """Delete a world."""
    asked.exchange.worlds.close(asked.world.name)
    return {"deleted": asked.path["world"]}


def take_snapshot(asked: Asked) -> dict[str, str]:
    """Save a world as it is."""
    return {"id": asked.exchange.worlds.snapshot(asked.world.name).id}


def list_snapshots(asked: Asked) -> list[str]:
    """List a world's snapshots."""
    name = asked.world.name
    return [one.id for one in asked.exchange.worlds.snapshots.values() if one.world == name]


def revert(asked: Asked) -> dict[str, Any]:
    """Make a world what it was."""
    world = asked.world
    try:
        asked.exchange.worlds.revert(world.name, asked.path["snapshot"])
    except KeyError:
        raise NotThereError(f"the world {world.name!r} has no snapshot {asked.path['snapshot']!r}") from None
    return told(world, asked.real_ms)


def forget_snapshot(asked: Asked) -> dict[str, str]:
    """Delete a snapshot."""
    if asked.path["snapshot"] not in list_snapshots(asked):
        raise NotThereError(f"the world {asked.world.name!r} has no snapshot {asked.path['snapshot']!r}")
    del asked.exchange.worlds.snapshots[asked.path["snapshot"]]
    return {"deleted": asked.path["snapshot"]}


def _held(asked: Asked) -> tuple[Account, Endpoint]:
    """Find the account and the endpoint that the path means. Raises NotThereError."""
    asked.world.now_ms(asked.real_ms)
    uid, held_as = asked.path["uid"], asked.path["held"]
    account = next((one for one in asked.world.accounts.values() if str(one.uid) == uid), None)
    endpoints = {one.held_as: one for one in asked.exchange.catalogue.endpoints if one.held_as is not None}
    if account is None:
        raise NotThereError(f"the world {asked.world.name!r} has no account {uid!r}")
    if held_as not in endpoints:
        raise NotThereError(f"an account holds no {held_as!r}{nearest(held_as, endpoints)}")
    return account, endpoints[held_as]


def show_held(asked: Asked) -> Any:
    """Tell what an account holds."""
    account, endpoint = _held(asked)
    return endpoint.unstock(account.holds[endpoint.name])


def hold(asked: Asked) -> Any:
    """Let an account hold this instead of what it held."""
    account, endpoint = _held(asked)
    asked.world.hold(account.uid, endpoint, endpoint.stock(read(asked.body, endpoint.holds)))
    return show_held(asked)


def add_held(asked: Asked) -> Any:
    """Let an account hold this beside what it held, as a timeline's news would."""
    account, endpoint = _held(asked)
    asked.world.add(account.uid, endpoint, read(asked.body, endpoint.holds))
    return show_held(asked)


def dump(asked: Asked) -> Saved:
    """Write all worlds down."""
    return saved(asked.exchange.worlds)


WORLD = "/worlds/{world}"
ROUTES = (
    Route("GET", "/worlds", "List the worlds", list_worlds),
    Route("POST", "/worlds", "Open a world from a scenario", open_world, NewWorld, status=201),
    Route("GET", WORLD, "Tell one world: its keys, its time, its limits, what will happen", show_world),
    Route("POST", WORLD, "Change a world's limits or behaviour", change_world, Changes),
    Route("DELETE", WORLD, "Delete a world with its snapshots", close_world),
    Route("GET", f"{WORLD}/snapshots", "List a world's snapshots", list_snapshots),
    Route("POST", f"{WORLD}/snapshots", "Save a world as it is", take_snapshot, status=201),
    Route("POST", f"{WORLD}/snapshots/{{snapshot}}/revert", "Make a world what it was", revert),
    Route("DELETE", f"{WORLD}/snapshots/{{snapshot}}", "Delete a snapshot", forget_snapshot),
    Route("GET", f"{WORLD}/accounts/{{uid}}/{{held}}", "Tell what an account holds", show_held),
    Route("POST", f"{WORLD}/accounts/{{uid}}/{{held}}", "Let an account hold this instead", hold, msgspec.Raw),
    Route("POST", f"{WORLD}/accounts/{{uid}}/{{held}}/add", "Let an account hold this too", add_held, msgspec.Raw),
    Route("GET", "/state", "Write all worlds down, for --load-state", dump),
)
