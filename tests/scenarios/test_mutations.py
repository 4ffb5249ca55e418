"""Scenarios that are right but for a few random changes: served, or refused with one sentence, and nothing else."""

import tomllib
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mockex import scenarios
from mockex.core.exchange import Exchange
from mockex.core.scenario import Scenario
from mockex.core.wire import Request
from mockex.core.world import open_world
from mockex.endpoints import CATALOGUE
from mockex.errors import ScenarioError
from tests.alice import NOW_MS, PATHS
from tests.scenarios.toml import as_toml

FOLDER = Path(__file__).parents[2] / "scenarios"
FILES = sorted(FOLDER.glob("*.toml"))
RICH = """
title = "All that a file may say"
story = "x"
seed = 3
clock = { offset_ms = -1, rate = 2.5 }
behaviour = { signature_position = "last", no_loan = "refuse" }
[limits]
papi_weight_per_ip = 300
sapi_weight_per_ip = 1
sapi_weight_per_uid = 2
spot_weight_per_ip = 1
offences_before_ban = 1
first_ban_s = 1
longest_ban_s = 9
[generate]
accounts = 2
each = { records = 2, since = 0, until = 2026-01-01T00:00:00Z, loan = true, keys = ["HMAC"] }
[[accounts]]
uid = 7
portfolio_margin = true
loan = { asset = "BTC", amount = "0.5" }
generate = { records = 2, since = 1999-12-31T23:59:59.999+14:00, until = 1767225600000, keys = ["Ed25519"] }
[[accounts.keys]]
type = "HMAC"
api_key = "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
secret = "s"
permissions = ["enableReading"]
allowed_ips = ["127.0.0.1"]
[[accounts.records]]
startTime = 1
endTime = 2
details = [{ asset = "ETH", negativeBalance = 1.5, negativeMaxThreshold = 0 }]
[[faults]]
name = "slow"
effect = { type = "latency", ms = 5 }
endpoint = "pm_loan"
gateway = "SAPI"
api_key = "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
since_ms = 0
until_ms = 1800000000000
every = 2
chance = 0.5
times = 3
[[timeline]]
says = "the loan is paid back"
after_s = 30.5
account = 7
portfolio_margin = false
loan = { asset = "BTC", amount = "0" }
key = "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
permissions = []
[[timeline]]
at = 2026-01-01T00:00:00Z
lasts_s = 60
faults = [{ effect = { type = "latency", ms = 1 } }]
"""
TABLES: list[dict[str, Any]] = [
    tomllib.loads(text, parse_float=Decimal) for text in (RICH, *(file.read_text(encoding="utf-8") for file in FILES))
]

