"""`--mockex-lint`: a test fails for what is wrong in its calls alone, though it passed."""

from tests.plugin.conftest import Project

TESTS = """
def test_right(mockex_world):
    assert ask(mockex_world) == 200

def test_wrong(mockex_world):
    assert ask(mockex_world, recvWindow=70_000) == 400

def test_wrong_on_purpose(mockex_world):
    with mockex_world.refuses(code=-1131):
        ask(mockex_world, recvWindow=70_000)

def test_spoilt(mockex_world):
    mockex_world.faults.add("overloaded", times=1)
    assert [ask(mockex_world), ask(mockex_world)] == [503, 200]
"""


def test_wrong_calls_fail_their_test(project: Project) -> None:
    """Without the option all pass; with it one does not, and the requirement is told with the call."""
    project.tests(TESTS)
    project.run().assert_outcomes(passed=4)
    told = project.run("--mockex-lint")
    told.assert_outcomes(passed=3, failed=1)
    told.stdout.fnmatch_lines(["*TIME-WINDOW-MAX: call 1: GET /sapi/v1/portfolio/pmLoan*"])
