"""`make bench` says in one sentence what it cannot do, and what it can, it does at the size of its options."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.bench import __main__ as command
from tests.bench import page
from tests.bench.__main__ import Asked, main
from tests.bench.figures import Cost, stored
from tests.bench.runs import run_of
from tests.bench.servers import QUICK, SERVERS

ASKED = Asked(False, False, False, (), False, None, None, False)

Run = Callable[..., tuple[int | str | None, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command; gives its exit code and what it said."""
    before = signal.getsignal(signal.SIGTERM)

    def run(*words: str) -> tuple[int | str | None, str]:
        monkeypatch.setattr("sys.argv", ["bench", *words])
        try:
            with pytest.raises(SystemExit) as ended:
                main()
        finally:
            signal.signal(signal.SIGTERM, before)
        told = capsys.readouterr()
        return ended.value.code, told.err or told.out

    return run


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--only", "wiremok"), "bench: there is no server wiremok; there are mockex, aiohttp, "),
        (("--fast",), "bench: No such option"),
        (("--rounds", "none"), "bench: Invalid value for '--rounds'"),
        (("--rounds", "0"), "bench: Invalid value for '--rounds'"),
        (("somewhere",), "bench: Got unexpected extra argument (somewhere)"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(run: Run, words: tuple[str, ...], said: str) -> None:
    """And exit code 2."""
    code, told = run(*words)
    assert code == 2
    assert told.startswith(said)
    assert told.count("\n") == 1


def test_who_has_no_proc_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """CPU and memory could not be read."""
    monkeypatch.setattr(command, "PROC", Path("nowhere"))
    assert run("--quick") == (2, "bench: this needs Linux: CPU and memory of servers are read from /proc\n")


def test_the_page_is_written_anew_without_a_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """From what was measured last."""
    written: list[object] = []
    monkeypatch.setattr(page, "write", written.append)
    assert run("--render") == (0, "wrote docs/performance.md\n")
    assert written == [stored()]


@pytest.mark.parametrize("word", ["--quick", "--costs", "--no-peers", "--python-loader", "--only=raw"])
def test_only_what_is_whole_makes_the_page(run: Run, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """A part of a run changes neither the page nor the figures that it is made of."""
    monkeypatch.setattr(command, "run", lambda *_: run_of({}))
    monkeypatch.setattr(page, "write", pytest.fail)
    code, told = run(word)
    assert code == 0
    assert "raw asyncio protocol" in told


def test_an_interrupted_run_ends_with_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM ends it as Ctrl-C does, so that the servers are ended as well."""
    monkeypatch.setattr(command, "run", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    assert run("--quick")[0] == 130


def test_options_choose_the_servers() -> None:
    """The bare handler is always among them."""

    def names(**changes: object) -> list[str]:
        return [server.name for server in replace(ASKED, **changes).servers()]

    assert names() == [server.name for server in SERVERS]
    assert sorted(names(quick=True)) == sorted(QUICK)
    assert names(only=("wiremock",)) == ["aiohttp", "wiremock"]
    assert names(costs=True) == []
    assert {server.family for server in replace(ASKED, no_peers=True).servers()} == {"mockex", "floor"}


def test_a_quick_run_measures_a_group_in_a_process_of_its_own() -> None:
    """What it prints is read back as costs."""
    costs = command.inside("imports", quick=True)
    assert [type(cost) for cost in costs] == [Cost, Cost]
