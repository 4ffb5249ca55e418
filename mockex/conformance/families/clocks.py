"""TIME: the client's clock may be wrong, and calls must not be late for it."""

from msgspec import structs

from mockex.conformance.case import NOW_MS, AnyStep, Ask, Case, Disturb, Skew, record
from mockex.conformance.families.judging import let_in, named, outcome, own_errors, said, shown, stands_in
from mockex.conformance.families.timestamps import TIMESTAMPS
from mockex.conformance.families.windows import WINDOWS
from mockex.conformance.requirement import Judgement, Requirement, Unseen
from mockex.conformance.run import Asked, Run
from mockex.core.effects import Documented, Effect
from mockex.core.faults import Fault
from mockex.core.hostile import BodyIs, JsonIs
from mockex.core.outage import AnswerName
from mockex.fuzzing.verdicts import CLOCK

HOUR_MS = 3_600_000
RECORDS = (record(NOW_MS - HOUR_MS, "ETH", "18", "5"), record(NOW_MS - 2 * HOUR_MS, "BNB", "1.10264488", "0"))
LOAN, LIST = Ask(), Ask(what="records")
REFUSED, TIMESTAMP = 400, -1021
MOST_TRIES = 2
"""One, and one more with the clock corrected."""

TIMING_SENTENCE = "A call is refused unless timestamp < serverTime + 1000 and serverTime - timestamp <= recvWindow."
TIMING_SOURCE = "PM-GI, PRO-GI: Timing security [documented]; -1021 with 400 on fapi [observed], SAPI [inferred]"
CORRECTS = frozenset({"resynchronises"})


def corrected(run: Run) -> Judgement:
    """Every question ends with a call that is let in, however wrong the clock was."""
    for asked in run.asked:
        if asked.entries and asked.entries[-1].refused_by in CLOCK:
            late = asked.entries[-1]
            return (
                f"call {late} was refused for its timestamp, the clocks being {_apart(run)} apart, and the clock was "
                f"not corrected: {outcome(asked)}"
            )
    return let_in(run)


def _late(asked: Asked) -> str:
    return next((str(entry) for entry in reversed(asked.entries) if entry.refused_by in CLOCK), "")


def _apart(run: Run) -> str:
    return " and then ".join(f"{abs(ms) / 1_000:g} s" for ms in run.ahead_ms if ms)


def right_at_once(run: Run) -> Judgement:
    """Once it has corrected its clock, no call is refused for its timestamp."""
    if not run.asked or let_in(structs.replace(run, asked=run.asked[:1])):
        return Unseen("it did not correct its clock")
    for asked in run.asked[1:]:
        if late := _late(asked):
            return f"call {late} was refused for its timestamp, though the clock had been corrected before"
    return let_in(run)


def surfaced(run: Run) -> Judgement:
    """A -1021 that stays comes out as an error that tells its code, and no other status than 400."""
    for asked in run.asked:
        error = asked.told.error
        if error is None:
            return f"{named(asked)} gave {shown(asked.told.value)}, and no error"
        if error.is_endless or error.is_lost:
            return f"{named(asked)}: {said(asked)}"
        is_told = str(error.code) == str(TIMESTAMP) or (error.code is None and stands_in(TIMESTAMP, error.text))
        if not is_told or error.status not in (None, REFUSED):
            return f"{named(asked)} was refused with 400 -1021, and the error tells {error.status} {error.code}"
    return None


def ends_rightly(run: Run) -> Judgement:
    """A question that no right time was to be had for is answered all the same, or ends in the client's own error."""
    for asked in run.asked:
        alone = structs.replace(run, asked=(asked,))
        if judgement := let_in(alone) if asked.told.error is None else own_errors(alone):
            return judgement
    return None if any(_late(asked) for asked in run.asked) else Unseen("no call was refused for its timestamp")


def tried_once_more(run: Run) -> Judgement:
    """A -1021 that stays is met by one more try at most."""
    for asked in run.asked:
        calls = [entry for entry in asked.entries if entry in run.signed]
        if len(calls) > MOST_TRIES:
            return f"one question became {len(calls)} calls, each refused with -1021; the last is call {calls[-1]}"
        if asked.told.error is not None and asked.told.error.is_endless:
            return f"{named(asked)}: {said(asked)}"
    return None if run.signed else Unseen("it made no call")


def _refused(answer: AnswerName, *asks: Ask) -> tuple[AnyStep, ...]:
    """Refuse what is asked with -1021, whatever its timestamp, and tell the time rightly."""
    endpoints = {"loan": "pm_loan", "records": "negative_balance_exchange_record"}
    whats = dict.fromkeys(ask.what for ask in asks)
    faults = (Fault(effect=Documented(answer), endpoint=endpoints[what]) for what in whats)
    return (*(Disturb(fault=fault) for fault in faults), *asks)


def _untold(effect: Effect, *asks: Ask) -> tuple[AnyStep, ...]:
    """Let the client's clock be wrong, and nobody tell it the time."""
    untold = (Disturb(fault=Fault(effect=effect, endpoint=name)) for name in ("spot_time", "papi_time"))
    return (Skew(ms=90_000), *untold, *asks)


STUBBORN = (
    Case(name="the loan, and every call is late", steps=_refused("timestamp-late", LOAN)),
    Case(name="the records, and every call is early", records=RECORDS, steps=_refused("timestamp-early", LIST)),
    Case(
        name="both questions, with an RSA key",
        key="RSA",
        records=RECORDS,
        steps=_refused("timestamp-late", LOAN, LIST),
    ),
)

