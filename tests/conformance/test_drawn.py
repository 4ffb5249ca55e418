"""Drawn cases: what is wrong with a client is found, shown at its smallest, attributed, and kept; nothing else is."""

import sys
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, get_args
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import find as shortest
from msgspec import structs

from mockex.conformance import REQUIREMENTS, InProcess, drawn
from mockex.conformance.attributing import BELONGS_TO, requirement_of
from mockex.conformance.case import Ask, Case, Disturb, Skew, Together, Wait
from mockex.conformance.case_file import read
from mockex.conformance.drawing import LONGEST_WAIT_S, _disturbance, _is_quick, cases
from mockex.conformance.drawn import FoundError, _Hunt, draw_findings, save, with_drawn
from mockex.conformance.grading import grade, judge_case
from mockex.conformance.harness import harness_mistake
from mockex.conformance.oracles import findings, generally
from mockex.conformance.playing import play
from mockex.conformance.requirement import Requirement, needs_of
from mockex.conformance.results import CaseResult
from mockex.conformance.run import FEATURES
from mockex.conformance.spawned import Spawned
from mockex.core.effects import Documented, Effect, Hostile
from mockex.core.faults import Fault
from mockex.core.hostile import Html, NoRetryAfter, OddRetryAfter
from mockex.core.weight import Limits
from mockex.endpoints.pm_loan import Loan
from mockex.fuzzing import VERDICTS, Target
from mockex.fuzzing.verdicts import ITS_OWN_FAULT
from mockex.testing.client import Client, ClientError
from tests.conformance.watching import ATTRIBUTED, STAMPS
from tests.fuzz.variants import SIGNERS, VARIANTS, Variant

