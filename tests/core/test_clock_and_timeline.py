"""The clock of a world moves only as it is told, and what the scenario lists happens when it has come so far."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from mockex import scenarios
from mockex.core.bounds import MAX_CLOCK_MS
from mockex.core.clock import Clock, iso, moment_ms
from mockex.core.exchange import Exchange
from mockex.core.faults import Fault
from mockex.core.hostile_wire import Latency
from mockex.core.scenario import ClockSpec
from mockex.core.weight import Limits
from mockex.core.world import ConflictError
from mockex.errors import ScenarioError
from tests import alice
from tests.alice import NOW_MS, heard
from tests.worldly import ask, exchange_of, held, signed

KEY = alice.ALICE.api_key
ACCOUNT = f"""
title = "A timeline"
clock = {{ frozen_at = {NOW_MS} }}

[[accounts]]
uid = 1
keys = [{{ type = "HMAC", api_key = "{KEY}", secret = "secret of alice" }}]
"""


def with_timeline(*entries: str) -> Exchange:
    """Open Alice's account with these entries of a timeline."""
    timeline = "".join(f"\n[[timeline]]\n{entry}\n" for entry in entries)
    return exchange_of(scenarios.parse(ACCOUNT + timeline, Path("timeline.toml")))


def wrong(*entries: str) -> str:
    """Give what is said of a timeline that is wrong."""
    with pytest.raises(ScenarioError) as refusal:
        with_timeline(*entries)
    return str(refusal.value).removeprefix("timeline.toml: ")


def after(exchange: Exchange, seconds: float) -> Exchange:
    """Move the clock to so many seconds after the beginning."""
    exchange.world.clock.set(NOW_MS + round(seconds * 1_000), NOW_MS)
    return exchange


def loan(exchange: Exchange) -> Any:
    """Ask for the loan."""
    return json.loads(ask(exchange, exchange.world).body)


# The clock.

machine_times = st.integers(0, 4_000_000_000_000)


@given(machine_times, machine_times, st.sampled_from([0.0, 0.5, 1.0, 60.0, 86_400.0]))
def test_a_clock_runs_on_from_where_it_is_set(set_at_ms: int, to_ms: int, rate: float) -> None:
    """At the moment of setting it reads what it was set to; later it has run at its rate, and never backward."""
    clock = Clock()
    clock.set(to_ms, set_at_ms, rate)
    assert clock.now_ms(set_at_ms) == to_ms
    assert clock.now_ms(set_at_ms + 10_000) == min(to_ms + int(10_000 * rate), MAX_CLOCK_MS)
    assert clock.now_ms(set_at_ms + 1) >= to_ms


@given(machine_times, st.integers(-MAX_CLOCK_MS, MAX_CLOCK_MS), st.sampled_from([0.0, 1.0, 60.0]))
def test_a_clock_stays_where_dates_have_names(real_ms: int, by_ms: int, rate: float) -> None:
    """However far it is moved, it reads a time that a Date header can name, and keeps its rate."""
    clock = Clock(NOW_MS, real_ms, rate)
    clock.advance(by_ms, real_ms)
    assert 0 <= clock.now_ms(real_ms) <= MAX_CLOCK_MS
    assert clock.now_ms(real_ms) in (NOW_MS + by_ms, 0, MAX_CLOCK_MS)
    assert clock.rate == rate
    assert (clock.now_ms(real_ms - 10**15), clock.now_ms(real_ms + 10**15)) == (
        (0, MAX_CLOCK_MS) if rate else (clock.anchor_ms, clock.anchor_ms)
    )
    assert iso(clock.now_ms(real_ms)).endswith("Z")


def test_advancing_does_not_lose_what_has_run() -> None:
    """A clock at 60 times the speed that is moved on goes on from where it had come."""
    clock = Clock(1_000, 0, 60.0)
    clock.advance(500, real_ms=10)
    assert clock.now_ms(10) == 1_000 + 600 + 500
    assert clock.now_ms(20) == 1_000 + 600 + 500 + 600


