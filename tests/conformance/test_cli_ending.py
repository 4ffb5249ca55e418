"""A run that is interrupted ends at once, and leaves no process behind."""

import contextlib
import os
import pty
import subprocess
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM, Signals
from time import monotonic, sleep

import pytest

from tests.cli.running import MOCKEX, PATIENCE_S, ROOT, environment
from tests.conformance.adapters import FIRST, adapter

HIDE_CURSOR, SHOW_CURSOR = b"\x1b[?25l", b"\x1b[?25h"

MUTE = """
import subprocess, threading
CHILD = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)", sys.argv[1]])

def told(ask):
    open(sys.argv[1], "w").close()
    threading.Event().wait(300)
"""
"""Opens a pipe when it is asked, and tells nothing; it and the process that it starts carry the pipe's name."""

CHILD = """
import subprocess
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)", sys.argv[1]], stdout=subprocess.DEVNULL)
"""


def processes(named: Path) -> list[int]:
    """Find the processes that were started with this name among their arguments."""
    found: list[int] = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if os.fsencode(named) in file.read_bytes().split(b"\0"):
                found.append(int(file.parent.name))
    return found


def ended(named: Path) -> bool:
    """Say whether all of them have ended; one that was killed may still be about to. What has not is ended here."""
    until = monotonic() + PATIENCE_S
    while (left := processes(named)) and monotonic() < until:
        sleep(0.02)
    for pid in left:
        with contextlib.suppress(OSError):
            os.kill(pid, SIGKILL)
    return not left


@pytest.mark.parametrize(("signum", "code"), [(SIGINT, 130), (SIGTERM, 143)])
def test_interrupted_run_leaves_no_process_behind(signum: Signals, code: int, tmp_path: Path) -> None:
    """Neither an adapter that is waited for, nor what it has started; and there is no trace, but the exit code."""
    pipe = tmp_path / "asked"
    os.mkfifo(pipe)
    command = [*MOCKEX, "conformance", "--only", FIRST, "--patience", "200", "--", *adapter(tmp_path, MUTE), str(pipe)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), cwd=ROOT
    ) as process:
        try:
            pipe.read_bytes()
            assert len(processes(pipe)) >= 3
            process.send_signal(signum)
            stdout, stderr = process.communicate(timeout=PATIENCE_S)
        except BaseException:
            process.send_signal(SIGKILL)
            raise
    assert (process.returncode, stdout, stderr.strip()) == (code, "", "")
    assert ended(pipe)


def test_interrupted_run_leaves_the_cursor_as_it_was(tmp_path: Path) -> None:
    """A progress bar hides a terminal's cursor; Ctrl-C shows it again."""
    pipe = tmp_path / "asked"
    os.mkfifo(pipe)
    ours, theirs = pty.openpty()
    command = [*MOCKEX, "conformance", "--only", FIRST, "--", *adapter(tmp_path, MUTE), str(pipe)]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=theirs, env=environment({"TERM": "xterm"}), cwd=ROOT
    ) as process:
        os.close(theirs)
        try:
            pipe.read_bytes()
            process.send_signal(SIGINT)
            assert process.wait(PATIENCE_S) == 130
        except BaseException:
            process.send_signal(SIGKILL)
            raise
    seen = os.read(ours, 65_536)
    os.close(ours)
    assert HIDE_CURSOR in seen
    assert seen.rindex(SHOW_CURSOR) > seen.rindex(HIDE_CURSOR)
    assert ended(pipe)


def test_what_an_adapter_has_started_ends_with_it(tmp_path: Path) -> None:
    """Also where the adapter itself ends as it should, and a run that nobody interrupts is over."""
    name = tmp_path / "its children"
    done = subprocess.run(
        [*MOCKEX, "conformance", "--only", FIRST, "--lanes", "1", "--", *adapter(tmp_path, CHILD), str(name)],
        capture_output=True,
        timeout=PATIENCE_S,
        env=environment(),
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 1
    assert ended(name)