ALL = frozenset(FEATURES) - {"tls"}
REAL = ALL - {"clock"}
STEADY = settings(
    max_examples=50, phases=(Phase.generate,), database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


def reference(target: Target) -> Client:
    """Make the reference client; no try is given up because the machine is busy."""
    SIGNERS.append(target.signer)
    window: dict[str, Any] = {} if target.recv_window_ms is None else {"recv_window_ms": target.recv_window_ms}
    return Client(target.url, target.signer, time=target.time, sleep=target.asleep, timeout_s=5.0, **window)


def client(**how: Any) -> InProcess:
    """Give it to the harness."""
    return InProcess(reference, errors=ClientError, **how)


WITH_MISSING = (*REQUIREMENTS, *(one for one in ATTRIBUTED if one.id not in {known.id for known in REQUIREMENTS}))


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_found_wrong_with_the_reference_client(seed: int) -> None:
    """Whatever is drawn, it meets what it should, and mockex is not at fault."""
    found = draw_findings(client(), WITH_MISSING, seed=seed, examples=40)
    assert [(one.requirement, one.sentence, one.case) for one in found] == []


def test_nothing_is_found_wrong_with_it_in_a_process_of_its_own() -> None:
    """So it is where waits are real, and no case waits long."""
    with Spawned([sys.executable, "-m", "mockex.conformance.adapters.reference"]) as spawned:
        found = draw_findings(spawned, ATTRIBUTED, seed=1, examples=8)
    assert [(one.requirement, one.sentence) for one in found] == []


FOUND: dict[str, str] = {
    "ranges are never cut": "its-own-fault: interval_is_too_big",
    "a retry is stamped as the first try": "stale-timestamp",
    "base64 is not percent-encoded": "its-own-fault: signature_is_wrong, in base64",
    "numbers go through floats": "wrong-value: digits",
    "the reader's errors come out": "alien-error: empty",
    "records that begin together are one": "wrong-value: rows that begin together",
    "an error tells the secret": "secret-told",
    "a loan of 0 is a mistake": "fails-for-nothing",
    "redirects are followed": "key-sent-elsewhere",
}
"""Which question finds which mistake within some hundred drawn cases; tests/fuzz tries each question by itself."""


@pytest.mark.parametrize("variant", [one for one in VARIANTS if one.mistake in FOUND], ids=lambda one: one.mistake)
def test_mistake_is_found_and_told_at_its_smallest(variant: Variant, tmp_path: Path) -> None:
    """It belongs to the right requirement, the case has few steps and plain values, and its file repeats it."""
    wanted = requirement_of(FOUND[variant.mistake])
    requirement = next(one for one in ATTRIBUTED if one.id == wanted)
    with variant.made():
        (found,) = draw_findings(client(), [requirement], seed=3, examples=400, save_to=tmp_path, within_s=100)
        again = judge_case(generally(requirement), found.case, client())
    assert (again.verdict, again.sentence) == ("FAIL", found.sentence)
    assert (len(found.case.steps) <= 2, len(found.case.records) <= 4) == (True, True), found.case
    assert found.case.name == f"drawn with seed 3 for {wanted}"
    (path,) = tmp_path.iterdir()
    assert f'requirement = "{wanted}"\nis_drawn = true\n' in path.read_text(encoding="utf-8")
    assert judge_case(generally(requirement), found.case, client()).verdict == "PASS"


def test_mistakes_that_are_named_are_there() -> None:
    """Each is a variant of the reference client, and its question one that there is."""
    assert FOUND.keys() <= {one.mistake for one in VARIANTS}
    assert {name.partition(":")[0] for name in FOUND.values()} <= VERDICTS.keys()


def test_table_knows_every_answer() -> None:
    """Every verdict, and every check that refuses what a client itself did wrong, belongs to a requirement."""
    assert {name for name in BELONGS_TO if ":" not in name} == {*VERDICTS, "lost"}
    refused = {name.partition(": ")[2].partition(",")[0] for name in BELONGS_TO if name.startswith("its-own-fault: ")}
    assert refused <= ITS_OWN_FAULT
    kinds = {name.partition(": ")[2] for name in BELONGS_TO if name.startswith("alien-error: ")}
    assert kinds == {str(kind.__struct_config__.tag) for kind in get_args(Hostile)}
    assert requirement_of("its-own-fault: parameter_is_malformed") == BELONGS_TO["its-own-fault"]


def test_table_names_requirements_that_are_there() -> None:
    """Every id of a family that has requirements is one of them."""
    families = {requirement.family for requirement in REQUIREMENTS}
    named = {name for name in BELONGS_TO.values() if name.partition("-")[0] in families}
    assert named <= {requirement.id for requirement in REQUIREMENTS}
    assert named


def test_same_seed_finds_the_same() -> None:
    """And another does not have to."""
    floats = next(one for one in VARIANTS if one.mistake == "numbers go through floats")
    with floats.made():
        first, again = (draw_findings(client(), ATTRIBUTED, seed=7, examples=15) for _ in range(2))
    assert [one.case for one in first] == [one.case for one in again] != []


def test_what_is_not_asked_for_is_not_found() -> None:
    """Findings are those of the requirements that are given, of which some judge any run by themselves."""
    sorting = next(one for one in VARIANTS if one.mistake == "parameters are sorted after signing")
    picky = structs.replace(STAMPS, is_passive=False, is_general=True, judge=lambda _run: "too many words")
    with sorting.made():
        assert draw_findings(client(), (), seed=1, examples=20) == []
        (found,) = draw_findings(client(), (picky,), seed=1, examples=20)
        assert draw_findings(client(), (structs.replace(picky, needs=frozenset({"tls"})),), examples=20) == []
    assert (found.requirement, found.sentence) == (picky.id, "too many words")
    assert found.case.steps == (Ask(),)


def test_endless_and_lost_calls_are_found() -> None:
    """Whatever else is wrong with them comes of that, and is not told."""
    run = play(Case(name="one", steps=(Ask(),)), client())
    for name in ("endless", "lost"):
        error = structs.replace(TOLD_ERROR, **{f"is_{name}": True})
        (asked,) = run.asked
        asked = structs.replace(asked, told=structs.replace(asked.told, value=None, error=error))
        (found,) = findings(structs.replace(run, asked=[asked]), ATTRIBUTED)
        assert (found.requirement, found.sentence) == (BELONGS_TO[name], "asked for its loan: it does not end")


def _told_error() -> Any:
    from mockex.conformance.run import ToldError

    return ToldError(type="endless", text="it does not end")


TOLD_ERROR = _told_error()


def test_calls_at_once_are_judged_by_what_each_told() -> None:
    """What was on the wire belongs to all of them, and is held against none."""
    overloaded = Disturb(fault=Fault(effect=Documented("overloaded"), times=2))
    case = Case(name="together", steps=(overloaded, Together(asks=(Ask(), Ask(what="records"), Ask()))))
    run = play(case, client())
    assert len(run.entries) > 3
    assert list(findings(run, ATTRIBUTED)) == []
    wrong = structs.replace(run.asked[2], told=structs.replace(run.asked[2].told, value={"asset": "X", "amount": "1"}))
    (found,) = findings(structs.replace(run, asked=[*run.asked[:2], wrong]), ATTRIBUTED)
    assert found.requirement == BELONGS_TO["wrong-value"]


def test_same_case_is_played_once() -> None:
    """What is drawn twice costs nothing the second time, and comes to the same."""
    played: list[Case] = []
    kinds: set[type[Exception]] = set()
    hunt = _Hunt(client(), ATTRIBUTED, monotonic() + 60)
    case = Case(name="drawn", loan=Loan(amount="0"), steps=(Ask(),))
    zero = next(one for one in VARIANTS if one.mistake == "a loan of 0 is a mistake")

    def judged(requirement: Requirement, one: Case, by: InProcess) -> CaseResult:
        played.append(one)
        return judge_case(requirement, one, by)

    with zero.made(), patch.object(drawn, "judge_case", judged):
        for one in (case, structs.replace(case), case):
            with pytest.raises(FoundError) as found:
                hunt.look(one)
            kinds.add(found.type)
    assert (played, len(kinds)) == ([case], 1)


def test_case_keeps_its_name_as_a_file(tmp_path: Path) -> None:
    """The same case has the same file, whatever seed it was drawn with; and it is added to its requirement's report."""
    requirement = structs.replace(ATTRIBUTED[0], cases=(Case(name="plain", steps=(Ask(),)),))
    report = grade([client()], [requirement])
    (result,) = report.results[0].cases
    found = structs.replace(result, verdict="FAIL", sentence="so it is", requirement=requirement.id)
    other = structs.replace(found, case=structs.replace(found.case, name="drawn with another seed"))
    assert save(found, tmp_path) == save(other, tmp_path)
    assert with_drawn(report, [found]).results[0].cases == (result, found)
    assert with_drawn(report, [found]).exit_code == 1
    fault = structs.replace(found, verdict="FAULT", requirement="")
    assert with_drawn(report, [fault]).exit_code == 3


def test_a_client_is_told_to_wait_but_once_where_waits_are_real() -> None:
    """However often a fault would strike that tells to wait for a second; others strike as often as was drawn."""
    for effect, times in ((Documented("too-many-requests", retry_after_s=1), 1), (Documented("bad-gateway"), 2)):
        assert _disturbance(effect, 2, None).fault.times == times


@pytest.mark.parametrize(
    "effect",
    [NoRetryAfter(), OddRetryAfter("soon"), Documented("too-many-orders"), Html(status=429), Html(status=418)],
    ids=repr,
)
def test_what_lets_a_client_wait_for_the_minute_to_end_is_not_quick(effect: Effect) -> None:
    """It is told to wait, but not in a header that can be read; so it waits for what it knows of minutes and bans."""
    assert not _is_quick(effect)
    assert _is_quick(Html(status=503))


@settings(STEADY, max_examples=400)
@given(cases(REAL))
def test_no_drawn_case_waits_long_where_waits_are_real(case: Case) -> None:
    """No step waits, no limit is small, and who is told to wait is told a second."""
    assert case.limits == Limits()
    assert not any(isinstance(step, Wait) for step in case.steps)
    for step in case.steps:
        if isinstance(step, Disturb):
            effect = step.fault.effect
            assert not isinstance(effect, NoRetryAfter | OddRetryAfter)
            assert getattr(effect, "retry_after_s", None) in (None, 1)
            assert getattr(effect, "status", None) not in (429, 418)
            assert step.fault.times in ((1,) if getattr(effect, "retry_after_s", None) else (1, 2))


@STEADY
@given(cases(ALL))
def test_drawn_cases_ask_something_and_wait_no_hour(case: Case) -> None:
    """There is always a question, and no declared answer keeps a patient client for long."""
    assert case.asks
    for step in case.steps:
        if isinstance(step, Disturb):
            assert (getattr(step.fault.effect, "retry_after_s", None) or 0) <= LONGEST_WAIT_S


@pytest.mark.parametrize("claimed", [["loan"], ["records"], ["loan", "records", "clock"]], ids=" ".join)
def test_drawn_cases_ask_only_what_is_claimed(claimed: list[str]) -> None:
    """A client with one key type that knows one question is asked that, with that key."""
    features = frozenset({*claimed, "RSA"}) - {"HMAC"}

    @STEADY
    @given(cases(features))
    def asked(case: Case) -> None:
        assert needs_of(case) <= features

    asked()


def test_cases_shrink_to_one_question() -> None:
    """The plainest case is a question to an exchange where nothing happens."""
    how: Any = {"settings": settings(STEADY, phases=tuple(Phase), max_examples=300), "random": Random(0)}  # noqa: S311 - no secret
    assert shortest(cases(ALL), lambda _: True, **how) == Case(name="drawn", steps=(Ask(),))
    skewed = shortest(cases(ALL), lambda case: any(isinstance(one, Skew) for one in case.steps), **how)
    assert skewed.steps in ((Skew(ms=0), Ask()), (Ask(), Skew(ms=0)))


def test_harness_is_not_at_fault_whatever_is_drawn() -> None:
    """Nothing that is played here is answered by mockex against its own description."""

    @settings(STEADY, max_examples=40)
    @given(cases(ALL))
    def played(case: Case) -> None:
        assert harness_mistake(play(case, client())) is None

    played()


def test_found_file_is_read_again(tmp_path: Path) -> None:
    """A real requirement's drawn case can be read from its file, with what was found."""
    result = judge_case(REQUIREMENTS[0], Case(name="plain", steps=(Ask(),)), client())
    found = structs.replace(result, requirement=REQUIREMENTS[0].id, sentence="so it is")
    written = read(save(found, tmp_path))
    assert (written.requirement, written.is_drawn, written.finding) == (REQUIREMENTS[0].id, True, "so it is")
    assert written.case == found.case