def test_a_skewed_clock_runs_beside_the_machines() -> None:
    """So far ahead of it, whatever it was before; a skew of 0 is the machine's own time."""
    clock = Clock(NOW_MS, 0, 0.0)
    clock.skew(-90_000, real_ms=5_000_000)
    assert (clock.now_ms(5_000_000), clock.now_ms(6_000_000), clock.rate) == (4_910_000, 5_910_000, 1.0)
    clock.skew(0, real_ms=6_000_000)
    assert clock.now_ms(7_000_000) == 7_000_000


@pytest.mark.parametrize(
    ("spec", "now_ms", "later_ms"),
    [
        (ClockSpec(), NOW_MS, NOW_MS + 1_000),
        (ClockSpec(frozen_at=9_000), 9_000, 9_000),
        (ClockSpec(offset_ms=-90_000), NOW_MS - 90_000, NOW_MS - 89_000),
        (ClockSpec(rate=60.0), NOW_MS, NOW_MS + 60_000),
        (ClockSpec(rate=0.0, offset_ms=5), NOW_MS + 5, NOW_MS + 5),
    ],
)
def test_a_world_begins_with_its_scenarios_clock(spec: ClockSpec, now_ms: int, later_ms: int) -> None:
    """Real, frozen, offset, or at a rate: as read a second later too, by the call for the time and by recvWindow."""
    exchange = exchange_of(alice.scenario(clock=spec))
    for real_ms, expected in ((NOW_MS, now_ms), (NOW_MS + 1_000, later_ms)):
        call = signed(exchange.world, real_ms=real_ms)
        time = structs.replace(call, target="/api/v3/time")
        assert json.loads(exchange.handle(time).body) == {"serverTime": expected}
        assert exchange.handle(call).status == 200
        assert heard(exchange.handle(signed(exchange.world, real_ms=real_ms, timestamp=expected - 5_001))) == (
            400,
            -1021,
        )


def test_advancing_two_minutes_ends_a_ban() -> None:
    """The meter's minutes and the ban's end are those of the world's clock, and no time passes meanwhile."""
    exchange = exchange_of(alice.scenario(limits=Limits(papi_weight_per_ip=100, offences_before_ban=0)))
    assert [ask(exchange, exchange.world, "PAPI").status for _ in range(3)] == [200, 429, 418]
    exchange.world.clock.advance(119_999, NOW_MS)
    assert ask(exchange, exchange.world, "PAPI", ip="192.0.2.9").status == 200
    exchange.world.clock.advance(1, NOW_MS)
    assert ask(exchange, exchange.world, "PAPI").status == 200


def test_one_worlds_clock_is_not_anothers() -> None:
    """Freezing, setting and skewing a world leaves the default's clock as it is."""
    exchange = exchange_of(alice.scenario(clock=ClockSpec()))
    world = exchange.worlds.open(exchange.world.scenario, exchange.catalogue, NOW_MS, fresh_keys=True)
    world.clock.set(1_000, NOW_MS, 0.0)
    assert (world.now_ms(NOW_MS + 5), exchange.world.now_ms(NOW_MS + 5)) == (1_000, NOW_MS + 5)


def test_moments_are_exact() -> None:
    """A date with its zone is read to the millisecond, whatever the zone."""
    (entry,) = scenarios.parse(ACCOUNT + "\n[[timeline]]\nat = 2026-01-01T02:00:30.123+01:30\n", Path("x")).timeline
    assert entry.at is not None
    assert iso(moment_ms(entry.at)) == "2026-01-01T00:30:30.123Z"


# The timeline.


def test_what_is_due_happens_at_its_millisecond() -> None:
    """Both ways to say when count to the millisecond, and what is due together happens in the file's order."""
    exchange = with_timeline(
        f'at = {NOW_MS + 2_000}\naccount = 1\nloan = {{ asset = "USDT", amount = "2" }}',
        'after_s = 1.5\naccount = 1\nloan = { asset = "USDT", amount = "1" }',
        'after_s = 2\naccount = 1\nloan = { asset = "USDT", amount = "3" }',
    )
    amounts = [loan(after(exchange, seconds))["amount"] for seconds in (0, 1.499, 1.5, 1.999, 2)]
    assert amounts == ["0", "0", "1", "1", "3"]


