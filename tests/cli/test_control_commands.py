"""`mockex health`, `world`, `clock` and `fault` on a running server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mockex.core.faults import Armed
from mockex.core.signing import hmac_signature
from mockex.endpoints.pm_loan import Loan
from mockex.testing import LiveExchange
from tests.cli.controlling import NEW_YEAR, NEW_YEAR_MS, Controlled
from tests.cli.running import PM_LOAN, get


@pytest.fixture
def control() -> Iterator[Controlled]:
    """Serve `documented`, whose clock stands still."""
    with LiveExchange("documented") as exchange:
        yield Controlled(exchange)


def test_health(control: Controlled) -> None:
    """It tells version, URL and worlds; the URL may end with a slash or with the control's own path."""
    assert control.run("health") == f"ok: mockex 0.1.0 at {control.exchange.url}, 1 world\n"
    assert control.said("health") == {"status": "ok", "version": "0.1.0", "worlds": 1}
    url = control.exchange.url
    assert control.run("health", "--url", f"{url}/_mockex/") == control.run("health", "--url", f"{url}/")


def test_clock_is_turned(control: Controlled) -> None:
    """Each word turns the world's own clock, and each prints it in one line."""
    clock = control.exchange.exchange.world.clock
    assert control.run("clock", "show") == f"2026-01-01T00:00:30.000Z  {NEW_YEAR_MS}  stands still\n"
    assert control.run("clock", "advance", "1h2m") == "2026-01-01T01:02:30.000Z  1767229350000  stands still\n"
    assert clock.anchor_ms == NEW_YEAR_MS + 3_720_000
    assert control.said("clock", "advance", "-2m")["now_ms"] == NEW_YEAR_MS + 3_600_000
    assert control.said("clock", "set", NEW_YEAR)["now_ms"] == NEW_YEAR_MS
    assert control.run("clock", "rate", "60").endswith("  runs 60 times as fast as the machine's\n")
    assert clock.rate == 60
    assert control.said("clock", "freeze", str(NEW_YEAR_MS + 1))["is_frozen"]
    assert clock.anchor_ms == NEW_YEAR_MS + 1
    assert control.run("clock", "skew", "-90s").endswith("  runs 1m30s behind the machine's\n")
    assert control.said("clock", "skew", "1.5s")["ahead_of_machine_ms"] == 1_500
    assert control.run("clock", "real").endswith("  runs with the machine's\n")
    assert (clock.rate, clock.anchor_ms) == (1.0, clock.real_anchor_ms)
    assert control.said("clock", "freeze")["is_frozen"]


def test_worlds_are_opened_and_closed(control: Controlled, tmp_path: Path) -> None:
    """A world is opened by a name or from a file, with fresh keys or its own, and listed until it is closed."""
    file = tmp_path / "mine.toml"
    file.write_text('title = "Mine"\nseed = 3\n')
    opened = control.run("world", "open", "quiet", "--name", "calm")
    name, prefix, *title = opened.splitlines()[0].split()
    assert (name, prefix, " ".join(title)) == ("calm", "/w/calm", "An account that nothing ever happened to")
    calm = control.exchange.exchange.worlds.by_name["calm"]
    assert f"HMAC    {next(iter(calm.keys))}" in opened
    assert control.said("world", "open", str(file), "--name", "mine")["seed"] == 3
    same = control.said("world", "open", "quiet", "--same-keys", "--seed", "7")
    assert (same["name"], same["seed"]) == ("w1", 7)
    assert same["keys"][0]["api_key"].startswith("mockexQuiet")
    listed = control.run("world", "list")
    assert [line.split()[:2] for line in listed.splitlines()[1:]] == [
        ["default", "0"],
        ["calm", "0"],
        ["mine", "0"],
        ["w1", "0"],
    ]
    assert control.run("world", "close", "calm") == "calm is closed\n"
    assert [one["name"] for one in control.said("world", "list")] == ["default", "mine", "w1"]


def test_world_is_shown_and_changed(control: Controlled) -> None:
    """All of a world is told, and its limits and behaviour are changed by their names; the other worlds stay."""
    control.run("world", "open", "--name", "other")
    changed = control.run("world", "change", "papi_weight_per_ip=200", "no_loan=refuse", "--world", "other")
    assert "papi_weight_per_ip=200" in changed
    assert "no_loan=refuse" in changed
    worlds = control.exchange.exchange.worlds.by_name
    assert [one.limits.papi_weight_per_ip for one in worlds.values()] == [6_000, 200]
    assert [one.behaviour.no_loan for one in worlds.values()] == ["zero", "refuse"]
    shown = control.run("world", "show", MOCKEX_WORLD="other")
    assert shown.startswith("world      other\nscenario   The two documentation examples")
    assert control.said("world", "show", "--world", "other")["limits"]["papi_weight_per_ip"] == 200
    assert "now        2026-01-01T00:00:30.000Z  1767225630000\n" in control.run("world", "show")


