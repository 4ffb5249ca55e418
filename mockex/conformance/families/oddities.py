"""DATA, second part: answers that are almost as the pages show; nothing of them is lost, and nothing made up."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec import json

from mockex.conformance.case import NOW_MS, Disturb, record
from mockex.conformance.families.amounts import right_in_any_order, right_or_own
from mockex.conformance.families.judging import named, not_own, shown
from mockex.conformance.families.struck import HOUR_MS, struck
from mockex.conformance.requirement import Judgement, Requirement
from mockex.conformance.run import Run
from mockex.core.hostile import BodyIs, JsonIs
from mockex.fuzzing.case import field, number

Members = Mapping[str, str | None]
"""What stands in an object instead of what usually does, as JSON; None leaves it out."""

USUAL: Members = {}
START_MS = NOW_MS - HOUR_MS
ONE = (record(START_MS),)
LOAN: Members = {"asset": '"USDT"', "amount": '"250.5"'}
DETAIL: Members = {"asset": '"ETH"', "negativeBalance": "1.5", "negativeMaxThreshold": "0.5"}
ROW: Members = {"startTime": str(START_MS), "endTime": str(START_MS + 60_000)}


def loan(**changes: str | None) -> BodyIs:
    """Say a loan of 250.5 USDT, with changes."""
    return BodyIs(_object({**LOAN, **changes}))


def rows(answer: Members = USUAL, row: Members = USUAL, detail: Members = USUAL) -> BodyIs:
    """Say one record of one asset, with changes."""
    details = f"[{_object({**DETAIL, **detail})}]"
    said = f"[{_object({**ROW, 'details': details, **row})}]"
    return BodyIs(_object({"total": "1", "rows": said, **answer}))


def _object(members: Members) -> str:
    return "{" + ",".join(f'"{name}":{value}' for name, value in members.items() if value is not None) + "}"


def nothing_made_up(run: Run) -> Judgement:
    """What was not said must not be given: all else must be as it was said, or the error the client's own."""
    for asked in run.asked:
        if sentence := not_own(asked):
            return sentence
        if asked.told.error is not None or asked.told.value is None:
            continue
        read = loosely_loan if asked.ask.what == "loan" else loosely_records
        expected, told = read(_said_in(run)), read(asked.told.value)
        if told != expected:
            return f"{named(asked)} gave {shown(told)}, and the exchange said {shown(expected)}"
    return None


def _said_in(run: Run) -> Any:
    """Read what the case's fault says, which is what is true in it."""
    (said,) = (step.fault.effect for step in run.case.steps if isinstance(step, Disturb))
    assert isinstance(said, BodyIs)
    return json.Decoder(float_hook=Decimal).decode(said.text)


def loosely_loan(value: Any) -> Any:
    """Read as much of a loan as there is; None stands for what is not there."""
    return _there(value, "asset"), _amount(value, "amount")


def loosely_records(value: Any) -> Any:
    """Read as much of records as there is; None stands for what is not there."""
    found = value if isinstance(value, list | tuple) else _there(value, "rows")
    return tuple(map(_loosely_row, found)) if isinstance(found, list | tuple) else found


def _loosely_row(row: Any) -> Any:
    start_ms, end_ms = _there(row, "startTime", "start_time", "start_ms"), _there(row, "endTime", "end_time", "end_ms")
    details = _there(row, "details")
    return start_ms, end_ms, tuple(map(_loosely_detail, details)) if isinstance(details, list | tuple) else details


def _loosely_detail(detail: Any) -> Any:
    return (
        _there(detail, "asset"),
        _amount(detail, "negativeBalance", "negative_balance"),
        _amount(detail, "negativeMaxThreshold", "negative_max_threshold"),
    )


def _there(value: Any, *names: str) -> Any:
    try:
        found = field(value, *names)
    except ValueError:
        return None
    return None if found == "" else found


def _amount(value: Any, *names: str) -> Any:
    """Read an amount; one that is there and no number is given as it is, and NaN is nothing."""
    found = _there(value, *names)
    if found is None or found != found:  # noqa: PLR0124 - NaN is not itself
        return None
    try:
        return number(found)
    except ValueError:
        return found


MORE = '{"a":[1,{"b":null}],"amount":"9"}'
PROTO: Members = {"updateTime": "1767222000000", "class": '"x"', "__proto__": MORE, "items": "[]", "": "null"}
NOT_SAID = "None, or an error of its own: what the exchange did not say is neither 0 nor an empty list."
SHAPE = "SEED-1, SEED-2: Response Example [documented]"
ONE_CALL = "One call, or as many as the client thinks are of use."

