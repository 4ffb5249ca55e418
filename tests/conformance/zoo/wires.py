"""Ways of getting an answer that broken clients have in place of the reference client's own."""

import asyncio
import http.client
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientSession
from yarl import URL

from mockex.testing.client import Client, Heard

HELD: list[http.client.HTTPConnection] = []
"""Connections that nobody closes, but for the tests' own sake."""


class Line:
    """One connection, kept whatever happens; it takes the place of the client's session."""

    def __init__(self, session: ClientSession, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.session, self.reader, self.writer = session, reader, writer

    async def close(self) -> None:
        """Close both."""
        self.writer.close()
        await self.session.close()


async def on_one_line(self: Client, target: str, _timeout_s: float) -> Heard:
    """Ask on one and the same connection, and take what comes first there for the answer."""
    place: dict[str, Any] = self.__dict__
    at = urlsplit(self._url)
    if not isinstance(place["_session"], Line):
        place["_session"] = Line(self._session, *await asyncio.open_connection(at.hostname, at.port))
    line = place["_session"]
    line.writer.write(f"GET {target} HTTP/1.1\r\nHost: {at.netloc}\r\n{key_line(self)}\r\n\r\n".encode())
    try:
        head = await line.reader.readuntil(b"\r\n\r\n")
        _, _, after = head.lower().partition(b"content-length: ")
        body = await line.reader.readexactly(int(after.split(b"\r\n")[0] or 0))
        return Heard(status=int(head.split(b" ")[1]), body=body)
    except (OSError, EOFError, ValueError) as error:
        return Heard(failure=type(error).__name__)


def key_line(client: Client) -> str:
    """Give the header with the key."""
    return "".join(f"{name}: {value}" for name, value in client._signer.headers.items())


async def on_a_line_each(self: Client, target: str, timeout_s: float) -> Heard:
    """Ask on a new connection, keep it open, and forget it."""
    while len(HELD) > 40:
        HELD.pop(0).close()
    line = http.client.HTTPConnection(urlsplit(self._url).netloc, timeout=timeout_s)
    HELD.append(line)
    line.request("GET", target, headers=self._signer.headers)
    with line.getresponse() as response:
        return Heard(status=response.status, body=response.read())


async def first_piece(self: Client, target: str, _timeout_s: float) -> Heard:
    """Take what comes first of a body for all of it."""
    async with self._session.get(URL(self._url + target, encoded=True)) as response:
        return Heard(status=response.status, body=await response.content.readany())
