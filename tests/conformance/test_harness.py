"""The harness looks at itself: what it sends and its description does not allow is its own fault, and is called so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json, structs

from mockex.conformance.case import NOW_MS, Ask, Case, Disturb, Owe, Skew, record
from mockex.conformance.described import BOUNDS, KNOWN, REMARKS, misfit
from mockex.conformance.grading import judge_case
from mockex.conformance.harness import harness_mistake, mistake_of
from mockex.conformance.playing import play
from mockex.conformance.requirement import Requirement
from mockex.core import exchange
from mockex.core.call import Call
from mockex.core.effects import Documented
from mockex.core.faults import Fault
from mockex.core.hostile import Empty, Html, JsonIs
from mockex.core.outage import AnswerName
from mockex.core.pipeline import Verdict
from mockex.core.raw import with_body, with_header, without_header
from mockex.core.weight import Limits
from mockex.core.wire import Reply
from mockex.endpoints import CATALOGUE
from mockex.endpoints.pm_loan import Loan
from mockex.openapi import description
from tests.conformance.broken import in_process

Wrong = Callable[[Reply], Reply]
RIGHT_ANSWER, RIGHT_REFUSE = exchange.answer, exchange.refuse
ASKED = Requirement(
    id="SIG-ANY",
    title="Anything goes",
    sentence="-",
    source="-",
    server="-",
    wire="-",
    cases=(),
    judge=lambda _run: None,
)
LOAN, RECORDS = Ask(), Ask(what="records")
HELD = (record(NOW_MS - 1_000), record(NOW_MS - 2_000, "BNB", "1.10264488", "0"))
PLAIN = Case(name="plain", records=HELD, steps=(LOAN, RECORDS))
LATE = Case(name="late", steps=(Skew(ms=3_600_000), LOAN, RECORDS))
LIMITED = Case(name="limited", limits=Limits(papi_weight_per_ip=99, offences_before_ban=0), steps=(RECORDS, RECORDS))
OVERLOADED = Case(name="overloaded", steps=(Disturb(fault=Fault(effect=Documented("overloaded"), times=1)), LOAN))


@contextmanager
def mockex_is_wrong(name: str, right: Callable[..., Reply], wrong: Wrong) -> Iterator[None]:
    """Let mockex answer, or refuse, wrongly as long as the `with` lasts."""

    def wrongly(call: Call, verdict: Verdict) -> Reply:
        return wrong(right(call, verdict))

    with patch.object(exchange, name, wrongly):
        yield


EXACTLY = json.Encoder(decimal_format="number")


def body(change: Callable[[Any], Any]) -> Wrong:
    """Change the JSON of an answer; its length stays right."""

    def wrong(reply: Reply) -> Reply:
        said = EXACTLY.encode(change(json.Decoder(float_hook=Decimal).decode(reply.body)))
        return with_body(reply, said)

    return wrong


def header(name: str, value: str | None) -> Wrong:
    """Change a header of an answer that has it, or leave it out."""

    def wrong(reply: Reply) -> Reply:
        if name not in reply.headers:
            return reply
        return without_header(reply, name) if value is None else with_header(reply, name, value)

    return wrong


def of_records(change: Callable[[list[Any]], Any]) -> Wrong:
    """Change the rows where an answer has some, and count them anew."""

    def changed(said: Any) -> Any:
        if not said.get("rows"):
            return said
        rows = change(said["rows"])
        return {"total": len(rows), "rows": rows}

    return body(changed)


def renamed(old: str, new: str) -> Wrong:
    """Call a member of an answer by another name."""
    return body(lambda said: {new if name == old else name: value for name, value in said.items()})


WRONG_ANSWERS: dict[str, Wrong] = {
    "no member": body(lambda said: {name: said[name] for name in list(said)[1:]}),
    "another member": body(lambda said: said | {"more": 1}),
    "another name": renamed("amount", "amt"),
    "a number for a string": body(lambda said: said | {"amount": 250} if "amount" in said else said),
    "a string for a number": body(lambda said: said | {"total": "2"} if "total" in said else said),
    "an amount that is none": body(lambda said: said | {"amount": "1e5"} if "amount" in said else said),
    "another amount": body(lambda said: said | {"amount": "1"} if "amount" in said else said),
    "a wrong total": body(lambda said: said | {"total": 3} if "total" in said else said),
    "a row too few": of_records(lambda rows: rows[1:]),
    "a row twice": of_records(lambda rows: [*rows, rows[0]]),
    "oldest first": of_records(lambda rows: rows[::-1]),
    "a row without details": of_records(lambda rows: [rows[0] | {"details": [{}]}, rows[1]]),
    "a time below zero": of_records(lambda rows: [rows[0] | {"endTime": -1}, rows[1]]),
    "a list": body(lambda said: [said]),
    "no JSON": lambda reply: structs.replace(reply, body=b"x" * len(reply.body)),
    "nothing": lambda reply: with_body(reply, b""),
    "a wrong length": header("Content-Length", "1000"),
    "another type": header("Content-Type", "text/plain"),
    "another status": lambda reply: structs.replace(reply, status=202),
    "no used weight": header("X-SAPI-USED-UID-WEIGHT-1M", None),
    "a wrong used weight": header("X-MBX-USED-WEIGHT-1M", "1"),
    "no such header": header("Server", None),
}


@pytest.mark.parametrize("wrong", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_wrong_answer_is_mockexs_own_fault(wrong: Wrong) -> None:
    """Any mistake in shape, words, headers or data is a fault of the harness, and no finding on the client."""
    with mockex_is_wrong("answer", RIGHT_ANSWER, wrong):
        result = judge_case(ASKED, PLAIN, in_process())
    assert result.verdict == "FAULT"
    assert result.sentence.startswith("mockex itself answered call ")


def test_answer_that_is_changed_to_itself_is_no_fault() -> None:
    """What is wrong in the tests above is what they name, and nothing else."""
    for same in (body(lambda said: said), of_records(list), header("No-Such-Header", "1")):
        with mockex_is_wrong("answer", RIGHT_ANSWER, same), mockex_is_wrong("refuse", RIGHT_REFUSE, same):
            for case in (PLAIN, LATE, LIMITED, OVERLOADED):
                assert judge_case(ASKED, case, in_process()).verdict == "PASS"


def test_time_that_is_no_time_is_mockexs_own_fault() -> None:
    """Of what no account holds, too, the description is the judge."""
    wrong = body(lambda said: {"serverTime": "soon"} if "serverTime" in said else said)
    with mockex_is_wrong("answer", RIGHT_ANSWER, wrong):
        result = judge_case(ASKED, LATE, in_process())
    assert result.verdict == "FAULT"
    assert result.sentence.endswith("its body.serverTime is 'soon', and not of the type integer")


WRONG_REFUSALS: dict[str, tuple[Wrong, Case]] = {
    "no code": (body(lambda said: {"msg": said["msg"]}), LATE),
    "another code": (body(lambda said: said | {"code": -1022}), LATE),
    "another sentence": (body(lambda said: said | {"msg": "Timestamp is wrong."}), LATE),
    "more than code and msg": (body(lambda said: said | {"data": None}), LATE),
    "another status": (lambda reply: structs.replace(reply, status=401), LATE),
    "another type": (header("Content-Type", "text/html"), LATE),
    "no Retry-After": (header("Retry-After", None), LIMITED),
    "an odd Retry-After": (header("Retry-After", "soon"), LIMITED),
    "no used weight": (header("X-MBX-USED-WEIGHT-1M", None), LIMITED),
    "another outage": (body(lambda said: said | {"code": -1000}), OVERLOADED),
    "an outage with another status": (lambda reply: structs.replace(reply, status=500), OVERLOADED),
}


@pytest.mark.parametrize(("wrong", "case"), WRONG_REFUSALS.values(), ids=WRONG_REFUSALS)
def test_wrong_refusal_is_mockexs_own_fault(wrong: Wrong, case: Case) -> None:
    """So it is with refusals, and with declared answers that the exchange's pages show."""
    assert judge_case(ASKED, case, in_process()).verdict == "PASS"
    with mockex_is_wrong("refuse", RIGHT_REFUSE, wrong):
        assert judge_case(ASKED, case, in_process()).verdict == "FAULT"