ODDITIES: tuple[Requirement, ...] = (
    Requirement(
        id="DATA-STRING",
        title="An amount that is written in another way is the same amount, or an error",
        sentence="A loan's amount is a string, a balance a number; the other way round, both must stay what they are.",
        source=SHAPE,
        server="Says strings where numbers were, a number where a string was, and numbers with exponents.",
        wire=ONE_CALL,
        tells="The right amounts, or an error of its own.",
        cases=(
            struck("a loan's amount that is a number", "loan", loan(amount="250.5")),
            struck("a loan's amount with an exponent", "loan", loan(amount='"2505E-1"')),
            struck(
                "balances that are strings",
                "records",
                rows(detail={"negativeBalance": '"1.5"', "negativeMaxThreshold": '"0.5"'}),
                records=ONE,
            ),
            struck(
                "balances with exponents",
                "records",
                rows(detail={"negativeBalance": "1.5e0", "negativeMaxThreshold": "5E-1"}),
                records=ONE,
            ),
        ),
        judge=right_or_own,
    ),
    Requirement(
        id="DATA-UNKNOWN",
        title="Members that no page names are ignored",
        sentence="The pages show examples, and nowhere say that nothing will be added to them.",
        source=f"{SHAPE}; that members are added [inferred]",
        server="Says more than the pages show, in each object of the answer.",
        wire=ONE_CALL,
        tells="What the pages show, as if no more had been said.",
        cases=(
            struck("a loan with more members", "loan", BodyIs(_object({**PROTO, **LOAN}))),
            struck(
                "records with more members everywhere",
                "records",
                rows(answer=PROTO, row=PROTO, detail=PROTO),
                records=ONE,
            ),
        ),
        judge=right_in_any_order,
    ),
    Requirement(
        id="DATA-MISSING",
        title="Nothing is made up for a member that is missing",
        sentence="Each answer has all the members that its page shows; one that has not is no answer of 0.",
        source=SHAPE,
        server="Leaves out a member of the answer.",
        wire=ONE_CALL,
        tells=NOT_SAID,
        cases=(
            struck("a loan without an amount", "loan", loan(amount=None)),
            struck("a loan without an asset", "loan", loan(asset=None)),
            struck("an answer without rows", "records", rows(answer={"rows": None}), records=ONE),
            struck("a record without a startTime", "records", rows(row={"startTime": None}), records=ONE),
            struck("a detail without a balance", "records", rows(detail={"negativeBalance": None}), records=ONE),
            struck("a detail without a threshold", "records", rows(detail={"negativeMaxThreshold": None}), records=ONE),
        ),
        judge=nothing_made_up,
    ),
    Requirement(
        id="DATA-NULL",
        title="Nothing is made up for a null",
        sentence="null is no number, no string and no list: an amount of null is not an amount of 0.",
        source=SHAPE,
        server="Says null, or an empty string, where a value should be.",
        wire=ONE_CALL,
        tells=NOT_SAID,
        cases=(
            struck("a loan's amount of null", "loan", loan(amount="null")),
            struck("a loan's amount of no characters", "loan", loan(amount='""')),
            struck("a loan's asset of null", "loan", loan(asset="null")),
            struck("rows of null", "records", rows(answer={"rows": "null"}), records=ONE),
            struck("a startTime of null", "records", rows(row={"startTime": "null"}), records=ONE),
            struck("a balance of null", "records", rows(detail={"negativeBalance": "null"}), records=ONE),
            struck("a threshold of null", "records", rows(detail={"negativeMaxThreshold": "null"}), records=ONE),
        ),
        judge=nothing_made_up,
    ),
    Requirement(
        id="DATA-TOTAL",
        title="Rows are neither lost nor invented where the total is another",
        sentence="total is the number of rows; where it is not, all rows that came are given, or it is an error.",
        source="SEED-1: Response Example [documented]; what total counts [inferred]",
        server="Says one record, and a total of 3, of 0, of -1, of null, of a string, or none.",
        wire=ONE_CALL,
        tells="The record that came, or an error of its own.",
        cases=tuple(
            struck(f"one record, and a total {name}", "records", rows(answer={"total": total}), records=ONE)
            for name, total in (
                ("of 3", "3"),
                ("of 0", "0"),
                ("of -1", "-1"),
                ("of null", "null"),
                ('of "1"', '"1"'),
                ("of 1e999999", "1e999999"),
                ("that is missing", None),
            )
        ),
        judge=right_or_own,
    ),
    Requirement(
        id="DATA-DUPLICATE-KEY",
        title="A member that stands twice is not null",
        severity="SHOULD",
        sentence="Names in an object should be unique; many readers take the last value, and some refuse the object.",
        source="RFC 8259, section 4 [documented]",
        server="Says the first member twice, first with null, or one with the same value twice.",
        wire=ONE_CALL,
        tells="The value that is not null, or an error of its own.",
        cases=(
            struck("a loan whose asset stands twice", "loan", JsonIs("duplicate-key")),
            struck("records whose total stands twice", "records", JsonIs("duplicate-key")),
            struck("a loan whose amount is said twice", "loan", loan(amount='"250.5","amount":"250.5"')),
        ),
        judge=right_or_own,
    ),
)
