"""Running a project's tests as its owner would: in its own folder, without a plugin that it has not asked for."""

import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OPTIONS = ("-p", "no:cacheprovider", "-p", "mockex.pytest_plugin", "-rs", "--color=no")


def run(project: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Run the tests of a project with this interpreter; mockex is found where this one found it."""
    theirs = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "MOCKEX_"))}
    variables = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "NO_PROXY": "*", "COLUMNS": "80"}
    return subprocess.run(
        [sys.executable, "-B", "-m", "pytest", *OPTIONS, *options],
        cwd=project,
        env=theirs | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def summary(told: str) -> str:
    """Give the last line of a run, without its time: how many passed, failed, were skipped or warned."""
    return re.sub(r" in [0-9.]+s.*", "", told.splitlines()[-1]).strip("= ")
