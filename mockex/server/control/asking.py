"""What a call to mockex itself is made of: a route, what was asked, and mistakes that are answered in a sentence."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import Struct, json

from mockex.core.exchange import Exchange
from mockex.core.world import World
from mockex.errors import MockexError
from mockex.mistakes import explained, nearest

MAX_COMPARED = 200
"""Names that a mistaken one is compared with; comparing takes time."""


class Asked(Struct, frozen=True):
    """One call to mockex itself; `body` is already of the route's type, `query` is decoded."""

    exchange: Exchange
    real_ms: int
    url: str
    path: dict[str, str]
    query: dict[str, str]
    body: Any

    @property
    def world(self) -> World:
        """The world in the path. Raises NotThereError."""
        name = self.path["world"]
        worlds = self.exchange.worlds.by_name
        if name not in worlds:
            raise NotThereError(f"there is no world {name!r}{nearest(name, list(worlds)[:MAX_COMPARED])}")
        return worlds[name]

    @property
    def now_ms(self) -> int:
        """The time of the world in the path."""
        return self.world.now_ms(self.real_ms)


class NotThereError(MockexError):
    """An id is nobody's: 404."""


class Route(Struct, frozen=True):
    """One call that mockex answers about itself; `{name}` in the path stands for one segment.

    `takes` is the type of the JSON body, None where none is read; `query` names what may stand in the query.
    """

    method: str
    path: str
    summary: str
    answer: Callable[[Asked], Any] | Callable[[Asked], Awaitable[Any]]
    takes: Any = None
    query: tuple[str, ...] = ()
    status: int = 200


def read(body: bytes | msgspec.Raw, shape: Any) -> Any:
    """Read JSON as a type. Raises MockexError with the path in it, what was expected, and the nearest word."""
    try:
        return json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise MockexError(explained(str(error), shape, _loosely(body))) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MockexError(f"the body is not JSON: {error}") from None
    except RecursionError:
        raise MockexError("the body is JSON within JSON without end") from None


def _loosely(body: bytes | msgspec.Raw) -> Any:
    """Read JSON as whatever it is; None where it has no end."""
    try:
        return json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
