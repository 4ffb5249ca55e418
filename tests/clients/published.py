"""The published clients that are graded, each with its environment and its adapter.

`python -m tests.clients.published NAME` becomes the adapter of one, in the same words on every machine.
"""

import os
import sys
from pathlib import Path
from tempfile import gettempdir

from msgspec import Struct

from tests.clients.environments import NPM_PINS, PINS, interpreter, node, packages

ADAPTERS = Path(__file__).parent / "adapters"


class Published(Struct, frozen=True):
    """A client: the environment it is installed in, and its adapter with its arguments."""

    environment: str
    adapter: str
    arguments: tuple[str, ...] = ()

    def command(self) -> list[str]:
        """Give what starts the adapter, in a clean process environment: no proxy, no .netrc, no user site."""
        clean = ["env", "-i", f"PATH={os.defpath}", f"HOME={gettempdir()}/mockex-no-home", "NO_PROXY=*"]
        file = str(ADAPTERS / self.adapter)
        if self.environment in PINS:
            python = interpreter(self.environment, PINS[self.environment])
            return [*clean, str(python), "-s", file, *self.arguments]
        return [*clean, node(), file, str(packages(self.environment, NPM_PINS[self.environment])), *self.arguments]


CLIENTS = {
    "binance-sdk": Published("binance-sdk", "adapt_binance_sdk.py"),
    "binance-connector": Published("binance-connector", "adapt_binance_connector.py"),
    "python-binance": Published("python-binance", "adapt_python_binance.py"),
    "python-binance-async": Published("python-binance", "adapt_python_binance.py", ("async",)),
    "ccxt": Published("ccxt", "adapt_ccxt.py"),
    "ccxt-async": Published("ccxt", "adapt_ccxt.py", ("async",)),
    "npm-binance-sdk": Published("npm-binance-sdk", "adapt_binance_sdk.mjs"),
    "npm-connector": Published("npm-connector", "adapt_connector.mjs"),
    "npm-binance": Published("npm-binance", "adapt_binance.mjs"),
}


def pins_of(name: str) -> list[tuple[str, str]]:
    """Give the packages of a client with their versions."""
    pins = [pin.replace("==", "@").rpartition("@") for pin in (PINS | NPM_PINS)[CLIENTS[name].environment]]
    return [(package, version) for package, _, version in pins]


if __name__ == "__main__":
    started = CLIENTS[sys.argv[1]].command()
    os.execvp(started[0], started)  # noqa: S606 - no shell is wanted between mockex and the adapter
