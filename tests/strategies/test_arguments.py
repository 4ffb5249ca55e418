"""What a strategy is given is looked at when it is called, and a wrong argument is told in a sentence."""

import inspect
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mockex import strategies as some
from mockex.core.hostile_wire import Reset
from mockex.core.scenario import ClockSpec
from mockex.core.weight import Limits
from mockex.core.world import World, open_world
from mockex.endpoints import CATALOGUE
from mockex.endpoints.negative_balance_exchange_record import Record
from mockex.endpoints.pm_loan import Loan
from mockex.signer import Signer
from tests.alice import NOW_MS, key, scenario
from tests.strategies.places import CLASSIC, world

SIGNER = Signer(api_key="0" * 64, secret="secret")
anything: Any = some

WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: anything.details(assets="USDT"), "Expected `assets` to be a strategy, got 'USDT'"),
    (lambda: anything.details(balances=0), "Expected `balances` to be a strategy, got 0"),
    (lambda: anything.loans(amounts=[]), "Expected `amounts` to be a strategy"),
    (lambda: anything.records(details=()), "Expected `details` to be a strategy"),
    (lambda: some.records(since_ms=9, until_ms=8), "Expected `since_ms` to be a whole number from 0 to 8, got 9"),
    (lambda: some.records(since_ms=-1), "Expected `since_ms` to be a whole number from 0"),
    (lambda: anything.record_lists(until_ms=1.5), "Expected `until_ms` to be a whole number from 0"),
    (lambda: some.record_lists(max_size=10_001), "Expected `max_size` to be a whole number from 0 to 10000, got 10001"),
    (lambda: some.record_lists(min_size=2, max_size=1), "Expected `min_size` <= `max_size`, got 2 and 1"),
    (lambda: anything.record_lists(min_size=True), "Expected `min_size` to be a whole number"),
    (lambda: anything.api_keys(types="HMAC"), "Expected `types` to be some of HMAC, RSA, Ed25519, got 'HMAC'"),
    (lambda: some.api_keys(types=[]), "Expected `types` to be some of"),
    (lambda: anything.api_keys(types=["DSA"]), r"got 'DSA' among them"),
    (lambda: anything.api_keys(permissions=()), "Expected `permissions` to be a strategy"),
    (lambda: anything.accounts(keys=[]), "Expected `keys` to be a strategy"),
    (lambda: anything.scenarios(limits=7), "Expected `limits` to be a strategy, got 7"),
    (lambda: some.accounts(min_keys=3), "Expected `min_keys` to be a whole number from 0 to 2, got 3"),
    (lambda: some.scenarios(min_accounts=3), "Expected `min_accounts` to be a whole number from 0 to 2, got 3"),
    (lambda: some.scenarios(max_accounts=101), "Expected `max_accounts` to be a whole number from 0 to 100"),
    (lambda: anything.worlds(scenarios="quiet"), "Expected `scenarios` to be a strategy, got 'quiet'"),
    (lambda: some.exchanges(real_ms=-1), "Expected `real_ms` to be a whole number"),
    (lambda: some.effects(hostile=False, documented=False), "Expected `hostile` or `documented`"),
    (lambda: some.effects(max_ms=600_001), "Expected `max_ms` to be a whole number from 0 to 600000"),
    (lambda: anything.faults(effects="drip"), "Expected `effects` to be a strategy"),
    (lambda: some.faults(api_keys="k" * 64), "Expected `api_keys` to be a sequence of strings"),
    (lambda: some.faults(now_ms=-1), "Expected `now_ms` to be a whole number"),
    (lambda: some.fault_plans(min_size=3, max_size=2), "Expected `min_size` <= `max_size`"),
    (lambda: some.clock_skews(recv_window_ms=0), "Expected `recv_window_ms` to be a whole number from 1 to 60000"),
    (lambda: anything.clock_specs(skews=0), "Expected `skews` to be a strategy"),
    (lambda: anything.timelines(accounts=[1]), "Expected `accounts` to be a sequence of a scenario's accounts"),
    (lambda: some.timestamps(recv_window_ms=60_001), "Expected `recv_window_ms` to be a whole number from 1 to 60000"),
    (lambda: some.ranges(now_ms=-1), "Expected `now_ms` to be a whole number"),
    (lambda: some.queries(endpoint="ping"), "Expected `endpoint` to be some of"),
    (lambda: some.late_timestamps(now_ms=5_000), "Expected `now_ms` to be a whole number from 5001"),
    (lambda: some.early_timestamps(now_ms=-1), "Expected `now_ms` to be a whole number"),
    (lambda: some.bad_timestamps(recv_window_ms=0), "Expected `recv_window_ms` to be a whole number"),
    (lambda: some.bad_ranges(now_ms=-1), "Expected `now_ms` to be a whole number"),
    (lambda: anything.bad_signatures(signer="secret", payload=""), "Expected `signer` to be a Signer, got 'secret'"),
    (lambda: anything.bad_signatures(signer=SIGNER, payload=b""), "Expected `payload` to be a string, got b''"),
    (lambda: anything.signed_requests("drawn"), "Expected `world` to be a World, got 'drawn'"),
    (lambda: some.signed_requests(world(), endpoints=["papi_ping"]), "got 'papi_ping' among them"),
    (lambda: some.signed_requests(nobody()), "Expected `world` to have a key that may call one of"),
    (lambda: anything.wrong_requests(None), "Expected `world` to be a World, got None"),
    (lambda: some.wrong_requests(world(), refused_by=["ip_is_banned"]), "got 'ip_is_banned' among them"),
    (lambda: some.wrong_requests(world(), refused_by=["owes_nothing"]), "can be refused by one of owes_nothing"),
    (
        lambda: some.wrong_requests(world(), endpoints=["pm_loan"], refused_by=["interval_is_too_big"]),
        "can be refused by one of interval_is_too_big",
    ),
]


