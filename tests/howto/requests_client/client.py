"""A small client of two signed calls, with requests."""

import hmac
import time
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import requests


class ExchangeError(Exception):
    """A call that came to nothing; status and code are None where the exchange said none."""

    def __init__(self, status: int | None, code: int | None, msg: str) -> None:
        super().__init__(f"{status} {code}: {msg}")
        self.status, self.code = status, code


class Client:
    """A client of one account, with an HMAC key."""

    def __init__(self, url: str, api_key: str, secret: str) -> None:
        self.url, self.secret = url, secret.encode()
        self.session = requests.Session()
        self.session.headers["X-MBX-APIKEY"] = api_key

    def loan(self) -> dict[str, Any]:
        """Ask what the account owes."""
        return self._ask("/sapi/v1/portfolio/pmLoan")

    def records(self, start_ms: int, end_ms: int) -> list[dict[str, Any]]:
        """Ask for the auto exchanges of a time, amounts as Decimals."""
        path = "/papi/v1/portfolio/negative-balance-exchange-record"
        return list(self._ask(path, startTime=start_ms, endTime=end_ms)["rows"])

    def _ask(self, path: str, tries: int = 2, **parameters: object) -> dict[str, Any]:
        query = urlencode({**parameters, "timestamp": int(time.time() * 1_000)})
        signature = hmac.new(self.secret, query.encode(), "sha256").hexdigest()
        try:
            answer = self.session.get(f"{self.url}{path}?{query}&signature={signature}", timeout=10)
            if answer.status_code == 429 and tries > 1:
                time.sleep(int(answer.headers.get("Retry-After", "60")))
                return self._ask(path, tries - 1, **parameters)
            said: dict[str, Any] = answer.json(parse_float=Decimal)
        except (requests.RequestException, ValueError) as error:
            raise ExchangeError(None, None, f"no answer that can be read: {error}") from error
        if answer.ok:
            return said
        raise ExchangeError(answer.status_code, said.get("code"), said.get("msg", ""))
