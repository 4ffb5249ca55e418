"""Questions to a journal: how often, in which order, and what came nearest where the answer is no."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from mockex.core.exchange import Exchange
from mockex.core.faults import Fault
from mockex.core.hostile_wire import Latency
from mockex.core.journal import Entry
from mockex.core.verifying import Expectation, Match, differences, matching, nearest_to, verify
from tests.alice import ALICE, IP, NOW_MS, PAPI_PATH, SAPI_PATH, exchange, request

LOAN, RECORDS = Match(path=SAPI_PATH), Match(path=PAPI_PATH)


def asked(*gateways: str, live: Exchange | None = None, **changes: Any) -> list[Entry]:
    """Ask these gateways, and give the journal."""
    live = live or exchange()
    for gateway in gateways:
        live.handle(request(gateway, **changes))
    return list(live.world.journal)


def read(**expectation: Any) -> Expectation:
    """Read an expectation as it is sent."""
    return msgspec.json.decode(json.dumps(expectation), type=Expectation)


@pytest.mark.parametrize(
    ("match", "other"),
    [
        ({"method": "GET"}, {"method": "get"}),
        ({"path": SAPI_PATH}, {"path": f"{SAPI_PATH}/"}),
        ({"endpoint": "pm_loan"}, {"endpoint": "papi_ping"}),
        ({"gateway": "SAPI"}, {"gateway": "PAPI"}),
        ({"api_key": ALICE.api_key}, {"api_key": "x"}),
        ({"uid": 1}, {"uid": 2}),
        ({"ip": IP}, {"ip": "::1"}),
        ({"status": 400}, {"status": 200}),
        ({"code": -1021}, {"code": -1022}),
        ({"refused_by": "timestamp_is_late"}, {"refused_by": ""}),
        ({"fault": "slow"}, {"fault": ""}),
        ({"after_seq": 0}, {"after_seq": 1}),
    ],
)
def test_every_filter_tells_calls_apart(match: dict[str, Any], other: dict[str, Any]) -> None:
    """What the call has matches; anything else is the one difference, with what was asked for and what it has."""
    live = exchange()
    live.world.arm(Fault(effect=Latency(1), name="slow"))
    (entry,) = asked("SAPI", live=live, timestamp=NOW_MS - 9_000)
    assert set(match) == set(other) <= set(Match.__struct_fields__)
    assert differences(Match(**match), entry) == {}
    ((name, (wanted, has)),) = differences(Match(**other), entry).items()
    assert (name, wanted) == next(iter(other.items()))
    assert has == (1 if name == "after_seq" else next(iter(match.values())))


def test_every_filter_is_tested() -> None:
    """The rows above name all of them."""
    (rows,) = (mark.args[1] for mark in test_every_filter_tells_calls_apart.pytestmark)
    assert {name for match, _ in rows for name in match} == set(Match.__struct_fields__)


def test_nothing_may_be_asked_for_too() -> None:
    """An empty text asks for calls that no step refused and no fault struck."""
    entries = asked("SAPI", "PAPI") + asked("SAPI", timestamp=1)
    assert len(matching(Match(refused_by="", fault=""), entries)) == 2
    assert len(matching(Match(), entries)) == 3


@pytest.mark.parametrize(
    ("bounds", "holds"),
    [
        ({}, True),
        ({"count": 2}, True),
        ({"count": 1}, False),
        ({"count": 3}, False),
        ({"count": 0}, False),
        ({"at_least": 2}, True),
        ({"at_least": 3}, False),
        ({"at_most": 2}, True),
        ({"at_most": 1}, False),
        ({"at_least": 1, "at_most": 2}, True),
        ({"at_least": 3, "at_most": 4}, False),
    ],
)
def test_how_often(bounds: dict[str, Any], holds: bool) -> None:
    """Two of three calls match: exactly, at least, at most, both; without a number, once is enough."""
    outcome = verify(Expectation(match=LOAN, **bounds), asked("SAPI", "PAPI", "SAPI"))
    assert (outcome.holds, outcome.matched) == (holds, 2)
    assert outcome.sentence.startswith(f"2 of 3 calls match, {'and' if holds else 'but'} ")


@pytest.mark.parametrize(
    ("bounds", "sentence"),
    [
        ({"count": 0}, "1 of 1 calls match, but exactly 0 were expected; the last that match: 1"),
        ({"at_least": 2}, "1 of 1 calls match, but at least 2 were expected"),
        ({"at_most": 3}, "1 of 1 calls match, and 0 to 3 were expected"),
        ({"at_least": 2, "at_most": 3}, "1 of 1 calls match, but 2 to 3 were expected"),
    ],
)
def test_the_sentence(bounds: dict[str, Any], sentence: str) -> None:
    """It says what was found and what was expected, and where there are too many, which the last of them are."""
    assert verify(Expectation(match=LOAN, **bounds), asked("SAPI")).sentence == sentence


def test_the_sentence_says_what_the_journal_no_longer_knows() -> None:
    """Where calls have fallen out of the ring the count is of those that are left."""
    entries = asked("SAPI", "SAPI", "SAPI")[2:]
    assert verify(Expectation(count=1), entries).sentence.endswith("; of 2 earlier calls the journal knows no more")


def test_a_failed_verification_shows_the_nearest_calls() -> None:
    """Those with the fewest differences come first, among equals the latest; three at most."""
    entries = asked("SAPI", "SAPI", "PAPI", "PAPI", "PAPI")
    outcome = verify(Expectation(match=Match(path=SAPI_PATH, gateway="SAPI", status=418)), entries)
    assert not outcome.holds
    assert [(near.seq, near.differs) for near in outcome.nearest[:2]] == [
        (2, {"status": (418, 200)}),
        (1, {"status": (418, 200)}),
    ]
    assert (outcome.nearest[2].seq, len(outcome.nearest[2].differs), len(outcome.nearest)) == (5, 3, 3)
    assert verify(Expectation(match=LOAN), entries).nearest == ()
    assert verify(Expectation(match=LOAN), []).nearest == ()


def test_the_nearest_calls_tell_no_signature_and_no_secret() -> None:
    """A path that ran into its query holds one, a key may be a secret by mistake, and bytes may be no UTF-8."""
    signature = "ab" * 32
    call = structs.replace(request(), target=f"/x\udcff&signature={signature}", api_key=ALICE.secret)
    live = exchange()
    live.handle(call)
    (near,) = verify(
        Expectation(match=Match(path="/x", api_key="y")), list(live.world.journal), (ALICE.secret,)
    ).nearest
    assert near.differs == {"path": ("/x", "/x�&signature=abababab…"), "api_key": ("y", "…")}
    msgspec.json.encode(near)


@pytest.mark.parametrize(
    ("gateways", "number"),
    [("PS", 2), ("SP", 1), ("SPS", 2), ("P", 1), ("S", 0), ("", 0), ("PPSS", 2)],
)
def test_order(gateways: str, number: int) -> None:
    """The records and later the loan: other calls may stand between, and each call counts once."""
    entries = asked(*[{"P": "PAPI", "S": "SAPI"}[gateway] for gateway in gateways])
    outcome = verify(Expectation(order=(RECORDS, LOAN)), entries)
    assert (outcome.holds, outcome.matched) == (number == 2, number)


def test_an_order_that_fails_says_where() -> None:
    """How far it came, the nearest of the calls after that, and whether the missing one came earlier."""
    outcome = verify(Expectation(order=(RECORDS, LOAN)), asked("SAPI", "PAPI", "PAPI"))
    assert outcome.sentence == "after 1 of 2 calls in order, no call matches the next; call 1 does, but came earlier"
    assert [near.seq for near in outcome.nearest] == [3]
    twice = verify(Expectation(order=(LOAN, LOAN)), asked("SAPI"))
    assert (twice.holds, twice.matched) == (False, 1)


@pytest.mark.parametrize(
    ("expectation", "sentence"),
    [
        ({"count": 1, "at_most": 2}, "either `count`, or `at_least` and `at_most`"),
        ({"count": 0, "at_least": 0}, "either `count`, or `at_least` and `at_most`"),
        ({"at_least": 3, "at_most": 2}, "`at_least` <= `at_most`"),
        ({"order": [{}], "count": 1}, "either `order`, or `match` and how often"),
        ({"order": [{}], "match": {"status": 1}}, "either `order`, or `match` and how often"),
        ({"order": [{}], "at_least": 0}, "either `order`, or `match` and how often"),
        ({"count": -1}, "Expected `int` >= 0"),
        ({"match": {"stauts": 1}}, "unknown field `stauts`"),
        ({"order": [{}] * 1_001}, "length <= 1000"),
    ],
)
def test_an_expectation_that_contradicts_itself_is_refused(expectation: dict[str, Any], sentence: str) -> None:
    """It is a mistake of who asks, not an expectation that fails."""
    with pytest.raises(msgspec.ValidationError, match=sentence):
        read(**expectation)


calls = st.lists(st.sampled_from(["PAPI", "SAPI"]), max_size=8)
matches = st.builds(Match, gateway=st.sampled_from([None, "PAPI", "SAPI"]), status=st.sampled_from([None, 200, 400]))


@given(calls, matches)
def test_matching_and_near_are_all_calls(gateways: list[str], match: Match) -> None:
    """A call matches or differs; the nearest are of those that differ, and none differs less than they do."""
    entries = asked(*gateways)
    matched = {entry.seq for entry in matching(match, entries)}
    near = nearest_to(match, entries)
    others = sorted(len(differences(match, entry)) for entry in entries if entry.seq not in matched)
    assert [len(one.differs) for one in near] == others[:3]
    assert not matched & {one.seq for one in near}


@given(calls, st.lists(matches, min_size=1, max_size=4))
def test_order_is_found_where_there_is_one(gateways: list[str], order: list[Match]) -> None:
    """It holds just where some choice of calls, one after the other, matches."""
    entries = asked(*gateways)

    def is_possible(wanted: list[Match], rest: list[Entry]) -> bool:
        if not wanted:
            return True
        return any(
            not differences(wanted[0], entry) and is_possible(wanted[1:], rest[n + 1 :]) for n, entry in enumerate(rest)
        )

    assert verify(Expectation(order=tuple(order)), entries).holds == is_possible(order, entries)
