"""The client, tried on an exchange of mockex: every test has a fresh one, which no other sees."""

from collections.abc import AsyncIterator
from decimal import Decimal
from unittest.mock import patch

import aiohttp
import pytest
import pytest_asyncio
from client import Client, ExchangeError

from mockex.testing import LiveWorld


@pytest_asyncio.fixture
async def client(mockex_world: LiveWorld) -> AsyncIterator[Client]:
    """Give a client with the key of the test's own exchange."""
    signer = mockex_world.signer("HMAC")
    async with aiohttp.ClientSession() as session:
        yield Client(session, mockex_world.url, signer.api_key, signer.secret or "")


async def test_loan(client: Client, mockex_world: LiveWorld) -> None:
    """What the account owes arrives digit for digit, after one call."""
    mockex_world.loan = {"asset": "USDT", "amount": "250.50"}
    assert await client.loan() == {"asset": "USDT", "amount": "250.50"}
    mockex_world.verify(count=1, endpoint="pm_loan", status=200)


async def test_records(client: Client, mockex_world: LiveWorld) -> None:
    """A record that the test adds is found at its time; no digit of its amounts is lost."""
    amounts = {"asset": "ETH", "negativeBalance": Decimal("0.10000000000000000001"), "negativeMaxThreshold": 0}
    mockex_world.add_record({"startTime": 1767225600000, "endTime": 1767225660000, "details": [amounts]})
    (record,) = await client.records(1767225600000, 1767225600000)
    assert record["details"] == [amounts]


@pytest.mark.mockex("rate-storm", frozen_at="2026-01-01T00:00:30Z", expects=[-1003])
async def test_429_is_waited_out(client: Client, mockex_world: LiveWorld) -> None:
    """Two calls a minute are allowed; the third hears Retry-After: 30, sleeps on the world's clock, and is let in."""
    with patch("client.time", mockex_world.clock), patch("client.sleep", mockex_world.clock.asleep):
        for _ in range(3):
            assert (await client.loan())["amount"] == "579.45"
    mockex_world.verify(order=({"status": 429}, {"status": 200}))
    assert mockex_world.clock.now.isoformat() == "2026-01-01T00:01:00+00:00"


async def test_clock_that_is_behind(client: Client, mockex_world: LiveWorld) -> None:
    """A call that comes ten seconds late is refused, and that is expected: or the test would fail, as it is strict."""
    mockex_world.clock.skew(seconds=10)
    with mockex_world.refuses(code=-1021), pytest.raises(ExchangeError, match="-1021"):
        await client.loan()


@pytest.mark.mockex(faults=["html nth=1", "hang-up body_bytes=5 nth=2"])
async def test_bad_weather(client: Client, mockex_world: LiveWorld) -> None:
    """A page of HTML, and a connection that closes within the answer, are the client's own error too."""
    for _ in range(2):
        with pytest.raises(ExchangeError, match="no answer"):
            await client.loan()
    assert [fault.struck for fault in mockex_world.faults] == [1, 1]
    assert (await client.loan())["amount"] == "579.45"
