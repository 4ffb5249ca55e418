"""What a strategy is given, looked at when it is called: a wrong argument is told at once, not at the first draw."""

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument


def check_strategies(**given: object) -> None:
    """Refuse what is no strategy; None, which asks for the usual one, passes. Raises InvalidArgument."""
    for name, value in given.items():
        if value is not None and not isinstance(value, st.SearchStrategy):
            raise InvalidArgument(f"Expected `{name}` to be a strategy, got {value!r}")


def check_whole(name: str, value: object, least: int, most: int) -> None:
    """Refuse what is no whole number from `least` to `most`. Raises InvalidArgument."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidArgument(f"Expected `{name}` to be a whole number from {least} to {most}, got {value!r}")


def check_sizes(min_size: object, max_size: object, most: int) -> None:
    """Refuse sizes that no list has. Raises InvalidArgument."""
    check_whole("min_size", min_size, 0, most)
    check_whole("max_size", max_size, 0, most)
    if min_size > max_size:  # type: ignore[operator]
        raise InvalidArgument(f"Expected `min_size` <= `max_size`, got {min_size!r} and {max_size!r}")


def check_names(name: str, values: object, known: Sequence[str]) -> None:
    """Refuse no names at all, and names that are not known. Raises InvalidArgument."""
    if isinstance(values, str) or not isinstance(values, Sequence) or not values:
        raise InvalidArgument(f"Expected `{name}` to be some of {', '.join(known)}, got {values!r}")
    for value in values:
        if value not in known:
            raise InvalidArgument(f"Expected `{name}` to be some of {', '.join(known)}, got {value!r} among them")
