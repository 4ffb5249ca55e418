"""CONC: several questions at once, on one instance, each get what is theirs."""

from mockex.conformance.case import DAY_MS, NOW_MS, Ask, Case, Disturb, Skew, Together, record
from mockex.conformance.families.ending import NOT_MET, wrong_end
from mockex.conformance.families.judging import named, right_values, said, shown
from mockex.conformance.requirement import Judgement, Requirement, Unseen
from mockex.conformance.run import Run
from mockex.core.account import KeyType
from mockex.core.effects import Documented, Effect
from mockex.core.faults import Fault
from mockex.core.hostile_wire import HangUp, Latency, Reset
from mockex.fuzzing.case import SIGNED, timestamp_of
from mockex.fuzzing.verdicts import CLOCK, ITS_OWN_FAULT, TOO_MANY

ASSETS = ("ETH", "BNB", "BTC", "SOL", "USDT")
RECORDS = tuple(record(NOW_MS - day * DAY_MS - 1_000, asset, f"{day}.5") for day, asset in enumerate(ASSETS))
LOAN = Ask()
DAYS = tuple(
    Ask(what="records", start_ms=NOW_MS - (day + 1) * DAY_MS, end_ms=NOW_MS - day * DAY_MS - 1)
    for day in range(len(ASSETS))
)
MIXED = Together(asks=(DAYS[0], LOAN, DAYS[1], DAYS[2], LOAN, DAYS[3], DAYS[4], LOAN))
STALE_MS = 4_000
"""A timestamp so old was not made for the call that carries it; a busy machine may take seconds between the two."""
WAIT_S = 2
EARLY_MS = 250
"""So much too early a timer may end, or a clock tick."""
SKEW_MS = 600_000


def mixed_with(key: KeyType) -> Case:
    """Make a case: eight questions at once, with a key of a type."""
    return Case(name=f"eight at once, with an {key} key", key=key, records=RECORDS, steps=(MIXED,))


def disturbed(name: str, effect: Effect, **which: object) -> Case:
    """Make a case: eight questions at once, and a fault."""
    return Case(name=name, records=RECORDS, steps=(Disturb(fault=Fault(effect=effect, **which)), MIXED))  # type: ignore[arg-type]


def signs_each(run: Run) -> Judgement:
    """Each call must be signed rightly, and stamped when it was made."""
    for entry in run.signed:
        if entry.refused_by in ITS_OWN_FAULT or entry.refused_by in CLOCK:
            return f"call {entry} was refused for what the client sent"
        timestamp_ms = timestamp_of(entry)
        if timestamp_ms is None or abs(entry.at_ms - timestamp_ms) > STALE_MS:
            return f"call {entry} has the timestamp {timestamp_ms}, and was made at {entry.at_ms}"
    return None if len(run.signed) >= len(run.asked) else Unseen(f"it made {len(run.signed)} calls only")


def all_wait(run: Run) -> Judgement:
    """What was under way when one heard 429 may arrive; nobody may ask a second time before the wait is over."""
    first = next((entry for entry in run.entries if entry.status == TOO_MANY), None)
    if first is None:
        return NOT_MET
    over_ms = first.at_ms + WAIT_S * 1_000 - EARLY_MS
    early = [entry for entry in run.signed if entry.gateway == first.gateway and entry.at_ms < over_ms]
    asked = [one for one in run.asked if one.ask.what == "records"]
    if len(early) > len(asked):
        return (
            f"call {first} told it to wait for {WAIT_S} s; {len(asked)} questions were asked at once, and by then it "
            f"had made {len(early)} calls: the last was {early[-1]}"
        )
    if any(error.is_endless for error in run.errors):
        return Unseen(f"it waited for longer than the {WAIT_S} s that it was told to, and than anybody waits here")
    return next(filter(None, (wrong_end(run, one) for one in run.asked)), None)


def corrects_once(run: Run) -> Judgement:
    """Once the clock was found to be wrong, not everybody should ask for the time."""
    late = [entry for entry in run.signed if entry.refused_by in CLOCK]
    if not late:
        return Unseen("no timestamp was refused")
    times = [entry for entry in run.entries if entry.endpoint not in SIGNED and entry.seq > late[0].seq]
    if not times:
        return Unseen("it did not correct its clock")
    most = len(run.asked) // 2
    if len(times) > most:
        return f"{len(run.asked)} questions were asked at once, and it asked {len(times)} times for the time"
    return right_values(run)


def spoils_no_other(run: Run) -> Judgement:
    """No more questions may come to nothing than calls met the failure."""
    met = [entry for entry in run.entries if entry.faults]
    if not met:
        return NOT_MET
    for asked in run.asked:
        if sentence := wrong_end(run, asked):
            return sentence
    failed = [asked for asked in run.asked if asked.told.error is not None]
    if len(failed) <= len(met):
        return None
    return f"{len(met)} call met a failure, and {len(failed)} questions came to nothing: {said(failed[-1])}"


