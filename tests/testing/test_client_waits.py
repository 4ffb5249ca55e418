"""How long the reference client waits, and when it asks no more: 429, 418, -1021, and the end of its patience."""

import pytest

from mockex.core.effects import Documented, Effect
from mockex.core.faults import Fault
from mockex.core.hostile import Html, JsonIs, NoRetryAfter, OddRetryAfter
from mockex.core.hostile_wire import HangUp, Reset
from mockex.core.weight import Limits
from mockex.testing.client import BannedError, ClientError, Host, LimitedError, RefusedError, UnreachableError
from tests import alice
from tests.testing.asking import LOAN_PATH, RECORDS_PATH, Told, asked, client, opened, parameters

RANGE = (alice.RANGE["startTime"], alice.RANGE["endTime"])
TOO_MANY, BAN = Documented("too-many-requests"), Documented("ip-banned")


async def test_429_is_waited_out() -> None:
    """The budget is used up, the next minute is waited for, and then there is an answer."""
    with opened(limits=Limits(sapi_weight_per_uid=500)) as live:
        told = Told(live)
        async with client(live, told) as asking:
            await asking.loan()
            assert (await asking.loan()).asset == "BUSD"
        assert told.slept == [30.0]
        assert asked(live) == [LOAN_PATH] * 3


RETRY_AFTER = [
    ("7", 7.0),
    ("1.5", 1.5),
    ("0", 30.0),
    ("-5", 30.0),
    ("", 30.0),
    ("soon", 30.0),
    ("nan", 30.0),
    ("Fri, 20 Nov 2026 00:00:00 GMT", 30.0),
]


@pytest.mark.parametrize(("value", "waited_s"), RETRY_AFTER, ids=[value for value, _ in RETRY_AFTER])
async def test_odd_retry_after_is_waited_sanely(value: str, waited_s: float) -> None:
    """A number of seconds is honoured; anything else is the next minute, and never leave to go on at once."""
    with opened(TOO_MANY, OddRetryAfter(value), times=1) as live:
        told = Told(live)
        async with client(live, told) as asking:
            await asking.loan()
        assert told.slept == [waited_s]


async def test_429_of_another_clock_waits_for_its_minute() -> None:
    """The next minute is the exchange's, once its clock is known to be another."""
    with opened(TOO_MANY, NoRetryAfter(), nth=2, endpoint="pm_loan") as live:
        told = Told(live, ahead_s=-20.0)
        async with client(live, told) as asking:
            await asking.loan()
        assert parameters(live, "timestamp")[-1] == str(alice.NOW_MS + 30_000)
        assert told.slept == [30.0]


async def test_429_that_takes_too_long_is_an_error_at_once() -> None:
    """Nothing is slept, and the next call does not even ask before it is time."""
    with opened(Documented("too-many-requests", 75), times=1) as live:
        told = Told(live)
        async with client(live, told) as asking:
            for left_s in (75.0, 65.0):
                with pytest.raises(LimitedError) as caught:
                    await asking.loan()
                assert (caught.value.status, caught.value.code, caught.value.retry_after_s) == (429, -1003, left_s)
                assert told.slept == []
                told.clock.advance(10_000, 0)
            assert asked(live) == [LOAN_PATH]
            await asking.loan()
        assert told.slept == [55.0]


async def test_endless_429_ends() -> None:
    """Few tries are made, fewer than would bring a ban."""
    with opened(Documented("too-many-requests", 1)) as live:
        async with client(live) as asking:
            with pytest.raises(LimitedError):
                await asking.loan()
        assert len(asked(live)) == 4


async def test_418_stops_and_is_remembered_for_its_gateway() -> None:
    """No call is made before the ban is over; the other gateway is asked as ever."""
    with opened(BAN, gateway="PAPI", times=1) as live:
        told = Told(live)
        async with client(live, told, patience_s=1_000.0) as asking:
            for left_s in (120.0, 60.0):
                with pytest.raises(BannedError) as caught:
                    await asking.records(*RANGE)
                assert (caught.value.status, caught.value.code, caught.value.retry_after_s) == (418, -1003, left_s)
                assert (await asking.loan()).asset == "BUSD"
                told.clock.advance(60_000, 0)
            assert asked(live) == [RECORDS_PATH, LOAN_PATH, LOAN_PATH]
            assert await asking.records(*RANGE) != []
        assert told.slept == []


