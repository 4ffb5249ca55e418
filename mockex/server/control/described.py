"""The OpenAPI page of the control calls, made from their routes."""

import re
from collections.abc import Sequence
from typing import Any

from msgspec import Raw, json

from mockex import __version__
from mockex.scenarios import numbers_as_numbers
from mockex.server.control.asking import Route


def described(routes: Sequence[Route], prefix: str) -> dict[str, Any]:
    """Describe every control call."""
    taken = [route.takes for route in routes if route.takes not in (None, Raw)]
    shapes, components = json.schema_components(taken, ref_template="#/components/schemas/{name}")
    shape_of = dict(zip(map(id, taken), shapes, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        shape = shape_of.get(id(route.takes), {} if route.takes is Raw else None)
        paths.setdefault(f"{prefix}{route.path}", {})[route.method.lower()] = _operation(route, shape)
    return {
        "openapi": "3.1.0",
        "info": {"title": "mockex control", "version": __version__, "description": "What mockex does about itself."},
        "paths": paths,
        "components": {"schemas": numbers_as_numbers(components)},
    }


def _operation(route: Route, shape: dict[str, Any] | None) -> dict[str, Any]:
    named = re.findall(r"{(\w+)}", route.path)
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in named]
    parameters += [{"name": name, "in": "query", "schema": {"type": "string"}} for name in route.query]
    failed = {"description": "One sentence under `error`.", "content": {"application/json": {}}}
    operation: dict[str, Any] = {
        "summary": route.summary,
        "parameters": parameters,
        "responses": {str(route.status): {"description": route.summary}, "4XX": failed},
    }
    if shape is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": numbers_as_numbers(shape)}}}
    if "toml" in route.query:
        operation["requestBody"]["content"]["application/toml"] = {"schema": {"type": "string"}}
    return operation
