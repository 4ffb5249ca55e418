"""The client, tried on an exchange of mockex: every test has a fresh one, which no other sees."""

from decimal import Decimal
from unittest.mock import patch

import pytest
from client import Client, ExchangeError

from mockex.testing import LiveWorld


@pytest.fixture
def client(mockex_world: LiveWorld) -> Client:
    """Give a client with the key of the test's own exchange."""
    signer = mockex_world.signer("HMAC")
    return Client(mockex_world.url, signer.api_key, signer.secret or "")


def test_loan(client: Client, mockex_world: LiveWorld) -> None:
    """What the account owes arrives digit for digit, after one call."""
    mockex_world.loan = {"asset": "USDT", "amount": "250.50"}
    assert client.loan() == {"asset": "USDT", "amount": "250.50"}
    mockex_world.verify(count=1, endpoint="pm_loan", status=200)


def test_records(client: Client) -> None:
    """The scenario `documented` has one record at this time; no digit of its amounts is lost."""
    (record,) = client.records(1736184913252, 1736184913252)
    assert record["details"][0]["negativeBalance"] == Decimal("1.10264488")


@pytest.mark.mockex("rate-storm", frozen_at="2026-01-01T00:00:30Z", expects=[-1003])
def test_429_is_waited_out(client: Client, mockex_world: LiveWorld) -> None:
    """Two calls a minute are allowed; the third hears Retry-After: 30, sleeps on the world's clock, and is let in."""
    with patch("client.time", mockex_world.clock):
        for _ in range(3):
            assert client.loan()["amount"] == "579.45"
    mockex_world.verify(order=({"status": 429}, {"status": 200}))
    assert mockex_world.clock.now.isoformat() == "2026-01-01T00:01:00+00:00"


def test_clock_that_is_behind(client: Client, mockex_world: LiveWorld) -> None:
    """A call that comes ten seconds late is refused, and that is expected: or the test would fail, as it is strict."""
    mockex_world.clock.skew(seconds=10)
    with mockex_world.refuses(code=-1021), pytest.raises(ExchangeError, match="400 -1021"):
        client.loan()


@pytest.mark.mockex("not-a-pm-account", expects=[-21001])
def test_account_that_may_not_ask(client: Client) -> None:
    """The exchange's own code is in the client's own error."""
    with pytest.raises(ExchangeError) as caught:
        client.loan()
    assert caught.value.code == -21001


@pytest.mark.mockex(faults=["html nth=1", "hang-up nth=2"])
def test_bad_weather(client: Client, mockex_world: LiveWorld) -> None:
    """A page of HTML, and a connection that closes without an answer, are the client's own error too."""
    for _ in range(2):
        with pytest.raises(ExchangeError, match="no answer"):
            client.loan()
    assert [fault.struck for fault in mockex_world.faults] == [1, 1]
    assert client.loan()["amount"] == "579.45"
