"""All worlds of one server: which of them a request means, and their snapshots."""

import re

from msgspec import Struct, structs

from mockex.core import dice
from mockex.core.bounds import MAX_SNAPSHOTS, MAX_WORLDS
from mockex.core.endpoint import Catalogue
from mockex.core.scenario import AnyKey, HmacKey, Scenario
from mockex.core.wire import Request
from mockex.core.world import World, open_world

PREFIX = "/w/"
NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class ConflictError(ValueError):
    """A world cannot be opened: its name or one of its keys is another world's, or there are too many."""


class Snapshot(Struct, frozen=True):
    """A world as it was; it can be used again and again."""

    id: str
    world: str
    saved: World
    written: int


class Worlds:
    """The worlds by name and by API key; `default` is the one the server was started with."""

    def __init__(self, default: World) -> None:
        self.default = default
        self.by_name: dict[str, World] = {}
        self.by_key: dict[str, World] = {}
        self.snapshots: dict[str, Snapshot] = {}
        self.opened = 0
        self.taken = 0
        self.add(default)

    def of(self, request: Request) -> tuple[World | None, Request]:
        """Find the world that a request means: the URL's prefix chooses it, else its API key, else it is the default.

        Gives the request as it is without the prefix, and no world where the prefix names none.
        """
        if request.target.startswith(PREFIX):
            name, slash, rest = request.target[len(PREFIX) :].partition("/")
            return self.by_name.get(name), structs.replace(request, target=slash + rest)
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
        """Open a world; with `fresh_keys` its keys are a function of its seed and name. Raises ConflictError."""
        self.opened += 1
        while name is None:
            name = f"w{self.opened}"
            if name in self.by_name:
                self.opened, name = self.opened + 1, None
        seed = scenario.seed if seed is None else seed
        if fresh_keys:
            scenario = with_fresh_keys(scenario, seed, name)
        world = open_world(name, scenario, catalogue, real_ms, seed)
        self.add(world)
        return world

    def add(self, world: World) -> None:
        """Take a world in. Raises ConflictError."""
        if not NAME.fullmatch(world.name):
            raise ConflictError(
                f"{world.name!r} is no name for a world; expected 1 to 100 letters, digits, dots, dashes"
            )
        if world.name in self.by_name:
            raise ConflictError(f"there is a world {world.name!r} already")
        if len(self.by_name) >= MAX_WORLDS:
            raise ConflictError(f"a server has at most {MAX_WORLDS} worlds")
        for api_key in world.keys:
            if api_key in self.by_key:
                owner = self.by_key[api_key].name
                raise ConflictError(f"the key {api_key} is the world {owner!r}'s already; ask for fresh keys")
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

    def snapshot(self, name: str) -> Snapshot:
        """Save a world as it is. Raises KeyError for an unknown one, ConflictError where there are too many."""
        world = self.by_name[name]
        if len(self.snapshots) >= MAX_SNAPSHOTS:
            raise ConflictError(f"a server keeps at most {MAX_SNAPSHOTS} snapshots")
        self.taken += 1
        taken = Snapshot(f"s{self.taken}", name, world.copied(), world.journal.written)
        self.snapshots[taken.id] = taken
        return taken

    def revert(self, name: str, snapshot_id: str) -> World:
        """Make a world what it was; its journal forgets what came later. Raises KeyError for an unknown id."""
        taken = self.snapshots[snapshot_id]
        if taken.world != name:
            raise KeyError(snapshot_id)
        world = self.by_name[name]
        world.become(taken.saved)
        world.journal.back_to(taken.written)
        return world


def with_fresh_keys(scenario: Scenario, seed: int, name: str) -> Scenario:
    """Give every key another name and, where it has one, another secret; a key pair keeps its halves."""
    fresh: dict[str, str] = {}

    def renewed(key: AnyKey) -> AnyKey:
        fresh[key.api_key] = dice.text(seed, name, "key", key.api_key)
        if isinstance(key, HmacKey):
            return structs.replace(key, api_key=fresh[key.api_key], secret=dice.text(seed, name, "secret", key.api_key))
        return structs.replace(key, api_key=fresh[key.api_key])

    accounts = tuple(structs.replace(one, keys=tuple(map(renewed, one.keys))) for one in scenario.accounts)
    timeline = tuple(structs.replace(one, key=fresh.get(one.key or "")) for one in scenario.timeline)
    faults = tuple(
        structs.replace(one, api_key=fresh.get(one.api_key, one.api_key)) if one.api_key else one
        for one in scenario.faults
    )
    return structs.replace(scenario, accounts=accounts, timeline=timeline, faults=faults)