def nobody() -> World:
    """Open a world whose only key is of no Portfolio Margin account."""
    spec = scenario({"uid": 2, "keys": (CLASSIC, key("other")), "portfolio_margin": False})
    return open_world("drawn", spec, CATALOGUE, NOW_MS)


@pytest.mark.parametrize(("call", "sentence"), WRONG, ids=[sentence[:60] for _, sentence in WRONG])
def test_wrong_arguments_are_told_at_once(call: Callable[[], object], sentence: str) -> None:
    """The call itself raises, before anything is drawn."""
    with pytest.raises(InvalidArgument, match=sentence):
        call()


STRATEGIES = [name for name in some.__all__ if name[0].islower()]


@pytest.mark.parametrize("name", STRATEGIES)
def test_strategies_keep_the_style_guide(name: str) -> None:
    """A plural noun, whose arguments but a world are keywords, with a docstring of what is drawn and shrunk to."""
    strategy = getattr(some, name)
    assert name.endswith("s")
    parameters = list(inspect.signature(strategy).parameters.values())
    for parameter in parameters[1:] if name in {"signed_requests", "wrong_requests"} else parameters:
        assert parameter.kind is parameter.KEYWORD_ONLY
        assert name == "bad_signatures" or parameter.default is not parameter.empty
    documented = " ".join((strategy.__doc__ or "").split())
    assert documented.startswith("Draw ")
    assert "Shrinks to " in documented or "Shrinks as " in documented


@settings(max_examples=20)
@given(
    some.scenarios(
        accounts=some.accounts(
            uids=st.just(7),
            keys=some.api_keys(types=["Ed25519"], permissions=st.just(()), allowed_ips=st.just(("::1",))),
            records=st.just((Record(1, 2, ()),)),
            loans=some.loans(assets=st.just("X"), amounts=st.just("1.5")),
            portfolio_margin=st.just(False),
        ),
        clock=st.just(ClockSpec(offset_ms=7)),
        limits=st.just(Limits(first_ban_s=7)),
        faults=some.fault_plans(faults=some.faults(effects=st.just(Reset(7))), min_size=1),
        timeline=some.timelines(min_size=1, max_size=1),
    )
)
def test_what_is_given_is_what_is_drawn(drawn: Any) -> None:
    """Strategies that are handed in replace the usual ones; no two accounts have one UID."""
    for account in drawn.accounts:
        assert (account.uid, account.records, account.loan) == (7, (Record(1, 2, ()),), Loan("X", "1.5"))
        assert {(key.permissions, key.allowed_ips) for key in account.keys} <= {((), ("::1",))}
        assert not account.portfolio_margin
    assert len(drawn.accounts) <= 1
    assert (drawn.clock, drawn.limits) == (ClockSpec(offset_ms=7), Limits(first_ban_s=7))
    assert {fault.effect for fault in drawn.faults} == {Reset(7)}
    assert len(drawn.timeline) == 1


def test_nothing_heavy_is_imported_for_them() -> None:
    """Neither Faker nor cryptography nor a server comes in with the strategies; Hypothesis does."""
    code = "import sys, mockex.strategies; print(*sorted(name for name in sys.modules if '.' not in name))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    names = set(told.stdout.split())
    assert {"hypothesis", "msgspec"} <= names
    assert names & {"aiohttp", "click", "cryptography", "faker", "prometheus_client", "schemathesis"} == set()
