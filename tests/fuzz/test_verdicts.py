"""Each verdict, on cases written by hand: what is guilty of it, and what comes near and is innocent."""

from decimal import Decimal
from typing import Any

import pytest

from mockex.fuzzing.case import Case, Claims, Question
from mockex.fuzzing.target import EndlessError
from mockex.fuzzing.verdicts import ITS_OWN_FAULT, VERDICTS, FindingError, judge
from tests.fuzz.calls import DAY, DAY_MS, LOAN, NOW_MS, RECORDS, OwnError, called, case, said

RECORD = "negative_balance_exchange_record"
LATE: dict[str, Any] = {"status": 400, "code": -1021, "refused_by": "timestamp_is_late"}
LIMIT: dict[str, Any] = {"status": 429, "code": -1003}
LIMITED = called(**LIMIT, retry_after=60)
BANNED = called(418, -1003, retry_after=120)
OWN = OwnError("no")
MACHINE = Claims(on_its_clock=False)
UNSPLIT = Claims(splits_ranges=False)


def later(ms: int, **about: Any) -> Any:
    """Write down a second call, so much later."""
    return called(seq=2, at_ms=NOW_MS + ms, **about)


def ranged(days: int) -> Question:
    """Ask for so many days."""
    return Question(range=(NOW_MS - days * DAY_MS, NOW_MS))


def told(*entries: Any, code: Any = None, status: Any = None, **about: Any) -> Case:
    """Write down a call that ended in an error of the client's own."""
    return case(*entries, error=OWN, code=code, status=status, **about)


def held(status: int, ms: int, gateway: str = "SAPI") -> dict[tuple[str, int], int]:
    """Say until when a client was told to wait."""
    return {(gateway, status): NOW_MS + ms}


def records(*rows: Any, **about: Any) -> Case:
    """Write down a call that gave these records."""
    return case(called(endpoint=RECORD), question=DAY, value=said(rows), **about)


