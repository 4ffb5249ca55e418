"""Whatever is drawn is allowed: it is written, read, opened, sent and answered as its docstring says."""

from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from msgspec import convert, json, to_builtins

from mockex import strategies as some
from mockex.core.bounds import MAX_CLOCK_MS, MAX_DELAY_MS
from mockex.core.effects import Effect
from mockex.core.endpoint import Security
from mockex.core.exchange import Exchange
from mockex.core.faults import Fault
from mockex.core.hostile_wire import Drip, Latency, SlowBody
from mockex.core.scenario import AccountSpec, AnyKey, Scenario
from mockex.core.signing import public_key_type
from mockex.core.state import ENCODER
from mockex.core.weight import Limits
from mockex.core.wire import Request
from mockex.core.world import World, open_world, verifier_of
from mockex.endpoints import CATALOGUE
from mockex.endpoints.negative_balance_exchange_record import Book, Record
from mockex.endpoints.pm_loan import PM_LOAN, Loan
from mockex.scenarios import check_keys, fault_mistake, file_type, folder, key_type
from mockex.signer import Signer
from mockex.strategies.happens import HELD
from mockex.strategies.refused import WAYS, can_be_refused
from mockex.strategies.sent import OWN, SIGNED
from mockex.strategies.signed import STATE, callers
from mockex.strategies.wrong import _fits
from tests.alice import ALICE, NOW_MS, exchange, request, scenario
from tests.strategies.places import ELSEWHERE, world

PHASES = [Phase.explicit, Phase.generate, Phase.shrink]
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=PHASES)
MANY = settings(FEW, max_examples=80)

usual = st.just(Limits())
plain_keys = some.api_keys(permissions=st.just(("enableReading", "enablePortfolioMarginTrading")))
calm: st.SearchStrategy[tuple[Any, ...]] = st.just(())
open_to_all = some.scenarios(
    accounts=some.accounts(keys=plain_keys, loans=st.just(Loan("USDT", "1")), portfolio_margin=st.just(True)),
    limits=usual,
    faults=calm,
    timeline=calm,
)


def opened(drawn: Scenario) -> Exchange:
    """Open an exchange of a scenario at Alice's time."""
    return Exchange(CATALOGUE, open_world("drawn", drawn, CATALOGUE, NOW_MS))


@FEW
@given(some.scenarios())
def test_scenarios_are_files(drawn: Scenario) -> None:
    """Every one is read again as it was written, has no key or fault that a file could not have, and opens."""
    again = json.decode(ENCODER.encode(drawn), type=file_type())
    assert again == drawn
    check_keys(folder(), drawn)
    faults = [*drawn.faults, *(fault for one in drawn.timeline for fault in one.faults)]
    assert [fault_mistake(fault) for fault in faults] == [None] * len(faults)
    names = [fault.name for fault in faults if fault.name]
    assert len(names) == len(set(names))
    live = opened(drawn)
    assert set(live.world.accounts) == {account.uid for account in drawn.accounts}
    assert live.handle(Request(method="GET", target="/nowhere", received_at_ms=NOW_MS)).status >= 200


@MANY
@given(some.record_lists(max_size=100, since_ms=5, until_ms=99))
def test_records_begin_within_and_are_answered(records: tuple[Record, ...]) -> None:
    """They begin where it was asked for, and a book of them gives back each."""
    assert all(5 <= record.start_time <= 99 for record in records)
    rows = Book(records).between(5, 99)
    assert sorted(json.decode(row, type=Record).start_time for row in rows) == sorted(one.start_time for one in records)
    assert {json.decode(row, type=Record) for row in rows} == set(records)


@MANY
@given(
    st.integers(0, 12).flatmap(
        lambda size: some.record_lists(min_size=size, max_size=size + 1).map(len).map(lambda drawn: (size, drawn))
    )
)
def test_lists_are_as_long_as_was_asked(sizes: tuple[int, int]) -> None:
    """Neither fewer than `min_size` nor more than `max_size`."""
    asked, drawn = sizes
    assert asked <= drawn <= asked + 1


@MANY
@given(some.loans())
def test_loans_are_answered(loan: Loan) -> None:
    """Each is the answer of the endpoint, and is read again."""
    assert json.decode(PM_LOAN.answer(loan, None, 0), type=Loan) == loan


@FEW
@given(some.api_keys())
def test_keys_have_two_halves_that_fit(key: AnyKey) -> None:
    """What its private half signs, the public half verifies, and it is of the type that it says."""
    assert verifier_of(key)(b"a=b", Signer.of(key).signature("a=b"))
    public_key = getattr(key, "public_key", None)
    assert public_key is None or public_key_type(public_key) == key_type(key)


