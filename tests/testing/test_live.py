"""A live exchange begins and ends in good order: its thread, its socket, who asks it meanwhile and afterwards."""

import asyncio
import gc
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest

from mockex.asking import fetch
from mockex.errors import MockexError
from mockex.server.control import Control
from mockex.server.runner import Runner
from mockex.testing import LiveExchange, LiveWorld, connect
from tests.testing.calling import called, sentence

PING = "/papi/v1/ping"


def threads() -> list[str]:
    """Name the threads of exchanges."""
    return [one.name for one in threading.enumerate() if one.name == "mockex"]


def is_open(url: str) -> bool:
    """Say whether somebody listens there."""
    at = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((at.hostname, at.port)) == 0


# Begin and end.


def test_an_exchange_that_has_ended_leaves_nothing_behind() -> None:
    """Neither its thread nor its port; be it left in order or by an error."""
    with LiveExchange() as exchange:
        assert is_open(exchange.url)
        assert threads() == ["mockex"]
    assert not is_open(exchange.url)
    left = LiveExchange()
    with pytest.raises(ZeroDivisionError), left:
        _ = 1 / 0
    assert not is_open(left.url)
    assert threads() == []


async def test_an_exchange_in_the_loop_leaves_nothing_behind() -> None:
    """No task but the test's own, and no port; be it left in order or by an error."""
    async with LiveExchange() as exchange:
        await called(f"{exchange.url}{PING}")
    left = LiveExchange()
    with pytest.raises(ZeroDivisionError):
        async with left:
            _ = 1 / 0
    assert not is_open(exchange.url)
    assert not is_open(left.url)
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize("turns", range(5))
async def test_a_connection_at_the_very_end_is_closed(turns: int) -> None:
    """However far it was taken in: what is left open warns where it is collected."""
    async with LiveExchange() as exchange:
        assert is_open(exchange.url)
        for _ in range(turns):
            await asyncio.sleep(0)
    gc.collect()


def test_a_port_that_is_taken_is_told_of() -> None:
    """In a sentence, and no thread is left behind; once the port is free it can be had."""
    with LiveExchange() as exchange:
        late = LiveExchange(port=urlsplit(exchange.url).port or 0)
        with pytest.raises(MockexError, match=r"cannot listen on 127\.0\.0\.1 port [0-9]+: Address already in use"):
            late.__enter__()
        assert threads() == ["mockex"]
    with late:
        assert late.url == exchange.url
    assert threads() == []


async def test_a_start_that_fails_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the server cannot begin, that is raised where it was entered, and it may try again."""
    exchange = LiveExchange()
    sockets: list[socket.socket] = []

    async def fail(runner: Runner) -> Runner:
        sockets.append(runner.socket)
        raise OSError("no more of anything")

    with monkeypatch.context() as broken:
        broken.setattr(Runner, "__aenter__", fail)
        with pytest.raises(OSError, match="no more of anything"):
            exchange.__enter__()
        with pytest.raises(OSError, match="no more of anything"):
            await exchange.__aenter__()
    assert [one.fileno() for one in sockets] == [-1, -1]
    assert threads() == []
    with exchange:
        assert is_open(exchange.url)


def test_a_loop_that_cannot_be_made_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever for a thread that has ended before it began."""
    exchange = LiveExchange()

    def fail() -> asyncio.AbstractEventLoop:
        raise OSError("too many open files")

    with monkeypatch.context() as broken:
        broken.setattr(asyncio, "new_event_loop", fail)
        broken.setattr(asyncio.events, "new_event_loop", fail)
        with pytest.raises(OSError, match="too many open files"):
            exchange.__enter__()
    assert threads() == []
    with exchange:
        assert is_open(exchange.url)


def test_an_exchange_has_no_url_before_it_is_served() -> None:
    """It says so, and can be asked all the same."""
    exchange = LiveExchange()
    with pytest.raises(MockexError, match="has no URL before it is served"):
        _ = exchange.url
    assert exchange.clock.freeze("2026-01-01T00:00:00Z").is_frozen
    with pytest.raises(MockexError, match="nobody serves the exchange"):
        exchange.journal.wait()


async def test_an_exchange_is_served_once_at_a_time() -> None:
    """A second `with` within the first is told so, and does the first no harm."""
    with LiveExchange() as exchange:
        with pytest.raises(MockexError) as told:
            exchange.__enter__()
        assert sentence(told.value) == f"the exchange is served already, at {exchange.url}"
        with pytest.raises(MockexError, match="served already"):
            await exchange.__aenter__()
        assert (await called(f"{exchange.url}{PING}"))[0] == 200


