"""What mockex costs a test: `make costs` prints each figure, the median of many runs, where need be beside a floor."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockex.testing import LiveExchange

RUNS = 200
EXAMPLES = 2_000


def timed(what: Callable[[], object], runs: int = RUNS) -> float:
    """Give the median time of something, in microseconds."""
    times = []
    for _ in range(runs):
        began = perf_counter()
        what()
        times.append(perf_counter() - began)
    return median(times) * 1e6


def say(name: str, us: float) -> None:
    """Print a figure."""
    print(f"{name:58} {us:12,.0f} µs")


def imports() -> None:
    """Time the imports, each in fresh processes, as what they take longer than an empty program or pytest alone."""

    def program(code: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", code], check=True)

    say("import mockex.pytest_plugin, beside pytest", _difference(program, "import pytest", "mockex.pytest_plugin"))
    say("import mockex", _difference(program, "pass", "mockex"))


def _difference(program: Callable[[str], Callable[[], object]], floor: str, module: str) -> float:
    pairs = [
        (timed(program(floor), 1), timed(program(f"{floor}; import {module}"), 1)) for _ in range(15)
    ]  # turn and turn about
    return median(more for _, more in pairs) - median(less for less, _ in pairs)


def in_a_thread() -> None:
    """Time an exchange in a thread of its own, and its worlds."""

    def start_and_stop() -> None:
        with LiveExchange():
            pass

    say("an exchange in a thread: start and stop", timed(start_and_stop))
    with LiveExchange() as exchange:

        def world() -> None:
            with exchange.world():
                pass

        say("a world of it: open and close", timed(world, EXAMPLES))
        say("its clock: advance", timed(lambda: exchange.clock.advance(seconds=1), EXAMPLES))

        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(st.integers())
        def nothing(_: int) -> None:
            """Take what Hypothesis takes."""

        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(st.integers())
        def with_a_world(_: int) -> None:
            world()

        floor, more = timed(nothing, 3) / EXAMPLES, timed(with_a_world, 3) / EXAMPLES
        say("under @given: an example without a world", floor)
        say("under @given: an example with a world of its own", more)


async def in_the_loop() -> None:
    """Time an exchange in the caller's loop."""
    times = []
    for _ in range(RUNS):
        began = perf_counter()
        async with LiveExchange():
            pass
        times.append(perf_counter() - began)
    say("an exchange in the loop: start and stop", median(times) * 1e6)
    async with LiveExchange() as exchange:

        def world() -> None:
            with exchange.world():
                pass

        say("a world of it: open and close", timed(world, EXAMPLES))


if __name__ == "__main__":
    imports()
    in_a_thread()
    asyncio.run(in_the_loop())
