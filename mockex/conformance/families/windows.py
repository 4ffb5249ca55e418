"""TIME, recvWindow: the caller's where there is one, within bounds, and enough where the clock is right."""

from mockex.conformance.case import NOW_MS, Ask, Case, Disturb, Wait, record
from mockex.conformance.families.judging import named, outcome
from mockex.conformance.families.sent import asked_for, signed_calls, timestamp_ms_of, values, whole_number
from mockex.conformance.requirement import Judgement, Requirement, Unseen
from mockex.conformance.run import Run
from mockex.core.bounds import MAX_RECV_WINDOW_MS
from mockex.core.effects import Documented
from mockex.core.faults import Fault
from mockex.fuzzing.verdicts import CLOCK

HOUR_MS = 3_600_000
RECORDS = (record(NOW_MS - HOUR_MS, "ETH", "18", "5"), record(NOW_MS - 2 * HOUR_MS, "BNB", "1.10264488", "0"))
LOAN, LIST = Ask(), Ask(what="records")
SMALL_MS = 1_000
PLAIN = (
    Case(name="both questions", records=RECORDS, steps=(LOAN, LIST)),
    Case(name="a retry", steps=(Disturb(fault=Fault(effect=Documented("overloaded"), times=1)), LOAN)),
)

WINDOW_SENTENCE = "recvWindow: the number of milliseconds after timestamp the request is valid for; 5000 if not sent."
WINDOW_SOURCE = "PM-GI, PRO-GI: Timing security [documented]"


def callers_window(run: Run) -> Judgement:
    """Every call has the caller's recvWindow, and no other."""
    wanted = str(run.case.recv_window_ms)
    calls = signed_calls(run)
    for entry in calls:
        if (found := values(entry, "recvWindow")) != [wanted]:
            return f"call {entry} has {_listed(found)}, and its caller said {wanted}"
    if not calls and run.asked:
        return f"with a recvWindow of {wanted} it made no call: {outcome(run.asked[0])}"
    return None if calls else Unseen("no signed call was made")


def _listed(found: list[str]) -> str:
    return " and ".join(f"recvWindow={value}" for value in found) or "no recvWindow"


def within_bounds(run: Run) -> Judgement:
    """Every recvWindow that is sent is a whole number from 1 to 60000."""
    sent = [(entry, value) for entry in signed_calls(run) for value in values(entry, "recvWindow")]
    for entry, value in sent:
        window_ms = whole_number(value)
        if window_ms is None:
            return f"call {entry} has the recvWindow {value!r}, which is no whole number"
        if not 0 < window_ms <= MAX_RECV_WINDOW_MS:
            return f"call {entry} has a recvWindow of {value}, which is not from 1 to {MAX_RECV_WINDOW_MS}"
    return None if sent else Unseen("no call had a recvWindow")


def small_is_enough(run: Run) -> Judgement:
    """Of several calls with a small recvWindow, and the right time, at least one is not late, however busy all is."""
    ages_ms: list[int] = []
    for asked in run.asked:
        first = next(iter(asked_for(asked.entries, asked.ask)), None)
        if first is None:
            return f"{named(asked)} made no call: {outcome(asked)}"
        if first.refused_by not in CLOCK:
            return Unseen(f"call {first} was refused for something else") if first.refused_by else None
        ages_ms.append(first.at_ms - (timestamp_ms_of(first) or 0))
    if not ages_ms:
        return Unseen("it was asked nothing")
    least_ms = min(ages_ms, key=abs)
    return (
        f"with a recvWindow of {SMALL_MS} and the right time each of {len(ages_ms)} questions began with a call that "
        f"was refused for its timestamp, at best {abs(least_ms)} ms {'old' if least_ms > 0 else 'ahead'}"
    )


def _with(window_ms: int, name: str = "") -> Case:
    return Case(
        name=name or f"a recvWindow of {window_ms}", recv_window_ms=window_ms, records=RECORDS, steps=(LOAN, LIST, LOAN)
    )


WINDOWS: tuple[Requirement, ...] = (
    Requirement(
        id="TIME-WINDOW",
        title="The caller's recvWindow is what is sent",
        sentence=WINDOW_SENTENCE,
        source=WINDOW_SOURCE,
        server="Answers rightly.",
        wire="Every call has recvWindow once, with the caller's value.",
        cases=(
            _with(4_321),
            _with(30_000),
            _with(MAX_RECV_WINDOW_MS, "the largest recvWindow there is"),
            Case(
                name="a retry",
                recv_window_ms=7_654,
                steps=(Disturb(fault=Fault(effect=Documented("overloaded"), times=1)), LOAN),
            ),
        ),
        judge=callers_window,
    ),
    Requirement(
        id="TIME-WINDOW-MAX",
        title="No recvWindow is beyond its bounds",
        sentence="The value cannot be greater than 60000.",
        source="Query User Negative Balance Auto Exchange Record: request parameters [documented]; that 0 is refused "
        "is decided",
        server="Refuses a recvWindow above 60000 with -1131, and one that is 0 or no number with -1102.",
        wire="What the client sends of itself is a whole number from 1 to 60000.",
        is_passive=True,
        cases=PLAIN,
        judge=within_bounds,
    ),
    Requirement(
        id="TIME-SMALL",
        title="A recvWindow of a second is enough where the clock is right",
        severity="SHOULD",
        sentence=f"{WINDOW_SENTENCE} Who stamps a call when it is sent, and by the right time, needs no more than its "
        "way takes.",
        source=f"{WINDOW_SOURCE}; that a second is enough: decided",
        server="Refuses with -1021 what is more than a second old.",
        wire="A call is let in.",
        cases=(
            Case(
                name="the loan, up to three times",
                recv_window_ms=SMALL_MS,
                steps=(Wait(s=0.05), LOAN, Wait(s=0.05), LOAN, LOAN),
            ),
            Case(name="the records, up to three times", recv_window_ms=SMALL_MS, records=RECORDS, steps=(LIST,) * 3),
        ),
        judge=small_is_enough,
    ),
)
