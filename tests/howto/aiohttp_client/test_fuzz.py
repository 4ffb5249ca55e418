"""The client, driven through whatever Hypothesis draws: worlds, times, limits, faults."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from unittest.mock import patch

from aiohttp import ClientSession
from client import Client, ExchangeError

from mockex.fuzzing import Claims, Target, fuzz
from mockex.testing import LiveWorld

CLAIMS = Claims(key_types=("HMAC",), resynchronises=False, splits_ranges=False, remembers_limits=False)


@asynccontextmanager
async def client_of(target: Target) -> AsyncIterator[Client]:
    """Make a client whose clock is the target's."""
    with patch("client.time", target), patch("client.sleep", target.asleep):
        async with ClientSession() as session:
            yield Client(session, target.url, target.api_key, target.secret or "")


def test_client_survives(mockex_server: LiveWorld) -> None:
    """It gives what is true, or an ExchangeError that is due."""
    fuzz(client_of, errors=ExchangeError, claims=CLAIMS, server=mockex_server)
