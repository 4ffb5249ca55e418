"""Clients of every kind are asked alike, and none of them can hang whoever asks."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from textwrap import dedent
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from mockex.fuzzing.asking import Asking, text_of
from mockex.fuzzing.case import Question
from mockex.fuzzing.target import EndlessError, Target
from mockex.testing import LiveExchange

LOAN, RECORDS = Question(), Question(range=(1, 2))


class Plain:
    """A synchronous client."""

    def loan(self) -> str:
        """Give something."""
        return "a loan"

    def records(self, start_ms: int, end_ms: int) -> tuple[int, int]:
        """Give back what was asked for."""
        return start_ms, end_ms


class Awaited:
    """An asynchronous client, which sees that its loop stays the same."""

    def __init__(self) -> None:
        self.loops: set[asyncio.AbstractEventLoop] = set()

    async def loan(self) -> int:
        """Count the loops."""
        self.loops.add(asyncio.get_running_loop())
        return len(self.loops)

    async def records(self, start_ms: int, end_ms: int) -> None:
        """Fail."""
        raise ValueError(f"{start_ms} {end_ms}")


class Passing(Awaited):
    """An asynchronous client whose method is a function that hands on a coroutine."""

    def loan(self) -> Coroutine[Any, Any, int]:
        """Hand it on."""
        return super().loan()


def test_coroutine_that_a_function_hands_on_is_awaited() -> None:
    """It is not what the client gives out."""
    asking = Asking(Passing(), 5)
    assert asking.ask(LOAN) == (1, None)
    asking.close()


def test_clients_of_both_kinds_are_asked() -> None:
    """A function's value, a coroutine's value and its error come back, all coroutines in one loop."""
    plain, awaited = Asking(Plain(), 5), Asking(Awaited(), 5)
    try:
        assert plain.ask(LOAN) == ("a loan", None)
        assert plain.ask(RECORDS) == ((1, 2), None)
        assert [awaited.ask(LOAN), awaited.ask(LOAN)] == [(1, None), (1, None)]
        value, error = awaited.ask(RECORDS)
        assert (value, type(error), str(error)) == (None, ValueError, "1 2")
    finally:
        plain.close()
        awaited.close()


def test_context_managers_are_entered_and_left() -> None:
    """What `with` and `async with` give is asked, and both are left at the end."""
    left = []

    @contextmanager
    def plainly() -> Iterator[Plain]:
        yield Plain()
        left.append("with")

    @asynccontextmanager
    async def awaitedly() -> AsyncIterator[Awaited]:
        yield Awaited()
        left.append("async with")

    for made in (plainly(), awaitedly()):
        asking = Asking(made, 5)
        assert asking.ask(LOAN)[1] is None
        asking.close()
    assert left == ["with", "async with"]


class Blocked(NamedTuple):
    """A synchronous client that waits for nothing."""

    event: threading.Event

    def loan(self) -> None:
        """Wait."""
        self.event.wait(20)


class Stuck(NamedTuple):
    """An asynchronous client that waits for nothing."""

    event: threading.Event

    async def loan(self) -> None:
        """Wait."""
        await asyncio.sleep(20)


@pytest.mark.parametrize("is_async", [False, True], ids=["function", "coroutine"])
def test_call_that_does_not_end_is_given_up(is_async: bool) -> None:
    """It ends with an EndlessError once its time is over, and whoever asks goes on."""
    forever = threading.Event()

    asking = Asking(Stuck(forever) if is_async else Blocked(forever), 0.05)
    try:
        value, error = asking.ask(LOAN)
        assert value is None
        assert isinstance(error, EndlessError)
        assert "0.05 s of the machine's time" in str(error)
    finally:
        forever.set()
        asking.close()


def test_process_does_not_wait_for_what_was_given_up() -> None:
    """A run of tests ends, though a client's call never would."""
    text = """
        import time
        from mockex.fuzzing.asking import Asking
        from mockex.fuzzing.case import Question

        class Sleeping:
            def loan(self):
                time.sleep(4)
                print("it was waited for")

        asking = Asking(Sleeping(), 0.05)
        print(type(asking.ask(Question())[1]).__name__)
        asking.close()
    """
    done = subprocess.run([sys.executable, "-c", dedent(text)], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "EndlessError\n"


def test_client_that_cannot_be_made_leaves_nothing_open() -> None:
    """Its error comes out, and the loop that it was made in is closed."""
    loops: list[asyncio.AbstractEventLoop] = []

    @asynccontextmanager
    async def failing() -> AsyncIterator[Awaited]:
        loops.append(asyncio.get_running_loop())
        if loops:
            raise ValueError("no such key")
        yield Awaited()

    with pytest.raises(ValueError, match="no such key"):
        Asking(failing(), 5)
    assert [loop.is_closed() for loop in loops] == [True]


def test_target_waits_by_the_world_and_not_without_end() -> None:
    """Its sleep moves the world's clock, however wrong its own; who waits too long meets what is no Exception."""
    with LiveExchange("quiet") as exchange, exchange.world(frozen_at=1_767_225_600_000) as world:
        target = Target(world, world.signer(), patience_s=100)
        target.ahead_ms = -5_000
        target.sleep(99.5)
        assert (world.clock.now_ms, target.time()) == (1_767_225_699_500, 1_767_225_694.5)
        asyncio.run(target.asleep(0.5))
        assert world.clock.now_ms == 1_767_225_700_000
        with pytest.raises(EndlessError, match="has waited 101 s"):
            target.sleep(1)
        assert not issubclass(EndlessError, Exception)


def test_text_of_an_error_has_its_causes() -> None:
    """A secret that only the cause of an error tells is found as well."""
    error = ValueError("the error")
    error.__cause__ = KeyError("the cause")
    text = text_of(error)
    assert "the cause" in text
    assert "the error" in text
    assert text_of(None) == ""


class Connected:
    """An asynchronous client that holds a connection."""

    def __init__(self, exchange: LiveExchange) -> None:
        self.at = urlsplit(exchange.url)

    async def __aenter__(self) -> "Connected":
        self.reader, self.writer = await asyncio.open_connection(self.at.hostname, self.at.port)
        self.writer.write(b"GET /papi/v1/ping HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await self.reader.readuntil(b"{}")
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def loan(self) -> bool:
        """Say whether the connection is closed, as far as it has heard."""
        return self.reader.at_eof()


def test_what_came_between_two_questions_is_heard_first() -> None:
    """A loop that stands still between them hears no end of a connection; a client's own would."""
    with LiveExchange() as exchange:
        asking = Asking(Connected(exchange), 5)
        try:
            assert asking.ask(LOAN) == (False, None)
            exchange.drop()
            assert asking.ask(LOAN) == (True, None)
        finally:
            asking.close()


class Stubborn:
    """An asynchronous client that takes it for a time-out of its own when it is cancelled, and tries again."""

    tries = 0

    async def loan(self) -> None:
        """Try once more, and then give in."""
        while self.tries < 2:
            self.tries += 1
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()


def test_who_takes_no_cancelling_is_given_up() -> None:
    """Its call ends for whoever asked, though it goes on."""
    asking = Asking(Stubborn(), 0.05)
    try:
        value, error = asking.ask(LOAN)
    finally:
        asking.close()
    assert (value, type(error)) == (None, EndlessError)
    assert asking.client.tries == 2
