"""Opening an exchange from a scenario or from a file of its state, and writing that file."""

from pathlib import Path
from time import perf_counter_ns

from msgspec import DecodeError, json

from mockex import scenarios
from mockex.core.exchange import Exchange
from mockex.core.state import VERSION, Saved, restored, saved
from mockex.core.world import open_world
from mockex.endpoints import CATALOGUE
from mockex.errors import MockexError
from mockex.server.shell import now_ms


def opened(scenario: str, seed: int | None, state: Path | None) -> Exchange:
    """Open an exchange. Raises MockexError."""
    if state is not None:
        return loaded(state)
    spec = scenarios.read(scenario)
    seed = spec.seed if seed is None else seed
    world = open_world("default", scenarios.expanded(spec, seed), CATALOGUE, now_ms(), seed)
    return Exchange(CATALOGUE, world, perf_counter_ns)


def loaded(file: Path) -> Exchange:
    """Open all worlds of a file. Raises MockexError."""
    try:
        state = json.decode(file.read_bytes(), type=Saved)
        if state.version != VERSION or not state.worlds:
            raise MockexError(f"{file}: expected a state of version {VERSION}, got one of version {state.version}")
        shape = scenarios.file_type()
        worlds = [restored(one, shape, CATALOGUE, now_ms()) for one in state.worlds]
    except OSError as error:
        raise MockexError(f"{file}: cannot be read: {error.strerror}") from None
    except (DecodeError, KeyError, ValueError) as error:
        raise MockexError(f"{file}: is no state of mockex: {error}") from None
    exchange = Exchange(CATALOGUE, worlds[0], perf_counter_ns)
    for world in worlds[1:]:
        exchange.worlds.add(world)
    return exchange


def dumped(exchange: Exchange, file: Path) -> None:
    """Write all worlds to a file that none but its owner can read, because secrets are in it. Raises MockexError."""
    text = json.encode(Saved(worlds=[saved(world) for world in exchange.worlds.by_name.values()]))
    try:
        file.touch(mode=0o600)
        file.write_bytes(text)
    except OSError as error:
        raise MockexError(f"{file}: cannot be written: {error.strerror}") from None
