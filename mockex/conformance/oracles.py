"""Questions that are right for whatever was played, and the requirement that each of them belongs to."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from msgspec import Struct, structs

from mockex.conformance.case import NOW_MS, Ask, Skew, Together, Wait
from mockex.conformance.requirement import Requirement
from mockex.conformance.run import Asked, ReportedError, Run
from mockex.fuzzing.case import Case as Call
from mockex.fuzzing.case import is_spoilt, loan_said, records_said, rounded
from mockex.fuzzing.verdicts import ITS_OWN_FAULT, OK, TELL_TO_WAIT, VERDICTS, told_to_wait_ms
from mockex.testing.journal import JournalEntry

T = TypeVar("T")

BELONGS_TO: dict[str, str] = {
    "endless": "NET-SETTLES",
    "lost": "NET-SETTLES",
    "key-sent-elsewhere": "NET-REDIRECT",
    "secret-told": "SAFE-ERRORS",
    "its-own-fault": "SIG-QUERY",
    "its-own-fault: api_key_is_malformed": "SIG-HEADER",
    "its-own-fault: api_key_is_unknown": "SIG-HEADER",
    "its-own-fault: get_carries_a_body": "SIG-QUERY",
    "its-own-fault: interval_is_too_big": "WIN-SPLIT",
    "its-own-fault: recv_window_is_malformed": "TIME-WINDOW",
    "its-own-fault: recv_window_is_too_large": "TIME-WINDOW",
    "its-own-fault: timestamp_is_missing": "SIG-FRESH",
    "its-own-fault: signature_is_missing": "SIG-LAST",
    "its-own-fault: signature_is_not_last": "SIG-LAST",
    "its-own-fault: signature_is_wrong": "SIG-ORDER",
    "its-own-fault: signature_is_wrong, with parameters": "SIG-UNUSUAL",
    "its-own-fault: signature_is_wrong, in base64": "SIG-BASE64",
    "asks-while-banned": "RATE-BAN",
    "asks-while-banned: later": "RATE-REMEMBERS",
    "asks-while-limited": "RATE-RETRY-AFTER",
    "asks-while-limited: later": "RATE-REMEMBERS",
    "stale-timestamp": "TIME-STALE",
    "too-many-tries": "RATE-FLOOD",
    "asks-again-in-vain": "RATE-IN-VAIN",
    "alien-error": "ERR-OWN",
    "wrong-value": "DATA-VALUES",
    "wrong-value: spoilt": "ERR-UNREADABLE",
    "wrong-value: digits": "DATA-DECIMALS",
    "wrong-value: order": "DATA-ORDER",
    "wrong-value: rows": "WIN-WHOLE",
    "clock-not-corrected": "TIME-RESYNC",
    "fails-for-nothing": "DATA-VALUES",
    "code-lost": "ERR-CODE",
}
"""Which requirement a question belongs to, by its name in mockex/fuzzing/verdicts.py and, behind a colon, by what was
found; where that has no line of its own, the name's line holds."""

EXPLAINS: dict[str, tuple[str, ...]] = {
    "its-own-fault: signature_is_wrong": (
        "its-own-fault: signature_is_wrong, with parameters",
        "its-own-fault: signature_is_wrong, in base64",
    ),
}
"""What need not be told where something more general was found too."""

OF_ONE_ALONE = frozenset({"alien-error", "wrong-value", "secret-told", "key-sent-elsewhere"})
"""The questions that can be asked of one of several calls at once: they read nothing of what was on the wire."""


TELL_LATER = ("asks-while-banned", "asks-while-limited")
"""What a client may do because it has forgotten what an earlier question of its caller was told."""


class Found(Struct, frozen=True):
    """What is wrong, and with which requirement."""

    requirement: str
    sentence: str


def findings(run: Run, requirements: Sequence[Requirement]) -> Iterator[Found]:
    """Find what is wrong with a client in any run, of these requirements; what is worst, or explains most, first."""
    known = {requirement.id: requirement for requirement in requirements}
    for asked, call, is_alone in _calls(run):
        for name, sentence in _answered(run, asked, call, is_alone=is_alone):
            requirement = known.get(requirement_of(name))
            if requirement is not None and requirement.needs <= run.features:
                yield Found(requirement.id, _beginning(asked, sentence))
    for one in requirements:
        if (one.is_passive or one.is_general) and one.needs <= run.features:
            judgement = one.judge(run)
            if isinstance(judgement, str):
                yield Found(one.id, judgement)


def requirement_of(name: str) -> str:
    """Give the id of the requirement that an answered question belongs to."""
    return BELONGS_TO.get(name) or BELONGS_TO[name.partition(":")[0]]


def without_explained(found: Mapping[str, T]) -> dict[str, T]:
    """Leave out, of what was found by requirement, what something else that was found explains."""
    explained = {
        requirement_of(special)
        for general, specials in EXPLAINS.items()
        if requirement_of(general) in found
        for special in specials
    } - {requirement_of(general) for general in EXPLAINS}
    return {name: one for name, one in found.items() if name not in explained}


def generally(requirement: Requirement) -> Requirement:
    """Let a requirement be judged by all questions that belong to it, so that any case can be judged by it."""

    def judge(run: Run) -> str | None:
        found = (one for one in findings(run, [requirement]) if one.requirement == requirement.id)
        return next((one.sentence for one in found), None)

    return structs.replace(requirement, judge=judge)


