"""All worlds of one server: which of them a request means, and their snapshots."""

import re

from msgspec import Struct, structs

from mockex.core import dice
from mockex.core.bounds import MAX_SNAPSHOTS, MAX_WORLDS
from mockex.core.endpoint import Catalogue
from mockex.core.faults import Fault
from mockex.core.journal import Entry
from mockex.core.scenario import AnyKey, HmacKey, Scenario
from mockex.core.wire import Request
from mockex.core.world import Blueprint, ConflictError, World, begun, blueprint_of, minted, verifier_of

__all__ = ["ConflictError", "Snapshot", "Worlds"]

PREFIX = "/w/"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
MAX_BLUEPRINTS = 32

_PREFIXED = re.compile(r"/w/([^/?]*)(.*)", re.DOTALL)


class Snapshot(Struct, frozen=True):
    """A world as it was, its journal included; it can be used again and again."""

    id: str
    world: str
    saved: World
    written: int
    entries: tuple[Entry, ...]


class Worlds:
    """The worlds by name and by API key; `default` is the one the server was started with.

    `opened` and `taken` count the worlds and snapshots that were named here, so that no `wN` and no `sN` comes twice.
    """

    def __init__(self, default: World) -> None:
        self.default = default
        self.by_name: dict[str, World] = {}
        self.by_key: dict[str, World] = {}
        self.snapshots: dict[str, Snapshot] = {}
        self.blueprints: dict[int, Blueprint] = {}
        self.opened = 0
        self.taken = 0
        self.add(default)

    def of(self, request: Request) -> tuple[World | None, Request]:
        """Find the world that a request means: the URL's prefix chooses it, else its API key, else it is the default.

        Gives the request as it is without the prefix, and no world where the prefix names none.
        """
        if request.target.startswith(PREFIX) and (prefixed := _PREFIXED.fullmatch(request.target)):
            name, rest = prefixed.groups()
            rest = rest if rest.startswith("/") else f"/{rest}"
            return self.by_name.get(name), structs.replace(request, target=rest)
        if len(self.by_name) == 1 or request.api_key is None:
            return self.default, request
        return self.by_key.get(request.api_key, self.default), request

    def open(
        self,
        scenario: Scenario,
        catalogue: Catalogue,
        real_ms: int,
        *,
        name: str | None = None,
        seed: int | None = None,
        fresh_keys: bool = False,
    ) -> World:
        """Open a world; with `fresh_keys` its keys are a function of its seed and name.

        Raises ConflictError, and ValueError where the name is none. What worlds of the very same scenario share is made
        once.
        """
        name = self._next_name() if name is None else name
        self._refuse_name(name)
        seed = scenario.seed if seed is None else seed
        blueprint = self._blueprint(scenario, catalogue)
        if fresh_keys:
            blueprint = with_fresh_keys(blueprint, seed, name)
        world = begun(name, blueprint, real_ms, seed)
        self.add(world)
        return world

    def _next_name(self) -> str:
        self.opened += 1
        return f"w{self.opened}"

    def _blueprint(self, scenario: Scenario, catalogue: Catalogue) -> Blueprint:
        """Find what was made of this very object, or make it; the oldest is forgotten where there are many."""
        blueprint = self.blueprints.get(id(scenario))
        if blueprint is None or blueprint.catalogue is not catalogue:
            if len(self.blueprints) >= MAX_BLUEPRINTS:
                del self.blueprints[next(iter(self.blueprints))]
            blueprint = self.blueprints[id(scenario)] = blueprint_of(scenario, catalogue)
        return blueprint

    def _refuse_name(self, name: str) -> None:
        if not NAME.fullmatch(name):
            raise ValueError(
                f"{name!r} is no name for a world; expected 1 to 100 letters, digits, dots, dashes and underscores, "
                "the first a letter or a digit"
            )
        if name in self.by_name:
            raise ConflictError(f"there is a world {name!r} already")
        if len(self.by_name) >= MAX_WORLDS:
            raise ConflictError(f"a server has at most {MAX_WORLDS} worlds")

    def add(self, world: World) -> None:
        """Take a world in. Raises ConflictError, and ValueError where its name is none."""
        self._refuse_name(world.name)
        for api_key in world.keys:
            if api_key in self.by_key:
                owner = self.by_key[api_key].name
                raise ConflictError(f"the key {api_key} belongs to the world {owner!r} already; ask for fresh keys")
        if world.name.startswith("w"):
            self.opened = max(self.opened, minted(world.name))
        self.by_name[world.name] = world
        self.by_key.update(dict.fromkeys(world.keys, world))

    def close(self, name: str) -> None:
        """Delete a world with its snapshots. Raises KeyError for an unknown one, ConflictError for the default."""
        world = self.by_name[name]
        if world is self.default:
            raise ConflictError("the default world ends with its server")
        del self.by_name[name]
        for api_key in world.keys:
            del self.by_key[api_key]
        self.snapshots = {id_: one for id_, one in self.snapshots.items() if one.world != name}
        world.journal.end()

    def end(self) -> None:
        """Tell all who listen to a journal that no more will come, because the server ends."""
        for world in self.by_name.values():
            world.journal.end()

    def snapshot(self, name: str) -> Snapshot:
        """Save a world as it is. Raises KeyError for an unknown one, ConflictError where there are too many."""
        world = self.by_name[name]
        if len(self.snapshots) >= MAX_SNAPSHOTS:
            raise ConflictError(f"a server keeps at most {MAX_SNAPSHOTS} snapshots")
        self.taken += 1
        journal = world.journal
        taken = Snapshot(f"s{self.taken}", name, world.copied(), journal.written, tuple(journal))
        self.snapshots[taken.id] = taken
        return taken

    def revert(self, name: str, snapshot_id: str) -> World:
        """Make a world what it was, its journal too; a clock that runs, runs on. Raises KeyError for an unknown id."""
        world, taken = self.by_name[name], self.snapshots[snapshot_id]
        if taken.world != name:
            raise KeyError(snapshot_id)
        world.become(taken.saved)
        world.journal.back_to(taken.written, taken.entries)
        return world


