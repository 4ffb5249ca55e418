"""Published clients, as they are published: the documented answers arrive, and a wrong signature is their own error.

Every client asks both questions with every key type; what it lacks is a method, never an answer:

| client            | NEG                                                | LOAN                                   |
| ----------------- | -------------------------------------------------- | -------------------------------------- |
| binance-sdk       | method                                             | method                                 |
| python-binance    | method                                             | `_request_margin_api`, as it has none  |
| ccxt              | raw `request`, as its method asks SAPI for it      | method                                 |
| binance-connector | `sign_request`, as it has none and knows no PAPI   | method                                 |

NEG is `GET /papi/v1/portfolio/negative-balance-exchange-record`, LOAN is `GET /sapi/v1/portfolio/pmLoan`.
"""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from msgspec import Struct

from mockex.testing import LiveExchange
from tests.clients.driving import NEG_PATH, leaves_as_repr
from tests.clients.jobs import KEY_TYPES, jobs

HERE = Path(__file__).parent
PATHS = {"NEG": NEG_PATH, "LOAN": "/sapi/v1/portfolio/pmLoan"}

ANSWERS = {
    "NEG": """{"total":2,"rows":[
        {"startTime":1736263046841,"endTime":1736263248179,
         "details":[{"asset":"ETH","negativeBalance":18,"negativeMaxThreshold":5}]},
        {"startTime":1736184913252,"endTime":1736184965474,
         "details":[{"asset":"BNB","negativeBalance":1.10264488,"negativeMaxThreshold":0}]}]}""",
    "LOAN": '{"asset":"BUSD","amount":"579.45"}',
}
"""As the two documentation pages show them."""


class Published(Struct, frozen=True):
    """A client: its environment and driver, the error of its own that a -1022 becomes, and what it asks when opened.

    `status` is None where the error does not carry the HTTP status.
    """

    environment: str
    command: tuple[str, ...]
    error: str
    status: int | None
    asks_first: tuple[str, ...] = ()


CLIENTS = {
    "binance-sdk": Published(
        "binance-sdk", ("drive_binance_sdk.py",), "binance_common.errors.BadRequestError", status=None
    ),
    "python-binance": Published(
        "python-binance",
        ("drive_python_binance.py",),
        "binance.exceptions.BinanceAPIException",
        status=400,
        asks_first=("/api/v3/ping",),
    ),
    "python-binance async": Published(
        "python-binance",
        ("drive_python_binance.py", "async"),
        "binance.exceptions.BinanceAPIException",
        status=400,
        asks_first=("/api/v3/ping", "/api/v3/time"),
    ),
    "ccxt": Published("ccxt", ("drive_ccxt.py",), "ccxt.base.errors.AuthenticationError", status=None),
    "ccxt async": Published("ccxt", ("drive_ccxt.py", "async"), "ccxt.base.errors.AuthenticationError", status=None),
    "binance-connector": Published(
        "binance-connector", ("drive_binance_connector.py",), "binance.error.ClientError", status=400
    ),
}


class Run(Struct, frozen=True):
    """What came of running a client: what it said of each job and question, and the paths it asked, in order."""

    client: Published
    said: dict[tuple[str, str, str], dict[str, Any]]
    asked: tuple[str, ...]


@pytest.fixture(scope="session", params=CLIENTS.values(), ids=list(CLIENTS))
def run(
    request: pytest.FixtureRequest,
    exchange: LiveExchange,
    drive: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """Run a client's driver once, with every job."""
    client: Published = request.param
    script, *arguments = client.command
    told = jobs(exchange, tmp_path_factory.mktemp("keys"))
    with patch.object(exchange.exchange, "handle", wraps=exchange.exchange.handle) as handle:
        heard = "".join(f"{json.dumps(job)}\n" for job in told.values())
        done = drive(client.environment, str(HERE / script), *arguments, heard=heard)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # no warning either
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    asked = [(half, key_type, question) for half, key_type in told for question in PATHS]
    assert [line.pop("question") for line in lines] == [question for *_, question in asked]
    paths = (call.args[0].target.partition("?")[0] for call in handle.call_args_list)
    return Run(client, dict(zip(asked, lines, strict=True)), tuple(paths))


each_key_type = pytest.mark.parametrize("key_type", KEY_TYPES)
each_question = pytest.mark.parametrize("question", PATHS)


@each_key_type
@each_question
def test_the_documented_answer_comes_back_number_for_number(run: Run, key_type: str, question: str) -> None:
    """The client hands over what the documentation page shows, every leaf by its repr: 18 is neither 18.0 nor "18"."""
    assert run.said["right", key_type, question] == {"answer": leaves_as_repr(json.loads(ANSWERS[question]))}


@each_key_type
@each_question
def test_a_signature_by_a_wrong_key_is_the_clients_own_error_with_code_1022(
    run: Run, key_type: str, question: str
) -> None:
    """A secret or private key that is not the key's own makes the client raise its typed error."""
    error = {"class": run.client.error, "code": -1022, "status": run.client.status}
    assert run.said["wrong", key_type, question] == {"error": error}


def test_the_exchange_hears_the_opening_calls_and_the_two_questions_only(run: Run) -> None:
    """For each of the six jobs, what the client asks when it is opened, then NEG, then LOAN, once each."""
    assert run.asked == (*run.client.asks_first, *PATHS.values()) * 2 * len(KEY_TYPES)


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_a_driver_ends_its_client_before_it_reaches_another_machine(
    drive: Callable[..., subprocess.CompletedProcess[str]], client: Published
) -> None:
    """Told an address that is not loopback (one set aside for documentation), no client gets to connect to it."""
    stray = {
        "url": "http://192.0.2.1:9",
        "key_type": "HMAC",
        "api_key": "k" * 64,
        "secret": "s",
        "private_key_file": None,
        "range": {"startTime": 0, "endTime": 1},
    }
    script, *arguments = client.command
    done = drive(client.environment, str(HERE / script), *arguments, heard=f"{json.dumps(stray)}\n")
    assert done.returncode != 0
    assert "RuntimeError: 192.0.2.1 is not this machine" in done.stderr
    assert done.stdout == ""
