"""The adapters that `new-adapter` writes: short, whole, and right about the client they hold.

tests/clients/test_javascript_adapter.py runs the one in JavaScript, which needs Node.
"""

import ast
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from msgspec import structs

from mockex.cli import main
from mockex.cli.new_adapter import TEMPLATES, template
from mockex.conformance import REQUIREMENTS, grade
from mockex.conformance.spawned import Spawned

MOST_LINES, MOST_COLUMNS = 40, 120
A_FEW = [structs.replace(one, cases=one.cases[:1]) for one in REQUIREMENTS if one.id in {"SIG-HMAC", "SIG-FRESH"}]
"""How a call is signed; and how the next one is after a gateway was overloaded."""

each_language = pytest.mark.parametrize("language", TEMPLATES)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    """Run `mockex conformance new-adapter`; gives its exit code."""
    monkeypatch.setattr(sys, "argv", ["mockex", "conformance", "new-adapter", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def run_as_written(language: str, runs: str, claims: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Write an adapter into the folder that is current, and grade the client that it holds."""
    name, _ = TEMPLATES[language]
    assert run(monkeypatch, language) == 0
    with ExitStack() as stack:
        lanes = [stack.enter_context(Spawned([runs, name])) for _ in range(2)]
        report = grade(lanes, A_FEW)
        assert lanes[0].features == claims
    assert report.client == "my-client"
    assert {result.id: result.verdict for result in report.results} == {"SIG-HMAC": "PASS", "SIG-FRESH": "UNSEEN"}
    (overloaded,) = report.results[1].cases
    (told,) = overloaded.told
    assert told.startswith("error ClientError (code -1008, status 503)")


def print_is_no_answer(language: str, runs: str, says: str, folder: Path) -> None:
    """Let the client print something when it is read, and look where that goes."""
    file = folder / TEMPLATES[language][0]
    text = re.sub(r"^(?=class Client\b)", f"{says}\n", template(language), count=1, flags=re.MULTILINE)
    file.write_text(text, encoding="utf-8")
    done = subprocess.run([runs, str(file)], input="", capture_output=True, text=True, timeout=30, check=False)
    assert (done.stdout, done.stderr) == ("", "hello\n")


def test_python_adapter_works_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own small client answers both questions, and its error tells code and status."""
    monkeypatch.chdir(tmp_path)
    run_as_written("python", sys.executable, {"loan", "records", "HMAC", "parameters"}, monkeypatch)


def test_python_adapter_gives_a_print_to_stderr(tmp_path: Path) -> None:
    """What a client prints does not get between the answers."""
    print_is_no_answer("python", sys.executable, "print('hello')", tmp_path)


@each_language
def test_adapter_is_short(language: str) -> None:
    """And says where one's own client goes."""
    lines = template(language).splitlines()
    assert len(lines) <= MOST_LINES
    assert max(map(len, lines)) <= MOST_COLUMNS
    assert sum("YOUR CLIENT GOES HERE" in line for line in lines) == 1


def test_python_adapter_is_of_the_oldest_python() -> None:
    """It needs no newer one than mockex does, and nothing but the standard library."""
    tree = ast.parse(template("python"), feature_version=(3, 11))
    imported = {
        alias.name.partition(".")[0] for node in tree.body if isinstance(node, ast.Import) for alias in node.names
    }
    assert imported <= sys.stdlib_module_names
    assert not any(isinstance(node, ast.ImportFrom) for node in ast.walk(tree))


@each_language
def test_nothing_is_overwritten(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is there stays as it is; one sentence says so."""
    file = tmp_path / "mine"
    file.write_text("mine", encoding="utf-8")
    assert run(monkeypatch, language, str(file)) == 2
    assert capsys.readouterr().err == f"mockex: {file} is there already, and is not overwritten\n"
    assert file.read_text(encoding="utf-8") == "mine"


def test_command_says_what_to_do_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file that was written is named in a command that can be run."""
    file = tmp_path / "a.mjs"
    assert run(monkeypatch, "javascript", str(file)) == 0
    said, whose = capsys.readouterr().out.splitlines()
    assert said == f"wrote {file}; try it as it is: mockex conformance -- node {file}"
    assert "put yours in its place" in whose
    assert file.read_text(encoding="utf-8") == template("javascript")


@pytest.mark.parametrize(
    ("arguments", "mistake"),
    [
        (["cobol"], "'cobol' is not one of 'python', 'javascript'"),
        (["python", "no/such/folder/a.py"], "no/such/folder/a.py cannot be written: No such file or directory"),
        ([], "Missing argument"),
    ],
)
def test_mistake_is_told_in_one_sentence(
    arguments: list[str],
    mistake: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With exit code 2."""
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, *arguments) == 2
    assert mistake in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
