"""What is drawn for a client: as the docstrings say, and shrinking to what they say."""

from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from mockex.core.effects import Documented
from mockex.core.hostile_wire import Drip, Latency, SlowBody, WrongContentLength
from mockex.core.weight import Limits
from mockex.endpoints.pm_loan import Loan
from mockex.fuzzing.drawn import (
    DAY_MS,
    MAX_PAUSE_MS,
    NOW_MS,
    PARTS_MS,
    WEEKS_MS,
    Drawn,
    Range,
    Weather,
    effects_on,
    ranges_of,
    weathers,
    worlds_to_ask,
)

T = TypeVar("T")
AT_MS = NOW_MS - 200 * DAY_MS
STEADY = settings(
    derandomize=True, database=None, deadline=None, max_examples=1_000, suppress_health_check=list(HealthCheck)
)


def shortest(strategy: st.SearchStrategy[T], is_wanted: object = None) -> T:
    """Find the shortest draw, of those that are wanted."""
    return find(strategy, is_wanted or (lambda _: True), settings=STEADY)  # type: ignore[arg-type]


def test_ranges_shrink_to_the_last_day() -> None:
    """With records to be found or none."""
    assert shortest(ranges_of([])) == shortest(ranges_of([AT_MS])) == (NOW_MS - DAY_MS, NOW_MS)


@pytest.mark.parametrize("starts", [[], [AT_MS]], ids=["no records", "a record"])
def test_ranges_of_all_kinds_are_drawn(starts: list[int]) -> None:
    """All fourteen months, and one that ends before it begins."""
    assert shortest(ranges_of(starts), lambda one: one == (NOW_MS - WEEKS_MS, NOW_MS))
    assert shortest(ranges_of(starts), lambda one: one[0] > one[1])


@pytest.mark.parametrize("off_ms", [-1, 0, 1])
@pytest.mark.parametrize("from_end", [False, True], ids=["from its beginning", "from its end"])
def test_records_stand_at_seams(off_ms: int, from_end: bool) -> None:
    """A record begins where a client cuts the range, a millisecond before, and one after, from either end on."""

    def is_at_seam(one: Range) -> bool:
        before_ms, after_ms = AT_MS - one[0], one[1] - AT_MS
        cut_ms, other_ms = (after_ms, before_ms) if from_end else (before_ms, after_ms)
        return other_ms in PARTS_MS and cut_ms == other_ms + off_ms * (1 if from_end else -1)

    assert shortest(ranges_of([AT_MS]), is_at_seam)


def test_worlds_shrink_to_an_account_without_debts() -> None:
    """Its key is of the first type, its limits are the usual ones, and its clock stands at the beginning of 2026."""
    world = shortest(worlds_to_ask(("Ed25519", "HMAC")))
    assert (world.account.loan, world.account.records, world.scenario.limits) == (Loan(), (), Limits())
    assert world.scenario.clock.frozen_at == NOW_MS
    assert repr(world) == f"World(at_ms={NOW_MS}, key=Ed25519Key, loan={Loan()!r}, records=())"


def test_worlds_tell_what_is_odd_in_few_words() -> None:
    """Limits that are not the usual ones, and the first of many records."""
    odd = shortest(worlds_to_ask(("HMAC",)), lambda one: one.scenario.limits.offences_before_ban == 0)
    assert "limits={'offences_before_ban': 0" in repr(odd)
    many = shortest(worlds_to_ask(("HMAC",)), lambda one: len(one.account.records) > 4)
    assert "and 1 more" in repr(many)


@settings(STEADY, max_examples=60, phases=(Phase.generate,))
@given(worlds_to_ask(("HMAC", "RSA")))
def test_worlds_can_be_asked(world: Drawn) -> None:
    """One account, one key of a type that was asked for, which may do all that is asked, and a still clock."""
    assert len(world.scenario.accounts) == 1
    account = world.account
    (key,) = account.keys
    assert type(key).__name__ in {"HmacKey", "RsaKey"}
    assert set(key.permissions) == {"enableReading", "enablePortfolioMarginTrading"}
    assert key.allowed_ips == ()
    assert world.scenario.clock.frozen_at in {NOW_MS, NOW_MS + 59_000, NOW_MS + 59_999}
    assert all(NOW_MS - WEEKS_MS <= record.start_time <= NOW_MS for record in account.records or ())


@settings(STEADY, max_examples=300, phases=(Phase.generate,))
@given(effects_on())
def test_effects_are_over_within_moments(effect: object) -> None:
    """No pause of the machine's time is long."""
    if isinstance(effect, Drip):
        assert effect.every_ms == 0
    if isinstance(effect, Latency | SlowBody):
        assert effect.ms <= MAX_PAUSE_MS


def test_weather_shrinks_to_an_overloaded_gateway() -> None:
    """A disturbance is told as the simplest that there is: one call, and an answer that every client should know."""
    assert shortest(weathers()) == Weather(Documented("overloaded"), 1, 1)


def test_disturbances_leave_nothing_behind() -> None:
    """No answer is longer than it says: what a pooled connection makes of the rest hangs on the machine's pace."""
    with pytest.raises(NoSuchExample):
        shortest(effects_on(), lambda one: isinstance(one, WrongContentLength) and one.by <= 0)
    assert shortest(effects_on(), lambda one: isinstance(one, WrongContentLength)) == WrongContentLength(1)
