"""What judges of limits share: when the exchange told a client to wait, and what was asked of it meanwhile."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from mockex.conformance.case import Ask, Disturb
from mockex.conformance.families.judging import named, retried, said
from mockex.conformance.requirement import Judgement, Unseen
from mockex.conformance.run import Asked, Run
from mockex.core.documented import BY_NAME
from mockex.core.effects import Documented, Effect
from mockex.core.faults import Fault
from mockex.core.outage import AnswerName
from mockex.fuzzing import verdicts
from mockex.fuzzing.case import is_spoilt
from mockex.testing.journal import JournalEntry

TOO_MANY, BANNED = 429, 418
SECONDS = re.compile(r"[0-9]{1,6}")

AWAKE_EARLY_MS = 50
"""A sleep may end, and the machine's clock be put right, by so much; a client that does not wait is not that late."""

IN_FLIGHT_MS = 1_000
"""So long after a refusal a call of a journal may have been on its way already."""

MOST_IN_A_MINUTE = 6
"""mockex bans who makes more calls over the limit in one minute (decided; the pages say only `repeatedly`)."""

MINUTE_MS = 60_000

LIMITS: tuple[tuple[int, AnswerName], ...] = ((TOO_MANY, "too-many-requests"), (BANNED, "ip-banned"))
"""Both statuses that tell to wait, with the documented answer that has each."""

GATEWAYS: tuple[tuple[str, Ask], ...] = (("SAPI", Ask()), ("PAPI", Ask(what="records")))
"""Each gateway with the question that is asked of it."""


Held = tuple[str, str, str | None]
"""Who is told to wait: an IP and its key, by a gateway."""


def held_of(entry: JournalEntry) -> Held:
    """Say who would be told to wait: the budgets are of an IP, or of a UID, at one gateway."""
    return entry.gateway, entry.ip, entry.api_key


def wait_told_ms(entry: JournalEntry) -> int:
    """Say for how long an answer tells to ask nothing, whatever its body is; 0 where it does not."""
    told = entry.headers.get("Retry-After", "")
    is_told = entry.status in (TOO_MANY, BANNED) and SECONDS.fullmatch(told) is not None
    return int(told) * 1_000 if is_told else 0


def early(entries: Iterable[JournalEntry], held: dict[Held, int], *, is_journal: bool = False) -> str | None:
    """Say which call was made before the time was over that it was told to wait; `held` says until when, to begin.

    Of a journal alone nobody knows what was on its way already, nor what was heard of an answer that was spoilt.
    """
    in_flight_ms = IN_FLIGHT_MS if is_journal else 0
    told_at_ms: dict[Held, int] = {}
    for entry in entries:
        who = held_of(entry)
        left_ms = held.get(who, 0) - entry.at_ms
        since_ms = entry.at_ms - told_at_ms.get(who, 0)
        if left_ms > AWAKE_EARLY_MS and since_ms >= in_flight_ms:
            return f"call {entry} was made {left_ms / 1_000:g} s before the time was over that Retry-After told to wait"
        if (ms := wait_told_ms(entry)) and not (is_journal and is_spoilt(entry)):
            held[who] = max(held.get(who, 0), entry.at_ms + ms)
            told_at_ms.setdefault(who, entry.at_ms)
    return None


def waits(run: Run) -> Judgement:
    """No call may be made while one was told to wait; who never asks again was not seen to wait."""
    if sentence := early(run.entries, {}, is_journal=not run.asked):
        return sentence
    if not any(map(wait_told_ms, run.entries)):
        return Unseen("no call was told to wait")
    return retried(run)


def stops(run: Run) -> Judgement:
    """No call may be made during a ban; who never asks again has stopped."""
    banned = [entry for entry in run.entries if entry.status == BANNED]
    if sentence := early(run.entries, {}, is_journal=not run.asked):
        return sentence
    return None if banned else Unseen("no call met a ban")


def remembers(run: Run) -> Judgement:
    """What an earlier question was told holds for a later one, too."""
    held: dict[Held, int] = {}
    for asked in run.asked[:-1]:
        for entry in asked.entries:
            if ms := wait_told_ms(entry):
                held[held_of(entry)] = entry.at_ms + ms
    if not held:
        return Unseen("no call was told to wait")
    error = run.asked[-2].told.error
    if error is None or error.is_endless or error.is_lost:
        return Unseen("the question before did not end in an error, so there was nothing to remember")
    return early(run.asked[-1].entries, held)


def hammered(entries: Sequence[JournalEntry]) -> str | None:
    """Say which call over the limit was one too many in a minute."""
    refused = [entry for entry in entries if entry.status in (TOO_MANY, BANNED)]
    for first, last in zip(refused, refused[MOST_IN_A_MINUTE:], strict=False):
        if last.at_ms - first.at_ms < MINUTE_MS:
            return f"call {last} was number {MOST_IN_A_MINUTE + 1} in one minute that met a limit: that brings a ban"
    return None


def flooded(run: Run) -> str | None:
    """Say which question became more calls than any retrying is good for."""
    for asked in run.asked:
        if sentence := verdicts.too_many_tries(run.call(asked)):
            return f"{named(asked)} asked once: {sentence}"
    return None


def at_once(entries: Sequence[JournalEntry], within_ms: int) -> str | None:
    """Say which call was made beside another that nobody can have given up by then."""
    for entry, after in pairwise(entries):
        if (ms := after.at_ms - entry.at_ms) < within_ms:
            return f"call {after} was made {ms} ms after the one before, which was still to be answered"
    return None


def lasts(run: Run, asked: Asked) -> Judgement:
    """Judge a question that did not end. Where no real time passes it never would; elsewhere it may be waiting."""
    error = asked.told.error
    if error is None or not (error.is_endless or error.is_lost):
        return None
    if error.is_lost or "clock" in run.features:
        return f"{named(asked)} did not end: {said(asked)}"
    return Unseen("it waited for longer than the harness does; whether it would end was not seen")


def told(answer: AnswerName, retry_after_s: int, gateway: str | None = None, times: int | None = None) -> Disturb:
    """Let calls hear a documented answer with this Retry-After; 0 leaves it out."""
    assert BY_NAME[answer].tells_to_wait
    return Disturb(fault=Fault(effect=Documented(answer, retry_after_s), gateway=gateway, times=times))


def spoilt(effect: Effect, times: int | None = None) -> Disturb:
    """Let a fault strike the same calls as the one before."""
    return Disturb(fault=Fault(effect=effect, times=times))
