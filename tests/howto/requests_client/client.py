"""A small client of two signed calls, with requests."""

import hmac
import time
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import requests

PATIENCE_S = 60


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
        return self._ask("/sapi/v1/portfolio/pmLoan", {"asset", "amount"})

    def records(self, start_ms: int, end_ms: int) -> list[dict[str, Any]]:
        """Ask for the auto exchanges of a time, amounts as Decimals."""
        path = "/papi/v1/portfolio/negative-balance-exchange-record"
        return list(self._ask(path, {"total", "rows"}, startTime=start_ms, endTime=end_ms)["rows"])

    def _ask(self, path: str, members: set[str], tries: int = 2, **parameters: object) -> dict[str, Any]:
        query = urlencode({**parameters, "timestamp": int(time.time() * 1_000)})
        signature = hmac.new(self.secret, query.encode(), "sha256").hexdigest()
        url = f"{self.url}{path}?{query}&signature={signature}"
        try:
            answer = self.session.get(url, timeout=10, allow_redirects=False)  # the key goes nowhere else
        except requests.RequestException as error:
            raise ExchangeError(None, None, f"no answer: {type(error).__name__}") from None
        wait = answer.headers.get("Retry-After", "")
        if answer.status_code == 429 and tries > 1 and wait.isdecimal() and int(wait) <= PATIENCE_S:
            time.sleep(int(wait))
            return self._ask(path, members, tries - 1, **parameters)
        try:
            said = answer.json(parse_float=Decimal)
        except (ValueError, RecursionError):
            said = None
        if answer.status_code == 200 and isinstance(said, dict) and members <= said.keys():
            return said
        code, msg = (said.get("code"), said.get("msg")) if isinstance(said, dict) else (None, None)
        raise ExchangeError(answer.status_code, code, msg or "no answer that can be read")
