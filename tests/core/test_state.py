"""State: what is written down in one process goes on in another as if nothing had been."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from mockex import scenarios
from mockex.cli.opening import dumped, loaded
from mockex.core.effects import Documented
from mockex.core.exchange import Exchange
from mockex.core.faults import Fault
from mockex.core.hostile_wire import Latency
from mockex.core.scenario import Behaviour
from mockex.core.state import Saved, restored, saved
from mockex.core.weight import Limits
from mockex.core.worlds import Worlds
from mockex.endpoints import CATALOGUE
from mockex.endpoints.negative_balance_exchange_record import NEGATIVE_BALANCE_EXCHANGE_RECORD, Book
from mockex.endpoints.pm_loan import PM_LOAN, Loan
from mockex.errors import MockexError
from tests import alice
from tests.alice import NOW_MS
from tests.worldly import ask, everything, exchange_of, signed

ROOT = Path(__file__).parents[2]

GO_ON = """
import json, sys
from pathlib import Path
from mockex.cli.opening import dumped, loaded
from tests.worldly import ask
exchange = loaded(Path(sys.argv[1]))
dumped(exchange, Path(sys.argv[2]))
told = {}
for name, world in exchange.worlds.by_name.items():
    replies = [ask(exchange, world, gateway) for gateway in ("SAPI", "PAPI") * 3]
    told[name] = [[reply.status, reply.headers, reply.body.decode()] for reply in replies]
    world.clock.advance(7_200_000, world.clock.real_anchor_ms)
    told[name] += [[reply.status, reply.body.decode()] for reply in [ask(exchange, world)]]
    told[name] += [[armed.name, armed.met, armed.struck] for armed in world.faults.values()]
told["next"] = [exchange.worlds._next_name(), exchange.worlds.snapshot("default").id, world.journal.written]
print(json.dumps(told))
"""


def lived_through() -> Exchange:
    """Open three worlds to which everything has happened that can be written down."""
    limits = Limits(sapi_weight_per_uid=1_000, papi_weight_per_ip=200, offences_before_ban=0)
    exchange = exchange_of(structs.replace(scenarios.read("margin-call"), limits=limits))
    worlds = exchange.worlds
    other = worlds.open(scenarios.read("fractional"), CATALOGUE, NOW_MS, fresh_keys=True, seed=9)
    worlds.open(scenarios.read("documented"), CATALOGUE, NOW_MS, name="three", fresh_keys=True)
    other.clock.set(NOW_MS, NOW_MS, 0.0)
    worlds.by_name["three"].clock.set(NOW_MS, NOW_MS, 0.0)
    world = exchange.world
    world.clock.advance(3_600_000 + 40_000, NOW_MS)
    for _ in range(4):
        ask(exchange, world, "PAPI", ip="192.0.2.7")
    ask(exchange, world)
    world.arm(Fault(effect=Latency(1), chance=0.5, times=9))
    world.arm(Fault(effect=Documented("overloaded"), every=3, name="often"))
    ask(exchange, world)
    other.limits, other.behaviour = Limits(sapi_weight_per_uid=1_500), Behaviour(no_loan="refuse")
    other.hold(354937009, PM_LOAN, Loan("USDT", "0.000000000000000001"))
    for taken in range(2):
        worlds.snapshot("default")
        del worlds.snapshots[f"s{taken + 1}"]
    worlds.close(worlds.open(world.scenario, CATALOGUE, NOW_MS, fresh_keys=True).name)
    return exchange


def run(code: str, *arguments: str) -> Any:
    """Run Python in another process, and read the JSON that it prints."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_another_process_goes_on_where_this_one_stopped(tmp_path: Path) -> None:
    """It gives the same answers, keeps the same counts, mints the next ids, and writes the same file at once."""
    exchange = lived_through()
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    dumped(exchange, first)
    there = run(GO_ON, str(first), str(second))
    assert second.read_bytes() == first.read_bytes()
    here: dict[str, Any] = {}
    world = exchange.world
    for name, world in exchange.worlds.by_name.items():
        replies = [ask(exchange, world, gateway) for gateway in ("SAPI", "PAPI") * 3]
        here[name] = [[reply.status, reply.headers, reply.body.decode()] for reply in replies]
        world.clock.advance(7_200_000, world.clock.real_anchor_ms)
        here[name] += [[reply.status, reply.body.decode()] for reply in [ask(exchange, world)]]
        here[name] += [[armed.name, armed.met, armed.struck] for armed in world.faults.values()]
    here["next"] = [exchange.worlds._next_name(), exchange.worlds.snapshot("default").id, world.journal.written]
    assert there == here
    assert here["next"][:2] == ["w3", "s3"]
    assert [reply[0] for reply in here["default"][:6]] == [429, 503, 418, 401, 503, 429]


