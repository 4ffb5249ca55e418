"""A stranger's project: a folder of its own, and a client in six lines."""

from textwrap import dedent

import pytest

CLIENT = """
import urllib.error
import urllib.request


def ask(world, path="/sapi/v1/portfolio/pmLoan", **parameters):
    request = urllib.request.Request(
        world.signed_url(path, **parameters), headers=world.signer().headers
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.status
"""


class Project:
    """A folder with tests in it, run by a pytest of their own."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        pytester.makepyfile(client=CLIENT)
        self.configured("")

    def configured(self, lines: str) -> None:
        """Write the configuration; warnings are errors in it, as they are here."""
        self.pytester.makeini(
            f"[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\npythonpath = .\n{lines}"
        )

    def tests(self, text: str, name: str = "test_loan") -> None:
        """Write a module of tests."""
        self.pytester.makepyfile(**{name: f"import pytest\nfrom client import ask\n\n{dedent(text)}"})

    def run(self, *options: str) -> pytest.RunResult:
        """Run the tests in a process of their own."""
        return self.pytester.runpytest_subprocess("-p", "no:cacheprovider", *options, timeout=60)


@pytest.fixture
def project(pytester: pytest.Pytester) -> Project:
    """Begin a project."""
    return Project(pytester)