BANS: list[tuple[tuple[Effect, ...], float]] = [
    ((BAN, OddRetryAfter("0")), 120.0),
    ((Documented("ip-banned", 500), NoRetryAfter()), 500.0),
    ((BAN, OddRetryAfter("300")), 300.0),
    ((Html(418),), 120.0),
    ((Html(418), OddRetryAfter("999999")), 259_200.0),
    ((BAN, HangUp(3)), 120.0),
    ((Documented("ip-banned", 500), Reset(3)), 500.0),
]


@pytest.mark.parametrize(("effects", "left_s"), BANS, ids=str)
async def test_every_418_stops(effects: tuple[Effect, ...], left_s: float) -> None:
    """The header, the message, or two minutes tell how long; a body that breaks off changes nothing."""
    with opened(*effects) as live:
        async with client(live) as asking:
            for _ in range(2):
                with pytest.raises(BannedError) as caught:
                    await asking.loan()
                assert caught.value.retry_after_s == left_s
        assert len(asked(live)) == 1


async def test_a_limit_does_not_end_a_ban() -> None:
    """A 429 that was on its way before the ban was heard does not shorten it."""
    with opened() as live:
        asking = client(live)
        asking._hold(asking._api, BannedError(418, -1003, ""), "200")
        asking._hold(asking._api, LimitedError(429, -1003, ""), "5")
        async with asking:
            with pytest.raises(BannedError):
                await asking.loan()
        assert asked(live) == []


@pytest.mark.parametrize("ahead_s", [-3_600.0, -5.001, -5.0, 0.0, 0.999, 1.0, 86_400.0])
@pytest.mark.parametrize("gateway", ["SAPI", "PAPI"])
async def test_a_wrong_clock_is_set_by_the_gateway_s_own(ahead_s: float, gateway: str) -> None:
    """After -1021 the time is asked once, and not again; a clock that is good enough is left alone."""
    with opened() as live:
        told = Told(live, ahead_s)
        async with client(live, told) as asking:
            for _ in range(2):
                await (asking.loan() if gateway == "SAPI" else asking.records(*RANGE))
        time, path = ("/api/v3/time", LOAN_PATH) if gateway == "SAPI" else ("/papi/v1/time", RECORDS_PATH)
        is_wrong = not -5.0 <= ahead_s < 1.0
        assert asked(live) == ([path, time] if is_wrong else []) + [path] * 2
        if is_wrong:
            assert parameters(live, "timestamp")[1:] == [str(alice.NOW_MS)] * 2


@pytest.mark.parametrize(("took_ms", "early_ms"), [(0, 0), (400, 200), (3_000, 500)])
async def test_the_way_of_the_time_is_reckoned_with(took_ms: int, early_ms: int) -> None:
    """Half of a short way has gone by, and of a long one no more than surely is not too early."""
    with opened() as live:
        told = Told(live, 100.0)
        ticks = iter([0, took_ms])

        def slow() -> float:
            """Let the time go on between question and answer alone."""
            told.clock.anchor_ms += next(ticks, 0)
            return told.time()

        async with client(live, told) as asking:

            async def answered(host: Host, *_: object) -> int:
                host.asked_s = asking._time()
                return alice.NOW_MS

            asking._time, asking._ask = slow, answered  # type: ignore[assignment, method-assign]
            await asking._set_clock(asking._api, 1e12)
            assert round((told.time() + asking._api.offset_s) * 1_000) == alice.NOW_MS + early_ms


async def test_a_second_1021_is_raised() -> None:
    """The clock is set once, whatever the exchange goes on saying."""
    with opened(Documented("timestamp-late"), endpoint="pm_loan") as live:
        async with client(live) as asking:
            with pytest.raises(RefusedError) as caught:
                await asking.loan()
        assert (caught.value.status, caught.value.code) == (400, -1021)
        assert asked(live) == [LOAN_PATH, "/api/v3/time", LOAN_PATH]


TIMES: list[tuple[Effect, type[ClientError], int]] = [
    (HangUp(), UnreachableError, 4),
    (JsonIs("number"), ClientError, 4),
    (Documented("timestamp-late"), RefusedError, 1),
    (BAN, BannedError, 1),
    (Documented("too-many-requests", 500), LimitedError, 1),
]