GUILTY = [
    ("endless", "it waits on", case(error=EndlessError("…"))),
    ("key-sent-elsewhere", "the key is there", case(elsewhere=[called(endpoint=None)])),
    ("secret-told", "in the text", told(called(503), status=503, text="by Xyz", secrets=["abc", "Xyz"])),
    *[("its-own-fault", check, case(called(400, refused_by=check))) for check in sorted(ITS_OWN_FAULT)],
    ("its-own-fault", "a keyless call", case(called(404, endpoint=None, refused_by="path_is_unknown"))),
    ("its-own-fault", "others, unsplit", case(called(400, refused_by="signature_is_wrong"), claims=UNSPLIT)),
    ("asks-while-banned", "a second early", case(BANNED, later(119_000))),
    ("asks-while-banned", "remembered", case(called(), held_until_ms=held(418, 1))),
    ("asks-while-banned", "the machine's clock is no excuse", case(BANNED, later(0), claims=MACHINE)),
    ("asks-while-limited", "a millisecond early", case(LIMITED, later(59_999))),
    ("asks-while-limited", "remembered", case(called(), held_until_ms=held(429, 1))),
    ("asks-while-limited", "time, then too early", case(LIMITED, later(0, endpoint="spot_time"), later(1))),
    (
        "asks-while-limited",
        "the time's own 429",
        case(called(**LIMIT, endpoint="papi_time", retry_after=9), later(0, endpoint=RECORD), question=DAY),
    ),
    (
        "asks-while-limited",
        "not remembered, but one call",
        case(LIMITED, later(0), claims=Claims(remembers_limits=False)),
    ),
    ("stale-timestamp", "stamped before", case(called(503), later(201, stamped_ms=NOW_MS))),
    ("stale-timestamp", "and so refused", case(called(503), later(9_000, stamped_ms=NOW_MS, **LATE))),
    ("too-many-tries", "nine", case(*[called(503, seq=n) for n in range(9)])),
    ("too-many-tries", "a short range", case(*[called(503, endpoint=RECORD)] * 9, question=DAY)),
    ("asks-again-in-vain", "refused", case(called(401, -2015), later(0))),
    ("asks-again-in-vain", "time between", case(called(400, 51122), later(0, endpoint="spot_time"), later(0))),
    ("alien-error", "KeyError", case(called(), error=KeyError("amount"))),
    ("wrong-value", "another amount", case(called(), value={"asset": "USDT", "amount": "579.450001"})),
    ("wrong-value", "another asset", case(called(), value={"asset": "BUSD", "amount": "579.45"})),
    ("wrong-value", "nothing", case(called(), value=None)),
    ("wrong-value", "NaN", case(called(), value={"asset": "USDT", "amount": float("nan")})),
    (
        "wrong-value",
        "a NaN that refuses comparison",
        case(called(), value={"asset": "USDT", "amount": Decimal("sNaN")}),
    ),
    ("wrong-value", "one missing", records(*RECORDS[:2])),
    ("wrong-value", "one twice", records(*RECORDS, RECORDS[2])),
    ("wrong-value", "oldest first", records(*reversed(RECORDS))),
    ("wrong-value", "a list for a time", records(([30], 31, ()), *RECORDS[1:])),
    ("wrong-value", "no rows", case(called(endpoint=RECORD), question=DAY, value=7)),
    ("wrong-value", "unsorted and wrong", records(*RECORDS[1:], claims=Claims(keeps_order=False))),
    ("clock-not-corrected", "it gives up", told(called(**LATE), code=-1021, status=400)),
    ("clock-not-corrected", "it tries", told(called(**LATE), later(0, **LATE), code=-1021, status=400)),
    (
        "clock-not-corrected",
        "it asks the time and does not heed it",
        case(called(**LATE), called(seq=2, endpoint="spot_time"), called(seq=3, **LATE), called(seq=4)),
    ),
    ("fails-for-nothing", "all well", told(called())),
    ("fails-for-nothing", "not asked", told()),
    ("fails-for-nothing", "a short range, not asked", told(question=ranged(89), claims=UNSPLIT)),
    ("fails-for-nothing", "a long range, not asked", told(question=ranged(300))),
    ("fails-for-nothing", "only the time asked", told(called(endpoint="spot_time"))),
    ("code-lost", "no code", told(called(401, -2015), status=401)),
    ("code-lost", "no status", told(called(401, -2015), code=-2015)),
    ("code-lost", "no status of a page", told(called(502))),
    ("code-lost", "a positive code", told(called(500, 2), code=-1000, status=500)),
]
INNOCENT = [
    ("endless", "an error of its own", told(called(503), status=503)),
    ("key-sent-elsewhere", "it followed without the key", case(called(302), elsewhere=[called(api_key=None)])),
    ("secret-told", "another text", told(called(503), status=503, text="by abX", secrets=["abc"])),
    ("its-own-fault", "its clock", case(called(**LATE), later(0))),
    (
        "its-own-fault",
        "its limit",
        told(called(**LIMIT, refused_by="weight_is_over_the_limit"), code=-1003, status=429),
    ),
    (
        "its-own-fault",
        "a range that it does not split",
        told(
            called(400, -1127, endpoint=RECORD, refused_by="interval_is_too_big"),
            question=ranged(300),
            claims=UNSPLIT,
            status=400,
            code=-1127,
        ),
    ),
    (
        "its-own-fault",
        "the end before the start",
        told(called(400, -1023, refused_by="start_is_after_end"), status=400, code=-1023),
    ),
    ("asks-while-banned", "when it is over", case(BANNED, later(120_000))),
    (
        "asks-while-banned",
        "the time meanwhile",
        case(called(endpoint="spot_time"), called(), held_until_ms=held(418, 9, "SPOT")),
    ),
    ("asks-while-banned", "another gateway's ban", case(called(), held_until_ms=held(418, 9, "PAPI"))),
    ("asks-while-limited", "at the told time", case(LIMITED, later(60_000))),
    ("asks-while-limited", "the time, meanwhile", case(LIMITED, later(0, endpoint="papi_time"), later(60_000))),
    ("asks-while-limited", "no Retry-After", case(called(**LIMIT), later(250))),
    ("asks-while-limited", "a spoilt one", case(called(**LIMIT, retry_after=60, faults=("hostile-1",)), later(0))),
    (
        "asks-while-limited",
        "a spoilt one of words",
        case(called(**LIMIT, faults=("documented-1", "hostile-2")), later(0)),
    ),
    ("asks-while-limited", "another gateway's", case(called(), held_until_ms=held(429, 9, "PAPI"))),
    (
        "asks-while-limited",
        "not claimed",
        case(called(), held_until_ms=held(429, 9), claims=Claims(remembers_limits=False)),
    ),
    (
        "asks-while-limited",
        "waited on the machine's clock",
        case(called(**LIMIT, retry_after=30), later(0), claims=MACHINE),
    ),
    ("asks-while-limited", "and earlier", case(called(), held_until_ms=held(429, 99_000), claims=MACHINE)),
    ("asks-while-limited", "a 503 with a Retry-After", case(called(503, retry_after=60), later(250))),
    ("stale-timestamp", "200 ms", case(called(stamped_ms=NOW_MS - 200))),
    ("stale-timestamp", "its clock is wrong", case(called(stamped_ms=NOW_MS + 700), ahead_ms=(0, 700))),
    (
        "stale-timestamp",
        "it was corrected when it was wrong",
        case(called(stamped_ms=NOW_MS - 900), ahead_ms=(0, 5, -900)),
    ),
    ("stale-timestamp", "not its clock", case(called(stamped_ms=1), claims=MACHINE)),
    (
        "stale-timestamp",
        "refused for another reason",
        case(called(503, stamped_ms=1, refused_by="ip_is_banned"), later(0)),
    ),
    ("stale-timestamp", "the time is not stamped", case(called(endpoint="spot_time", stamped_ms=1), called())),
    ("too-many-tries", "eight", case(*[called(503, seq=n) for n in range(8)])),
    ("too-many-tries", "the time besides", case(*[called(503)] * 8, called(endpoint="spot_time"))),
    ("too-many-tries", "two parts", case(*[called(503, endpoint=RECORD)] * 16, question=ranged(28))),
    ("asks-again-in-vain", "a failure with a positive code", case(called(500, 2), later(0))),
    ("asks-again-in-vain", "the clock", case(called(**LATE), later(0))),
    ("asks-again-in-vain", "a page", case(called(403), later(0))),
    ("asks-again-in-vain", "spoilt", case(called(401, -2015, faults=("hostile-1",)), later(0))),
    ("asks-again-in-vain", "another range", case(called(400, -1127, query="a=1&"), later(0, query="a=2&"))),
    ("asks-again-in-vain", "a limit", case(called(**LIMIT), later(0))),
    ("asks-again-in-vain", "a ban", case(called(418, -1003), later(0))),
    ("alien-error", "its own", told(called(503), status=503)),
    ("wrong-value", "a string", case(called(), value={"asset": "USDT", "amount": "579.45000"})),
    ("wrong-value", "a float that loses nothing", case(called(), value={"asset": "USDT", "amount": 579.45})),
    (
        "wrong-value",
        "a float, where that is all it claims",
        case(
            called(),
            truth=("A", Decimal(2**53 + 1)),
            value={"asset": "A", "amount": 2.0**53},
            claims=Claims(keeps_decimals=False),
        ),
    ),
    ("wrong-value", "those that begin together, in another order", records(RECORDS[0], RECORDS[2], RECORDS[1])),
    ("wrong-value", "any order", records(*reversed(RECORDS), claims=Claims(keeps_order=False))),
    ("wrong-value", "no records", records(truth=())),
    ("clock-not-corrected", "corrected", case(called(**LATE), called(seq=2, endpoint="spot_time"), called(seq=3))),
    (
        "clock-not-corrected",
        "not claimed",
        told(called(**LATE), code=-1021, status=400, claims=Claims(resynchronises=False)),
    ),
    (
        "clock-not-corrected",
        "parts asked for at once",
        case(called(**LATE), called(seq=2, **LATE), called(seq=3, endpoint="spot_time"), called(seq=4), called(seq=5)),
    ),
    (
        "clock-not-corrected",
        "the time was not told",
        told(called(**LATE), called(**LIMIT, seq=2, endpoint="papi_time"), code=-1003, status=429),
    ),
    (
        "clock-not-corrected",
        "the time was not told, and it tried",
        told(
            called(**LATE), called(**LIMIT, seq=2, endpoint="spot_time"), called(seq=3, **LATE), code=-1021, status=400
        ),
    ),
    ("clock-not-corrected", "a fault", told(called(**LATE, faults=("documented-1",)), code=-1021, status=400)),
    ("fails-for-nothing", "it remembers a ban", told(may_be_waiting=True)),
    ("fails-for-nothing", "and asked the time before", told(called(endpoint="spot_time"), may_be_waiting=True)),
    ("fails-for-nothing", "the end before the start", told(question=Question(range=(2, 1)))),
    ("fails-for-nothing", "longer than it may ask", told(question=ranged(90), claims=UNSPLIT)),
    ("fails-for-nothing", "a fault under 200", told(called(faults=("hostile-1",)))),
    ("code-lost", "told", told(called(401, -2015), code=-2015, status=401)),
    ("code-lost", "a page has no code", told(called(502), code=0, status=502)),
    ("code-lost", "not claimed", told(called(401, -2015), claims=Claims(tells_codes=False))),
    ("code-lost", "spoilt", told(called(401, -2015, faults=("hostile-1",)))),
    ("code-lost", "of the time", told(called(503), called(seq=2, status=429, code=-1003, endpoint="spot_time"))),
    ("code-lost", "not asked", told(may_be_waiting=True)),
    ("code-lost", "an unreadable 200", told(called(faults=("hostile-1",)))),
]


