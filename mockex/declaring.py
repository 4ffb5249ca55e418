"""Faults as they are said in a line: the type of an effect, or a documented answer, and names with values."""

import shlex
from collections.abc import Mapping
from typing import Any, get_args

from msgspec import structs

from mockex.core.documented import BY_NAME
from mockex.core.effects import Effect
from mockex.core.faults import Fault
from mockex.errors import MockexError
from mockex.mistakes import converted, nearest
from mockex.pairs import pairs_of


def fault_of(effect: str, values: Mapping[str, Any]) -> Fault:
    """Read a fault: what its effect has no name for says which calls it strikes. Raises MockexError."""
    shapes = {shape.__struct_config__.tag: shape for shape in get_args(Effect)}
    about: dict[str, Any] = {"type": effect}
    if effect not in shapes and effect in BY_NAME:
        effect, about = "documented", {"type": "documented", "answer": effect}
    if effect not in shapes:
        known = [*shapes, *BY_NAME]
        raise MockexError(f"there is no fault {effect!r}{nearest(effect, known)}; there are {', '.join(known)}")
    of_effect = [field.encode_name for field in structs.fields(shapes[effect])]
    of_fault = [field.encode_name for field in structs.fields(Fault) if field.name != "effect"]
    given: dict[str, Any] = {"effect": about}
    for name, value in values.items():
        if name in of_effect:
            about[name] = value
        elif name in of_fault:
            given[name] = value
        else:
            known = [*of_effect, *of_fault]
            hint = nearest(name, known)
            raise MockexError(f"{effect!r} and its calls have no {name!r}{hint}; there are {', '.join(known)}")
    return converted(given, Fault, strict=False)


def fault_said(line: str, about: Mapping[str, Any]) -> Fault:
    """Read a fault as `mockex fault add` has it, `drip every_ms=10 times=2`, and what is said of it apart.

    Raises MockexError.
    """
    effect, *words = shlex.split(line) or [""]
    return fault_of(effect, {**pairs_of(words), **about})
