"""What mockex says about itself, under /_mockex/ on the exchange's own port; it costs no weight."""

from aiohttp import web
from msgspec import json

from mockex.core.exchange import Exchange
from mockex.core.wire import printable

PREFIX = "/_mockex/"


def control(exchange: Exchange, target: str) -> web.Response:
    """Answer a call to mockex itself."""
    path = target.partition("?")[0]
    if path == f"{PREFIX}openapi.json":
        from mockex.openapi import description

        return _json(description(exchange.catalogue))
    if path == f"{PREFIX}health":
        return _json({"status": "ok", "scenario": exchange.world.scenario.title})
    return _json({"error": f"mockex has no {printable(path)}; it has {PREFIX}openapi.json and {PREFIX}health"}, 404)


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(body=json.encode(value), status=status, content_type="application/json")
