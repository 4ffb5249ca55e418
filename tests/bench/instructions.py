"""Instructions of a call in the core, counted by valgrind where it is installed: the same on a busy machine."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from tempfile import TemporaryDirectory

from tests.bench.figures import Cost
from tests.bench.fleet import Say
from tests.bench.processes import ROOT, environment

FEW, MANY = 50, 250
COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")


def costs(say: Say) -> Iterator[Cost]:
    """Count what more calls cost more than few, which leaves out the imports."""
    if shutil.which("valgrind") is None:
        say("instructions: valgrind is not installed")
        return
    say("inside: instructions, by valgrind")
    few, many = counted(FEW), counted(MANY)
    if few is None or many is None:
        say("instructions: valgrind cannot count them here")
        return
    instructions = (many - few) / (MANY - FEW)
    yield Cost("instructions", "instructions of one call in the core, thousands (valgrind)", instructions / 1_000, "")


def counted(calls: int) -> int | None:
    """Count the instructions of a process that makes so many calls; None where valgrind cannot run this Python."""
    command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", sys.executable]
    with TemporaryDirectory(prefix="mockex-bench-") as folder:
        done = subprocess.run(
            [*command, "-m", "tests.bench.inside.some_calls", str(calls)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=environment() | {"PYTHONHASHSEED": "0", "TMPDIR": folder},
            check=False,
        )
    found = COUNTED.search(done.stderr)
    return int(found[1].replace(",", "")) if found and done.returncode == 0 else None
