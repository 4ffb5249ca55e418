"""What judges of ranges ask: whether all of a range came back, in one call or in parts."""

import re
from itertools import pairwise

from msgspec import structs

from mockex.conformance.families.judging import named, said
from mockex.conformance.families.seams import Span
from mockex.conformance.requirement import Judgement, Unseen
from mockex.conformance.run import Asked, Run
from mockex.fuzzing import verdicts
from mockex.fuzzing.case import records_said

OK = 200
RECORDS = "negative_balance_exchange_record"
TOO_BIG = "interval_is_too_big"
MORE_TRIES = 8
"""So many calls may be made beside those for the parts: tries, and the exchange's time."""

_EDGE = re.compile(r"[?&](startTime|endTime)=([0-9]{1,15})(?=&|$)")


def whole(run: Run) -> Judgement:
    """Every question must be answered with all records and none twice; the order is another's matter."""
    for asked in run.asked:
        if asked.told.error is not None:
            return f"{named(asked)} came to nothing: {said(asked)}"
        if sentence := not_the_truth(run, asked):
            return sentence
    return None


def not_the_truth(run: Run, asked: Asked) -> str | None:
    """Say in which records a value differs from the truth, in whatever order they are."""
    call = run.call(asked)
    sentence = verdicts.wrong_value(structs.replace(call, claims=structs.replace(call.claims, keeps_order=False)))
    if sentence is None:
        return None
    given = starts_of(asked)
    difference = None if given is None else _difference(given, [row[0] for row in asked.truth])
    return f"{named(asked)}: {difference or sentence}"


def starts_of(asked: Asked) -> list[int] | None:
    """Give when the records begin that were told; None where they cannot be read."""
    try:
        starts = [row[0] for row in records_said(asked.told.value)]
    except (ValueError, TypeError):
        return None
    return starts if all(isinstance(start, int) for start in starts) else None


def _difference(given: list[int], true: list[int]) -> str:
    """Say how many are lost, doubled or invented, and the first of them."""
    found: list[str] = []
    for how, times in (
        ("lost", [at_ms for at_ms in dict.fromkeys(true) if given.count(at_ms) < true.count(at_ms)]),
        ("too many", [at_ms for at_ms in dict.fromkeys(given) if given.count(at_ms) > true.count(at_ms)]),
    ):
        if times:
            found.append(f"{len(times)} of its times have records that are {how}, the first at {times[0]}")
    return "; ".join(found)


def none_left_out(run: Run) -> Judgement:
    """As `whole`, and every millisecond must have been asked for, whether or not a record is there."""
    return whole(run) or next(filter(None, (_gap(asked) for asked in run.asked)), None)


def _gap(asked: Asked) -> str | None:
    reached_ms = asked.ask.start_ms - 1
    for span in sorted(spans_asked(asked)):
        if span.start_ms > reached_ms + 1:
            break
        reached_ms = max(reached_ms, span.end_ms)
    if reached_ms >= asked.ask.end_ms:
        return None
    return f"{named(asked)}: no call that was answered asked for {reached_ms + 1}, which the range has in it"


def spans_asked(asked: Asked) -> list[Span]:
    """Give the ranges of the calls that were answered."""
    found: list[Span] = []
    for entry in asked.entries:
        edges = {name: int(ms) for name, ms in reversed(_EDGE.findall(entry.target))}  # the first of two counts
        if entry.endpoint == RECORDS and entry.status == OK and len(edges) > 1:
            found.append(Span(edges["startTime"], edges["endTime"]))
    return found


def never_refused(run: Run) -> Judgement:
    """A range of three months is none that is too long, and its ends belong to it."""
    for asked in run.asked:
        for entry in asked.entries:
            if entry.refused_by == TOO_BIG:
                return f"call {entry} asked for more than three months, though the range is of three"
        if asked.told.error is not None and not asked.entries and "splits_ranges" not in run.features:
            return Unseen(f"it is short of three months itself: {said(asked)}")
    return whole(run)


def whole_or_error(run: Run) -> Judgement:
    """All records, or an error; never a part."""
    for asked in run.asked:
        if sentence := _unended(asked) or not_the_truth(run, asked):
            return sentence
    return None


def _unended(asked: Asked) -> str | None:
    error = asked.told.error
    if error is None or not (error.is_endless or error.is_lost):
        return None
    return f"{named(asked)} did not end: {said(asked)}"


def fails_whole(run: Run) -> Judgement:
    """As `whole_or_error`, where a part was spoilt."""
    if not any(entry.faults for entry in run.entries):
        return Unseen("it made no second call")
    return whole_or_error(run)


def empty_or_error(run: Run) -> Judgement:
    """A range that has no time in it has no records in it, and asking again does not help."""
    for asked in run.asked:
        if sentence := verdicts.too_many_tries(run.call(asked)) or _unended(asked) or not_the_truth(run, asked):
            return sentence
    return None


def in_order(run: Run) -> Judgement:
    """What was put together must be newest first."""
    for asked in run.asked:
        if asked.told.error is not None:
            return Unseen("there was no answer to have an order")
        starts = starts_of(asked)
        if starts is None:
            return Unseen("its answer could not be read")
        for newer, older in pairwise(starts):
            if newer < older:
                return f"{named(asked)}: the records are not newest first: {newer} stands before {older}"
    return None


def bounded(run: Run) -> Judgement:
    """As `whole`, with no more calls than parts of four weeks, and some to spare."""
    for asked in run.asked:
        most = run.call(asked).question.parts + MORE_TRIES
        if len(asked.entries) > most:
            return f"{named(asked)}: one question became {len(asked.entries)} calls; {most} are more than enough"
    return whole(run)