def with_fresh_keys(blueprint: Blueprint, seed: int, name: str) -> Blueprint:
    """Give every key another name and, where it has one, another secret; a key pair keeps its halves."""
    scenario = blueprint.scenario
    specs = {spec.api_key: renewed(spec, seed, name) for account in scenario.accounts for spec in account.keys}
    keys = (
        structs.replace(
            key, api_key=spec.api_key, verify=verifier_of(spec) if isinstance(spec, HmacKey) else key.verify
        )
        for key, spec in ((key, specs[api_key]) for api_key, key in blueprint.keys.items())
    )

    def of_fresh_keys(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
        return tuple(
            structs.replace(one, api_key=specs[one.api_key].api_key) if one.api_key in specs else one for one in faults
        )

    accounts = (structs.replace(one, keys=tuple(specs[key.api_key] for key in one.keys)) for one in scenario.accounts)
    timeline = (
        structs.replace(one, key=specs[one.key].api_key if one.key else None, faults=of_fresh_keys(one.faults))
        for one in scenario.timeline
    )
    scenario = structs.replace(
        scenario, accounts=tuple(accounts), faults=of_fresh_keys(scenario.faults), timeline=tuple(timeline)
    )
    return structs.replace(blueprint, scenario=scenario, keys={key.api_key: key for key in keys})


def renewed(spec: AnyKey, seed: int, name: str) -> AnyKey:
    """Make a key that is a function of the seed, the world's name and the key that it stands for."""
    api_key = dice.text(seed, name, "key", spec.api_key)
    if isinstance(spec, HmacKey):
        return structs.replace(spec, api_key=api_key, secret=dice.text(seed, name, "secret", spec.api_key))
    return structs.replace(spec, api_key=api_key)
