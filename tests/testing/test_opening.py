"""Worlds of any scenario: by its name, by its file, by a value; what cannot be opened is told, and stays not open."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from mockex import scenarios
from mockex.core.effects import Documented
from mockex.core.faults import Fault
from mockex.core.hostile import Empty
from mockex.core.scenario import AccountSpec, Scenario
from mockex.errors import MockexError
from mockex.scenarios import file_type
from mockex.testing import Detail, LiveExchange, LiveWorld, Loan, Record
from tests import alice
from tests.alice import SAPI_PATH
from tests.testing.calling import asked, called, sentence, worlds_of

NEW_YEAR_MS = 1_767_225_600_000

STORY = """
title = "A value with all that a scenario can have"
seed = 7
clock = { frozen_at = 2026-01-01T00:00:00Z }
faults = [{ effect = { type = "empty" }, chance = 0.5, nth = 9, name = "never" }]

[[accounts]]
uid = 9007199254740993
keys = [{ type = "HMAC", api_key = "KEY", secret = "any text" }]
generate = { records = 3, since = 2025-01-01T00:00:00Z, until = 2025-12-01T00:00:00.001Z, keys = ["Ed25519"] }

[[accounts.records]]
startTime = 1
endTime = 2
details = [{ asset = "A", negativeBalance = 1.000000000000000001, negativeMaxThreshold = 0.50 }]

[[timeline]]
after_s = 60
says = "A loan appears."
account = 9007199254740993
loan = { asset = "USDT", amount = "250.5" }
""".replace("KEY", "k" * 64)


def written(folder: Path, text: str = STORY) -> Path:
    """Write a scenario file."""
    path = folder / "story.toml"
    path.write_text(text, encoding="utf-8")
    return path


# Which scenario.


async def test_a_world_runs_a_scenario_by_its_name(held: LiveWorld) -> None:
    """Without one it is the default world's, with keys of its own."""
    with held.world("bankruptcy-loan") as world, held.world() as same:
        assert world.loan == Loan("USDT", "12345.67800000")
        assert same.loan == held.loan
        assert not {one.api_key for one in same.signers()} & {one.api_key for one in held.signers()}
        assert await asked(world) is None
    assert worlds_of(held) == ["default"]


@pytest.mark.parametrize("how", ["text", "path", "value"])
async def test_a_world_runs_a_file_or_a_value(held: LiveWorld, tmp_path: Path, how: str) -> None:
    """With all its numbers, its timeline, what is generated for it, and keys that sign."""
    path = written(tmp_path)
    given_as: Any = {"text": str(path), "path": path, "value": scenarios.read(path)}[how]
    world = held.open(given_as)
    assert (world.seed, world.clock.now_ms, world.clock.told.is_frozen) == (7, NEW_YEAR_MS, True)
    assert world.opened.accounts == (9007199254740993,)
    assert len(world.records) == 4
    assert world.records[-1] == Record(1, 2, (Detail("A", Decimal("1.000000000000000001"), Decimal("0.50")),))
    assert [one.name for one in world.faults] == ["never"]
    for signer in world.signers():
        assert await asked(world, SAPI_PATH, signer) is None
    assert [key.type for key in world.opened.keys] == ["HMAC", "Ed25519"]
    assert world.loan == Loan()
    world.clock.advance(minutes=1)
    assert (world.loan, world.told.happened) == (Loan("USDT", "250.5"), ("A loan appears.",))


async def test_what_is_generated_is_the_same_with_the_same_seed(held: LiveWorld, tmp_path: Path) -> None:
    """And another with another."""
    path = written(tmp_path)
    same, again, other = (held.open(path, seed=seed) for seed in (1, 1, 2))
    assert same.records == again.records != other.records
    assert (same.seed, other.seed) == (1, 2)


async def test_key_files_go_with_a_value(held: LiveWorld) -> None:
    """The server reads no files for others: the halves of every key are sent."""
    world = held.open(scenarios.read("documented"))
    for signer in world.signers():
        assert await asked(world, SAPI_PATH, signer) is None
    assert len(world.signers()) == 3


async def test_a_value_is_looked_at_as_a_file_is(held: LiveWorld) -> None:
    """A type that Python lets pass, a fault of an unknown endpoint, a key file that is not there: one sentence each."""
    account = structs.replace(alice.scenario().accounts[0], uid=0)
    fault = Fault(effect=Empty(), endpoint="pm_lone")
    (rsa,) = (one for one in scenarios.read("documented").accounts[0].keys if scenarios.key_type(one) == "RSA")
    lost = structs.replace(rsa, public_key=None, public_key_file="no-such-file.pem")
    wrong = structs.replace(rsa, public_key="no key")
    for value, says in [
        (alice.scenario(limits={"papi_weight": 1}), "scenario: at limits: object contains unknown field `papi_weight`"),
        (structs.replace(alice.scenario(), accounts=(account,)), "scenario: at accounts[0].uid: expected `int` >= 1"),
        (alice.scenario(faults=(fault,)), "scenario: at faults[0].endpoint: there is no endpoint 'pm_lone'"),
        (alice.scenario({"uid": 1, "keys": (lost,)}), "'no-such-file.pem' cannot be read"),
        (alice.scenario({"uid": 1, "keys": (wrong,)}), "at accounts[0].keys[0]: expected the PEM"),
    ]:
        for open_it in (held.open, LiveExchange):
            with pytest.raises(MockexError) as told:
                open_it(value)
            assert says in sentence(told.value)
    assert worlds_of(held) == ["default"]


