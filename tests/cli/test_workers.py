"""`mockex serve --workers N`: processes that share a port and nothing else, and that end together."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from signal import SIGINT, SIGKILL, SIGTERM, Signals
from time import monotonic, sleep
from typing import Any

import pytest

from mockex.cli import cli
from mockex.errors import MockexError
from mockex.server.workers import Workers
from tests.cli.running import PATIENCE_S, Server, connected, get, mockex, refused, serving, signed_get, signer_of
from tests.cli.test_ending import AT_ONCE_S, address_of, answer_on, call_in_flight, is_quiet_and_good

TWO = ("--workers", "2")
MANY = 64
"""Calls on so many connections do not all come to the same of two processes."""


@contextmanager
def working(*arguments: str, variables: dict[str, str] | None = None) -> Iterator[tuple[Server, dict[str, Any]]]:
    """Run a server with its workers; whatever is wrong with them, none is left behind."""
    with serving("--port", "0", "--json", *arguments, variables=variables) as server:
        hello = server.hello()
        watchdog = threading.Timer(PATIENCE_S, kill, (hello["workers"],))
        watchdog.start()
        try:
            yield server, hello
        finally:
            watchdog.cancel()
            kill(hello["workers"])


def kill(pids: list[int]) -> None:
    """End processes that are there still."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, SIGKILL)


def used_weights(url: str) -> list[int]:
    """Make calls, each on a connection of its own; gives which weight each is told to have used."""
    weights = []
    for _ in range(MANY):
        connection = connected(url)
        connection.request("GET", "/papi/v1/ping")
        weights.append(int(connection.getresponse().headers["X-MBX-USED-WEIGHT-1M"]))
        connection.close()
    return weights


def is_there(pid: int) -> bool:
    """Say whether a process runs, or has not been waited for."""
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def is_over(url: str) -> bool:
    """Wait until nobody listens any more."""
    deadline = monotonic() + PATIENCE_S
    while monotonic() < deadline:
        try:
            socket.create_connection(address_of(url)).close()
        except ConnectionRefusedError:
            return True
        sleep(0.02)
    return False


def test_budgets_are_counted_by_each() -> None:
    """Two workers answer, each with a weight of its own: a limit is in effect up to two times as large."""
    with working(*TWO) as (_, hello):
        weights = used_weights(hello["url"])
    assert sorted(weights) != list(range(1, MANY + 1))
    assert set(weights) == set(range(1, max(weights) + 1))
    assert MANY / 2 <= max(weights) < MANY


def test_one_worker_counts_all() -> None:
    """`--workers 1` is no different from none: one process, one budget, and it is asked and told under /_mockex/."""
    with serving("--port", "0", "--json", variables={"MOCKEX_WORKERS": "1"}) as server:
        hello = server.hello()
        assert used_weights(hello["url"]) == list(range(1, MANY + 1))
        assert get(hello["url"], "/_mockex/health")[0] == 200
    assert "workers" not in hello


def test_workers_serve_as_one_does() -> None:
    """Signed calls are let in by whomever they come to; /_mockex/ is a path that the exchange does not have."""
    with working(variables={"MOCKEX_WORKERS": "2"}) as (server, hello):
        assert len({server.process.pid, *hello["workers"]}) == 3
        signer = signer_of(hello["keys"][0])
        assert {signed_get(hello["url"], signer)[0] for _ in range(10)} == {200}
        assert "--workers" in refused("health", "--url", hello["url"])


@pytest.mark.parametrize("signum", [SIGINT, SIGTERM])
def test_a_signal_ends_them_all(signum: Signals) -> None:
    """A signal to the server ends it with 0, in silence, and leaves no worker behind."""
    with working(*TWO) as (server, hello):
        assert all(is_there(pid) for pid in hello["workers"])
        ended = server.end(signum)
    assert is_quiet_and_good(ended), ended
    assert ended.seconds < AT_ONCE_S
    assert not any(is_there(pid) for pid in hello["workers"])


def test_a_call_in_flight_gets_its_answer_from_a_worker() -> None:
    """Between the signal and the end, the call is answered, and no connection is taken in by anybody."""
    with working(*TWO) as (server, hello):
        url = hello["url"]
        with call_in_flight(url) as half:
            since = server.signal(SIGTERM)
            assert is_over(url)
            assert server.process.poll() is None
            half.sendall(b"1&")
            answer = answer_on(half)
            ended = server.ended(since)
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert is_quiet_and_good(ended), ended


