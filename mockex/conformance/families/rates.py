"""RATE: limits and bans are obeyed, and told."""

from mockex.conformance.case import Ask, Calm, Case, Wait
from mockex.conformance.families.told_limits import TOLD
from mockex.conformance.families.tries import TRIES
from mockex.conformance.families.waiting import BANNED, GATEWAYS, LIMITS, remembers, spoilt, stops, told, waits
from mockex.conformance.requirement import Judgement, Requirement, Unseen
from mockex.conformance.run import Run
from mockex.core.hostile import BodyIs, Html, JsonIs
from mockex.core.weight import Limits

LOAN, RECORDS = Ask(), Ask(what="records")

RETRY_AFTER = "A Retry-After header is sent with a 418 or 429: the number of seconds to wait."
RETRY_AFTER_SOURCE = "PRO-GI: limits [documented]; on PAPI [decided], as fapi sends it [observed]"
BANS = "Who goes on asking after a 429 is banned from 2 minutes to 3 days, and asking during a ban moves its end out."
BANS_SOURCE = "PM-GI, PRO-GI: limits [documented]; that the end moves: fapi, FS:60880564399 [observed]"

WAIT_S = 2
"""Longer than the pauses that clients make of themselves; a client that waits takes so long of the machine's time."""

HALF = Wait(s=30.0)
"""Half of the minute is over before a budget is used up."""


def really_waits(run: Run) -> Judgement:
    """As `waits`, where its own calls must have reached the limit."""
    if not any(entry.refused_by == "weight_is_over_the_limit" for entry in run.entries):
        return Unseen("its calls did not reach the limit")
    return waits(run)


def waits_or_stops(run: Run) -> Judgement:
    """An odd refusal holds like any other."""
    return stops(run) if any(entry.status == BANNED for entry in run.entries) else waits(run)


def asks_the_other(run: Run) -> Judgement:
    """The gateway that has banned nobody must be asked."""
    banned, other = run.asked
    if not any(entry.status == BANNED for entry in banned.entries):
        return Unseen("no call met a ban")
    by = banned.entries[-1].gateway
    return None if other.entries else f"asked for its {other.ask.what}, it made no call, though only {by} has banned it"


ODD_BODIES: tuple[tuple[str, BodyIs | Html | JsonIs], ...] = (
    ("a page of HTML", Html()),
    ("no body", BodyIs("")),
    ("plain text", BodyIs("Too many requests", content_type="text/plain")),
    ("a list", JsonIs("list")),
)


ODD = tuple(
    Case(
        name=f"a {status} with {what} from {gateway}",
        steps=(told(answer, WAIT_S, times=1), spoilt(effect, times=1), ask),
    )
    for status, answer in LIMITS
    for (what, effect), (gateway, ask) in zip(ODD_BODIES, (*GATEWAYS, *GATEWAYS), strict=True)
)


OBEYED: tuple[Requirement, ...] = (
    Requirement(
        id="RATE-RETRY-AFTER",
        title="A retry after a 429 waits for its Retry-After",
        sentence=RETRY_AFTER,
        source=RETRY_AFTER_SOURCE,
        server=f"Answers the first call 429 with `Retry-After: {WAIT_S}`.",
        wire="No call to that gateway before the time is over.",
        is_passive=True,
        cases=tuple(
            Case(name=f"a 429 of {gateway}", steps=(told("too-many-requests", WAIT_S, times=1), ask))
            for gateway, ask in GATEWAYS
        ),
        judge=waits,
    ),
    Requirement(
        id="RATE-REAL",
        title="A limit that its own calls reach is waited for",
        sentence=RETRY_AFTER,
        source=f"{RETRY_AFTER_SOURCE}; that it lasts to the next minute [decided]",
        server="Has a small budget, which a few questions use up: the next call hears 429 until the minute is over.",
        wire="No call to that gateway before the minute is over.",
        needs=frozenset({"clock"}),
        cases=(
            Case(
                name="the IP's budget at PAPI",
                limits=Limits(papi_weight_per_ip=250),
                steps=(HALF, RECORDS, RECORDS, RECORDS),
            ),
            Case(name="the UID's budget at SAPI", limits=Limits(sapi_weight_per_uid=750), steps=(HALF, LOAN, LOAN)),
        ),
        judge=really_waits,
    ),
    Requirement(
        id="RATE-BAN",
        title="A ban stops it",
        sentence=BANS,
        source=BANS_SOURCE,
        server=f"Answers 418 with `Retry-After: {WAIT_S}`.",
        wire="No call to that gateway before the ban is over.",
        is_passive=True,
        cases=tuple(
            Case(name=f"a ban from {gateway}", steps=(told("ip-banned", WAIT_S, times=1), ask))
            for gateway, ask in GATEWAYS
        ),
        judge=stops,
    ),
    Requirement(
        id="RATE-BAN-OTHER",
        title="A ban from one gateway does not keep it from the other",
        severity="INFO",
        sentence="A ban is of an IP; mockex bans it from the one gateway whose limit it went over.",
        source="PM-GI, PRO-GI: bans are of IPs [documented]; for that gateway alone [decided]",
        server="Bans the client from one gateway, and would answer at the other.",
        wire="The question to the other gateway is asked.",
        cases=tuple(
            Case(name=f"a ban from {gateway}", steps=(told("ip-banned", 3_600, gateway=gateway), ask, other))
            for (gateway, ask), (_, other) in zip(GATEWAYS, reversed(GATEWAYS), strict=True)
        ),
        judge=asks_the_other,
    ),
    Requirement(
        id="RATE-ODD-BODY",
        title="A 429 or 418 is obeyed whatever its body is",
        sentence="Over the limit the status is 429, during a ban 418: what the body says is beside the point.",
        source="the statuses: FS:54924257040, FS:60377511641 [observed]; that edges answer HTML [observed]",
        server=f"Answers 429 or 418 with `Retry-After: {WAIT_S}`, and with HTML, text, a list or nothing for a body.",
        wire="No call to that gateway before the time is over.",
        cases=ODD,
        judge=waits_or_stops,
    ),
    Requirement(
        id="RATE-REMEMBERS",
        title="A later question is held back, too",
        severity="SHOULD",
        sentence=BANS,
        source=f"{BANS_SOURCE}; that a client remembers it is good practice [decided]",
        server="Tells to wait until the question fails, and would answer the next one.",
        wire="The next question makes no call before the time is over: it waits, or fails where it is.",
        cases=tuple(
            Case(name=f"a {status} of {gateway}", steps=(told(answer, 1), ask, Calm(), ask))
            for status, answer in LIMITS
            for gateway, ask in GATEWAYS
        ),
        judge=remembers,
    ),
)

RATE: tuple[Requirement, ...] = (*OBEYED, *TRIES, *TOLD)
