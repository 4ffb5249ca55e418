"""What a test holds of a world does the same at every reach: its URL and keys, clock, faults, data and snapshots."""

import json
import time
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest

from mockex.core.account import KeyType
from mockex.core.effects import Documented, Effect
from mockex.core.faults import Fault
from mockex.core.hostile import Empty
from mockex.errors import MockexError
from mockex.testing import Detail, LiveWorld, Loan, Record
from mockex.testing.clock import milliseconds
from tests.alice import PAPI_PATH, SAPI_PATH
from tests.testing.calling import asked, called, sentence

NEW_YEAR_MS = 1_767_225_600_000


# URL and keys.


@pytest.mark.parametrize("key_type", ["HMAC", "RSA", "Ed25519"])
@pytest.mark.parametrize("is_other", [False, True])
async def test_a_signed_url_is_right_with_every_type_of_key(held: LiveWorld, key_type: KeyType, is_other: bool) -> None:
    """It is admitted at the world's own URL, and at the server's, where the key alone chooses the world."""
    world = held.open() if is_other else held
    signer = world.signer(key_type)
    url = world.signed_url(SAPI_PATH, signer)
    assert (await called(url, signer))[0] == 200
    assert (await called(url.replace(f"/w/{world.name}", ""), signer))[0] == 200
    assert [one.uid for one in world.journal] == [354937868] * 2


async def test_the_url_of_another_world_reaches_it_without_a_key(held: LiveWorld) -> None:
    """A call that carries no key is the world's too, and the default world's URL has no prefix."""
    other = held.open(frozen_at=NEW_YEAR_MS)
    assert held.url == held.reach.url
    assert other.url == f"{held.url}/w/{other.name}"
    assert await called(f"{other.url}/papi/v1/time") == (200, {"serverTime": NEW_YEAR_MS})
    assert (len(held.journal), len(other.journal)) == (0, 1)


async def test_what_is_none_is_left_out_of_a_signed_url(held: LiveWorld) -> None:
    """So is the timestamp."""
    assert "timestamp=" in held.signed_url(SAPI_PATH)
    url = held.signed_url(SAPI_PATH, startTime=None, timestamp=None)
    assert url.partition("?")[2].startswith("signature=")


async def test_a_world_that_is_not_there_is_told_of_in_a_sentence(held: LiveWorld) -> None:
    """Be its name wrong, odd, or the world closed; a second `close` does nothing."""
    with pytest.raises(MockexError, match=r"there is no world 'defalt' \(did you mean 'default'"):
        _ = LiveWorld(held.reach, "defalt").told
    with pytest.raises(MockexError, match=r"^there is no world 'a\?b'"):
        _ = LiveWorld(held.reach, "a?b").told
    other = held.open()
    other.close()
    other.close()
    for ask in (
        other.clock.freeze,
        other.snapshot,
        lambda: other.loan,
        lambda: list(other.journal),
        other.faults.clear,
    ):
        with pytest.raises(MockexError) as told:
            ask()
        assert sentence(told.value).startswith(f"there is no world '{other.name}'")
    with pytest.raises(MockexError, match="the default world ends with its server"):
        held.close()


async def test_a_key_that_is_not_there_is_told_of_in_a_sentence(held: LiveWorld) -> None:
    """Likewise an account, where the scenario has none."""
    with held.world("bankruptcy-loan") as world, pytest.raises(MockexError, match="has no RSA key"):
        world.signer("RSA")


async def test_what_a_test_holds_shows_no_secret(held: LiveWorld) -> None:
    """Neither a signer nor what a world tells, which failing tests print."""
    shown = "".join(map(repr, (held, held.signers(), held.opened, held.opened.keys)))
    secrets = [one.secret or one.private_key for one in held.signers()]
    assert all(one.api_key in shown for one in held.signers())
    assert not any(secret in shown for secret in secrets if secret)
    assert "PRIVATE" not in shown
    assert len(secrets) == 3


# The clock.


