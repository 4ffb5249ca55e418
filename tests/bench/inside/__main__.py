"""Measures one group of costs, and prints them as JSON: `python -m tests.bench.inside GROUP [quick]`."""

import sys
from contextlib import suppress
from importlib import import_module

from msgspec import json

from tests.bench.processes import interrupted_by_sigterm

if __name__ == "__main__":
    interrupted_by_sigterm()
    group = import_module(f"tests.bench.inside.{sys.argv[1]}")
    with suppress(KeyboardInterrupt):
        print(json.encode(list(group.costs(quick="quick" in sys.argv))).decode())
