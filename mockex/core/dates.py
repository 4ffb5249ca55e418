"""Calendar months in UTC."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta

from mockex.core.bounds import MAX_CLOCK_MS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def months_later_ms(start_ms: int, months: int) -> int:
    """Give the same day and time some calendar months later in UTC; a day that the month lacks becomes its last day.

    28 February and three months is 28 May. Past the end of the year 9999 time does not go on.
    """
    if start_ms > MAX_CLOCK_MS:
        return start_ms
    start = _EPOCH + timedelta(milliseconds=start_ms)
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    if year > 9999:  # noqa: PLR2004 - the last year that has dates
        return MAX_CLOCK_MS
    day = min(start.day, monthrange(year, month + 1)[1])
    later = start.replace(year=year, month=month + 1, day=day)
    return (later - _EPOCH) // timedelta(milliseconds=1)
