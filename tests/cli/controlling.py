"""Runs commands against a live exchange of the test's own process."""

import json
from typing import Any

from mockex.testing import LiveExchange
from tests.cli.running import PM_LOAN, get, mockex, refused

NEW_YEAR = "2026-01-01T00:00:30Z"
NEW_YEAR_MS = 1_767_225_630_000


class Controlled:
    """A live exchange, and what commands say of it; its clock stands still at the new year."""

    def __init__(self, exchange: LiveExchange) -> None:
        self.exchange = exchange
        exchange.exchange.world.clock.set(NEW_YEAR_MS, 0, 0.0)

    def run(self, *arguments: str, code: int = 0, **variables: str) -> str:
        """Run a command that ends with this code and says nothing on stderr; gives what it printed."""
        done = mockex(*arguments, variables={"MOCKEX_URL": self.exchange.url} | variables)
        assert (done.stderr, done.returncode) == ("", code), done.stdout
        return done.stdout

    def said(self, *arguments: str, code: int = 0) -> Any:
        """Run a command with `--json`; gives what it says."""
        printed = self.run(*arguments, "--json", code=code)
        assert printed.count("\n") == 1
        return json.loads(printed)

    def refused(self, *arguments: str, **variables: str) -> str:
        """Run a command that cannot be: one sentence and exit code 2; gives the sentence."""
        return refused(*arguments, variables={"MOCKEX_URL": self.exchange.url} | variables)

    def loan(self, signature: str | None = None, **parameters: object) -> int:
        """Ask for the loan; gives the status."""
        signer = self.exchange.signers()[0]
        query = "&".join(f"{name}={value}" for name, value in {"timestamp": NEW_YEAR_MS, **parameters}.items())
        signed = signer.signed(query) if signature is None else f"{query}&signature={signature}"
        return get(self.exchange.url, f"{PM_LOAN}?{signed}", {"X-MBX-APIKEY": signer.api_key})[0]
