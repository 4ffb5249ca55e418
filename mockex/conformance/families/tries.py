"""RATE, second part: one question never becomes a flood, whatever is or is not answered."""

from mockex.conformance.case import Case
from mockex.conformance.families.judging import named, said, stands_in
from mockex.conformance.families.waiting import (
    BANNED,
    GATEWAYS,
    TOO_MANY,
    at_once,
    flooded,
    hammered,
    lasts,
    spoilt,
    told,
)
from mockex.conformance.requirement import Judgement, Requirement, Unseen
from mockex.conformance.run import Run, ToldError
from mockex.core.effects import Documented
from mockex.core.hostile import BodyIs, OddRetryAfter
from mockex.core.hostile_wire import Latency
from mockex.core.outage import AnswerName

CHARGED = "Calls are charged, refused ones included, and who goes on asking over the limit is banned."
CHARGED_SOURCE = "NH1, NH3, NH4 [observed]; PM-GI, PRO-GI: limits [documented]; how many are too many [decided]"

SLOW_MS = 2_500
"""Longer than clients wait that are short of patience; the others get their answer."""

BESIDE_MS = 100
"""No client gives up a call so soon: one that is made meanwhile was made beside it."""

LIMIT_CODE = -1003
"""The exchange's code for both limits and bans."""

ODD_SECONDS = ("0", "0.5", "-5", "soon", "", "NaN", "99999999999", "Thu, 01 Jan 2026 00:01:30 GMT")


def few_without_retry_after(run: Run) -> Judgement:
    """A 429 that does not say for how long is no leave to go on."""
    if not any(entry.status in (TOO_MANY, BANNED) for entry in run.entries):
        return Unseen("no call met a limit")
    return hammered(run.signed) or flooded(run)


def survives_odd_retry_after(run: Run) -> Judgement:
    """Whatever Retry-After says: few calls, an end, and a value or an error that is about the refusal."""
    if sentence := few_without_retry_after(run):
        return sentence
    for asked in run.asked:
        if judgement := lasts(run, asked):
            return judgement
        error = asked.told.error
        if error is not None and not (error.own or tells_of_limit(error)):
            return f"{named(asked)}: {error.type} came out, which tells nothing of the {TOO_MANY}: {said(asked)}"
    return None


def tells_of_limit(error: ToldError) -> bool:
    """Say whether an error, whosever it is, tells of a 429, and not of what a client stumbled over in it."""
    told = {str(error.code), str(error.status)} & {str(TOO_MANY), str(LIMIT_CODE)}
    return bool(told) or any(stands_in(number, error.text) for number in (TOO_MANY, LIMIT_CODE))


def tries_slow_few_times(run: Run) -> Judgement:
    """Each call that is given up is charged all the same."""
    if not run.errors and len(run.signed) <= len(run.asked):
        return Unseen("it waited for the slow answer")
    if sentence := flooded(run):
        return sentence
    return None if "clock" in run.features else at_once(run.signed, BESIDE_MS)  # whose clock stands still meanwhile


def floods_not(run: Run) -> Judgement:
    """A handful of tries is enough."""
    return flooded(run) if run.signed else Unseen("no call was made")


def asks_once(run: Run) -> Judgement:
    """What was refused for good is not asked again."""
    if not run.signed:
        return Unseen("no call was made")
    first, *again = run.signed
    return f"call {first} was refused for good, and was made again: call {again[0]}" if again else None


FOR_GOOD: tuple[AnswerName, ...] = ("unauthorized", "unsupported-operation", "endpoint-gone", "request-blocked")

OUTAGES: tuple[AnswerName, ...] = ("overloaded", "bad-gateway")

REFUSALS: tuple[tuple[str, int, int, str], ...] = (
    ("PAPI", 401, -2014, "API-key format invalid."),
    ("PAPI", 401, -2015, "Invalid API-key, IP, or permissions for action, request ip: 127.0.0.1"),
    ("PAPI", 400, -1022, "Signature for this request is not valid."),
    ("PAPI", 400, -1102, "Mandatory parameter 'startTime' was not sent, was empty/null, or malformed."),
    ("SAPI", 400, -2008, "Invalid Api-Key ID."),
    ("SAPI", 400, -2015, "Invalid API-key, IP, or permissions for action."),
    ("SAPI", 400, -1022, "Signature for this request is not valid."),
    ("SAPI", 400, -21001, "USER_IS_NOT_UNIACCOUNT"),
)
"""Which gateway says it, the status, code and msg: what a right call never hears, so that a fault has to say it."""