def _beginning(asked: Asked, sentence: str) -> str:
    return sentence if sentence.startswith("call ") else f"asked for its {asked.ask.what}: {sentence}"


def _answered(run: Run, asked: Asked, call: Call, *, is_alone: bool) -> Iterator[tuple[str, str]]:
    """Ask every question of a call; gives the names of those that are answered, and the answers."""
    error = asked.told.error
    if error is not None and (error.is_endless or error.is_lost):
        yield "endless" if error.is_endless else "lost", error.text
        return  # what else is wrong comes of that
    for name, question in VERDICTS.items():
        if (is_alone or name in OF_ONE_ALONE) and (sentence := question(call)):
            named = REPORTED.sub(lambda _: error.type, sentence) if error is not None else sentence
            yield _more_exactly(name, run, asked, call), named


REPORTED = re.compile(rf"({re.escape(ReportedError.__module__)}\.)?\b{ReportedError.__qualname__}\b")


def _more_exactly(name: str, run: Run, asked: Asked, call: Call) -> str:
    """Name an answered question with what was found, where that belongs to another requirement."""
    if name == "its-own-fault":
        return f"{name}: {_own_fault(run, asked, call)}"
    if name in TELL_LATER and VERDICTS[name](structs.replace(call, held_until_ms={})) is None:
        return f"{name}: later"
    return f"{name}: {_difference(call)}" if name == "wrong-value" else name


def _own_fault(run: Run, asked: Asked, call: Call) -> str:
    check = next(entry.refused_by for entry in call.entries if entry.refused_by in ITS_OWN_FAULT)
    if check == "signature_is_wrong" and asked.ask.parameters:
        return f"{check}, with parameters"
    if check == "signature_is_wrong" and run.case.key != "HMAC":
        return f"{check}, in base64"
    return check or ""


def _difference(call: Call) -> str:
    """Say in what a value differs from the truth."""
    spoilt = "spoilt" if _is_from_spoilt(call.entries) else ""
    try:
        said: Any = loan_said(call.value) if call.question.range is None else records_said(call.value)
    except (ValueError, TypeError):
        return spoilt or "shape"
    if rounded(said) == rounded(call.truth):
        return "digits"
    if call.question.range is None:
        return spoilt or "another"
    if sorted(map(repr, said)) == sorted(map(repr, call.truth)):
        return "order"
    starts, true_starts = ([repr(one[0]) for one in rows] for rows in (said, call.truth))
    return spoilt or ("another" if sorted(starts) == sorted(true_starts) else "rows")


def _is_from_spoilt(entries: Sequence[JournalEntry]) -> bool:
    """Say whether an answer was spoilt, and what it was to tell was not asked for again and told rightly."""
    unanswered: set[str] = set()
    for entry in entries:
        asks = WHAT_IS_NEW.sub("", entry.target)
        if is_spoilt(entry):
            unanswered.add(asks)
        elif entry.status == OK:
            unanswered.discard(asks)
    return bool(unanswered)


WHAT_IS_NEW = re.compile(r"(?<=[?&])(timestamp|signature)=[^&]*")
"""What differs in each try."""


def _calls(run: Run) -> Iterator[tuple[Asked, Call, bool]]:
    """Give each question as the fuzzing verdicts see it, with what had happened before; and whether it was alone."""
    memory = _Memory(run)
    asked = iter(run.asked)
    for step in run.case.steps:
        match step:
            case Skew():
                memory.skew(step.ms)
            case Wait():
                memory.now_ms += round(step.s * 1_000)
            case Ask():
                one = next(asked)
                yield one, memory.seen_by(one), True
                memory.remember(one.entries)
            case Together():
                several = [next(asked) for _ in step.asks]
                for one in several:
                    yield one, memory.seen_by(one), False
                memory.remember(several[0].entries)


class _Memory:
    """What a client knows, or may think, when it is asked: how wrong its clock has been, and until when it is to wait.

    `now_ms` is the least that the exchange's clock can be.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.is_still = "clock" in run.features
        self.now_ms = NOW_MS if self.is_still else 0
        self.aheads_ms = [0]
        self.held_until_ms: dict[tuple[str, int], int] = {}
        self.may_misjudge = False

    def skew(self, ms: int) -> None:
        """Let the client's clock go wrong, or right again; what it was told to wait until, it can no longer know."""
        self.may_misjudge |= bool(self.held_until_ms)
        self.aheads_ms.append(-ms)
        self.held_until_ms.clear()

    def seen_by(self, asked: Asked) -> Call:
        """Add what has happened before to a question."""
        ahead_ms = self.aheads_ms[-1]
        return structs.replace(
            self.run.call(asked),
            ahead_ms=(0, ahead_ms, *(ahead_ms - earlier for earlier in self.aheads_ms)),
            held_until_ms=dict(self.held_until_ms),
            may_be_waiting=self.may_misjudge or any(ms > self.now_ms for ms in self.held_until_ms.values()),
        )

    def remember(self, entries: Sequence[JournalEntry]) -> None:
        """Remember until when the client was told to wait, and whether it may have understood something else."""
        for entry in entries:
            self.now_ms = max(self.now_ms, entry.at_ms)
            told_ms = told_to_wait_ms(entry)
            if told_ms:
                self.held_until_ms[entry.gateway, entry.status] = entry.at_ms + told_ms
            if entry.status in TELL_TO_WAIT and not (told_ms and self.is_still):
                self.may_misjudge = True
