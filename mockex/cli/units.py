"""Durations and moments as they are typed: `1h30m`, `250ms`; `2026-01-01T00:00:30Z`, or milliseconds since 1970."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

import click

UNITS_MS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_DURATION = re.compile(r"([+-]?)((?:[0-9]{1,18}(?:\.[0-9]{1,9})?(?:ms|[dhms]))+)", re.ASCII)
_PART = re.compile(r"([0-9.]+)(ms|[dhms])")


def duration_ms(text: str) -> int:
    """Read a duration; its units stand in their order, each once at most. Raises ValueError."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no duration; expected one as 90s, 2m, 1h30m, 250ms or 3d")
    parts = _PART.findall(match[2])
    places = [list(UNITS_MS).index(unit) for _, unit in parts]
    if places != sorted(set(places)):
        raise ValueError(f"{text!r} is no duration: d, h, m, s and ms stand in this order, each once at most")
    total = sum(Decimal(number) * UNITS_MS[unit] for number, unit in parts)
    if total != int(total):
        raise ValueError(f"{text!r} is no whole number of milliseconds")
    return -int(total) if match[1] == "-" else int(total)


def spoken(ms: int) -> str:
    """Write a duration as it can be typed."""
    if ms == 0:
        return "0s"
    words, rest = [], abs(ms)
    for unit, length in UNITS_MS.items():
        count, rest = divmod(rest, length)
        if count:
            words.append(f"{count}{unit}")
    return f"{'-' if ms < 0 else ''}{''.join(words)}"


def moment_ms(text: str) -> int:
    """Read a moment: ISO 8601 with its zone, or milliseconds since 1970 UTC. Raises ValueError."""
    if text.isascii() and text.isdigit() and len(text) <= 18:  # noqa: PLR2004 - more digits than any year has
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no moment; expected one as 2026-01-01T00:00:30Z, or milliseconds") from None
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no zone; in UTC it is {moment.isoformat()}Z")
    from mockex.core.clock import moment_ms as exactly

    return exactly(moment)


class Typed(click.ParamType):  # type: ignore[type-arg] # it takes one only since click 8.2
    """A kind of argument that a function reads."""

    def __init__(self, name: str, read: Any) -> None:
        self.name = name
        self.read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read an argument; what is wrong with it is one sentence."""
        if not isinstance(value, str):
            return int(value)
        try:
            return int(self.read(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


DURATION = Typed("duration", duration_ms)
MOMENT = Typed("moment", moment_ms)
