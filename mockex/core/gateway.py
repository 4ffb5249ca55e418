"""A gateway as data: the order of its checks, its budgets and its headers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from mockex.core.head import HeaderSet
from mockex.core.refusals import Mark, Refusal, Says
from mockex.core.weight import Scope

if TYPE_CHECKING:
    from mockex.core.call import Call


class Check(Struct, frozen=True):
    """One question about a call; where `asks` says yes, the gateway `says` no.

    `asks` is pure and total; where the question belongs to another check it says False.
    """

    asks: Callable[[Call], bool]
    says: Says
    mark: Mark
    source: str

    @property
    def name(self) -> str:
        """The question's name."""
        return self.asks.__name__


class Barred(Struct, frozen=True):
    """Is the IP banned? Asking during a ban re-arms it."""

    says: Refusal
    mark: Mark
    source: str
    name: str = "ip_is_banned"


class Charge(Struct, frozen=True):
    """Add the weight of the call; over the limit `says` refuses, and `bans` refuses who went on asking."""

    says: Refusal
    bans: Refusal
    mark: Mark
    source: str
    name: str = "weight_is_over_the_limit"


class EndpointChecks(Struct, frozen=True):
    """The place where the endpoint's own checks stand."""

    name: str = "the endpoint's own checks"


Step = Check | Barred | Charge | EndpointChecks
Question = Callable[["Call"], bool]
Way = tuple[tuple[Question | None, Check | Barred | Charge], ...]


def way_of(steps: Sequence[Step]) -> Way:
    """Make steps ready to be gone, in their order: each with what it asks of a call; a charge asks nothing."""
    return tuple((_question_of(step), step) for step in steps if not isinstance(step, EndpointChecks))


def _question_of(step: Check | Barred | Charge) -> Question | None:
    match step:
        case Check():
            return step.asks
        case Barred():
            return ip_is_banned
        case Charge():
            return None


def ip_is_banned(call: Call) -> bool:
    """Is the IP banned from the gateway?"""
    return call.banned_until_ms > 0


class Budget(Struct, frozen=True):
    """A kind of budget: which of the Limits holds, whether every endpoint has its own, the headers that tell of it."""

    limit: str
    per_endpoint: bool
    headers: tuple[str, ...]
    mark: Mark
    source: str


class Gateway(Struct, frozen=True, kw_only=True):
    """One gateway: what it answers for (the start of its paths), in which order it checks, and how it speaks."""

    name: str
    prefix: str
    steps: tuple[Step, ...]
    budgets: dict[Scope, Budget]
    content_type: str
    answers: HeaderSet
    refuses: HeaderSet
