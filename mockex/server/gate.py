"""What the gate of the exchange answers before any gateway hears of a request: what is no HTTP, too long or too slow.

nginx stands at the door of SAPI and Tengine, which is made from it, at PAPI's; the pages are nginx's own (inferred).
"""

import asyncio
import logging
import re
from asyncio import AbstractEventLoop, Task
from http import HTTPStatus
from time import time
from typing import Any

from aiohttp import HttpVersion10, HttpVersion11, StreamReader, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_exceptions import LineTooLong
from aiohttp.http_parser import RawRequestMessage
from msgspec import json
from multidict import CIMultiDictProxy

from mockex.core.bounds import IDLE_TIMEOUT_S, MAX_HEADER_BYTES, MAX_HEADERS, MAX_LONG_DIGITS, MAX_TARGET_BYTES
from mockex.core.clock import http_date
from mockex.core.refusals import Envelope
from mockex.core.wire import Reply, printable

NOT_UNDERSTOOD = "?"
"""Stands for the method of a request in a version of HTTP that the gate does not speak."""

HALF_CLOSED_S = 0.05
LINGERING_S = 2.0
"""How long what a client still sends is read and dropped after it was refused, so that it hears the refusal."""

NEXT_CALL = re.compile(rb"(?:\r\n\r\n|\A\r?\n(?:\r\n)?)(?=[A-Z]+ )")
"""Where a call ends with an empty line, cut in two or not, and what follows begins like another."""

log = logging.getLogger("mockex")

TITLES = {
    HTTPStatus.BAD_REQUEST: "400 Bad Request",
    HTTPStatus.REQUEST_TIMEOUT: "408 Request Time-out",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "413 Request Entity Too Large",
    HTTPStatus.REQUEST_URI_TOO_LONG: "414 Request-URI Too Large",
}
INTERNAL_ERROR = json.encode(Envelope(-1000, "An unknown error occurred while processing the request."))


