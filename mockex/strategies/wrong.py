"""What may be sent, wrongly: LONGs, timestamps, recvWindows, ranges and signatures that are refused."""

from base64 import b64decode, b64encode, encodebytes
from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mockex.core.bounds import (
    DEFAULT_RECV_WINDOW_MS,
    EARLIEST_TIMESTAMP_AHEAD_MS,
    MAX_CLOCK_MS,
    MAX_LONG,
    MAX_LONG_DIGITS,
    MAX_RECV_WINDOW_MS,
)
from mockex.core.dates import months_later_ms
from mockex.core.params import as_long
from mockex.core.signing import hmac_signature
from mockex.core.wire import as_bytes
from mockex.endpoints.negative_balance_exchange_record import SHORTEST_THREE_MONTHS_MS
from mockex.signer import Signer
from mockex.strategies.arguments import check_whole
from mockex.strategies.held import PLAIN_MS
from mockex.strategies.sent import MONTHS

_NO_LONGS = (
    "",
    "abc",
    "-1",
    "1.0",
    "5e3",
    "+1",
    " 1",
    "1 ",
    "1,000",
    "1_000",
    "0x1388",
    "null",
    "None",
    "NaN",
    "٥٠٠٠",
    "²",
    "1\x00",
    "2026-01-01T00:00:00Z",
    str(MAX_LONG + 1),
    "9" * MAX_LONG_DIGITS,
    "1".rjust(MAX_LONG_DIGITS + 1, "0"),
)


def bad_longs() -> st.SearchStrategy[str]:
    """Draw what is no LONG: nothing at all, signs, fractions, other digits, blanks, too many digits.

    Shrinks to nothing at all.
    """
    return st.sampled_from(_NO_LONGS) | st.text(max_size=25).filter(lambda text: as_long(text) is None)


