"""Adapts python-binance: its synchronous client, or with the argument `async` its asynchronous one."""

import ssl
import sys
from typing import Any

import aiohttp
from adapting import ALL_KEYS, Adapter, Question, seconds, speak, weights, window
from binance.async_client import AsyncClient
from binance.client import BaseClient, Client
from binance.exceptions import BinanceAPIException, BinanceRequestException

LOAN = ("get", "portfolio/pmLoan")
FEATURES = (*ALL_KEYS, "recv_window", "parameters", "retry_after", "used_weight", "tls")
Made = tuple[Any, dict[str, int]]


def point(question: Question) -> None:
    """Point both clients at the exchange: their addresses are class attributes."""
    BaseClient.API_URL = f"{question['url']}/api"
    BaseClient.MARGIN_API_URL = f"{question['url']}/sapi"
    BaseClient.PAPI_URL = f"{question['url']}/papi"


def made(question: Question) -> Made:
    """Make the synchronous client, which pings; its methods take a recvWindow."""
    point(question)
    keys = (question["api_key"], question.get("secret"))
    trust = {"verify": question["ca_file"]} if "ca_file" in question else None
    return Client(*keys, requests_params=trust, private_key=question.get("private_key")), window(question)


async def made_async(question: Question) -> Made:
    """Make the asynchronous client, which pings, and asks for the time."""
    point(question)
    keys = (question["api_key"], question.get("secret"))
    trust = None
    if "ca_file" in question:
        context = ssl.create_default_context(cafile=question["ca_file"])
        trust = {"connector": aiohttp.TCPConnector(ssl=context)}
    client = await AsyncClient.create(*keys, session_params=trust, private_key=question.get("private_key"))
    return client, window(question)


def loan(made: Made) -> Any:
    """Ask by `_request_margin_api`, for want of a method."""
    client, window = made
    return client._request_margin_api(*LOAN, signed=True, data=dict(window))


def records(made: Made, start_ms: int, end_ms: int, parameters: dict[str, str]) -> Any:
    """Ask by its method, which sends whatever parameters it is given."""
    client, window = made
    between = {"startTime": start_ms, "endTime": end_ms}
    return client.papi_get_portfolio_negative_balance_exchange_record(**between, **window, **parameters)


def described(error: Any) -> dict[str, Any]:
    """Read code and status; the headers are in the answer that the error holds."""
    if isinstance(error, BinanceRequestException):
        return {}
    return {
        "code": error.code,
        "status": error.status_code,
        "retry_after_s": seconds(error.response.headers),
    }


def used_weight(made: Made) -> Any:
    """Read the headers of the last answer, where its page says that they are."""
    return weights(getattr(made[0].response, "headers", None))


if __name__ == "__main__":
    is_async = "async" in sys.argv[1:]
    speak(
        Adapter(
            package="python-binance",
            name="python-binance async" if is_async else "python-binance",
            features=(*FEATURES, "together") if is_async else FEATURES,
            made=made_async if is_async else made,
            loan=loan,
            records=records,
            errors=(BinanceAPIException, BinanceRequestException),
            described=described,
            closed=lambda made: made[0].close_connection(),
            used_weight=used_weight,
        )
    )