def test_a_clock_that_is_set_back_takes_nothing_back() -> None:
    """Only a revert makes untrue what has happened; and nothing happens twice."""
    exchange = with_timeline(
        "after_s = 1\naccount = 1\nrecords = [{ startTime = 5, endTime = 6, details = [] }]",
    )
    before = exchange.worlds.snapshot("default")
    for seconds in (1, 0, 2):
        after(exchange, seconds).world.now_ms(NOW_MS)
        assert len(held(exchange.world, 1)["records"]) == 1
    exchange.worlds.revert("default", before.id)
    exchange.world.now_ms(NOW_MS)
    assert len(held(exchange.world, 1)["records"]) == 0


def test_records_are_added_and_a_loan_is_replaced() -> None:
    """News of records stand beside those held; a loan is the one that is owed now."""
    exchange = with_timeline(
        "after_s = 1\naccount = 1\nrecords = [{ startTime = 5, endTime = 6, details = [] }]",
        'after_s = 2\naccount = 1\nrecords = [{ startTime = 7, endTime = 8, details = [] }]\nloan.amount = "1"',
    )
    after(exchange, 2).world.now_ms(NOW_MS)
    now = held(exchange.world, 1)
    assert ([record.start_time for record in now["records"]], now["loan"].amount) == ([7, 5], "1")


def test_a_key_loses_a_permission_and_an_account_its_kind() -> None:
    """Each is heard by the next call, and a revert gives them back."""
    exchange = with_timeline(
        "after_s = 1\naccount = 1\nportfolio_margin = false", f'after_s = 2\nkey = "{KEY}"\npermissions = []'
    )
    before = exchange.worlds.snapshot("default")
    for _ in range(2):
        assert ask(exchange, exchange.world).status == 200
        assert heard(ask(after(exchange, 1), exchange.world)) == (400, -21001)
        assert heard(ask(after(exchange, 2), exchange.world)) == (400, -2015)
        exchange.worlds.revert("default", before.id)


def test_the_gateway_is_overloaded_for_a_while() -> None:
    """A fault begins with its moment and ends `lasts_s` later; without it, it goes on."""
    overloaded = 'faults = [{ effect = { type = "documented", answer = "overloaded" }, gateway = "SAPI" }]'
    exchange = with_timeline(f"after_s = 10\nlasts_s = 30\n{overloaded}", f"after_s = 100\n{overloaded}")
    statuses = {s: ask(after(exchange, s), exchange.world).status for s in (9.999, 10, 39.999, 40, 99.999, 100, 9_999)}
    assert statuses == {9.999: 200, 10: 503, 39.999: 503, 40: 200, 99.999: 200, 100: 503, 9_999: 503}
    assert [(armed.name, armed.struck) for armed in exchange.world.faults.values()] == [("t1", 2), ("t2", 2)]
    assert ask(exchange, exchange.world, "PAPI").status == 200


def test_a_faults_own_times_are_heeded_beside_its_moment() -> None:
    """It strikes neither before it has begun nor outside of since_ms and until_ms."""
    exchange = with_timeline(
        f'after_s = 10\nfaults = [{{ effect = {{ type = "latency", ms = 1 }}, since_ms = {NOW_MS + 20_000}, '
        f"until_ms = {NOW_MS + 30_000} }}]"
    )
    for seconds in (10, 19.999, 20, 29.999, 30):
        ask(after(exchange, seconds), exchange.world)
    assert [bool(entry.faults) for entry in exchange.world.journal] == [False, False, True, True, False]


def test_names_of_a_timelines_faults_are_kept_for_them() -> None:
    """Nobody else may take them, so that what is due can always happen."""
    begins = 'after_s = 1\nfaults = [{ effect = { type = "latency", ms = 1 } }]'
    exchange = with_timeline(begins, begins.replace("{ effect", '{ name = "mine", effect'))
    for name in ("t1", "mine"):
        with pytest.raises(ConflictError, match=r"there is a fault '.*' already, or will be"):
            exchange.world.arm(Fault(effect=Latency(1), name=name))
    assert exchange.world.arm(Fault(effect=Latency(1))).name == "f1"
    after(exchange, 5).world.now_ms(NOW_MS)
    assert [*exchange.world.faults] == ["f1", "t1", "mine"]


