"""A world's clock, over HTTP."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from mockex.core.bounds import MAX_CLOCK_MS
from mockex.core.clock import Moment, iso, moment_ms
from mockex.errors import MockexError
from mockex.server.control.asking import Asked, Route

Ms = Annotated[int, Meta(ge=-MAX_CLOCK_MS, le=MAX_CLOCK_MS)]


class Turn(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is done to the clock: `skew_ms`, `real` or `set`, then `advance_ms`, then `freeze` or `rate`."""

    skew_ms: Ms | None = None
    real: bool = False
    set: Moment | None = None
    advance_ms: Ms = 0
    freeze: bool = False
    rate: Annotated[float, Meta(ge=0, le=86_400)] | None = None


def show(asked: Asked) -> dict[str, Any]:
    """Tell the clock."""
    clock, now_ms = asked.world.clock, asked.now_ms
    return {
        "now_ms": now_ms,
        "now": iso(now_ms),
        "rate": clock.rate,
        "is_frozen": clock.rate == 0,
        "ahead_of_machine_ms": now_ms - asked.real_ms,
    }


def turn(asked: Asked) -> dict[str, Any]:
    """Turn the clock; what is due by then has happened when this answers."""
    clock, wanted, real_ms = asked.world.clock, asked.body, asked.real_ms
    if sum((wanted.skew_ms is not None, wanted.real, wanted.set is not None)) > 1:
        raise MockexError("a clock is either skewed, or real, or set")
    if wanted.freeze and wanted.rate is not None:
        raise MockexError("a clock is either frozen or runs at a rate")
    if wanted.real or wanted.skew_ms is not None:
        clock.skew(wanted.skew_ms or 0, real_ms)
    if wanted.set is not None:
        clock.set(moment_ms(wanted.set), real_ms)
    if wanted.advance_ms:
        clock.advance(wanted.advance_ms, real_ms)
    if wanted.freeze or wanted.rate is not None:
        clock.set(clock.now_ms(real_ms), real_ms, 0.0 if wanted.freeze else wanted.rate)
    return show(asked)


ROUTES = (
    Route("GET", "/worlds/{world}/clock", "Tell a world's clock", show),
    Route("POST", "/worlds/{world}/clock", "Freeze, set, advance or skew a world's clock", turn, Turn),
)
