"""Between aiohttp and the core: a request of the one becomes a request of the other, and the reply goes back."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from time import time_ns

from aiohttp import hdrs, web

from mockex.core.bounds import BODY_TIMEOUT_S, MAX_BODY_BYTES
from mockex.core.exchange import Exchange
from mockex.core.wire import Request, printable
from mockex.server.control import Control, is_control
from mockex.server.delivery import deliver
from mockex.server.gate import Gate, page

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def now_ms() -> int:
    """Read the machine's clock."""
    return time_ns() // 1_000_000


def control_handler(control: Control) -> Handler:
    """Make what answers every request from mockex itself, on a port of its own."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        return await control.answer(request, now_ms())

    return handle


def exchange_handler(exchange: Exchange, control: Control | None = None, *, behind_proxy: bool = False) -> Handler:
    """Make what answers every request from the exchange, and those under /_mockex/ from the control, if there is one.

    `behind_proxy` believes X-Forwarded-For.
    """

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        gate = request.protocol
        assert isinstance(gate, Gate)
        target = origin_form(request.raw_path)
        if control is not None and is_control(target):
            return await control.answer(request, now_ms())
        has_body = request.body_exists or hdrs.CONTENT_LENGTH in request.headers
        body = await gate.body(request, MAX_BODY_BYTES, BODY_TIMEOUT_S) if has_body else b""
        if isinstance(body, HTTPStatus):
            return page(body)
        headers = request.headers
        reply = exchange.handle(
            Request(
                method=request.method,
                target=target,
                received_at_ms=now_ms(),
                ip=forwarded_ip(request) if behind_proxy else request.remote or "",
                api_key=headers.get("X-MBX-APIKEY"),
                accept=headers.get(hdrs.ACCEPT, ""),
                body=body,
                headers=request.raw_headers,
                nth_on_connection=gate.asked,
                keep_alive=request.keep_alive,
            )
        )
        if reply.delivery is not None:
            return await deliver(request, gate, reply, reply.delivery)
        if not request.keep_alive:
            reply.headers["Connection"] = "close"
        return web.Response(status=reply.status, headers=reply.headers, body=reply.body)

    return handle


def origin_form(target: str) -> str:
    """Take scheme and host off a target that a client sends as to a proxy."""
    if target.startswith("/"):
        return target
    _, separator, rest = target.partition("://")
    slash = rest.find("/")
    return rest[slash:] if separator and slash >= 0 else "/"


def forwarded_ip(request: web.BaseRequest) -> str:
    """Take the client's IP from the last X-Forwarded-For, which the trusted proxy wrote."""
    forwarded = request.headers.get(hdrs.X_FORWARDED_FOR, "").rpartition(",")[2].strip()
    return printable(forwarded) or request.remote or ""