def test_faults_without_a_name_get_one_that_no_other_has() -> None:
    """Those of the scenario are f1, f2 …, those of its timeline t1, t2 …, and given names are stepped over."""
    latency = 'effect = { type = "latency", ms = 1 }'
    faults = f'\n[[faults]]\n{latency}\n[[faults]]\n{latency}\nname = "f1"\n[[faults]]\n{latency}\nname = "t1"\n'
    timeline = f"\n[[timeline]]\nafter_s = 0\nfaults = [{{ {latency} }}]\n"
    exchange = exchange_of(scenarios.parse(ACCOUNT + faults + timeline, Path("x")))
    exchange.world.now_ms(NOW_MS)
    assert [*exchange.world.faults] == ["f2", "f1", "t1", "t2"]
    assert exchange.world.arm(Fault(effect=Latency(1))).name == "f3"


FAULT = 'faults = [{ name = "x", effect = { type = "latency", ms = 1 } }]'


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        (["says = 'when?'"], "at timeline[0]: expected either `at` or `after_s`"),
        ([f"at = {NOW_MS}\nafter_s = 1"], "at timeline[0]: expected either `at` or `after_s`"),
        (["after_s = -1"], "at timeline[0].after_s: expected `float` >= 0.0"),
        (["after_s = 1e300"], "at timeline[0].after_s: expected `float` <= 253402300799.999"),
        (["after_s = nan"], "at timeline[0].after_s: expected `float` >= 0.0"),
        (["after_s = inf"], "at timeline[0].after_s: expected `float` <= 253402300799.999"),
        (["at = 2026-01-01T00:00:00"], "at timeline[0].at: expected `datetime` with a timezone component"),
        (["after_s = 1\nlasts_s = 5"], "at timeline[0]: expected `lasts_s` beside the `faults` that it ends"),
        (["after_s = 1\npermissions = []"], "at timeline[0]: expected `key` and `permissions` together"),
        ([f'after_s = 1\nkey = "{KEY}"'], "at timeline[0]: expected `key` and `permissions` together"),
        (['after_s = 1\nloan.amount = "1"'], "at timeline[0]: expected `account` and what becomes of it together"),
        (["after_s = 1\naccount = 1"], "at timeline[0]: expected `account` and what becomes of it together"),
        (["after_s = 1\naccount = 2\nportfolio_margin = true"], "to be the uid of an account, got `2`"),
        (["after_s = 1\nkey = 'x'\npermissions = []"], "to be the api_key of an account, got `x`"),
        ([f"after_s = 1\n{FAULT}", f"after_s = 2\n{FAULT}"], "expected every `name` once, got `x` twice"),
        (["after_s = 1\nlons = {}"], "(did you mean 'loan'?)"),
    ],
)
def test_a_timeline_that_makes_no_sense_is_refused(entries: list[str], sentence: str) -> None:
    """Each mistake is told by a sentence, before the world is opened."""
    assert sentence in wrong(*entries)


def test_a_timeline_has_not_too_many_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the scenario and those of its timeline are counted together."""
    monkeypatch.setattr("mockex.core.scenario.MAX_FAULTS", 1)
    assert with_timeline(f"after_s = 1\n{FAULT}")
    twice = FAULT.replace("[{", '[{ effect = { type = "latency", ms = 1 } }, {')
    assert "expected at most 1 faults, got 2" in wrong(f"after_s = 1\n{twice}")


@given(st.lists(st.integers(0, 20), max_size=8), st.lists(st.integers(0, 25), min_size=1, max_size=8))
def test_however_the_clock_gets_there_the_same_is_true(moments: list[int], readings: list[int]) -> None:
    """In one leap or in many small steps: what stands before the clock has happened, in its order, and no more."""
    entries = [f'after_s = {moment}\naccount = 1\nloan.amount = "{number}"' for number, moment in enumerate(moments)]
    exchange = with_timeline(*entries)
    for seconds in sorted(readings):
        after(exchange, seconds).world.now_ms(NOW_MS)
        due = sorted((moment, number) for number, moment in enumerate(moments) if moment <= seconds)
        assert exchange.world.happened == len(due)
        assert held(exchange.world, 1)["loan"].amount == (str(due[-1][1]) if due else "0")
