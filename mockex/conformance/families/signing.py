"""SIG: a call is signed over the very characters that are sent, anew each time, by whatever type of key."""

from msgspec import structs

from mockex.conformance.case import NOW_MS, AnyStep, Ask, Case, Disturb, Wait, record
from mockex.conformance.families.judging import let_in, named, outcome, retried, why
from mockex.conformance.families.sent import parameters, timestamp_ms_of
from mockex.conformance.families.signing_values import SIGNED_VALUES
from mockex.conformance.requirement import Judgement, Requirement, Unseen
from mockex.conformance.run import Run
from mockex.core.account import KeyType
from mockex.core.effects import Documented
from mockex.core.faults import Fault
from mockex.core.hostile_wire import HangUp, Latency
from mockex.core.outage import AnswerName
from mockex.core.scenario import Behaviour

HOUR_MS = 3_600_000
RECORDS = (
    record(NOW_MS - HOUR_MS, "ETH", "18", "5"),
    record(NOW_MS - 2 * HOUR_MS, "BNB", "1.10264488", "0"),
    record(NOW_MS - 30 * HOUR_MS, "USDT", "12", "5"),
)
LOAN, LIST = Ask(), Ask(what="records")
OLDER = Ask(what="records", start_ms=NOW_MS - 40 * HOUR_MS, end_ms=NOW_MS - HOUR_MS)
BOTH = (LOAN, LIST)
SEVERAL = (LIST, LOAN, OLDER, LOAN, LIST)
RANGES = tuple(Ask(what="records", start_ms=NOW_MS - HOUR_MS * n, end_ms=NOW_MS) for n in range(1, 13))
"""Each is signed otherwise. A quarter of all Ed25519 signatures have no `+`: that none of 12 has one never happens."""

MOMENTS: tuple[AnyStep, ...] = (LOAN, Wait(s=0.003)) * 12
"""The loan has no parameters of its own: only its timestamp makes one signature another."""

SAME_MS = 50
"""Calls so near to each other may have been stamped in one millisecond, and sent one after the other."""

HELD_MS = 4 * SAME_MS
"""So long a call is held before it is hung up on: some libraries then send the same again at once, of themselves."""

WRONG_SIGNATURE = "signature_is_wrong"
OTHER_ORDER = frozenset({"sorted", "other-order", "parameters-behind-signature"})
"""What the doctor calls it when the order of sending is not that of signing."""

SIGNED_SENTENCE = "The signature is over totalParams: the query string concatenated with the request body, as sent."
TIMING_SENTENCE = (
    "A call is refused unless timestamp < serverTime + 1000 and serverTime - timestamp <= recvWindow; a retry with the "
    "timestamp of the first try may be refused for what is only the wait before it."
)


def _asked_with(key: KeyType) -> tuple[Case, ...]:
    return (
        Case(name=f"both questions, with an {key} key", key=key, records=RECORDS, steps=BOTH),
        Case(name=f"several questions in a row, with an {key} key", key=key, records=RECORDS, steps=SEVERAL),
        Case(name=f"the loan alone, with an {key} key", key=key, steps=(LOAN,)),
    )


def in_one_order(run: Run) -> Judgement:
    """No call is refused because it was signed in another order than it was sent in."""
    wrong = [entry for entry in run.signed if entry.refused_by == WRONG_SIGNATURE]
    for entry in wrong:
        if (found := run.diagnoses.get(entry.seq)) and OTHER_ORDER & {*(found.mistake or "").split("+")}:
            order = ", ".join(one.name for one in parameters(entry))
            return f"call {entry} was sent in the order {order}, and not signed in it: {found.sentence}"
    if wrong:
        return Unseen(f"call {wrong[0]} was signed wrongly in another way")
    return None if run.signed else Unseen("it made no call")


def signed_anew(run: Run) -> Judgement:
    """No two calls carry one timestamp, unless they were made in the same millisecond."""
    seen: dict[int, int] = {}
    for entry in run.signed:
        timestamp_ms = timestamp_ms_of(entry)
        if timestamp_ms is None:
            return f"call {entry} has no timestamp"
        first_at_ms = seen.setdefault(timestamp_ms, entry.at_ms)
        if entry.at_ms - first_at_ms > SAME_MS:
            return f"call {entry} has the timestamp of a call that was made {entry.at_ms - first_at_ms} ms earlier"
        if entry.refused_by == WRONG_SIGNATURE and len(seen) > 1:
            return f"call {entry}, a retry, has a wrong signature: {_sentence(run, entry.seq)}"
    return retried(run)


