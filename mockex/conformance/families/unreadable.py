"""ERR, second part: what is no answer becomes an error, whatever it looks like, and never a result."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from mockex.conformance.families.judging import named, not_own, own_errors, shown
from mockex.conformance.families.struck import What, refusal, struck
from mockex.conformance.requirement import Judgement, Requirement
from mockex.conformance.run import Run
from mockex.core.effects import Documented, Effect
from mockex.core.hostile import BodyIs, CutBody, Empty, Html, JsonIs
from mockex.fuzzing.case import loan_said, records_said
from mockex.gateways.papi import NOT_FOUND

HUGE = Decimal("1e999999")


def no_result(run: Run) -> Judgement:
    """No question must come to a result; whose error it is, is asked elsewhere."""
    for asked in run.asked:
        if asked.told.error is None:
            return f"{named(asked)} gave {shown(asked.told.value)} for an answer that is none"
    return None


def huge_or_own(run: Run) -> Judgement:
    """The number must be given as it was said, or be an error of the client's own."""
    for asked in run.asked:
        if sentence := not_own(asked):
            return sentence
        read = loan_said if asked.ask.what == "loan" else records_said
        if asked.told.error is None and HUGE not in _numbers(read, asked.told.value):
            return f"{named(asked)} gave {shown(asked.told.value)}, and the exchange said 1e999999"
    return None


def _numbers(read: Any, value: Any) -> list[Any]:
    try:
        return list(_flat(read(value)))
    except (ValueError, TypeError):
        return []


def _flat(value: Any) -> Iterator[Any]:
    if not isinstance(value, tuple):
        yield value
        return
    for one in value:
        yield from _flat(one)


def _row(start: str = "1767222000000", balance: str = "1.5") -> BodyIs:
    detail = f'{{"asset":"ETH","negativeBalance":{balance},"negativeMaxThreshold":0.5}}'
    return BodyIs(f'{{"total":1,"rows":[{{"startTime":{start},"endTime":1767222060000,"details":[{detail}]}}]}}')


def _loan(amount: str) -> BodyIs:
    return BodyIs(f'{{"asset":"USDT","amount":{amount}}}')


WHATS: tuple[What, ...] = ("loan", "records")
SHAPES: tuple[tuple[str, Effect], ...] = (
    ("a string", JsonIs("string")),
    ("a number", JsonIs("number")),
    ("a list", JsonIs("list")),
    ("null", JsonIs("null")),
    ("false", BodyIs("false")),
    ("an empty object", BodyIs("{}")),
    ("an envelope", refusal(200, -1000, "An unknown error occurred while processing the request.")),
)
NOTHING: tuple[tuple[str, Effect], ...] = (
    ("no body", BodyIs("")),
    ("a page", Html()),
    ("the first half", CutBody()),
)
BODILESS = tuple(
    struck(f"{status} without a body, for the {what}", what, Empty(status)) for status in (202, 204) for what in WHATS
)
ODD_SHAPES = tuple(struck(f"{name} under 200, for the {what}", what, it) for name, it in SHAPES for what in WHATS)
FOR_THE_ONE = tuple(case for nth, case in enumerate(ODD_SHAPES) if nth % 4 in (0, 3))
FOR_THE_OTHER = tuple(case for nth, case in enumerate(ODD_SHAPES) if nth % 4 in (1, 2))
"""Each shape is tried twice, on one endpoint by the requirement that asks for an error, on the other for no result."""
UNREADABLE_200 = tuple(struck(f"{name} under 200, for the {what}", what, it) for name, it in NOTHING for what in WHATS)
SWAPPED = (
    struck("a loan, where records were asked for", "records", _loan('"250.5"')),
    struck("no records, where the loan was asked for", "loan", BodyIs('{"total":0,"rows":[]}')),
)
ANSWER = "An answer is JSON, of the shape that the endpoint's page shows; anything else is none."
PAGES = "SEED-1, SEED-2: Response Example [documented]"
TRIES = "As many tries as the client thinks are of use."
OWN = "An error of a type of the client's own, and no result."

