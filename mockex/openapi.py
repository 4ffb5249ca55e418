"""The OpenAPI description of the exchange, made from the catalogue."""

from typing import Any

from msgspec import json

from mockex import __version__
from mockex.core.bounds import DEFAULT_RECV_WINDOW_MS, MAX_LONG, MAX_RECV_WINDOW_MS
from mockex.core.endpoint import Catalogue, Endpoint, Parameter, Route, Security
from mockex.core.gateway import Barred, Charge, Check
from mockex.core.refusals import Envelope, Refusal, Says
from mockex.scenarios import numbers_as_numbers

LONG = {"type": "integer", "format": "int64", "minimum": 0, "maximum": MAX_LONG}


def description(catalogue: Catalogue) -> dict[str, Any]:
    """Describe every endpoint: parameters, answer, and each refusal by its status."""
    answers = [route.endpoint.returns for methods in catalogue.routes.values() for route in methods.values()]
    shapes, components = json.schema_components((*answers, Envelope), ref_template="#/components/schemas/{name}")
    shape_of = dict(zip([*map(id, answers), id(Envelope)], shapes, strict=True))
    envelope = shape_of[id(Envelope)]
    paths = {
        path: {
            method.lower(): _operation(route, numbers_as_numbers(shape_of[id(route.endpoint.returns)]), envelope)
            for method, route in methods.items()
        }
        for path, methods in catalogue.routes.items()
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "mockex",
            "version": __version__,
            "description": "An offline exchange that tests the client. Every call is signed over its raw characters.",
        },
        "paths": paths,
        "components": {
            "schemas": {name: _whole(shape) for name, shape in numbers_as_numbers(components).items()},
            "securitySchemes": {"apiKey": {"type": "apiKey", "in": "header", "name": "X-MBX-APIKEY"}},
        },
    }


def _operation(route: Route, shape: dict[str, Any], envelope: dict[str, Any]) -> dict[str, Any]:
    endpoint = route.endpoint
    is_signed = endpoint.security is Security.USER_DATA
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": f"{endpoint.gateway.name}: {endpoint.name.replace('_', ' ')}",
        "parameters": [_parameter(parameter) for parameter in route.parameters] + (_signed() if is_signed else []),
        "responses": {
            "200": {
                "description": "The answer.",
                "content": {endpoint.gateway.content_type: {"schema": shape, "example": json.decode(endpoint.example)}},
            },
            **_refusals(route, envelope),
        },
        "x-weight": {"units": endpoint.weight.units, "per": endpoint.weight.per.value},
    }
    if is_signed:
        operation["security"] = [{"apiKey": []}]
    if endpoint.page:
        operation["externalDocs"] = {"url": endpoint.page}
    return operation


def _whole(shape: dict[str, Any]) -> dict[str, Any]:
    """Say of the shape of an answer that all of it is always there, whatever a scenario may leave out."""
    fields = {name: {k: v for k, v in field.items() if k != "default"} for name, field in shape["properties"].items()}
    return shape | {"properties": fields, "required": list(fields)}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {"name": parameter.name, "in": "query", "required": parameter.is_mandatory, "schema": LONG}


def _signed() -> list[dict[str, Any]]:
    window = LONG | {"minimum": 1, "maximum": MAX_RECV_WINDOW_MS, "default": DEFAULT_RECV_WINDOW_MS}
    return [
        {"name": "recvWindow", "in": "query", "required": False, "schema": window},
        {"name": "timestamp", "in": "query", "required": True, "schema": LONG},
        {"name": "signature", "in": "query", "required": True, "schema": {"type": "string", "minLength": 1}},
    ]


def _refusals(route: Route, envelope: dict[str, Any]) -> dict[str, Any]:
    """Gather what the route's steps may say, by status."""
    by_status: dict[str, dict[str, Any]] = {}
    for says in _all_says(route):
        if not _can_be_heard(says, route.endpoint):
            continue
        response = by_status.setdefault(str(says.status), {"description": {}, "content": {}})
        content_type = says.content_type or route.endpoint.gateway.content_type
        response["content"][content_type] = {"schema": envelope if isinstance(says, Refusal) else {}}
        response["description"][f"{says.code} {says.msg}" if isinstance(says, Refusal) else "a page"] = None
    for response in by_status.values():
        response["description"] = "; ".join(response["description"])
    return dict(sorted(by_status.items()))


def _all_says(route: Route) -> list[Says]:
    says: list[Says] = []
    for step in route.steps:
        if isinstance(step, Check | Barred):
            says.append(step.says)
        elif isinstance(step, Charge):
            says += (step.says, step.bans)
    return says


def _can_be_heard(says: Says, endpoint: Endpoint) -> bool:
    """Say whether a known path can hear it: a keyless call hears nothing of keys and signatures."""
    if endpoint.security is Security.USER_DATA:
        return says.status != 404  # noqa: PLR2004 - the path is known
    return says.status in (403, 418, 429)
