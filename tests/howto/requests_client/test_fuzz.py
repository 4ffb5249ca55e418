"""The client, driven through whatever Hypothesis draws: worlds, times, limits, faults."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from client import Client, ExchangeError

from mockex.fuzzing import Claims, Target, fuzz
from mockex.testing import LiveWorld

CLAIMS = Claims(key_types=("HMAC",), resynchronises=False, splits_ranges=False, remembers_limits=False)


@contextmanager
def client_of(target: Target) -> Iterator[Client]:
    """Make a client whose clock is the target's."""
    with patch("client.time", target):
        yield Client(target.url, target.api_key, target.secret or "")


def test_client_survives(mockex_server: LiveWorld) -> None:
    """It gives what is true, or an ExchangeError that is due."""
    fuzz(client_of, errors=ExchangeError, claims=CLAIMS, server=mockex_server)
