"""Timestamp and recvWindow, to the millisecond on both edges."""

import pytest

from mockex.core.bounds import MAX_CLOCK_MS
from mockex.core.clock import Clock, http_date
from mockex.core.dates import months_later_ms
from tests.alice import NOW_MS, exchange, heard, request

LATE = b'"msg":"Timestamp for this request is outside of the recvWindow."'
EARLY = b'"msg":"Timestamp for this request was 1000ms ahead of the server\'s time."'


@pytest.mark.parametrize("gateway", ["PAPI", "SAPI"])
@pytest.mark.parametrize(
    ("recv_window", "age_ms", "msg"),
    [
        (None, 5_000, None),
        (None, 5_001, LATE),
        (1, 1, None),
        (1, 2, LATE),
        (60_000, 60_000, None),
        (60_000, 60_001, LATE),
        (None, -999, None),
        (None, -1_000, EARLY),
        (60_000, -1_000, EARLY),
        (None, NOW_MS - NOW_MS // 1_000, LATE),
        (None, -999 * NOW_MS, EARLY),
        (None, NOW_MS, LATE),
    ],
)
def test_the_edges_of_the_window(gateway: str, recv_window: int | None, age_ms: int, msg: bytes | None) -> None:
    """`timestamp < serverTime + 1000 && serverTime - timestamp <= recvWindow` passes, a millisecond more does not."""
    reply = exchange().handle(request(gateway, timestamp=NOW_MS - age_ms, recvWindow=recv_window))
    assert heard(reply) == ((400, -1021) if msg else (200, None))
    assert msg is None or msg in reply.body


@pytest.mark.parametrize("gateway", ["PAPI", "SAPI"])
@pytest.mark.parametrize(
    ("recv_window", "code"),
    [
        ("60000", None),
        ("60001", -1131),
        ("9223372036854775807", -1131),
        ("9223372036854775808", -1102),
        ("0", -1102),
        ("-1", -1102),
        ("", -1102),
        ("5000.0", -1102),
        ("5e3", -1102),
        ("+5000", -1102),
        ("%205000", -1102),
        ("٥٠٠٠", -1102),
        ("5" * 10_000, -1102),
        ("00005000", None),
    ],
)
def test_what_a_recv_window_may_be(gateway: str, recv_window: str, code: int | None) -> None:
    """60,000 is allowed, above it is -1131; what is no positive LONG is -1102 and names the parameter."""
    reply = exchange().handle(request(gateway, recvWindow=recv_window))
    assert heard(reply) == ((400, code) if code else (200, None))
    assert code != -1102 or b"'recvWindow'" in reply.body


@pytest.mark.parametrize("timestamp", ["", "now", "-1", "1.7e12", f"{NOW_MS}.0", "9" * 21, "9" * 5_000, f"{NOW_MS}%20"])
def test_a_timestamp_that_is_no_long_is_missing(timestamp: str) -> None:
    """It is -1102 and names the timestamp, not -1021."""
    for gateway in ("PAPI", "SAPI"):
        reply = exchange().handle(request(gateway, timestamp=timestamp))
        assert heard(reply) == (400, -1102)
        assert b"'timestamp'" in reply.body


@pytest.mark.parametrize(
    ("clock", "real_ms", "now_ms"),
    [
        (Clock(500, 100, 1.0), 150, 550),
        (Clock(500, 100, 0.0), 999_999, 500),
        (Clock(500, 100, 2.5), 140, 600),
        (Clock(500, 100, 1.0), -10_000, 0),
        (Clock(500, 100, 1e9), 1_000_000_000_000, 253_402_300_799_999),
    ],
)
def test_the_clock_is_arithmetic(clock: Clock, real_ms: int, now_ms: int) -> None:
    """It runs, stands still, or runs faster, and never leaves the years that a date can name."""
    assert clock.now_ms(real_ms) == now_ms
    assert http_date(now_ms // 1_000).endswith(" GMT")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2025-01-15T08:52:33.123Z", "2025-04-15T08:52:33.123Z"),
        ("2025-02-28T00:00:00.000Z", "2025-05-28T00:00:00.000Z"),
        ("2025-11-30T00:00:00.000Z", "2026-02-28T00:00:00.000Z"),
        ("2023-11-30T00:00:00.001Z", "2024-02-29T00:00:00.001Z"),
        ("2025-12-31T23:59:59.999Z", "2026-03-31T23:59:59.999Z"),
        ("1970-01-01T00:00:00.000Z", "1970-04-01T00:00:00.000Z"),
    ],
)
def test_three_calendar_months(start: str, end: str) -> None:
    """A day that the month lacks is its last; exactly three months pass, a millisecond more does not."""
    from datetime import datetime

    start_ms, end_ms = (round(datetime.fromisoformat(text).timestamp() * 1_000) for text in (start, end))
    assert months_later_ms(start_ms, 3) == end_ms
    assert heard(exchange().handle(request(startTime=start_ms, endTime=end_ms))) == (200, None)
    assert heard(exchange().handle(request(startTime=start_ms, endTime=end_ms + 1))) == (400, -1127)


def test_months_do_not_leave_the_years_that_have_dates() -> None:
    """Where three months end after the year 9999 they end with it; a short range is never too big, wherever it lies."""
    assert months_later_ms(MAX_CLOCK_MS - 1_000, 3) == MAX_CLOCK_MS
    assert heard(exchange().handle(request(startTime=2**63 - 2, endTime=2**63 - 1))) == (200, None)
    assert heard(exchange().handle(request(startTime=MAX_CLOCK_MS + 1, endTime=2**63 - 1))) == (400, -1127)
