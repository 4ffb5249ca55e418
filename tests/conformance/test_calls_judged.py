"""Judges of SIG and TIME on calls that are written down: what they must not blame a client for, and what they must."""

from typing import Any

import pytest
from msgspec import structs

from mockex.conformance.case import Ask, Case
from mockex.conformance.families.clocks import TIME
from mockex.conformance.families.signing import SIG
from mockex.conformance.grading import judge_case
from mockex.conformance.requirement import Judgement, Requirement, Unseen
from mockex.conformance.run import FEATURES, Asked, Run, Told, ToldError
from mockex.testing.journal import JournalEntry
from tests.conformance.broken import in_process
from tests.conformance.zoo import ZOO
from tests.fuzz.calls import LOAN, NOW_MS, RECORDS, called, said

BY_ID = {requirement.id: requirement for requirement in (*SIG, *TIME)}
PASSIVE = [requirement for requirement in BY_ID.values() if requirement.is_passive]
ON_THE_MACHINE = frozenset(FEATURES) - {"clock"}
NOTE = Ask(what="records", parameters={"note": "Café"})
RIGHT = Told(value=said(LOAN))


def judged(id_: str, *entries: JournalEntry, **about: Any) -> Judgement:
    """Judge a run with these calls."""
    case = Case(name="written", recv_window_ms=about.pop("recv_window_ms", None))
    run = Run(case=case, entries=entries, **{"features": ON_THE_MACHINE, **about})
    return BY_ID[id_].judge(run)


def asked(*entries: JournalEntry, told: Told = RIGHT) -> Asked:
    """Write down a question for the loan."""
    return Asked(ask=Ask(), truth=LOAN, told=told, entries=entries)


def noted(*entries: JournalEntry, ask: Ask = NOTE, **error: Any) -> dict[str, Any]:
    """Write down a question for records with a parameter of the caller's."""
    told = Told(error=ToldError(type="MyError", **error)) if error else Told(value=said(RECORDS))
    return {"asked": (Asked(ask=ask, truth=RECORDS, told=told, entries=entries),)}


def record_call(query: str) -> JournalEntry:
    """Write down a call for records."""
    return called(endpoint="negative_balance_exchange_record", query=query)


@pytest.mark.parametrize("requirement", PASSIVE, ids=lambda one: one.id)
def test_passive_judges_abstain_where_there_is_nothing_to_judge(requirement: Requirement) -> None:
    """No call at all is unseen, and what else was asked of the exchange is held against nobody."""
    empty = Run(case=Case(name="written"), features=frozenset())
    assert isinstance(requirement.judge(empty), Unseen)
    others = (called(endpoint="papi_time", query="&&=&a&%&"), called(404, endpoint=None, query="timestamp=&"))
    assert not isinstance(requirement.judge(structs.replace(empty, entries=others)), str)


def test_there_are_passive_judges() -> None:
    """Those that a linter asks of any journal."""
    assert {one.id for one in PASSIVE} == {
        "SIG-LAST",
        "SIG-UNSENT",
        "SIG-ONCE",
        "SIG-HEADER",
        "SIG-QUERY",
        "TIME-UNIT",
        "TIME-WINDOW-MAX",
    }


def test_wrong_signature_is_explained() -> None:
    """The sentence says which mistake it was."""
    broken = next(one for one in ZOO if one.mistake == "the question mark is signed")
    requirement = BY_ID["SIG-HMAC"]
    with broken.made():
        result = judge_case(requirement, requirement.cases[0], in_process())
    assert "The `?` was signed" in result.sentence


def test_two_calls_of_one_millisecond_may_have_one_timestamp() -> None:
    """A retry at once is not blamed, and one with the timestamp of a call long before is."""
    first = called(503, stamped_ms=NOW_MS)
    at_once = called(seq=2, at_ms=NOW_MS + 50, stamped_ms=NOW_MS)
    later = called(seq=2, at_ms=NOW_MS + 51, stamped_ms=NOW_MS)
    assert judged("SIG-FRESH", first, at_once, asked=(asked(first, at_once),)) is None
    assert "51 ms earlier" in str(judged("SIG-FRESH", first, later, asked=(asked(first, later),)))


def test_busy_machine_makes_no_timestamp_stale() -> None:
    """A retry may arrive late on the machine's clock; one that was stamped before the wait is blamed."""
    first = called(429)
    slow = called(seq=2, at_ms=NOW_MS + 2_000, stamped_ms=NOW_MS + 600)
    stale = called(seq=2, at_ms=NOW_MS + 2_000, stamped_ms=NOW_MS + 20)
    assert judged("TIME-STALE", first, slow, asked=(asked(first, slow),)) is None
    assert "stamped before the wait" in str(judged("TIME-STALE", first, stale, asked=(asked(first, stale),)))


def test_short_wait_shows_no_stale_timestamp() -> None:
    """On the machine's clock a third of a second says nothing; on one that stands still it does."""
    calls = (called(503), called(seq=2, at_ms=NOW_MS + 300, stamped_ms=NOW_MS + 1))
    about = {"asked": (asked(*calls),)}
    assert isinstance(judged("TIME-STALE", *calls, **about), Unseen)
    assert isinstance(judged("TIME-STALE", *calls, **about, features=frozenset(FEATURES)), str)


