"""Drives python-binance: its synchronous client, or with the argument `async` its asynchronous one."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from typing import Any

from binance.async_client import AsyncClient
from binance.client import BaseClient, Client
from binance.exceptions import BinanceAPIException
from driving import Job, drive, private_key_of

LOAN = ("get", "portfolio/pmLoan")


def point(job: Job) -> None:
    """Point both clients at the exchange."""
    BaseClient.API_URL = f"{job['url']}/api"
    BaseClient.MARGIN_API_URL = f"{job['url']}/sapi"
    BaseClient.PAPI_URL = f"{job['url']}/papi"


def questions(job: Job) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Ask NEG by its method; LOAN by `_request_margin_api`, for want of a method."""
    point(job)
    client = Client(job["api_key"], job["secret"], private_key=private_key_of(job))
    yield "NEG", lambda: client.papi_get_portfolio_negative_balance_exchange_record(**job["range"])
    yield "LOAN", lambda: client._request_margin_api(*LOAN, signed=True, data={})


def questions_async(job: Job) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Ask the same, awaiting the answers."""
    point(job)
    with asyncio.Runner() as runner:
        client = runner.run(AsyncClient.create(job["api_key"], job["secret"], private_key=private_key_of(job)))
        yield "NEG", lambda: runner.run(client.papi_get_portfolio_negative_balance_exchange_record(**job["range"]))
        yield "LOAN", lambda: runner.run(client._request_margin_api(*LOAN, signed=True, data={}))
        runner.run(client.close_connection())


def described(error: Any) -> dict[str, int | None]:
    """Read the exchange's code and the HTTP status."""
    return {"code": error.code, "status": error.status_code}


if __name__ == "__main__":
    drive(questions_async if "async" in sys.argv[1:] else questions, BinanceAPIException, described)
