"""docs/how-to/a-whole-story.sh is run as a reader runs it, and its page shows what it says and prints."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from shutil import which
from signal import SIGKILL

import pytest

from tests.docs.test_snippets import ROOT, snippets

SCRIPT = ROOT / "docs" / "how-to" / "a-whole-story.sh"
PAGE = "docs/how-to/a-whole-story.md"

needs_a_shell = pytest.mark.skipif(not (which("bash") and which("curl")), reason="it needs bash and curl")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder in which the script makes its own."""
    return tmp_path_factory.mktemp("story")


@pytest.fixture(scope="module")
def told(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """Run the script with `mockex` on the path."""
    program = tmp_path_factory.mktemp("path") / "mockex"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m mockex "$@"\n')
    program.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOCKEX_", "PYTHON"))}
    variables = {"PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)}
    running = subprocess.Popen(
        ["bash", str(SCRIPT)],
        cwd=folder,
        env=kept | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        stdout, stderr = running.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, SIGKILL)  # the script and what it started, which would outlive it
        raise
    return subprocess.CompletedProcess(running.args, running.returncode, stdout, stderr)


@needs_a_shell
def test_story_is_told_to_its_end(told: subprocess.CompletedProcess[str]) -> None:
    """The loan appears, the client is limited, banned and let in again, and the journal agrees."""
    assert (told.stderr, told.returncode) == ("", 0)
    heard = re.findall(r"^\$ loan\n(.*)$", told.stdout, re.MULTILINE)
    loan, limited = '200  {"asset":"USDT","amount":"250.5"}', "429, Retry-After 30  "
    assert heard[:3] == ['200  {"asset":"USDT","amount":"0"}', loan, loan]
    assert [one[: len(limited)] for one in heard[3:5]] == [limited, limited]
    assert heard[5].startswith("418, Retry-After 120  ")
    assert heard[6:] == [loan]
    assert "2 of 14 calls match, and exactly 2 were expected\n" in told.stdout
    assert told.stdout.endswith("all 3 calls were made in order\n")


@needs_a_shell
@pytest.mark.usefixtures("told")
def test_story_leaves_nothing_behind(folder: Path) -> None:
    """Its folder is gone; its server is too, or its stderr would still be open and the test would wait for it."""
    assert list(folder.iterdir()) == []


def shown(kind: str) -> list[str]:
    """Give the page's blocks of a kind."""
    return [text for found, place, text in snippets() if found == kind and place.startswith(PAGE)]


def test_page_quotes_the_script() -> None:
    """Every line of shell and TOML that the page shows stands in the script."""
    script = SCRIPT.read_text()
    blocks = shown("sh story") + shown("toml")
    assert len(blocks) == 4
    assert [block for block in blocks if block not in script] == []


@needs_a_shell
def test_page_quotes_what_is_printed(told: subprocess.CompletedProcess[str]) -> None:
    """The page shows all that the script prints, chapter by chapter."""
    assert "".join(f"\n{block}" for block in shown("text story")) == told.stdout