async def test_a_clock_stands_and_moves_as_it_is_told(held: LiveWorld) -> None:
    """A moment is a datetime with its zone, ISO 8601, or milliseconds."""
    clock = held.clock
    moments: list[Any] = [
        NEW_YEAR_MS,
        "2026-01-01T00:00:00Z",
        "2026-01-01T01:00:00+01:00",
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2025, 12, 31, 19, tzinfo=timezone(timedelta(hours=-5))),
    ]
    for moment in moments:
        told = clock.freeze(moment)
        assert (told.now_ms, told.is_frozen, told.rate) == (NEW_YEAR_MS, True, 0)
        assert clock.advance(minutes=2, milliseconds=1).now_ms == NEW_YEAR_MS + 120_001
        assert clock.set(moment).now_ms == NEW_YEAR_MS
    assert clock.now == datetime(2026, 1, 1, tzinfo=UTC)
    assert (clock.time(), clock.time_ns()) == (NEW_YEAR_MS / 1_000, NEW_YEAR_MS * 1_000_000)
    assert clock.advance(hours=-1).now_ms == NEW_YEAR_MS - 3_600_000


async def test_a_clock_runs_as_it_is_told(held: LiveWorld) -> None:
    """Beside the machine's, ahead or behind, or so many times as fast."""
    assert held.clock.skew(seconds=90).ahead_of_machine_ms == 90_000
    told = held.clock.skew(milliseconds=-1_500)
    assert (told.ahead_of_machine_ms, told.is_frozen) == (-1_500, False)
    held.clock.freeze()
    assert held.clock.run(60).rate == 60
    assert held.clock.run().rate == 1


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ({"seconds": 0.0015}, 2),
        ({"seconds": -0.0015}, -1),
        ({"microseconds": 1}, 1),
        ({"microseconds": -1}, 0),
        ({"milliseconds": 1_500}, 1_500),
        ({"minutes": 2, "seconds": -1}, 119_000),
        ({}, 0),
    ],
)
def test_a_span_is_rounded_up_to_milliseconds(span: dict[str, float], expected: int) -> None:
    """Whoever waits so long has waited long enough."""
    assert milliseconds(span) == expected


