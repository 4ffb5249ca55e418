"""The reference client's values: signed with every key, exact to the last digit, none lost or doubled at a seam."""

from decimal import Decimal
from itertools import pairwise

import pytest
from msgspec import structs

from mockex.core.dates import months_later_ms
from mockex.core.faults import Fault
from mockex.core.hostile import DoubledWeight, OddWeight
from mockex.endpoints.negative_balance_exchange_record import Detail as HeldDetail
from mockex.endpoints.negative_balance_exchange_record import Record as HeldRecord
from mockex.endpoints.pm_loan import Loan as HeldLoan
from mockex.testing import LiveExchange, answers
from mockex.testing.client import SPAN_MS, Client, Detail, Loan, Record, spans
from tests import alice
from tests.testing.asking import Told, client, opened, parameters

DAY_MS = 86_400_000
DIGITS = "123456789012345678901234567890.123456789012345678901234567890"


@pytest.mark.parametrize("nth", range(3), ids=("HMAC", "RSA", "Ed25519"))
async def test_every_type_of_key_is_answered(nth: int) -> None:
    """Both endpoints verify the signature, and the documented examples come back."""
    with LiveExchange("documented") as live:
        async with Client(live.url, live.signers()[nth]) as asking:
            assert await asking.loan() == Loan("BUSD", Decimal("579.45"))
            assert await asking.records(1736184913252, 1736263046841) == [
                Record(1736263046841, 1736263248179, (Detail("ETH", Decimal(18), Decimal(5)),)),
                Record(1736184913252, 1736184965474, (Detail("BNB", Decimal("1.10264488"), Decimal(0)),)),
            ]
            assert asking.used_weight == {"X-SAPI-USED-UID-WEIGHT-1M": 500, "X-MBX-USED-WEIGHT-1M": 100}


async def test_numbers_keep_every_digit() -> None:
    """Sixty digits, trailing zeros, and integers beyond 2^53."""
    details = (HeldDetail("A", Decimal(DIGITS), 2**63 + 1), HeldDetail("B", Decimal("0.10"), Decimal("1e-8")))
    held = {
        "uid": 1,
        "keys": (alice.ALICE,),
        "records": (HeldRecord(1, 2, details),),
        "loan": HeldLoan("X", DIGITS[:49]),
    }
    with LiveExchange(alice.scenario(held)) as live:
        async with client(live) as asking:
            ((record,), loan) = await asking.records(0, 10), await asking.loan()
    assert [str(number) for detail in record.details for number in structs.astuple(detail)[1:]] == [
        DIGITS,
        str(2**63 + 1),
        "0.10",
        "1E-8",
    ]
    assert str(loan.amount) == DIGITS[:49]


