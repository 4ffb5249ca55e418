"""`mockex replay` plays a case from its file: what was asked, told and sent, and the verdict with its exit code."""

import json
import sys
from pathlib import Path

import pytest

from mockex.conformance import REQUIREMENTS
from mockex.conformance.case import NOW_MS, Ask, Calm, Case, Disturb, Drop, Owe, Skew, Together, Wait
from mockex.conformance.case_file import CaseFile, write
from mockex.conformance.spoken import spoken
from mockex.core.effects import Documented
from mockex.core.faults import Fault
from mockex.core.hostile import CutBody, Empty
from mockex.endpoints.pm_loan import Loan
from tests.cli.running import mockex, refused

REFERENCE = (sys.executable, "-m", "mockex.conformance.adapters.reference")
OVERLOADED = Disturb(fault=Fault(effect=Documented("overloaded"), times=1))
FRESH = Case(name="the first call meets an overloaded gateway", steps=(OVERLOADED, Ask()))

STAMPING_ONCE = """
import asyncio, runpy
from tests.conformance.zoo.signing import stamped_once
from mockex.testing.client import Client
Client._signed = stamped_once
runpy.run_module("mockex.conformance.adapters.reference", run_name="__main__")
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Write a case."""
    path = tmp_path / "case.toml"
    write(CaseFile(requirement="SIG-FRESH", case=FRESH), path)
    return path


MINUTE = len("2026-01-01T00:00")


def test_case_that_is_met_is_told(file: Path) -> None:
    """What was asked and told, the calls on the wire, the verdict; exit code 0."""
    done = mockex("replay", str(file), "--", *REFERENCE)
    assert (done.returncode, done.stderr) == (0, "")
    parts = done.stdout.split("\n\n")
    assert parts[0].startswith("SIG-FRESH (MUST): A retry is signed anew\n  A call is refused unless")
    assert parts[1:3] == [
        "Asked, with an HMAC key:\n  let calls (times 1) meet the documented answer overloaded\n  ask for the loan",
        "Told:\n  value {'asset': 'USDT', 'amount': '250.5'}",
    ]
    first, second = (line.split() for line in parts[3].splitlines()[2:])
    has_minute_ended = first[1][:MINUTE] != second[1][:MINUTE]  # the command plays on the machine's clock
    assert first[4:6] == ["503", "-1008"]
    assert second[4:6] == ["200", "500/180000" if has_minute_ended else "1000/180000"]
    assert parts[4] == "PASS\n"


def test_case_that_is_not_met_is_a_finding(file: Path) -> None:
    """Exit code 1, and the sentence behind the verdict; so it is in JSON."""
    command = (sys.executable, "-c", STAMPING_ONCE)
    done = mockex("replay", str(file), "--", *command)
    assert (done.returncode, done.stderr) == (1, "")
    assert "\nFAIL: call 2: GET /sapi/v1/portfolio/pmLoan → 200 has the timestamp of a call" in done.stdout
    said = json.loads(mockex("replay", str(file), "--json", "--", *command).stdout)
    assert (said["verdict"], said["requirement"], said["asked"][-1]) == ("FAIL", "SIG-FRESH", "ask for the loan")
    assert [entry["status"] for entry in said["entries"]] == [503, 200]


def test_drawn_case_is_judged_by_what_is_right_for_any(tmp_path: Path) -> None:
    """A drawn case is none of the requirement's own: its judge, which wants a second try, is not asked."""
    path = tmp_path / "drawn.toml"
    write(CaseFile(requirement="SIG-FRESH", is_drawn=True, case=Case(name="one", steps=(Ask(),))), path)
    said = json.loads(mockex("replay", str(path), "--json", "--", *REFERENCE).stdout)
    assert (said["is_drawn"], said["verdict"]) == (True, "PASS")
    write(CaseFile(requirement="SIG-FRESH", case=Case(name="one", steps=(Ask(),))), path)
    said = json.loads(mockex("replay", str(path), "--json", "--", *REFERENCE).stdout)
    assert (said["verdict"], said["sentence"]) == ("UNSEEN", "it did not try a second time")


def test_question_that_is_not_claimed_is_unsupported(file: Path, tmp_path: Path) -> None:
    """It says so, and that is no failure."""
    adapter = tmp_path / "adapter.py"
    adapter.write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    number = json.loads(line)['id']\n"
        "    print(json.dumps({'id': number, 'protocol': 1, 'name': 'few', 'features': ['HMAC']}), flush=True)\n",
        encoding="utf-8",
    )
    done = mockex("replay", str(file), "--", sys.executable, str(adapter))
    assert (done.returncode, done.stdout.split("\n")[-2].partition(":")[0]) == (0, "UNSUPPORTED")


def test_adapter_that_breaks_the_protocol_is_a_fault(file: Path, tmp_path: Path) -> None:
    """Exit code 3: it says nothing of the client."""
    adapter = tmp_path / "adapter.py"
    adapter.write_text(
        "import json, sys\nfor line in sys.stdin:\n    print(json.dumps({'id': json.loads(line)['id']}), flush=True)\n",
        encoding="utf-8",
    )
    done = mockex("replay", str(file), "--", sys.executable, str(adapter))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("mockex: the adapter answered what the protocol does not know")


def test_wrong_usage_is_told(file: Path) -> None:
    """Exit code 2, and one sentence: no command, no file, a file that is wrong, a program that is not there."""
    assert "Missing argument" in refused("replay", str(file))
    assert refused("replay", "none.toml", "--", "x") == "none.toml: cannot be read: No such file or directory"
    assert "no-such-program" in refused("replay", str(file), "--", "no-such-program")


def test_steps_are_told_in_words() -> None:
    """Every kind of step, one line each."""
    steps = (
        Ask(what="records", start_ms=-1, end_ms=NOW_MS, parameters={"a": "b"}),
        Together(asks=(Ask(), Ask())),
        Disturb(fault=Fault(effect=Documented("ip-banned", retry_after_s=1), gateway="SAPI", nth=2)),
        Disturb(fault=Fault(effect=CutBody(body_bytes=3))),
        Disturb(fault=Fault(effect=Empty())),
        Calm(),
        Wait(s=1.5),
        Skew(ms=-7),
        Skew(ms=7),
        Owe(loan=Loan(asset="BUSD", amount="1")),
        Drop(),
    )
    assert list(spoken(Case(name="all", steps=steps))) == [
        "ask for the records from -1 to 2026-01-01T00:00:00.000Z with {'a': 'b'}",
        "ask at once for the loan; the loan",
        "let calls (gateway SAPI, nth 2) meet the documented answer ip-banned, Retry-After 1 s",
        "let every call meet cut-body (body_bytes 3)",
        "let every call meet empty (status 200)",
        "let no fault strike any more",
        "let 1.5 s go by",
        "let the exchange's clock be 7 ms behind",
        "let the exchange's clock be 7 ms ahead",
        "let the account owe 1 BUSD",
        "close the connections that are kept alive",
    ]


def test_requirement_of_these_cases_is_there() -> None:
    """What these tests say of SIG-FRESH is said of a requirement that there is."""
    assert "SIG-FRESH" in {requirement.id for requirement in REQUIREMENTS}
