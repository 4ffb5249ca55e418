"""Every reach at which a test holds an exchange: in a thread, over HTTP, and in the test's own event loop."""

from collections.abc import AsyncIterator

import pytest

from mockex.testing import LiveExchange, LiveWorld, connect


@pytest.fixture(params=["thread", "http", "loop"])
async def held(request: pytest.FixtureRequest) -> AsyncIterator[LiveWorld]:
    """Hold the default world of an exchange."""
    if request.param == "loop":
        async with LiveExchange() as exchange:
            yield exchange
    else:
        with LiveExchange() as exchange:
            yield exchange if request.param == "thread" else connect(exchange.url)
