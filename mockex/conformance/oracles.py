"""Questions that are right for whatever was played, asked of a run."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct, structs

from mockex.conformance.attributing import more_exactly, requirement_of
from mockex.conformance.case import NOW_MS, Ask, Skew, Together, Wait
from mockex.conformance.linting import as_journal
from mockex.conformance.requirement import Requirement
from mockex.conformance.run import Asked, ReportedError, Run
from mockex.fuzzing.case import Case as Call
from mockex.fuzzing.verdicts import TELL_TO_WAIT, VERDICTS, told_to_wait_ms
from mockex.testing.journal import JournalEntry

OF_ONE_ALONE = frozenset({"alien-error", "wrong-value", "secret-told", "key-sent-elsewhere"})
"""The questions that can be asked of one of several calls at once: they read nothing of what was on the wire."""


class Found(Struct, frozen=True):
    """What is wrong, and with which requirement."""

    requirement: str
    sentence: str


def findings(run: Run, requirements: Sequence[Requirement]) -> Iterator[Found]:
    """Find what is wrong with a client in any run, of these requirements; what is worst, or explains most, first.

    Passive judges see the calls as a journal has them; no journal tells that a client's clock was turned on purpose.
    """
    known = {requirement.id: requirement for requirement in requirements}
    for asked, call, is_alone in _calls(run):
        for name, sentence in _answered(run, asked, call, is_alone=is_alone):
            requirement = known.get(requirement_of(name))
            if requirement is not None and requirement.needs <= run.features:
                yield Found(requirement.id, _beginning(asked, sentence))
    is_steady = not any(isinstance(step, Skew) for step in run.case.steps)
    for one in requirements:
        if one.needs <= run.features and (one.is_general or (one.is_passive and is_steady)):
            judgement = one.judge(run if one.is_general else as_journal(run.entries, run.case.name))
            if isinstance(judgement, str):
                yield Found(one.id, judgement)


def generally(requirement: Requirement) -> Requirement:
    """Let a requirement be judged by all questions that belong to it, so that any case can be judged by it."""

    def judge(run: Run) -> str | None:
        found = (one for one in findings(run, [requirement]) if one.requirement == requirement.id)
        return next((one.sentence for one in found), None)

    return structs.replace(requirement, judge=judge)


ANY = "ANY"
"""Stands for a requirement where it is not said which: of what was drawn, and never got as far as a judge."""


def any_of(requirements: Sequence[Requirement], found: list[Found]) -> Requirement:
    """Let a run be judged by all of these at once; what is found is put into the list."""

    def judge(run: Run) -> str | None:
        found.extend(list(findings(run, requirements))[:1])
        return found[0].sentence if found else None

    return Requirement(
        id=ANY,
        title="No requirement is broken, whichever it is",
        sentence="the sentences of all requirements",
        source="docs/conformance.md",
        server="Whatever the case says.",
        wire="Nothing that breaks a requirement.",
        cases=(),
        judge=judge,
    )


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
            yield more_exactly(name, run, asked, call), named


REPORTED = re.compile(rf"({re.escape(ReportedError.__module__)}\.)?\b{ReportedError.__qualname__}\b")


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