def test_nothing_of_a_world_is_forgotten_but_its_journal() -> None:
    """All that can change in a world is the same after it was written and read, verifiers and entries aside."""
    before = lived_through().worlds
    after = copied(before)
    assert [*after.by_name] == [*before.by_name]
    for name, world in before.by_name.items():
        was, now = everything(world), everything(after.by_name[name])
        for about in (was, now):
            about["keys"] = {key: value[:2] for key, value in about["keys"].items()}
            about.pop("journal")
        assert now == was
        lasting = ("name", "seed", "opened_ms", "timeline", "armed")
        for field in lasting:
            assert getattr(after.by_name[name], field) == getattr(world, field), field


def copied(worlds: Worlds) -> Worlds:
    """Write worlds down and read them again."""
    state = msgspec.json.decode(msgspec.json.encode(saved(worlds)), type=Saved)
    return restored(state, scenarios.file_type(), CATALOGUE, NOW_MS + 77)


def test_ids_do_not_recur_after_loading() -> None:
    """Names of worlds, snapshots and faults that were given and taken away before are not given again."""
    after = copied(lived_through().worlds)
    assert after.open(after.default.scenario, CATALOGUE, NOW_MS, fresh_keys=True).name == "w3"
    assert after.snapshot("default").id == "s3"
    assert after.default.arm(Fault(effect=Latency(1))).name == "f2"


def test_what_has_happened_does_not_happen_again() -> None:
    """A loaded world goes on with its timeline; nothing that is true already is done twice."""
    exchange = exchange_of(scenarios.read("margin-call"))
    exchange.world.clock.advance(30 * 60_000, NOW_MS)
    ask(exchange, exchange.world)
    after = Exchange(CATALOGUE, copied(exchange.worlds).default)
    assert after.world.happened == 2
    book = after.world.accounts[354937010].holds[NEGATIVE_BALANCE_EXCHANGE_RECORD.name]
    assert len(book.rows) == 1
    after.world.clock.advance(3 * 3_600_000, NOW_MS)
    ask(after, after.world)
    book = after.world.accounts[354937010].holds[NEGATIVE_BALANCE_EXCHANGE_RECORD.name]
    assert (len(book.rows), after.world.happened) == (2, 10)


@given(st.lists(st.decimals(0, 10**20, places=18) | st.integers(0, 10**30), min_size=1, max_size=5))
def test_no_digit_of_an_amount_is_lost(amounts: list[Any]) -> None:
    """A record's numbers are in the file as they are in the answer."""
    exchange = exchange_of()
    details = [{"asset": "ETH", "negativeBalance": amount, "negativeMaxThreshold": 0} for amount in amounts]
    record = msgspec.convert(
        {"startTime": 1, "endTime": 2, "details": details}, NEGATIVE_BALANCE_EXCHANGE_RECORD.holds.__args__[0]
    )
    exchange.world.hold(1, NEGATIVE_BALANCE_EXCHANGE_RECORD, Book((record,)))
    after = copied(exchange.worlds).default.accounts[1].holds[NEGATIVE_BALANCE_EXCHANGE_RECORD.name]
    assert after.rows == exchange.world.accounts[1].holds[NEGATIVE_BALANCE_EXCHANGE_RECORD.name].rows


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Secrets are in it; a file that was open to all before is not after, and nothing lies beside it."""
    file = tmp_path / "state.json"
    file.write_text("what was there")
    file.chmod(0o644)
    dumped(exchange_of(), file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [*tmp_path.iterdir()] == [file]
    assert loaded(file).world.name == "default"


def test_a_file_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    """In one sentence; what the old file said still stands."""
    with pytest.raises(MockexError, match="cannot be written: No such file or directory"):
        dumped(exchange_of(), tmp_path / "no" / "state.json")
    (tmp_path / "folder").mkdir()
    with pytest.raises(MockexError, match="cannot be written"):
        dumped(exchange_of(), tmp_path / "folder")
    assert [*tmp_path.iterdir()] == [tmp_path / "folder"]


def changed(**about: Any) -> bytes:
    """Write Alice's state with something else in it."""
    return json.dumps(json.loads(msgspec.json.encode(saved(exchange_of().worlds))) | about).encode()