async def test_what_is_no_moment_and_no_span_is_told_in_a_sentence(held: LiveWorld) -> None:
    """A datetime without its zone above all: nobody knows which moment it means."""
    before = held.clock.freeze().now_ms
    with pytest.raises(MockexError, match="expected `datetime` with a timezone"):
        held.clock.set(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the mistake
    with pytest.raises(MockexError, match="at set: "):
        held.clock.freeze("yesterday")
    with pytest.raises(MockexError, match=r"no 'minuets' \(did you mean 'minutes'"):
        held.clock.advance(minuets=2)
    for days in (float("nan"), 10**12, 10**8):
        with pytest.raises(MockexError) as told:
            held.clock.advance(days=days)
        assert sentence(told.value)
    with pytest.raises(ValueError, match="non-negative"):
        held.clock.sleep(-1)
    assert held.clock.now_ms == before


async def test_a_ban_passes_in_no_time(held: LiveWorld) -> None:
    """Two minutes on, who was banned is let in again."""
    held.clock.freeze(NEW_YEAR_MS)
    held.change(limits={"sapi_weight_per_uid": 500})
    codes = [await asked(held) for _ in range(12)]
    assert codes[0] is None
    assert set(codes[1:]) == {-1003}
    assert {one.status for one in held.journal} == {200, 429, 418}
    held.clock.advance(minutes=2)
    assert await asked(held) is None


async def test_a_clock_stands_in_for_the_module_time(held: LiveWorld) -> None:
    """A client that sleeps by it moves the world on, and waits for nothing."""
    held.clock.freeze(NEW_YEAR_MS)
    with patch(f"{__name__}.time", held.clock):
        assert nap() == 600
    await held.clock.asleep(0.5)
    assert held.clock.now_ms == NEW_YEAR_MS + 600_500


def nap() -> float:
    """Sleep as a client does that waits for a ban to pass."""
    before = time.time()
    time.sleep(600)
    return time.time() - before


# Faults.


@pytest.mark.parametrize(
    ("what", "about"),
    [
        ("empty", {"status": 204}),
        ("overloaded", {}),
        ("documented", {"answer": "overloaded"}),
        (Empty(status=204), {}),
        (Documented(answer="overloaded"), {}),
        (Fault(effect=Documented(answer="overloaded")), {}),
        (Fault(effect=Documented(answer="overloaded"), every=9), {"every": None}),
    ],
)
async def test_a_fault_is_said_in_words_or_as_a_value(
    held: LiveWorld, what: str | Effect | Fault, about: dict[str, Any]
) -> None:
    """It strikes the calls that it is meant for, and counts them."""
    name = held.faults.add(what, endpoint="pm_loan", times=2, **about)
    for url in [f"{held.url}/papi/v1/ping"] + [held.signed_url(SAPI_PATH)] * 3:
        await _reached(url, held)
    first, *struck, last = (one.status for one in held.journal)
    assert (first, *struck, last) in {(200, 204, 204, 200), (200, 503, 503, 200)}
    (declared,) = held.faults
    assert (declared.name, declared.met, declared.struck, held.faults.struck(name)) == (name, 3, 2, 2)


async def _reached(url: str, world: LiveWorld) -> None:
    import asyncio

    from mockex.asking import fetch

    await asyncio.to_thread(fetch, url, {"X-MBX-APIKEY": world.signer().api_key})


async def test_faults_end(held: LiveWorld) -> None:
    """One by its name, one with its `with`, be it ended before or not, and all at once."""
    name = held.faults.add("empty", nth=9)
    with held.faults.during("overloaded", name="storm") as storm, held.faults.during("empty") as ended:
        assert [one.name for one in held.faults] == [name, storm, ended]
        held.faults.remove(ended)
    assert [one.name for one in held.faults] == [name]
    with pytest.raises(ZeroDivisionError), held.faults.during("overloaded"):
        _ = 1 / 0
    assert len(held.faults) == 1
    held.faults.remove(name)
    assert not held.faults
    held.faults.add("empty")
    held.faults.clear()
    assert not held.faults
    with pytest.raises(KeyError):
        held.faults.struck(name)


@pytest.mark.parametrize(
    ("what", "about", "says"),
    [
        ("drop", {}, "there is no fault 'drop' (did you mean 'drip'?)"),
        ("latency", {"msec": 3}, "no 'msec' (did you mean 'ms'?)"),
        ("latency", {"ms": -3}, "at effect.ms: expected `int` >= 0"),
        (Empty(), {"endpont": "pm_loan"}, "a fault has no 'endpont' (did you mean 'endpoint'?)"),
        (Empty(), {"effect": 1}, "a fault has no 'effect'"),
        (Fault(effect=Empty()), {"nht": 1}, "a fault has no 'nht' (did you mean 'nth'?)"),
        (Empty(), {"endpoint": "pm_lone"}, "no endpoint 'pm_lone' (did you mean 'pm_loan'?)"),
        (Empty(), {"nth": 0}, "at nth: expected `int"),
        (42, {}, "at effect: expected `object`, got `int`"),
    ],
)
async def test_a_mistake_in_a_fault_tells_the_nearest_word(
    held: LiveWorld, what: Any, about: dict[str, Any], says: str
) -> None:
    """And no fault is declared."""
    with pytest.raises(MockexError) as told:
        held.faults.add(what, **about)
    assert says in sentence(told.value)
    assert not held.faults


@pytest.mark.parametrize("name", ["storm", "a?b", "a#b", "é", "%2e", "a/b"])
async def test_a_fault_that_is_not_there_cannot_be_ended(held: LiveWorld, name: str) -> None:
    """Whatever its name is made of, it says so at every reach, and ends no other."""
    held.faults.add("empty")
    with pytest.raises(MockexError) as told:
        held.faults.remove(name)
    assert name in sentence(told.value)
    assert len(held.faults) == 1


# Data.


async def test_a_loan_is_what_was_set_last(held: LiveWorld) -> None:
    """As a value or as JSON has it, of the first account or of another."""
    assert held.loan == Loan("BUSD", "579.45")
    held.loan = Loan("USDT", "0.500000000000000000")
    assert (await called(held.signed_url(SAPI_PATH), held.signer()))[1] == {
        "asset": "USDT",
        "amount": "0.500000000000000000",
    }
    held.account(354937868).loan = {"amount": "1"}
    assert held.loan == held.account().held("loan") == Loan("BUSD", "1")
    held.account().hold("loan", {"asset": "BNB"})
    assert held.loan == Loan("BNB", "0")


@pytest.mark.parametrize(
    "number",
    [
        "0.50",
        "18",
        "18.0",
        "0",
        "9007199254740993",
        "18446744073709551617",
        "1.000000000000000001",
        "9" * 41 + "." + "8" * 18,
    ],
)
async def test_numbers_keep_their_digits(held: LiveWorld, number: str) -> None:
    """However many, and the zeros at their end, on the way in, out, and to a client."""
    held.records = [_record(1, Decimal(number))]
    held.add_record(
        {**_as_json(2), "details": [{"asset": "A", "negativeBalance": Decimal(number), "negativeMaxThreshold": 0}]}
    )
    assert [str(one.details[0].negative_balance) for one in held.records] == [number] * 2
    url = held.signed_url(PAPI_PATH, startTime=0, endTime=9)
    await called(url, held.signer())
    answer = json.loads(held.journal[-1].answer, parse_int=str, parse_float=str)
    assert [row["details"][0]["negativeBalance"] for row in answer["rows"]] == [number] * 2


def _record(start_ms: int, number: Decimal | int = 1) -> Record:
    return Record(start_ms, start_ms + 1, (Detail("A", number, 0),))


def _as_json(start_ms: int) -> dict[str, Any]:
    return {"startTime": start_ms, "endTime": start_ms + 1, "details": []}


async def test_records_are_set_and_added_to(held: LiveWorld) -> None:
    """As values or as JSON has them; they stand newest first."""
    held.records = (_record(5), _as_json(7))
    held.add_record(_as_json(6))
    held.account().add_record(_record(8))
    assert [one.start_time for one in held.records] == [8, 7, 6, 5]
    held.records = ()
    assert held.account().held("records") == ()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("loan", {"amont": "1"}, "unknown field `amont` (did you mean 'amount'?)"),
        ("loan", Loan("USDT", 250.5), "at amount: expected `str`"),  # type: ignore[arg-type]
        ("loan", Detail("A", 1, 0), "unknown field `negativeBalance`"),
        (
            "records",
            [{**_as_json(1), "detials": []}],
            "at [0]: object contains unknown field `detials` (did you mean 'details'?)",
        ),
        (
            "records",
            [{**_as_json(1), "details": [{"asset": "A", "negativBalance": 1}]}],
            "at [0].details[0]: object contains unknown field `negativBalance` (did you mean 'negativeBalance'?)",
        ),
        ("lone", {}, "an account holds no 'lone' (did you mean 'loan'?); there are records, loan"),
    ],
)
async def test_a_mistake_in_data_tells_where_and_the_nearest_word(
    held: LiveWorld, name: str, value: Any, says: str
) -> None:
    """And what was held is held still."""
    before = (held.loan, held.records)
    with pytest.raises(MockexError) as told:
        held.account().hold(name, value)
    assert says in sentence(told.value)
    assert (held.loan, held.records) == before