@pytest.mark.parametrize(("verdict", "why", "one"), GUILTY, ids=[f"{verdict}: {why}" for verdict, why, _ in GUILTY])
def test_guilty(verdict: str, why: str, one: Case) -> None:
    """What is wrong is found, and for its own verdict before all others."""
    assert VERDICTS[verdict](one), why
    with pytest.raises(FindingError) as caught:
        judge(one)
    assert caught.value.verdict == verdict
    assert str(caught.value).startswith(f"{verdict}: ")


@pytest.mark.parametrize(("verdict", "why", "one"), INNOCENT, ids=[f"{verdict}: {why}" for verdict, why, _ in INNOCENT])
def test_innocent(verdict: str, why: str, one: Case) -> None:
    """What comes near to being wrong is let off by the verdict, and found by no other."""
    assert VERDICTS[verdict](one) is None, why
    judge(one)


def test_every_verdict_has_both() -> None:
    """No verdict is without a case that is guilty of it, and one that is not."""
    assert {verdict for verdict, _, _ in GUILTY} == VERDICTS.keys() == {verdict for verdict, _, _ in INNOCENT}


def test_cases_tell_no_secret() -> None:
    """Neither what a case says of itself, nor a long value, fills a report."""
    assert "Xyz" not in repr(told(secrets=["Xyz"]))
    sentence = VERDICTS["wrong-value"](case(called(), value={"asset": "x" * 999, "amount": 0}, truth=LOAN))
    assert sentence is not None
    assert len(sentence) < 600
