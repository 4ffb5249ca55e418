"""The faults of a world, as a test holds them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Struct, structs

from mockex.core.effects import Effect
from mockex.core.faults import Fault
from mockex.declaring import fault_said
from mockex.errors import MockexError
from mockex.mistakes import nearest
from mockex.testing.reach import OfWorld


class Declared(Fault, frozen=True, kw_only=True):
    """A fault in a world, with how many calls it could have struck and how many it has."""

    met: int
    struck: int


class LiveFaults(Struct, frozen=True):
    """The faults of a world, in the order in which they are tried."""

    of: OfWorld

    def add(self, what: str | Effect | Fault, **about: Any) -> str:
        """Declare a fault, and give its name.

        `add("drip every_ms=10", times=2)` or `add("overloaded nth=3")` says it in words, as `mockex fault add` does;
        `add(Latency(ms=20), endpoint="pm_loan")` takes an effect, `add(Fault(…))` all of it. Raises MockexError.
        """
        return self.of.ask("POST", "/faults", Declared, declared(what, about)).name or ""

    def remove(self, name: str) -> None:
        """End a fault. Raises MockexError where there is none."""
        self.of.ask("DELETE", f"/faults/{name}", dict)

    def clear(self) -> None:
        """End all faults."""
        self.of.ask("DELETE", "/faults", dict)

    @contextmanager
    def during(self, what: str | Effect | Fault, **about: Any) -> Iterator[str]:
        """Declare a fault that ends with the `with`."""
        name = self.add(what, **about)
        try:
            yield name
        finally:
            if name in (one.name for one in self):  # the timeline, or the test, may have ended it
                self.remove(name)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __iter__(self) -> Iterator[Declared]:
        return iter(self.of.ask("GET", "/faults", list[Declared]))

    def struck(self, name: str) -> int:
        """Say how many calls a fault has struck. Raises KeyError."""
        return {one.name: one.struck for one in self}[name]


def declared(what: str | Effect | Fault, about: dict[str, Any]) -> Fault:
    """Make a fault of what a test says. Raises MockexError."""
    if isinstance(what, str):
        return fault_said(what, about)
    known = [name for name in Fault.__struct_fields__ if name != "effect"]
    for name in about:
        if name not in known:
            raise MockexError(f"a fault has no {name!r}{nearest(name, known)}; there are {', '.join(known)}")
    return structs.replace(what, **about) if isinstance(what, Fault) else Fault(effect=what, **about)
