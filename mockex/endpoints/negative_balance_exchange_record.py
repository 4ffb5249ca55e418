"""Query User Negative Balance Auto Exchange Record (USER_DATA).

https://developers.binance.com/docs/derivatives/portfolio-margin/account/Query-User-Negative-Balance-Auto-Exchange-Record
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct, json, structs

from mockex.core.bounds import MAX_CLOCK_MS
from mockex.core.call import Call
from mockex.core.dates import months_later_ms
from mockex.core.endpoint import Endpoint
from mockex.core.gateway import Check
from mockex.core.refusals import Mark, Refusal
from mockex.core.weight import Scope, Weight
from mockex.gateways import PAPI

MAX_DIGITS = 60
SHORTEST_THREE_MONTHS_MS = 89 * 86_400_000
"""February to April of a year that is no leap year."""

NEAR = 64
"""A range that ends within so many rows is not looked for beyond them: of a million, each look is at cold memory."""


class Query(Struct, frozen=True, rename="camel"):
    """The parameter table of the page: both mandatory, milliseconds, both ends included (decided)."""

    start_time: int
    end_time: int


# Neither a detail nor a record can be part of a cycle; a collection that looked at a million would take a second.
class Detail(Struct, frozen=True, gc=False, forbid_unknown_fields=True, rename="camel"):
    """One asset of an exchange: how far its balance was below zero, and the threshold that set the exchange off."""

    asset: Annotated[str, Meta(min_length=1, max_length=40)]
    negative_balance: int | Decimal
    negative_max_threshold: int | Decimal

    def __post_init__(self) -> None:
        """Refuse what JSON cannot write as a number, and magnitudes below zero."""
        for name in ("negative_balance", "negative_max_threshold"):
            number = Decimal(getattr(self, name))
            if not number.is_finite() or number.is_signed() or digits_of(number) > MAX_DIGITS:
                wire_name = {field.name: field.encode_name for field in structs.fields(self)}[name]
                raise ValueError(f"Expected `{wire_name}` to be a number of at most {MAX_DIGITS} digits, not below 0")


class Record(Struct, frozen=True, gc=False, forbid_unknown_fields=True, rename="camel"):
    """One auto exchange: when it began and ended, in milliseconds, and what was exchanged."""

    start_time: Annotated[int, Meta(ge=0, le=MAX_CLOCK_MS)]
    end_time: Annotated[int, Meta(ge=0, le=MAX_CLOCK_MS)]
    details: tuple[Detail, ...]


class Records(Struct, frozen=True):
    """The answer: `total` is the number of rows (inferred)."""

    total: int
    rows: tuple[Record, ...]


def digits_of(number: Decimal) -> int:
    """Count the digits of a number written in full, without writing it: 1E+999999999 has a thousand million."""
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return max(number.adjusted() + 1, 1) + max(-exponent, 0)


def as_number(value: int | Decimal) -> str:
    """Write a JSON number as the scenario wrote it, never in exponent form."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def as_row(record: Record) -> bytes:
    """Write a record as it stands in the answer."""
    details = ",".join(
        f'{{"asset":{json.encode(detail.asset).decode()},"negativeBalance":{as_number(detail.negative_balance)},'
        f'"negativeMaxThreshold":{as_number(detail.negative_max_threshold)}}}'
        for detail in record.details
    )
    return f'{{"startTime":{record.start_time},"endTime":{record.end_time},"details":[{details}]}}'.encode()


class Book:
    """An account's records as ready rows, newest first, found by bisection: a query costs what it returns."""

    def __init__(self, records: Sequence[Record] = ()) -> None:
        newest_first = sorted(records, key=lambda record: -record.start_time)
        self.negated_starts = array("q", [-record.start_time for record in newest_first])
        self.rows = [as_row(record) for record in newest_first]

    def records(self) -> tuple[Record, ...]:
        """Give the records back, newest first."""
        return tuple(json.decode(row, type=Record) for row in self.rows)

    def with_records(self, records: Sequence[Record]) -> "Book":
        """Make a book that holds these too; one that begins with an old one stands behind it, as in a file."""
        book, news = Book(), Book(records)
        book.negated_starts, book.rows = self.negated_starts[:], self.rows[:]
        places = [bisect_right(self.negated_starts, start) for start in news.negated_starts]
        end = len(places)
        while end:  # the oldest first, so that the places before them stay; what goes to one place moves the rest once
            place = places[end - 1]
            first = bisect_left(places, place)
            book.negated_starts[place:place] = news.negated_starts[first:end]
            book.rows[place:place] = news.rows[first:end]
            end = first
        return book

    def between(self, start_ms: int, end_ms: int) -> list[bytes]:
        """Give the rows that begin in [start_ms, end_ms], newest first; ties keep the scenario's order (decided)."""
        starts = self.negated_starts
        first = bisect_left(starts, -end_ms)
        end, near = len(starts), first + NEAR
        if near < end and starts[near] > -start_ms:
            end = near
        return self.rows[first : bisect_right(starts, -start_ms, first, end)]


def start_is_after_end(call: Call) -> bool:
    """Is startTime greater than endTime?"""
    return isinstance(call.query, Query) and call.query.start_time > call.query.end_time


def interval_is_too_big(call: Call) -> bool:
    """Is endTime later than three calendar months after startTime? Exactly three months pass."""
    if not isinstance(call.query, Query) or call.query.end_time - call.query.start_time <= SHORTEST_THREE_MONTHS_MS:
        return False  # the calendar is dear, and most ranges are short
    return call.query.end_time > months_later_ms(call.query.start_time, 3)


def answer(book: Book, query: Query, _now_ms: int) -> bytes:
    """Tell how many records there are, and each of them."""
    rows = book.between(query.start_time, query.end_time)
    if not rows:
        return b'{"total":0,"rows":[]}'
    rows[0] = b'{"total":%d,"rows":[%b' % (len(rows), rows[0])  # what stands around the rows is joined with them:
    rows[-1] += b"]}"  # formatting a body of megabytes takes four times as long as joining it
    return b",".join(rows)


NEGATIVE_BALANCE_EXCHANGE_RECORD = Endpoint(
    name="negative_balance_exchange_record",
    path="/papi/v1/portfolio/negative-balance-exchange-record",
    gateway=PAPI,
    weight=Weight(100, per=Scope.IP),
    permission="enablePortfolioMarginTrading",
    query=Query,
    checks=(
        Check(
            start_is_after_end,
            Refusal(400, -1023, "Start time is greater than end time."),
            Mark.DOCUMENTED,
            "PM-ERR; that this endpoint uses it is inferred",
        ),
        Check(
            interval_is_too_big,
            Refusal(400, -1127, "Lookup interval is too big."),
            Mark.DECIDED,
            "the maximum of 3 months is documented; calendar months fit rotki/rotki#10051; code and text are decided",
        ),
    ),
    held_as="records",
    holds=tuple[Record, ...],
    nothing=(),
    stock=Book,
    unstock=Book.records,
    becomes=Book.with_records,
    answer=answer,
    returns=Records,
    page="https://developers.binance.com/docs/derivatives/portfolio-margin/account/"
    "Query-User-Negative-Balance-Auto-Exchange-Record",
    example='{"total":2,"rows":[{"startTime":1736263046841,"endTime":1736263248179,"details":[{"asset":"ETH",'
    '"negativeBalance":18,"negativeMaxThreshold":5}]},{"startTime":1736184913252,"endTime":1736184965474,'
    '"details":[{"asset":"BNB","negativeBalance":1.10264488,"negativeMaxThreshold":0}]}]}',
)
