"""Break one rule at a time, each as tests/mutants.toml says, and see that the test named there turns red.

`python tests/mutants.py [WORD…]` tries those whose `breaks` has every word, or all of them. Exit 1 where one survives.
With MUTANTS_SHARE=2 it tries every second one, and at the next commit the others.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
NEEDED = (
    "mockex",
    "tests",
    "fixtures",
    "scenarios",
    "docs",
    "pyproject.toml",
    "Makefile",
    "README.md",
    "CONTRIBUTING.md",
    "LICENSE",
)
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "node_modules")
ALL_TESTS_FAILED_TO_FAIL, SOME_FAILED = 0, 1
TIMEOUT_S = 120


def ran(test: str, copy: Path) -> "subprocess.CompletedProcess[str] | None":
    """Run tests in a copy of the tree; None where they do not end, which is no passing either."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *test.split()]
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return None


def tried(mutant: dict[str, str]) -> str | None:
    """Break the rule in a copy of the tree and run its test; gives what is wrong with the mutant, or None."""
    with TemporaryDirectory(prefix="mockex-mutant-") as folder:
        copy = Path(folder)
        for name in NEEDED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=LEFT_OUT)
            else:
                shutil.copy(source, copy / name)
        file = copy / mutant["file"]
        text = file.read_text(encoding="utf-8")
        if text.count(mutant["old"]) != 1:
            return f"its old text stands {text.count(mutant['old'])} times in {mutant['file']}"
        file.write_text(text.replace(mutant["old"], mutant["new"]), encoding="utf-8")
        done = ran(mutant["test"], copy)
        if done is not None and done.returncode != SOME_FAILED:
            done = ran(mutant["test"], copy)  # what Hypothesis draws is not the same twice, nor how a server breaks
    if done is None or done.returncode == SOME_FAILED:
        return None
    last = (done.stdout.strip().splitlines() or [done.stderr.strip()[-200:]])[-1]
    return "it survives" if done.returncode == ALL_TESTS_FAILED_TO_FAIL else f"pytest could not run: {last}"


def commits() -> int:
    """Count the commits, so that each tries another share."""
    counted = subprocess.run(
        ["git", "rev-list", "--count", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return int(counted.stdout)


def main(words: list[str]) -> int:
    """Try the mutants and print a line for each that is wrong."""
    mutants = tomllib.loads((ROOT / "tests" / "mutants.toml").read_text(encoding="utf-8"))["mutant"]
    chosen = [mutant for mutant in mutants if all(word in mutant["breaks"] for word in words)]
    share = int(os.environ.get("MUTANTS_SHARE", "1"))
    if share > 1:
        chosen = chosen[commits() % share :: share]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        wrongs = list(pool.map(tried, chosen))
    alive = 0
    for mutant, wrong in zip(chosen, wrongs, strict=True):
        if wrong:
            alive += 1
            print(f"NOT KILLED  {mutant['breaks']}: {wrong} ({mutant['test']})")
    print(f"{len(chosen) - alive} mutants killed, {alive} not")
    return 1 if alive or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