async def test_long_history_is_neither_lost_nor_doubled() -> None:
    """All 700 records of 14 months come, newest first, in ranges that the exchange takes."""
    with LiveExchange("long-history") as live:
        held = live.exchange.world.scenario.accounts[0].records  # type: ignore[attr-defined]
        first, last = min(one.start_time for one in held), max(one.start_time for one in held)
        live.exchange.world.clock.set(last + DAY_MS, 0, 0.0)
        async with client(live, Told(live), live.signers()[0]) as asking:
            found = await asking.records(first, last)
        asked = parameters(live, "startTime")
    newest_first = sorted(held, key=lambda one: -one.start_time)
    assert [(one.start_ms, one.end_ms) for one in found] == [(one.start_time, one.end_time) for one in newest_first]
    assert [tuple(map(structs.astuple, one.details)) for one in found] == [
        tuple((detail.asset, detail.negative_balance, detail.negative_max_threshold) for detail in one.details)
        for one in newest_first
    ]
    assert len(asked) == -(-(last - first + 1) // SPAN_MS)


async def test_seams_hold_records_on_both_sides() -> None:
    """At both sides of every seam two equal records each come once, as often as they are held."""
    end = alice.NOW_MS
    starts = [edge for start, stop in spans(end - 4 * SPAN_MS, end) for edge in (stop, start) for _ in range(2)]
    records = tuple(HeldRecord(start, start + 1, (HeldDetail("ETH", 1, 1),)) for start in starts)
    held = {"uid": 1, "keys": (alice.ALICE,), "records": records}
    with LiveExchange(alice.scenario(held)) as live:
        async with client(live) as asking:
            found = await asking.records(end - 4 * SPAN_MS, end)
            assert await asking.records(end - 4 * SPAN_MS + 1, end - 1) == [
                one for one in found if one.start_ms not in {end, end - 4 * SPAN_MS}
            ]
    assert [one.start_ms for one in found] == sorted(starts, reverse=True)


@pytest.mark.parametrize("length", [0, 1, SPAN_MS - 1, SPAN_MS, SPAN_MS + 1, 5 * SPAN_MS])
def test_spans_are_a_partition_of_the_range(length: int) -> None:
    """Whatever the day it begins: no gap, no overlap, and none longer than three calendar months."""
    for day in range(0, 1461, 7):
        start = 1_582_934_400_000 + day * DAY_MS
        cut = list(spans(start, start + length))
        assert (cut[-1][0], cut[0][1]) == (start, start + length)
        assert all(newer[0] == older[1] + 1 for newer, older in pairwise(cut))
        assert all(first <= last <= months_later_ms(first, 3) for first, last in cut)


def test_a_range_that_is_none_is_left_to_the_exchange() -> None:
    """It is asked as it stands."""
    assert list(spans(5, 4)) == [(5, 4)]


LOAN_BODIES = [
    (b'{"asset":"BUSD","amount":"1.50","new":{}}', Decimal("1.50")),
    (b'{"asset":"BUSD","amount":"0E-8"}', Decimal("0E-8")),
    (b'{"asset":"BUSD","amount":"1","amount":"1"}', None),
    (b'{"asset":"BUSD","amount":1.5}', None),
    (b'{"asset":"BUSD","amount":null}', None),
    (b'{"asset":"BUSD"}', None),
    (b'{"asset":"BUSD","amount":"NaN"}', None),
    (b'{"asset":"BUSD","amount":"1_0"}', None),
    (b'{"asset":"BUSD","amount":" 1"}', None),
    ('{"asset":"BUSD","amount":"\u0661"}'.encode(), None),
    (b'{"asset":"BUSD","amount":"1E+999999999"}', None),
    (b'{"asset":"BUSD","amount":NaN}', None),
    (b'{"asset":"BUSD","amount":"1"', None),
    (b'{"asset":"BUSD\xff","amount":"1"}', None),
    (b"[" * 100_000, None),
    (b"", None),
]


@pytest.mark.parametrize(("body", "amount"), LOAN_BODIES, ids=range(len(LOAN_BODIES)))
def test_a_loan_is_read_strictly(body: bytes, amount: Decimal | None) -> None:
    """New members are ignored; what is doubled, mistyped, missing or no plain number is a ValueError."""
    if amount is not None:
        assert str(answers.loan(body).amount) == str(amount)
    else:
        with pytest.raises(ValueError, match=r"."):
            answers.loan(body)


def rows(balance: str = "1", total: str = "1", start: str = "1") -> bytes:
    """Write an answer of one row."""
    detail = f'{{"asset":"A","negativeBalance":{balance},"negativeMaxThreshold":0}}'
    return f'{{"total":{total},"rows":[{{"startTime":{start},"endTime":2,"details":[{detail}]}}]}}'.encode()


def test_a_record_is_read_exactly() -> None:
    """Numbers of any form that JSON has, without a float on the way."""
    for text in ("1", "0.10", DIGITS, "1e-8", "-0.5", str(2**64)):
        (record,) = answers.records(rows(text))
        assert str(record.details[0].negative_balance) == str(Decimal(text))


WRONG_ROWS = [
    {"balance": '"1"'},
    {"balance": "true"},
    {"balance": "null"},
    {"balance": "1e9999999"},
    {"balance": "Infinity"},
    {"balance": "1" * 5_000},
    {"total": "2"},
    {"total": "0"},
    {"total": '"1"'},
    {"start": "1.0"},
    {"start": "-1"},
    {"start": "true"},
]


@pytest.mark.parametrize("wrong", WRONG_ROWS, ids=str)
def test_a_wrong_row_is_not_read(wrong: dict[str, str]) -> None:
    """What is mistyped, or a total that is not the rows', is a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        answers.records(rows(**wrong))


async def test_odd_weights_are_ignored() -> None:
    """The largest of two is kept, and what is no number changes nothing."""
    with opened(DoubledWeight("7"), times=1) as live:
        async with client(live) as asking:
            await asking.loan()
            assert asking.used_weight == {"X-SAPI-USED-UID-WEIGHT-1M": 500}
            live.exchange.world.arm(Fault(effect=OddWeight("-1")))
            await asking.loan()
            assert asking.used_weight == {"X-SAPI-USED-UID-WEIGHT-1M": 500}
