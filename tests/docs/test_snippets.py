"""Every snippet in the README and the pages of docs/ is collected and tried."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockex import scenarios
from mockex.testing import LiveExchange

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(?P<kind>[\w-]*)(?P<about>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)

AS_TESTS = "tests/docs/test_snippets_that_are_tests.py has a test for each kind"
TRIED_ELSEWHERE = {
    "python client": "tests/clients runs the clients themselves, in environments of their own",
    "sh story": "tests/docs/test_story.py looks for it in the script, and runs that",
    "text story": "tests/docs/test_story.py looks for it in what the script prints",
    "python conftest": AS_TESTS,
    "python test": AS_TESTS,
    "python failing": AS_TESTS,
    "text report": AS_TESTS,
    "python unittest": AS_TESTS,
    "ini": AS_TESTS,
    "sh pytest": AS_TESTS,
    "python fuzz requests_client": "tests/docs/test_fuzz_page.py compares it with the project, which is run",
    "python fuzz aiohttp_client": "tests/docs/test_fuzz_page.py compares it with the project, which is run",
    "text finding": "tests/docs/test_fuzz_page.py finds it",
    **dict.fromkeys(
        ("jsonl harness", "jsonl About", "jsonl Opened", "jsonl ToldAll", "jsonl Closed"),
        "tests/conformance/test_protocol_page.py writes and reads each line",
    ),
    "sh conformance": "tests/conformance/test_cli_page.py parses its commands",
    "yaml conformance": "tests/conformance/test_cli_page.py parses its commands",
    "text expected": "tests/conformance/test_cli_page.py reads it",
    "python conformance": "tests/docs/test_conformance_pages.py tries it with a client",
    "text conformance": "tests/docs/test_conformance_pages.py compares it",
    "toml case": "tests/docs/test_conformance_pages.py reads it",
    "text replay": "tests/docs/test_conformance_pages.py plays it, and compares",
    "text lint": "tests/docs/test_conformance_pages.py runs each line",
    "": "no snippet: a tree or a drawing",
    "json": "an example of the documentation, compared in tests/core/test_words.py",
}


def snippets() -> Iterator[tuple[str, str, str]]:
    """Give kind, place and text of every snippet."""
    for page in PAGES:
        for number, match in enumerate(FENCE.finditer(page.read_text()), 1):
            kind = f"{match['kind']}{match['about']}".strip()
            yield kind, f"{page.relative_to(ROOT)} {number}", match["text"]


def of_kind(kind: str) -> list[object]:
    """Give the snippets of a kind as parameters."""
    return [pytest.param(text, id=place) for found, place, text in snippets() if found == kind]


def test_no_snippet_is_left_out() -> None:
    """Every kind of snippet is tried here, or it is said where."""
    assert {kind for kind, _, _ in snippets()} <= {"python", "console", "toml", *TRIED_ELSEWHERE}


@pytest.mark.parametrize("text", of_kind("python"))
def test_python(text: str, tmp_path: Path) -> None:
    """A Python snippet runs as it stands, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("text", of_kind("toml"))
def test_toml(text: str) -> None:
    """A TOML snippet is a scenario."""
    assert scenarios.parse(text, ROOT / "scenarios" / "snippet.toml").title


@pytest.mark.parametrize("text", of_kind("console"))
def test_console(text: str) -> None:
    """Each command that is shown prints what is shown below it, asked of a server of the test's own."""
    with LiveExchange("documented") as exchange:
        for block in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            line, _, shown = block.partition("\n")
            command = shlex.split(line)
            if command == ["make", "run"]:
                continue  # a fresh machine's business, tried by .ci/run
            assert command[0] in (".venv/bin/mockex", "mockex")
            done = subprocess.run(
                [sys.executable, "-m", "mockex", *command[1:]],
                env={"MOCKEX_URL": exchange.url},
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.stdout.strip() == shown.strip(), line
            assert done.stderr == ""