def tells_each_its_own(run: Run) -> Judgement:
    """Each error must tell what was said to its own question."""
    told = False
    for asked in run.asked:
        name = SIGNED[asked.ask.what == "records"]
        codes = {str(entry.code) for entry in run.entries if entry.endpoint == name}
        error = asked.told.error
        if sentence := wrong_end(run, asked):
            return sentence
        if error is None:
            return f"{named(asked)} gave {shown(asked.told.value)}, though every call was refused"
        if error.code is not None and str(error.code) not in codes:
            return f"asked for its {asked.ask.what}, it tells code {error.code}; the exchange said {', '.join(codes)}"
        told = told or error.code is not None
    return None if told else Unseen("its errors tell no code")


AT_ONCE = "One instance is asked by several tasks or threads: what one does must not change what another sends or gets."

CONC: tuple[Requirement, ...] = (
    Requirement(
        id="CONC-MIX",
        title="Each question gets its own answer",
        sentence=AT_ONCE,
        source="plain correctness",
        server="Answers questions for the loan and five ranges at once: slowly, or the first after the others.",
        wire="Calls for the loan and for each range.",
        tells="To each question what is true of it.",
        cases=(
            mixed_with("HMAC"),
            disturbed("each answer takes its time", Latency(ms=20)),
            disturbed("the first answer comes late", Latency(ms=150), times=1),
        ),
        judge=right_values,
    ),
    Requirement(
        id="CONC-SIGN",
        title="Each call is signed for itself",
        sentence="The signature is over totalParams; a call is refused unless its timestamp is within recvWindow.",
        source="PM-GI, PRO-GI: SIGNED endpoint security, timing security [documented]",
        server="Verifies each call.",
        wire="Each call passes the signature check, with the time at which it was made.",
        cases=(mixed_with("HMAC"), mixed_with("RSA"), mixed_with("Ed25519")),
        judge=signs_each,
    ),
    Requirement(
        id="CONC-LIMIT",
        title="A 429 holds all of them",
        sentence="When a 429 is received, it is the client's obligation to back off and not to spam the exchange.",
        source="PM-GI, PRO-GI: limits [documented]",
        server=f"Answers one of several calls for records 429, with Retry-After: {WAIT_S}.",
        wire="What was under way arrives; nothing is asked a second time before the wait is over.",
        tells="The value, or an error.",
        cases=(
            disturbed(
                "the first is limited", Documented("too-many-requests", retry_after_s=WAIT_S), gateway="PAPI", times=1
            ),
            disturbed(
                "the third is limited", Documented("too-many-requests", retry_after_s=WAIT_S), gateway="PAPI", nth=3
            ),
        ),
        judge=all_wait,
    ),
    Requirement(
        id="CONC-CLOCK",
        title="One correction of the clock is enough for all",
        severity="SHOULD",
        sentence="The clock is that of the instance; asking for the time is charged as well.",
        source="/papi/v1/time has weight 1, FS:60984346205 [observed]",
        server="Refuses the timestamps of several calls at once.",
        wire="The time is asked for by fewer than were refused.",
        tells="The values.",
        needs=frozenset({"resynchronises"}),
        cases=(
            Case(
                name="six ranges at once, with a wrong clock",
                records=RECORDS,
                steps=(Skew(ms=SKEW_MS), Together(asks=(*DAYS, DAYS[0]))),
            ),
        ),
        judge=corrects_once,
    ),
    Requirement(
        id="CONC-FAILURE",
        title="The failure of one does not spoil the others",
        sentence=AT_ONCE,
        source="plain correctness",
        server="Hangs up on one of eight calls, resets it, or answers 503.",
        wire="The other calls are made and answered.",
        tells="The value; to no more questions an error than calls met the failure.",
        cases=(
            disturbed("one is hung up on", HangUp(), nth=3),
            disturbed("one is reset within its body", Reset(body_bytes=10), nth=2),
            disturbed("one meets 503", Documented("internal-error"), nth=3),
            disturbed("one is refused", Documented("endpoint-gone"), nth=3),
        ),
        judge=spoils_no_other,
    ),
    Requirement(
        id="CONC-ERRORS",
        title="Each question gets its own error",
        sentence=AT_ONCE,
        source="plain correctness; the codes: PM-GI, PRO-ERR [documented], NH3 [observed]",
        server="Refuses loans with one code, and records with another.",
        wire="Calls for both.",
        tells="Errors with the code that was said to each.",
        cases=(
            Case(
                name="loans and records at once",
                steps=(
                    Disturb(fault=Fault(effect=Documented("endpoint-gone"), endpoint=SIGNED[0])),
                    Disturb(fault=Fault(effect=Documented("business-error"), endpoint=SIGNED[1])),
                    Together(asks=(LOAN, DAYS[0], LOAN, DAYS[1], DAYS[2], LOAN)),
                ),
            ),
        ),
        judge=tells_each_its_own,
    ),
)
