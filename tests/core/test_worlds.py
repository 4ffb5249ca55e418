"""Worlds: none sees another, each is opened for next to nothing, and all of it comes back by a revert."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from msgspec import structs

from mockex import scenarios
from mockex.core import world as opening
from mockex.core.effects import Documented
from mockex.core.exchange import Exchange
from mockex.core.faults import Fault
from mockex.core.hostile_wire import Latency
from mockex.core.scenario import Behaviour, Scenario
from mockex.core.weight import Limits
from mockex.core.world import World
from mockex.core.worlds import ConflictError, Snapshot
from mockex.endpoints import CATALOGUE
from mockex.endpoints import negative_balance_exchange_record as records
from mockex.endpoints.negative_balance_exchange_record import Detail, Record
from mockex.endpoints.pm_loan import PM_LOAN, Loan
from tests import alice
from tests.alice import NOW_MS, heard, request
from tests.worldly import ask, everything, exchange_of, held, signed, signers

MANY = 1_000
BANNED = (418, -1003)


def opened(exchange: Exchange, scenario: Scenario | None = None, **about: Any) -> World:
    """Open a world with keys of its own."""
    spec = scenario or exchange.world.scenario
    return exchange.worlds.open(spec, CATALOGUE, NOW_MS, **{"fresh_keys": True, **about})


def test_a_thousand_worlds_do_not_see_each_other() -> None:
    """Each with its own loan, clock and limits, asked in turns at the same moment: each hears of its own alone."""
    exchange = exchange_of()
    worlds = [opened(exchange) for _ in range(MANY)]
    for number, world in enumerate(worlds):
        world.hold(1, PM_LOAN, Loan("USDT", str(number)))
        world.clock.set(NOW_MS + 60_000 * number, NOW_MS)
        world.limits = Limits(sapi_weight_per_uid=500 * (number % 3))
    for turn in (1, 2, 3):
        for number, world in enumerate(worlds):
            reply = ask(exchange, world)
            if turn <= number % 3:
                assert json.loads(reply.body) == {"asset": "USDT", "amount": str(number)}
                assert reply.headers["X-SAPI-USED-UID-WEIGHT-1M"] == str(500 * turn)
            else:
                assert heard(reply) == (429, -1003)
            time = structs.replace(signed(world), target="/papi/v1/time")
            assert json.loads(exchange.handle(time).body) == {"serverTime": NOW_MS + 60_000 * number}
    assert {world.journal.written for world in worlds} == {6}
    assert exchange.world.journal.written == 0
    assert not exchange.world.meter.windows


def test_the_key_chooses_and_the_prefix_chooses_and_the_rest_is_the_default() -> None:
    """A key is answered by its world at any path, a prefix chooses whatever the key, and no key means the default."""
    exchange = exchange_of()
    world = opened(exchange, name="mine")
    world.clock.set(7_000, NOW_MS)
    time = structs.replace(request(), target="/api/v3/time", api_key=None)

    def told(target: str, api_key: str | None = None) -> Any:
        return json.loads(exchange.handle(structs.replace(time, target=target, api_key=api_key)).body)

    mine, alices = signers(world)[0].api_key, alice.ALICE.api_key
    assert told("/api/v3/time") == told("/api/v3/time", alices) == told("/api/v3/time", "nobody's") == at(NOW_MS)
    assert told("/api/v3/time", mine) == at(7_000)
    assert told("/w/mine/api/v3/time") == told("/w/mine/api/v3/time", alices) == at(7_000)
    assert told("/w/default/api/v3/time", mine) == at(NOW_MS)
    signed_call = signed(world)
    prefixed = structs.replace(signed_call, target=f"/w/mine{signed_call.target}")
    assert exchange.handle(prefixed).body == exchange.handle(signed_call).body == b'{"asset":"BUSD","amount":"579.45"}'
    assert heard(exchange.handle(structs.replace(prefixed, target=f"/w/default{signed_call.target}"))) == (400, -2008)
    assert [entry.request.target for entry in world.journal][-1] == signed_call.target


def at(ms: int) -> dict[str, int]:
    """Say what the time endpoint says."""
    return {"serverTime": ms}


@pytest.mark.parametrize(
    "target", ["/w/nobody/api/v3/time", "/w//api/v3/time", "/w/Default/x", "/w/def%61ult/x", "/w/"]
)
def test_a_prefix_that_names_no_world_is_a_404(target: str) -> None:
    """It is told loudly, in JSON, and no world's journal knows of it."""
    exchange = exchange_of()
    reply = exchange.handle(structs.replace(request(), target=target))
    assert reply.status == 404
    assert "there is no world" in json.loads(reply.body)["error"]
    assert exchange.explain(structs.replace(request(), target=target)) == []
    assert exchange.world.journal.written == 0