def late_timestamps(*, now_ms: int = PLAIN_MS, recv_window_ms: int = DEFAULT_RECV_WINDOW_MS) -> st.SearchStrategy[int]:
    """Draw timestamps that come too late when the exchange's clock reads `now_ms`: by 1 ms or more, or in seconds.

    Raises InvalidArgument where no time has passed in which one could be late. Shrinks to the last that is too late.
    """
    check_whole("recv_window_ms", recv_window_ms, 1, MAX_RECV_WINDOW_MS)
    check_whole("now_ms", now_ms, recv_window_ms + 1, MAX_CLOCK_MS)
    last = now_ms - recv_window_ms - 1
    return st.sampled_from([last, min(now_ms // 1_000, last), 0]) | st.integers(0, last)


def early_timestamps(*, now_ms: int = PLAIN_MS) -> st.SearchStrategy[int]:
    """Draw timestamps that are too far ahead when the exchange's clock reads `now_ms`: by 1,000 ms, or in microseconds.

    Shrinks to the first that is too far ahead.
    """
    check_whole("now_ms", now_ms, 0, MAX_CLOCK_MS)
    first = now_ms + EARLIEST_TIMESTAMP_AHEAD_MS
    return st.sampled_from([first, max(now_ms * 1_000, first), MAX_LONG]) | st.integers(first, MAX_LONG)


def bad_timestamps(*, now_ms: int = PLAIN_MS, recv_window_ms: int = DEFAULT_RECV_WINDOW_MS) -> st.SearchStrategy[str]:
    """Draw timestamps, as they are sent, that are refused when the clock reads `now_ms`: late, early, or no LONG.

    Shrinks to the last that is too late, or to the first too far ahead where none can be late.
    """
    check_whole("recv_window_ms", recv_window_ms, 1, MAX_RECV_WINDOW_MS)
    refused = early_timestamps(now_ms=now_ms).map(str) | bad_longs()
    if now_ms <= recv_window_ms:
        return refused
    return late_timestamps(now_ms=now_ms, recv_window_ms=recv_window_ms).map(str) | refused


def too_large_recv_windows() -> st.SearchStrategy[int]:
    """Draw recvWindows beyond 60,000 ms.

    Shrinks to 60,001.
    """
    first = MAX_RECV_WINDOW_MS + 1
    return st.sampled_from([first, MAX_LONG]) | st.integers(first, MAX_LONG)


def malformed_recv_windows() -> st.SearchStrategy[str]:
    """Draw recvWindows, as they are sent, that are zero or no LONG.

    Shrinks to "0".
    """
    return st.sampled_from(["0", "00"]) | bad_longs()


def bad_recv_windows() -> st.SearchStrategy[str]:
    """Draw recvWindows, as they are sent, that are refused: too large, zero, or no LONG.

    Shrinks to "60001".
    """
    return too_large_recv_windows().map(str) | malformed_recv_windows()


def reversed_ranges(*, now_ms: int = PLAIN_MS) -> st.SearchStrategy[tuple[int, int]]:
    """Draw startTime and endTime that is before it.

    Shrinks to `now_ms` and the millisecond before it, or 1 and 0.
    """
    check_whole("now_ms", now_ms, 0, MAX_CLOCK_MS)
    starts = st.just(max(now_ms, 1)) | st.integers(1, MAX_LONG)
    return starts.flatmap(lambda start: (st.just(start - 1) | st.integers(0, start - 1)).map(lambda end: (start, end)))


def too_big_ranges(*, now_ms: int = PLAIN_MS) -> st.SearchStrategy[tuple[int, int]]:
    """Draw startTime and endTime that are more than three calendar months apart.

    Shrinks to `now_ms` and a millisecond more than three months.
    """
    check_whole("now_ms", now_ms, 0, MAX_CLOCK_MS)
    return (st.just(now_ms) | st.integers(0, MAX_CLOCK_MS)).flatmap(_too_far)


def _too_far(start_ms: int) -> st.SearchStrategy[tuple[int, int]]:
    # At the end of the year 9999 no month is left, and 89 days always pass.
    first = max(months_later_ms(start_ms, MONTHS), start_ms + SHORTEST_THREE_MONTHS_MS) + 1
    return (st.just(first) | st.integers(first, MAX_LONG)).map(lambda end_ms: (start_ms, end_ms))


def bad_ranges(*, now_ms: int = PLAIN_MS) -> st.SearchStrategy[tuple[int, int]]:
    """Draw startTime and endTime that are refused: one after the other, or more than three calendar months apart.

    Shrinks to `now_ms` and the millisecond before it.
    """
    return reversed_ranges(now_ms=now_ms) | too_big_ranges(now_ms=now_ms)


def bad_signatures(*, signer: Signer, payload: str) -> st.SearchStrategy[str]:
    """Draw signatures, not yet percent-encoded, that do not fit a payload by the signer's key, the well-known mistakes
    of clients among them.

    Shrinks to 64 zeros.
    """
    if not isinstance(signer, Signer):
        raise InvalidArgument(f"Expected `signer` to be a Signer, got {signer!r}")
    if not isinstance(payload, str):
        raise InvalidArgument(f"Expected `payload` to be a string, got {payload!r}")
    mistaken = st.sampled_from(_MISTAKES).map(lambda mistake: mistake(signer, payload))
    drawn = st.just("0" * 64) | mistaken | st.text(min_size=1, max_size=100)
    return drawn.filter(lambda signature: bool(signature) and not _fits(signature, signer, payload))


def _fits(signature: str, signer: Signer, payload: str) -> bool:
    """Compare with the right signature, which there is only one of: no algorithm here draws lots."""
    right = signer.signature(payload)
    if signer.secret is not None:
        return signature.lower() == right
    try:
        return b64decode(signature, validate=True) == b64decode(right)
    except ValueError:
        return False


def _in_base64(signer: Signer, payload: str) -> str:
    """Write HMAC's digest in base64, and what is in base64 already once more."""
    right = signer.signature(payload)
    return b64encode(bytes.fromhex(right) if signer.secret is not None else right.encode()).decode()


_MISTAKES: tuple[Callable[[Signer, str], str], ...] = (
    lambda signer, payload: signer.signature(payload + "\n"),
    lambda signer, payload: signer.signature("?" + payload),
    lambda signer, payload: signer.signature("&".join(sorted(payload.split("&")))),
    lambda signer, _: signer.signature(""),
    lambda signer, payload: hmac_signature(as_bytes(payload), f"{signer.secret or signer.api_key}\n"),
    lambda signer, payload: signer.signature(payload)[:-1],
    lambda signer, payload: signer.signature(payload) * 2,
    lambda signer, payload: signer.signature(payload)[::-1],
    lambda signer, payload: signer.signature(payload).replace("+", " ") + " ",
    lambda signer, payload: encodebytes(signer.signature(payload).encode()).decode(),
    lambda signer, payload: "0x" + signer.signature(payload),
    _in_base64,
)