async def test_a_value_of_the_core_needs_no_data(held: LiveWorld) -> None:
    """Its accounts hold nothing."""
    value = Scenario(title="Bare", accounts=(AccountSpec(uid=1, keys=(alice.ALICE,)),))
    assert (held.open(value).loan, LiveExchange(value).records) == (Loan(), ())


# What else is said at the opening.


async def test_a_world_begins_as_is_asked_for(held: LiveWorld) -> None:
    """Frozen, with faults, limits and behaviour, a name and a seed."""
    with held.world(
        "quiet",
        name="mine",
        seed=3,
        frozen_at=datetime(2026, 1, 1, tzinfo=UTC),
        faults=["overloaded", Documented(answer="unknown"), Fault(effect=Empty(), name="last", nth=9)],
        limits={"sapi_weight_per_uid": 7},
        behaviour={"no_loan": "refuse"},
    ) as world:
        told = world.told
        assert (told.name, told.seed, told.now_ms) == ("mine", 3, NEW_YEAR_MS)
        assert (told.limits.sapi_weight_per_uid, told.behaviour.no_loan) == (7, "refuse")
        assert [one.name for one in world.faults] == ["f1", "f2", "last"]
        assert (await called(f"{world.url}/papi/v1/ping"))[0] == 503


@pytest.mark.parametrize(
    ("about", "says"),
    [
        ({"scenario": "documentd"}, "no scenario is called 'documentd' (did you mean 'documented'?)"),
        ({"scenario": "no/such.toml"}, "no/such.toml: cannot be read"),
        ({"scenario": Path("documented")}, "documented: cannot be read"),
        ({"name": "default"}, "there is a world 'default' already"),
        ({"name": "a b"}, "'a b' is no name for a world"),
        ({"fresh_keys": False}, "belongs to the world 'default' already; ask for fresh keys"),
        ({"seed": -1}, "at seed: expected `int` >= 0"),
        ({"frozen_at": "yesterday"}, "at set: "),
        ({"frozen_at": datetime(2026, 1, 1)}, "timezone"),  # noqa: DTZ001 - that is the mistake
        ({"faults": ["empty", "drop"]}, "there is no fault 'drop' (did you mean 'drip'?)"),
        ({"faults": "empty times=1"}, "expected a list of faults, as ['empty times=1'], got 'empty times=1'"),
        ({"scenario": 5}, "expected a scenario, by its name, its file or its value, got 5"),
        ({"limits": {"papi": 1}}, "unknown field `papi`"),
        ({"behaviour": {"no_loan": "on"}}, "invalid enum value 'on'"),
    ],
)
async def test_what_cannot_be_opened_is_not_open(held: LiveWorld, about: dict[str, Any], says: str) -> None:
    """A sentence says why, and the worlds are those that were there before."""
    with pytest.raises(MockexError) as told:
        held.open(**about)
    assert says in sentence(told.value)
    assert worlds_of(held) == ["default"]


async def test_a_scenario_that_comes_with_mockex_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default's, and every world's of it; counted, not timed."""
    with LiveExchange("quiet") as exchange:
        read: list[Path] = []
        monkeypatch.setattr(scenarios, "read_file", read.append)
        for _ in range(3):
            exchange.open("quiet").close()
            exchange.open().close()
        with LiveExchange("quiet") as other:
            other.open("quiet")
    assert read == []


def test_worlds_come_and_go_with_every_example() -> None:
    """Within one exchange, hundreds of times; the worlds afterwards are those before, and no key is left over."""
    with LiveExchange() as exchange:
        signer_of_default = exchange.signer()

        @given(
            st.sampled_from([None, "documented", "quiet", alice.scenario()]),
            st.booleans(),
            st.integers(0, 1 << 32),
        )
        @settings(max_examples=300, database=None)
        def an_example(scenario: Any, is_strict: bool, seed: int) -> None:
            with exchange.world(scenario, strict=is_strict, seed=seed) as world:
                world.clock.advance(seconds=seed)
                world.add_record(Record(1, 2, ()))
                world.faults.add("empty")
                assert world.snapshot().id
                assert world.seed == seed

        an_example()
        worlds = exchange.exchange.worlds
        assert list(worlds.by_name) == ["default"]
        assert len(worlds.by_key) == 3
        assert signer_of_default.api_key in worlds.by_key
        assert worlds.snapshots == {}


def test_the_type_of_a_scenario_is_one_for_all() -> None:
    """What a value is made of is what a file is read as."""
    assert isinstance(alice.scenario(), file_type())
