"""WIN: ranges of any length come back whole, nothing twice."""

from mockex.conformance.case import DAY_MS, NOW_MS, Ask, Case, Disturb, record
from mockex.conformance.families.parts import (
    bounded,
    empty_or_error,
    fails_whole,
    in_order,
    never_refused,
    none_left_out,
    whole,
    whole_or_error,
)
from mockex.conformance.families.seams import FEBRUARY_MS, LEAP_YEAR_MS, MONTH_END_MS, Span, seams, spread
from mockex.conformance.requirement import Requirement
from mockex.core.dates import months_later_ms
from mockex.core.effects import Documented
from mockex.core.faults import Fault
from mockex.core.hostile import Html
from mockex.core.hostile_wire import HangUp
from mockex.core.weight import Limits
from mockex.endpoints.negative_balance_exchange_record import Record

MAXIMUM = "The max interval between `startTime` and `endTime` is 3 months."
MAXIMUM_SOURCE = "SEED-1 [documented]; calendar months fit rotki/rotki#10051 [observed, elsewhere], in UTC [decided]"
EDGES = "Records belong to a range that begin in it, both ends included."
SPLITS = frozenset({"splits_ranges"})

ROOM = Limits(papi_weight_per_ip=1_000_000)
"""Who cuts a long range into months needs more than one minute's budget; that is no matter here."""

YEAR_MS = 365 * DAY_MS
FIVE_YEARS = Span(NOW_MS - 5 * YEAR_MS, NOW_MS)
SPANS = (
    ("two hundred days that begin on 28 February", Span(FEBRUARY_MS, FEBRUARY_MS + 200 * DAY_MS)),
    ("a year and a month over a leap day", Span(LEAP_YEAR_MS, LEAP_YEAR_MS + 397 * DAY_MS + 12_345)),
    ("nine months that begin on the last of a month", Span(MONTH_END_MS, NOW_MS - 1)),
)


def _asked(span: Span) -> Ask:
    return Ask(what="records", start_ms=span.start_ms, end_ms=span.end_ms)


def _held(name: str, span: Span, times_ms: tuple[int, ...], assets: tuple[str, ...] = ("ETH",)) -> Case:
    """Hold a record of each asset at each time, and ask for the whole."""
    records = tuple(record_at(at_ms, asset) for at_ms in times_ms for asset in assets)
    return Case(name=name, records=records, limits=ROOM, steps=(_asked(span),))


def record_at(at_ms: int, asset: str) -> Record:
    """Make a record whose threshold is whole, because fractions are another requirement's matter."""
    return record(at_ms, asset, threshold="5")


def _just_inside_and_outside(start_ms: int, end_ms: int) -> tuple[int, ...]:
    return tuple(sorted({start_ms - 1, start_ms, start_ms + 1, end_ms - 1, end_ms, end_ms + 1}))


def _months(start_ms: int) -> Span:
    return Span(start_ms, months_later_ms(start_ms, 3))


def _failing(what: str, effect: Documented | Html | HangUp) -> Case:
    span = SPANS[0][1]
    records = tuple(record_at(at_ms, "ETH") for at_ms in spread(span, 10 * DAY_MS))
    faults = (Fault(effect=effect, endpoint="negative_balance_exchange_record", nth=nth) for nth in range(2, 20))
    disturbed = tuple(Disturb(fault=fault) for fault in faults)
    return Case(name=f"the second part {what}", records=records, steps=(*disturbed, _asked(span)))


RANGES: tuple[tuple[str, Span], ...] = (
    ("a day", Span(NOW_MS - DAY_MS, NOW_MS - 1)),
    ("one millisecond", Span(NOW_MS - DAY_MS, NOW_MS - DAY_MS)),
    ("89 days", Span(NOW_MS - 89 * DAY_MS, NOW_MS)),
)