CORRECTING: tuple[Requirement, ...] = (
    Requirement(
        id="TIME-BEHIND",
        title="A clock that is behind is corrected",
        sentence=TIMING_SENTENCE,
        source=TIMING_SOURCE,
        server="Its clock is 90 s ahead of the client's, and it tells its time to who asks.",
        wire="After -1021 comes a call with a right timestamp.",
        needs=CORRECTS,
        cases=(
            Case(name="the loan", steps=(Skew(ms=90_000), LOAN)),
            Case(name="the records", records=RECORDS, steps=(Skew(ms=90_000), LIST)),
            Case(name="after calls that were right", records=RECORDS, steps=(LOAN, LIST, Skew(ms=90_000), LOAN, LIST)),
            Case(name="half a day", steps=(Skew(ms=12 * HOUR_MS), LOAN)),
        ),
        judge=corrected,
    ),
    Requirement(
        id="TIME-AHEAD",
        title="A clock that is ahead is corrected",
        sentence=TIMING_SENTENCE,
        source=TIMING_SOURCE,
        server="Its clock is behind the client's, and it tells its time to who asks.",
        wire="After -1021 comes a call with a right timestamp.",
        needs=CORRECTS,
        cases=(
            Case(name="the loan", steps=(Skew(ms=-90_000), LOAN)),
            Case(name="the records", records=RECORDS, steps=(Skew(ms=-90_000), LIST)),
            Case(name="after calls that were right", records=RECORDS, steps=(LOAN, LIST, Skew(ms=-90_000), LOAN, LIST)),
            Case(name="just enough to be refused", steps=(Skew(ms=-5_000), LOAN)),
        ),
        judge=corrected,
    ),
    Requirement(
        id="TIME-DRIFT",
        title="A clock is corrected again when it is wrong again",
        severity="SHOULD",
        sentence=TIMING_SENTENCE,
        source=TIMING_SOURCE,
        server="Its clock jumps, and once the client has corrected its own, jumps again.",
        wire="After each -1021 comes a call with a right timestamp.",
        needs=CORRECTS,
        cases=(
            Case(name="farther ahead", steps=(Skew(ms=90_000), LOAN, Skew(ms=240_000), LOAN)),
            Case(name="ahead, then behind", steps=(Skew(ms=90_000), LOAN, Skew(ms=-90_000), LOAN)),
            Case(name="behind, then right", records=RECORDS, steps=(Skew(ms=-90_000), LIST, Skew(ms=0), LIST)),
        ),
        judge=corrected,
    ),
    Requirement(
        id="TIME-REMEMBERS",
        title="A corrected clock stays corrected",
        severity="SHOULD",
        sentence="A request that is rejected for its timestamp counts against the IP limit all the same.",
        source="SPOT-CL 2025-05-22 [documented for spot]",
        server="Its clock is apart from the client's from the first call to the last.",
        wire="Only the first question has a call that is refused with -1021.",
        needs=CORRECTS,
        cases=(
            Case(name="the loan, three times, behind", steps=(Skew(ms=90_000), LOAN, LOAN, LOAN)),
            Case(name="the records, three times, ahead", records=RECORDS, steps=(Skew(ms=-90_000), LIST, LIST, LIST)),
        ),
        judge=right_at_once,
    ),
    Requirement(
        id="TIME-UNTOLD",
        title="Where the exchange does not tell its time, a question ends in the client's own error",
        sentence="A call may be answered 503, and then failed, or nobody knows.",
        source="PM-GI: HTTP return codes [documented]; that a call for the time meets it, too: inferred",
        server="Its clock is 90 s ahead of the client's, and what it answers to who asks the time tells none.",
        wire="A call is refused with -1021, and the time asked for in vain.",
        tells="An error of its own, in bounded time; or the answer, where the client knows the time otherwise.",
        needs=CORRECTS,
        cases=(
            Case(name="the time is unavailable, the loan", steps=_untold(Documented("overloaded"), LOAN)),
            Case(name="the time is null, the loan", steps=_untold(JsonIs(shape="null"), LOAN)),
            Case(name="the time is a text, the records", records=RECORDS, steps=_untold(JsonIs(shape="string"), LIST)),
            Case(
                name="the time is no number, the records",
                records=RECORDS,
                steps=_untold(BodyIs(text='{"serverTime":"now"}'), LIST),
            ),
        ),
        judge=ends_rightly,
    ),
    Requirement(
        id="TIME-TOLD",
        title="A -1021 that stays is told as one",
        sentence="Timestamp for this request is outside of the recvWindow.",
        source=TIMING_SOURCE,
        server="Refuses each call with 400 -1021, whatever its timestamp.",
        wire="Every call ends with 400 -1021.",
        tells="An error with the code -1021, at least in its text; where it tells a status, 400.",
        cases=STUBBORN,
        judge=surfaced,
    ),
    Requirement(
        id="TIME-ONCE",
        title="A -1021 that stays is not tried for ever",
        severity="SHOULD",
        sentence="A request that is rejected for its timestamp counts against the IP limit all the same; who goes on "
        "asking is limited, then banned.",
        source="SPOT-CL 2025-05-22 [documented for spot]; PM-GI on limits and bans [documented]",
        server="Refuses each call with 400 -1021, whatever its timestamp.",
        wire="One question becomes two calls at most: a second one with the clock corrected.",
        tells="An error.",
        cases=STUBBORN,
        judge=tried_once_more,
    ),
)

TIME: tuple[Requirement, ...] = (*TIMESTAMPS, *CORRECTING, *WINDOWS)
