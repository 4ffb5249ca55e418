"""Where clients may cut a long range: the times at which a record is lost or doubled if they cut it badly."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import NamedTuple

from mockex.conformance.case import DAY_MS
from mockex.core.dates import months_later_ms

CUTS_DAYS = (28, 29, 30, 31, 60, 88, 89, 90, 91, 92)
"""How long the parts of clients are that count in days: months, and three of them."""


class Span(NamedTuple):
    """A range, both ends included."""

    start_ms: int
    end_ms: int


def _ms(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1_000


FEBRUARY_MS = _ms(2025, 2, 28)
"""Three months later are 89 days, and no three months are shorter."""

MONTH_END_MS = _ms(2025, 3, 31)
"""Three months later is the last of a shorter month."""

LEAP_YEAR_MS = _ms(2024, 1, 15)


def seams(span: Span) -> tuple[int, ...]:
    """Give all times in a range where two parts may meet, and those a millisecond beside."""
    met = {at_ms + beside_ms for at_ms in (*_by_days(span), *_by_months(span), *span) for beside_ms in (-1, 0, 1)}
    return tuple(sorted(at_ms for at_ms in met if span.start_ms <= at_ms <= span.end_ms))


def _by_days(span: Span) -> Iterator[int]:
    for days in CUTS_DAYS:
        for ms in range(days * DAY_MS, span.end_ms - span.start_ms, days * DAY_MS):
            yield span.start_ms + ms
            yield span.end_ms - ms


def _by_months(span: Span) -> Iterator[int]:
    """Give the months that begin with the range, and those of the calendar."""
    first = datetime.fromtimestamp(span.start_ms / 1_000, UTC)
    for begin_ms in (span.start_ms, _ms(first.year, first.month, 1)):
        for months in count(1):
            at_ms = months_later_ms(begin_ms, months)
            if at_ms > span.end_ms:
                break
            yield at_ms


def spread(span: Span, every_ms: int) -> tuple[int, ...]:
    """Give times all over a range, its ends among them."""
    return (*range(span.start_ms, span.end_ms, every_ms), span.end_ms)
