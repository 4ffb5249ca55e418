"""The snippets that are tests, each run as its reader would run it: with the client of the project with requests."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mockex import pytest_plugin
from mockex.testing import LiveExchange
from tests.docs.test_snippets import ROOT, of_kind, snippets
from tests.howto.running import HERE, run, summary

PAGE = "docs/how-to/in-your-tests.md"
PLUGINS = ("-p", "asyncio", "-p", "xdist")
TRIVIAL = "def test_one(mockex_world):\n    assert mockex_world.loan\n"
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z")


def of_page(kind: str) -> str:
    """Give the page's snippets of a kind."""
    return "".join(text for found, place, text in snippets() if found == kind and place.startswith(PAGE))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a project with a client, the page's fixture and no test."""
    shutil.copy(HERE / "requests_client" / "client.py", tmp_path)
    (tmp_path / "conftest.py").write_text(of_page("python conftest"), encoding="utf-8")
    configured(tmp_path, "[pytest]\n")
    return tmp_path


def configured(folder: Path, ini: str) -> None:
    """Write the configuration; warnings are errors in it."""
    lines = "asyncio_default_fixture_loop_scope = function\nfilterwarnings = error\n"
    (folder / "pytest.ini").write_text(ini + lines, encoding="utf-8")


@pytest.mark.parametrize("text", of_kind("python test"))
def test_tests(text: str, folder: Path) -> None:
    """All tests of a snippet pass, and it has some."""
    (folder / "test_loan.py").write_text(text, encoding="utf-8")
    done = run(folder, *PLUGINS)
    assert re.fullmatch("[1-9][0-9]* passed", summary(done.stdout)), done.stdout


def test_report(folder: Path) -> None:
    """The failing snippet fails, and the page shows what its report says, but for the time."""
    (folder / "test_loan.py").write_text(of_page("python failing"), encoding="utf-8")
    done = run(folder, *PLUGINS)
    assert summary(done.stdout) == "1 failed"
    report = re.search(r"^-+ mockex -+\n(.*\n)*?repeat it: .*\n", done.stdout, re.MULTILINE)
    assert report
    assert TIME.sub("TIME", report[0]) == TIME.sub("TIME", of_page("text report"))


@pytest.mark.parametrize("text", of_kind("ini"))
def test_ini(text: str, folder: Path) -> None:
    """Pytest takes the configuration, and knows each option of it."""
    configured(folder, text)
    (folder / "test_loan.py").write_text(TRIVIAL, encoding="utf-8")
    done = run(folder, *PLUGINS, "--strict-config")
    assert (summary(done.stdout), done.stderr) == ("1 passed", "")


@pytest.mark.parametrize("text", of_kind("sh pytest"))
def test_commands(text: str, folder: Path) -> None:
    """Each command runs the tests, with a server where it names one."""
    (folder / "test_loan.py").write_text(TRIVIAL, encoding="utf-8")
    with LiveExchange() as exchange:
        for line in text.replace("http://127.0.0.1:8090", exchange.url).splitlines():
            program, *options = shlex.split(line)
            assert program == "pytest"
            assert summary(run(folder, *PLUGINS, *options).stdout) == "1 passed", line


@pytest.mark.parametrize("text", of_kind("python unittest"))
def test_unittest(text: str, folder: Path) -> None:
    """A module for unittest runs without pytest, and has tests."""
    (folder / "test_loan.py").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-B", "-m", "unittest", "test_loan"],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert re.search(r"^Ran [1-9][0-9]* tests? in .*\n\nOK\n\Z", done.stderr, re.MULTILINE), done.stderr


def test_page_names_all_that_the_plugin_takes() -> None:
    """The options, the lines of the configuration and the marker's words are those that there are."""
    source = Path(pytest_plugin.__file__).read_text(encoding="utf-8")
    table = (ROOT / PAGE).read_text(encoding="utf-8").partition("\n## Options\n")[2]
    taken = set(re.findall(r'addoption\("(--[\w-]+)"', source)) | set(re.findall(r'addini\("(\w+)"', source))
    words = set(re.findall(r"\w+", re.sub(r"=\w+", "", pytest_plugin.MARK.partition(":")[0]))) - {"mockex"}
    assert set(re.findall(r"`(--[\w-]+|mockex_\w+)[^`]*`", table)) == taken
    assert words <= set(re.findall(r"`(\w+)`", table))