def _refused() -> tuple[Case, ...]:
    asks = dict(GATEWAYS)
    return tuple(
        Case(
            name=f"{gateway} says {code}",
            steps=(spoilt(BodyIs(f'{{"code":{code},"msg":"{msg}"}}', status=status)), asks[gateway]),
        )
        for gateway, status, code, msg in REFUSALS
    ) + tuple(
        Case(name=f"{gateway} says {answer}", steps=(spoilt(Documented(answer)), ask))
        for answer in FOR_GOOD
        for gateway, ask in GATEWAYS
    )


TRIES: tuple[Requirement, ...] = (
    Requirement(
        id="RATE-NO-RETRY-AFTER",
        title="A 429 without Retry-After is not hammered",
        sentence="Who goes on asking after a 429 is banned; PAPI's page does not say that Retry-After is sent.",
        source="PM-GI, PRO-GI: limits [documented]; after how many calls [decided]",
        server="Answers every call 429, without Retry-After.",
        wire="At most six calls in a minute.",
        cases=tuple(
            Case(name=f"429s of {gateway}", steps=(told("too-many-requests", 0), ask)) for gateway, ask in GATEWAYS
        ),
        judge=few_without_retry_after,
    ),
    Requirement(
        id="RATE-ODD-RETRY-AFTER",
        title="An odd Retry-After does no harm",
        severity="SHOULD",
        sentence="Retry-After is a number of seconds; a client's source says that SAPI's is always 0.",
        source="PRO-GI [documented]; FS:1212870581 [observed]; RFC 9110 10.2.3 allows a date; the others are hostile",
        server="Answers every call 429, with a Retry-After that is 0, a fraction, a word, a date, and the like.",
        wire="At most six calls in a minute.",
        tells="A value, or an error that tells of the limit, in bounded time.",
        cases=tuple(
            Case(
                name=f"`Retry-After: {value}`",
                steps=(told("too-many-requests", 0), spoilt(OddRetryAfter(value)), GATEWAYS[place % 2][1]),
            )
            for place, value in enumerate(ODD_SECONDS)
        ),
        judge=survives_odd_retry_after,
    ),
    Requirement(
        id="RATE-TIMEOUTS",
        title="Its own time-outs do not multiply weight",
        sentence=CHARGED,
        source=CHARGED_SOURCE,
        server=f"Answers every call rightly, but only after {SLOW_MS / 1_000:g} s.",
        wire="At most eight calls, none beside another.",
        cases=tuple(
            Case(name=f"{gateway} is slow", steps=(spoilt(Latency(SLOW_MS)), ask)) for gateway, ask in GATEWAYS
        ),
        judge=tries_slow_few_times,
    ),
    Requirement(
        id="RATE-IN-VAIN",
        title="What cannot succeed is not tried again",
        severity="SHOULD",
        sentence="PAPI charges even what it refuses with 401: the same call again costs the same, and helps as little.",
        source="NH1, NH3 [observed]; that a client knows these codes is good practice [decided]",
        server="Refuses every call with a 4XX: for its key, its signature, its parameters, its account, its endpoint.",
        wire="One call.",
        cases=_refused(),
        judge=asks_once,
    ),
    Requirement(
        id="RATE-FLOOD",
        title="A lasting outage is not answered with a flood",
        sentence=CHARGED,
        source=CHARGED_SOURCE,
        server="Answers every call 503 or 502.",
        wire="At most eight calls for one question.",
        cases=tuple(
            Case(name=f"{gateway} says {answer}", steps=(spoilt(Documented(answer)), ask))
            for answer in OUTAGES
            for gateway, ask in GATEWAYS
        ),
        judge=floods_not,
    ),
)
