"""What is told of a machine is what kind it is; instructions are counted where they can be."""

import platform
import shutil
import subprocess

import pytest

from tests.bench import instructions
from tests.bench.machine import this_machine


def test_a_machine_is_told_by_its_kind() -> None:
    """Its cores, memory and versions; not its name."""
    machine = this_machine("wrk")
    assert machine.cores >= 1
    assert machine.memory_gib > 0
    assert machine.python == f"{platform.python_implementation()} {platform.python_version()}"
    assert {"mockex", "aiohttp", "msgspec"} <= machine.packages.keys()
    assert platform.node() not in str(machine).split()


def answered(monkeypatch: pytest.MonkeyPatch, code: int, *said: str) -> list[str]:
    """Count instructions with a valgrind that ends so and says this; gives the costs, or what was said instead."""
    answers = iter(said)
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/valgrind")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], code, "", next(answers)))
    told: list[str] = []
    return [f"{cost.value} {cost.title}" for cost in instructions.costs(told.append)] or told[-1:]


def test_instructions_are_those_of_the_calls_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What more calls take more than few; the imports are in both."""
    few, many = "==1== I   refs:      1,000,000,000", "==1== I   refs:      1,020,000,000"
    assert answered(monkeypatch, 0, few, many) == [
        "100.0 instructions of one call in the core, thousands (valgrind)",
    ]


def test_who_cannot_count_instructions_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether valgrind fails or is not there; the run goes on."""
    assert answered(monkeypatch, 1, "I refs: 1", "I refs: 2") == ["instructions: valgrind cannot count them here"]
    monkeypatch.setattr(shutil, "which", lambda _: None)
    told: list[str] = []
    assert list(instructions.costs(told.append)) == []
    assert told == ["instructions: valgrind is not installed"]
