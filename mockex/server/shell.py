"""Between aiohttp and the core: a request of the one becomes a request of the other, and the reply goes back."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from time import time_ns

from aiohttp import hdrs, web
from msgspec import Struct

from mockex.core.bounds import BODY_TIMEOUT_S, MAX_BODY_BYTES
from mockex.core.exchange import Exchange
from mockex.core.wire import Reply, Request, lines_of, printable
from mockex.server.control import Control, is_control
from mockex.server.delivery import deliver
from mockex.server.gate import Gate, page
from mockex.server.line import AtOnce
from mockex.server.plain import Plain


class Handler(Struct, frozen=True):
    """What answers a port: any request in its turn, and a plain call at once, where that can be."""

    answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
    at_once: AtOnce | None = None


def now_ms() -> int:
    """Read the machine's clock."""
    return time_ns() // 1_000_000


def control_handler(control: Control) -> Handler:
    """Make what answers every request from mockex itself, on a port of its own."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return await control.answer(request, now_ms())

    return Handler(answer)


def exchange_handler(exchange: Exchange, control: Control | None = None, *, behind_proxy: bool = False) -> Handler:
    """Make what answers every request from the exchange, and those under /_mockex/ from the control, if there is one.

    `behind_proxy` believes X-Forwarded-For.
    """

    def at_once(call: Plain, remote: str, nth: int) -> Reply | None:
        if control is not None and is_control(call.target):
            return None
        headers = call.headers
        return exchange.handle(
            Request(
                method="GET",
                target=call.target,
                received_at_ms=now_ms(),
                ip=forwarded_ip(headers.forwarded_for, remote) if behind_proxy else remote,
                api_key=headers.api_key,
                accept=headers.accept,
                lines=headers.lines,
                nth_on_connection=nth,
                keep_alive=headers.keep_alive,
            )
        )

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        gate = request.protocol
        assert isinstance(gate, Gate)
        target = origin_form(request.raw_path)
        if control is not None and is_control(target):
            return await control.answer(request, now_ms())
        reply, gate.ready = gate.ready, None
        if reply is None:
            has_body = request.body_exists or hdrs.CONTENT_LENGTH in request.headers
            body = await gate.body(request, MAX_BODY_BYTES, BODY_TIMEOUT_S) if has_body else b""
            if isinstance(body, HTTPStatus):
                return page(body)
            reply = exchange.handle(asked(request, gate, target, body, behind_proxy=behind_proxy))
        return await deliver(request, gate, reply)

    return Handler(answer, at_once)


def asked(request: web.BaseRequest, gate: Gate, target: str, body: bytes, *, behind_proxy: bool) -> Request:
    """Turn what aiohttp has read into what the exchange is asked."""
    headers, remote = request.headers, request.remote or ""
    return Request(
        method=request.method,
        target=target,
        received_at_ms=now_ms(),
        ip=forwarded_ip(headers.get(hdrs.X_FORWARDED_FOR), remote) if behind_proxy else remote,
        api_key=headers.get("X-MBX-APIKEY"),
        accept=headers.get(hdrs.ACCEPT, ""),
        body=body,
        lines=lines_of(request.raw_headers),
        nth_on_connection=gate.asked,
        keep_alive=request.keep_alive,
    )


def origin_form(target: str) -> str:
    """Take scheme and host off a target that a client sends as to a proxy."""
    if target.startswith("/"):
        return target
    _, separator, rest = target.partition("://")
    slash = rest.find("/")
    return rest[slash:] if separator and slash >= 0 else "/"


def forwarded_ip(forwarded: str | None, remote: str) -> str:
    """Take the client's IP from the last X-Forwarded-For, which the trusted proxy wrote."""
    return printable((forwarded or "").rpartition(",")[2].strip()) or remote