@pytest.mark.parametrize(("target", "inner"), [("/w/default", "/"), ("/w/default?x=1", "/?x=1"), ("/w/default/", "/")])
def test_a_bare_prefix_means_the_worlds_root(target: str, inner: str) -> None:
    """A world's name ends at a slash or a question mark; what is asked of the world begins with a slash."""
    exchange = exchange_of()
    exchange.handle(structs.replace(request(), target=target))
    assert [entry.request.target for entry in exchange.world.journal] == [inner]


def test_fresh_keys_are_a_function_of_seed_and_name() -> None:
    """The same seed and name mint the same keys in any process; another seed, name or key mints others."""
    first, second = exchange_of(), exchange_of()
    one = opened(first, name="one", seed=3)
    assert [*one.keys] == ["4da651a0befc867898d504c0214ce9f79d5bd5ddf94fbf3d529cefe43e923718"]
    assert signers(opened(second, name="one", seed=3)) == signers(one)
    others = [opened(second, name="two", seed=3), opened(second, name="three", seed=4), second.world]
    names = {signer.api_key for world in (one, *others) for signer in signers(world)}
    secrets = {signer.secret for world in (one, *others) for signer in signers(world)}
    assert (len(names), len(secrets)) == (4, 4)


def test_a_fresh_key_of_a_pair_keeps_its_halves() -> None:
    """RSA and Ed25519 keys get another name and are verified by the same public key."""
    exchange = exchange_of(scenarios.read("documented"))
    world = opened(exchange)
    assert [ask(exchange, world, nth_key=nth).status for nth in range(3)] == [200, 200, 200]
    assert not set(world.keys) & set(exchange.world.keys)


def test_whatever_speaks_of_a_key_speaks_of_its_fresh_name() -> None:
    """Faults, timelines and the faults of timelines strike the fresh key, as they would the one it stands for."""
    spec = scenarios.read("margin-call")
    key = spec.accounts[0].keys[0].api_key
    theirs = structs.replace(spec.timeline[6].faults[0], api_key=key)
    happening = structs.replace(spec.timeline[6], at=None, after_s=5.0, faults=(theirs,))
    loses = structs.replace(spec.timeline[5], at=None, after_s=9.0)
    fault = Fault(effect=Latency(1), api_key=key)
    elsewhere = Fault(effect=Latency(1), api_key="nobody's")
    spec = structs.replace(spec, faults=(fault, elsewhere), timeline=(happening, loses))
    world = opened(exchange_of(), spec)
    world.clock.advance(60_000, NOW_MS)
    world.now_ms(NOW_MS)
    fresh = signers(world)[0].api_key
    assert [armed.fault.api_key for armed in world.faults.values()] == [fresh, "nobody's", fresh]
    assert world.keys[fresh].permissions == {"enableReading"}
    assert [one.fault.api_key for one in world.faults.values()] == [
        *(one.api_key for one in world.scenario.faults),
        world.scenario.timeline[0].faults[0].api_key,
    ]