def test_one_whole_second_is_chance() -> None:
    """That all of five calls were made at one is not; three say nothing."""
    whole = [called(seq=n, at_ms=NOW_MS + 777 * n, stamped_ms=NOW_MS) for n in range(5)]
    odd = called(seq=6, at_ms=NOW_MS + 3_501)
    assert "whole seconds" in str(judged("TIME-NOW", *whole))
    assert judged("TIME-NOW", *whole, odd) is None
    assert isinstance(judged("TIME-NOW", *whole[:3]), Unseen)


@pytest.mark.parametrize(("off_ms", "is_blamed"), [(500, False), (501, True), (-4_000, False), (-4_001, True)])
def test_clock_may_be_a_little_off(off_ms: int, is_blamed: bool) -> None:
    """What the way takes, or a correction, is not held against a client."""
    calls = [called(seq=n, at_ms=NOW_MS + 777 * n, stamped_ms=NOW_MS + 777 * n + off_ms) for n in range(1, 5)]
    assert isinstance(judged("TIME-NOW", *calls), str) is is_blamed


def test_one_call_in_time_is_enough_for_a_small_window() -> None:
    """Two that were late may have met a busy machine; three of three have not."""
    late = [
        called(400, -1021, seq=n, at_ms=NOW_MS + 1_500, stamped_ms=NOW_MS, refused_by="timestamp_is_late")
        for n in (1, 2, 3)
    ]
    questions = [asked(one, told=Told(error=ToldError(type="E", own=True))) for one in late]
    right = called(seq=3)
    assert judged("TIME-SMALL", asked=(*questions[:2], asked(right))) is None
    assert "1500 ms old" in str(judged("TIME-SMALL", asked=questions))


def test_value_may_be_refused_by_the_client_itself() -> None:
    """An error of its own that no exchange caused is no finding; another error, or no call that can be read, is."""
    assert isinstance(judged("SIG-ENCODING", **noted(own=True)), Unseen)
    assert isinstance(judged("SIG-ENCODING", **noted(own=False)), str)
    assert isinstance(judged("SIG-ENCODING", **noted(own=True, status=400)), str)


def test_letters_beyond_ascii_are_percent_encoded() -> None:
    """Sent bare they are blamed, though the exchange reads them; encoded they are not."""
    assert judged("SIG-ENCODING", **noted(record_call("note=Caf%C3%A9&"))) is None
    assert "not percent-encoded" in str(judged("SIG-ENCODING", **noted(record_call("note=Café&"))))


def test_empty_value_may_be_left_out() -> None:
    """One that is not empty may not."""
    empty = Ask(what="records", parameters={"note": ""})
    assert judged("SIG-UNUSUAL", **noted(record_call(""), ask=empty)) is None
    assert judged("SIG-UNUSUAL", **noted(record_call("note=&"), ask=empty)) is None
    assert isinstance(judged("SIG-UNUSUAL", **noted(record_call("note=null&"), ask=empty)), str)
    assert isinstance(judged("SIG-UNUSUAL", **noted(record_call(""))), str)


def test_order_is_blamed_for_nothing_else() -> None:
    """A signature that is wrong in another way is another requirement's."""
    wrong = called(400, -1022, refused_by="signature_is_wrong")
    assert isinstance(judged("SIG-ORDER", wrong), Unseen)
    assert judged("SIG-ORDER", called()) is None


def test_what_a_caller_adds_may_say_nothing() -> None:
    """Only the page's own parameters must have a value."""
    assert judged("SIG-UNSENT", record_call("note=&other=None&")) is None
    assert isinstance(judged("SIG-UNSENT", record_call("endTime=undefined&")), str)


def test_time_of_another_century_has_other_digits() -> None:
    """Where the exchange's clock stands in 1999, a timestamp is not counted."""
    assert isinstance(judged("TIME-UNIT", called(at_ms=915_148_800_000)), Unseen)
    assert "in seconds" in str(judged("TIME-UNIT", called(stamped_ms=NOW_MS // 1_000)))
    assert "in microseconds" in str(judged("TIME-UNIT", called(stamped_ms=NOW_MS * 1_000)))


@pytest.mark.parametrize(("window", "is_blamed"), [("1", 0), ("60000", 0), ("0", 1), ("60001", 1), ("5e3", 1), ("", 1)])
def test_bounds_of_recv_window_are_in_bounds(window: str, is_blamed: int) -> None:
    """1 and 60000 are allowed; what is beyond, or no number, is not."""
    assert isinstance(judged("TIME-WINDOW-MAX", called(query=f"recvWindow={window}&")), str) is bool(is_blamed)


def test_recv_window_is_the_callers_and_said_once() -> None:
    """Another value, none, or two are blamed."""
    for query, is_blamed in (
        ("recvWindow=7&", False),
        ("", True),
        ("recvWindow=8&", True),
        ("recvWindow=7&" * 2, True),
    ):
        assert isinstance(judged("TIME-WINDOW", called(query=query), recv_window_ms=7), str) is is_blamed


def test_correction_that_never_came_is_remembered_by_nobody() -> None:
    """Who fails the first question is not asked to remember."""
    late = called(400, -1021, refused_by="timestamp_is_late")
    failed = asked(late, told=Told(error=ToldError(type="E", own=True)))
    assert isinstance(judged("TIME-REMEMBERS", asked=(failed, failed)), Unseen)
    assert isinstance(judged("TIME-REMEMBERS", asked=(asked(called()), asked(late, called()))), str)