def page(status: HTTPStatus) -> web.Response:
    """Answer with nginx's page for the status, and close the connection."""
    title = TITLES[status]
    _, _, reason = title.partition(" ")
    text = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    body = text.encode()
    headers = {
        "Server": "nginx",
        "Date": http_date(int(time())),
        "Content-Type": "text/html",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    response = web.Response(status=status, reason=reason, body=body, headers=headers)
    response.force_close()
    return response


class Gate(web.RequestHandler):
    """One connection; overrides what aiohttp says itself, so that every answer is one of the exchange's.

    `asked` and `answered` count its requests, those before it came to the gate included; `ready` is the exchange's
    reply to the next, if that has been asked for it already. `is_reading` says whether the body of one is being waited
    for, `has_said_all` whether the client has closed its side, `is_lost` whether all of it is over, `is_over_tls`
    whether it is encrypted.
    """

    __slots__ = ("_is_over", "answered", "asked", "has_said_all", "is_lost", "is_over_tls", "is_reading", "ready")

    def __init__(self, server: web.Server, *, answered: int = 0, ready: Reply | None = None, **options: Any) -> None:
        super().__init__(server, **options)
        self.asked = answered
        self.answered = answered
        self.ready = ready
        self.is_reading = False
        self.has_said_all = False
        self.is_lost = False
        self.is_over_tls = False
        self._is_over: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, and remember of what kind the connection is."""
        self.is_over_tls = transport.get_extra_info("sslcontext") is not None
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Hand over a call at a time; of a packet, aiohttp forgets what is behind an upgrade or before a bad call."""
        start = 0
        for end in NEXT_CALL.finditer(data):
            super().data_received(data[start : end.end()])
            start = end.end()
        super().data_received(data[start:])

    def eof_received(self) -> bool:  # type: ignore[override] # aiohttp leaves it to asyncio, which closes at once
        """Keep the line of who has said all open, until nothing more is answered on it; a declared pause ends."""
        self.end_pause()
        self.has_said_all = True
        if self.is_reading or self.is_over_tls:
            return False  # the rest of the body cannot come any more; and over TLS no line is half closed
        self._loop.call_later(HALF_CLOSED_S, self._close_when_quiet, self.answered)
        return True

    async def body(self, request: web.BaseRequest, limit: int, timeout_s: float) -> bytes | HTTPStatus:
        """Read the body of a request, or say what is wrong with it: 413, 408, or 400."""
        if announced_length(request, limit) > limit:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        if self.has_said_all and not request.content.is_eof():
            return HTTPStatus.BAD_REQUEST
        invite(request)
        self.is_reading = True
        size, chunks = 0, []
        try:
            async with asyncio.timeout(timeout_s):
                async for chunk in request.content.iter_any():
                    chunks.append(chunk)
                    size += len(chunk)
                    if size > limit:
                        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        except TimeoutError:
            return HTTPStatus.REQUEST_TIMEOUT
        except (web.RequestPayloadError, ConnectionError):  # who has gone does not hear it
            return HTTPStatus.BAD_REQUEST
        finally:
            self.is_reading = False
        return b"".join(chunks)

    def _close_when_quiet(self, answered: int) -> None:
        if answered == self.answered == self.asked:
            self.force_close()
        elif self.connected:
            self._loop.call_later(HALF_CLOSED_S, self._close_when_quiet, self.answered)

    async def pause(self, ms: int) -> bool:
        """Wait; ends early, and says False, where the client leaves or the exchange closes."""
        self._is_over = self._loop.create_future()
        await asyncio.wait((self._is_over,), timeout=ms / 1_000)
        return not self._is_over.done() and self.connected

    def end_pause(self) -> None:
        """End a pause at once."""
        if self._is_over is not None and not self._is_over.done():
            self._is_over.set_result(None)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Wake what waits to write to a client that has left."""
        self.end_pause()
        self.is_lost = True
        super().connection_lost(exc)

    async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109 - aiohttp's signature
        """Give a call in flight its time, but not a declared pause."""
        timer = self._loop.call_later(timeout or 0, self.end_pause)
        try:
            await super().shutdown(timeout)
        finally:
            timer.cancel()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - aiohttp's signature
    ) -> web.StreamResponse:
        """Answer what is no HTTP with nginx's 400 or 414, a mistake of mockex itself with -1000 and one line of log."""
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            too_long = isinstance(exc, LineTooLong) and exc.args[1] == MAX_TARGET_BYTES
            return page(HTTPStatus.REQUEST_URI_TOO_LONG if too_long else HTTPStatus.BAD_REQUEST)
        reply = confess(request.method, request.raw_path, exc)
        response = web.Response(status=reply.status, body=reply.body, headers=reply.headers)
        response.force_close()
        return response


def confess(method: str, target: str, mistake: BaseException | None) -> Reply:
    """Say a mistake of mockex itself in the exchange's words, and in one line of log; the connection ends with it."""
    log.error("a mistake of mockex: %s %s: %r", method, printable(target.partition("?")[0]), mistake)
    log.debug("where it happened", exc_info=mistake)
    headers = {"Content-Type": "application/json", "Content-Length": str(len(INTERNAL_ERROR)), "Connection": "close"}
    return Reply(500, headers, INTERNAL_ERROR)


def invite(request: web.BaseRequest) -> None:
    """Tell a client that asks first to go on with its body."""
    if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue" and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def announced_length(request: web.BaseRequest, limit: int) -> int:
    """Read Content-Length, however many digits it has; 0 where there is none."""
    digits = request.headers.get(hdrs.CONTENT_LENGTH, "").lstrip("0")
    return int(digits or 0) if len(digits) <= MAX_LONG_DIGITS else limit + 1


def as_http_1_1(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: web.RequestHandler,
    writer: AbstractStreamWriter,
    task: "Task[None]",
) -> web.BaseRequest:
    """Make a request that is answered as HTTP/1.1, as nginx answers whatever it understands."""
    if message.version == HttpVersion10:
        if hdrs.EXPECT in message.headers:  # means nothing in HTTP/1.0
            headers = message.headers.copy()
            headers.popall(hdrs.EXPECT)
            message = message._replace(headers=CIMultiDictProxy(headers))
        message = message._replace(version=HttpVersion11)
    elif message.version != HttpVersion11:
        message = message._replace(version=HttpVersion11, method=NOT_UNDERSTOOD)
    return web.BaseRequest(message, payload, protocol, writer, task, task.get_loop())


def open_gate(server: web.Server, loop: AbstractEventLoop, answered: int = 0, ready: Reply | None = None) -> Gate:
    """Take a connection in, on which so many calls were answered before, and the next has this reply."""
    return Gate(
        server,
        answered=answered,
        ready=ready,
        loop=loop,
        access_log=None,  # aiohttp's own default can come on by itself, and is dear
        max_line_size=MAX_TARGET_BYTES,
        max_field_size=MAX_HEADER_BYTES,
        max_headers=MAX_HEADERS,
        keepalive_timeout=IDLE_TIMEOUT_S,
        lingering_time=LINGERING_S,
        auto_decompress=False,
    )
