"""TIME, the timestamps: in milliseconds, of the moment in which a call is sent."""

from collections.abc import Sequence
from itertools import pairwise

from mockex.conformance.case import NOW_MS, AnyStep, Ask, Case, Disturb, Wait, record
from mockex.conformance.families.judging import retried
from mockex.conformance.families.sent import signed_calls, timestamp_ms_of, values
from mockex.conformance.requirement import Judgement, Requirement, Unseen
from mockex.conformance.run import Run
from mockex.core.diagnosis import span
from mockex.core.effects import Documented
from mockex.core.faults import Fault
from mockex.core.hostile_wire import Latency

HOUR_MS = 3_600_000
RECORDS = (record(NOW_MS - HOUR_MS, "ETH", "18", "5"), record(NOW_MS - 2 * HOUR_MS, "BNB", "1.10264488", "0"))
LOAN, LIST = Ask(), Ask(what="records")

UNITS = {10: "seconds", 16: "microseconds", 19: "nanoseconds"}
MILLISECONDS = 13
"""So many digits has a time in milliseconds, from 2001 to 2286."""

ODD = (Wait(s=0.123), LOAN, Wait(s=0.077), LOAN, Wait(s=0.231), LOAN, Wait(s=0.019), LOAN, Wait(s=0.113), LOAN)
ODD_LIST = (Wait(s=0.123), LIST, Wait(s=0.077), LIST, Wait(s=0.231), LIST, Wait(s=0.019), LIST, Wait(s=0.113), LIST)
"""Moments that are no whole seconds, nor tenths."""

ENOUGH = 4
"""That so many moments are whole seconds is no chance."""

FUTURE_MS, PAST_MS = 500, 4_000
"""So far a timestamp may be from when the call arrives: what a clock was corrected by, and a machine's being busy."""

WAIT_S = 2
SLOW_MS = 1_500
SHORTEST_WAIT_MS = {True: 200, False: 1_000}
"""A shorter wait, on a clock that stands still or on the machine's, shows nothing."""

SENT_AT = (
    "Each signed call has a timestamp, which should be the millisecond timestamp of when the request was created and "
    "sent."
)
TIMING_SOURCE = "PM-GI, PRO-GI: Timing security [documented]"


def in_milliseconds(run: Run) -> Judgement:
    """Every timestamp is a whole number of milliseconds."""
    calls = signed_calls(run)
    judged = [entry for entry in calls if len(str(entry.at_ms)) == MILLISECONDS]
    for entry in judged:
        found = values(entry, "timestamp")
        if not found:
            return f"call {entry} has no timestamp"
        if timestamp_ms_of(entry) is None:
            return f"call {entry} has the timestamp {found[0]!r}, which is no whole number"
        if (digits := len(found[0])) != MILLISECONDS:
            unit = UNITS.get(digits, f"no milliseconds, which have {MILLISECONDS} digits")
            return f"call {entry} has the timestamp {found[0]}, in {unit}: milliseconds were expected"
    return None if judged else Unseen("no signed call was made")


def of_its_own_clock(run: Run) -> Judgement:
    """Timestamps are what the client's own clock says, to the millisecond."""
    stamped = [(entry, ms) for entry in signed_calls(run) if (ms := timestamp_ms_of(entry)) is not None]
    for entry, timestamp_ms in stamped:
        age_ms = entry.at_ms - timestamp_ms
        if age_ms < -FUTURE_MS or age_ms > PAST_MS:
            where = "ahead of" if age_ms < 0 else "behind"
            return f"call {entry} has a timestamp {span(age_ms)} {where} the client's own clock"
    if len(stamped) < ENOUGH:
        return Unseen(f"it made fewer than {ENOUGH} calls with a timestamp")
    if not any(ms % 1_000 for _, ms in stamped):
        entry, timestamp_ms = stamped[0]
        return (
            f"call {entry}, made at {entry.at_ms}, has the timestamp {timestamp_ms}, and those of all "
            f"{len(stamped)} calls are whole seconds"
        )
    return None


def not_stale(run: Run) -> Judgement:
    """The timestamp of a retry is of when it is sent, not of before the wait."""
    shortest_ms = SHORTEST_WAIT_MS["clock" in run.features]
    waited = [(first, then) for first, then in pairwise(run.signed) if then.at_ms - first.at_ms >= shortest_ms]
    for first, then in waited:
        timestamp_ms = timestamp_ms_of(then)
        if timestamp_ms is None:
            return f"call {then} has no timestamp"
        waited_ms = then.at_ms - first.at_ms
        if timestamp_ms < first.at_ms + waited_ms // 4:
            return (
                f"call {then} came {span(waited_ms)} after call {first.seq}, and its timestamp is "
                f"{span(then.at_ms - timestamp_ms)} old: it was stamped before the wait"
            )
    return None if waited else retried(run) or Unseen("it did not wait before it tried again")


LIMITED: Sequence[AnyStep] = (
    Disturb(fault=Fault(effect=Documented("too-many-requests", retry_after_s=WAIT_S), times=1)),
)
SLOW: Sequence[AnyStep] = (
    Disturb(fault=Fault(effect=Documented("overloaded"), times=1)),
    Disturb(fault=Fault(effect=Latency(ms=SLOW_MS), times=1)),
)

TIMESTAMPS: tuple[Requirement, ...] = (
    Requirement(
        id="TIME-UNIT",
        title="Timestamps are in milliseconds",
        sentence=f"{SENT_AT} One in seconds is refused with -1021.",
        source=f"{TIMING_SOURCE}; seconds: binance-api-postman#60 [observed on spot]",
        server="Reads milliseconds since 1970 UTC.",
        wire="Every timestamp is a whole number of 13 digits.",
        is_passive=True,
        cases=(
            Case(name="both questions", records=RECORDS, steps=(LOAN, LIST)),
            Case(name="a retry", steps=(Disturb(fault=Fault(effect=Documented("overloaded"), times=1)), LOAN)),
        ),
        judge=in_milliseconds,
    ),
    Requirement(
        id="TIME-NOW",
        title="Timestamps are what the client's clock says, to the millisecond",
        severity="SHOULD",
        sentence=f"{SENT_AT} One that is rounded to seconds is up to a second off, where a second ahead is refused.",
        source=TIMING_SOURCE,
        server="Has the same time as the client.",
        wire="Timestamps are neither ahead nor far behind, and not all whole seconds.",
        cases=(
            Case(name="the loan, at odd moments", steps=ODD),
            Case(name="the records, at odd moments", records=RECORDS, steps=ODD_LIST),
        ),
        judge=of_its_own_clock,
    ),
    Requirement(
        id="TIME-STALE",
        title="A retry is stamped when it is sent",
        sentence=f"{SENT_AT} A call is refused where serverTime - timestamp > recvWindow.",
        source=TIMING_SOURCE,
        server="Lets the client wait before its second try.",
        wire="The timestamp of the second try is of after the wait.",
        cases=(
            Case(name=f"a Retry-After of {WAIT_S} s, the loan", steps=(*LIMITED, LOAN)),
            Case(name=f"a Retry-After of {WAIT_S} s, the records", records=RECORDS, steps=(*LIMITED, LIST)),
            Case(name="a failure that comes slowly", steps=(*SLOW, LOAN)),
        ),
        judge=not_stale,
    ),
)
