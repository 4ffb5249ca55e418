"""Broken clients that NET requirements catch."""

import asyncio
import ssl
import zlib
from decimal import Decimal
from typing import Any

import aiohttp
from msgspec import structs

from mockex.testing import client as module
from mockex.testing.client import Client, Heard, Host, Loan
from tests.conformance.broken import Broken
from tests.conformance.zoo.wires import first_piece, on_a_line_each, on_one_line

RIGHT_UNDERSTOOD, RIGHT_TRY, RIGHT_SIGNED = module.understood, Client._try, Client._signed
RIGHT_TIMEOUT, RIGHT_GET = aiohttp.ClientTimeout, aiohttp.ClientSession.get
RIGHT_TRUST = ssl.create_default_context
GIVEN_UP_S = 2.0
GZIP = b"\x1f\x8b"


def lets_out(heard: Heard, read: Any) -> Any:
    """Raise what went wrong on the way as the library does."""
    if heard.failure:
        raise ConnectionError(heard.failure)
    return RIGHT_UNDERSTOOD(heard, read)


def fills_up(heard: Heard, read: Any) -> Any:
    """Make of half a body what can be made of it."""
    return Loan("USDT", Decimal(0)) if heard.failure else RIGHT_UNDERSTOOD(heard, read)


def is_content(heard: Heard, read: Any) -> Any:
    """Take a body that is shorter than announced, if it can be read."""
    return RIGHT_UNDERSTOOD(structs.replace(heard, failure="") if heard.body else heard, read)


def unpacks(heard: Heard, read: Any) -> Any:
    """Decompress a body, whatever comes of it."""
    if heard.body.startswith(GZIP):
        heard = structs.replace(heard, body=zlib.decompress(heard.body, 31))
    return RIGHT_UNDERSTOOD(heard, read)


def empties(heard: Heard, read: Any) -> Any:
    """Take what cannot be decompressed for nothing, and nothing for no loan."""
    return Loan("USDT", Decimal(0)) if heard.body.startswith(GZIP) else RIGHT_UNDERSTOOD(heard, read)


async def without_limit(self: Client, target: str, _timeout_s: float) -> Heard:
    """Wait for an answer as long as it takes."""
    return await RIGHT_TRY(self, target, 1_000.0)


def between_bytes(total: float) -> aiohttp.ClientTimeout:
    """Limit the time between two bytes, and not the whole."""
    return RIGHT_TIMEOUT(sock_read=total)


def follows(self: aiohttp.ClientSession, url: Any, **how: Any) -> Any:
    """Go where an answer points."""
    return RIGHT_GET(self, url, **how | {"allow_redirects": True})


def counted(self: Client, query: str, host: Host) -> str:
    """Say behind the signature which try it is."""
    self.__dict__["tries"] = tries = self.__dict__.get("tries", 0) + 1
    return f"{RIGHT_SIGNED(self, query, host)}{f'&attempt={tries}' if tries > 1 else ''}"


async def sulks(self: Client, target: str, timeout_s: float) -> Heard:
    """Never come back from a failure."""
    heard = await RIGHT_TRY(self, target, timeout_s)
    if heard.failure:
        await asyncio.Event().wait()
    return heard


def trusts_the_machine(**_: Any) -> ssl.SSLContext:
    """Trust whom the machine trusts, whatever file was given."""
    return RIGHT_TRUST()


def trusts_anybody(**_: Any) -> ssl.SSLContext:
    """Look at no certificate."""
    context = RIGHT_TRUST()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


NET: tuple[Broken, ...] = (
    Broken("NET-OWN", "its library's error comes out", module, "understood", lets_out),
    Broken("NET-OWN", "the error of zlib comes out", module, "understood", unpacks),
    Broken("NET-RESET", "half a body becomes a loan", module, "understood", fills_up),
    Broken("NET-HANG-UP", "half a body becomes a loan", module, "understood", fills_up),
    Broken("NET-STALL", "a try has no limit of time", Client, "_try", without_limit, GIVEN_UP_S),
    Broken("NET-STALL", "it tries without end", module, "PAUSES_S", (0.25,) * 1_000, GIVEN_UP_S),
    Broken("NET-DRIP", "the first piece is taken for the body", Client, "_try", first_piece),
    Broken("NET-TRICKLE", "each byte sets the limit back", aiohttp, "ClientTimeout", between_bytes, GIVEN_UP_S),
    Broken("NET-SHORT", "a short body is taken", module, "understood", is_content),
    Broken("NET-LONG", "what is left in the connection is taken", Client, "_try", on_one_line, GIVEN_UP_S),
    Broken("NET-CHUNK", "half a body becomes a loan", module, "understood", fills_up),
    Broken("NET-GZIP", "a broken body becomes a loan", module, "understood", empties),
    Broken("NET-1XX", "103 is taken for the answer", Client, "_try", on_one_line, GIVEN_UP_S),
    Broken("NET-REDIRECT", "redirects are followed", aiohttp.ClientSession, "get", follows),
    Broken("NET-REPEAT", "a repeated call is not what was signed", Client, "_signed", counted),
    Broken("NET-STALE", "it asks on a connection that was closed", Client, "_try", on_one_line),
    Broken("NET-LEAK", "each call leaves a connection open", Client, "_try", on_a_line_each),
    Broken("NET-KEEP", "each call has a connection of its own", Client, "_try", on_a_line_each),
    Broken("NET-CLOSE", "connections stay open", Client, "_try", on_a_line_each),
    Broken("NET-SETTLES", "who met a failure never comes back", Client, "_try", sulks, GIVEN_UP_S),
    Broken("NET-TLS", "the given authority is not asked", ssl, "create_default_context", trusts_the_machine),
    Broken("NET-TLS-RESET", "half a body becomes a loan", module, "understood", fills_up),
    Broken("NET-TLS-HANG-UP", "half a body becomes a loan", module, "understood", fills_up),
    Broken("NET-TLS-TRUST", "no certificate is looked at", ssl, "create_default_context", trusts_anybody),
)