def _sentence(run: Run, seq: int) -> str:
    found = run.diagnoses.get(seq)
    return "no known mistake explains it" if found is None else found.sentence


def right_again(run: Run) -> Judgement:
    """What was let in once is let in when it is asked again."""
    first = {asked.ask.what: asked for asked in reversed(run.asked)}
    if let_in(structs.replace(run, asked=tuple(first.values()))):
        return Unseen("not even the first questions were let in")
    for asked in run.asked:
        if let_in(structs.replace(run, asked=(asked,))):
            return (
                f"{named(asked)} asked what had been let in before, in the same words, and came to nothing: "
                f"{outcome(asked)}{why(run, asked)}"
            )
    return None


def base64_arrives(run: Run) -> Judgement:
    """Whatever characters a signature in base64 has, it arrives as it is."""
    wrong = [entry for entry in run.signed if entry.refused_by == WRONG_SIGNATURE]
    if wrong and len(wrong) < len(run.signed):
        passed = len(run.signed) - len(wrong)
        first = wrong[0]
        return f"call {first} has a wrong signature, and {passed} other calls a right one: {_sentence(run, first.seq)}"
    return let_in(run)


def signature_ends_it(run: Run) -> Judgement:
    """In a call to PAPI, nothing stands behind the signature."""
    judged = [entry for entry in run.entries if entry.endpoint == "negative_balance_exchange_record"]
    judged = [entry for entry in judged if any(one.name == "signature" for one in parameters(entry))]
    for entry in judged:
        if (last := parameters(entry)[-1]).name != "signature":
            return f"call {entry} ends with {last.name}, which stands behind the signature"
    return None if judged else Unseen("no call for records had a signature")


def _again(answer: AnswerName, *asks: Ask) -> tuple[AnyStep, ...]:
    return (Disturb(fault=Fault(effect=Documented(answer), times=1)), *asks)


def _held_and_hung_up(ask: Ask) -> tuple[AnyStep, ...]:
    """Hang up so late that what is sent then, and stamped as before, cannot have been stamped then."""
    return (*(Disturb(fault=Fault(effect=effect, times=1)) for effect in (Latency(ms=HELD_MS), HangUp())), ask)


