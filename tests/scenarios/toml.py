"""Writes TOML, for scenarios that tests make up: one inline value for each name."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

ESCAPES = {ord('"'): '\\"', ord("\\"): "\\\\"} | {code: f"\\u{code:04X}" for code in (*range(32), 127)}


def as_toml(table: dict[str, Any]) -> str:
    """Write a table, as a file of its own."""
    return "".join(f"{_string(name)} = {_value(value)}\n" for name, value in table.items())


def _string(text: str) -> str:
    return f'"{text.translate(ESCAPES)}"'


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case float() | Decimal():
            return _number(Decimal(value))
        case str():
            return _string(value)
        case datetime() | date() | time():
            return value.isoformat()
        case dict():
            return "{" + ", ".join(f"{_string(name)} = {_value(one)}" for name, one in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_value, value)) + "]"
    raise TypeError(type(value))


def _number(number: Decimal) -> str:
    """Write a float, which in TOML has a point or an exponent."""
    if number.is_nan():
        return "nan"
    if number.is_infinite():
        return "-inf" if number < 0 else "inf"
    return f"{number:e}"
