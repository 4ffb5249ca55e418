"""The calls without a key that clients make before a signed one: ping and time, on both hosts.

https://developers.binance.com/docs/binance-spot-api-docs/rest-api/general-endpoints documents /api/v3; /papi/v1/ping is
documented too; /papi/v1/time is not, and exists (observed: FS:60984346205).
"""

from typing import Any

from msgspec import Struct

from mockex.core.endpoint import Endpoint, NoParams, Security
from mockex.core.gateway import Gateway
from mockex.core.weight import Scope, Weight
from mockex.gateways import PAPI, SPOT


class ServerTime(Struct, rename="camel"):
    """The exchange's time in milliseconds since 1970 UTC."""

    server_time: int


def pong(_held: Any, _query: NoParams, _now_ms: int) -> bytes:
    """Answer a ping."""
    return b"{}"


def server_time(_held: Any, _query: NoParams, now_ms: int) -> bytes:
    """Tell the exchange's time in milliseconds."""
    return b'{"serverTime":%d}' % now_ms


def _ping(path: str, gateway: Gateway) -> Endpoint:
    return Endpoint(
        name=f"{gateway.name.lower()}_ping",
        path=path,
        gateway=gateway,
        security=Security.NONE,
        weight=Weight(1, per=Scope.IP),
        answer=pong,
    )


def _time(path: str, gateway: Gateway) -> Endpoint:
    return Endpoint(
        name=f"{gateway.name.lower()}_time",
        path=path,
        gateway=gateway,
        security=Security.NONE,
        weight=Weight(1, per=Scope.IP),
        answer=server_time,
        example='{"serverTime":1499827319559}',
        returns=ServerTime,
    )


KEYLESS = (
    _ping("/api/v3/ping", SPOT),
    _time("/api/v3/time", SPOT),
    _ping("/papi/v1/ping", PAPI),
    _time("/papi/v1/time", PAPI),
)
