"""What mockex says and does about itself, under /_mockex/: it costs no weight and never stands in a journal."""

import re
from collections.abc import AsyncIterator
from http import HTTPStatus
from inspect import isawaitable
from typing import Any

from aiohttp import hdrs, web
from msgspec import Raw, Struct, json

from mockex import __version__
from mockex.core.bounds import BODY_TIMEOUT_S
from mockex.core.exchange import Exchange
from mockex.core.wire import printable
from mockex.core.worlds import ConflictError
from mockex.errors import MockexError
from mockex.mistakes import converted, nearest
from mockex.server.control import clock, faults, journal, metrics, worlds
from mockex.server.control.asking import Asked, NotThereError, Route, read
from mockex.server.control.described import described
from mockex.server.control.door import RefusedError, admit
from mockex.server.gate import Gate

PREFIX = "/_mockex"
MAX_BODY_BYTES = 16 << 20
UNREADABLE = {
    HTTPStatus.BAD_REQUEST: "the body cannot be read",
    HTTPStatus.REQUEST_TIMEOUT: "the body did not arrive in time",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"a body has at most {MAX_BODY_BYTES >> 20} MiB",
}
ENCODER = json.Encoder(decimal_format="number")


def is_control(target: str) -> bool:
    """Say whether a target means mockex itself, and not the exchange."""
    return target.startswith(PREFIX) and (target == PREFIX or target[len(PREFIX)] in "/?")


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


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)))


_PATTERNS = [(_pattern(route.path), route) for route in ROUTES]


class Control(Struct, frozen=True):
    """Answers calls to mockex itself: from this machine alone, or with a token.

    `url` is where the exchange is, for a control that listens elsewhere.
    """

    exchange: Exchange
    token: str | None = None
    url: str | None = None

    async def answer(self, request: web.BaseRequest, real_ms: int) -> web.StreamResponse:
        """Answer one call; every mistake is one sentence under `error`."""
        try:
            admit(request, self.token)
            route, path = find(request.method, request.path.removeprefix(PREFIX))
            url = self.url or f"http://{request.headers.get(hdrs.HOST, 'localhost')}"
            is_toml = "toml" in request.headers.get(hdrs.CONTENT_TYPE, "")
            sent = await _read(request)
            said = self.say(route, path, dict(request.query), sent, url=url, real_ms=real_ms, is_toml=is_toml)
            if isinstance(said, AsyncIterator):
                return await _stream(request, said)
            if isawaitable(said):
                said = await said
            return said if isinstance(said, web.Response) else _json(said, route.status)
        except RefusedError as refusal:
            return _json({"error": str(refusal)}, refusal.status, refusal.headers)
        except NotThereError as error:
            return _json({"error": str(error)}, HTTPStatus.NOT_FOUND)
        except ConflictError as error:
            return _json({"error": str(error)}, HTTPStatus.CONFLICT)
        except (MockexError, ValueError) as error:
            return _json({"error": str(error)}, HTTPStatus.BAD_REQUEST)

    def say(
        self,
        route: Route,
        path: dict[str, str],
        query: dict[str, str],
        sent: bytes,
        *,
        url: str,
        real_ms: int,
        is_toml: bool = False,
    ) -> Any:
        """Say what a route answers, whoever asks: a value for JSON, an awaitable of one, or a stream.

        Raises MockexError and ValueError, each with a sentence.
        """
        return route.answer(
            Asked(self.exchange, real_ms, url, path, query, body_of(route, query, sent, is_toml=is_toml))
        )


def find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """Find the route of a call. Raises RefusedError: 404 for an unknown path, 405 for another method."""
    allowed = []
    for pattern, route in _PATTERNS:
        if match := pattern.fullmatch(path):
            if route.method == method:
                return route, match.groupdict()
            allowed.append(route.method)
    if allowed:
        raise RefusedError(
            f"{printable(path)} takes {' or '.join(allowed)}, not {method}",
            HTTPStatus.METHOD_NOT_ALLOWED,
            {"Allow": ", ".join(allowed)},
        )
    raise RefusedError(f"mockex has no {PREFIX}{printable(path)}; {PREFIX}/ lists what it has", HTTPStatus.NOT_FOUND)


async def _read(request: web.BaseRequest) -> bytes:
    """Read a whole body. Raises RefusedError where it is too large, too slow or malformed."""
    gate = request.protocol
    assert isinstance(gate, Gate)
    body = await gate.body(request, MAX_BODY_BYTES, BODY_TIMEOUT_S)
    if isinstance(body, bytes):
        return body
    raise RefusedError(UNREADABLE[body], body)


def body_of(route: Route, query: dict[str, str], body: bytes, *, is_toml: bool = False) -> Any:
    """Read a body as what the route takes, and see that the query holds no other names. Raises MockexError."""
    is_toml = is_toml and route.takes is worlds.NewWorld
    known = worlds.NewWorld.__struct_fields__ if is_toml else route.query
    for name in query:
        if name not in known:
            raise MockexError(f"there is no {name!r} in the query here{nearest(name, known)}")
    if route.takes is None:
        return None
    if is_toml:
        return converted(query | {"toml": body.decode()}, worlds.NewWorld, strict=False)
    return Raw(body) if route.takes is Raw else read(body or b"{}", route.takes)


async def _stream(request: web.BaseRequest, events: AsyncIterator[bytes]) -> web.StreamResponse:
    """Send events as they come, until they end or their reader has gone."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    try:
        await response.prepare(request)
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
