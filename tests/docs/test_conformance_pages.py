"""The pages about conformance in process, replaying and linting: what they show works, and their tables are whole."""

import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import get_args

from mockex.conformance import REQUIREMENTS
from mockex.conformance.case import AnyStep, Case
from mockex.conformance.case_file import parse
from mockex.conformance.run import FEATURES
from mockex.testing import LiveExchange
from tests.cli.running import mockex
from tests.docs.test_snippets import ROOT, snippets
from tests.howto.running import HERE, run, summary

HOW_TO = ROOT / "docs" / "how-to"
IN_PROCESS, REPLAY, LINT = (
    HOW_TO / f"{name}.md" for name in ("conformance-in-process", "replay-a-case", "lint-a-journal")
)


def of_kind(kind: str) -> str:
    """Give the only snippet of a kind."""
    (text,) = (text for found, _, text in snippets() if found == kind)
    return text


def test_snippet_tests_a_client(tmp_path: Path) -> None:
    """One test for each requirement: some pass, one that needs another key is skipped, and what fails says why."""
    shutil.copy(HERE / "requests_client" / "client.py", tmp_path)
    (tmp_path / "test_conformance.py").write_text(of_kind("python conformance"), encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    collected = run(tmp_path, "--collect-only", "-qq")
    named = [one.id for one in REQUIREMENTS if one.family != "WIN"]
    assert collected.stdout.strip() == f"test_conformance.py: {len(named)}"
    done = run(tmp_path, "-v", "-k", "SIG-HMAC or SIG-RSA or SIG-ORDER")
    assert re.fullmatch("2 passed, 1 skipped, [0-9]+ deselected", summary(done.stdout)), done.stdout
    client = tmp_path / "client.py"
    wrong = client.read_text(encoding="utf-8").replace("&signature=", "&note=1&signature=")
    client.write_text(wrong, encoding="utf-8")
    failed = run(tmp_path, "-k", "SIG-HMAC")
    told = [line.removeprefix("E").strip() for line in failed.stdout.splitlines() if line.startswith("E ")]
    shown = of_kind("text conformance").splitlines()
    assert [line.partition(" ")[0] for line in shown] == ["SIG-QUERY:", "MUST:", "case:", "told:", "call", "repeat"]
    words = {line.partition(" ")[0] for line in told}
    assert {"MUST:", "case:", "told:", "call", "repeat"} <= words, failed.stdout
    assert "repeat it: pytest 'test_conformance.py::test_client[SIG-HMAC]'" in failed.stdout


def test_page_lists_every_feature() -> None:
    """The table is that of the code, in its order."""
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", IN_PROCESS.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == list(FEATURES.items())


def test_page_lists_all_that_a_file_may_hold() -> None:
    """Every name of a case, and every kind of step with what it takes."""
    text = REPLAY.read_text(encoding="utf-8").partition("## What a file may hold")[2]
    of_case, of_steps = text.split("| step |")
    assert re.findall(r"^\| `(\w+)` \|", of_case, re.MULTILINE) == [
        name for name in Case.__struct_fields__ if name != "name"
    ]
    rows = {
        name: set(re.findall(r"`(\w+)`", taken))
        for name, taken in re.findall(r"^\| `(\w+)` \|(.*?)\|", of_steps, re.MULTILINE)
    }
    for kind in get_args(AnyStep):
        assert set(kind.__struct_fields__) <= rows[kind.__struct_config__.tag], kind
    assert len(rows) == len(get_args(AnyStep))


def test_replay_prints_what_is_shown(tmp_path: Path) -> None:
    """The case on the page is one, and playing it prints what stands there, but for the dots."""
    text = of_kind("toml case")
    assert parse(text, tmp_path / "case.toml").requirement == "SIG-FRESH"
    (tmp_path / "case.toml").write_text(text, encoding="utf-8")
    line, _, shown = of_kind("text replay").partition("\n")
    words = shlex.split(line.removeprefix("$ "))
    done = mockex(*(sys.executable if word == "python" else word for word in words[1:]), folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    pattern = re.escape(shown).replace("…", "(.*\n)*?.*")
    assert re.fullmatch(pattern, done.stdout), done.stdout


def test_lint_commands_work(tmp_path: Path) -> None:
    """Each of them, one after the other, against a server."""
    with LiveExchange() as exchange:
        exchange.open(name="w1")
        for line in of_kind("text lint").splitlines():
            words, _, file = line.removeprefix("$ ").partition(" > ")
            done = mockex(*shlex.split(words)[1:], variables={"MOCKEX_URL": exchange.url}, folder=tmp_path)
            assert (done.returncode, done.stderr) == (0, ""), line
            if file:
                (tmp_path / file).write_text(done.stdout, encoding="utf-8")


def test_links_between_the_pages_lead_somewhere() -> None:
    """No page names one that is not there."""
    for page in (IN_PROCESS, REPLAY, LINT):
        for link in re.findall(r"\]\(([\w./-]+\.md)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).is_file(), link
