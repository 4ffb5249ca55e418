"""The clock of a world: arithmetic on the time of the machine, which the shell reads once for every request."""

from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache
from typing import Annotated

from msgspec import Meta, Struct

from mockex.core.bounds import MAX_CLOCK_MS

Moment = (
    Annotated[datetime, Meta(tz=True, description="a date and time with its zone, as 2025-01-08T00:00:00Z")]
    | Annotated[int, Meta(ge=0, le=MAX_CLOCK_MS, description="milliseconds since 1970 UTC")]
)


class Clock(Struct):
    """Where the time of the exchange stands and how it runs; all in milliseconds since 1970 UTC.

    `now = anchor + (real - real_anchor) × rate`; a rate of 0 is a clock that stands still.
    """

    anchor_ms: int = 0
    real_anchor_ms: int = 0
    rate: float = 1.0

    def now_ms(self, real_ms: int) -> int:
        """Give the time of the exchange at a time of the machine, within what a Date header can name."""
        since = real_ms - self.real_anchor_ms
        now = self.anchor_ms + (since if self.rate == 1.0 else int(since * self.rate))
        return now if 0 <= now <= MAX_CLOCK_MS else min(max(now, 0), MAX_CLOCK_MS)

    def set(self, to_ms: int, real_ms: int, rate: float | None = None) -> None:
        """Put the clock to a time; it runs on as before, or at another rate (0 freezes it)."""
        self.anchor_ms, self.real_anchor_ms = min(max(to_ms, 0), MAX_CLOCK_MS), real_ms
        self.rate = self.rate if rate is None else rate

    def advance(self, by_ms: int, real_ms: int) -> None:
        """Move the clock on."""
        self.set(self.now_ms(real_ms) + by_ms, real_ms)

    def skew(self, by_ms: int, real_ms: int) -> None:
        """Let the clock run beside the machine's, so far ahead of it."""
        self.set(real_ms + by_ms, real_ms, 1.0)


@lru_cache(maxsize=64)
def http_date(second: int) -> str:
    """Write a second since 1970 as the Date header does."""
    return formatdate(second, usegmt=True)


def moment_ms(moment: datetime | int) -> int:
    """Give a moment in milliseconds since 1970 UTC, exactly."""
    if isinstance(moment, int):
        return moment
    return int(moment.timestamp()) * 1_000 + moment.microsecond // 1_000


def iso(ms: int) -> str:
    """Write a time as ISO 8601 in UTC, to the millisecond."""
    return f"{datetime.fromtimestamp(ms // 1_000, UTC):%Y-%m-%dT%H:%M:%S}.{ms % 1_000:03}Z"