WIN: tuple[Requirement, ...] = (
    Requirement(
        id="WIN-EXACT",
        title="Both ends of a range belong to it",
        sentence=EDGES,
        source="SEED-1: startTime and endTime [documented]; both ends included [decided]",
        server="Holds records at both ends, one millisecond inside, and one outside.",
        wire="Calls for the range.",
        tells="Those at the ends and inside.",
        cases=tuple(_held(name, span, _just_inside_and_outside(span.start_ms, span.end_ms)) for name, span in RANGES),
        judge=whole,
    ),
    Requirement(
        id="WIN-SPLIT",
        title="More than three months come back whole",
        sentence=MAXIMUM,
        source=MAXIMUM_SOURCE,
        server="Holds a record of every tenth day, and refuses ranges of more than three months.",
        wire="Several calls.",
        tells="All records, none twice.",
        needs=SPLITS,
        cases=tuple(_held(name, span, spread(span, 10 * DAY_MS)) for name, span in SPANS),
        judge=whole,
    ),
    Requirement(
        id="WIN-SEAMS",
        title="Nothing is lost between two parts",
        sentence=f"{MAXIMUM} {EDGES}",
        source=MAXIMUM_SOURCE,
        server="Holds records where parts may meet: by days, counted from either end, and by months.",
        wire="Every millisecond of the range is asked for.",
        tells="All records, none twice.",
        needs=SPLITS,
        cases=tuple(_held(name, span, seams(span)) for name, span in SPANS),
        judge=none_left_out,
    ),
    Requirement(
        id="WIN-SAME-MS",
        title="Records of one millisecond are all there",
        sentence="No page says that a startTime is of one record alone.",
        source="SEED-1: records have no id [documented]; several in one millisecond [inferred]",
        server="Holds three records at each time where parts may meet.",
        wire="Several calls.",
        tells="All records, none twice.",
        needs=SPLITS,
        cases=tuple(_held(name, span, seams(span)[::3], ("BNB", "ETH", "USDT")) for name, span in SPANS[:2]),
        judge=whole,
    ),
    Requirement(
        id="WIN-LIMIT",
        title="Three months exactly are not refused",
        sentence=MAXIMUM,
        source=MAXIMUM_SOURCE,
        server="Lets in ranges of three calendar months, and none longer.",
        wire="No call is refused as too long.",
        tells="The records at both ends.",
        cases=tuple(
            _held(f"{(span.end_ms - span.start_ms) // DAY_MS} days from {day}", span, (span.start_ms, span.end_ms))
            for day, span in (
                ("28 February", _months(FEBRUARY_MS)),
                ("29 February", _months(LEAP_YEAR_MS + 45 * DAY_MS)),
                ("31 March, to the last of June", _months(MONTH_END_MS)),
                ("31 May", _months(MONTH_END_MS + 61 * DAY_MS)),
            )
        ),
        judge=never_refused,
    ),
    Requirement(
        id="WIN-UNSPLIT",
        title="A range that is too long gives all of it, or an error",
        sentence=MAXIMUM,
        source=f"{MAXIMUM_SOURCE}; -1127 `Lookup interval is too big.` [decided]",
        server="Refuses ranges of more than three months.",
        wire="Calls for the range, in one or in parts, or none.",
        tells="All records, or an error of its own; never a part of them.",
        cases=tuple(_held(name, span, spread(span, 10 * DAY_MS)) for name, span in SPANS[:1]),
        judge=whole_or_error,
    ),
    Requirement(
        id="WIN-BACKWARDS",
        title="A start after the end is an error, or empty",
        sentence="-1023: Start time is greater than end time.",
        source="PM-ERR [documented]; that this endpoint says it [inferred]",
        server="Refuses such ranges with -1023.",
        wire="At most eight calls.",
        tells="An error, or no records.",
        cases=tuple(
            Case(
                name=f"{name} backwards",
                records=tuple(record_at(NOW_MS - ms, "ETH") for ms in (0, 1, back_ms // 2, back_ms)),
                steps=(Ask(what="records", start_ms=NOW_MS, end_ms=NOW_MS - back_ms),),
            )
            for name, back_ms in (("a millisecond", 1), ("a day", DAY_MS), ("a year", YEAR_MS))
        ),
        judge=empty_or_error,
    ),
    Requirement(
        id="WIN-ORDER",
        title="Records of several parts come newest first",
        severity="SHOULD",
        sentence="Response in descending order.",
        source="SEED-1 [documented]; that it holds for several answers put together [inferred]",
        server="Answers every part newest first.",
        wire="Several calls.",
        tells="All records, newest first.",
        needs=SPLITS,
        cases=tuple(_held(name, span, spread(span, 10 * DAY_MS)) for name, span in SPANS),
        judge=in_order,
    ),
    Requirement(
        id="WIN-FAILS-WHOLE",
        title="Where a part fails, the question fails",
        sentence="Who is handed a part for the whole takes what is missing for not there.",
        source="plain correctness [decided]",
        server="Answers the first call rightly, and the others not.",
        wire="Several calls.",
        tells="An error, or all records, where it has tried often enough.",
        needs=SPLITS,
        cases=(
            _failing("is refused for good", Documented("unauthorized")),
            _failing("meets an outage", Documented("overloaded")),
            _failing("is a page of HTML", Html()),
            _failing("is not answered", HangUp()),
        ),
        judge=fails_whole,
    ),
    Requirement(
        id="WIN-LONG",
        title="Five years take no more calls than they must",
        severity="SHOULD",
        sentence=f"{MAXIMUM} A call weighs 100, and an IP has 6000 a minute.",
        source="SEED-1, PM-GI [documented]; parts of four weeks and more [decided]",
        server="Holds a record of every month.",
        wire="At most a call for every four weeks, and eight more.",
        tells="All records, none twice.",
        needs=SPLITS,
        cases=(_held("five years", FIVE_YEARS, spread(FIVE_YEARS, 30 * DAY_MS)),),
        judge=bounded,
    ),
)
