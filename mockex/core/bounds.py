"""Every limit of mockex in one place: what is larger, longer or slower is refused, never queued without end."""

from typing import Final

MAX_TARGET_BYTES: Final = 8_170
"""Path and query; beyond it 414, as nginx answers where the request line exceeds its buffer of 8 KiB."""

MAX_HEADER_BYTES: Final = 8_190
"""One header; beyond it 400."""

MAX_HEADERS: Final = 128
"""Headers of one request; beyond it 400."""

MAX_BODY_BYTES: Final = 1 << 20
"""The body of a request; beyond it 413, as nginx answers with its default `client_max_body_size` of 1 MiB."""

BODY_TIMEOUT_S: Final = 10.0
"""How long a body may take to arrive; after it 408."""

IDLE_TIMEOUT_S: Final = 75.0
"""How long a connection may stay without a whole request; then it is closed (nginx' default `keepalive_timeout`)."""

SHUTDOWN_GRACE_S: Final = 2.0
"""How long calls in flight may go on after SIGINT or SIGTERM."""

MAX_LONG: Final = (1 << 63) - 1
"""The largest LONG of the exchange: Java's."""

MAX_LONG_DIGITS: Final = 20
"""Digits of a LONG; the exchange's own pattern for one is `^[0-9]{1,20}$` (ccxt/ccxt#2415)."""

MAX_RECV_WINDOW_MS: Final = 60_000
"""Documented: "The value cannot be greater than 60000"."""

DEFAULT_RECV_WINDOW_MS: Final = 5_000
"""Documented: what holds where no recvWindow is sent."""

EARLIEST_TIMESTAMP_AHEAD_MS: Final = 1_000
"""Documented: a timestamp this far ahead of the server, or farther, is refused."""

MAX_SIGNATURE_CHARS: Final = 2_048
"""A signature longer than this cannot be one (an RSA key of 8,192 bits signs in 1,368 characters)."""

MAX_CLOCK_MS: Final = 253_402_300_799_999
"""The end of the year 9999, the last moment that a Date header can name."""

MAX_WINDOWS: Final = 10_000
"""Budgets, and IPs over their limit, that one world keeps count of; beyond it the oldest is forgotten."""

JOURNAL_LENGTH: Final = 1_000
"""Calls that a world remembers."""

MAX_KEPT_BYTES: Final = 16_384
"""What a journal keeps of a body, and of a request's headers; the rest is only counted."""

MAX_LISTENERS: Final = 100
"""Who may follow a world's journal, or wait for calls in it, at the same time."""

MAX_WORLDS: Final = 10_000
"""Worlds of one server; beyond it a new one is refused."""

MAX_SNAPSHOTS: Final = 10_000
"""Snapshots of one server; beyond it a new one is refused."""

MAX_FAULTS: Final = 1_000
"""Faults declared in one world."""

MAX_DELAY_MS: Final = 600_000
"""The longest that declared faults may make a client wait for one answer."""

MAX_PIECE_BYTES: Final = 65_536
"""What is written at one go; a longer answer goes out piece by piece, as fast as its client reads."""

MAX_PIECES: Final = 10_000
"""Pieces that a declared drip cuts an answer into; where there would be more, they are larger."""

MAX_WAIT_S: Final = 600.0
"""The longest that `wait` blocks."""
