"""What a client gives out is read, in whatever it is wrapped, and what stands on the wire."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from mockex.endpoints.negative_balance_exchange_record import Detail, Record
from mockex.endpoints.pm_loan import Loan
from mockex.fuzzing.case import (
    SHORTEST_SPAN_MS,
    Question,
    field,
    is_spoilt,
    loan_said,
    number,
    records_said,
    rounded,
    timestamp_of,
    truth_of_loan,
    truth_of_records,
)
from tests.fuzz.calls import RECORDS, called, case, said


def with_attributes(value: Any) -> Any:
    """Make objects of mappings, with names as Python spells them."""
    if isinstance(value, list):
        return list(map(with_attributes, value))
    if not isinstance(value, dict):
        return value
    spelt: dict[str, str] = {"startTime": "start_ms", "endTime": "end_time", "negativeBalance": "negative_balance"}
    spelt["negativeMaxThreshold"] = "negative_max_threshold"
    return SimpleNamespace(**{spelt.get(name, str(name)): with_attributes(one) for name, one in value.items()})


@pytest.mark.parametrize("wrapped", [lambda rows: rows, tuple, lambda rows: {"total": len(rows), "rows": rows}])
def test_records_are_read_in_any_wrapping(wrapped: Any) -> None:
    """Lists, tuples, answers that have rows; of mappings or of objects."""
    rows = said(RECORDS)
    assert records_said(wrapped(rows)) == RECORDS
    assert records_said(wrapped(with_attributes(rows))) == RECORDS
    assert records_said(SimpleNamespace(rows=rows)) == RECORDS


def test_loans_are_read_in_any_wrapping() -> None:
    """From a mapping, and from an object."""
    assert loan_said({"asset": "A", "amount": "1.50"}) == ("A", Decimal("1.5"))
    assert loan_said(SimpleNamespace(asset="A", amount=Decimal("1.5"))) == ("A", Decimal("1.5"))


def test_what_is_missing_is_named() -> None:
    """A value without a member is no answer; a mapping's own attributes are no members."""
    with pytest.raises(ValueError, match="has no amount"):
        loan_said({"asset": "A"})
    with pytest.raises(ValueError, match="has no startTime"):
        records_said([{}])
    with pytest.raises(ValueError, match="has no items"):
        field({}, "items")
    assert field({"b": 2, "a": 1}, "a", "b") == 1


@pytest.mark.parametrize(
    ("value", "read"),
    [(18, "18"), (0.1, "0.1"), ("1.10", "1.10"), (Decimal("1E-18"), "1E-18"), (1e22, "1E+22"), (-0.0, "0")],
)
def test_numbers_are_read(value: Any, read: str) -> None:
    """A float is what it prints as, not the binary fraction that it is."""
    assert number(value) == Decimal(read)


@pytest.mark.parametrize(
    "value", [None, "", "one", "NaN", "Infinity", float("nan"), float("-inf"), Decimal("sNaN"), [], {}, object(), b"1"]
)
def test_what_is_no_number_is_said(value: Any) -> None:
    """Neither what cannot be read, nor what is not finite."""
    with pytest.raises(ValueError, match="is no number"):
        number(value)


def test_rounding_reaches_all_numbers() -> None:
    """Digits go that a float has no room for, however deep; whole numbers and names stay."""
    exact = (2**53 + 1, "a", ((Decimal(2**53 + 1),),))
    assert rounded(exact) == (2**53 + 1, "a", ((2.0**53,),))


def test_truth_is_what_begins_in_a_range() -> None:
    """Both ends are within, the newest comes first, and those that begin together stay as they were."""
    details = (Detail("ETH", 18, Decimal("0.5")),)
    held = [Record(1, 9, ()), Record(2, 9, details), Record(3, 4, ()), Record(3, 3, ()), Record(4, 4, ())]
    assert truth_of_records(held, 2, 3) == ((3, 4, ()), (3, 3, ()), (2, 9, (("ETH", Decimal(18), Decimal("0.5")),)))
    assert truth_of_records(held, 3, 2) == ()
    assert truth_of_loan(Loan("A", "007")) == ("A", Decimal(7))


def test_timestamps_are_read_from_targets() -> None:
    """Wherever the parameter stands; what is no number of milliseconds is none."""
    assert timestamp_of(called(stamped_ms=17)) == 17
    assert timestamp_of(called(stamped_ms=17, query="a=1&")) == 17
    assert timestamp_of(called(query="timestamp=x&", stamped_ms=17)) == 17
    assert timestamp_of(called(stamped_ms=-17)) is None
    assert timestamp_of(called(stamped_ms=10**15)) is None
    assert timestamp_of(called(query="no", stamped_ms=17)) is None


def test_questions_have_parts() -> None:
    """A client may cut a range into months; a loan, and a range that ends before it begins, are one part."""
    spans = [-1, 0, SHORTEST_SPAN_MS - 1, SHORTEST_SPAN_MS, 3 * SHORTEST_SPAN_MS]
    assert [Question((7, 7 + span)).parts for span in spans] == [1, 1, 1, 2, 4]
    assert Question().parts == 1


def test_calls_are_told_apart() -> None:
    """Signed ones from those for the time, spoilt ones from those that meet what is documented, calm from others."""
    assert [is_spoilt(called(faults=(name,))) for name in ("hostile-1", "documented-1")] == [True, False]
    one = case(called(), called(seq=2, endpoint="spot_time"), called(seq=3, endpoint=None))
    assert [entry.seq for entry in one.signed] == [1, 3]
    assert one.is_calm
    assert case().is_calm
    assert not case(called(429, endpoint="spot_time")).is_calm
    assert not case(called(faults=("hostile-1",))).is_calm
