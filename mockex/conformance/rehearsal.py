"""What is made when it is first used is made before lanes begin, in one thread.

msgspec looks into a Struct when something is first decoded as one. Two threads that do so at the same time bring the
whole process down, without a word.
"""

import contextlib
from collections.abc import Iterator, Sequence
from functools import cache

from msgspec import Struct, json

from mockex.conformance.case import Ask, Calm, Case, Disturb
from mockex.conformance.playing import play
from mockex.conformance.run import Told
from mockex.core.effects import Documented
from mockex.core.faults import Fault
from mockex.fuzzing.target import Target

PACKAGE = __name__.partition(".")[0]


@cache
def rehearse() -> None:
    """Play a case with a client that does nothing, so that all is imported, and look into every Struct there is."""
    steps = (Disturb(fault=Fault(effect=Documented("overloaded"), times=1)), Ask(what="records"), Calm())
    play(Case(name="rehearsal", steps=steps), _Nobody())
    for kind in _kinds_of(Struct):
        with contextlib.suppress(TypeError, NameError):  # some are never decoded, and could not be
            json.Decoder(kind)


def _kinds_of(kind: type[Struct]) -> Iterator[type[Struct]]:
    for one in kind.__subclasses__():
        if one.__module__.partition(".")[0] == PACKAGE:
            yield one
        yield from _kinds_of(one)


class _Nobody:
    """A client that makes no call."""

    name, version, features = "nobody", "", frozenset({"records", "HMAC", "clock"})

    def open(self, _target: Target) -> Told:
        """Be there."""
        return Told()

    def ask(self, asks: Sequence[Ask]) -> list[Told]:
        """Have no records."""
        return [Told(value=[])] * len(asks)

    def close(self) -> list[str]:
        """Be gone."""
        return []
