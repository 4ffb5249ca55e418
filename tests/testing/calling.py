"""Calls to a held exchange, made in another thread: the test's own loop may have to answer them."""

import asyncio
from typing import Any

from msgspec import json

from mockex.asking import fetch
from mockex.errors import MockexError
from mockex.testing import LiveWorld, Signer
from mockex.testing.reach import Question
from tests.alice import SAPI_PATH


async def called(url: str, by: Signer | None = None) -> tuple[int, Any]:
    """Call a URL; gives status and the JSON of the body."""
    status, _, text = await asyncio.to_thread(fetch, url, {"X-MBX-APIKEY": by.api_key} if by else {})
    return status, json.decode(text)


async def asked(world: LiveWorld, path: str = SAPI_PATH, by: Signer | None = None, **parameters: object) -> Any:
    """Make a call that is right, but for the parameters; gives its code, None for one that has none."""
    _, body = await called(world.signed_url(path, by, **parameters), by or world.signer())
    return body.get("code")


async def refused(world: LiveWorld) -> None:
    """Make a call that is refused with -1131."""
    assert await asked(world, recvWindow=60_001) == -1131


def worlds_of(world: LiveWorld) -> list[str]:
    """Name the worlds of the server."""
    return [one["name"] for one in json.decode(world.reach.ask(Question("GET", "/worlds")))]


def sentence(error: BaseException) -> str:
    """Read the sentence of a mistake, which is one line."""
    assert isinstance(error, MockexError)
    assert "\n" not in str(error)
    return str(error)
