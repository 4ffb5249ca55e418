"""Chance and order are functions of the seed: two processes that are asked the same write the same journal."""

import os
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec import json, structs

from mockex import scenarios
from mockex.core.exchange import Exchange
from mockex.core.journal import Entry
from mockex.core.scenario import ClockSpec, HmacKey
from mockex.core.world import open_world
from mockex.endpoints import CATALOGUE
from mockex.endpoints.keyless import KEYLESS
from tests.alice import NOW_MS, request

ROOT = Path(__file__).parents[2]
RECORDS: dict[str, Any] = {"startTime": 1767225600000, "endTime": 1767225660000}


def journal(seed: int, received_at_ms: int) -> list[Entry]:
    """Ask a world of bad weather for everything, many times, and give what it wrote down."""
    spec = structs.replace(scenarios.read("bad-weather"), clock=ClockSpec(frozen_at=NOW_MS))
    world = open_world("default", spec, CATALOGUE, received_at_ms, seed)
    live, key = (
        Exchange(CATALOGUE, world, count(received_at_ms, 1_000 + received_at_ms % 7).__next__),
        spec.accounts[0].keys[0],
    )
    assert isinstance(key, HmacKey)
    for nth in range(120):
        about: dict[str, Any] = {"received_at_ms": received_at_ms + nth, "nth_on_connection": nth % 6 + 1}
        live.handle(request("PAPI", by=key, **RECORDS, **about))
        live.handle(request("SAPI", by=key, **about))
        live.handle(request("SAPI", by=key, signature="bad" if nth % 2 else None, **about))
        live.handle(request(by=key, target=KEYLESS[nth % len(KEYLESS)].path, **about))
    return list(world.journal)


def comparable(entries: list[Entry]) -> bytes:
    """Write a journal as JSON, the heads as they are sent, without what is the machine's time."""
    return json.encode(
        [
            structs.replace(
                entry,
                took_ns=0,
                request=structs.replace(entry.request, received_at_ms=0),
                reply=structs.replace(entry.reply, head=dict(entry.reply.headers)),
            )
            for entry in entries
        ]
    )


def written(hash_seed: str, seed: int, received_at_ms: int) -> bytes:
    """Let a process of its own write the journal."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.core.test_same_journal", str(seed), str(received_at_ms)],
        env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def test_two_processes_write_the_same_journal() -> None:
    """Their hashes and the times at which they are asked differ; what they answer, and which fault struck, does not."""
    one, other = written("1", 7, NOW_MS), written("2", 7, NOW_MS + 86_400_123)
    assert one == other
    assert one.count(b'"seq":') == 480


def test_another_seed_is_another_hour() -> None:
    """The journals of two seeds differ, and so do those that keep the machine's time."""
    assert comparable(journal(7, NOW_MS)) != comparable(journal(8, NOW_MS))
    assert comparable(journal(7, NOW_MS)) == comparable(journal(7, NOW_MS + 1))
    assert journal(7, NOW_MS) != journal(7, NOW_MS + 1)


@pytest.mark.parametrize(
    "name", ["throttled", "out-of-turn", "reset", "execution-unknown", "html", "late", "cut", "stale"]
)
def test_the_journal_tells_which_fault_struck(name: str) -> None:
    """Every fault of the hour struck at least once, and not every call."""
    strikes = [name in entry.faults for entry in journal(7, NOW_MS)]
    assert 0 < sum(strikes) < len(strikes) / 2


if __name__ == "__main__":
    sys.stdout.buffer.write(comparable(journal(int(sys.argv[1]), int(sys.argv[2]))))