@FEW
@given(st.data(), st.sampled_from(["HMAC", "RSA", "Ed25519"]))
def test_keys_are_of_the_types_that_are_asked_for(data: st.DataObject, kind: Any) -> None:
    """One type alone is drawn where one alone is asked for."""
    assert key_type(data.draw(some.api_keys(types=[kind]))) == kind


@FEW
@given(some.worlds(scenarios=open_to_all, real_ms=NOW_MS), st.data())
def test_right_requests_are_let_in(world: World, data: st.DataObject) -> None:
    """In any world with a key that may call, whatever its clock, a drawn request is answered with 200."""
    if not callers(world, SIGNED, NOW_MS):
        with pytest.raises(InvalidArgument, match="Expected `world` to have a key"):
            some.signed_requests(world, real_ms=NOW_MS)
        return
    asked = data.draw(some.signed_requests(world, real_ms=NOW_MS))
    live = Exchange(CATALOGUE, world)
    assert live.explain(asked) == []
    assert live.handle(asked).status == 200


@MANY
@given(st.data(), st.booleans())
def test_wrong_requests_are_wrong_in_one_way(data: st.DataObject, is_strict: bool) -> None:
    """The step that is named refuses them, and no other would."""
    live = Exchange(CATALOGUE, world(is_strict=is_strict))
    wrong = data.draw(some.wrong_requests(live.world, real_ms=NOW_MS))
    assert [step.name for step in live.explain(wrong.request)] == [wrong.refused_by]


@FEW
@given(some.worlds(real_ms=NOW_MS), st.data())
def test_any_world_has_wrong_requests_or_says_that_it_has_none(world: World, data: st.DataObject) -> None:
    """Whatever the world and its clock, what is drawn is refused by the step that is named, or nothing can be drawn."""
    able = [name for caller in callers(world, SIGNED, NOW_MS) for name in WAYS if can_be_refused(caller, name)]
    if not able:
        with pytest.raises(InvalidArgument, match="Expected `world` to have a key"):
            some.wrong_requests(world, real_ms=NOW_MS)
        return
    wrong = data.draw(some.wrong_requests(world, real_ms=NOW_MS))
    steps = {step.name for step in Exchange(CATALOGUE, world).explain(wrong.request)}
    assert steps - STATE == {wrong.refused_by}


def test_every_step_of_the_gateways_can_be_provoked() -> None:
    """There is a way for each step that refuses a signed endpoint's call for what it asks, and no other way."""
    routes = [route for methods in CATALOGUE.routes.values() for route in methods.values()]
    signed = [route for route in routes if route.endpoint.security is Security.USER_DATA]
    assert {step.name for route in signed for step in route.steps} - STATE == set(WAYS)
    assert {route.endpoint.name for route in signed} == set(SIGNED)
    assert {route.endpoint.query for route in signed} <= set(OWN)
    assert {route.endpoint.held_as for route in routes} - {None} == set(HELD)


@FEW
@given(some.scenarios(accounts=some.accounts(min_keys=2), min_accounts=2, faults=calm, timeline=calm))
def test_as_many_accounts_and_keys_as_were_asked_for(drawn: Scenario) -> None:
    """No fewer accounts than two, and the first has both its keys; a later one may lack a key whose name is taken."""
    assert len(drawn.accounts) == 2
    assert len(drawn.accounts[0].keys) == 2


RANGE_REFUSALS = {"start_is_after_end", "interval_is_too_big"}


@MANY
@given(some.ranges(now_ms=NOW_MS), some.bad_ranges(now_ms=NOW_MS))
def test_ranges_are_right_and_wrong(right: tuple[int, int], wrong: tuple[int, int]) -> None:
    """The gateway agrees with what is called right and what is called wrong."""
    live = exchange()
    assert live.explain(request(startTime=right[0], endTime=right[1])) == []
    (step,) = live.explain(request(startTime=wrong[0], endTime=wrong[1]))
    assert step.name in RANGE_REFUSALS


@MANY
@given(some.bad_timestamps(now_ms=NOW_MS), some.bad_recv_windows())
def test_bad_values_are_refused(timestamp: str, recv_window: str) -> None:
    """The gateway refuses each alone, for what it says."""
    live = exchange()
    (step,) = live.explain(request(timestamp=quote_plus(timestamp)))
    assert step.name in {"timestamp_is_missing", "timestamp_is_late", "timestamp_is_early"}
    (step,) = live.explain(request(recvWindow=quote_plus(recv_window)))
    assert step.name in {"recv_window_is_malformed", "recv_window_is_too_large"}


