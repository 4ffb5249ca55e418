"""What the machine makes of what it did to a client itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from mockex import scenarios
from mockex.core.effects import Documented
from mockex.core.scenario import ClockSpec
from mockex.fuzzing.case import Claims
from mockex.fuzzing.drawn import NOW_MS, Drawn, Weather
from mockex.fuzzing.machine import ClientMachine, Suite
from mockex.testing import LiveExchange
from mockex.testing.client import ClientError
from tests.fuzz.test_reference_client import reference


class Chosen:
    """Stands in for what Hypothesis draws."""

    def draw(self, _: object, label: str) -> Drawn:
        """Give a world whose clock stands still."""
        assert label == "world"
        return Drawn(structs.replace(scenarios.read("documented"), clock=ClockSpec(frozen_at=NOW_MS)))


@contextmanager
def machine() -> Iterator[Any]:
    """Begin a state machine with the reference client, outside of Hypothesis."""
    with LiveExchange("quiet") as server, LiveExchange("quiet") as elsewhere:
        suite = Suite(
            make=reference,
            errors=ClientError,
            code_of=lambda error: error.code,
            status_of=lambda error: error.status,
            claims=Claims(),
            server=server,
            elsewhere=elsewhere,
        )
        made: Any = type("Client", (ClientMachine,), {"suite": suite})()
        made.begin(Chosen())
        yield made
        made.teardown()


@given(ahead_ms=st.integers(-90_000, -62_000))
@settings(max_examples=2, database=None, deadline=None)
def test_clock_that_goes_back_brings_a_wait_back(ahead_ms: int) -> None:
    """A client is not guilty that waits anew, where its clock is again before the time that it was told to wait for."""
    with machine() as state:
        state.disturb(Weather(Documented("too-many-requests", retry_after_s=100), 1, 1))
        state.ask_for_the_loan()
        state.advance(101)
        state.skew(ahead_ms)
        state.ask_for_the_loan()
        assert [entry.status for entry in state.world.journal] == [429]


@given(st.just(-999))
@settings(max_examples=1, database=None, deadline=None)
def test_clock_that_is_behind_reaches_the_end_of_a_ban_later(ahead_ms: int) -> None:
    """A client is not guilty that waits until its own clock shows the time that a ban was told to end at."""
    with machine() as state:
        state.skew(ahead_ms)
        state.disturb(Weather(Documented("ip-banned", retry_after_s=120), 1, 1))
        state.ask_for_the_loan()
        state.advance(120)
        state.ask_again()
        assert [entry.status for entry in state.world.journal] == [418]
