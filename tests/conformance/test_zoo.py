"""The reference client meets every requirement, and for each there is a broken client that it catches."""

import pytest

from mockex.conformance import REQUIREMENTS, Requirement
from mockex.conformance.case import Case
from mockex.conformance.grading import judge_case
from tests.conformance.broken import Broken, in_process
from tests.conformance.zoo import ZOO

BY_ID = {requirement.id: requirement for requirement in REQUIREMENTS}
CASES = [
    pytest.param(requirement, case, id=f"{requirement.id}: {case.name}")
    for requirement in REQUIREMENTS
    for case in requirement.cases
]


@pytest.mark.parametrize(("requirement", "case"), CASES)
def test_reference_client_meets_it(requirement: Requirement, case: Case) -> None:
    """It is seen to: no case of a requirement passes because nothing happened, or is not asked of the client."""
    result = judge_case(requirement, case, in_process())
    assert result.verdict == "PASS", f"{result.sentence}\n" + "\n".join([*result.told, *map(str, result.entries)])


@pytest.mark.parametrize("broken", ZOO, ids=lambda one: f"{one.requirement}: {one.mistake}")
def test_broken_client_is_caught(broken: Broken) -> None:
    """A case of its requirement fails, and the sentence says why."""
    requirement = BY_ID[broken.requirement]
    with broken.made():
        results = [judge_case(requirement, case, in_process(real_s=broken.real_s)) for case in requirement.cases]
    verdicts = {result.verdict for result in results}
    assert "FAIL" in verdicts, [result.verdict for result in results]
    assert "FAULT" not in verdicts, [result.sentence for result in results]
    assert all(result.sentence for result in results if result.verdict == "FAIL")


def test_every_requirement_is_proven() -> None:
    """Each has a broken client."""
    assert {broken.requirement for broken in ZOO} == BY_ID.keys()


def test_requirements_say_all_of_it() -> None:
    """Ids are told once and belong to a family; every text is there, and every case has a name of its own."""
    assert len(BY_ID) == len(REQUIREMENTS)
    for one in REQUIREMENTS:
        assert all((one.title, one.sentence, one.source, one.server, one.wire, one.tells, one.cases)), one.id
        assert len({case.name for case in one.cases}) == len(one.cases), one.id
