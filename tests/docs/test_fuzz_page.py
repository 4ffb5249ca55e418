"""The page about fuzzing: its tests are those of the projects, its verdicts those that there are, its finding real."""

import re
import subprocess
import sys

import pytest

from mockex.fuzzing import VERDICTS, Claims
from tests.docs.test_snippets import ROOT, snippets
from tests.howto.running import HERE

PAGE = ROOT / "docs" / "how-to" / "fuzz-your-client.md"
MOST_LINES = 30
WORLD = re.compile(r"world 'w[0-9]+'")

FOLLOWING = """
import requests
from hypothesis import Phase, settings
from client import ExchangeError
from mockex.fuzzing import FindingError, fuzz
from mockex.fuzzing.machine import PLAIN
from test_fuzz import CLAIMS, client_of

right = requests.Session.get
requests.Session.get = lambda self, url, **how: right(self, url, **{**how, "allow_redirects": True})
phases = (Phase.generate, Phase.shrink)
always_the_same = settings(PLAIN, max_examples=400, derandomize=True, database=None, phases=phases)
try:
    fuzz(client_of, errors=ExchangeError, claims=CLAIMS, settings=always_the_same)
except FindingError as finding:
    print(finding, *finding.__notes__, sep="\\n")
"""


def of_kind(kind: str) -> str:
    """Give the page's only snippet of a kind."""
    (text,) = (text for found, _, text in snippets() if found == kind)
    return text


@pytest.mark.parametrize("project", ["requests_client", "aiohttp_client"])
def test_snippets_are_the_projects_own(project: str) -> None:
    """What the page shows is what the project runs, and takes a client through it in under thirty lines."""
    text = (HERE / project / "test_fuzz.py").read_text(encoding="utf-8")
    assert of_kind(f"python fuzz {project}") == text
    assert len(text.splitlines()) < MOST_LINES


def test_page_lists_every_verdict_with_its_question() -> None:
    """The table is that of the code, in its order."""
    rows = re.findall(r"^\| `([\w-]+)` \| (.+\?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(verdict, (question.__doc__ or "").strip()) for verdict, question in VERDICTS.items()]


def test_page_lists_every_claim() -> None:
    """The claims are those that there are."""
    table = PAGE.read_text(encoding="utf-8").partition("## What it claims")[2].partition("\n## ")[0]
    cells = [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| `")]
    assert re.findall(r"`(\w+)`", "".join(cells)) == list(Claims.__struct_fields__)


def test_finding_is_real() -> None:
    """The client with requests, let to follow redirects, is told just this."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", FOLLOWING],
        cwd=HERE / "requests_client",
        env={"PYTHONPATH": str(ROOT), "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.stderr == ""
    assert WORLD.sub("a world", done.stdout) == WORLD.sub("a world", of_kind("text finding"))


def test_make_tells_the_seed_that_it_uses() -> None:
    """Who repeats a run by the line that it printed repeats that run."""
    told = subprocess.run(
        ["make", "--dry-run", "fuzz"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    seeds = re.findall(r"(?:seed |SEED=|seed=)([0-9]+)", told.stdout)
    assert len(seeds) == 3
    assert len(set(seeds)) == 1
