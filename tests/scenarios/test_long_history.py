"""`long-history`, walked as its story asks: in ranges of at most three months, without losing or doubling a record."""

import os
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from mockex.core.dates import months_later_ms
from tests.scenarios.walking import Walk, read

SINCE_MS, UNTIL_MS = 1754006400000, 1790812799999
"""1 August 2025, and the last millisecond of September 2026."""

DAY_MS = 86_400_000


def ranges(months: int) -> Iterator[tuple[int, int]]:
    """Cut the 14 months into ranges, each beginning a millisecond after the one before has ended."""
    start_ms = SINCE_MS
    while start_ms <= UNTIL_MS:
        end_ms = min(months_later_ms(start_ms, months), UNTIL_MS)
        yield start_ms, end_ms
        start_ms = end_ms + 1


def walked(walk: Walk, months: int) -> list[dict[str, Any]]:
    """Ask range by range; every range's own total must be right."""
    rows: list[dict[str, Any]] = []
    for start_ms, end_ms in ranges(months):
        answer = read(walk.ask("PAPI", startTime=start_ms, endTime=end_ms))
        assert answer["total"] == len(answer["rows"])
        assert all(start_ms <= row["startTime"] <= end_ms for row in answer["rows"])
        starts = [row["startTime"] for row in answer["rows"]]
        assert starts == sorted(starts, reverse=True)
        rows = answer["rows"] + rows
    return rows


@pytest.mark.parametrize("months", [1, 2, 3])
def test_walk_finds_every_record_once(months: int) -> None:
    """Whatever the length of the ranges, all 700 records come, each once, and they lie in all of the 14 months."""
    walk = Walk("long-history")
    (account,) = walk.exchange.world.scenario.accounts
    rows = walked(walk, months)
    assert len(rows) == 700
    held = sorted(account.records, key=lambda record: -record.start_time)  # type: ignore[attr-defined]
    assert [(row["startTime"], row["endTime"]) for row in rows] == [(held.start_time, held.end_time) for held in held]
    monthly = [sum(start <= row["startTime"] <= end for row in rows) for start, end in ranges(1)]
    assert len(monthly) == 14
    assert min(monthly) > 20


def test_every_record_is_one_that_an_exchange_could_have_made() -> None:
    """Each begins before it ends, is of known assets, and has balances above zero and thresholds of at least zero."""
    rows = walked(Walk("long-history"), 3)
    for row in rows:
        assert 0 < row["endTime"] - row["startTime"] <= 600_000
        assert len({detail["asset"] for detail in row["details"]}) == len(row["details"]) > 0
        assert all(detail["negativeBalance"] > 0 <= detail["negativeMaxThreshold"] for detail in row["details"])


def test_seams_belong_to_both_sides() -> None:
    """Both ends of a range are included, so that a client which asks for a seam twice finds its record twice."""
    walk = Walk("long-history")
    seam_ms = walked(walk, 3)[350]["startTime"]
    before = read(walk.ask("PAPI", startTime=seam_ms - DAY_MS, endTime=seam_ms))["rows"]
    after = read(walk.ask("PAPI", startTime=seam_ms, endTime=seam_ms + DAY_MS))["rows"]
    assert before[0] == after[-1]
    assert before[0]["startTime"] == seam_ms


WALK_IT = "from tests.scenarios.test_long_history import digest; print(digest())"


def digest() -> str:
    """Walk the history and hash the very bytes of all answers."""
    walk = Walk("long-history")
    asked = [walk.ask("PAPI", startTime=start_ms, endTime=end_ms).body for start_ms, end_ms in ranges(3)]
    return sha256(b"\n".join([*asked, walk.ask("SAPI").body])).hexdigest()


def test_bytes_are_the_same_in_every_process() -> None:
    """Two processes that hash strings differently, and this one, hear the same bytes."""
    walkers = [
        subprocess.Popen(
            [sys.executable, "-c", WALK_IT],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": "."},
            cwd=Path(__file__).parents[2],
        )
        for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/Los_Angeles"))
    ]
    told = [walker.communicate(timeout=30)[0].strip() for walker in walkers]
    assert told == [digest(), digest()]
