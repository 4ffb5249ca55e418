"""`mockex conformance`, run as its user runs it: what it prints, what it asks about, and how it ends."""

import json
import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from mockex.cli.conformance import conformance
from mockex.cli.new_adapter import template
from mockex.conformance import REQUIREMENTS
from mockex.conformance.editions import newest
from mockex.conformance.reports import FORMS
from mockex.conformance.reports.stored import read
from mockex.conformance.results import CaseResult, Report
from mockex.errors import MockexError
from tests.cli.running import MOCKEX, PATIENCE_S, ROOT, environment, mockex, refused
from tests.conformance.adapters import FIRST, REFERENCE, adapter

FAMILY = FIRST.partition("-")[0]
RIGHT = Report(client="right", version="1", mockex="0", edition="", seed=0, took_s=0.0, results=())


def ran(*arguments: str, command: tuple[str, ...] = REFERENCE, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Grade a client."""
    return mockex("conformance", *arguments, "--", *command, folder=folder)


def test_right_client_is_told_to_be() -> None:
    """A line for the requirement, a line for the whole, no finding, exit 0."""
    done = ran("--only", FIRST)
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert any(line.split()[:2] == [FIRST, "PASS"] for line in lines)
    assert "mockex.testing.client: 1 of 1 met; 1 PASS" in lines
    assert "found" not in done.stdout


def test_finding_is_told_in_full(tmp_path: Path) -> None:
    """The sentence, what it follows from and its source, what was told and was on the wire, and how to repeat it."""
    command = adapter(tmp_path)
    done = ran("--only", FIRST, "--seed", "7", command=command)
    requirement = REQUIREMENTS[0]
    assert (done.returncode, done.stderr) == (1, "")
    finding = done.stdout.partition(f"FAIL {FIRST}")[2]
    told: dict[str, str] = {}
    for name, said in re.findall(r"^  (\w+) +(.+)$", finding, re.MULTILINE):
        told.setdefault(name, said)
    assert told["case"] == requirement.cases[0].name
    assert "NONE" in told["found"]
    assert told["requires"] == requirement.sentence
    assert told["source"] == requirement.source
    assert told["told"] == "value {'asset': 'NONE', 'amount': '1'}"
    assert told["wire"] == "no call was made"
    assert told["again"] == shlex.join(["mockex", "conformance", "--only", FIRST, "--seed", "7", "--", *command])
    again = mockex(*shlex.split(told["again"])[1:])
    assert again.returncode == 1
    assert f"FAIL {FIRST}" in again.stdout


def test_what_is_not_claimed_is_not_failed(tmp_path: Path) -> None:
    """It is UNSUPPORTED, with the reason behind it, and no reason for exit 1."""
    done = ran("--only", FIRST, command=adapter(tmp_path, 'HELLO["features"] = []'))
    (line,) = (line for line in done.stdout.splitlines() if line.split()[:1] == [FIRST])
    assert line.split()[1] == "UNSUPPORTED"
    assert "the client does not claim " in line
    assert done.returncode == 0


def test_client_that_ends_is_asked_on(tmp_path: Path) -> None:
    """Each process that is lost fails its case alone, and the next is started."""
    done = ran("--only", FAMILY, "--lanes", "2", command=adapter(tmp_path, "def told(ask): os._exit(5)"))
    assert done.returncode == 1
    assert "its process ended with exit code 5" in done.stdout
    assert "FAULT" not in done.stdout


def test_quiet_run_prints_nothing(tmp_path: Path) -> None:
    """The exit code and the reports tell it all."""
    file = tmp_path / "report.json"
    done = ran("--only", FIRST, "--quiet", "--report", str(file), command=adapter(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert read(file).results[0].verdict == "FAIL"


def test_all_reports_come_of_one_run(tmp_path: Path) -> None:
    """Every form is written, those without a name by the ends of their files; the JSON tells how the run was made."""
    words = [f"{form}={tmp_path}/{form}" for form in FORMS]
    words += [f"{tmp_path}/again{about.suffix}" for about in FORMS.values()]
    done = ran("--only", FIRST, *(word for one in words for word in ("--report", one)), command=adapter(tmp_path))
    assert (done.returncode, done.stderr) == (1, "")
    for form, about in FORMS.items():
        text = (tmp_path / form).read_text(encoding="utf-8")
        assert text == (tmp_path / f"again{about.suffix}").read_text(encoding="utf-8")
        assert "nonsense" in text or form == "har"
    told = json.loads((tmp_path / "json").read_text(encoding="utf-8"))
    assert (told["exit_code"], told["score"], told["edition"]) == (1, [0, 1], newest())
    assert told["command"] == list(adapter(tmp_path))
    assert (told["client"], told["version"], told["features"]) == ("nonsense", "1.0", ["HMAC", "loan", "records"])
    assert told["started_at"].endswith("+00:00")
    assert told["platform"]


def test_expected_failures_are_no_findings(tmp_path: Path) -> None:
    """Where what fails is listed the run is clean, and the reason stands beside it."""
    listed = tmp_path / "expected"
    listed.write_text(f"# known\n\n{FIRST}  # it is nonsense\n", encoding="utf-8")
    done = ran("--only", FIRST, "--expected-failures", str(listed), command=adapter(tmp_path))
    assert done.returncode == 0
    assert "EXPECTED" in done.stdout
    assert "it is nonsense" in done.stdout


def test_stale_expectation_fails_the_run(tmp_path: Path) -> None:
    """What is listed and passes, or is not supported, is a finding; what is not asked about is not."""
    listed = tmp_path / "expected"
    listed.write_text(f"{FIRST} # was broken", encoding="utf-8")
    done = ran("--only", FIRST, "--expected-failures", str(listed))
    assert done.returncode == 1
    assert "it is listed as expected to fail (was broken), and is PASS" in done.stdout
    unsupported = adapter(tmp_path, 'HELLO["features"] = []')
    assert ran("--only", FIRST, "--expected-failures", str(listed), command=unsupported).returncode == 1
    listed.write_text(REQUIREMENTS[1].id, encoding="utf-8")
    assert ran("--only", FIRST, "--expected-failures", str(listed)).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--only", FIRST[:-1]), f"there is no requirement or family '{FIRST[:-1]}' (did you mean '{FIRST}'?)"),
        (("--only", FIRST, "--skip", FAMILY), "no requirement is left to be asked about"),
        (("--edition", "2062.11"), f"there is no edition '2062.11' (did you mean '{newest()}'?)"),
        (("--expected-failures", "none"), "none: No such file or directory"),
        (("--report", "htm=x"), "'htm' is no form of report (did you mean 'html'?)"),
        (("--report", "report"), "what form has 'report'?"),
        (("--report", "html=no/such/folder"), "there is no folder no/such"),
        (("--report", "html=."), "that is no file"),
        (("--lanes", "0"), "--lanes"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_mistake_of_the_user_is_one_sentence(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is raised before anything is started, as what a command says in one line, and ends with exit 2."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises((MockexError, click.UsageError)) as told:
        conformance.main([*arguments, "--", "no-such-program"], standalone_mode=False)
    assert said in (told.value.format_message() if isinstance(told.value, click.UsageError) else str(told.value))


def test_unknown_expectation_is_told_with_its_line(tmp_path: Path) -> None:
    """So that no spelling mistake hides a stale entry."""
    (tmp_path / "expected").write_text(f"{FIRST}\n{FIRST[:-1]}\n", encoding="utf-8")
    said = refused("conformance", "--expected-failures", "expected", "--", "no-such-program", folder=tmp_path)
    assert said == f"expected, line 2: there is no requirement '{FIRST[:-1]}' (did you mean '{FIRST}'?)"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lst",), "there is no command 'lst' (did you mean 'list'?); what starts an adapter stands after --"),
        (("--only", FIRST), "which client? The command that starts its adapter stands after --"),
        (("--", "no-such-program"), "no-such-program: No such file or directory"),
    ],
    ids=["no command", "no client", "no program"],
)
def test_command_that_cannot_be_is_one_sentence(words: tuple[str, ...], said: str) -> None:
    """Exit 2."""
    assert refused("conformance", *words) == said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("sys.exit('a module is missing')", "says no hello: its process ended with exit code 1\n  a module is missing"),
        ("print('hello', 'there'); sys.exit()", "says no hello: its process ended with exit code 0\n  hello there"),
        ("HELLO['protocol'] = 2", "the adapter speaks protocol 2, and this mockex 1"),
        ("HELLO['features'] = ['laon']", "the adapter claims laon, which is no feature; there are loan, records"),
        ("del HELLO['name']", "the adapter answered what the protocol does not know"),
    ],
    ids=["ends at once", "prints garbage", "another protocol", "unknown feature", "no name"],
)
def test_broken_adapter_is_told_of(change: str, said: str, tmp_path: Path) -> None:
    """Nothing is graded, and exit 3 says that it is not the client's fault."""
    done = ran("--only", FIRST, command=adapter(tmp_path, change))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("mockex: ")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_adapter_that_breaks_the_protocol_later_is_a_fault(tmp_path: Path) -> None:
    """What it was asked then is neither passed nor failed, and the rest is graded."""
    done = ran("--only", FIRST, command=adapter(tmp_path, "def told(ask): return 1"))
    assert done.returncode == 3
    assert f"FAULT {FIRST}" in done.stdout
    assert "the adapter answered what the protocol does not know" in done.stdout


def test_mistake_of_mockex_is_no_finding(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 1 would say that the client is wrong; it is 3, with all that its author needs to know."""
    monkeypatch.setattr("mockex.conformance.grade", lambda *_, **__: 1 / 0)
    with pytest.raises(SystemExit) as exits:
        conformance.main(["--only", FIRST, "--", *REFERENCE], standalone_mode=False)
    assert exits.value.code == 3
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_words_behind_the_dashes_are_the_adapters_own(tmp_path: Path) -> None:
    """Options of mockex, dashes and names of its commands among them reach the adapter as they are."""
    command = (*adapter(tmp_path, "HELLO['name'] = '|'.join(sys.argv[1:])"), "list", "--only", "x", "--", "-h")
    done = ran("--only", FIRST, command=command)
    assert "list|--only|x|--|-h 1.0: 0 of 1 met" in done.stdout


def on_a_terminal(variables: dict[str, str]) -> tuple[int, str]:
    """Grade with stdout and stderr on a terminal; gives the exit code, and what was to be seen."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*MOCKEX, "conformance", "--only", FIRST, "--", *REFERENCE],
        stdout=theirs,
        stderr=theirs,
        env=environment(variables | {"TERM": "xterm"}),
        cwd=ROOT,
    )
    os.close(theirs)
    seen = b""
    try:
        while piece := os.read(ours, 4096):
            seen += piece
    except OSError:  # how the end of a terminal is told
        pass
    finally:
        os.close(ours)
    return process.wait(PATIENCE_S), seen.decode()


def test_terminal_has_colours_and_a_bar() -> None:
    """The verdict is coloured, and how far it is was shown meanwhile; NO_COLOR has the bar alone."""
    code, seen = on_a_terminal({})
    assert code == 0
    assert f"\x1b[32m{'PASS':11}\x1b[0m" in seen
    assert "grading" in seen
    code, plain = on_a_terminal({"NO_COLOR": "1"})
    assert code == 0
    assert "PASS" in plain
    assert "grading" in plain
    assert "\x1b[3" not in plain


def test_drawn_case_is_found_saved_and_replayed(tmp_path: Path) -> None:
    """An answer for what cannot be read is found by drawing too; its file alone repeats it."""
    unreadable = "raise ClientError(status, None) from error"
    made_up = template("python").replace(unreadable, 'return {"asset": "USDT", "amount": "0"}')
    (tmp_path / "adapter.py").write_text(made_up, encoding="utf-8")
    command, found, one = (sys.executable, "adapter.py"), tmp_path / "found", "ERR-NOTHING-MADE-UP"
    about = ("--only", one, "--draw", "20", "--save-cases", "found", "--quiet", "--report", "r.json")
    assert ran(*about, command=command, folder=tmp_path).returncode == 1
    report = read(tmp_path / "r.json")
    drawn = [case for case in report.results[0].cases if case.requirement]
    assert (report.drawn, [case.requirement for case in drawn]) == (20, [one])
    (file,) = found.iterdir()
    again = mockex("replay", str(file), "--", *command, folder=tmp_path)
    assert (again.returncode, again.stderr) == (1, "")
    assert f"\nFAIL: {drawn[0].sentence}\n" in again.stdout
    assert mockex("replay", str(file), "--", *REFERENCE).returncode == 0


def test_drawn_case_in_which_the_harness_failed_is_replayed(tmp_path: Path) -> None:
    """Its file belongs to no requirement: it repeats the failure, and tells which one another client breaks."""
    broken = adapter(tmp_path, "def told(ask): return 1")
    about = ("--only", FIRST, "--draw", "1", "--save-cases", "found", "--quiet")
    assert ran(*about, command=broken, folder=tmp_path).returncode == 3
    (file,) = (tmp_path / "found").iterdir()
    again = mockex("replay", str(file), "--", *broken, folder=tmp_path)
    assert (file.name[:4], again.returncode, again.stderr) == ("any-", 3, "")
    assert "\nFAULT: the adapter answered what the protocol does not know" in again.stdout
    assert mockex("replay", str(file), "--", *REFERENCE).returncode == 0
    other = mockex("replay", str(file), "--", *adapter(tmp_path, "def told(ask): return {'value': {'made': 'up'}}"))
    assert other.returncode == 1
    assert other.stdout.startswith("DATA-")


def test_nothing_is_drawn_unless_asked(tmp_path: Path) -> None:
    """Neither with `--only`, nor where it is told to draw none; who wants what is found to be saved, wants drawing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        drawn: list[int] = []

        def draw(*_: object, examples: int, **__: object) -> list[CaseResult]:
            drawn.append(examples)
            return []

        patch.setattr("mockex.conformance.grade", lambda *_, **__: RIGHT)
        patch.setattr("mockex.conformance.drawn.draw_findings", draw)
        for words in (["--only", FIRST], ["--draw", "0"], ["--only", FIRST, "--save-cases", "found"], []):
            with pytest.raises(SystemExit):
                conformance.main([*words, "--lanes", "1", "--quiet", "--", *REFERENCE], standalone_mode=False)
    assert drawn == [100, 100]


def test_requirements_are_listed() -> None:
    """All of the newest edition, with all their texts as JSON; a family alone where it is asked for."""
    told = json.loads(mockex("conformance", "list", "--json").stdout)
    assert [one["id"] for one in told] == [one.id for one in REQUIREMENTS]
    assert all(one[name] for one in told for name in ("title", "sentence", "source", "server", "wire", "cases"))
    assert all(newest() in one["editions"] for one in told)
    lines = mockex("conformance", "list", "--only", FAMILY).stdout.splitlines()[1:]
    assert [line.split()[0] for line in lines] == [one.id for one in REQUIREMENTS if one.family == FAMILY]


def test_reports_are_put_beside_each_other(tmp_path: Path) -> None:
    """Two JSON reports become a page and Markdown; what is no report is told in a sentence."""
    for name, command in (("right", REFERENCE), ("wrong", adapter(tmp_path))):
        ran("--only", FIRST, "--quiet", "--report", f"{tmp_path}/{name}.json", command=command)
    files = [f"{tmp_path}/right.json", f"{tmp_path}/wrong.json"]
    printed = mockex("conformance", "matrix", *files).stdout
    assert mockex("conformance", "matrix", *files, "--report", "m.html", folder=tmp_path).returncode == 0
    assert f"| {FIRST} |" in printed
    assert (tmp_path / "m.html").read_text(encoding="utf-8").count('class="card"') == 2
    assert "not as junit" in refused("conformance", "matrix", *files, "--report", "x.xml", folder=tmp_path)
    (tmp_path / "list.json").write_text("[]")
    assert "list.json is no report of this mockex" in refused("conformance", "matrix", "list.json", folder=tmp_path)
    (tmp_path / "text.json").write_text("{")
    assert "text.json is no JSON" in refused("conformance", "matrix", "text.json", folder=tmp_path)


def test_help_names_the_commands() -> None:
    """Also to who types nothing more."""
    for words in ((), ("-h",)):
        shown = mockex("conformance", *words).stdout
        assert "[OPTIONS] -- CMD…" in shown
        assert "matrix       Put JSON reports beside each other" in shown
        assert "new-adapter  Write an adapter to FILE" in shown
    assert "Usage: python -m mockex conformance list" in mockex("conformance", "list", "-h").stdout


def test_missing_hypothesis_is_told_with_its_cure(tmp_path: Path) -> None:
    """To who has installed no more than a server needs; an adapter is written for them all the same."""
    (tmp_path / "hypothesis.py").write_text("raise ModuleNotFoundError(name='hypothesis')")
    variables = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    said = "this needs hypothesis: pip install 'mockex[conformance]'"
    assert refused("conformance", "--", *REFERENCE, variables=variables) == said
    assert refused("conformance", "list", variables=variables) == said
    done = mockex("conformance", "new-adapter", "python", variables=variables, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "adapter.py").read_text(encoding="utf-8")


def test_missing_jinja_is_told_with_its_cure(tmp_path: Path) -> None:
    """Before anything is started, to who wants what needs it; who does not is graded without it."""
    (tmp_path / "jinja2.py").write_text("raise ModuleNotFoundError")
    variables = environment() | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}

    def ran_without(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "mockex", "conformance", "--only", FIRST, "--quiet", *words],
            env=variables,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    cure = "mockex: this report needs jinja2: pip install 'mockex[conformance]'\n"
    assert ran_without("--report", "r.html", "--", "no-such-program") == (2, cure)
    assert ran_without("--report", "r.json", "--report", "r.xml", "--report", "r.har", "--", *REFERENCE) == (0, "")
