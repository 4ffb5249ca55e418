"""Runs `python -m mockex` in a process of its own, and ends every one that it started."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from signal import Signals
from time import monotonic
from typing import IO, Any
from urllib.parse import urlsplit

from msgspec import Struct

from mockex.signer import Signer

ROOT = Path(__file__).parents[2]
MOCKEX = (sys.executable, "-W", "default", "-m", "mockex")
"""Warnings are shown, so that a test that wants stderr empty hears of a socket that was left open."""

PATIENCE_S = 30.0
PM_LOAN = "/sapi/v1/portfolio/pmLoan"


def environment(variables: dict[str, str] | None = None) -> dict[str, str]:
    """Give this process's variables without its MOCKEX_* ones, and with these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOCKEX_", "PYTHON"))}
    return kept | {"PYTHONPATH": str(ROOT)} | (variables or {})


def mockex(
    *arguments: str, variables: dict[str, str] | None = None, folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*MOCKEX, *arguments],
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=PATIENCE_S,
        env=environment(variables),
        cwd=folder,
        check=False,
    )


def refused(*arguments: str, variables: dict[str, str] | None = None, folder: Path = ROOT) -> str:
    """Run a command that must not work: exit code 2, nothing on stdout, one sentence on stderr; gives the sentence."""
    told = mockex(*arguments, variables=variables, folder=folder)
    assert told.stdout == ""
    assert told.stderr.startswith("mockex: "), told.stderr
    assert told.stderr.count("\n") == 1, told.stderr
    assert told.stderr.endswith("\n")
    assert told.returncode == 2
    return told.stderr.removeprefix("mockex: ").rstrip("\n")


class Ended(Struct, frozen=True):
    """How a server ended: its exit code, what it still printed, and how long it took from the signal on."""

    code: int
    stdout: str
    stderr: str
    seconds: float


class Server:
    """A `mockex serve` that runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    @property
    def stdout(self) -> IO[str]:
        """What it prints."""
        assert self.process.stdout is not None
        return self.process.stdout

    def line(self) -> str:
        """Read one line; where it ends without one, fail with what it said instead."""
        line = self.stdout.readline()
        assert line.endswith("\n"), f"ended with {self.process.wait()}: {self.errors()}"
        return line.rstrip("\n")

    def hello(self) -> dict[str, Any]:
        """Read the line that `--json` prints."""
        read: dict[str, Any] = json.loads(self.line())
        return read

    def errors(self) -> str:
        """Read all that it ever says on stderr; waits for its end."""
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def signal(self, signum: Signals) -> float:
        """Send a signal to this very process; gives the time."""
        self.process.send_signal(signum)
        return monotonic()

    def ended(self, since: float) -> Ended:
        """Wait for the end."""
        code = self.process.wait()
        seconds = monotonic() - since
        return Ended(code, self.stdout.read(), self.errors(), seconds)

    def end(self, signum: Signals = Signals.SIGTERM) -> Ended:
        """Send a signal and wait for the end."""
        return self.ended(self.signal(signum))


@contextmanager
def serving(
    *arguments: str,
    variables: dict[str, str] | None = None,
    folder: Path = ROOT,
    program: tuple[str, ...] = MOCKEX,
) -> Iterator[Server]:
    """Run `mockex serve`; whatever happens, and however long it is silent, it ends."""
    process = subprocess.Popen(
        [*program, "serve", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(variables),
        cwd=folder,
    )
    watchdog = threading.Timer(PATIENCE_S, process.kill)
    watchdog.start()
    try:
        yield Server(process)
    finally:
        watchdog.cancel()
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def connected(url: str) -> HTTPConnection:
    """Open a connection to a server."""
    address = urlsplit(url)
    assert address.hostname is not None
    return HTTPConnection(address.hostname, address.port, timeout=PATIENCE_S)


def get(url: str, target: str, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """GET; gives the status and the JSON of the body."""
    connection = connected(url)
    try:
        connection.request("GET", target, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def signer_of(key: dict[str, str]) -> Signer:
    """Make a signer of nothing but what `serve --json` says of a key."""
    file = key.get("private_key_file")
    private_key = None if file is None else Path(file).read_text(encoding="ascii")
    return Signer(api_key=key["api_key"], secret=key.get("secret"), private_key=private_key)


def signed_get(url: str, by: Signer, path: str = PM_LOAN, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """Make a signed call at the exchange's own time."""
    _, time = get(url, "/api/v3/time")
    target = f"{path}?{by.signed('timestamp={serverTime}'.format(**time))}"
    return get(url, target, {"X-MBX-APIKEY": by.api_key} | (headers or {}))
