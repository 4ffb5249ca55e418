"""What an account is to hold, and what is to be other in a world, read from what was typed."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from mockex.asking import Server
from mockex.errors import MockexError
from mockex.mistakes import converted, nearest
from mockex.pairs import fields_of, pairs_of, sent

SHOWN = 6


def uid_of(server: Server, uid: int | None) -> int:
    """Give the account that is meant: the only one, where none is named. Raises MockexError."""
    if uid is not None:
        return uid
    uids: list[int] = server.ask("GET", server.of_world())["accounts"]
    if len(uids) != 1:
        listed = ", ".join([*map(str, uids[:SHOWN]), *(["…"] if len(uids) > SHOWN else [])]) or "none"
        raise MockexError(f"the world {server.world!r} has {len(uids)} accounts; --uid says which of {listed}")
    return uids[0]


def held_of(what: str, values: Sequence[str]) -> bytes:
    """Read what is to be held: JSON as it stands, or NAME=VALUE as the fields of it, or of one of a list."""
    if len(values) == 1 and values[0].lstrip().startswith(("{", "[")):
        return values[0].encode("utf-8", "surrogateescape")
    from mockex.endpoints import CATALOGUE

    shapes = {endpoint.held_as: endpoint.holds for endpoint in CATALOGUE.endpoints if endpoint.held_as}
    if what not in shapes:
        raise MockexError(f"an account holds no {what!r}{nearest(what, shapes)}; it holds {', '.join(shapes)}")
    shape = shapes[what]
    given: Any = {name: value_of(value) for name, value in pairs_of(values).items()}
    return sent(converted(given if hasattr(shape, "__struct_fields__") else [given], shape, strict=False))


def value_of(text: str) -> Any:
    """Read a value that is itself JSON; every other is taken as it is typed."""
    if not text.startswith(("[", "{")):
        return text
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise MockexError(f"{text!r} is not JSON: {error}") from None


def changes_of(values: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Read which limits and which behaviour are to be other."""
    from mockex.core.scenario import Behaviour
    from mockex.core.weight import Limits

    limits, behaviour = fields_of(Limits), fields_of(Behaviour)
    changes: dict[str, dict[str, Any]] = {"limits": {}, "behaviour": {}}
    for name, value in pairs_of(values).items():
        if name in limits:
            changes["limits"][name] = converted(value, int, strict=False)
        elif name in behaviour:
            changes["behaviour"][name] = value
        else:
            known = [*limits, *behaviour]
            raise MockexError(f"a world has no {name!r}{nearest(name, known)}; it has {', '.join(known)}")
    return changes
