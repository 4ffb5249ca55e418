"""The results of a client: for each requirement what was judged of each of its cases, and how to repeat it."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from mockex.conformance.case import Case
from mockex.conformance.requirement import Severity
from mockex.testing.journal import JournalEntry

Verdict = Literal["PASS", "FAIL", "UNSEEN", "UNSUPPORTED", "FAULT"]
"""UNSEEN: what was to be judged did not come about. FAULT: the harness was wrong, which says nothing of the client."""

WORST: tuple[Verdict, ...] = ("FAULT", "FAIL", "PASS", "UNSEEN", "UNSUPPORTED")
"""What a requirement gets of its cases: the first of these that one of them has."""


class CaseResult(Struct, frozen=True, kw_only=True):
    """What came of one case: the verdict, what is wrong, or was not seen, and the calls on the wire.

    `requirement` names what a drawn case was found to break; it is empty where that is known.
    """

    case: Case
    verdict: Verdict
    sentence: str = ""
    told: Sequence[str] = ()
    entries: Sequence[JournalEntry] = ()
    elsewhere: Sequence[JournalEntry] = ()
    requirement: str = ""


class Result(Struct, frozen=True, kw_only=True):
    """What became of one requirement; `is_expected` where its failure is listed as expected."""

    id: str
    title: str
    severity: Severity
    cases: Sequence[CaseResult]
    is_expected: bool = False

    @property
    def verdict(self) -> Verdict:
        """The worst of its cases."""
        found = {case.verdict for case in self.cases}
        return next((verdict for verdict in WORST if verdict in found), "UNSUPPORTED")

    @property
    def worst(self) -> CaseResult | None:
        """The case that the verdict is from."""
        return next((case for case in self.cases if case.verdict == self.verdict), None)

    @property
    def is_finding(self) -> bool:
        """Whether something is wrong with the client, or with what was expected of it; INFO is none."""
        return self.verdict == "FAIL" and self.severity != "INFO" and not self.is_expected


class Report(Struct, frozen=True, kw_only=True):
    """All results of one client. `stale` lists what was expected to fail, and did not."""

    client: str
    version: str
    mockex: str
    edition: str
    seed: int
    took_s: float
    results: Sequence[Result]
    stale: Sequence[str] = ()

    @property
    def exit_code(self) -> int:
        """0 where all is well, 1 where there are findings, 3 where the harness is at fault."""
        if any(result.verdict == "FAULT" for result in self.results):
            return 3
        return 1 if self.stale or any(result.is_finding for result in self.results) else 0

    @property
    def counts(self) -> Counter[Verdict]:
        """How many requirements got which verdict."""
        return Counter(result.verdict for result in self.results)
