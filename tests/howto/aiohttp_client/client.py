"""A small client of two signed calls, with aiohttp."""

import hmac
import json
import time
from asyncio import sleep
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession
from yarl import URL

PATIENCE_S = 60


class ExchangeError(Exception):
    """A call that came to nothing; status and code are None where the exchange said none."""

    def __init__(self, status: int | None, code: int | None, msg: str) -> None:
        super().__init__(f"{status} {code}: {msg}")
        self.status, self.code = status, code


class Client:
    """A client of one account, with an HMAC key; whoever made the session closes it."""

    def __init__(self, session: ClientSession, url: str, api_key: str, secret: str) -> None:
        self.session, self.url, self.api_key, self.secret = session, url, api_key, secret.encode()

    async def loan(self) -> dict[str, Any]:
        """Ask what the account owes."""
        return await self._ask("/sapi/v1/portfolio/pmLoan", {"asset", "amount"})

    async def records(self, start_ms: int, end_ms: int) -> list[dict[str, Any]]:
        """Ask for the auto exchanges of a time, amounts as Decimals."""
        path = "/papi/v1/portfolio/negative-balance-exchange-record"
        return list((await self._ask(path, {"total", "rows"}, startTime=start_ms, endTime=end_ms))["rows"])

    async def _ask(self, path: str, members: set[str], tries: int = 2, **parameters: object) -> dict[str, Any]:
        query = urlencode({**parameters, "timestamp": int(time.time() * 1_000)})
        signature = hmac.new(self.secret, query.encode(), "sha256").hexdigest()
        url, headers = (
            URL(f"{self.url}{path}?{query}&signature={signature}", encoded=True),
            {"X-MBX-APIKEY": self.api_key},
        )
        try:
            async with self.session.get(url, headers=headers, allow_redirects=False) as answer:
                body = await answer.read()
        except (ClientError, TimeoutError) as error:
            raise ExchangeError(None, None, f"no answer: {type(error).__name__}") from None
        wait = answer.headers.get("Retry-After", "")
        if answer.status == 429 and tries > 1 and wait.isdecimal() and int(wait) <= PATIENCE_S:
            await sleep(int(wait))
            return await self._ask(path, members, tries - 1, **parameters)
        try:
            said = json.loads(body, parse_float=Decimal)
        except (ValueError, RecursionError):
            said = None
        if answer.status == 200 and isinstance(said, dict) and members <= said.keys():
            return said
        code, msg = (said.get("code"), said.get("msg")) if isinstance(said, dict) else (None, None)
        raise ExchangeError(answer.status, code, msg or "no answer that can be read")
