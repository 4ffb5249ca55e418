"""The official SDKs, tried on an exchange of mockex: every test has a fresh one, which no other sees."""

from unittest.mock import patch

import pytest
from binance_common.errors import BadRequestError, TooManyRequestsError
from client import Client

from mockex.testing import LiveWorld


@pytest.fixture
def client(mockex_world: LiveWorld) -> Client:
    """Give a client with the key of the test's own exchange."""
    signer = mockex_world.signer("HMAC")
    return Client(mockex_world.url, signer.api_key, signer.secret or "")


def test_loan(client: Client, mockex_world: LiveWorld) -> None:
    """What the account owes arrives digit for digit, after one call."""
    mockex_world.loan = {"asset": "USDT", "amount": "250.50"}
    assert client.loan() == ("USDT", "250.50")
    mockex_world.verify(count=1, endpoint="pm_loan", status=200)


def test_records(client: Client) -> None:
    """The scenario `documented` has two records, the newer one first."""
    assert client.exchanged_assets(1736184913252, 1736263046841) == ["ETH", "BNB"]


@pytest.mark.mockex("rate-storm", frozen_at="2026-01-01T00:00:30Z", expects=[-1003])
def test_429_says_how_long_to_wait(client: Client, mockex_world: LiveWorld) -> None:
    """Two calls a minute are allowed; the third hears how long to wait, and who waits is let in."""
    with patch("binance_common.utils.time", mockex_world.clock):
        client.loan()
        client.loan()
        with pytest.raises(TooManyRequestsError) as caught:
            client.loan()
        assert caught.value.retry_after == 30
        mockex_world.clock.sleep(caught.value.retry_after)
        assert client.loan() == ("BUSD", "579.45")
    mockex_world.verify(order=({"status": 429}, {"status": 200}))


def test_clock_that_is_behind(client: Client, mockex_world: LiveWorld) -> None:
    """A call that comes ten seconds late is refused, and that is expected: or the test would fail, as it is strict."""
    mockex_world.clock.skew(seconds=10)
    with mockex_world.refuses(code=-1021), pytest.raises(BadRequestError) as caught:
        client.loan()
    assert caught.value.status_code == -1021


@pytest.mark.mockex(frozen_at="2026-01-01T00:00:00Z", faults=["overloaded nth=1", "hang-up nth=2"])
def test_bad_weather(client: Client, mockex_world: LiveWorld) -> None:
    """The SDK tries again by itself after a 503 and after a connection that closes; its pauses take no time here."""
    with patch("binance_common.utils.time", mockex_world.clock):
        assert client.loan() == ("BUSD", "579.45")
    mockex_world.verify(count=3, endpoint="pm_loan")
    assert mockex_world.clock.now.isoformat() == "2026-01-01T00:00:03+00:00"


@pytest.mark.mockex(faults=["html"])
def test_page_of_html(client: Client) -> None:
    """What is no JSON comes out of the SDK as a ValueError, which is none of its own errors."""
    with pytest.raises(ValueError, match="Expecting value"):
        client.loan()
