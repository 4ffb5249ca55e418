"""Faults: declared misbehaviour, of which calls it strikes and how often. Off by default; seeded, never a surprise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from mockex.core.bounds import MAX_CLOCK_MS
from mockex.core.dice import roll
from mockex.core.effects import Effect

if TYPE_CHECKING:
    from mockex.core.call import Call

Chance = Annotated[float, Meta(gt=0, le=1)]
Nth = Annotated[int, Meta(ge=1)]


class Fault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens (`effect`) to which calls.

    It strikes calls to `endpoint` (its name), at `gateway`, by `api_key`, from `since_ms` to before `until_ms` of the
    world's clock, the `nth_on_connection`; each that is left out is no restriction. Of those calls it strikes the `nth`
    alone, every `every`th, or each with a `chance` that depends on the seed; at most `times` of them.

    Several faults may strike one call: see `spoiled` in mockex/core/effects.py for what comes of it.
    """

    effect: Effect
    name: Annotated[str, Meta(pattern="^[A-Za-z0-9_.-]{1,64}$(?!\\n)")] | None = None
    endpoint: str | None = None
    gateway: str | None = None
    api_key: str | None = None
    since_ms: Annotated[int, Meta(ge=0, le=MAX_CLOCK_MS)] = 0
    until_ms: Annotated[int, Meta(ge=0, le=MAX_CLOCK_MS)] = MAX_CLOCK_MS
    nth_on_connection: Nth | None = None
    nth: Nth | None = None
    every: Nth | None = None
    chance: Chance = 1.0
    times: Nth | None = None


class Armed(Struct):
    """A fault in a world: how many calls it could have struck, and how many it has."""

    name: str
    fault: Fault
    met: int = 0
    struck: int = 0

    def meets(self, seed: int) -> bool:
        """Count a call that the fault is meant for, and say whether it strikes it."""
        self.met += 1
        if not self._is_due(seed):
            return False
        self.struck += 1
        return True

    def _is_due(self, seed: int) -> bool:
        fault = self.fault
        if fault.times is not None and self.struck >= fault.times:
            return False
        if fault.nth is not None and self.met != fault.nth:
            return False
        if fault.every is not None and self.met % fault.every:
            return False
        return fault.chance >= 1 or roll(seed, self.name, self.met) < fault.chance


def struck_by(plan: Iterable[Armed], call: Call) -> list[Armed]:
    """Give the faults that strike the call, in their order; each that is meant for such calls has counted it."""
    endpoint, gateway = call.route.endpoint.name if call.route else None, call.gateway.name
    api_key, nth_on_connection, now_ms = call.request.api_key, call.request.nth_on_connection, call.now_ms
    return [
        armed
        for armed in plan
        for fault in (armed.fault,)
        if (fault.endpoint is None or fault.endpoint == endpoint)
        and (fault.gateway is None or fault.gateway == gateway)
        and (fault.api_key is None or fault.api_key == api_key)
        and (fault.nth_on_connection is None or fault.nth_on_connection == nth_on_connection)
        and fault.since_ms <= now_ms < fault.until_ms
        and armed.meets(call.world.seed)
    ]