def test_world_tells_what_will_happen(control: Controlled, tmp_path: Path) -> None:
    """What has happened in a timeline and what will is told, and advancing the clock makes it true."""
    file = tmp_path / "story.toml"
    file.write_text(
        f'title = "Story"\nclock = {{ frozen_at = {NEW_YEAR} }}\n[[accounts]]\nuid = 1\n'
        '[[timeline]]\nsays = "a loan appears"\nafter_s = 60\naccount = 1\nloan = { asset = "ETH", amount = "1" }\n'
    )
    control.run("world", "open", str(file), "--name", "story")
    assert "upcoming   2026-01-01T00:01:30.000Z  a loan appears\n" in control.run("world", "show", "--world", "story")
    control.run("clock", "advance", "1m", "--world", "story")
    shown = control.run("world", "show", "--world", "story")
    assert "happened   a loan appears\n" in shown
    assert "upcoming" not in shown
    assert control.run("world", "hold", "loan", "--world", "story") == '{"asset":"ETH","amount":"1"}\n'


def test_what_an_account_holds_is_changed(control: Controlled) -> None:
    """Values are read as the fields of what is held, or are JSON; digits stay; `add` leaves the rest."""
    hold = ("world", "hold")
    assert control.run(*hold, "loan", "asset=USDT", "amount=250.50") == '{"asset":"USDT","amount":"250.50"}\n'
    assert control.exchange.exchange.world.accounts[354937868].holds["pm_loan"] == Loan("USDT", "250.50")
    assert control.run(*hold, "loan", '{"asset":"ETH","amount":"1"}', "--uid", "354937868")
    assert control.run(*hold, "loan") == '{"asset":"ETH","amount":"1"}\n'
    assert control.run(*hold, "records", "[]") == "[]\n"
    details = '[{"asset":"BTC","negativeBalance":1.000000000000000001,"negativeMaxThreshold":0.10}]'
    added = control.run("world", "add", "records", "startTime=1", "endTime=2", f"details={details}")
    assert added == f'[{{"startTime":1,"endTime":2,"details":{details}}}]\n'
    control.run("world", "add", "records", "startTime=3", "endTime=4", "details=[]")
    assert control.run(*hold, "records").count("startTime") == 2


def test_snapshot_brings_back_clock_and_data(control: Controlled) -> None:
    """A snapshot is listed, reverted to again and again, and forgotten."""
    assert control.run("world", "snapshots") == "no snapshots\n"
    assert control.run("world", "snapshot") == "s1\n"
    for _ in range(2):
        control.run("world", "hold", "loan", "amount=7")
        control.run("clock", "advance", "3d")
        control.loan()
        reverted = control.run("world", "revert", "s1")
        assert reverted == "default is as it was at s1: 2026-01-01T00:00:30.000Z, 0 calls\n"
        assert control.run("world", "hold", "loan") == '{"asset":"BUSD","amount":"579.45"}\n'
    assert control.said("world", "snapshots") == ["s1"]
    assert control.run("world", "forget", "s1") == "s1 is forgotten\n"
    assert control.refused("world", "revert", "s1") == "the world 'default' has no snapshot 's1'"


def test_fault_is_declared_strikes_and_ends(control: Controlled) -> None:
    """A documented answer by its name, an effect by its type, or JSON; what it strikes is counted until it is ended."""
    declared = control.run("fault", "add", "overloaded", "endpoint=pm_loan", "times=1", "name=busy")
    assert declared == "busy: documented answer=overloaded; strikes endpoint=pm_loan times=1\n"
    assert control.said("fault", "add", "latency", "ms=0", "chance=0.5")["name"] == "f1"
    control.run("fault", "add", '{"effect": {"type": "latency", "ms": 1}, "nth": 9}')
    faults = control.exchange.exchange.world.faults
    assert [(one.fault.times, one.fault.chance, one.fault.nth) for one in faults.values()] == [
        (1, 1.0, None),
        (None, 0.5, None),
        (None, 1.0, 9),
    ]
    assert [control.loan(), control.loan()] == [503, 200]
    busy = control.run("fault", "list").splitlines()[1]
    assert busy.split() == ["busy", "documented", "answer=overloaded", "endpoint=pm_loan", "times=1", "2", "1"]
    assert control.run("fault", "end", "busy") == "busy has ended\n"
    assert list(faults) == ["f1", "f2"]
    assert control.run("fault", "clear") == "2 faults have ended\n"
    assert control.run("fault", "list") == "no faults\n"


def test_fault_strikes_only_its_world(control: Controlled) -> None:
    """A fault of one world is none of another's."""
    control.run("world", "open", "--name", "other")
    control.run("fault", "add", "overloaded", "--world", "other")
    assert control.loan() == 200
    assert get(control.exchange.url, f"/w/other{PM_LOAN}")[0] == 503
    other: dict[str, Armed] = control.exchange.exchange.worlds.by_name["other"].faults
    assert other["f1"].struck == 1


def test_opened_world_lets_its_fresh_key_in(control: Controlled) -> None:
    """The key that is printed signs for the world, and for no other."""
    lines = control.run("world", "open", "bankruptcy-loan", "--name", "debt").split()
    api_key, secret = lines[lines.index("HMAC") + 1], lines[lines.index("secret") + 1]
    time = get(control.exchange.url, "/w/debt/api/v3/time")[1]["serverTime"]
    signature = hmac_signature(f"timestamp={time}".encode(), secret)
    target = f"{PM_LOAN}?timestamp={time}&signature={signature}"
    status, loan = get(control.exchange.url, target, {"X-MBX-APIKEY": api_key})
    assert (status, loan) == (200, {"asset": "USDT", "amount": "12345.67800000"})
    assert control.exchange.exchange.world.journal.written == 0
