"""One live exchange, and a way to run programs with the clients' own interpreters; only with `--run-clients`."""

import os
import subprocess
from collections.abc import Callable, Iterator

import pytest

from mockex.testing import LiveExchange
from tests.clients.environments import PINS, interpreter

RUN_TIMEOUT_S = 60


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Collect nothing of this folder unless asked to."""
    return None if config.getoption("--run-clients") else True


@pytest.fixture(scope="session")
def exchange() -> Iterator[LiveExchange]:
    """Serve the scenario `documented` on loopback; all clients together use two thirds of a minute's weight at PAPI."""
    with LiveExchange("documented") as live:
        yield live


@pytest.fixture(scope="session")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a program with a client's interpreter, in a clean process environment: no proxy, no .netrc, no user site."""
    home = tmp_path_factory.mktemp("home")

    def drive(environment: str, *command: str, heard: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(interpreter(environment, PINS[environment])), "-s", *command],
            input=heard,
            capture_output=True,
            text=True,
            timeout=RUN_TIMEOUT_S,
            cwd=home,
            env={"PATH": os.defpath, "HOME": str(home), "NO_PROXY": "*"},
            check=False,
        )

    return drive
