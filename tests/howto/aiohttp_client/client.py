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


class ExchangeError(Exception):
    """A call that came to nothing: the exchange's code, or None, and its msg."""


class Client:
    """A client of one account, with an HMAC key; whoever made the session closes it."""

    def __init__(self, session: ClientSession, url: str, api_key: str, secret: str) -> None:
        self.session, self.url, self.api_key, self.secret = session, url, api_key, secret.encode()

    async def loan(self) -> dict[str, Any]:
        """Ask what the account owes."""
        return await self._ask("/sapi/v1/portfolio/pmLoan")

    async def records(self, start_ms: int, end_ms: int) -> list[dict[str, Any]]:
        """Ask for the auto exchanges of a time, amounts as Decimals."""
        path = "/papi/v1/portfolio/negative-balance-exchange-record"
        return list((await self._ask(path, startTime=start_ms, endTime=end_ms))["rows"])

    async def _ask(self, path: str, tries: int = 2, **parameters: object) -> dict[str, Any]:
        query = urlencode({**parameters, "timestamp": int(time.time() * 1_000)})
        signature = hmac.new(self.secret, query.encode(), "sha256").hexdigest()
        url = URL(f"{self.url}{path}?{query}&signature={signature}", encoded=True)
        try:
            async with self.session.get(url, headers={"X-MBX-APIKEY": self.api_key}) as answer:
                said: dict[str, Any] = json.loads(await answer.text(), parse_float=Decimal)
            wait_s = int(answer.headers.get("Retry-After", "60"))
        except (ClientError, TimeoutError, ValueError) as error:
            raise ExchangeError(None, f"no answer that can be read: {error}") from error
        if answer.status == 429 and tries > 1:
            await sleep(wait_s)
            return await self._ask(path, tries - 1, **parameters)
        if answer.ok:
            return said
        raise ExchangeError(said.get("code"), said.get("msg", ""))
