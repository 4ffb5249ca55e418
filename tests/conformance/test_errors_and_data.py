"""What ERR and DATA judge of clients that tell things in other ways than the reference client does."""

import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest

from mockex.conformance import REQUIREMENTS
from mockex.conformance.case import NOW_MS, Ask
from mockex.conformance.families.judging import ENDPOINTS
from mockex.conformance.families.oddities import START_MS
from mockex.conformance.grading import judge_case
from mockex.conformance.run import Told, ToldError
from mockex.endpoints import CATALOGUE
from mockex.fuzzing.target import Target

BY_ID = {requirement.id: requirement for requirement in REQUIREMENTS}
PATHS = {endpoint.name: endpoint.path for endpoint in CATALOGUE.endpoints}


class Teller:
    """A client that makes one call, asks for the time, and tells what it was given, whatever the answers."""

    name = version = ""
    features = frozenset({"loan", "records", "HMAC", "clock"})

    def __init__(self, told: Told) -> None:
        self._told = told

    def open(self, target: Target) -> Told:
        """Keep what a call needs."""
        self._target = target
        return Told()

    def ask(self, asks: Sequence[Ask]) -> list[Told]:
        """Make the calls."""
        (ask,) = asks
        times = "" if ask.what == "loan" else f"startTime={ask.start_ms}&endTime={ask.end_ms}&"
        query = self._target.signer.signed(f"{times}timestamp={round(self._target.time() * 1_000)}")
        for path in (f"{PATHS[ENDPOINTS[ask.what]]}?{query}", "/papi/v1/time"):
            with suppress(urllib.error.HTTPError):
                request = urllib.request.Request(self._target.url + path, headers=self._target.signer.headers)  # noqa: S310
                urllib.request.urlopen(request, timeout=5).close()  # noqa: S310 - it is a loopback URL
        return [self._told]

    def close(self) -> list[str]:
        """Show nothing."""
        return []


def verdict(requirement_id: str, name: str, told: Told) -> str:
    """Judge the one case whose name has this in it."""
    (case,) = (case for case in BY_ID[requirement_id].cases if name in case.name)
    return judge_case(BY_ID[requirement_id], case, Teller(told)).verdict


def error(**about: Any) -> Told:
    """Tell an error, of the client's own if nothing else is said."""
    return Told(error=ToldError(**{"type": "my.Error", "own": True, "text": "my.Error: no", **about}))


