"""A thousand worlds on one live server, used at once by parallel clients: nobody sees another's."""

import asyncio
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from mockex.signer import Signer
from mockex.testing import LiveExchange
from tests import alice
from tests.alice import NOW_MS, SAPI_PATH

WORLDS = 1_000
CONNECTIONS = 50
MINUTE_MS = 60_000


@pytest.fixture(scope="module")
def live() -> Iterator[LiveExchange]:
    """Serve Alice's exchange, which is the default that no one is to touch."""
    with LiveExchange(alice.scenario()) as exchange:
        yield exchange


def scenario_of(number: int) -> str:
    """Write a scenario that no other world has: its own loan, its own minute, its own budget."""
    return f"""
title = "World {number}"
clock = {{ frozen_at = {NOW_MS + number * MINUTE_MS} }}
limits = {{ sapi_weight_per_uid = {500 * (1 + number % 2)}, offences_before_ban = 0 }}

[[accounts]]
uid = 1
loan = {{ asset = "USDT", amount = "{number}" }}
keys = [{{ type = "HMAC", api_key = "{alice.ALICE.api_key}", secret = "{alice.ALICE.secret}" }}]
"""


class Client:
    """One of the parallel clients: it has a world of its own, and its key."""

    def __init__(self, session: aiohttp.ClientSession, url: str, number: int) -> None:
        self.session, self.url, self.number = session, url, number
        self.world: dict[str, Any] = {}

    @property
    def control(self) -> str:
        """Where its world is controlled."""
        return f"{self.url}/_mockex/worlds/{self.world['name']}"

    async def told(self, url: str, body: Any = None) -> Any:
        """Ask mockex itself for something, or tell it something."""
        method = "GET" if body is None else "POST"
        async with self.session.request(method, url, json=body) as answer:
            assert answer.status in (200, 201), await answer.text()
            return await answer.json()

    async def ask(self) -> tuple[int, str | None, Any]:
        """Ask for the loan at the world's time: gives the status, the weight that is used, the amount or the code."""
        (key,) = self.world["keys"]
        query = Signer(api_key=key["api_key"], secret=key["secret"]).signed(f"timestamp={self.world['now_ms']}")
        target, headers = f"{self.url}{SAPI_PATH}?{query}", {"X-MBX-APIKEY": key["api_key"]}
        async with self.session.get(target, headers=headers) as answer:
            said = await answer.json(content_type=None)
            used = answer.headers.get("X-SAPI-USED-UID-WEIGHT-1M")
            return answer.status, used, said.get("amount") or said["code"]

    async def opens(self) -> None:
        """Open the world."""
        self.world = await self.told(f"{self.url}/_mockex/worlds", {"toml": scenario_of(self.number)})

    async def lives(self) -> list[Any]:
        """Use up the world's budget."""
        heard = [await self.ask() for _ in range(3)]
        if self.number % 10 == 0:
            heard += await self.lives_again()
        return heard

    async def lives_again(self) -> list[Any]:
        """Save the world in the middle of a minute, change it, and go back, while the others go on."""
        await self.told(f"{self.control}/clock", {"advance_ms": 200 * MINUTE_MS})
        self.world = await self.told(self.control)
        saved = await self.told(f"{self.control}/snapshots", {})
        before = await self.ask()
        await self.told(f"{self.control}/accounts/1/loan", {"amount": "77777"})
        await self.told(f"{self.control}/clock", {"set": 1})
        self.world = await self.told(f"{self.control}/snapshots/{saved['id']}/revert", {})
        return [before, await self.ask()]


async def test_a_thousand_worlds_at_once(live: LiveExchange) -> None:
    """Each has its own loan, its own time and its own budget, whatever happens in the others at the same moment."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as session:
        clients = [Client(session, live.url, number) for number in range(WORLDS)]
        await asyncio.gather(*(client.opens() for client in clients))
        heard = await asyncio.gather(*(client.lives() for client in clients))
    for number, told in enumerate(heard):
        first, amount = (200, "500", str(number)), str(number)
        over = (
            [(200, "1000", amount), (429, "1500", -1003)]
            if number % 2
            else [(429, "1000", -1003), (418, "1500", -1003)]
        )
        again = [first, first] if number % 10 == 0 else []
        assert told == [first, *over, *again], number
    assert len({client.world["keys"][0]["api_key"] for client in clients}) == WORLDS
    assert live.exchange.world.journal.written == 0
    assert not live.exchange.world.meter.windows
    worlds = live.exchange.worlds.by_name
    for client in clients:
        journal = worlds[client.world["name"]].journal
        assert {entry.request.api_key for entry in journal} == {client.world["keys"][0]["api_key"]}
        assert journal.written == (4 if client.number % 10 == 0 else 3)
