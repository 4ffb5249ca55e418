"""Nobody is blamed for what is allowed: plain clients, on the world's clock and on the machine's."""

from typing import Any

import pytest

from mockex.conformance import REQUIREMENTS, InProcess, Requirement
from mockex.conformance.case import Case
from mockex.conformance.grading import judge_case
from mockex.conformance.run import FEATURES
from tests.conformance.plain import PlainError, PlainLoop, PlainThreads

MISSING = {"recv_window", "parameters", "splits_ranges", "resynchronises", "retry_after", "used_weight"}
FAMILIES = ("NET", "SAFE", "CONC")
CASES = [
    pytest.param(requirement, case, id=f"{requirement.id}: {case.name}")
    for requirement in REQUIREMENTS
    for case in requirement.cases
    if requirement.family in FAMILIES
]
OF_ITS_LIBRARY = {
    PlainThreads: {"NET-TRICKLE", "NET-1XX", "NET-STALE"},
    PlainLoop: {"NET-LONG"},
}
"""What the libraries do wrong themselves: requests limits no whole call, takes 103 for the answer, and tries no second
connection; aiohttp 3.14 gives what came behind one answer as the answer to the next call on a kept connection."""


@pytest.mark.parametrize("has_clock", [True, False], ids=["the world's clock", "the machine's"])
@pytest.mark.parametrize("make", [PlainThreads, PlainLoop])
@pytest.mark.parametrize(("requirement", "case"), CASES)
def test_plain_client_is_not_blamed(make: Any, requirement: Requirement, case: Case, has_clock: bool) -> None:
    """It fails where its library does, and nowhere else."""
    features = frozenset(FEATURES) - MISSING - (set() if has_clock else {"clock"})
    client = InProcess(make, errors=PlainError, features=features, real_s=4.0)
    result = judge_case(requirement, case, client)
    allowed = {"PASS", "UNSEEN", "UNSUPPORTED"} | ({"FAIL"} if requirement.id in OF_ITS_LIBRARY[make] else set())
    assert result.verdict in allowed, f"{result.sentence}\n" + "\n".join([*result.told, *map(str, result.entries)])