@pytest.mark.parametrize(("effect", "kind", "times"), TIMES, ids=str)
async def test_a_time_that_is_not_told_is_an_error(effect: Effect, kind: type[ClientError], times: int) -> None:
    """The time is asked as carefully as anything else, and without end neither."""
    with opened(effect, endpoint="spot_time") as live:
        async with client(live, Told(live, 50.0)) as asking:
            with pytest.raises(kind):
                await asking.loan()
        assert asked(live) == [LOAN_PATH] + ["/api/v3/time"] * times


async def test_what_passes_is_tried_again_and_no_more_than_that() -> None:
    """Three failures and an answer are an answer; the pauses grow."""
    with opened(Documented("service-unavailable"), times=3) as live:
        told = Told(live)
        async with client(live, told) as asking:
            assert (await asking.loan()).asset == "BUSD"
        assert told.slept == [0.25, 0.5, 1.0]
        stamps = [int(stamp) for stamp in parameters(live, "timestamp")]
        assert [stamp - alice.NOW_MS for stamp in stamps] == [0, 250, 750, 1_750]
        assert len(set(parameters(live, "signature"))) == 4


async def test_setting_the_clock_costs_no_try() -> None:
    """A clock that turns out wrong after three failures is still set, and the call made."""
    with opened(Documented("service-unavailable"), times=3) as live:
        live.exchange.world.arm(Fault(effect=Documented("timestamp-late"), nth=4))
        async with client(live) as asking:
            assert (await asking.loan()).asset == "BUSD"
        assert asked(live) == [LOAN_PATH] * 4 + ["/api/v3/time", LOAN_PATH]


NOT_PASSING = ["unauthorized", "service-shutting-down", "business-error", "restricted-location", "request-blocked"]


@pytest.mark.parametrize("answer", NOT_PASSING)
@pytest.mark.parametrize("gateway", ["SAPI", "PAPI"])
async def test_what_does_not_pass_is_not_tried_again(answer: str, gateway: str) -> None:
    """A refusal of the account or the caller is raised at once, a 500 with a positive code included."""
    with opened(Documented(answer)) as live:  # type: ignore[arg-type]
        async with client(live) as asking:
            with pytest.raises(RefusedError):
                await (asking.loan() if gateway == "SAPI" else asking.records(*RANGE))
        assert len(asked(live)) == 1


@pytest.mark.parametrize(("patience_s", "calls"), [(0.0, 0), (0.2, 0), (0.3, 1), (0.5, 2)])
async def test_patience_ends_the_tries(patience_s: float, calls: int) -> None:
    """No try and no pause is begun that leaves no time to be answered."""
    with opened(Documented("service-unavailable")) as live:
        told = Told(live)
        async with client(live, told, patience_s=patience_s) as asking:
            with pytest.raises(ClientError) as caught:
                await asking.loan()
        assert sum(told.slept) < max(patience_s, 0.001)
        assert caught.value.status == (503 if calls else None)
        assert len(asked(live)) == calls


async def test_patience_is_of_the_whole_range() -> None:
    """A range of many parts waits for budgets no longer than any other call."""
    with opened(limits=Limits(papi_weight_per_ip=100)) as live:
        told = Told(live)
        async with client(live, told, patience_s=120.0) as asking:
            with pytest.raises(LimitedError):
                await asking.records(0, alice.NOW_MS)
        assert sum(told.slept) <= 120.0


@pytest.mark.parametrize(("start", "end"), [(2, 1), (-1, 5), (0, 10**19), (10**30, 10**30)])
async def test_a_wrong_range_is_refused_by_the_exchange(start: int, end: int) -> None:
    """The client judges no parameters; the exchange's refusal comes back with its code."""
    with opened() as live:
        async with client(live) as asking:
            with pytest.raises(RefusedError) as caught:
                await asking.records(start, end)
        assert caught.value.code in {-1023, -1102}
        assert len(asked(live)) == 1


async def test_a_refusal_is_told_with_status_and_code() -> None:
    """The error has both, the exchange's own words, and is printed with all three."""
    with opened() as live:
        async with client(live) as asking:
            await asking.loan()
            live.exchange.world.arm(Fault(effect=Documented("unauthorized")))
            with pytest.raises(RefusedError) as caught:
                await asking.loan()
    assert (caught.value.status, caught.value.code) == (400, -1002)
    assert str(caught.value) == "400 -1002 You are not authorized to execute this request."
