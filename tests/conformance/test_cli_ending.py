"""A run that is interrupted ends at once, and leaves no process behind."""

import os
import subprocess
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM, Signals

import pytest

from tests.cli.running import MOCKEX, PATIENCE_S, ROOT, environment
from tests.conformance.adapters import FIRST, adapter

MUTE = """
import subprocess, threading
CHILD = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])

def told(ask):
    with open(sys.argv[1], "w") as told:
        told.write(f"{os.getpid()} {CHILD.pid}")
    threading.Event().wait(300)
"""
"""Tells the ids of its processes when it is asked, and then nothing."""


def lives(pid: int) -> bool:
    """Say whether there is such a process; one that has ended may wait for somebody to ask how."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(("signum", "code"), [(SIGINT, 130), (SIGTERM, 143)])
def test_interrupted_run_leaves_no_process_behind(signum: Signals, code: int, tmp_path: Path) -> None:
    """Neither an adapter that is waited for, nor what it has started; and there is no trace, but the exit code."""
    pipe = tmp_path / "pids"
    os.mkfifo(pipe)
    command = [*MOCKEX, "conformance", "--only", FIRST, "--patience", "200", "--", *adapter(tmp_path, MUTE), str(pipe)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), cwd=ROOT
    ) as process:
        try:
            pids = [int(pid) for pid in pipe.read_text(encoding="ascii").split()]
            assert [lives(pid) for pid in pids] == [True, True]
            process.send_signal(signum)
            stdout, stderr = process.communicate(timeout=PATIENCE_S)
        except BaseException:
            process.send_signal(SIGKILL)
            raise
    assert (process.returncode, stdout, stderr.strip()) == (code, "", "")
    assert [lives(pid) for pid in pids] == [False, False]


def test_what_an_adapter_has_started_ends_with_it(tmp_path: Path) -> None:
    """Also where the adapter itself ends as it should, and a run that nobody interrupts is over."""
    note = tmp_path / "pids"
    child = f"""
import subprocess
CHILD = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], stdout=subprocess.DEVNULL)
open({str(note)!r}, "w").write(str(CHILD.pid))
"""
    done = subprocess.run(
        [*MOCKEX, "conformance", "--only", FIRST, "--lanes", "1", "--", *adapter(tmp_path, child)],
        capture_output=True,
        timeout=PATIENCE_S,
        env=environment(),
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 1
    assert not lives(int(note.read_text()))
