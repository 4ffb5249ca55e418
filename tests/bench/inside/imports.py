"""What imports take, in fresh processes whose files are warm; the plugin's beside pytest, which is there already."""

import subprocess
import sys
from collections.abc import Iterator
from statistics import median

from tests.bench.figures import Cost
from tests.bench.processes import environment

TURNS, TURNS_QUICK = 15, 5
PROGRAM = "{before}; from time import perf_counter as now; began = now(); import {module}; print(now() - began)"


def costs(*, quick: bool) -> Iterator[Cost]:
    """Time each import from inside of its process."""
    turns = TURNS_QUICK if quick else TURNS
    yield Cost("import.mockex", "`import mockex`", imported_ms("pass", "mockex", turns), "ms")
    plugin_ms = imported_ms("import pytest", "mockex.pytest_plugin", turns)
    yield Cost("import.plugin", "`import mockex.pytest_plugin`, where pytest is imported already", plugin_ms, "ms")


def imported_ms(before: str, module: str, turns: int) -> float:
    """Give the median time of an import; the first warms the files."""
    command = [sys.executable, "-c", PROGRAM.format(before=before, module=module)]
    runs = [subprocess.run(command, check=True, env=environment(), stdout=subprocess.PIPE) for _ in range(turns + 1)]
    return median(float(run.stdout) for run in runs[1:]) * 1_000
