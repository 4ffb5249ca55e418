"""What a failing test is told, and what makes a test fail in a strict world."""

import re

from tests.plugin.conftest import Project

SECRETS = re.compile(r"[0-9A-Za-z]{64}")

FAILING = """
def test_late(mockex_world):
    assert ask(mockex_world) == 200
    assert ask(mockex_world, timestamp=1) == 200
"""


def test_failing_test_tells_its_last_calls(project: Project) -> None:
    """The report has the calls, the diagnosis of the refused one, the seed and the command that repeats it."""
    project.tests(FAILING)
    told = project.run("--mockex-seed", "5").stdout.str()
    assert "  1: GET /sapi/v1/portfolio/pmLoan → 200\n" in told
    assert "  2: GET /sapi/v1/portfolio/pmLoan → 400 -1021 timestamp_is_late\n" in told
    assert "[clock-behind]" in told
    assert "repeat it: pytest test_loan.py::test_late --mockex-seed 5\n" in told
    section = told.partition(" mockex ---")[2]
    assert section
    assert not SECRETS.search(section)


def test_report_comes_from_every_worker(project: Project) -> None:
    """With xdist the same report comes from the worker that ran the test."""
    project.tests(FAILING)
    result = project.run("-n", "2")
    result.assert_outcomes(failed=1)
    assert "[clock-behind]" in result.stdout.str()


def test_passing_test_tells_nothing(project: Project) -> None:
    """Neither is a test's report changed that passes, nor one that has no world."""
    project.tests(
        "def test_good(mockex_world):\n    assert ask(mockex_world) == 200\n\ndef test_bad():\n    assert 0\n"
    )
    result = project.run()
    result.assert_outcomes(passed=1, failed=1)
    assert " mockex ---" not in result.stdout.str()


STRICT = """
def test_refused(mockex_world):
    ask(mockex_world, timestamp=1)

def test_expected(mockex_world):
    with mockex_world.refuses(code=-1021):
        ask(mockex_world, timestamp=1)

@pytest.mark.mockex(expects=[-1021])
def test_allowed(mockex_world):
    ask(mockex_world, timestamp=1)

@pytest.mark.mockex(expects=[-1022])
def test_another(mockex_world):
    ask(mockex_world, timestamp=1)

@pytest.mark.mockex(strict=False)
def test_lenient(mockex_world):
    ask(mockex_world, timestamp=1)

@pytest.mark.mockex(faults=["overloaded"])
def test_declared(mockex_world):
    assert ask(mockex_world) == 503
"""


def test_strict_worlds_refuse_nothing_unexpectedly(project: Project) -> None:
    """A refusal that nobody expected fails a test that would have passed; a declared fault is no refusal."""
    project.tests(STRICT)
    result = project.run("--mockex-strict", "-rf")
    result.assert_outcomes(passed=4, failed=2)
    told = result.stdout.str()
    assert "FAILED test_loan.py::test_refused - " in told
    assert "FAILED test_loan.py::test_another - " in told
    sentence = (
        "a call was refused, and nobody expected it: 1: GET /sapi/v1/portfolio/pmLoan → 400 -1021 timestamp_is_late"
    )
    assert f"\n{sentence}\n" in told
    assert "Traceback" not in told
    assert "pytest_plugin.py" not in told


def test_worlds_are_strict_by_the_ini_too(project: Project) -> None:
    """`mockex_strict = true` holds for all; without it, and without a marker, no world is strict."""
    project.tests(STRICT)
    project.run().assert_outcomes(passed=6)
    project.configured("mockex_strict = true")
    project.run().assert_outcomes(passed=4, failed=2)


def test_strictness_hides_no_other_failure(project: Project) -> None:
    """A test that fails by itself fails with its own words."""
    project.tests("def test_bad(mockex_world):\n    ask(mockex_world, timestamp=1)\n    assert 'own words' == 0\n")
    result = project.run("--mockex-strict")
    result.assert_outcomes(failed=1)
    assert "nobody expected it" not in result.stdout.str()
    assert "own words" in result.stdout.str()


def test_note_of_a_world_is_shown(project: Project) -> None:
    """Worlds that a test opens itself, as under `@given`, tell their calls in a note on the error."""
    project.tests(
        """
        from hypothesis import given, settings, strategies as st

        @given(timestamp=st.integers(1, 9))
        @settings(database=None)
        def test_late(mockex_server, timestamp):
            with mockex_server.world("quiet") as world:
                assert ask(world, timestamp=timestamp) == 200
        """
    )
    result = project.run()
    result.assert_outcomes(failed=1)
    told = result.stdout.str()
    assert "Failing test case: test_late(" in told
    assert "→ 400 -1021 timestamp_is_late" in told
    assert "[clock-behind]" in told


def test_passing_test_tells_nothing_when_all_is_shown(project: Project) -> None:
    """With `-rA`, which shows what passing tests have printed, there is no section of mockex either."""
    project.tests("def test_good(mockex_world):\n    print('printed')\n    assert ask(mockex_world) == 200\n")
    told = project.run("-rA").stdout.str()
    assert "printed" in told
    assert " mockex ---" not in told


def test_marker_alone_makes_a_world_strict(project: Project) -> None:
    """`strict=True` needs neither the option nor the ini."""
    project.tests("@pytest.mark.mockex(strict=True)\ndef test_one(mockex_world):\n    ask(mockex_world, timestamp=1)\n")
    project.run().assert_outcomes(failed=1)
