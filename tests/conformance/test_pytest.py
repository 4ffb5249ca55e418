"""In process: a client is graded in one call, or tested by one test for each requirement."""

import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import SkipTest

import pytest
from msgspec import structs

import mockex.conformance
from mockex.conformance import REQUIREMENTS, Requirement, check, id_of, requirements
from mockex.conformance.requirement import Unseen
from mockex.errors import MockexError
from mockex.fuzzing import Target
from mockex.testing.client import ClientError
from tests.conformance.broken import in_process, reference
from tests.conformance.test_harness import RIGHT_ANSWER, header, mockex_is_wrong
from tests.conformance.zoo.signing import SIG
from tests.howto.running import OPTIONS, ROOT, summary

BY_ID = {requirement.id: requirement for requirement in REQUIREMENTS}
HMAC = BY_ID["SIG-HMAC"]
FRESH = BY_ID["SIG-FRESH"]


class Synchronous:
    """A client with functions in place of coroutines, which knows one answer."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def loan(self) -> dict[str, Any]:
        """Tell of a loan that nobody owes."""
        return {"asset": "USDT", "amount": Decimal(1)}

    def records(self, start_ms: int, end_ms: int) -> list[Any]:
        """Tell of nothing."""
        del start_ms, end_ms
        return []


def test_client_is_graded_in_one_call() -> None:
    """The report has every requirement that was asked for, and its verdict."""
    report = mockex.conformance.run(reference, errors=ClientError, only=["SIG-HMAC", "SIG-FRESH"], name="mine")
    assert (report.client, report.exit_code) == ("mine", 0)
    assert {result.id: result.verdict for result in report.results} == {"SIG-HMAC": "PASS", "SIG-FRESH": "PASS"}


def test_synchronous_client_is_graded_too() -> None:
    """It is wrong, and its report says so."""
    report = mockex.conformance.run(Synchronous, errors=ValueError, only=["SIG-HMAC"])
    (result,) = report.results
    assert (result.verdict, report.exit_code) == ("FAIL", 1)


def test_function_does_not_hide_the_module() -> None:
    """`run` is the function, and what is imported from the module of that name is still there."""
    from mockex.conformance.run import Run

    assert callable(mockex.conformance.run)
    assert Run.__module__ == "mockex.conformance.run"


def test_requirements_are_chosen_by_id_and_family() -> None:
    """All, a family, one, or all but some; another name is told with the nearest."""
    assert requirements() == REQUIREMENTS
    assert {one.family for one in requirements(only=["SIG"])} == {"SIG"}
    assert requirements(only=["SIG-HMAC", "SIG-FRESH"], skip=["SIG-FRESH"]) == (HMAC,)
    assert not {one.family for one in requirements(skip=["SIG"])} & {"SIG"}
    with pytest.raises(MockexError, match=r"'SIG-FRESK' \(did you mean 'SIG-FRESH'\?\)"):
        requirements(only=["SIG-FRESK"])


@pytest.mark.parametrize("requirement", requirements(only=["SIG-HMAC", "SIG-FRESH"]), ids=id_of)
def test_reference_client_is_checked(requirement: Requirement) -> None:
    """One test for each requirement, named for it, passes."""
    check(requirement, in_process())


def test_requirement_that_is_not_met_fails_its_test(request: pytest.FixtureRequest) -> None:
    """The sentence, what it follows from, the case, what was told, the calls, and the command that repeats it."""
    broken = next(one for one in SIG if one.requirement == "SIG-FRESH")
    with broken.made(), pytest.raises(AssertionError) as failed:
        check(FRESH, in_process())
    lines = str(failed.value).splitlines()
    assert lines[0].startswith("SIG-FRESH: call 2: GET ")
    assert lines[1] == f"MUST: {FRESH.sentence} ({FRESH.source})"
    assert lines[2].startswith("case: ")
    assert [line.partition(" ")[0] for line in lines[3:]] == ["told:", "call", "call", "repeat"]
    assert lines[-1] == f"repeat it: pytest '{request.node.nodeid}'"


def judged(judge: Callable[[Any], Any], **how: Any) -> Requirement:
    """Let a requirement judge otherwise."""
    return structs.replace(HMAC, judge=judge, **how)


def test_what_is_not_claimed_or_not_seen_is_skipped() -> None:
    """A skipped test says why."""
    with pytest.raises(SkipTest, match="client does not claim what SIG-HMAC is about"):
        check(HMAC, in_process(features=frozenset({"loan"})))
    with pytest.raises(SkipTest, match="not seen: too dark"):
        check(judged(lambda _run: Unseen("too dark")), in_process())


def test_what_is_only_worth_knowing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """An INFO fails no test."""
    check(judged(lambda _run: "so it is", severity="INFO"), in_process())
    assert capsys.readouterr().out.startswith("SIG-HMAC: so it is\nINFO: ")
    with pytest.raises(AssertionError, match="SIG-HMAC: so it is"):
        check(judged(lambda _run: "so it is", severity="SHOULD"), in_process())


def test_fault_of_the_harness_fails_the_test() -> None:
    """Nobody is told that a client is right, or wrong, where mockex itself was wrong."""
    with (
        mockex_is_wrong("answer", RIGHT_ANSWER, header("Server", None)),
        pytest.raises(AssertionError, match="SIG-HMAC: mockex itself answered call 1"),
    ):
        check(HMAC, in_process())


def test_pytest_shows_skips_and_findings(tmp_path: Path) -> None:
    """In a run of its own: a pass, a skip and a failure, each named for its requirement."""
    (tmp_path / "test_mine.py").write_text(
        "import pytest\n"
        "from mockex.conformance import InProcess, check, id_of, requirements\n"
        "from mockex.testing.client import Client, ClientError\n"
        "def make(target):\n"
        "    return Client(target.url, target.signer, time=target.time, sleep=target.asleep)\n"
        "FEATURES = frozenset({'loan', 'records', 'HMAC', 'clock'})\n"
        "@pytest.mark.parametrize('requirement', requirements(only=['SIG-HMAC', 'SIG-RSA']), ids=id_of)\n"
        "def test_client(requirement):\n"
        "    check(requirement, InProcess(make, errors=ClientError, features=FEATURES))\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", *OPTIONS, "-v"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert summary(done.stdout) == "1 passed, 1 skipped", done.stdout
    assert "test_client[SIG-HMAC] PASSED" in done.stdout
    assert "does not claim what SIG-RSA is about" in done.stdout