def world_changed(**about: Any) -> bytes:
    """Write Alice's state with something else in its world."""
    state = json.loads(msgspec.json.encode(saved(exchange_of().worlds)))
    state["worlds"][0] |= about
    return json.dumps(state).encode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is no state of mockex: Input data was truncated"),
        (b"\xff", "is no state of mockex"),
        (b"[" * 100_000, "is no state of mockex"),
        (b'{"version":2,"worlds":[]}', "is no state of mockex: Expected `array` of length >= 1"),
        (changed(version=7), "expected a state of version 1, got one of version 7"),
        (changed(verson=1), "unknown field `verson`"),
        (changed(opened=-1), "Expected `int` >= 0"),
        (world_changed(name="../x"), "'../x' is no name for a world"),
        (world_changed(permissions={}), "Expected the permissions of every key of the world 'default'"),
        (world_changed(scenario={"title": ""}), "is no state of mockex: Expected `str` of length >= 1"),
        (world_changed(seed=-5), "Expected `int` >= 0"),
        (world_changed(faults=[{"name": "x", "fault": {}}]), "missing required field `effect`"),
    ],
)
def test_a_file_that_is_no_state_is_told_of(tmp_path: Path, content: bytes, sentence: str) -> None:
    """In one sentence that begins with the file's name; two worlds of one name or one key too."""
    file = tmp_path / "state.json"
    file.write_bytes(content)
    with pytest.raises(MockexError) as refusal:
        loaded(file)
    assert str(refusal.value).startswith(f"{file}: ")
    assert sentence in str(refusal.value)


def test_a_state_of_two_worlds_with_one_key_is_told_of(tmp_path: Path) -> None:
    """It is a mistake in the file, and no traceback."""
    state = json.loads(msgspec.json.encode(saved(exchange_of().worlds)))
    state["worlds"].append(state["worlds"][0] | {"name": "again"})
    (tmp_path / "state.json").write_text(json.dumps(state))
    with pytest.raises(MockexError, match="belongs to the world 'default' already"):
        loaded(tmp_path / "state.json")
    with pytest.raises(MockexError, match="cannot be read: No such file or directory"):
        loaded(tmp_path / "nothing.json")


def test_a_public_key_that_is_none_is_told_of(tmp_path: Path) -> None:
    """Before the first signature that needs it."""
    state = json.loads(msgspec.json.encode(saved(exchange_of(scenarios.read("documented")).worlds)))
    state["worlds"][0]["scenario"]["accounts"][0]["keys"][1]["public_key"] = "nonsense"
    (tmp_path / "state.json").write_text(json.dumps(state))
    with pytest.raises(MockexError, match="expected the PEM of an RSA public key"):
        loaded(tmp_path / "state.json")


def test_saving_changes_nothing() -> None:
    """A world that was written down is the world that it was, and still answers."""
    exchange = exchange_of(alice.scenario())
    ask(exchange, exchange.world)
    before = everything(exchange.world)
    saved(exchange.worlds)
    assert everything(exchange.world) == before
    assert exchange.handle(signed(exchange.world)).status == 200