UNREADABLE: tuple[Requirement, ...] = (
    Requirement(
        id="ERR-EMPTY",
        title="An empty body becomes an error of the client's own",
        sentence=ANSWER,
        source=PAGES,
        server="Answers 200, 400 or 503 with no body.",
        wire=TRIES,
        tells=OWN,
        cases=(
            *(case for case in UNREADABLE_200 if case.name.startswith("no body")),
            struck("no body under 400", "loan", BodyIs("", 400)),
            struck("no body under 503", "records", BodyIs("", 503)),
        ),
        judge=own_errors,
    ),
    Requirement(
        id="ERR-HTML",
        title="A page of HTML becomes an error of the client's own",
        sentence="What stands before the gateways answers pages: CloudFront 403, nginx and the load balancer 502.",
        source="JKorf/Binance.Net#115, python-binance#1198; PAPI's 404: NH4 [observed]; 503, 504, 200 [inferred]",
        server="Answers with a page, also under the Content-Type of JSON.",
        wire=TRIES,
        tells=OWN,
        cases=(
            struck("403 of CloudFront", "loan", Documented("request-blocked")),
            struck("404 of PAPI", "records", BodyIs(NOT_FOUND.text, 404, NOT_FOUND.content_type)),
            struck("502 of nginx", "loan", Documented("bad-gateway")),
            struck("502 of the load balancer", "records", Documented("bad-gateway-of-the-load-balancer")),
            struck("504 of nginx", "records", Documented("gateway-timeout")),
            struck("503, said to be JSON", "loan", Html(503)),
            struck("400, said to be JSON", "records", Html(400)),
            *(case for case in UNREADABLE_200 if case.name.startswith("a page")),
        ),
        judge=own_errors,
    ),
    Requirement(
        id="ERR-CUT",
        title="A body that breaks off becomes an error of the client's own",
        sentence=ANSWER,
        source=PAGES,
        server="Sends the first half of the body, with a Content-Length that fits it.",
        wire=TRIES,
        tells=OWN,
        cases=(
            *(case for case in UNREADABLE_200 if case.name.startswith("the first half")),
            struck("an envelope under 400", "records", BodyIs('{"code":-1102,"msg":"Mandatory para', 400)),
            struck("an envelope under 503", "loan", BodyIs('{"code":-10', 503)),
        ),
        judge=own_errors,
    ),
    Requirement(
        id="ERR-SHAPE",
        title="JSON of another shape becomes an error of the client's own",
        sentence=ANSWER,
        source=f"{PAGES}; 451 with the code 0 and SAPI's 404 show that shapes differ: FS:52905379611 [observed]",
        server="Answers with a string, a number, a list, null, false, an empty object, or with what is no envelope.",
        wire=TRIES,
        tells=OWN,
        cases=(
            *FOR_THE_ONE,
            struck("a string under 400", "loan", JsonIs("string", 400)),
            struck("a number under 401", "records", JsonIs("number", 401)),
            struck("a list under 400", "records", JsonIs("list", 400)),
            struck("null under 503", "loan", JsonIs("null", 503)),
            struck("an empty object under 403", "records", BodyIs("{}", 403)),
            struck("a code that is a list, under 400", "loan", BodyIs('{"code":[1],"msg":{"text":"no"}}', 400)),
            struck("451 with the code 0", "loan", Documented("restricted-location")),
        ),
        judge=own_errors,
    ),
    Requirement(
        id="ERR-NAN",
        title="NaN and Infinity are no numbers",
        sentence="JSON has no NaN and no Infinity: a text with one of them is not JSON.",
        source="RFC 8259, section 6 [documented]",
        server="Says NaN or Infinity where an amount should be.",
        wire=TRIES,
        tells=OWN,
        cases=(
            struck("NaN for the loan's amount", "loan", _loan("NaN")),
            struck("Infinity for the loan's amount", "loan", _loan("Infinity")),
            struck("NaN for a balance", "records", _row(balance="NaN")),
            struck("-Infinity for a balance", "records", _row(balance="-Infinity")),
            struck("NaN for a code, under 400", "loan", BodyIs('{"code":NaN,"msg":"no"}', 400)),
        ),
        judge=own_errors,
    ),
    Requirement(
        id="ERR-HUGE",
        title="A number beyond all floats is no infinity",
        sentence="JSON sets no limit to numbers; what a reader has no room for, it must not make another number of.",
        source="RFC 8259, section 6: an implementation may set limits on the range of numbers [documented]",
        server="Says 1e999999 for an amount, or for a time.",
        wire=TRIES,
        tells="That number, or an error of its own.",
        cases=(
            struck("the loan's amount", "loan", _loan('"1e999999"')),
            struck("a balance", "records", _row(balance="1e999999")),
            struck("a time", "records", _row(start="1e999999")),
        ),
        judge=huge_or_own,
    ),
    Requirement(
        id="ERR-DEEP",
        title="Lists in lists without end become an error of the client's own",
        sentence="A reader may set a limit to how deep JSON is nested; what lies beyond it is an error, and no crash.",
        source="RFC 8259, section 9: an implementation may set limits on the maximum depth of nesting [documented]",
        server="Answers with ten thousand lists, one in the other.",
        wire=TRIES,
        tells=OWN,
        cases=(
            struck("under 200, for the loan", "loan", JsonIs("deep")),
            struck("under 200, for the records", "records", JsonIs("deep")),
            struck("under 400", "records", JsonIs("deep", 400)),
        ),
        judge=own_errors,
    ),
    Requirement(
        id="ERR-NO-CONTENT",
        title="202 and 204 are no results",
        sentence="The pages show one answer, with a body; that the exchange took note of a question answers nothing.",
        source=PAGES,
        server="Answers 202 or 204 without a body.",
        wire=TRIES,
        tells=OWN,
        cases=BODILESS,
        judge=own_errors,
    ),
    Requirement(
        id="ERR-NOTHING-MADE-UP",
        title="What cannot be read is never handed over as a result",
        sentence="An account that owes nothing shows an amount of 0, one without records a list; nothing else does.",
        source=f'{PAGES}; `0` and `{{"total":0,"rows":[]}}` for nothing [documented, decided]',
        server="Answers 200, 202 or 204 with what is not an answer to what was asked.",
        wire=TRIES,
        tells="An error, and no result: no 0, no empty list, and not what was said either.",
        cases=(*UNREADABLE_200[1::2], *FOR_THE_OTHER, *BODILESS[::3], *SWAPPED),
        judge=no_result,
    ),
)
