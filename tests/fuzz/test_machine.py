"""The state machine, led by hand: what it does to the world, what it remembers, and what it forgets."""

from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from hypothesis import strategies as st

from mockex import scenarios
from mockex.core.effects import Documented
from mockex.core.hostile import Empty, Redirect
from mockex.endpoints.negative_balance_exchange_record import Record
from mockex.endpoints.pm_loan import Loan
from mockex.fuzzing import Claims, FindingError, Target
from mockex.fuzzing.case import Question
from mockex.fuzzing.drawn import NOW_MS, Drawn, Weather
from mockex.fuzzing.machine import ClientMachine, Suite
from mockex.testing import LiveExchange, LiveWorld
from tests.fuzz.calls import OwnError, called

SCENARIO = scenarios.read("quiet")
QUIET = Drawn(type(SCENARIO)(title="quiet", clock=type(SCENARIO.clock)(frozen_at=NOW_MS), accounts=SCENARIO.accounts))


@pytest.fixture(scope="module")
def server() -> Iterator[LiveWorld]:
    """Serve worlds."""
    with LiveExchange("quiet") as exchange:
        yield exchange


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[LiveWorld]:
    """Serve what a redirect leads to."""
    with LiveExchange("quiet") as exchange:
        yield exchange


class Scripted:
    """A client that gives what it is told to, and sends nothing."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.gives: Any = {"asset": "BUSD", "amount": "0"}

    def loan(self) -> Any:
        """Give it, or raise it."""
        if isinstance(self.gives, Exception):
            raise self.gives
        return self.gives

    def records(self, *_: int) -> Any:
        """Give it."""
        return self.gives


class Given:
    """Hypothesis' data, where all is told."""

    def draw(self, _: st.SearchStrategy[Any], label: str) -> Any:
        """Give a quiet world."""
        return {"world": QUIET}[label]


def begun(server: LiveWorld, elsewhere: LiveWorld, claims: Claims) -> Any:
    """Begin a machine, with a client that follows a script."""
    suite = Suite(
        make=Scripted,
        errors=OwnError,
        code_of=lambda _: None,
        status_of=lambda _: None,
        claims=claims,
        server=server,
        elsewhere=elsewhere,
    )
    state = type("Client", (ClientMachine,), {"suite": suite})()
    state.begin(data=Given())
    return state


@pytest.fixture(autouse=True)
def notes() -> Iterator[None]:
    """Take what the machine notes for Hypothesis, which is not there."""
    with patch("mockex.fuzzing.machine.note"):
        yield


def asked(world: LiveWorld) -> None:
    """Send a call with a key that no exchange would let in."""
    parts = urlsplit(world.url)
    connection = HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", f"{parts.path}/sapi/v1/portfolio/pmLoan", headers={"X-MBX-APIKEY": "k"})
    assert connection.getresponse().status == 400
    connection.close()


@pytest.fixture
def state(server: LiveWorld, elsewhere: LiveWorld) -> Iterator[Any]:
    """Begin a machine, and end it."""
    one = begun(server, elsewhere, Claims(key_types=("HMAC",)))
    yield one
    one.teardown()


def test_waits_are_remembered_by_gateway_and_status(state: Any) -> None:
    """Until their end the client is held; at the end it is not."""
    state.remember([called(429, retry_after=60), called(418, retry_after=120, endpoint="papi_time"), called(503)])
    assert state.held_until_ms == {("SAPI", 429): NOW_MS + 60_000, ("PAPI", 418): NOW_MS + 120_000}
    assert not state.may_misjudge
    state.advance(119)
    assert state.is_held()
    state.advance(1)
    assert not state.is_held()


@pytest.mark.parametrize("one", [called(429), called(418, retry_after=9, faults=("hostile-1",))])
def test_waits_that_cannot_be_known_are_no_claims(state: Any, one: Any) -> None:
    """A client that was told nothing, or something else, may think what it likes."""
    state.remember([one])
    assert state.held_until_ms == {}
    assert state.may_misjudge


def test_client_on_its_own_clock_may_wait_longer(server: LiveWorld, elsewhere: LiveWorld) -> None:
    """Its waits end when the machine's clock says so, which no rule moves."""
    state = begun(server, elsewhere, Claims(key_types=("HMAC",), on_its_clock=False))
    try:
        state.remember([called(429, retry_after=1)])
        state.advance(7_200)
        state.asking.client.gives = OwnError("wait")
        state.ask(Question())
    finally:
        state.teardown()


def test_skew_forgets_waits_and_remembers_clocks(state: Any) -> None:
    """Who was held may now misjudge when that ends; who was not may not."""
    state.skew(5_000)
    assert (state.target.ahead_ms, state.aheads_ms, state.may_misjudge) == (5_000, [0, 5_000], False)
    state.skew(0)
    state.remember([called(429, retry_after=60)])
    assert not state.may_misjudge
    state.skew(-700)
    assert (state.target.ahead_ms, state.aheads_ms, state.may_misjudge) == (-700, [0, 5_000, 0, -700], True)
    assert state.held_until_ms == {}


def test_disturbances_are_named_for_their_kind_and_end(state: Any, elsewhere: LiveWorld) -> None:
    """Redirects lead to where they are looked for; after `calm` there is none left."""
    state.disturb(Weather(Documented("overloaded"), 1, 2))
    state.disturb(Weather(Empty(), 3, 1))
    state.disturb(Weather(Redirect("http://127.0.0.1:1/", 307), 1, 1))
    faults = list(state.world.faults)
    assert [(one.name, one.times, one.every) for one in faults] == [
        ("documented-1", 1, 2),
        ("hostile-2", 3, 1),
        ("hostile-3", 1, 1),
    ]
    assert faults[2].effect == Redirect(f"{elsewhere.url}/stolen", 307)
    state.calm()
    assert len(state.world.faults) == 0


def test_truth_follows_what_happens(state: Any) -> None:
    """What is owed and what was exchanged is at once in the world, and what the client must say."""
    state.owe(Loan("USDT", "5"))
    state.exchange(Record(NOW_MS, NOW_MS, ()))
    assert (state.world.loan, state.world.records) == (Loan("USDT", "5"), (Record(NOW_MS, NOW_MS, ()),))
    with pytest.raises(FindingError, match="wrong-value") as caught:
        state.ask(Question())
    assert "mockex: world " in caught.value.__notes__[-1]
    state.asking.client.gives = {"asset": "USDT", "amount": "5"}
    state.ask_again()
    state.asking.client.gives = [{"startTime": NOW_MS, "endTime": NOW_MS, "details": []}]
    state.ask(Question(range=(NOW_MS, NOW_MS)))
    assert state.asked == Question(range=(NOW_MS, NOW_MS))


def test_each_call_is_judged_for_itself(state: Any, elsewhere: LiveWorld) -> None:
    """Neither what it slept before counts, nor what was on the wire before, here or elsewhere."""
    state.target.slept_s = 599.0
    asked(elsewhere)
    asked(state.world)
    with pytest.raises(FindingError, match="its-own-fault: call 1: "):
        state.ask(Question())
    state.ask(Question())
    state.asking.client.gives = OwnError("I will not ask")
    with pytest.raises(FindingError, match="fails-for-nothing: it did not even ask"):
        state.ask(Question())
    assert state.target.slept_s == 0.0


def test_secrets_are_what_the_target_signs_with(state: Any) -> None:
    """An error that tells the target's secret is found."""
    state.may_misjudge = True
    state.asking.client.gives = OwnError(f"signed with {state.target.secret}")
    with pytest.raises(FindingError, match="secret-told"):
        state.ask(Question())
