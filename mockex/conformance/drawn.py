"""Drawn cases: Hypothesis draws what happens, plays it with a client, and finds the smallest case of each mistake."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from time import monotonic

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.errors import Flaky
from msgspec import json, structs

from mockex.conformance import case_file
from mockex.conformance.attributing import without_explained
from mockex.conformance.case import Case
from mockex.conformance.case_file import CaseFile
from mockex.conformance.drawing import cases
from mockex.conformance.families import REQUIREMENTS
from mockex.conformance.grading import judge_case
from mockex.conformance.oracles import ANY, Found, any_of
from mockex.conformance.requirement import Requirement
from mockex.conformance.results import CaseResult, Report, Result, Verdict
from mockex.conformance.run import Client

WITHIN_S = 60.0
FAULT: Verdict = "FAULT"


class FoundError(AssertionError):
    """A case in which a requirement is not met; each requirement has a type of its own, so that each is shrunk."""


def draw_findings(
    client: Client,
    requirements: Sequence[Requirement] = REQUIREMENTS,
    *,
    seed: int = 0,
    examples: int = 100,
    save_to: Path | None = None,
    within_s: float = WITHIN_S,
) -> list[CaseResult]:
    """Draw so many cases; gives the smallest in which each requirement is not met, and saves it where it is said to.

    The same seed draws the same. After `within_s` nothing more is played: what was found by then is as small as it was.
    """
    hunt = _Hunt(client, requirements, monotonic() + within_s)

    @hypothesis.seed(seed)
    @settings(
        max_examples=examples,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        deadline=None,
        database=None,
        derandomize=False,
        print_blob=False,
        report_multiple_bugs=True,
    )
    @given(cases(client.features))
    def drawn(case: Case) -> None:
        hunt.look(case)

    try:
        drawn()
    except (FoundError, Flaky, BaseExceptionGroup) as error:
        for one in _others(error):
            raise one from None
    smallest = without_explained(hunt.smallest).values()
    found = [structs.replace(one, case=_named(one, seed)) for one in smallest]
    if save_to is not None:
        for result in found:
            save(result, save_to)
    return found


def _others(error: BaseException) -> Iterator[BaseException]:
    """Find what is neither a finding, nor one that did not come again when it was shrunk."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _others(one)
    elif not isinstance(error, FoundError | Flaky):
        yield error


def _named(result: CaseResult, seed: int) -> Case:
    return structs.replace(result.case, name=f"drawn with seed {seed} for {result.requirement or FAULT}")


class _Hunt:
    """What was found so far: of each requirement the smallest case; and what came of each case that was played."""

    def __init__(self, client: Client, requirements: Sequence[Requirement], until_s: float) -> None:
        self.client = client
        self.requirements = requirements
        self.until_s = until_s
        self.smallest: dict[str, CaseResult] = {}
        self.seen: dict[bytes, CaseResult | None] = {}
        self.kinds: dict[str, type[FoundError]] = {}

    def look(self, case: Case) -> None:
        """Play a case, once. Raises FoundError of the type of the requirement that is not met."""
        __tracebackhide__ = True
        if monotonic() > self.until_s:
            return
        written = json.encode(case)
        if written not in self.seen:
            self.seen[written] = self._played(case)
        if (result := self.seen[written]) is None:
            return
        name = result.requirement or FAULT
        if name not in self.smallest or _size(case) < _size(self.smallest[name].case):
            self.smallest[name] = result
        kind = self.kinds.setdefault(name, type(f"{name} is not met", (FoundError,), {}))
        raise kind(result.sentence)

    def _played(self, case: Case) -> CaseResult | None:
        """Play a case; gives what was found, by the requirement that it belongs to, or None."""
        found: list[Found] = []
        result = judge_case(any_of(self.requirements, found), case, self.client)
        if result.verdict != FAULT and not found:
            return None
        return structs.replace(result, requirement="" if result.verdict == FAULT else found[0].requirement)


def _size(case: Case) -> tuple[int, int]:
    """Say how large a case is: few steps first, then few words."""
    return len(case.steps), len(json.encode(case))


def save(result: CaseResult, folder: Path) -> Path:
    """Save a case that was found, under a name that the same case always has. Raises MockexError."""
    written = CaseFile(requirement=result.requirement or ANY, is_drawn=True, finding=result.sentence, case=result.case)
    plain = structs.replace(result.case, name="")
    path = folder / f"{written.requirement.lower()}-{sha256(json.encode(plain)).hexdigest()[:8]}.toml"
    case_file.write(written, path)
    return path


def with_drawn(report: Report, drawn: Sequence[CaseResult]) -> Report:
    """Add what was drawn to the results of the requirements that it belongs to; a fault of the harness to the first."""
    results = list(report.results)
    for number, result in enumerate(results):
        of_it = [one for one in drawn if one.requirement == result.id or (not one.requirement and not number)]
        if of_it:
            results[number] = _extended(result, of_it)
    return structs.replace(report, results=tuple(results))


def _extended(result: Result, drawn: Sequence[CaseResult]) -> Result:
    return structs.replace(result, cases=(*result.cases, *drawn))