FRAMES = 'Traceback (most recent call last):\n  File "-1022.py", line 400, in -1022\nmy.Error: '
ERRORS = [
    ("ERR-CODE", "PAPI: -1022", error(code=-1022), "PASS"),
    ("ERR-CODE", "PAPI: -1022", error(code="-1022"), "PASS"),
    ("ERR-CODE", "PAPI: -1022", error(text='my.Error: {"code":-1022,"msg":"…"}'), "PASS"),
    ("ERR-CODE", "PAPI: -1022", error(text=f"{FRAMES}refused"), "FAIL"),
    ("ERR-CODE", "PAPI: -1022", error(text="my.Error: -10221"), "FAIL"),
    ("ERR-CODE", "PAPI: -1022", error(code=400, text="my.Error: -1022"), "FAIL"),
    ("ERR-CODE", "PAPI: -1022", error(code=-1022, is_endless=True), "FAIL"),
    ("ERR-STATUS", "PAPI: -1022", error(text="my.Error: HTTP 400"), "PASS"),
    ("ERR-STATUS", "PAPI: -1022", error(status="400"), "PASS"),
    ("ERR-STATUS", "PAPI: -1022", error(text=f"{FRAMES}refused"), "FAIL"),
    ("ERR-STATUS", "PAPI: -1022", error(status=401, text="my.Error: HTTP 400"), "FAIL"),
    ("ERR-MSG", "SAPI: -1102", error(text="my: mandatory parameter 'timestamp' was not sent"), "FAIL"),
    (
        "ERR-MSG",
        "SAPI: -1102",
        error(text=r"my: Mandatory parameter \'timestamp\' was not sent, was empty/null, or malformed"),
        "PASS",
    ),
    ("ERR-POSITIVE", "51122", error(code=51122), "PASS"),
    ("ERR-POSITIVE", "51122", error(code=51122, own=False), "PASS"),
    ("ERR-POSITIVE", "51122", error(own=False), "FAIL"),
    ("ERR-ENVELOPE", "PAPI: -1003", error(is_endless=True, own=False), "UNSEEN"),
    ("ERR-ENVELOPE", "PAPI: -1022", error(is_endless=True, own=False), "FAIL"),
    ("ERR-ENVELOPE", "PAPI: -1022", error(is_lost=True), "FAIL"),
    ("ERR-ENVELOPE", "PAPI: -1022", error(), "PASS"),
    ("ERR-NO-CODE", "PAPI: 503", error(code=503), "PASS"),
    ("ERR-NO-CODE", "PAPI: 503", error(code=0), "PASS"),
    ("ERR-NO-CODE", "null", error(code=None), "PASS"),
    ("ERR-NO-CODE", "PAPI: 503", error(code=NOW_MS), "FAIL"),
    ("ERR-SPRING", "404", error(code=404), "PASS"),
    ("ERR-TEXT", "an envelope", error(text="Error: no\n    at ask (my.js:1:1)"), "PASS"),
    ("ERR-TEXT", "an envelope", error(text="my.Error\n    at ask (my.js:1:1)"), "FAIL"),
    ("ERR-TEXT", "an envelope", error(text="Error: [object Object]"), "FAIL"),
    ("ERR-TEXT", "an envelope", error(text=" \n"), "FAIL"),
    ("ERR-TEXT", "an envelope", error(text=FRAMES), "FAIL"),
    ("ERR-NOTHING-MADE-UP", "204", error(own=False), "PASS"),
    ("ERR-HUGE", "loan", Told(value={"asset": "USDT", "amount": "1e999999"}), "PASS"),
    ("ERR-HUGE", "loan", Told(value={"asset": "USDT", "amount": None}), "FAIL"),
    ("ERR-HUGE", "loan", error(own=False), "FAIL"),
    ("ERR-HUGE", "loan", error(), "PASS"),
]


@pytest.mark.parametrize(("requirement_id", "name", "told", "expected"), ERRORS, ids=str)
def test_errors_are_judged_for_what_they_tell(requirement_id: str, name: str, told: Told, expected: str) -> None:
    """A code may be a string or stand in the text, but not where the error was raised; and so on, line by line."""
    assert verdict(requirement_id, name, told) == expected


def row(**changes: Any) -> dict[str, Any]:
    """Tell the one record of the odd answers, with changes in its detail."""
    detail = {"asset": "ETH", "negativeBalance": 1.5, "negativeMaxThreshold": 0.5, **changes}
    return {"startTime": START_MS, "endTime": START_MS + 60_000, "details": [detail]}


