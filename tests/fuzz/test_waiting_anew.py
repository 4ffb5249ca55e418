"""What the machine makes of what it did to a client itself."""

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


@given(ahead_ms=st.integers(-90_000, -62_000))
@settings(max_examples=2, database=None, deadline=None)
def test_clock_that_goes_back_brings_a_wait_back(ahead_ms: int) -> None:
    """A client is not guilty that waits anew, where its clock is again before the time that it was told to wait for."""
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
        machine: Any = type("Client", (ClientMachine,), {"suite": suite})()
        machine.begin(Chosen())
        machine.disturb(Weather(Documented("too-many-requests", retry_after_s=100), 1, 1))
        machine.ask_for_the_loan()
        machine.advance(101)
        machine.skew(ahead_ms)
        machine.ask_for_the_loan()
        assert [entry.status for entry in machine.world.journal] == [429]
        machine.teardown()