async def test_an_exchange_that_has_ended_can_be_asked_and_served_again() -> None:
    """Its journal is readable still; a second `with` of either kind finds its worlds as they were left."""
    exchange = LiveExchange()
    with exchange:
        world = exchange.open(name="mine")
        await called(f"{world.url}{PING}")
    assert len(world.journal) == 1
    world.clock.freeze("2026-01-01T00:00:00Z")
    async with exchange:
        await called(f"{world.url}{PING}")
    with exchange:
        await called(f"{world.url}{PING}")
        assert [one.seq for one in world.journal] == [1, 2, 3]
        assert world.clock.told.is_frozen


def test_a_far_exchange_that_has_ended_is_told_of() -> None:
    """As is one that never was, a URL that is none, and a wrong token."""
    with LiveExchange() as exchange:
        far = connect(f"{exchange.url}/")
        assert far.url == exchange.url
    for url, says in [(far.url, f"no answer from {far.url}/_mockex/worlds/default"), ("localhost:1", "is no URL")]:
        with pytest.raises(MockexError) as told:
            connect(url)
        assert says in sentence(told.value)
    with pytest.raises(MockexError, match="no answer from"):
        _ = far.loan


async def test_exchanges_stand_beside_and_within_each_other() -> None:
    """Two in threads and two in the test's loop, each with its own worlds."""
    with LiveExchange() as first, LiveExchange("quiet") as second:
        async with LiveExchange() as third, LiveExchange("quiet") as fourth:
            exchanges = (first, second, third, fourth)
            for number, exchange in enumerate(exchanges):
                for _ in range(number):
                    await called(f"{exchange.url}{PING}")
            assert [len(one.journal) for one in exchanges] == [0, 1, 2, 3]
            assert len({one.url for one in exchanges}) == 4


def test_who_waits_hears_of_the_end() -> None:
    """At once: there will be no more calls."""
    exchange = LiveExchange()
    with exchange, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(exchange.journal.wait)
        while not exchange.exchange.world.journal.listeners:
            exchange.clock.freeze()
        exchange.__exit__()
        with pytest.raises(AssertionError, match="waited in vain"):
            waiting.result()
        exchange.__enter__()


# Many at once.


def everything_asked(world: LiveWorld, number: int) -> int:
    """Ask a world all kinds of things."""
    for _ in range(10):
        name = world.faults.add("empty", nth=1_000)
        world.clock.advance(milliseconds=1)
        world.snapshot()
        assert len(world.journal) >= 0
        world.faults.remove(name)
        with world.world(name=f"of-{number}") as own:
            assert own.told.name == f"of-{number}"
    return number


@pytest.mark.parametrize("is_far", [False, True])
def test_many_threads_ask_while_clients_call(is_far: bool) -> None:
    """Nothing is lost, and every question is answered."""
    with LiveExchange() as exchange, ThreadPoolExecutor(8) as pool:
        held: LiveWorld = connect(exchange.url) if is_far else exchange
        held.clock.freeze(0)
        calls = [pool.submit(fetch, f"{exchange.url}{PING}", {}) for _ in range(60)]
        asked = [pool.submit(everything_asked, held, number) for number in range(4)]
        assert [one.result()[0] for one in calls] == [200] * 60
        assert [one.result() for one in asked] == [0, 1, 2, 3]
        assert [one.seq for one in held.journal] == list(range(1, 61))
        assert (held.clock.now_ms, len(held.faults)) == (40, 0)
        assert list(exchange.exchange.worlds.by_name) == ["default"]
        assert len(exchange.exchange.worlds.snapshots) == 40


async def test_other_threads_ask_an_exchange_in_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are answered in the loop, between two calls, and not beside it."""
    async with LiveExchange() as exchange:
        seen: list[int] = []
        original = Control.say

        def say(control: Control, *asked: Any, **about: Any) -> Any:
            seen.append(threading.get_ident())
            return original(control, *asked, **about)

        monkeypatch.setattr(Control, "say", say)
        exchange.clock.freeze(0)
        asking = [asyncio.to_thread(everything_asked, exchange, number) for number in range(3)]
        assert await asyncio.gather(*asking) == [0, 1, 2]
        assert exchange.clock.now_ms == 30
    assert set(seen) == {threading.get_ident()}


def test_who_asks_at_the_very_end_is_answered() -> None:
    """By the loop or, once it has ended, directly: never not at all, and never with an error of the loop."""
    exchange = LiveExchange()
    is_over = threading.Event()

    def ask_on() -> int:
        count = 0
        while not is_over.is_set() or count < 1:
            exchange.clock.advance(milliseconds=1)
            count += 1
        return count

    exchange.clock.freeze(0)
    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(ask_on) for _ in range(3)]
        for _ in range(10):
            with exchange:
                fetch(f"{exchange.url}{PING}", {})
        is_over.set()
        counted = sum(one.result() for one in asking)
    assert exchange.clock.now_ms == counted
