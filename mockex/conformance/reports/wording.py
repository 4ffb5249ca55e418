"""What all reports say in the same words: who was graded, what came of it, what was on the wire, how to repeat it."""

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import groupby

from mockex.conformance.requirement import FAMILIES
from mockex.conformance.results import MARKS, OFFENDING, Report, Result
from mockex.testing.journal import JournalEntry

MAX_BODY = 4_000
"""So many characters of a body are shown; JSON reports have all that the journal kept."""

NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that cannot stand in XML, in whatever way they are written."""

MAX_LINES, MAX_CASES = 20, 3
"""So many calls of a case, and so many cases of a finding, are told where they are told in lines."""

ALIKE = 4
"""So many calls in a row that are alike are told in one line."""

Grouped = dict[str, list[Result]]


def headline(report: Report) -> str:
    """Say in a line who was graded and what came of it."""
    met, judged = report.score
    return f"{report.name or 'client'}: {met} of {judged} met; {counted(report)}"


def counted(report: Report) -> str:
    """Count the marks, what is wrong first."""
    counts = report.marks
    return ", ".join(f"{counts[mark]} {mark}" for mark in MARKS if counts[mark])


def facts(report: Report) -> list[tuple[str, str]]:
    """List how the run was made."""
    about = [
        ("mockex", report.mockex),
        ("edition", report.edition),
        ("seed", str(report.seed)),
        ("drawn", str(report.drawn) if report.drawn else ""),
        ("begun", report.started_at),
        ("took", f"{report.took_s:g} s"),
        ("python", report.python),
        ("platform", report.platform),
        ("claims", ", ".join(report.features)),
        ("command", shlex.join(report.command)),
    ]
    return [(name, said) for name, said in about if said]


def again(report: Report, result: Result) -> str:
    """Write the command that asks about one requirement alone; none where no command started the client.

    Nothing is drawn again, unless that is how it was found.
    """
    if not report.command:
        return ""
    is_drawn = bool(result.decisive) and all(case.requirement for case in result.decisive)
    draw = ["--draw", str(report.drawn)] if report.drawn and is_drawn else []
    seed = ["--seed", str(report.seed)] if report.seed else []
    edition = [] if report.is_newest or not report.edition else ["--edition", report.edition]
    return shlex.join(["mockex", "conformance", "--only", result.id, *draw, *seed, *edition, "--", *report.command])


def by_family(results: list[Result]) -> Grouped:
    """Group results by the names of their families, in the order of the families."""
    found: Grouped = {name: [] for name in FAMILIES.values()}
    for result in results:
        found.setdefault(FAMILIES.get(result.family, result.family), []).append(result)
    return {name: members for name, members in found.items() if members}


def offending(report: Report) -> list[Result]:
    """List the results that a reader may want to know in full, what is worst first."""
    order = list(MARKS)
    return sorted((one for one in report.results if one.mark in OFFENDING), key=lambda one: order.index(one.mark))


def details(report: Report, result: Result) -> Iterator[tuple[str, str]]:
    """Tell a finding in full: names and what there is to say, for each case that has its verdict."""
    if result.is_stale:
        yield "found", result.said
    decisive = [] if result.is_stale else result.decisive
    for case in decisive[:MAX_CASES]:
        yield "case", case.case.name
        yield "found", case.sentence
        yield "told", _lines(case.told)
        yield "wire", _lines(_folded(case.entries)) or "no call was made"
        yield "elsewhere", _lines(_folded(case.elsewhere))
        yield "why", "\n".join(f"call {seq}: {why}" for seq, why in case.diagnoses.items())
    yield "more", "\n".join(f"also in: {case.case.name}" for case in decisive[MAX_CASES:])
    yield "requires", result.sentence
    yield "source", result.source
    yield "again", again(report, result)


def _folded(entries: Sequence[JournalEntry]) -> list[str]:
    """Write calls in lines; many that are alike, one after the other, in one."""
    lines: list[str] = []
    for what, alike in groupby(entries, lambda entry: str(entry).partition(" ")[2]):
        numbers = [entry.seq for entry in alike]
        if len(numbers) < ALIKE:
            lines += [f"{number}: {what}" for number in numbers]
        else:
            lines.append(f"{numbers[0]} to {numbers[-1]}: {what}")
    return lines


def _lines(told: Sequence[object]) -> str:
    more = [f"… and {len(told) - MAX_LINES} more"] if len(told) > MAX_LINES else []
    return "\n".join([*map(str, told[:MAX_LINES]), *more])


def in_full(entry: JournalEntry) -> str:
    """Write a call and its answer as they were on the wire, but for what must not be told."""
    asked = [f"{entry.method} {entry.target} HTTP/1.1", *(f"{name}: {value}" for name, value in entry.request_headers)]
    answered = [f"HTTP/1.1 {entry.status}", *(f"{name}: {value}" for name, value in entry.headers.items())]
    bodies = (["", shortened(entry.body)] if entry.body else [], ["", shortened(entry.answer)] if entry.answer else [])
    return "\n".join([*asked, *bodies[0], "", *answered, *bodies[1]])


def shortened(text: str) -> str:
    """Cut a long body."""
    return text if len(text) <= MAX_BODY else f"{text[:MAX_BODY]}… ({len(text)} characters)"


def in_xml(text: str) -> str:
    """Replace what cannot stand in XML."""
    return NO_XML.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
