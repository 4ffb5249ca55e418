"""What a call to mockex itself is made of: a route, what was asked, and mistakes that are answered in a sentence."""

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from mockex.core.exchange import Exchange
from mockex.core.world import World
from mockex.errors import MockexError
from mockex.mistakes import nearest


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
            raise NotThereError(f"there is no world {name!r}{nearest(name, worlds)}")
        return worlds[name]

    @property
    def now_ms(self) -> int:
        """The time of the world in the path."""
        return self.world.now_ms(self.real_ms)


class NotThereError(MockexError):
    """An id is nobody's: 404."""


class Route(Struct, frozen=True):
    """One call that mockex answers about itself; `{name}` in the path stands for one segment.

    `takes` is the type of the JSON body, None where none is read; `raw` routes make their own response.
    """

    method: str
    path: str
    summary: str
    answer: Callable[[Asked], Any] | Callable[[Asked], Awaitable[Any]]
    takes: Any = None
    query: tuple[str, ...] = ()
    status: int = 200
