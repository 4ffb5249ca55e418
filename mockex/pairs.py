"""NAME=VALUE arguments, read as the fields of a Struct; a name or a value that cannot be is told in one sentence."""

from collections.abc import Sequence
from typing import Any, TypeVar

from msgspec import Struct, json, structs

from mockex.errors import MockexError
from mockex.mistakes import converted, nearest

S = TypeVar("S")


def pairs_of(arguments: Sequence[str]) -> dict[str, str]:
    """Cut NAME=VALUE arguments in two. Raises MockexError."""
    pairs: dict[str, str] = {}
    for argument in arguments:
        name, separator, value = argument.partition("=")
        if not separator or not name:
            raise MockexError(f"{argument!r} says nothing; expected NAME=VALUE")
        if name in pairs:
            raise MockexError(f"{name!r} is given twice")
        pairs[name] = value
    return pairs


def struct_of(shape: type[S], arguments: Sequence[str]) -> S:
    """Read NAME=VALUE arguments as a Struct. Raises MockexError."""
    given = pairs_of(arguments)
    known = fields_of(shape)
    for name in given:
        if name not in known:
            raise MockexError(f"there is no {name!r} to ask for{nearest(name, known)}; there are {', '.join(known)}")
    return converted(given, shape, strict=False)


def fields_of(shape: Any) -> list[str]:
    """Name the fields of a Struct as they are typed."""
    return [field.encode_name for field in structs.fields(shape)]


def sent(value: Any) -> bytes:
    """Write a value as the body of a call; a Struct without what was left out."""
    if isinstance(value, Struct):
        value = {name: one for name, one in structs.asdict(value).items() if one is not None}
    return json.Encoder(decimal_format="number").encode(value)
