"""The clock of a world in the place of a client's own."""

import asyncio
from unittest.mock import patch

from mockex.testing import LiveExchange

NEW_YEAR_MS = 1_767_225_600_000


async def test_clock_stands_in_for_the_sleep_of_asyncio() -> None:
    """Who sleeps moves the clock on and lets others have their turn, also where everybody's sleep is the clock's."""
    others: list[str] = []
    with LiveExchange("quiet") as exchange:
        exchange.clock.freeze(at=NEW_YEAR_MS)
        with patch("asyncio.sleep", exchange.clock.asleep):
            asyncio.get_running_loop().call_soon(others.append, "a turn")
            await asyncio.sleep(30)
        assert (exchange.clock.now_ms, others) == (NEW_YEAR_MS + 30_000, ["a turn"])
