"""The clock of a world, as a test holds it: it moves only when it is told to, or runs as it is told to."""

from asyncio import sleep as one_turn
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from mockex.errors import MockexError
from mockex.mistakes import nearest
from mockex.testing.reach import OfWorld

WORDS = ("weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds")


class Time(Struct):
    """What a clock says of itself; `ahead_of_machine_ms` counts from the machine's clock."""

    now_ms: int
    now: str
    rate: float
    is_frozen: bool
    ahead_of_machine_ms: int


class LiveClock(Struct, frozen=True):
    """The clock of a world. Spans are said in timedelta's words: `advance(minutes=2)`, `skew(milliseconds=-1500)`.

    It can stand in for the module `time` in a client, `time()`, `time_ns()` and `sleep()` being on the world's clock:
    `patch("my_client.time", world.clock)`. Who sleeps there moves the clock on, and waits for nothing.
    """

    of: OfWorld

    @property
    def told(self) -> Time:
        """What the clock says of itself."""
        return self.of.ask("GET", "/clock", Time)

    @property
    def now_ms(self) -> int:
        """The world's time in milliseconds since 1970 UTC."""
        return self.told.now_ms

    @property
    def now(self) -> datetime:
        """The world's time, in UTC."""
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=self.now_ms)

    def advance(self, **span: float) -> Time:
        """Move the clock on, or back; what is due by then has happened."""
        return self._turn(advance_ms=milliseconds(span))

    def skew(self, **span: float) -> Time:
        """Let the clock run beside the machine's, so far ahead of it, or behind."""
        return self._turn(skew_ms=milliseconds(span))

    def set(self, to: datetime | str | int) -> Time:
        """Put the clock to a moment: a datetime with its zone, ISO 8601, or milliseconds; it runs on as it did."""
        return self._turn(set=to)

    def freeze(self, at: datetime | str | int | None = None) -> Time:
        """Let the clock stand still, now or at a moment."""
        return self._turn(freeze=True, **({} if at is None else {"set": at}))

    def run(self, rate: float = 1.0) -> Time:
        """Let the clock run on, so many times as fast as the machine's."""
        return self._turn(rate=rate)

    def time(self) -> float:
        """Give the world's time in seconds, as `time.time` does the machine's."""
        return self.now_ms / 1_000

    def time_ns(self) -> int:
        """Give the world's time in nanoseconds, as `time.time_ns` does the machine's."""
        return self.now_ms * 1_000_000

    def sleep(self, seconds: float) -> None:
        """Move the clock on instead of sleeping. Raises ValueError as `time.sleep` does."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.advance(seconds=seconds)

    async def asleep(self, seconds: float) -> None:
        """Move the clock on instead of sleeping; it may stand in for `asyncio.sleep` itself."""
        self.sleep(seconds)
        await one_turn(0)

    def _turn(self, **about: Any) -> Time:
        return self.of.ask("POST", "/clock", Time, about)


def milliseconds(span: dict[str, float]) -> int:
    """Count the milliseconds of a span that is said in timedelta's words, rounded up. Raises MockexError."""
    for word in span:
        if word not in WORDS:
            raise MockexError(f"a span has no {word!r}{nearest(word, WORDS)}; there are {', '.join(WORDS)}")
    try:
        return -(timedelta(**span) // timedelta(milliseconds=-1))
    except (TypeError, ValueError, OverflowError) as error:
        said = ", ".join(f"{word}={value!r}" for word, value in span.items())
        raise MockexError(f"{said} is no span of time: {error}") from None
