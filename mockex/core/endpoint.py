"""An endpoint is its documentation page as data; the catalogue finds it by method and path."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, get_args

from msgspec import Struct, structs

from mockex.core.gateway import Check, EndpointChecks, Gateway, Step, Way, way_of
from mockex.core.params import as_long
from mockex.core.weight import Weight


class Security(StrEnum):
    """The exchange's own words for what a call must carry."""

    NONE = "NONE"
    """Neither key nor signature."""
    USER_DATA = "USER_DATA"
    """API key, timestamp and signature."""


class NoParams(Struct, frozen=True):
    """The query of an endpoint whose page names no parameters of its own."""


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """What an account holds for an endpoint that tells nothing about accounts."""


def as_it_is(held: Any) -> Any:
    """Hold for an endpoint just what the scenario file says."""
    return held


def replaced(_held: Any, news: Any) -> Any:
    """Hold what is new instead of what was held."""
    return news


class Endpoint(Struct, frozen=True, kw_only=True):
    """One documentation page.

    `query` has one field for each row of the parameter table (int is LONG, str is STRING); `holds` is what a scenario
    may say of an account under the name `held_as`, `stock` turns that into what `answer(held, query, now_ms)` reads,
    `unstock` turns it back, and `becomes(held, news)` says what a timeline's news make of it; all three leave what they
    are given as it is, so that snapshots may share it. `returns` is the shape of the answer, for descriptions.
    """

    name: str
    method: str = "GET"
    path: str
    gateway: Gateway
    weight: Weight
    answer: Callable[[Any, Any, int], bytes]
    security: Security = Security.USER_DATA
    permission: str | None = None
    query: type[Struct] = NoParams
    checks: tuple[Check, ...] = ()
    held_as: str | None = None
    holds: Any = Nothing
    nothing: Any = Nothing()
    stock: Callable[[Any], Any] = as_it_is
    unstock: Callable[[Any], Any] = as_it_is
    becomes: Callable[[Any, Any], Any] = replaced
    page: str = ""
    example: str = "{}"
    returns: Any = Nothing


class Parameter(Struct, frozen=True):
    """One row of a parameter table: its name on the wire, the field it fills, its reader, whether it is mandatory."""

    name: str
    field: str
    read: Callable[[str | None], Any]
    is_mandatory: bool


class Route(Struct, frozen=True):
    """An endpoint made ready: its parameters, and its gateway's steps with its own checks in their place.

    `way` is the steps ready to be gone; `pool` is whose budget in its gateway a call uses.
    """

    endpoint: Endpoint
    parameters: tuple[Parameter, ...]
    way: Way
    pool: str

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps in their order."""
        return tuple(step for _, step in self.way)

    def read_query(self, values: dict[str, str]) -> tuple[Any, tuple[str, ...]]:
        """Read the endpoint's own parameters; gives the query, or None with the names of those missing or malformed."""
        query: dict[str, Any] = {}
        bad: list[str] = []
        for parameter in self.parameters:
            raw = values.get(parameter.name)
            if raw is None and not parameter.is_mandatory:
                continue
            value = parameter.read(raw)
            if value is None:
                bad.append(parameter.name)
            else:
                query[parameter.field] = value
        return (None, tuple(bad)) if bad else (self.endpoint.query(**query), ())


def _as_string(text: str | None) -> str | None:
    return text or None


_READERS: dict[type, Callable[[str | None], Any]] = {int: as_long, str: _as_string}


def _parameters(query: type[Struct]) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(field.encode_name, field.name, _READERS[(get_args(field.type) or (field.type,))[0]], field.required)
        for field in structs.fields(query)
    )


def _steps(endpoint: Endpoint) -> tuple[Step, ...]:
    steps: list[Step] = []
    for step in endpoint.gateway.steps:
        steps.extend(endpoint.checks if isinstance(step, EndpointChecks) else (step,))
    return tuple(steps)


class Catalogue:
    """All endpoints, by path and method, and the gateway that answers for any other path."""

    def __init__(self, endpoints: Sequence[Endpoint], gateways: Sequence[Gateway]) -> None:
        self.endpoints = tuple(endpoints)
        self.gateways = tuple(gateways)
        self.routes: dict[str, dict[str, Route]] = {}
        for endpoint in endpoints:
            pool = endpoint.name if endpoint.gateway.budgets[endpoint.weight.per].per_endpoint else ""
            route = Route(endpoint, _parameters(endpoint.query), way_of(_steps(endpoint)), pool)
            self.routes.setdefault(endpoint.path, {})[endpoint.method] = route

    def gateway_of(self, path: str) -> Gateway:
        """Find the gateway by the start of the path; the first gateway answers for all that is nobody's."""
        return next((gateway for gateway in self.gateways if path.startswith(gateway.prefix)), self.gateways[0])
