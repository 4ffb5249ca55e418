"""A strategy for all that a Struct allows, made from its annotations: what is drawn is what would be decoded."""

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from msgspec import NODEFAULT, inspect

HUGE = (1 << 63) - 1
LONG_TEXT = 20

Given = Mapping[str, st.SearchStrategy[Any]]


def allowed_by(struct: type[Any], given: Given | None = None) -> st.SearchStrategy[Any]:
    """Draw what a Struct allows, `given` fields by name from their own strategies; shrinks to its defaults."""
    described = inspect.type_info(struct)
    assert isinstance(described, inspect.StructType)
    return _struct(described, given or {})


def _struct(described: inspect.StructType, given: Given) -> st.SearchStrategy[Any]:
    fields = {field.name: given[field.name] if field.name in given else _field(field) for field in described.fields}
    return st.builds(described.cls, **fields)


def _field(field: inspect.Field) -> st.SearchStrategy[Any]:
    drawn = _allowed(field.type)
    if field.required:
        return drawn
    if field.default_factory is not NODEFAULT:
        return st.builds(field.default_factory) | drawn
    return st.just(field.default) | drawn


def _allowed(described: inspect.Type) -> st.SearchStrategy[Any]:
    """Find the strategy for a type. Raises InvalidArgument for one that no Struct here has."""
    read = READERS.get(type(described))
    if read is None:
        raise InvalidArgument(f"No strategy is known for {described!r}")
    return read(described)


def _whole(described: inspect.IntType) -> st.SearchStrategy[int]:
    least = described.ge if described.ge is not None else -HUGE
    most = described.le if described.le is not None else HUGE
    edges = [edge for edge in dict.fromkeys((least, most)) if abs(edge) < HUGE]
    return st.integers(least, most) | st.sampled_from(edges) if edges else st.integers(least, most)


def _fraction(described: inspect.FloatType) -> st.SearchStrategy[float]:
    least = described.ge if described.ge is not None else described.gt
    return st.floats(
        least, described.le, exclude_min=described.gt is not None, allow_nan=False, allow_infinity=False, width=64
    )


def _text(described: inspect.StrType) -> st.SearchStrategy[str]:
    if described.pattern is None:
        return st.text(min_size=described.min_length or 0, max_size=min(described.max_length or HUGE, LONG_TEXT))
    pattern = described.pattern.removesuffix("(?!\\n)").removesuffix("$")
    most = described.max_length or HUGE
    return st.from_regex(pattern, fullmatch=True).filter(lambda text: len(text) <= most)


def _one_of(described: inspect.UnionType) -> st.SearchStrategy[Any]:
    plain_first = sorted(described.types, key=lambda one: not isinstance(one, inspect.NoneType))
    return st.one_of([_allowed(one) for one in plain_first])


READERS: dict[type[inspect.Type], Callable[[Any], st.SearchStrategy[Any]]] = {
    inspect.NoneType: lambda _: st.none(),
    inspect.BoolType: lambda _: st.booleans(),
    inspect.IntType: _whole,
    inspect.FloatType: _fraction,
    inspect.StrType: _text,
    inspect.LiteralType: lambda described: st.sampled_from(described.values),
    inspect.UnionType: _one_of,
    inspect.StructType: lambda described: _struct(described, {}),
    inspect.Metadata: lambda described: _allowed(described.type),
}
