"""Plain clients that do no more than ask, and tell of what came to nothing: honest, and to be blamed for little."""

import json
import ssl
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import aiohttp
import requests
from yarl import URL

from mockex.fuzzing import Target

LOAN, RECORDS = "/sapi/v1/portfolio/pmLoan", "/papi/v1/portfolio/negative-balance-exchange-record"
TIMEOUT_S = 1.0


class PlainError(Exception):
    """A call came to nothing."""

    def __init__(self, text: str, status: int | None = None, code: Any = None) -> None:
        super().__init__(text)
        self.status, self.code = status, code


def url(target: Target, path: str, **parameters: Any) -> str:
    """Give what is asked, signed."""
    query = urlencode(parameters | {"timestamp": round(target.time() * 1_000)})
    return f"{target.url}{path}?{target.signer.signed(query)}"


def understood(status: int, body: str, *members: str) -> Any:
    """Read an answer that has these members. Raises PlainError."""
    try:
        said = json.loads(body, parse_float=Decimal)
        if status == 200:
            return {name: said[name] for name in members}
        code = said.get("code")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PlainError(f"unreadable: {type(error).__name__}", status) from None
    raise PlainError("refused", status, code)


class PlainThreads:
    """A client of threads: requests, its connections kept."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.session = requests.Session()
        self.session.headers.update(target.signer.headers)

    def __enter__(self) -> "PlainThreads":
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def loan(self) -> Any:
        """Ask for the loan."""
        return self._ask(url(self.target, LOAN), "asset", "amount")

    def records(self, start_ms: int, end_ms: int) -> Any:
        """Ask for records."""
        return self._ask(url(self.target, RECORDS, startTime=start_ms, endTime=end_ms), "rows")

    def _ask(self, signed: str, *members: str) -> Any:
        try:
            trust = self.target.ca_file or True
            with self.session.get(signed, timeout=TIMEOUT_S, allow_redirects=False, verify=trust) as response:
                return understood(response.status_code, response.text, *members)
        except requests.RequestException as error:
            raise PlainError(type(error).__name__) from None


class PlainLoop:
    """A client of a loop: aiohttp, its connections kept, many calls at once."""

    def __init__(self, target: Target) -> None:
        self.target = target

    async def __aenter__(self) -> "PlainLoop":
        trust = ssl.create_default_context(cafile=self.target.ca_file) if self.target.ca_file else True
        self.session = aiohttp.ClientSession(
            headers=self.target.signer.headers,
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            connector=aiohttp.TCPConnector(ssl=trust),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def loan(self) -> Any:
        """Ask for the loan."""
        return await self._ask(url(self.target, LOAN), "asset", "amount")

    async def records(self, start_ms: int, end_ms: int) -> Any:
        """Ask for records."""
        return await self._ask(url(self.target, RECORDS, startTime=start_ms, endTime=end_ms), "rows")

    async def _ask(self, signed: str, *members: str) -> Any:
        try:
            async with self.session.get(URL(signed, encoded=True), allow_redirects=False) as response:
                return understood(response.status, await response.text(), *members)
        except (aiohttp.ClientError, OSError) as error:
            raise PlainError(type(error).__name__) from None