VALUES = [
    ("DATA-MISSING", "without an amount", {"asset": "USDT"}, "PASS"),
    ("DATA-MISSING", "without an amount", {"asset": "USDT", "amount": None}, "PASS"),
    ("DATA-MISSING", "without an amount", {"asset": "USDT", "amount": ""}, "PASS"),
    ("DATA-MISSING", "without an amount", {"asset": "USDT", "amount": float("nan")}, "PASS"),
    ("DATA-MISSING", "without an amount", None, "PASS"),
    ("DATA-MISSING", "without an amount", {"asset": "USDT", "amount": 0}, "FAIL"),
    ("DATA-MISSING", "without an amount", {"asset": "USDT", "amount": "undefined"}, "FAIL"),
    ("DATA-MISSING", "without an amount", {"asset": "BUSD"}, "FAIL"),
    ("DATA-MISSING", "without rows", {"total": 1}, "PASS"),
    ("DATA-MISSING", "without rows", [], "FAIL"),
    ("DATA-MISSING", "without rows", {"total": 1, "rows": 5}, "FAIL"),
    ("DATA-MISSING", "without a balance", [row(negativeBalance=None)], "PASS"),
    ("DATA-MISSING", "without a balance", [row(negativeBalance=0)], "FAIL"),
    ("DATA-MISSING", "without a balance", [None], "FAIL"),
    ("DATA-MISSING", "without a balance", [{"startTime": START_MS, "endTime": START_MS, "details": 5}], "FAIL"),
    ("DATA-NULL", "no characters", {"asset": "USDT", "amount": ""}, "PASS"),
    ("DATA-NULL", "no characters", {"asset": "USDT", "amount": 0}, "FAIL"),
    ("DATA-TOTAL", "of 3", {"total": 3, "rows": [row()]}, "PASS"),
    ("DATA-TOTAL", "of 3", [row(), row()], "FAIL"),
    ("DATA-TOTAL", "of 3", "row", "FAIL"),
    ("DATA-STRING", "are strings", [row(negativeBalance="1.5", negativeMaxThreshold="0.50")], "PASS"),
    ("DATA-STRING", "are strings", [row(negativeBalance="1.5", negativeMaxThreshold=".05")], "FAIL"),
    ("DATA-FRACTION", "thresholds", None, "FAIL"),
]


@pytest.mark.parametrize(("requirement_id", "name", "value", "expected"), VALUES, ids=str)
def test_values_are_judged_for_what_they_are(requirement_id: str, name: str, value: Any, expected: str) -> None:
    """What was not said may be missing, None or empty, and is never 0; rows may stand in a list or in the answer."""
    assert verdict(requirement_id, name, Told(value=value)) == expected


ODD = [case for case in BY_ID if case in ("DATA-STRING", "DATA-MISSING", "DATA-NULL", "DATA-TOTAL")]


@pytest.mark.parametrize("requirement_id", ODD)
def test_an_error_will_do_for_an_odd_answer_if_it_is_the_client_s_own(requirement_id: str) -> None:
    """One of its own passes, any other fails."""
    name = BY_ID[requirement_id].cases[0].name
    assert verdict(requirement_id, name, error()) == "PASS"
    assert verdict(requirement_id, name, error(own=False)) == "FAIL"


def test_order_is_judged_once() -> None:
    """Records that come oldest first fail where order is asked, and nowhere else."""
    for requirement_id, expected in (("DATA-ORDER", "FAIL"), ("DATA-FRACTION", "PASS")):
        (case,) = BY_ID[requirement_id].cases
        told = [
            {
                "startTime": one.start_time,
                "endTime": one.end_time,
                "details": [
                    {
                        "asset": detail.asset,
                        "negativeBalance": detail.negative_balance,
                        "negativeMaxThreshold": detail.negative_max_threshold,
                    }
                    for detail in one.details
                ],
            }
            for one in sorted(case.records, key=lambda one: one.start_time)
        ]
        assert verdict(requirement_id, "", Told(value=told)) == expected
        assert verdict(requirement_id, "", error()) == ("UNSEEN" if requirement_id == "DATA-ORDER" else "FAIL")


def test_rows_that_are_lost_are_counted() -> None:
    """Of ten thousand that are not given the sentence has the number, and one."""
    (case,) = BY_ID["DATA-HUGE"].cases
    result = judge_case(BY_ID["DATA-HUGE"], case, Teller(Told(value=[])))
    assert "it gave 0 records, the exchange 10000; 10000 are not among them, such as (17672" in result.sentence


def test_what_is_too_deep_to_be_shown_is_judged() -> None:
    """A client that hands over lists in lists fails, and the harness does not."""
    deep: Any = []
    for _ in range(10_000):
        deep = [deep]
    case = BY_ID["ERR-DEEP"].cases[0]
    result = judge_case(BY_ID["ERR-DEEP"], case, Teller(Told(value=deep)))
    assert result.verdict == "FAIL"
    assert "deeper than can be shown" in result.sentence
