"""Lint: judge what a client did by the journal of it alone, with no harness at all."""

import time
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence

from msgspec import Struct

from mockex import __version__
from mockex.conformance.case import Case
from mockex.conformance.families import REQUIREMENTS
from mockex.conformance.journals import struck
from mockex.conformance.requirement import Requirement, Unseen
from mockex.conformance.results import CaseResult, Report, Result
from mockex.conformance.run import FEATURES, Run
from mockex.core.endpoint import Security
from mockex.endpoints import CATALOGUE
from mockex.testing.journal import JournalEntry

KEYLESS = frozenset(one.name for one in CATALOGUE.endpoints if one.security is Security.NONE)
SHOWN_CHARS = 8


class Linted(Struct, frozen=True, kw_only=True):
    """What came of a journal: the results, and what was left out of them, in sentences."""

    report: Report
    left_out: tuple[str, ...]


def lint(entries: Iterable[JournalEntry], requirements: Sequence[Requirement] = REQUIREMENTS) -> Linted:
    """Judge each client of a journal, told apart by its key, by every requirement that reads nothing but calls."""
    began_s = time.monotonic()
    calls = list(entries)
    passive = [one for one in requirements if one.is_passive]
    clients = dict(_clients(calls))
    results = tuple(_result(one, clients) for one in passive)
    report = Report(
        client="journal",
        version="",
        mockex=__version__,
        edition="",
        seed=0,
        took_s=round(time.monotonic() - began_s, 1),
        results=results,
    )
    left_out = tuple(_left_out(calls, clients, len(requirements) - len(passive)))
    return Linted(report=report, left_out=left_out)


def wrong_in(journal: Iterable[JournalEntry], expected: Container[int] = ()) -> str | None:
    """Say what is wrong in a journal, or None; what a test has expected to be refused is wrong on purpose."""
    calls = [struck(one) for one in journal if one.seq not in expected]
    results = [result for result in lint(calls).report.results if result.is_finding]
    return "; ".join(f"{one.id}: {one.worst.sentence}" for one in results if one.worst is not None) or None


def _clients(entries: Sequence[JournalEntry]) -> Iterator[tuple[str, list[JournalEntry]]]:
    """Part a journal by API keys; a call that needs none belongs to its address's only key, if it has one only."""
    keys_at: dict[str, set[str]] = {}
    for entry in entries:
        if entry.api_key is not None:
            keys_at.setdefault(entry.ip, set()).add(entry.api_key)
    calls: dict[str, list[JournalEntry]] = {}
    for entry in entries:
        keys = {entry.api_key} if entry.api_key is not None else keys_at.get(entry.ip, set())
        if len(keys) == 1 and (entry.api_key is not None or entry.endpoint in KEYLESS):
            calls.setdefault(str(next(iter(keys))), []).append(entry)
    begins = Counter(key[:SHOWN_CHARS] for key in calls)
    for key, of_it in calls.items():
        name = f"{key[:SHOWN_CHARS]}…" if begins[key[:SHOWN_CHARS]] == 1 else key
        for number, part in enumerate(_parts(of_it), 1):
            yield f"key {name}" + (f", part {number}" if number > 1 else ""), part


def _parts(entries: Iterable[JournalEntry]) -> Iterator[list[JournalEntry]]:
    """Part calls where the world went back to a snapshot, or its clock was set back: what follows is another story."""
    part: list[JournalEntry] = []
    for entry in entries:
        if part and (entry.at_ms < part[-1].at_ms or entry.seq <= part[-1].seq):
            yield part
            part = []
        part.append(entry)
    yield part


def _result(requirement: Requirement, clients: dict[str, list[JournalEntry]]) -> Result:
    cases = tuple(_judged(requirement, name, calls) for name, calls in clients.items())
    return Result(id=requirement.id, title=requirement.title, severity=requirement.severity, cases=cases)


def as_journal(calls: Sequence[JournalEntry], name: str) -> Run:
    """Give calls as judges see them that see nothing else: nobody was asked, and time is the exchange's."""
    return Run(case=Case(name=name), features=frozenset(FEATURES) - {"clock"}, entries=calls)


def _judged(requirement: Requirement, name: str, calls: Sequence[JournalEntry]) -> CaseResult:
    run = as_journal(calls, name)
    case = run.case
    judgement = requirement.judge(run)
    if isinstance(judgement, Unseen):
        return CaseResult(case=case, verdict="UNSEEN", sentence=judgement.why)
    if judgement is None:
        return CaseResult(case=case, verdict="PASS")
    return CaseResult(case=case, verdict="FAIL", sentence=judgement, entries=tuple(calls))


def _left_out(calls: Sequence[JournalEntry], clients: dict[str, list[JournalEntry]], not_passive: int) -> Iterator[str]:
    """Say what was not judged, and why."""
    if not calls:
        yield "there are no calls"
    judged = sum(map(len, clients.values()))
    if judged < len(calls):
        yield f"{_counted(len(calls) - judged, 'call')} without a key cannot be told whose"
    struck = Counter(bool(entry.faults) for entry in calls)[True]
    if struck:
        yield f"{_counted(struck, 'call')} met a fault, and what followed from that alone is nobody's mistake"
    if not_passive:
        yield f"{_counted(not_passive, 'requirement')} cannot be seen in a journal; `mockex conformance` asks for them"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
