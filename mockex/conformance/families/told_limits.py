"""RATE, third part: what the exchange says of limits reaches the caller."""

from decimal import Decimal, InvalidOperation
from typing import Any

from mockex.conformance.case import Ask, Case
from mockex.conformance.families.judging import named, right_values, said, shown, stands_in
from mockex.conformance.families.waiting import (
    BANNED,
    GATEWAYS,
    LIMITS,
    TOO_MANY,
    flooded,
    lasts,
    spoilt,
    told,
    wait_told_ms,
)
from mockex.conformance.requirement import Judgement, Requirement, Unseen
from mockex.conformance.run import Asked, Run
from mockex.core.hostile import DoubledWeight, OddWeight
from mockex.fuzzing.case import SIGNED
from mockex.testing.journal import JournalEntry

LONG_S = 90
"""Longer than most clients would wait in one question, which they then have to tell."""

ABOUT_S = 2.0
"""What is told may be rounded, or what is left of it by then."""

WEIGHT_NAMES = ("x-mbx-used-weight", "x-sapi-used-")


def surfaces(run: Run) -> Judgement:
    """A limit that lasts must come out as what it is."""
    for asked in run.asked:
        refused = [entry for entry in asked.entries if entry.status in (TOO_MANY, BANNED)]
        if not refused:
            return Unseen("no call met a limit")
        if judgement := flooded(run) or lasts(run, asked):
            return judgement
        error, status = asked.told.error, refused[-1].status
        if error is None:
            return f"{named(asked)} gave {shown(asked.told.value)}, though every call was answered {status}"
        in_words = not error.own and error.status is None and stands_in(status, error.text)
        if error.status != status and not in_words:  # whose error it is, is asked by ERR-ENVELOPE
            return f"{named(asked)} was answered {status}, and the error tells the status {error.status!r}"
    return None


def tells_how_long(run: Run) -> Judgement:
    """The error must tell the seconds that Retry-After told."""
    for asked in run.asked:
        waits_ms = [ms for entry in asked.entries if (ms := wait_told_ms(entry))]
        error = asked.told.error
        if not waits_ms or error is None:
            return Unseen("no call was told to wait" if error else "it waited, and had nothing to tell")
        if error.is_endless or error.is_lost:
            return Unseen(f"it told nothing: {said(asked)}")
        told_s, true_s = _number(error.retry_after_s), waits_ms[-1] / 1_000
        if told_s is None or not true_s - asked.took_s - ABOUT_S <= told_s <= true_s + ABOUT_S:
            return f"{named(asked)} said `Retry-After: {true_s:g}`, and the error tells {error.retry_after_s!r}"
    return None


def _number(value: Any) -> float | None:
    """Read what may be a number."""
    try:
        return float(Decimal(str(value)))
    except InvalidOperation:
        return None


def weights_of(entry: JournalEntry) -> dict[str, str]:
    """Give the used-weight headers of an answer, by their names in small letters."""
    return {name.lower(): value for name, value in entry.headers.items() if name.lower().startswith(WEIGHT_NAMES)}


def tells_used_weight(run: Run) -> Judgement:
    """After each question it must tell what the last answer's headers said."""
    for asked in run.asked:
        answers = [weights_of(entry) for entry in asked.entries if entry.endpoint in SIGNED]
        sent = answers[-1] if answers else {}
        if not sent:
            return Unseen(f"no used weight was sent for the {asked.ask.what}")
        if sentence := _untold(asked, sent):
            return sentence
    return None


def _untold(asked: Asked, sent: dict[str, str]) -> str | None:
    heard = {str(name).lower(): str(value) for name, value in (asked.told.used_weight or {}).items()}
    for name, value in sent.items():
        if heard.get(name) != value:
            return f"{named(asked)} said `{name}: {value}`, and the client tells {heard.get(name, 'nothing of it')}"
    return None


TOLD: tuple[Requirement, ...] = (
    Requirement(
        id="RATE-SURFACES",
        title="A limit that lasts becomes an error with its status",
        sentence="Over the limit the status is 429, during a ban 418, on either gateway.",
        source="FS:54924257040, FS:60377511641 [observed]",
        server="Answers every call 429, or 418, with `Retry-After: 1`.",
        wire="At most eight calls.",
        tells="An error with the status.",
        cases=tuple(
            Case(name=f"{status}s of {gateway}", steps=(told(answer, 1), ask))
            for status, answer in LIMITS
            for gateway, ask in GATEWAYS
        ),
        judge=surfaces,
    ),
    Requirement(
        id="RATE-TELLS",
        title="Errors tell for how long not to ask",
        sentence="A Retry-After header is sent with a 418 or 429: the number of seconds to wait.",
        source="PRO-GI: limits [documented]; on PAPI [decided], as fapi sends it [observed]",
        server=f"Answers every call 429, or 418, with `Retry-After: {LONG_S}`.",
        wire="Calls that are told to wait.",
        tells="An error with the seconds.",
        needs=frozenset({"retry_after"}),
        cases=tuple(
            Case(name=f"{status}s of {gateway}", steps=(told(answer, LONG_S), ask))
            for status, answer in LIMITS
            for gateway, ask in GATEWAYS
        ),
        judge=tells_how_long,
    ),
    Requirement(
        id="RATE-WEIGHT",
        title="Both gateways' used weight is told",
        sentence="Answers say the weight that the minute has used, this call's included: X-MBX-USED-WEIGHT-1M on PAPI, "
        "X-SAPI-USED-UID-WEIGHT-1M on SAPI for endpoints that are limited by UID.",
        source="NH1, NH3 [observed]; PRO-GI [documented]",
        server="Sends the headers, with a value that grows.",
        wire="The headers.",
        tells="The headers' values as they were last sent, by their names.",
        needs=frozenset({"used_weight"}),
        cases=(
            Case(name="each gateway twice", steps=(Ask(), Ask(what="records"), Ask(), Ask(what="records"))),
            Case(name="one gateway twice", steps=(Ask(what="records"), Ask(what="records"))),
            Case(name="the other gateway twice", steps=(Ask(), Ask())),
        ),
        judge=tells_used_weight,
    ),
    Requirement(
        id="RATE-ODD-WEIGHT",
        title="Odd used-weight headers do no harm",
        severity="SHOULD",
        sentence="The answer is whole and right; its used weight is for information.",
        source="No page: no gateway sends such a header [decided]",
        server="Answers rightly, with a used weight that is no number, is enormous, or stands there twice.",
        wire="Calls that are answered 200.",
        tells="The loan and the records.",
        cases=tuple(
            Case(name=f"{name} from {gateway}", steps=(spoilt(effect), ask))
            for name, effect in (
                ("a word", OddWeight("many")),
                ("nothing", OddWeight("")),
                ("less than nothing", OddWeight("-1")),
                ("more than a double holds", OddWeight("9" * 400)),
                ("two values", DoubledWeight("0")),
            )
            for gateway, ask in GATEWAYS
        ),
        judge=right_values,
    ),
)
