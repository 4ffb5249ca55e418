"""SIG: a call is signed over the very characters that are sent, anew each time, by whatever type of key."""

from mockex.conformance.case import NOW_MS, Ask, Case, Disturb, record
from mockex.conformance.families.judging import retried, right_values
from mockex.conformance.requirement import Judgement, Requirement
from mockex.conformance.run import Run
from mockex.core.account import KeyType
from mockex.core.effects import Documented
from mockex.core.faults import Fault
from mockex.fuzzing.case import timestamp_of

HOUR_MS = 3_600_000
RECORDS = (record(NOW_MS - HOUR_MS), record(NOW_MS - 2 * HOUR_MS, "BNB", "1.10264488", "0"))
BOTH = (Ask(), Ask(what="records"))


def _asked_with(key: KeyType) -> tuple[Case, ...]:
    return (Case(name=f"both questions, with an {key} key", key=key, records=RECORDS, steps=BOTH),)


def signed_anew(run: Run) -> Judgement:
    """No two calls carry one timestamp, unless they were made in the same millisecond."""
    seen: dict[int, int] = {}
    for entry in run.signed:
        timestamp_ms = timestamp_of(entry)
        if timestamp_ms is None:
            return f"call {entry} has no timestamp"
        first_at_ms = seen.setdefault(timestamp_ms, entry.at_ms)
        if entry.at_ms - first_at_ms > SAME_MS:
            return f"call {entry} has the timestamp of a call that was made {entry.at_ms - first_at_ms} ms earlier"
    return retried(run)


SAME_MS = 50
"""Calls so near to each other may have been stamped in one millisecond, and sent one after the other."""

SIGNED_SENTENCE = "The signature is over totalParams: the query string concatenated with the request body, as sent."

SIG: tuple[Requirement, ...] = (
    Requirement(
        id="SIG-HMAC",
        title="HMAC signatures are right",
        sentence=SIGNED_SENTENCE,
        source="SEED-1, general info: SIGNED endpoint security [documented]",
        server="Verifies HMAC SHA-256 over the raw characters of each call.",
        wire="Every call passes the signature check.",
        tells="The loan and the records.",
        cases=_asked_with("HMAC"),
        judge=right_values,
    ),
    Requirement(
        id="SIG-FRESH",
        title="A retry is signed anew",
        severity="MUST",
        sentence="A call is refused unless its timestamp is within recvWindow of the server's time.",
        source="SEED-1, general info: Timing security [documented]",
        server="Answers the first call 503, overloaded.",
        wire="The next call has a timestamp, and so a signature, of its own.",
        cases=(
            Case(
                name="the first call meets an overloaded gateway",
                steps=(Disturb(fault=Fault(effect=Documented("overloaded"), times=1)), Ask()),
            ),
        ),
        judge=signed_anew,
    ),
)
