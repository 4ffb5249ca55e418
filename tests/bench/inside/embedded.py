"""What mockex costs a test: starts, worlds, clocks, examples."""

import asyncio
from collections.abc import Iterator
from statistics import median
from time import perf_counter

import aiohttp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockex.testing import LiveExchange
from tests.bench.figures import Cost
from tests.bench.inside.timing import timed

RUNS, RUNS_QUICK = 200, 50
EXAMPLES = 1_000
WARMING = 5
SAPI_PATH = "/sapi/v1/portfolio/pmLoan"


def costs(*, quick: bool) -> Iterator[Cost]:
    """Measure in a thread, then in the caller's loop."""
    runs = RUNS_QUICK if quick else RUNS
    yield from in_a_thread(runs)
    yield from asyncio.run(in_the_loop(runs))
    if not quick:
        yield from under_given()


def world_of(exchange: LiveExchange) -> None:
    """Open a world and close it."""
    with exchange.world():
        pass


def in_a_thread(runs: int) -> Iterator[Cost]:
    """Time an exchange in a thread of its own, and its worlds."""

    def start_and_stop() -> None:
        with LiveExchange():
            pass

    timed(start_and_stop, WARMING)
    yield Cost("thread.start", "an exchange in a thread: start and stop", timed(start_and_stop, runs))
    with LiveExchange() as exchange:
        worlds_us = timed(lambda: world_of(exchange), EXAMPLES)
        yield Cost("thread.world", "a fresh world of an exchange in a thread: open and close", worlds_us)
        clock_us = timed(lambda: exchange.clock.advance(seconds=1), EXAMPLES)
        yield Cost("thread.clock", "its clock: advance", clock_us)


async def in_the_loop(runs: int) -> list[Cost]:
    """Time an exchange in the caller's loop: alone, with a session and one signed call, and its worlds."""
    for _ in range(WARMING):
        await with_a_call()
    starts, calls = [], []
    for _ in range(runs):
        began = perf_counter()
        async with LiveExchange():
            pass
        starts.append(perf_counter() - began)
        began = perf_counter()
        await with_a_call()
        calls.append(perf_counter() - began)
    async with LiveExchange() as exchange:
        worlds_us = timed(lambda: world_of(exchange), EXAMPLES)
    return [
        Cost("loop.start", "an exchange in the caller's loop: start and stop", median(starts) * 1e6),
        Cost("loop.call", "the same with a session of aiohttp and one signed call", median(calls) * 1e6),
        Cost("loop.world", "a fresh world of an exchange in the caller's loop: open and close", worlds_us),
    ]


async def with_a_call() -> None:
    """Start an exchange, sign a call, make it, read the answer, and stop."""
    async with LiveExchange() as exchange, aiohttp.ClientSession() as session:
        signer = exchange.signer("HMAC")
        url = exchange.signed_url(SAPI_PATH, signer)
        async with session.get(url, headers=signer.headers) as answer:
            assert answer.status == 200, await answer.text()
            await answer.read()


def under_given() -> Iterator[Cost]:
    """Time examples of Hypothesis with a world each, beside examples without."""
    given_nothing = settings(
        max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )

    @given_nothing
    @given(st.integers())
    def nothing(_: int) -> None:
        """Take what Hypothesis takes."""

    with LiveExchange() as exchange:

        @given_nothing
        @given(st.integers())
        def with_a_world(_: int) -> None:
            world_of(exchange)

        floor_us, more_us = timed(nothing, 3) / EXAMPLES, timed(with_a_world, 3) / EXAMPLES
    yield Cost("given.floor", "under `@given`: an example without a world", floor_us)
    yield Cost("given.world", "under `@given`: an example with a world of its own", more_us)
