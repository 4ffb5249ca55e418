"""The results of a client: for each requirement what was judged of each of its cases, and how to repeat it."""

from collections import Counter
from typing import Literal

from msgspec import Struct, structs

from mockex.conformance.case import Case
from mockex.conformance.requirement import Severity
from mockex.testing.journal import JournalEntry

Verdict = Literal["PASS", "FAIL", "UNSEEN", "UNSUPPORTED", "FAULT"]
"""UNSEEN: what was to be judged did not come about. FAULT: the harness was wrong, which says nothing of the client."""

WORST: tuple[Verdict, ...] = ("FAULT", "FAIL", "PASS", "UNSEEN", "UNSUPPORTED")
"""What a requirement gets of its cases: the first of these that one of them has."""

Mark = Literal["FAULT", "FAIL", "STALE", "EXPECTED", "NOTE", "PASS", "UNSEEN", "UNSUPPORTED"]
"""A verdict as it is shown: STALE was listed as expected to fail and did not, EXPECTED did, NOTE is a failed INFO."""

MARKS: dict[Mark, str] = {
    "FAULT": "mockex was wrong, or the adapter broke the protocol; nothing is said of the client",
    "FAIL": "the client does not meet it",
    "STALE": "listed as expected to fail, and it did not",
    "EXPECTED": "it fails, as was expected",
    "NOTE": "worth knowing, and no failure",
    "PASS": "the client meets it",
    "UNSEEN": "what was to be judged did not come about",
    "UNSUPPORTED": "the client does not claim what it is about",
}

WRONG: frozenset[Mark] = frozenset(("FAULT", "FAIL", "STALE"))
"""Marks that make a run fail."""

OFFENDING: frozenset[Mark] = WRONG | {"EXPECTED", "NOTE"}
"""Marks of what a reader may want to know in full."""


class CaseResult(Struct, frozen=True, kw_only=True):
    """What came of one case: the verdict, what is wrong, or was not seen, and the calls on the wire.

    `diagnoses` says why calls were refused, by their numbers. `took_s` is the machine's time, and that
    of all cases that are alike, for they are played once. `requirement` names what
    a drawn case was found to break; it is empty where that is known.
    """

    case: Case
    verdict: Verdict
    sentence: str = ""
    told: tuple[str, ...] = ()
    entries: tuple[JournalEntry, ...] = ()
    elsewhere: tuple[JournalEntry, ...] = ()
    diagnoses: dict[int, str] = {}
    took_s: float = 0.0
    requirement: str = ""


class Result(Struct, frozen=True, kw_only=True):
    """What became of one requirement, and its texts, as `Requirement` has them.

    `is_expected` where its failure is listed as expected, `is_stale` where it is so listed and did not fail; `why` is
    what the list says of it.
    """

    id: str
    title: str
    severity: Severity
    sentence: str = ""
    source: str = ""
    server: str = ""
    wire: str = ""
    tells: str = ""
    cases: tuple[CaseResult, ...]
    is_expected: bool = False
    is_stale: bool = False
    why: str = ""

    @property
    def family(self) -> str:
        """The first part of its id."""
        return self.id.partition("-")[0]

    @property
    def verdict(self) -> Verdict:
        """The worst of its cases."""
        found = {case.verdict for case in self.cases}
        return next((verdict for verdict in WORST if verdict in found), "UNSUPPORTED")

    @property
    def mark(self) -> Mark:
        """The verdict as it is shown."""
        verdict = self.verdict
        if self.is_stale and verdict != "FAULT":
            return "STALE"
        if verdict != "FAIL":
            return verdict
        return "EXPECTED" if self.is_expected else "NOTE" if self.severity == "INFO" else "FAIL"

    @property
    def worst(self) -> CaseResult | None:
        """The case that the verdict is from."""
        return next(iter(self.decisive), None)

    @property
    def decisive(self) -> list[CaseResult]:
        """All cases that have its verdict."""
        return [case for case in self.cases if case.verdict == self.verdict]

    @property
    def said(self) -> str:
        """What is to be said of its verdict, in a sentence."""
        if self.is_stale:
            why = f" ({self.why})" if self.why else ""
            return f"it is listed as expected to fail{why}, and is {self.verdict}"
        return self.worst.sentence if self.worst is not None else ""

    @property
    def is_finding(self) -> bool:
        """Whether something is wrong with the client, or with what was expected of it; INFO is none."""
        return self.mark in ("FAIL", "STALE")


class Report(Struct, frozen=True, kw_only=True):
    """All results of one client, and how the run was made.

    `shape` counts the changes that an older reader of it could not bear. `command` starts the adapter, if there is one;
    `is_newest` says that the edition was the one a run has that names none. So many cases as `drawn` says were drawn.
    """

    shape: Literal[1] = 1
    client: str
    version: str
    mockex: str
    edition: str
    seed: int
    drawn: int = 0
    took_s: float
    started_at: str = ""
    python: str = ""
    platform: str = ""
    command: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    is_newest: bool = True
    results: tuple[Result, ...]

    @property
    def stale(self) -> list[str]:
        """What was expected to fail, and did not."""
        return [result.id for result in self.results if result.is_stale]

    @property
    def exit_code(self) -> int:
        """0 where all is well, 1 where there are findings, 3 where the harness is at fault."""
        if any(result.verdict == "FAULT" for result in self.results):
            return 3
        return 1 if any(result.is_finding for result in self.results) else 0

    @property
    def counts(self) -> Counter[Verdict]:
        """How many requirements got which verdict."""
        return Counter(result.verdict for result in self.results)

    @property
    def marks(self) -> Counter[Mark]:
        """How many requirements are shown with which mark."""
        return Counter(result.mark for result in self.results)

    @property
    def score(self) -> tuple[int, int]:
        """How many requirements are met, of how many that were judged; a NOTE is not counted."""
        judged = [result for result in self.results if result.verdict in ("PASS", "FAIL") and result.mark != "NOTE"]
        return sum(result.verdict == "PASS" for result in judged), len(judged)

    @property
    def name(self) -> str:
        """Who was graded."""
        return f"{self.client} {self.version}".strip()


def expecting(report: Report, expected: dict[str, str]) -> Report:
    """Say of each result whether its failure was expected, by id with the reason; UNSEEN is neither way proven."""

    def seen(result: Result) -> Result:
        if result.id not in expected:
            return result
        is_stale = result.verdict in ("PASS", "UNSUPPORTED")
        is_expected = result.verdict == "FAIL"
        return structs.replace(result, is_expected=is_expected, is_stale=is_stale, why=expected[result.id])

    return structs.replace(report, results=tuple(map(seen, report.results)))