SIGNATURES: tuple[Requirement, ...] = (
    Requirement(
        id="SIG-HMAC",
        title="HMAC signatures are right",
        sentence=SIGNED_SENTENCE,
        source="PM-GI, PRO-GI: SIGNED endpoint security [documented]",
        server="Verifies HMAC SHA-256 over the raw characters of each call.",
        wire="Every call passes the signature check.",
        cases=_asked_with("HMAC"),
        judge=let_in,
    ),
    Requirement(
        id="SIG-RSA",
        title="RSA signatures are right",
        sentence=f"{SIGNED_SENTENCE} With an RSA key it is PKCS#1 v1.5 with SHA-256, in base64, percent-encoded.",
        source="PM-GI, SPOT-REST: SIGNED endpoint security, RSA keys [documented]",
        server="Verifies by the key's type, whatever the signature looks like [observed].",
        wire="Every call passes the signature check.",
        cases=_asked_with("RSA"),
        judge=let_in,
    ),
    Requirement(
        id="SIG-ED25519",
        title="Ed25519 signatures are right",
        sentence=f"{SIGNED_SENTENCE} With an Ed25519 key it is the base64 of the 64 bytes, percent-encoded.",
        source="SPOT-REST: SIGNED endpoint security, Ed25519 keys [documented]; on PAPI two authors contradict each "
        "other, mockex accepts it [decided]",
        server="Verifies by the key's type, whatever the signature looks like [observed].",
        wire="Every call passes the signature check.",
        cases=_asked_with("Ed25519"),
        judge=let_in,
    ),
    Requirement(
        id="SIG-ORDER",
        title="Parameters are sent in the order in which they were signed",
        sentence="Parameters may be sent in any order; the signature is over the string as it is sent, and is not "
        "recomputed from sorted parameters.",
        source="PM-GI: general information on endpoints [documented], FAQ t/176 [observed]",
        server="Answers -1022 where the order of sending is another than that of signing.",
        wire="No call is refused for a signature that fits its parameters in another order.",
        cases=(
            Case(name="what both pages list", records=RECORDS, steps=BOTH),
            Case(name="with a recvWindow", recv_window_ms=4_000, records=RECORDS, steps=BOTH),
            Case(name="the loan, with a recvWindow", recv_window_ms=4_000, steps=(LOAN,)),
            Case(
                name="a parameter that sorts before all others",
                records=RECORDS,
                steps=(Ask(what="records", parameters={"asset": "BNB"}),),
            ),
            Case(
                name="parameters that sort before and behind all others",
                records=RECORDS,
                steps=(Ask(what="records", parameters={"zone": "UTC", "Asset": "BNB", "order": "1"}),),
            ),
            Case(name="with an RSA key", key="RSA", records=RECORDS, steps=BOTH),
        ),
        judge=in_one_order,
    ),
    Requirement(
        id="SIG-FRESH",
        title="A retry is signed anew",
        sentence=TIMING_SENTENCE,
        source="PM-GI, PRO-GI: Timing security [documented]",
        server="Fails the first call in a way that invites to try again.",
        wire="The next call has a timestamp, and so a signature, of its own.",
        cases=(
            Case(name="the first call for the loan meets an overloaded gateway", steps=_again("overloaded", LOAN)),
            Case(
                name="the first call for records meets an overloaded gateway",
                records=RECORDS,
                steps=_again("overloaded", LIST),
            ),
            Case(name="the first call meets an internal error", key="Ed25519", steps=_again("disconnected", LOAN)),
            Case(name="the first call is hung up on, after a while", steps=_held_and_hung_up(LOAN)),
            Case(
                name="a later call is hung up on, after a while",
                records=RECORDS,
                steps=(LIST, *_held_and_hung_up(LIST)),
            ),
        ),
        judge=signed_anew,
    ),
    Requirement(
        id="SIG-TWICE",
        title="The same question is right every time",
        sentence=SIGNED_SENTENCE,
        source="PM-GI, PRO-GI: SIGNED endpoint security [documented]; binance-connector 3.13 writes timestamp and "
        "signature into its caller's dict, and would sign them along the next time [observed]",
        server="Verifies each call alone.",
        wire="Every call passes the signature check, not only the first.",
        cases=(
            Case(name="the loan, three times", steps=(LOAN,) * 3),
            Case(name="the records, three times", records=RECORDS, steps=(LIST,) * 3),
            Case(name="the records and the loan in turn", records=RECORDS, steps=(*BOTH, *BOTH)),
            Case(
                name="the records, with a parameter of the caller's",
                records=RECORDS,
                steps=(Ask(what="records", parameters={"note": "ab"}),) * 3,
            ),
        ),
        judge=right_again,
    ),
    Requirement(
        id="SIG-BASE64",
        title="Signatures with +, / and = arrive as they are",
        sentence="RSA and Ed25519 signatures are base64, which has +, / and =, and are percent-encoded in the URL; a "
        "bare + is read as a blank.",
        source="PM-GI: RSA keys, SPOT-REST [documented]; that a bare + fails follows from how forms are decoded "
        "[decided]",
        server="Decodes the query as a form, then verifies.",
        wire="Of many calls, each with another signature, every one passes the signature check.",
        cases=(
            Case(name="12 questions for records, Ed25519", key="Ed25519", records=RECORDS, steps=RANGES),
            Case(name="12 questions for the loan, Ed25519", key="Ed25519", steps=MOMENTS),
            Case(name="4 questions for records, RSA", key="RSA", records=RECORDS, steps=RANGES[:4]),
            Case(name="4 questions for the loan, RSA", key="RSA", steps=MOMENTS[:8]),
        ),
        judge=base64_arrives,
    ),
    Requirement(
        id="SIG-LAST",
        title="The signature is the last parameter",
        sentence="Make sure the signature is the end part of your query string or request body.",
        source="PM-GI: SIGNED endpoint security [documented]; the pages of SAPI have no such rule",
        server="Refuses with -1022 what follows the signature.",
        wire="Every call for records ends with its signature.",
        is_passive=True,
        cases=(
            Case(
                name="the records",
                behaviour=Behaviour(signature_position="last"),
                records=RECORDS,
                steps=(LIST, OLDER),
            ),
            Case(
                name="a parameter of the caller's",
                behaviour=Behaviour(signature_position="last"),
                records=RECORDS,
                steps=(Ask(what="records", parameters={"zone": "UTC"}),),
            ),
            Case(
                name="with a recvWindow, and an RSA key",
                key="RSA",
                recv_window_ms=4_000,
                behaviour=Behaviour(signature_position="last"),
                records=RECORDS,
                steps=(LIST,),
            ),
        ),
        judge=signature_ends_it,
    ),
)

SIG: tuple[Requirement, ...] = (*SIGNATURES, *SIGNED_VALUES)
