"""A call: a request with every fact about it that a check, an answer or an explanation reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from mockex.core.bounds import DEFAULT_RECV_WINDOW_MS
from mockex.core.endpoint import Catalogue, Endpoint, Route, Security
from mockex.core.params import Params, as_long, read_params
from mockex.core.wire import Request, as_text

if TYPE_CHECKING:
    from mockex.core.account import Account, Key
    from mockex.core.gateway import Gateway
    from mockex.core.world import World


class Call(Struct, frozen=True, kw_only=True):
    """Every fact about one request, gathered once.

    `recv_window_ms` is what was sent, 5,000 where nothing was, and None where it is malformed. `query` is None and
    `bad_parameters` names them where the endpoint's own parameters are missing or malformed.
    """

    request: Request
    world: World
    gateway: Gateway
    route: Route | None
    path: str
    path_is_known: bool
    now_ms: int
    banned_until_ms: int
    params: Params
    is_signed: bool
    key: Key | None
    account: Account | None
    timestamp_ms: int | None
    recv_window_ms: int | None
    query: Any
    bad_parameters: tuple[str, ...]

    @property
    def endpoint(self) -> Endpoint | None:
        """The endpoint that the call asks for, if there is one."""
        return self.route.endpoint if self.route else None

    @property
    def held(self) -> Any:
        """What the caller's account holds for the endpoint."""
        return self.account.holds.get(self.route.endpoint.name) if self.account and self.route else None


def gather(request: Request, world: World, catalogue: Catalogue) -> Call:
    """Gather the facts of a request in a world; total: any request has a call."""
    path, _, query_string = request.target.partition("?")
    methods = catalogue.routes.get(path)
    route = methods.get(request.method) if methods else None
    gateway = route.endpoint.gateway if route else catalogue.gateway_of(path)
    now_ms = world.now_ms(request.received_at_ms)
    params = read_params(query_string, as_text(request.body) if request.body else "")
    is_signed = route is not None and route.endpoint.security is Security.USER_DATA
    key = world.keys.get(request.api_key) if is_signed and request.api_key else None
    recv_window = params.values.get("recvWindow")
    query, bad_parameters = route.read_query(params.values) if route else (None, ())
    return Call(
        request=request,
        world=world,
        gateway=gateway,
        route=route,
        path=path,
        path_is_known=methods is not None,
        now_ms=now_ms,
        banned_until_ms=world.meter.banned_until_ms(gateway.name, request.ip, now_ms),
        params=params,
        is_signed=is_signed,
        key=key,
        account=world.accounts[key.uid] if key else None,
        timestamp_ms=as_long(params.values.get("timestamp")),
        recv_window_ms=DEFAULT_RECV_WINDOW_MS if recv_window is None else as_long(recv_window) or None,
        query=query,
        bad_parameters=bad_parameters,
    )
