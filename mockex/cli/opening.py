"""Opening an exchange from a scenario or from a file of its state, and writing that file."""

import os
from pathlib import Path
from time import perf_counter_ns

from msgspec import json

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
        if state.version != VERSION:
            raise MockexError(f"{file}: expected a state of version {VERSION}, got one of version {state.version}")
        worlds = restored(state, scenarios.file_type(), CATALOGUE, now_ms())
    except OSError as error:
        raise MockexError(f"{file}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise MockexError(f"{file}: is no state of mockex: {error}") from None
    for world in worlds.by_name.values():
        scenarios.check_keys(file, world.scenario)
    exchange = Exchange(CATALOGUE, worlds.default, perf_counter_ns)
    exchange.worlds = worlds
    return exchange


def writable(file: Path) -> None:
    """Make sure at the start that a file can be written at the end. Raises MockexError."""
    partial = _partial(file)
    try:
        partial.touch(mode=0o600, exist_ok=False)
        partial.unlink()
    except OSError as error:
        raise MockexError(f"{file}: cannot be written: {error.strerror}") from None


def _partial(file: Path) -> Path:
    return file.with_name(f"{file.name}.{os.getpid()}.partial")


def dumped(exchange: Exchange, file: Path) -> None:
    """Write all worlds to a file that none but its owner can read, because secrets are in it. Raises MockexError.

    What the file said before stands in it until the new text is whole.
    """
    partial = _partial(file)
    try:
        partial.touch(mode=0o600, exist_ok=False)
        try:
            partial.write_bytes(json.encode(saved(exchange.worlds)))
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise MockexError(f"{file}: cannot be written: {error.strerror}") from None
