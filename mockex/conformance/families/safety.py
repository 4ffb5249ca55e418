"""SAFE: a secret stays where it is, a key goes where it must, and nothing is asked that nobody asked for."""

import re
from collections.abc import Iterator, Sequence

from mockex.conformance.case import NOW_MS, Ask, Case, Disturb, Skew, record
from mockex.conformance.families.judging import named
from mockex.conformance.requirement import Judgement, Requirement, Unseen
from mockex.conformance.run import COMMAND, Run, ToldError
from mockex.core.account import KeyType
from mockex.core.effects import Documented, Effect
from mockex.core.faults import Fault
from mockex.core.hostile import Html, JsonIs
from mockex.core.hostile_wire import HangUp
from mockex.core.masking import is_in
from mockex.fuzzing.case import SIGNED

RECORDS = (record(NOW_MS - 3_600_000),)
LOAN, ROWS = Ask(), Ask(what="records")
ENDPOINTS = dict(zip(("loan", "records"), SIGNED, strict=True))
SKEW_MS = 600_000
WHOLE_SIGNATURE = re.compile(r"signature=([0-9A-Fa-f]{64}|[^&\s\"'…]{80,})")
"""A digest, or base64 of a private key's signature; what is cut is none."""


def asked_with(key: KeyType) -> Case:
    """Make a case: both questions, with a key of a type."""
    return Case(name=f"both questions, with an {key} key", key=key, records=RECORDS, steps=(LOAN, ROWS))


def failing(name: str, effect: Effect, key: KeyType = "HMAC") -> Case:
    """Make a case: both questions come to nothing."""
    return Case(name=f"{name}, with an {key} key", key=key, steps=(Disturb(fault=Fault(effect=effect)), LOAN, ROWS))


ANSWERED = (asked_with("HMAC"), asked_with("RSA"), asked_with("Ed25519"))
FAILING = (
    failing("refused", Documented("endpoint-gone")),
    failing("no JSON", Html()),
    failing("JSON that is none of the page", JsonIs("list")),
    failing("hung up on", HangUp()),
    failing("refused", Documented("endpoint-gone"), "RSA"),
    failing("hung up on", HangUp(), "Ed25519"),
)


def is_not_sent(run: Run) -> Judgement:
    """No secret may stand in a call."""
    for entry in run.entries:
        if entry.seq in run.exposed:
            return f"call {entry} carries the secret, or a line of the private key"
    return None if run.entries else Unseen("no call was made")


def errors_of(run: Run) -> Iterator[tuple[str, ToldError]]:
    """Give each error with the question that it came of."""
    for asked in run.asked:
        if asked.told.error is not None:
            yield named(asked), asked.told.error


def is_not_in_errors(run: Run) -> Judgement:
    """No secret may stand in what an error says."""
    for name, error in errors_of(run):
        if is_in(run.secrets, error.text):
            return f"{name}: the secret, or a line of the private key, stands in what {error.type} says"
    return None if run.errors else Unseen("no error came out")


def is_not_logged(run: Run) -> Judgement:
    """No secret may stand in what was logged or written."""
    for line in run.shown:
        if not line.startswith(COMMAND) and is_in(run.secrets, line):
            return f"the secret, or a line of the private key, stands in a line it wrote: {_without(run.secrets, line)}"
    return None if run.entries else Unseen("no call was made")


def is_on_no_command_line(run: Run) -> Judgement:
    """No secret may stand on a command line."""
    for line in run.shown:
        if line.startswith(COMMAND) and is_in(run.secrets, line):
            return f"anybody on the machine can read the secret: {_without(run.secrets, line)}"
    return None if run.entries else Unseen("no call was made")


def _without(secrets: Sequence[str], line: str) -> str:
    for secret in secrets:
        line = line.replace(secret, "(the secret)")
    return line[:200]


def key_is_not_logged(run: Run) -> Judgement:
    """The API key should not stand in full in what was logged or written."""
    keys = {entry.api_key for entry in run.entries if entry.api_key}
    for line in run.shown:
        if any(key in line for key in keys):
            return f"the whole API key stands in a line it wrote, which begins: {line[:80]}"
    return None if keys else Unseen("no call was made with the key")


def signature_is_not_in_errors(run: Run) -> Judgement:
    """A whole signed URL should not stand in what an error says."""
    for name, error in errors_of(run):
        if WHOLE_SIGNATURE.search(error.text):
            return f"{name}: the whole signature stands in what {error.type} says"
    return None if run.errors else Unseen("no error came out")


def asks_where_told(run: Run) -> Judgement:
    """What is asked must arrive where the client was told to ask."""
    for asked in run.asked:
        if not any(entry.endpoint == ENDPOINTS[asked.ask.what] for entry in asked.entries):
            return f"asked for its {asked.ask.what}, it made no such call at the base URL that it was given"
    return None


def is_keyless(run: Run) -> Judgement:
    """Calls that need no key should not carry it."""
    others = [entry for entry in run.entries if entry.endpoint not in (None, *SIGNED)]
    for entry in others:
        if entry.api_key is not None:
            return f"call {entry} carries the key, and needs none"
    return None if others else Unseen("it made no call that needs no key")


