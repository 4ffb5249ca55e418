"""What anybody on the machine can see of a client's processes: how each of them was called."""

import contextlib
import os
import shlex
from pathlib import Path

from mockex.conformance.run import COMMAND

PROCESSES = Path("/proc")
"""Linux tells of processes here; where there is nothing, nothing is seen."""


def command_lines(group: int) -> list[str]:
    """Give the command lines of a process and of all that it has started."""
    found: list[str] = []
    for folder in PROCESSES.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.getpgid(int(folder.name)) == group:
                found.append(command_line(folder))
    return found


def children(parent: int) -> list[str]:
    """Give the command lines of what a process has started, and what that has."""
    parents: dict[int, int] = {}
    for folder in PROCESSES.glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            about = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            parents[int(folder.name)] = int(about.rpartition(")")[2].split()[1])
    found: list[str] = []
    for process in parents:
        if _descends(process, parent, parents):
            with contextlib.suppress(OSError):
                found.append(command_line(PROCESSES / str(process)))
    return found


def _descends(process: int, parent: int, parents: dict[int, int]) -> bool:
    for _generation in parents:  # they were not read at one moment: there might be a circle
        process = parents.get(process, 0)
        if process == parent:
            return True
    return False


def command_line(folder: Path) -> str:
    """Read how a process was called."""
    words = (folder / "cmdline").read_text(encoding="utf-8", errors="replace").rstrip("\0").split("\0")
    return COMMAND + shlex.join(words)