def test_call_that_should_have_been_refused_is_a_fault() -> None:
    """A gateway that lets in what nobody answers, or names a step that it has not, is wrong."""
    (entry,) = play(Case(name="one", steps=(LOAN,)), in_process()).entries
    assert mistake_of(structs.replace(entry, endpoint=None)) == "it let in a call to a path that is nobody's"
    assert mistake_of(structs.replace(entry, refused_by="a whim")) == "SAPI has no step a whim"
    assert mistake_of(structs.replace(entry, tally=None)) == "it cost nothing, and every answer costs its weight"


@pytest.mark.parametrize("answer", AnswerName.__args__)  # type: ignore[attr-defined]
def test_documented_answers_are_allowed(answer: AnswerName) -> None:
    """Each of them, on both gateways, is one that may be said where it is declared."""
    fault = Disturb(fault=Fault(effect=Documented(answer)))
    run = play(Case(name="documented", steps=(fault, LOAN, RECORDS)), in_process())
    assert {entry.faults for entry in run.entries} == {("documented-1",)}
    assert harness_mistake(run) is None


def test_documented_answer_that_nobody_declared_is_a_fault() -> None:
    """It may be said by who was told to, and by nobody else."""
    run = play(OVERLOADED, in_process())
    assert harness_mistake(run) is None
    assert harness_mistake(structs.replace(run, case=structs.replace(run.case, steps=(LOAN,)))) is not None


