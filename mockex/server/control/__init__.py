"""What mockex says and does about itself, under /_mockex/: it costs no weight and never stands in a journal."""

import re
from collections.abc import AsyncIterator
from hmac import compare_digest
from http import HTTPStatus
from inspect import isawaitable
from typing import Any

import msgspec
from aiohttp import hdrs, web
from msgspec import Raw, Struct, json

from mockex import __version__
from mockex.core.exchange import Exchange
from mockex.core.wire import printable
from mockex.core.worlds import ConflictError
from mockex.errors import MockexError
from mockex.mistakes import explained
from mockex.server.control import clock, faults, journal, metrics, worlds
from mockex.server.control.asking import Asked, NotThereError, Route
from mockex.server.control.described import described
from mockex.server.listening import is_loopback

PREFIX = "/_mockex"
MAX_BODY_BYTES = 16 << 20
ENCODER = json.Encoder(decimal_format="number")


def health(asked: Asked) -> dict[str, Any]:
    """Say that the server answers."""
    return {"status": "ok", "version": __version__, "worlds": len(asked.exchange.worlds.by_name)}


def exchange_described(asked: Asked) -> dict[str, Any]:
    """Describe the exchange."""
    from mockex.openapi import description

    return description(asked.exchange.catalogue)


def control_described(_: Asked) -> dict[str, Any]:
    """Describe what mockex answers about itself."""
    return described(ROUTES, PREFIX)


def index(_: Asked) -> dict[str, str]:
    """List what mockex answers about itself."""
    return {f"{route.method} {PREFIX}{route.path}": route.summary for route in ROUTES}


def measured(asked: Asked) -> web.Response:
    """Tell the metrics."""
    return web.Response(body=metrics.exposition(asked.exchange), headers={"Content-Type": metrics.CONTENT_TYPE})


ROUTES: tuple[Route, ...] = (
    Route("GET", "/", "List all of these", index),
    Route("GET", "/health", "Say that the server answers", health),
    Route("GET", "/ready", "Say that the server is ready for calls", health),
    Route("GET", "/openapi.json", "Describe the exchange (OpenAPI)", exchange_described),
    Route("GET", "/control-openapi.json", "Describe these calls (OpenAPI)", control_described),
    Route("GET", "/metrics", "Tell Prometheus metrics", measured),
    *worlds.ROUTES,
    *clock.ROUTES,
    *faults.ROUTES,
    *journal.ROUTES,
)
_PATTERNS = [(re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", route.path)), route) for route in ROUTES]


class Control(Struct, frozen=True):
    """Answers calls to mockex itself: from this machine alone, or with a token."""

    exchange: Exchange
    token: str | None = None

    async def answer(self, request: web.BaseRequest, real_ms: int) -> web.StreamResponse:
        """Answer one call; every mistake is one sentence under `error`."""
        try:
            self._admit(request)
            route, path = _find(request)
            body = _body(route, request, await _read(request))
            url = f"http://{request.host}"
            query = dict(request.query)
            said = route.answer(Asked(self.exchange, real_ms, url, path, query, body))
            if isinstance(said, AsyncIterator):
                return await _stream(request, said)
            if isawaitable(said):
                said = await said
        except _RefusedError as refusal:
            return _json({"error": str(refusal)}, refusal.status, refusal.headers)
        except NotThereError as error:
            return _json({"error": str(error)}, HTTPStatus.NOT_FOUND)
        except ConflictError as error:
            return _json({"error": str(error)}, HTTPStatus.CONFLICT)
        except (MockexError, ValueError) as error:
            return _json({"error": str(error)}, HTTPStatus.BAD_REQUEST)
        return said if isinstance(said, web.Response) else _json(said, route.status)

    def _admit(self, request: web.BaseRequest) -> None:
        """Let in who has the token; without one, this machine alone, and no page of another site in its browser."""
        if self.token is not None:
            sent = request.headers.get(hdrs.AUTHORIZATION, "").encode("utf-8", "surrogateescape")
            if not compare_digest(sent, f"Bearer {self.token}".encode()):
                raise _RefusedError("mockex wants its control token: Authorization: Bearer …", HTTPStatus.UNAUTHORIZED)
            return
        if not is_loopback(request.remote or "") or not is_loopback(_host_name(request.host)):
            raise _RefusedError(
                "mockex is controlled from its own machine alone, or with a token", HTTPStatus.FORBIDDEN
            )
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and origin != f"http://{request.host}":
            raise _RefusedError("mockex is not controlled by pages of other sites", HTTPStatus.FORBIDDEN)


class _RefusedError(Exception):
    def __init__(self, sentence: str, status: HTTPStatus, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.headers = headers or {}


def _host_name(host: str) -> str:
    return host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]


def _find(request: web.BaseRequest) -> tuple[Route, dict[str, str]]:
    """Find the route of a call. Raises _RefusedError: 404 for an unknown path, 405 for another method."""
    path = request.path.removeprefix(PREFIX)
    allowed = []
    for pattern, route in _PATTERNS:
        if match := pattern.fullmatch(path):
            if route.method == request.method:
                return route, match.groupdict()
            allowed.append(route.method)
    if allowed:
        raise _RefusedError(
            f"{printable(path)} takes {' or '.join(allowed)}, not {request.method}",
            HTTPStatus.METHOD_NOT_ALLOWED,
            {"Allow": ", ".join(allowed)},
        )
    raise _RefusedError(f"mockex has no {PREFIX}{printable(path)}; {PREFIX}/ lists what it has", HTTPStatus.NOT_FOUND)


async def _read(request: web.BaseRequest) -> bytes:
    size, chunks = 0, []
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise _RefusedError(f"a body has at most {MAX_BODY_BYTES >> 20} MiB", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        chunks.append(chunk)
    return b"".join(chunks)


def _body(route: Route, request: web.BaseRequest, body: bytes) -> Any:
    """Read a body as what the route takes. Raises MockexError with the path in it and the nearest word."""
    if route.takes is None:
        return None
    if route.takes is worlds.NewWorld and request.headers.get(hdrs.CONTENT_TYPE, "").startswith("application/toml"):
        return msgspec.convert(dict(request.query) | {"toml": body.decode()}, worlds.NewWorld, strict=False)
    if route.takes is Raw:
        return Raw(body)
    try:
        return json.decode(body or b"{}", type=route.takes)
    except msgspec.ValidationError as error:
        raise MockexError(explained(str(error), route.takes, json.decode(body))) from None
    except msgspec.DecodeError as error:
        raise MockexError(f"the body is not JSON: {error}") from None


async def _stream(request: web.BaseRequest, events: AsyncIterator[bytes]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    try:
        async for event in events:
            await response.write(event)
    except ConnectionError:
        pass
    finally:
        await events.aclose()  # type: ignore[attr-defined] # they are generators
    return response


def _json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    content = {"Content-Type": "application/json", "Cache-Control": "no-store"} | (headers or {})
    return web.Response(body=ENCODER.encode(value), status=status, headers=content)
