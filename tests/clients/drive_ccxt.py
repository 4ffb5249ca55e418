"""Drives ccxt: its synchronous client, or with the argument `async` its asynchronous one."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import ccxt
import ccxt.async_support
from driving import Job, drive, private_key_of

NEG = ("portfolio/negative-balance-exchange-record", ["papi"], "GET")


def opened(module: Any, job: Job) -> Any:
    """Open a client all of whose addresses are the exchange's; a private key goes where the secret would."""
    client = module.binance({"apiKey": job["api_key"], "secret": job["secret"] or private_key_of(job)})
    client.urls["api"] = {name: job["url"] + urlsplit(url).path for name, url in client.urls["api"].items()}
    return client


def questions(job: Job) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Ask NEG by the raw `request`, for want of a method; LOAN by its method."""
    client = opened(ccxt, job)
    yield "NEG", lambda: client.request(*NEG, job["range"])
    yield "LOAN", client.sapi_get_portfolio_pmloan


def questions_async(job: Job) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Ask the same, awaiting the answers."""
    with asyncio.Runner() as runner:
        client = opened(ccxt.async_support, job)
        yield "NEG", lambda: runner.run(client.request(*NEG, job["range"]))
        yield "LOAN", lambda: runner.run(client.sapi_get_portfolio_pmloan())
        runner.run(client.close())


def described(error: Any) -> dict[str, int | None]:
    """Find the exchange's code in the error's text, which is `binance ` and the body; ccxt has no attribute for it."""
    return {"code": json.loads(str(error).removeprefix("binance "))["code"], "status": None}


if __name__ == "__main__":
    drive(questions_async if "async" in sys.argv[1:] else questions, ccxt.BaseError, described)