@pytest.mark.parametrize("effect", [Empty(), Html(), JsonIs("list")], ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("name", [None, "mine"])
def test_declared_hostility_is_no_fault(effect: Any, name: str | None) -> None:
    """What a case asks for is not the harness's mistake, whatever the case calls it."""
    case = Case(name="hostile", steps=(Disturb(fault=Fault(effect=effect, name=name, times=1)), LOAN))
    run = play(case, in_process())
    assert run.entries[0].faults == (f"hostile-{name or 1}",)
    assert harness_mistake(run) is None


def test_loans_that_came_and_went_are_true() -> None:
    """What the account has owed at any time of the case may be told."""
    steps = (LOAN, Owe(loan=Loan(asset="BUSD", amount="1.10")), LOAN)
    assert harness_mistake(play(Case(name="owing", steps=steps), in_process())) is None


DOCUMENT = description(CATALOGUE)
SCHEMAS = DOCUMENT["components"]["schemas"]


def words(value: Any) -> Iterator[str]:
    """Find every word that a schema of the description has."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            if name == "properties":
                for one in inner.values():
                    yield from words(one)
            else:
                yield from words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words(inner)


def test_every_word_of_the_description_is_understood() -> None:
    """What a schema says and nobody asks for would be no promise."""
    said = {word for schema in SCHEMAS.values() for word in words(schema)}
    assert said - REMARKS <= KNOWN
    assert said & set(BOUNDS)


near: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 5, 1.5, "", "579.45", "x" * 41, [], {}, 253_402_300_800_000]
) | st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(sorted({name for one in SCHEMAS.values() for name in one["properties"]})), inner
        )
    ),
    max_leaves=5,
)
details = st.fixed_dictionaries({"asset": near, "negativeBalance": near, "negativeMaxThreshold": near})
rows = st.fixed_dictionaries({"startTime": near, "endTime": near, "details": st.lists(details, max_size=1) | near})
values = st.one_of(
    near,
    st.fixed_dictionaries({"asset": near, "amount": near}),
    st.fixed_dictionaries({"code": near, "msg": near}),
    st.fixed_dictionaries({"total": near, "rows": st.lists(rows, max_size=1) | near}),
)


@given(st.sampled_from(sorted(SCHEMAS)), values)
def test_shapes_are_judged_as_json_schema_judges_them(name: str, value: Any) -> None:
    """A value fits a schema of the description just where another validator of JSON Schema says so."""
    schema = SCHEMAS[name] | {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    is_valid = jsonschema_rs.is_valid(schema | {"components": DOCUMENT["components"]}, value)
    assert (misfit(value, {"$ref": f"#/components/schemas/{name}"}) is None) == is_valid
