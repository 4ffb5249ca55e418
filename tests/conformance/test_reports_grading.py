"""How results come about: in which order, side by side, and what fails of the harness itself."""

import threading

import pytest
from msgspec import structs

from mockex.conformance import REQUIREMENTS, grade, grading, playing, rehearsal
from mockex.conformance.case import Ask, Case, Disturb, Wait
from mockex.conformance.grading import judge_case, may_take
from mockex.conformance.protocol import Opened, ToldAll
from mockex.conformance.requirement import Requirement
from mockex.conformance.results import CaseResult
from mockex.conformance.run import Client, Run
from mockex.core.effects import Documented
from mockex.core.faults import Fault
from mockex.endpoints import CATALOGUE
from mockex.testing.journal import JournalEntry
from tests.conformance.broken import in_process

PATIENCE_S = 30.0
STRIKE = Disturb(fault=Fault(effect=Documented("overloaded"), times=1))
CASES = (
    Case(name="short", steps=(Ask(),)),
    Case(name="disturbed", steps=(STRIKE, Ask())),
    Case(name="long", steps=(Wait(s=2), Ask())),
    Case(name="not asked", key="RSA", steps=(Ask(),)),
)


def requirement(*cases: Case, judge: object = lambda _run: None) -> Requirement:
    """Make a requirement of cases."""
    return structs.replace(REQUIREMENTS[0], id="SIG-TEST", needs=frozenset(), cases=cases, judge=judge)


def test_long_cases_come_first_and_are_told_in_their_order() -> None:
    """So that no lane waits alone at the end, and no report depends on who was the first."""
    ended: list[str] = []

    def heard(_requirement: Requirement, result: CaseResult) -> None:
        ended.append(result.case.name)

    features = in_process().features - {"RSA"}
    report = grade([in_process(features=features)], [requirement(*CASES)], heard=heard)
    assert ended == ["long", "disturbed", "short", "not asked"]
    cases = report.results[0].cases
    assert [case.case.name for case in cases] == [case.name for case in CASES]
    assert [case.verdict for case in cases] == ["PASS", "PASS", "PASS", "UNSUPPORTED"]
    assert cases[3].sentence == "the client does not claim RSA"
    assert may_take(CASES[2]) > may_take(CASES[1]) > may_take(CASES[0])


def test_judge_that_fails_is_a_fault() -> None:
    """Of the harness, which is told with its place, and ends nothing."""

    def judge(run: Run) -> str:
        return run.errors[0].text

    result = judge_case(requirement(judge=judge), CASES[0], in_process())
    assert result.verdict == "FAULT"
    assert result.sentence.startswith("its judge failed: IndexError: list index out of range (test_reports_grading.py")


def test_case_that_cannot_be_played_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other cases are not lost for it."""
    client = in_process()
    right = client.close
    monkeypatch.setattr(client, "close", lambda: len(right()) / 0)
    result = judge_case(requirement(), CASES[0], client)
    assert result.verdict == "FAULT"
    assert result.sentence.startswith("it could not be played: ZeroDivisionError: division by zero (")


def test_client_that_cannot_be_made_fails() -> None:
    """The last line of its error says why."""
    client = in_process(real_s=1)
    client._make = lambda _target: 1 / 0
    result = judge_case(requirement(), CASES[0], client)
    assert (result.verdict, result.sentence) == ("FAIL", "it could not be made: ZeroDivisionError: division by zero")
    assert result.told == ("error builtins.ZeroDivisionError: ZeroDivisionError: division by zero",)


def test_refused_calls_are_explained() -> None:
    """The report knows why when the exchange is no more."""
    case = Case(name="twice", recv_window_ms=60_001, steps=(Ask(), Ask()))
    result = judge_case(requirement(), case, in_process())
    refused = [entry.seq for entry in result.entries if entry.refused_by]
    assert len(refused) == 2
    assert list(result.diagnoses) == refused
    assert "60000" in result.diagnoses[refused[0]]


def test_what_interrupts_it_stops_the_lanes() -> None:
    """Who waits in a lane is told to end, and no case is begun any more."""
    stopped = threading.Event()
    asked: list[str] = []

    def heard(_requirement: Requirement, result: CaseResult) -> None:
        asked.append(result.case.name)
        if len(asked) > 1:
            assert stopped.wait(PATIENCE_S)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade([in_process()], [requirement(*CASES)], heard=heard, stop=stopped.set)
    assert stopped.is_set()
    assert asked in (["long"], ["long", "disturbed"])


def test_lanes_begin_after_the_rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads in which msgspec sees a type for the first time end the process; so one sees them all before."""
    seen: list[str] = []
    right = grading.judge_alike

    def judged(*of: object) -> list[CaseResult]:
        seen.append("case")
        return right(*of)  # type: ignore[arg-type]

    monkeypatch.setattr(grading, "rehearse", lambda: seen.append("rehearsal"))
    monkeypatch.setattr(grading, "judge_alike", judged)
    grade([in_process()], [requirement(CASES[0])])
    assert seen == ["rehearsal", "case"]


def test_rehearsal_looks_into_every_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of calls, questions, faults, answers and what adapters say among them."""
    seen: set[type] = set()
    monkeypatch.setattr("msgspec.json.Decoder", seen.add)
    rehearsal.rehearse.__wrapped__()
    assert {JournalEntry, Fault, ToldAll, Opened, CaseResult, Case, Ask, Documented} <= seen
    assert {endpoint.returns for endpoint in CATALOGUE.endpoints} <= seen


def test_what_is_alike_is_played_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two requirements judge one run of cases that differ in their names alone, each its own, with its own verdict."""
    played: list[str] = []
    right = playing.play

    def counted(case: Case, client: Client) -> Run:
        played.append(case.name)
        return right(case, client)

    monkeypatch.setattr(grading, "play", counted)
    one, other = Case(name="one", steps=(Ask(),)), Case(name="other", steps=(Ask(),))
    fails = structs.replace(requirement(other), id="SIG-RSA", judge=lambda run: f"{run.case.name} is wrong")
    report = grade([in_process()], [requirement(one), fails])
    assert played == ["one"]
    assert [(result.verdict, result.cases[0].case.name) for result in report.results] == [
        ("PASS", "one"),
        ("FAIL", "other"),
    ]
    assert report.results[1].cases[0].sentence == "other is wrong"


def test_what_is_not_claimed_is_not_asked_of_those_that_are_alike() -> None:
    """Of two requirements with one case, the one that needs more than the client claims is not asked."""
    case = Case(name="one", steps=(Ask(),))
    more = structs.replace(requirement(case), id="SIG-RSA", needs=frozenset({"RSA"}))
    report = grade([in_process(features=frozenset({"HMAC", "loan", "clock"}))], [requirement(case), more])
    assert [result.verdict for result in report.results] == ["PASS", "UNSUPPORTED"]