def asks_nothing_else(run: Run) -> Judgement:
    """Nobody asked for other calls, but for those that tell the time or whether the exchange is there."""
    wanted = {ENDPOINTS[asked.ask.what] for asked in run.asked}
    for entry in run.entries:
        is_harmless = entry.path.endswith(("/time", "/ping"))
        if entry.endpoint not in wanted and not is_harmless:
            return f"call {entry} was made, which nobody asked for"
    return None if run.entries else Unseen("no call was made")


NEVER = "The secret signs and is sent to nobody; whoever reads it can sign whatever the key may do."
KEYS = "PM-GI, PRO-GI: the secret is the key of the HMAC, and only the API key is sent, in X-MBX-APIKEY [documented]"

SAFE: tuple[Requirement, ...] = (
    Requirement(
        id="SAFE-SECRET-SENT",
        title="The secret is not sent",
        sentence=NEVER,
        source=KEYS,
        server="Answers.",
        wire="Neither the secret nor a line of the private key stands in a target, a header or a body.",
        cases=ANSWERED,
        judge=is_not_sent,
    ),
    Requirement(
        id="SAFE-SECRET-ERROR",
        title="No error tells the secret",
        sentence="Errors come into logs, issues and screenshots.",
        source=f"plain correctness; {KEYS}",
        server="Refuses, answers what no page shows, or hangs up.",
        wire="Each call comes to nothing.",
        tells="Errors in which, traceback included, neither the secret nor a line of the private key stands.",
        cases=FAILING,
        judge=is_not_in_errors,
    ),
    Requirement(
        id="SAFE-SECRET-LOG",
        title="The secret is not logged",
        sentence="Logs are kept, sent and read by others.",
        source=f"plain correctness; {KEYS}",
        server="Answers, or refuses.",
        wire="Calls are made.",
        tells="Nothing, at no level of logging, in which the secret or a line of the private key stands.",
        cases=(*ANSWERED, *FAILING[:1]),
        judge=is_not_logged,
    ),
    Requirement(
        id="SAFE-PROCESS",
        title="The secret stands on no command line",
        sentence="Anybody on a machine can read the command lines of all its processes.",
        source="proc(5), /proc/pid/cmdline",
        server="Answers.",
        wire="Calls are made.",
        tells="Nothing: it starts no process, or gives it the secret otherwise.",
        cases=ANSWERED,
        judge=is_on_no_command_line,
    ),
    Requirement(
        id="SAFE-KEY-LOG",
        title="The whole API key is not logged",
        severity="INFO",
        sentence="Some calls need nothing but the key; and it names the account.",
        source="PM-GI, SDK-PRO: USER_STREAM and MARKET_DATA need the key, and no signature [documented]",
        server="Answers, or refuses.",
        wire="Calls are made with the key.",
        tells="Nothing, at no level of logging, in which the key stands in full.",
        cases=(*ANSWERED[:1], *FAILING[:1]),
        judge=key_is_not_logged,
    ),
    Requirement(
        id="SAFE-SIGNATURE-ERROR",
        title="No error tells a whole signed URL",
        severity="INFO",
        sentence="Who has the signed URL and the key can make the call again for as long as recvWindow lasts.",
        source="PM-GI: timing security [documented]",
        server="Refuses, answers what no page shows, or hangs up.",
        wire="Each call comes to nothing.",
        tells="Errors in which no whole signature stands.",
        cases=FAILING,
        judge=signature_is_not_in_errors,
    ),
    Requirement(
        id="SAFE-BASE-URL",
        title="It asks where it is told to",
        sentence="Who gives a base URL, a test's or a proxy's, must not be surprised by calls to the real exchange.",
        source="plain correctness",
        server="Answers.",
        wire="Each question comes as a call to the base URL that the client was given.",
        cases=ANSWERED[:1],
        judge=asks_where_told,
    ),
    Requirement(
        id="SAFE-KEYLESS",
        title="Calls that need no key carry none",
        severity="INFO",
        sentence="The time needs no key; what is not sent is in nobody's logs.",
        source="/papi/v1/time answers without a key, FS:60984346205 [observed]",
        server="Refuses a timestamp, so that the client asks for the time.",
        wire="The call for the time has no X-MBX-APIKEY.",
        needs=frozenset({"resynchronises"}),
        is_passive=True,
        cases=(Case(name="the clock is wrong", steps=(Skew(ms=SKEW_MS), LOAN)),),
        judge=is_keyless,
    ),
    Requirement(
        id="SAFE-UNASKED",
        title="It makes no call that nobody asked for",
        severity="INFO",
        sentence="Every call is charged; who goes on beyond the limit is banned.",
        source="PM-GI, PRO-GI: limits, and 418 for who goes on after 429 [documented]",
        server="Answers.",
        wire="The calls that were asked for, and such as tell the time or whether the exchange is there.",
        cases=(
            Case(name="the loan", steps=(LOAN,)),
            Case(name="records", records=RECORDS, steps=(ROWS,)),
        ),
        judge=asks_nothing_else,
    ),
)