def test_opening_a_thousand_worlds_renders_nothing_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one scenario every row is rendered once and every public key verified by one verifier, for all its worlds."""
    spec = scenarios.read("documented")
    exchange = exchange_of()
    counted: Counter[str] = Counter()

    def counting(module: Any, name: str) -> None:
        done = getattr(module, name)
        monkeypatch.setattr(module, name, lambda one: counted.update([name]) or done(one))

    counting(records, "as_row")
    counting(opening, "rsa_verifier")
    counting(opening, "ed25519_verifier")
    worlds = [opened(exchange, spec) for _ in range(MANY)]
    assert counted == {"as_row": 2, "rsa_verifier": 1, "ed25519_verifier": 1}
    (uid,) = worlds[0].accounts
    assert len({id(world.accounts[uid].holds) for world in worlds}) == 1
    assert len({key for world in worlds for key in world.keys}) == 3 * MANY


def test_what_is_shared_is_not_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """News, other loans and lost permissions in one world leave the other worlds of the scenario as they were."""
    exchange, spec = exchange_of(), scenarios.read("margin-call")
    worlds = [opened(exchange, spec) for _ in range(2)]
    before = everything(worlds[1])
    worlds[0].clock.advance(3 * 3_600_000, NOW_MS)
    worlds[0].now_ms(NOW_MS)
    worlds[0].hold(354937010, PM_LOAN, Loan("X", "1"))
    worlds[0].limits = Limits(first_ban_s=1)
    worlds[0].arm(Fault(effect=Latency(1)))
    assert everything(worlds[1]) == before
    assert everything(opened(exchange, spec, name=worlds[1].name + "x"))["accounts"] == before["accounts"]
    monkeypatch.setattr("mockex.core.worlds.MAX_BLUEPRINTS", 2)
    for _ in range(5):
        opened(exchange, scenarios.read("margin-call"))
    assert len(exchange.worlds.blueprints) == 2


def test_no_id_comes_twice() -> None:
    """What was deleted never gives its name away again: neither worlds, nor snapshots, nor faults."""
    exchange = exchange_of()
    worlds = exchange.worlds
    assert [opened(exchange).name for _ in range(2)] == ["w1", "w2"]
    worlds.close("w2")
    opened(exchange, name="w7")
    worlds.close("w7")
    assert [opened(exchange).name for _ in range(2)] == ["w8", "w9"]
    taken = [worlds.snapshot("w1").id, worlds.snapshot("w1").id]
    worlds.close("w1")
    assert not worlds.snapshots
    assert [*taken, worlds.snapshot("w8").id] == ["s1", "s2", "s3"]
    world = exchange.world
    assert [world.arm(Fault(effect=Latency(1))).name for _ in range(2)] == ["f1", "f2"]
    world.faults.clear()
    world.arm(Fault(effect=Latency(1), name="f5"))
    del world.faults["f5"]
    before = worlds.snapshot("default")
    assert world.arm(Fault(effect=Latency(1))).name == "f6"
    worlds.revert("default", before.id)
    assert not world.faults
    assert world.arm(Fault(effect=Latency(1))).name == "f7"


def test_what_cannot_be_is_refused() -> None:
    """A name or a key that another world has, a name that is none, the default's end, a foreign snapshot."""
    exchange = exchange_of()
    worlds = exchange.worlds
    opened(exchange, name="one")
    with pytest.raises(ConflictError, match="there is a world 'one' already"):
        opened(exchange, name="one")
    with pytest.raises(ConflictError, match="belongs to the world 'default' already; ask for fresh keys"):
        opened(exchange, fresh_keys=False)
    for name in ("", ".", "..", "-x", "a/b", "a b", "é", "x" * 101, "a\n"):
        with pytest.raises(ValueError, match="is no name for a world"):
            opened(exchange, name=name)
    with pytest.raises(ConflictError, match="the default world ends with its server"):
        worlds.close("default")
    taken = worlds.snapshot("one")
    for name, snapshot in (("default", taken.id), ("one", "s99"), ("two", taken.id)):
        with pytest.raises(KeyError):
            worlds.revert(name, snapshot)
    assert [*worlds.by_name] == ["default", "one"]


