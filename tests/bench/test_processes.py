"""Server processes are watched and ended whole."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import processes
from tests.bench.processes import (
    cpu_s,
    environment,
    free_port,
    last_line,
    members,
    resident_mib,
    running,
    told,
    wait_until_it_answers,
)

SERVER = """
import socket, subprocess, sys, time{more}
while time.process_time() < 0.1:
    pass
child = subprocess.Popen([sys.executable, "-c", "import select; select.select([], [], [], 30)"])
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listening:
    while True:
        line, _ = listening.accept()
        line.recv(100)
        line.sendall(b"HTTP/1.1 200 OK\\r\\n")
"""
DEAF = "; import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"


def command(port: int, more: str = "") -> list[str]:
    """Give what starts a server with a child of its own."""
    return [sys.executable, "-c", SERVER.replace("{more}", more), str(port)]


@pytest.mark.parametrize("more", ["", DEAF], ids=["kind", "deaf"])
def test_a_server_is_ended_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str) -> None:
    """Also where it does not hear SIGTERM; while it runs its CPU and memory are known."""
    monkeypatch.setattr(processes, "ENDING_S", 0.2 if more else 10.0)
    port = free_port()
    with running(command(port, more), tmp_path) as process:
        wait_until_it_answers(process, port, b"hello", 20)
        assert len(members(process.pid)) == 2
        assert 0.05 < cpu_s(process.pid) < 5
        assert 2 < resident_mib(process.pid) < 200
    assert members(process.pid) == []
    assert process.returncode is not None


def test_ports_are_none_that_connections_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a connection to a server that does not listen yet may be answered by itself; one that is taken is left."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    assert max(processes.PORTS) < max(lowest, 32_768)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port()))
        port, another = taken.getsockname()[1], free_port()
        offered = iter([port, port, another])
        monkeypatch.setattr("random.choice", lambda _: next(offered))
        assert free_port() == another


def test_a_server_that_ends_at_its_start_is_not_waited_for(tmp_path: Path) -> None:
    """What it said last is told, without the folders of this machine."""
    code = f"import sys; sys.exit('no such option in {tmp_path}/x')"
    with running([sys.executable, "-c", code], tmp_path) as process, pytest.raises(OSError, match="it ended with 1"):
        wait_until_it_answers(process, free_port(), b"", 20)
    assert last_line(tmp_path) == "no such option in …/x"


def test_a_server_that_does_not_listen_is_given_up(tmp_path: Path) -> None:
    """After the time that it is given."""
    code = "import sys; sys.stdin.read(); import threading; threading.Event().wait()"
    with running([sys.executable, "-c", code], tmp_path) as process, pytest.raises(TimeoutError, match="not listen"):
        wait_until_it_answers(process, free_port(), b"", 0.01)


def test_children_hear_nothing_of_our_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither that no .pyc files are to be written, which would make each start slow, nor how mockex is set."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("MOCKEX_SEED", "5")
    assert environment() == {**environment(), "PATH": os.environ["PATH"], "PYTHONPATH": str(processes.ROOT)}
    assert not {"PYTHONDONTWRITEBYTECODE", "MOCKEX_SEED"} & environment().keys()


CLEANS_UP = """
import os, pathlib, signal, sys
from tests.bench.processes import interrupted_by_sigterm
interrupted_by_sigterm()
try:
    os.kill(os.getppid(), signal.SIGUSR1)
    signal.pause()
except KeyboardInterrupt:
    pathlib.Path(sys.argv[1]).touch()
"""


def test_a_program_of_ours_is_ended_with_time_to_clean_up(tmp_path: Path) -> None:
    """It may have servers running: where a run is interrupted, they are ended too."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            told([sys.executable, "-c", CLEANS_UP, str(tmp_path / "cleaned")])
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert (tmp_path / "cleaned").exists()


def test_a_program_of_ours_that_fails_is_no_answer() -> None:
    """Its exit code is looked at, not only what it printed."""
    assert told([sys.executable, "-c", "print(5)"]) == b"5\n"
    with pytest.raises(subprocess.CalledProcessError):
        told([sys.executable, "-c", "import sys; print(5); sys.exit(3)"])
