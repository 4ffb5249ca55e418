"""The exchange's own OpenAPI description as a judge: whether an answer is one that it promises."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any

from mockex.endpoints import CATALOGUE
from mockex.openapi import description

Schema = dict[str, Any]
REFERENCE = "#/components/schemas/"

KINDS: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float | Decimal) and not isinstance(value, bool),
}
"""Every `type` that the description has."""

BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "minimum": lambda value, bound: bool(value >= bound),
    "maximum": lambda value, bound: bool(value <= bound),
    "minLength": lambda value, bound: len(value) >= bound,
    "maxLength": lambda value, bound: len(value) <= bound,
    "pattern": lambda value, bound: re.search(bound, value) is not None,
}

KNOWN = {"type", "anyOf", "$ref", "properties", "required", "additionalProperties", "items", *BOUNDS}
REMARKS = {"title", "description", "example", "default", "format"}
"""What says nothing of a value; any other word is asked for, and a test sees that the description has none."""


@cache
def _described() -> Schema:
    return description(CATALOGUE)


def contents(path: str, method: str, status: int) -> Schema | None:
    """Give what the description promises for a status of a path, by Content-Type; None where it has no such status."""
    operation = _described()["paths"].get(path, {}).get(method.lower(), {})
    response = operation.get("responses", {}).get(str(status))
    content: Schema | None = None if response is None else response["content"]
    return content


def misfit(value: Any, schema: Schema, place: str = "its body") -> str | None:
    """Say what in a value the schema does not allow, or None."""
    return next(_misfits(value, schema, place), None)


def _misfits(value: Any, schema: Schema, place: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = _described()["components"]["schemas"][schema["$ref"].removeprefix(REFERENCE)]
    if "anyOf" in schema and all(misfit(value, one, place) for one in schema["anyOf"]):
        yield f"{place} is {value!r}, which is none of what it may be"
    kind = schema.get("type")
    if kind is not None and not KINDS[kind](value):
        yield f"{place} is {value!r}, and not of the type {kind}"
        return
    for name, holds in BOUNDS.items():
        if name in schema and not holds(value, schema[name]):
            yield f"{place} is {value!r}, against the {name} of {schema[name]}"
    if kind == "object":
        yield from _members(value, schema, place)
    if kind == "array":
        for number, one in enumerate(value):
            yield from _misfits(one, schema["items"], f"{place}[{number}]")


def _members(value: dict[str, Any], schema: Schema, place: str) -> Iterator[str]:
    properties = schema["properties"]
    for name in schema["required"]:
        if name not in value:
            yield f"{place} has no {name}"
    for name, one in value.items():
        if name in properties:
            yield from _misfits(one, properties[name], f"{place}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{place} has {name}, which is not described"
