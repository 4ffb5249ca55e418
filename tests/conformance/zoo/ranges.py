"""Broken clients that WIN requirements catch."""

from collections.abc import Iterator

from mockex.testing import client as module
from mockex.testing.client import SPAN_MS, Client, ClientError, Record, spans
from tests.conformance.broken import Broken

DAY_MS = 86_400_000
RIGHT_RECORDS = Client.records
Spans = Iterator[tuple[int, int]]


def without_the_end(start_ms: int, end_ms: int) -> Spans:
    """Take the end for the first millisecond that does not belong to the range."""
    yield from spans(start_ms, end_ms - 1)


def without_the_start(start_ms: int, end_ms: int) -> Spans:
    """Take the start for the last millisecond before the range."""
    yield from spans(start_ms + 1, end_ms)


def in_one(start_ms: int, end_ms: int) -> Spans:
    """Cut nothing."""
    yield start_ms, end_ms


def by_ninety_days(start_ms: int, end_ms: int) -> Spans:
    """Take ninety days for three months; the oldest first."""
    for begin_ms in range(start_ms, end_ms + 1, 90 * DAY_MS):
        yield begin_ms, min(begin_ms + 90 * DAY_MS - 1, end_ms)


def a_millisecond_lost(start_ms: int, end_ms: int) -> Spans:
    """Leave a millisecond between two parts."""
    while end_ms - start_ms >= SPAN_MS:
        yield end_ms - SPAN_MS + 2, end_ms
        end_ms -= SPAN_MS
    yield start_ms, end_ms


def a_millisecond_doubled(start_ms: int, end_ms: int) -> Spans:
    """Let two parts share a millisecond."""
    while end_ms - start_ms >= SPAN_MS:
        yield end_ms - SPAN_MS, end_ms
        end_ms -= SPAN_MS
    yield start_ms, end_ms


def from_before(start_ms: int, end_ms: int) -> Spans:
    """Ask for a little more, to be sure."""
    yield start_ms - 1, end_ms


def the_last_part(start_ms: int, end_ms: int) -> Spans:
    """Ask for no more than may be asked for at once."""
    yield max(start_ms, end_ms - SPAN_MS + 1), end_ms


def turned_round(start_ms: int, end_ms: int) -> Spans:
    """Put the two ends right."""
    yield from spans(min(start_ms, end_ms), max(start_ms, end_ms))


def oldest_first(start_ms: int, end_ms: int) -> Spans:
    """Begin with the oldest part."""
    yield from reversed(list(spans(start_ms, end_ms)))


async def one_of_each_time(self: Client, start_ms: int, end_ms: int, **parameters: str) -> list[Record]:
    """Take a startTime for an id."""
    return list({one.start_ms: one for one in await RIGHT_RECORDS(self, start_ms, end_ms, **parameters)}.values())


async def what_came(self: Client, start_ms: int, end_ms: int, **parameters: str) -> list[Record]:
    """Hand over the parts that came, when another did not."""
    found: list[Record] = []
    for begin_ms, last_ms in spans(start_ms, end_ms):
        try:
            found += await RIGHT_RECORDS(self, begin_ms, last_ms, **parameters)
        except ClientError:
            continue
    return found


WIN: tuple[Broken, ...] = (
    Broken("WIN-EXACT", "it leaves the end out", module, "spans", without_the_end),
    Broken("WIN-EXACT", "it leaves the start out", module, "spans", without_the_start),
    Broken("WIN-SPLIT", "it does not split", module, "spans", in_one),
    Broken("WIN-SPLIT", "it takes ninety days for three months", module, "spans", by_ninety_days),
    Broken("WIN-SEAMS", "it loses a millisecond between parts", module, "spans", a_millisecond_lost),
    Broken("WIN-SEAMS", "it asks for a millisecond twice", module, "spans", a_millisecond_doubled),
    Broken("WIN-SAME-MS", "it takes a startTime for an id", Client, "records", one_of_each_time),
    Broken("WIN-LIMIT", "it asks for a little more than it was asked", module, "spans", from_before),
    Broken("WIN-UNSPLIT", "it hands over the last part for the whole", module, "spans", the_last_part),
    Broken("WIN-BACKWARDS", "it puts the two ends right", module, "spans", turned_round),
    Broken("WIN-ORDER", "it begins with the oldest part", module, "spans", oldest_first),
    Broken("WIN-FAILS-WHOLE", "it hands over what came", Client, "records", what_came),
    Broken("WIN-LONG", "it asks for a week at a time", module, "SPAN_MS", 7 * DAY_MS),
)