def test_a_second_signal_is_passed_on() -> None:
    """A second signal waits for no call in flight."""
    with working(*TWO) as (server, hello):
        url = hello["url"]
        with call_in_flight(url):
            server.signal(SIGINT)
            assert is_over(url)
            ended = server.ended(server.signal(SIGINT))
    assert is_quiet_and_good(ended), ended
    assert ended.seconds < AT_ONCE_S


def test_terminal_tells_the_server_alone() -> None:
    """Ctrl-C goes to a group of processes, and no worker is in the server's: it would take it for a second signal."""
    with working(*TWO) as (_, hello):
        for pid in hello["workers"]:
            assert os.getpgid(pid) == pid


@pytest.mark.parametrize(("signum", "how"), [(SIGKILL, "killed by signal 9"), (SIGTERM, "with exit code 0")])
def test_worker_that_ends_ends_the_rest(signum: Signals, how: str) -> None:
    """Where a worker ends by itself the server does: one sentence that says how, exit code 2, nobody left."""
    with working(*TWO) as (server, hello):
        first, second = hello["workers"]
        assert used_weights(hello["url"])  # both are at work
        os.kill(first, signum)
        ended = server.ended(monotonic())
    assert ended.code == 2
    assert ended.stderr == f"mockex: worker {first} ended by itself, {how}, and with it the others\n"
    assert not is_there(first)
    assert not is_there(second)


def test_workers_do_not_outlive_their_server() -> None:
    """A server that is killed, and can tell nobody anything, takes its workers along."""
    with working(*TWO) as (server, hello):
        url = hello["url"]
        assert used_weights(url)
        server.end(SIGKILL)
        assert is_over(url)


def test_port_of_workers_is_nobody_elses() -> None:
    """A second server does not slip in among the workers of the first."""
    with working(*TWO) as (_, hello):
        port = str(address_of(hello["url"])[1])
        for more in ((), ("--workers", "2")):
            sentence = refused("serve", "--port", port, *more)
            assert sentence == f"cannot listen on 127.0.0.1 port {port}: Address already in use"


CONFLICTS = [
    ("--control-port", "0"),
    ("--control-token", "token"),
    ("--dump-state", "state.json"),
]


@pytest.mark.parametrize("other", CONFLICTS, ids=[option for option, _ in CONFLICTS])
def test_what_would_reach_one_worker_is_refused(other: tuple[str, str]) -> None:
    """What asks or writes one process's worlds does not go with several."""
    sentence = refused("serve", "--port", "0", "--workers", "2", *other)
    assert sentence.startswith("--workers goes with neither")
    assert other[0] in sentence


@pytest.mark.parametrize("number", ["0", "65", "two"])
def test_number_of_workers_has_its_bounds(number: str) -> None:
    """From 1 to 64."""
    assert "--workers" in refused("serve", "--port", "0", "--workers", number)


def test_workers_need_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that lacks it is told of in a sentence."""
    monkeypatch.delattr(os, "fork")
    with pytest.raises(MockexError, match="needs fork and SO_REUSEPORT, which this system does not have"):
        cli.main(["serve", "--port", "0", "--workers", "2"], standalone_mode=False, obj={})


def test_greeting_says_what_is_not_shared() -> None:
    """Who is greeted is told that each worker counts for itself."""
    with serving("--port", "0", "--workers", "3") as server:
        lines = until_a_call(server)
        assert server.end().code == 0
    assert any(line.startswith("3 workers: each counts weight, bans and faults for itself") for line in lines)


def until_a_call(server: Server) -> list[str]:
    """Read the greeting up to its first call."""
    lines: list[str] = []
    while "A first signed call:" not in lines:
        lines.append(server.line())
    return lines


def test_help_says_what_is_not_shared() -> None:
    """So is who asks for help."""
    assert "counts weight, bans and faults for itself" in " ".join(mockex("serve", "--help").stdout.split())


def test_a_child_that_is_no_worker_ends_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever starts the server may leave it a child of another kind: its end is no worker's."""
    workers = Workers.__new__(Workers)
    workers.pids, workers._is_told = [11], False
    held, workers._held = os.pipe()
    ends = iter([(10, 0), (11, 0)])
    monkeypatch.setattr(os, "wait", lambda: next(ends))
    with pytest.raises(MockexError, match="worker 11 ended by itself"):
        workers.wait()
    os.close(held)
