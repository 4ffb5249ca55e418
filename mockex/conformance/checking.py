"""Grading a client of this process: all at once as a report, or a test for each requirement."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from unittest import SkipTest

from mockex.conformance.choosing import chosen
from mockex.conformance.editions import newest
from mockex.conformance.families import REQUIREMENTS
from mockex.conformance.grading import grade, judge_case
from mockex.conformance.in_process import InProcess
from mockex.conformance.requirement import Requirement
from mockex.conformance.results import CaseResult, Report, Result
from mockex.conformance.run import Client
from mockex.fuzzing.target import Target


def run(
    make: Callable[[Target], Any],
    *,
    errors: type[Exception] | tuple[type[Exception], ...],
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    **how: Any,
) -> Report:
    """Grade a client that `make(target)` makes anew for each case, synchronous or not, by all requirements or some.

    `errors` are its own; how it is read besides, and what it claims, is `how`, as `InProcess` takes it. Raises
    MockexError for a name that no requirement and no family has.
    """
    return grade([InProcess(make, errors=errors, **how)], requirements(only=only, skip=skip), edition=newest())


def requirements(*, only: Sequence[str] = (), skip: Sequence[str] = ()) -> tuple[Requirement, ...]:
    """List requirements, or some of them, by their ids or their families. Raises MockexError for what is neither."""
    return chosen(REQUIREMENTS, edition=newest(), only=only, skip=skip)


def id_of(requirement: object) -> str | None:
    """Name a test for its requirement: `@pytest.mark.parametrize("requirement", requirements(), ids=id_of)`."""
    return requirement.id if isinstance(requirement, Requirement) else None


def check(requirement: Requirement, client: Client) -> None:
    """Test a client by one requirement.

    Raises AssertionError where it is not met, or mockex itself is wrong; skips where the client does not claim what it
    is about, and where what was to be judged did not come about. What is only worth knowing is printed.
    """
    __tracebackhide__ = True  # the sentence tells more than these lines
    cases = [judge_case(requirement, case, client) for case in requirement.cases]
    result = Result(id=requirement.id, title=requirement.title, severity=requirement.severity, cases=tuple(cases))
    worst = result.worst
    if worst is None or worst.verdict == "PASS":
        return
    if worst.verdict == "UNSUPPORTED":
        raise SkipTest(f"{client.name} does not claim what {requirement.id} is about")
    if worst.verdict == "UNSEEN":
        raise SkipTest(f"not seen: {worst.sentence}")
    told = "\n".join(_told(requirement, worst))
    if worst.verdict == "FAIL" and not result.is_finding:
        print(told)
        return
    raise AssertionError(told)


def _told(requirement: Requirement, worst: CaseResult) -> Iterator[str]:
    """Tell what is wrong, what it follows from, what was told and sent, and how to see it again."""
    yield f"{requirement.id}: {worst.sentence}"
    yield f"{requirement.severity}: {requirement.sentence} ({requirement.source})"
    yield f"case: {worst.case.name}"
    yield from (f"told: {one}" for one in worst.told)
    yield from (f"call {entry}" for entry in worst.entries)
    yield from (f"elsewhere, call {entry}" for entry in worst.elsewhere)
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
    if test:
        yield f"repeat it: pytest '{test}'"