async def test_an_account_that_is_not_there_is_told_of(held: LiveWorld) -> None:
    """Where none is named, and the scenario has none, too."""
    with pytest.raises(MockexError, match="the world 'default' has no account '7'"):
        _ = held.account(7).loan


# Limits, behaviour, snapshots.


async def test_limits_and_behaviour_change(held: LiveWorld) -> None:
    """From the next call on; a mistake changes nothing."""
    held.loan = Loan()
    held.change(behaviour={"no_loan": "refuse"}, limits={"papi_weight_per_ip": 7})
    assert await asked(held) == -21004
    for wrong, says in [
        ({"limits": {"papi_weight_per_pi": 1, "sapi_weight_per_uid": 1}}, r"did you mean 'papi_weight_per_ip'"),
        ({"limits": {"papi_weight_per_ip": -1}}, r"expected `int` >= 0"),
        ({"behaviour": {"no_loan": "zeroo"}, "limits": {"papi_weight_per_ip": 1}}, r"did you mean 'zero'"),
    ]:
        with pytest.raises(MockexError, match=says):
            held.change(**wrong)  # type: ignore[arg-type]
    assert (held.told.limits.papi_weight_per_ip, held.told.behaviour.no_loan) == (7, "refuse")


async def test_a_snapshot_is_gone_back_to(held: LiveWorld) -> None:
    """Again and again, and at the end of a `with`."""
    held.clock.freeze(NEW_YEAR_MS)
    snapshot = held.snapshot()
    for _ in range(2):
        held.loan = Loan("BNB", "3")
        held.clock.advance(minutes=1)
        held.faults.add("empty", nth=99)
        await asked(held)
        snapshot.revert()
        assert (held.loan.asset, held.clock.now_ms, len(held.faults), len(held.journal)) == ("BUSD", NEW_YEAR_MS, 0, 0)
    with held.snapshot():
        held.loan = Loan("BNB", "3")
    assert held.loan.asset == "BUSD"
