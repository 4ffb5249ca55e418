"""What is wrong with a file that msgspec refused: the path in it, what was expected, and the nearest word."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Struct, structs

from mockex.errors import MockexError

T = TypeVar("T")

_AT = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?$", re.DOTALL)
_QUOTED = re.compile(r"(?:unknown field|[Ii]nvalid (?:enum )?value) [`'](?P<word>[^`']*)[`']")


def converted(value: Any, shape: type[T], *, strict: bool = True) -> T:
    """Turn what is read already into a type; if not strict, numbers may stand as text in it. Raises MockexError."""
    try:
        return msgspec.convert(value, shape, strict=strict)
    except (msgspec.ValidationError, OverflowError) as error:
        raise MockexError(explained(str(error), shape, value)) from None


def explained(message: str, shape: Any, data: Any) -> str:
    """Turn a message of msgspec into one that says where, what was expected, and the nearest known word."""
    match = _AT.match(message)
    assert match is not None
    what, path = match["what"], (match["path"] or "").strip(".")
    quoted = _QUOTED.search(what)
    hint = nearest(quoted["word"], _known_words(shape, path, data)) if quoted else ""
    place = f"at {path}: " if path else ""
    return in_one_line(f"{place}{what[0].lower()}{what[1:]}{hint}")


def in_one_line(text: str) -> str:
    """Write what cannot be printed as its escape, so that nobody's words break the line."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def nearest(word: str, known: Iterable[str]) -> str:
    """Give the nearest known word, as a remark to put behind a sentence; nothing where none is near."""
    by_small_letters = {one.lower(): one for one in known}
    close = get_close_matches(word.lower(), by_small_letters, n=1, cutoff=0.5)
    return f" (did you mean {by_small_letters[close[0]]!r}?)" if close else ""


def _known_words(shape: Any, path: str, data: Any) -> list[str]:
    """List what could have stood at the path: the fields of its table, or the values of its choice."""
    shapes = [shape]
    for step in re.findall(r"[^.\[\]]+", path):
        if step.isdigit():
            data = data[int(step)] if isinstance(data, list) and int(step) < len(data) else None
            shapes = [item for known in shapes for item in _item_shapes(known)]
        elif step == "...":
            shapes = [item for known in shapes for item in _item_shapes(known)]
        else:
            data = data.get(step) if isinstance(data, dict) else None
            shapes = [field for known in shapes for field in _field_shapes(known, step)]
    return [word for known in shapes for word in _words(known)]


def _choices(shape: Any) -> list[Any]:
    """Take annotations and unions off a type."""
    if get_origin(shape) is Annotated:
        return _choices(get_args(shape)[0])
    if get_origin(shape) in (Union, UnionType):
        return [choice for argument in get_args(shape) for choice in _choices(argument)]
    return [shape]


def _item_shapes(shape: Any) -> list[Any]:
    return [get_args(choice)[0] for choice in _choices(shape) if get_origin(choice) in (tuple, list)]


def _field_shapes(shape: Any, name: str) -> list[Any]:
    found: list[Any] = []
    for choice in _choices(shape):
        if isinstance(choice, type) and issubclass(choice, Struct):
            if name == choice.__struct_config__.tag_field:
                found.append(Literal[choice.__struct_config__.tag])
            found += [field.type for field in structs.fields(choice) if field.encode_name == name]
    return found


def _words(shape: Any) -> list[str]:
    words: list[str] = []
    for choice in _choices(shape):
        if get_origin(choice) is Literal:
            words += map(str, get_args(choice))
        elif isinstance(choice, type) and issubclass(choice, Struct):
            words += [field.encode_name for field in structs.fields(choice)]
    return words