def test_there_are_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worlds, snapshots and faults have a limit each, and a sentence for whoever reaches it."""
    for name, limit in (("worlds.MAX_WORLDS", 2), ("worlds.MAX_SNAPSHOTS", 1), ("world.MAX_FAULTS", 1)):
        monkeypatch.setattr(f"mockex.core.{name}", limit)
    exchange = exchange_of()
    opened(exchange)
    exchange.worlds.snapshot("w1")
    exchange.world.arm(Fault(effect=Latency(1)))
    with pytest.raises(ConflictError, match="at most 2 worlds"):
        opened(exchange)
    with pytest.raises(ConflictError, match="at most 1 snapshots"):
        exchange.worlds.snapshot("w1")
    with pytest.raises(ConflictError, match="at most 1 faults"):
        exchange.world.arm(Fault(effect=Latency(1)))


def test_the_key_of_a_deleted_world_is_nobodys() -> None:
    """It is refused as any unknown key is; opened again under its name and seed, the world has the same key again."""
    exchange = exchange_of()
    world = opened(exchange, name="gone")
    call = signed(world)
    assert exchange.handle(call).status == 200
    exchange.worlds.close("gone")
    assert heard(exchange.handle(call)) == (400, -2008)
    assert [entry.request.api_key for entry in exchange.world.journal] == [call.api_key]
    again = opened(exchange, name="gone")
    assert exchange.handle(call).status == 200
    assert again.journal.written == 1


def test_two_branches_of_a_history_do_not_mix() -> None:
    """A snapshot brings back its own journal, even where another past was lived meanwhile."""
    exchange = exchange_of()
    world, worlds = exchange.world, exchange.worlds
    beginning = worlds.snapshot("default")
    for _ in range(3):
        ask(exchange, world)
    asked_for_loans = worlds.snapshot("default")
    worlds.revert("default", beginning.id)
    for _ in range(5):
        ask(exchange, world, "PAPI")
    worlds.revert("default", asked_for_loans.id)
    assert [(entry.seq, entry.endpoint) for entry in world.journal] == [(seq, "pm_loan") for seq in (1, 2, 3)]
    ask(exchange, world)
    assert world.journal.written == 4


def test_a_revert_takes_back_a_ban_and_what_was_spent() -> None:
    """Who was banned is let in again with the budget of then, and bans grow from there anew."""
    exchange = exchange_of(alice.scenario(limits=Limits(sapi_weight_per_uid=500, offences_before_ban=0)))
    world = exchange.world
    before = exchange.worlds.snapshot("default")
    for _ in range(2):
        assert [heard(ask(exchange, world))[0] for _ in range(4)] == [200, 429, 418, 418]
        world.clock.advance(120_000, NOW_MS)
        assert [heard(ask(exchange, world))[0] for _ in range(3)] == [200, 429, 418]
        assert ask(exchange, world).headers["Retry-After"] == "240"
        exchange.worlds.revert("default", before.id)
    assert ask(exchange, world).headers["X-SAPI-USED-UID-WEIGHT-1M"] == "500"


def test_a_ban_that_was_moved_out_is_moved_back() -> None:
    """Asking during a ban moves its end; a revert to the middle of the ban brings back the end of then."""
    exchange = exchange_of(alice.scenario(limits=Limits(sapi_weight_per_uid=500, offences_before_ban=0)))
    world = exchange.world
    assert [ask(exchange, world).status for _ in range(3)] == [200, 429, 418]
    banned, was = exchange.worlds.snapshot("default"), everything(world)
    for _ in range(2):
        world.clock.advance(60_000, NOW_MS)
        assert ask(exchange, world).headers["Retry-After"] == "120"
        assert everything(world)["bans"] != was["bans"]
        exchange.worlds.revert("default", banned.id)
        assert everything(world) == was


def test_a_revert_takes_back_everything_again_and_again() -> None:
    """The clock, the meter, limits, behaviour, data, permissions, faults and their counters, and the journal."""
    exchange = exchange_of(scenarios.read("margin-call"))
    world = exchange.world
    world.arm(Fault(effect=Documented("overloaded"), every=2, name="often"))
    for _ in range(3):
        ask(exchange, world)
    taken, was = exchange.worlds.snapshot("default"), everything(world)
    assert structs.astuple(world.faults["often"])[2:] == (3, 1)
    for _ in range(2):
        before = {name: value for name, value in everything(world).items() if name != "keys"}
        world.clock.advance(70 * 60_000, NOW_MS)
        replies = [ask(exchange, world).status for _ in range(3)]
        assert replies == [503, 200, 503]
        world.arm(Fault(effect=Latency(1)))
        world.limits, world.behaviour = Limits(first_ban_s=1), Behaviour(no_loan="refuse")
        now = everything(world)
        assert not [name for name, value in before.items() if now[name] == value and name != "bans"]
        assert now["keys"] != was["keys"]
        exchange.worlds.revert("default", taken.id)
        assert everything(world) == was


LIMITS = [Limits(), Limits(papi_weight_per_ip=200, sapi_weight_per_uid=1_000, offences_before_ban=1)]
EFFECTS = [Latency(5), Documented("overloaded")]


def test_a_revert_takes_back_the_counts_of_faults() -> None:
    """A fault that has struck its one call strikes again after each revert; the snapshot keeps its own counts."""
    exchange = alice.exchange()
    world = exchange.world
    world.arm(Fault(effect=Documented(answer="overloaded"), name="once", times=1))
    taken = exchange.worlds.snapshot("default")
    for _ in range(2):
        assert [exchange.handle(request("SAPI")).status for _ in range(2)] == [503, 200]
        assert (world.faults["once"].met, world.faults["once"].struck) == (2, 1)
        exchange.worlds.revert("default", taken.id)
        assert (world.faults["once"].met, world.faults["once"].struck) == (0, 0)


class Histories(RuleBasedStateMachine):
    """Anything may happen to a world: a snapshot brings all of it back, and the world beside it never moves."""

    snapshots = Bundle("snapshots")

    @initialize(limits=st.sampled_from(LIMITS))
    def open(self, limits: Limits) -> None:
        """Open two worlds of the scenario in which most happens."""
        spec = structs.replace(scenarios.read("margin-call"), limits=limits)
        self.exchange = exchange_of()
        self.world, self.other = opened(self.exchange, spec), opened(self.exchange, spec)
        self.ids: set[str] = set()
        self.untouched = everything(self.other)

    @rule(target=snapshots)
    def save(self) -> tuple[Snapshot, dict[str, Any]]:
        """Save the world, and write down by hand all that it is."""
        taken = self.exchange.worlds.snapshot(self.world.name)
        assert taken.id not in self.ids
        self.ids.add(taken.id)
        return taken, everything(self.world)

    @rule(
        gateway=st.sampled_from(["PAPI", "SAPI"]), nth_key=st.integers(0, 1), ip=st.sampled_from(["192.0.2.1", "::1"])
    )
    def call(self, gateway: str, nth_key: int, ip: str) -> None:
        """Ask."""
        written = self.world.journal.written
        ask(self.exchange, self.world, gateway, nth_key, ip=ip)
        assert self.world.journal.written == written + 1

    @rule(by_ms=st.sampled_from([1, 30_000, 60_000, 1_800_000, -60_000]), rate=st.sampled_from([None, 0.0, 1.0, 60.0]))
    def turn_the_clock(self, by_ms: int, rate: float | None) -> None:
        """Move the clock and perhaps let it run."""
        self.world.clock.advance(by_ms, NOW_MS)
        self.world.clock.set(self.world.clock.now_ms(NOW_MS), NOW_MS, rate)

    @rule(effect=st.sampled_from(EFFECTS), chance=st.sampled_from([1.0, 0.5]), times=st.sampled_from([None, 2]))
    def declare(self, effect: Any, chance: float, times: int | None) -> None:
        """Declare a fault."""
        name = self.world.arm(Fault(effect=effect, chance=chance, times=times)).name
        assert name not in self.ids
        self.ids.add(name)

    @rule()
    def end_all_faults(self) -> None:
        """Delete every fault."""
        self.world.faults.clear()

    @rule(limits=st.sampled_from(LIMITS))
    def change(self, limits: Limits) -> None:
        """Change the limits."""
        self.world.limits = limits

    @rule(amount=st.integers(0, 9).map(str))
    def lend(self, amount: str) -> None:
        """Let the account owe something, and have one more record."""
        (uid,) = self.world.accounts
        self.world.hold(uid, PM_LOAN, Loan("USDT", amount))
        book = next(one for one in CATALOGUE.endpoints if one.held_as == "records")
        self.world.add(uid, book, (Record(NOW_MS, NOW_MS, (Detail("ETH", int(amount), 0),)),))
        assert held(self.world, uid)["loan"].amount == amount

    @rule(saved=snapshots)
    def go_back(self, saved: tuple[Snapshot, dict[str, Any]]) -> None:
        """Revert, and find all as it was written down."""
        taken, was = saved
        self.exchange.worlds.revert(self.world.name, taken.id)
        assert everything(self.world) == was

    @rule(saved=snapshots, gateways=st.lists(st.sampled_from(["PAPI", "SAPI"]), min_size=1, max_size=5))
    def live_twice(self, saved: tuple[Snapshot, dict[str, Any]], gateways: list[str]) -> None:
        """The same calls after the same revert get the same bytes and leave the same world."""
        lives = []
        for _ in range(2):
            self.exchange.worlds.revert(self.world.name, saved[0].id)
            replies = [ask(self.exchange, self.world, gateway) for gateway in gateways]
            lives.append((replies, everything(self.world)))
        assert lives[0] == lives[1]

    @rule(saved=consumes(snapshots))
    def forget(self, saved: tuple[Snapshot, dict[str, Any]]) -> None:
        """Delete a snapshot; the others stay."""
        del self.exchange.worlds.snapshots[saved[0].id]

    @invariant()
    def the_other_world_has_not_moved(self) -> None:
        """Whatever happens here, nothing happens there."""
        if hasattr(self, "untouched"):
            assert everything(self.other) == self.untouched


Histories.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestHistories = Histories.TestCase