WORDS = st.sampled_from(
    ["", "HMAC", "RSA", "Ed25519", "zero", "last", "0", "-1", "1e3", ".", "a\n", "\0", "k" * 64]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = (
    st.sampled_from([0, 1, -1, 1 << 31, (1 << 63) - 1, 1 << 63, 1 << 64, -(1 << 63) - 1, 10**18, 10**40, 10**4_000])
    | st.integers()
    | st.decimals(-10, 10, places=3)
    | st.sampled_from([Decimal(text) for text in ("nan", "inf", "-inf", "-0.0", "1e-9", "1e61", "1e-400", "1e400")])
)
MOMENTS = (
    st.datetimes(timezones=st.sampled_from([None, UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))]))
    | st.dates()
    | st.times()
    | st.sampled_from([datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=23))), date(9999, 12, 31), time(0)])
)
VALUES = st.recursive(
    st.booleans() | NUMBERS | WORDS | MOMENTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=4,
)


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Give every place in a tree: what it is in, and its name or number there."""
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in list(steps):
        yield node, step
        yield from places(value)


@st.composite
def mutated_scenarios(draw: st.DrawFn, *, max_changes: int = 4) -> str:
    """Draw a scenario of ours with up to `max_changes` values dropped, renamed, doubled, moved or replaced.

    It shrinks to the first scenario with one value dropped.
    """
    table = deepcopy(draw(st.sampled_from(TABLES)))
    for _ in range(draw(st.integers(1, max_changes))):
        where = list(places(table))
        if not where:
            break
        inside, step = draw(st.sampled_from(where))
        match draw(st.sampled_from(["drop", "replace", "rename", "double", "move"])):
            case "drop":
                del inside[step]
            case "replace":
                inside[step] = draw(VALUES)
            case "rename" if isinstance(inside, dict):
                inside[draw(WORDS)] = inside.pop(step)
            case "double" if isinstance(inside, list):
                inside.append(deepcopy(inside[step]))
            case _:
                other, place = draw(st.sampled_from(where))
                inside[step] = deepcopy(other[place]) if place in other or isinstance(other, list) else draw(VALUES)
    return as_toml(table)


def read(text: str) -> Scenario | None:
    """Read a scenario as `mockex serve` does, or give None where it is refused with one printable sentence."""
    file = FOLDER / "mutated.toml"
    try:
        scenario = scenarios.parse(text, file)
        scenarios.check_keys(file, scenario)
    except ScenarioError as refused:
        said = str(refused)
        assert said.startswith(f"{file}: ")
        assert said.isprintable(), said
        return None
    return scenario


def is_small(scenario: Scenario) -> bool:
    """Say whether all that is to be generated is made in no time."""
    wanted = [account.generate for account in scenario.accounts if account.generate is not None]
    wanted += [scenario.generate.each] * min(scenario.generate.accounts, 1_000) if scenario.generate is not None else []
    return len(wanted) < 10 and all(one.records < 50 and "RSA" not in one.keys and len(one.keys) < 9 for one in wanted)


def serve(scenario: Scenario) -> None:
    """Open a scenario and call it with each of its keys, at once and a minute later."""
    exchange = Exchange(CATALOGUE, open_world("default", scenario, CATALOGUE, NOW_MS))
    api_keys = [key.api_key for account in scenario.accounts for key in account.keys]
    for at_ms in (NOW_MS, NOW_MS + 60_000):
        server_ms = exchange.world.clock.now_ms(at_ms)
        for target in (
            "/api/v3/time",
            *(f"{path}?timestamp={server_ms}&startTime=0&endTime=1&signature=AAAA" for path in PATHS.values()),
        ):
            for api_key in (None, *api_keys[:4]):
                request = Request(method="GET", target=target, received_at_ms=at_ms, api_key=api_key)
                assert exchange.handle(request).body is not None
        for account in exchange.world.accounts.values():
            assert account.holds["negative_balance_exchange_record"].between(0, (1 << 63) - 1) is not None


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=mutated_scenarios())
@example(text='title = "x"\n"a\\u000A" = 1\n')
@example(text='title = "x"\nclock = { rate = nan }\n')
def test_changed_scenario_is_served_or_refused(text: str) -> None:
    """Whatever was changed, reading raises nothing but ScenarioError, and what is read can be generated and served."""
    scenario = read(text)
    if scenario is not None and is_small(scenario):
        serve(scenarios.expanded(scenario, scenario.seed))


@settings(max_examples=150, deadline=None)
@given(
    file=st.sampled_from(FILES),
    cut=st.tuples(st.integers(0, 1_200), st.integers(0, 40)),
    pasted=st.sampled_from([*"\"'[]{}=.,#\n\r\0\\\ufeff\x7f", "[[", '"""', "inf", "1979-"]) | st.text(max_size=3),
)
def test_torn_file_is_served_or_refused(file: Path, cut: tuple[int, int], pasted: str) -> None:
    """A file in whose middle some letters are replaced is still a scenario, or is refused with one sentence."""
    text = file.read_text(encoding="utf-8")
    start, length = cut
    scenario = read(text[:start] + pasted + text[start + length :])
    if scenario is not None and is_small(scenario):
        serve(scenarios.expanded(scenario, scenario.seed))


@pytest.mark.parametrize("table", TABLES, ids=["rich", *(file.stem for file in FILES)])
def test_unchanged_scenario_is_read_as_it_was(table: dict[str, Any]) -> None:
    """Writing TOML and reading it again changes nothing, so that what is refused above is refused for its changes."""
    assert tomllib.loads(as_toml(table), parse_float=Decimal) == table
    assert read(as_toml(table)) is not None
