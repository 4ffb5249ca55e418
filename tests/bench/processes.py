"""Server processes: started in a session of their own, watched in /proc, ended whole."""

import os
import random
import select
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

ROOT = Path(__file__).parents[2]
PROC = Path("/proc")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
MIB_PER_PAGE = os.sysconf("SC_PAGE_SIZE") / (1 << 20)
SESSION, UTIME, CSTIME, RSS = 3, 11, 14, 21
"""Places in /proc/PID/stat, counted from the state, which stands behind the name."""

ENDING_S = 5.0
PORTS = range(20_000, 32_000)
"""Below those that connections come from: who asks again and again for one of these may be connected to himself."""

LEFT_OUT = ("PYTHON", "MOCKEX", "VIRTUAL_ENV")


def environment() -> dict[str, str]:
    """Give the variables of a child: nothing that changes Python or mockex, and where this checkout is."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)}
    return kept | {"PYTHONPATH": str(ROOT), "NO_PROXY": "*"}


@contextmanager
def running(command: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in a folder, in a session of its own, until the block ends; what it prints is kept in `log`."""
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        end(process)


def told(command: Sequence[str]) -> bytes:
    """Run a program of ours, and give what it prints. Where we are interrupted it is ended, with time to clean up."""
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            out, _ = process.communicate()
        finally:
            end(process)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return out


def interrupted_by_sigterm() -> None:
    """From now on SIGTERM ends this process as Ctrl-C does, so that what it has started is ended too."""

    def interrupt(_signum: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process with all of its session: kindly at first, then for good."""
    for signum in (signal.SIGTERM, signal.SIGKILL):
        until = time.monotonic() + ENDING_S
        for pid in members(process.pid):
            _signal_and_wait(pid, signum, until)
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, until - time.monotonic()))
        if not members(process.pid):
            return


def _signal_and_wait(pid: int, signum: signal.Signals, until: float) -> None:
    """Signal a process, which need not be a child of ours, and wait until it has ended, but not for ever."""
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            signal.pidfd_send_signal(handle, signum)
            select.select([handle], [], [], max(0.0, until - time.monotonic()))
        finally:
            os.close(handle)


def _stat(pid: int) -> list[str] | None:
    try:
        return (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None  # it has just ended


def _stats(session: int) -> dict[int, list[str]]:
    """Read what is known of each living process of a session; who has ended and was not yet buried does not live."""
    pids = (int(one.name) for one in PROC.iterdir() if one.name.isdigit())
    found = {pid: stat for pid in pids if (stat := _stat(pid)) is not None}
    return {pid: stat for pid, stat in found.items() if int(stat[SESSION]) == session and stat[0] != "Z"}


def members(session: int) -> list[int]:
    """Name the living processes of a session."""
    return list(_stats(session))


def cpu_s(session: int) -> float:
    """Add up the CPU that the processes of a session have taken, and their children that have ended."""
    return sum(int(ticks) for stat in _stats(session).values() for ticks in stat[UTIME : CSTIME + 1]) / TICKS_PER_S


def machine_cpu_s() -> float:
    """Add up the CPU that everybody on this machine has taken, and what a hypervisor kept."""
    user, nice, system, _idle, _wait, *rest = (
        int(ticks) for ticks in (PROC / "stat").read_text(encoding="ascii").partition("\n")[0].split()[1:9]
    )
    return (user + nice + system + sum(rest)) / TICKS_PER_S


def resident_mib(session: int) -> float:
    """Add up the memory that the processes of a session hold; what two of them share counts twice."""
    return sum(int(stat[RSS]) for stat in _stats(session).values()) * MIB_PER_PAGE


def free_port() -> int:
    """Find a port that nobody listens on, and that the kernel gives to no connection meanwhile."""
    while True:
        port = random.choice(PORTS)  # noqa: S311 - nothing secret
        with socket.socket() as listening, suppress(OSError):
            listening.bind(("127.0.0.1", port))
            return port


def last_line(folder: Path) -> str:
    """Give the last that a process has printed, without what is another on each machine."""
    lines = (folder / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].replace(str(ROOT), "…").replace(str(folder), "…")[:160] if lines else "it printed nothing"


def wait_until_it_answers(process: subprocess.Popen[bytes], port: int, request: bytes, patience_s: float) -> float:
    """Wait until something listens, and give when; then until it answers a call. Raises OSError where it does not."""
    until = time.perf_counter() + patience_s
    line = _connected(process, port, until)
    connected_at = time.perf_counter()
    with line:
        line.settimeout(patience_s)
        line.sendall(request)
        status, _, _ = line.recv(65_536).partition(b"\r\n")
        if b" 200 " not in status:
            raise ConnectionError(f"its first answer is {status.decode(errors='replace')!r}")
    return connected_at


def _connected(process: subprocess.Popen[bytes], port: int, until: float) -> socket.socket:
    while time.perf_counter() < until:
        line = socket.socket()
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if line.connect_ex(("127.0.0.1", port)) == 0:
            return line
        line.close()
        if process.poll() is not None:
            raise ConnectionError(f"it ended with {process.returncode}")
        time.sleep(0.000_3)
    raise TimeoutError("it does not listen")