@MANY
@given(
    some.recv_windows().flatmap(lambda ms: st.tuples(st.just(ms), some.timestamps(now_ms=NOW_MS, recv_window_ms=ms)))
)
def test_timestamps_are_let_in_within_their_window(sent: tuple[int, int]) -> None:
    """A timestamp that was drawn for a recvWindow is neither late nor early."""
    assert exchange().explain(request(recvWindow=sent[0], timestamp=sent[1])) == []


@FEW
@given(st.data(), some.api_keys())
def test_bad_signatures_fit_no_payload(data: st.DataObject, key: AnyKey) -> None:
    """No key verifies what was drawn to be wrong."""
    payload = data.draw(some.queries())
    assert not verifier_of(key)(
        payload.encode(), data.draw(some.bad_signatures(signer=Signer.of(key), payload=payload))
    )


@FEW
@given(some.fault_plans(faults=some.faults(api_keys=[ALICE.api_key], now_ms=NOW_MS)), st.integers(0, 9))
def test_faults_are_armed_and_the_core_goes_on(plan: tuple[Fault, ...], seed: int) -> None:
    """A world takes them all, and answers every call to every endpoint."""
    live = exchange()
    live.world.seed = seed
    assert len({live.world.arm(fault).name for fault in plan}) == len(plan)
    for asked in (request("PAPI"), request("SAPI"), request(signature="bad"), request(method="HEAD")):
        assert 200 <= live.handle(asked).status <= 599


LONGEST = ((Latency, 300), (SlowBody, 300), (Drip, 3))


@MANY
@given(some.effects(max_ms=300))
def test_pauses_are_no_longer_than_was_asked(effect: Any) -> None:
    """A latency and a slow body obey `max_ms`; a drip takes a hundredth of it between two pieces."""
    longest = next((ms for kind, ms in LONGEST if isinstance(effect, kind)), MAX_DELAY_MS)
    assert max(getattr(effect, "ms", 0), getattr(effect, "every_ms", 0)) <= longest


@FEW
@given(some.worlds(real_ms=NOW_MS), st.lists(some.clock_skews(), max_size=3))
def test_timelines_come_to_pass(world: World, skews: list[int]) -> None:
    """However the clock is moved, to its very end too, what is due happens, and no name comes twice."""
    for skew_ms in [*skews, 10**15]:
        world.clock.skew(skew_ms, NOW_MS)
        world.now_ms(NOW_MS)
    due = [happening for at_ms, happening in world.timeline if at_ms <= MAX_CLOCK_MS]
    assert world.happened == len(due)
    assert len(world.faults) == len(world.scenario.faults) + sum(len(one.faults) for one in due)


def with_one_key(uid: int) -> AccountSpec:
    """Make an account that has Alice's key."""
    (account,) = scenario({"uid": uid, "keys": (ALICE,)}).accounts
    return account


@FEW
@given(some.scenarios(accounts=st.sampled_from([with_one_key(1), with_one_key(2)]), min_accounts=2))
def test_twin_keys_are_left_out(drawn: Scenario) -> None:
    """Of two accounts with one key, the first has it."""
    assert [len(account.keys) for account in drawn.accounts] == [1, 0]


TWIN = Fault(effect=Latency(1), name="twin")


@FEW
@given(
    some.scenarios(
        faults=some.fault_plans(faults=st.just(TWIN), min_size=2),
        timeline=some.timelines(faults=st.just(TWIN), min_size=1),
    )
)
def test_twin_faults_lose_their_names(drawn: Scenario) -> None:
    """Of faults with one name the first has it, and the others are named by their world."""
    later = [fault.name for one in drawn.timeline for fault in one.faults]
    assert [fault.name for fault in drawn.faults] == ["twin"] + [None] * (len(drawn.faults) - 1)
    assert set(later) <= {None}
    assert len(opened(drawn).world.faults) >= len(drawn.faults)


def test_right_signatures_are_not_bad() -> None:
    """In either case HMAC's digest is right; base64 is right as it stands alone."""
    digest = Signer.of(ALICE).signature("a=b")
    assert _fits(digest, Signer.of(ALICE), "a=b")
    assert _fits(digest.upper(), Signer.of(ALICE), "a=b")
    assert not _fits(digest, Signer.of(ALICE), "a=c")


def test_only_bound_keys_have_wrong_ips() -> None:
    """No IP is wrong for a key that may be used from all."""
    bound = [one.key.api_key for one in callers(world(), SIGNED, NOW_MS) if can_be_refused(one, "ip_is_not_allowed")]
    assert bound == [ELSEWHERE.api_key] * 2


@MANY
@given(some.effects(), some.faults())
def test_effects_are_what_their_structs_allow(effect: Any, fault: Fault) -> None:
    """Each is decoded again from what it is in a file; decoding is what looks at the limits of a field."""
    assert convert(to_builtins(effect), Effect) == effect
    assert convert(to_builtins(fault), Fault) == fault
