"""On what kind of machine a run was made: what it is, never which one."""

import os
import platform
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from tests.bench.figures import Machine

TOLD = ("mockex", "aiohttp", "msgspec")
PROGRAMS = {"wrk": ["wrk", "-v"], "node": ["node", "--version"], "java": ["java", "-version"]}


def this_machine(loader: str) -> Machine:
    """Look at it."""
    total = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text(encoding="ascii"))
    packages = {name: version(name) for name in TOLD} | {name: _said(command) for name, command in PROGRAMS.items()}
    return Machine(
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=int(total[1]) / (1 << 20) if total else 0.0,
        system=f"{platform.system()} {platform.release().partition('-')[0]}",
        python=f"{platform.python_implementation()} {'.'.join(map(str, sys.version_info[:3]))}",
        packages={name: said for name, said in packages.items() if said},
        loader=loader,
    )


def _cpu() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return " ".join(found[1].split()) if found else platform.machine()


def _said(command: list[str]) -> str:
    """Find a program's version in what it prints; nothing where there is no such program."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return ""
    found = re.search(r"\d+(\.\d+)+", f"{done.stdout}{done.stderr}")
    return found[0] if found else ""
