"""What may be sent, rightly: timestamps, recvWindows, ranges and queries."""

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st

from mockex.core.bounds import (
    DEFAULT_RECV_WINDOW_MS,
    EARLIEST_TIMESTAMP_AHEAD_MS,
    MAX_CLOCK_MS,
    MAX_RECV_WINDOW_MS,
)
from mockex.core.dates import months_later_ms
from mockex.core.endpoint import NoParams, Route, Security
from mockex.endpoints import CATALOGUE
from mockex.endpoints.negative_balance_exchange_record import Query
from mockex.strategies.arguments import check_names, check_whole
from mockex.strategies.held import PLAIN_MS

DAY_MS = 86_400_000
MONTHS = 3
SIGNED = tuple(one.name for one in CATALOGUE.endpoints if one.security is Security.USER_DATA)
ROUTES = {route.endpoint.name: route for methods in CATALOGUE.routes.values() for route in methods.values()}

Parameters = dict[str, str]


def timestamps(*, now_ms: int = PLAIN_MS, recv_window_ms: int = DEFAULT_RECV_WINDOW_MS) -> st.SearchStrategy[int]:
    """Draw timestamps that are let in when the exchange's clock reads `now_ms`, the first and the last among them.

    Shrinks to `now_ms`.
    """
    check_whole("now_ms", now_ms, 0, MAX_CLOCK_MS)
    check_whole("recv_window_ms", recv_window_ms, 1, MAX_RECV_WINDOW_MS)
    first, last = max(now_ms - recv_window_ms, 0), now_ms + EARLIEST_TIMESTAMP_AHEAD_MS - 1
    return st.sampled_from([now_ms, first, last]) | st.integers(first, last)


def recv_windows() -> st.SearchStrategy[int]:
    """Draw recvWindows that are let in, from 1 to 60,000 ms.

    Shrinks to 5,000, which holds where none is sent.
    """
    edges = [DEFAULT_RECV_WINDOW_MS, 1, MAX_RECV_WINDOW_MS]
    return st.sampled_from(edges) | st.integers(1, MAX_RECV_WINDOW_MS)


def ranges(*, now_ms: int = PLAIN_MS) -> st.SearchStrategy[tuple[int, int]]:
    """Draw startTime and endTime that are let in: one and the same, up to exactly three calendar months, month's ends.

    Shrinks to the day before `now_ms`.
    """
    check_whole("now_ms", now_ms, 0, MAX_CLOCK_MS)
    starts = st.just(now_ms) | _ends_of_months | st.integers(0, MAX_CLOCK_MS)
    day = st.just((max(now_ms - DAY_MS, 0), now_ms))
    return day | starts.flatmap(lambda start_ms: _ends(start_ms).map(lambda end_ms: (start_ms, end_ms)))


def _ends(start_ms: int) -> st.SearchStrategy[int]:
    last_ms = months_later_ms(start_ms, MONTHS)
    return st.sampled_from([start_ms, last_ms]) | st.integers(start_ms, last_ms)


def _end_of_month(year: int, month: int, time_ms: int) -> int:
    day = monthrange(year, month)[1]
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1_000 + time_ms


_ends_of_months = st.builds(
    _end_of_month,
    st.sampled_from([2028, 2100, 2000]) | st.integers(1970, 9999),
    st.just(2) | st.integers(1, 12),
    st.sampled_from([0, DAY_MS - 1]) | st.integers(0, DAY_MS - 1),
)

OWN: dict[type, Callable[[int], st.SearchStrategy[Parameters]]] = {
    NoParams: lambda _: st.just({}),
    Query: lambda now_ms: ranges(now_ms=now_ms).map(range_parameters),
}
"""What draws an endpoint's own parameters, by the type of its query."""


def range_parameters(of: tuple[int, int]) -> Parameters:
    """Name a range as the endpoint's page does."""
    return {"startTime": str(of[0]), "endTime": str(of[1])}


def queries(*, endpoint: str = SIGNED[0], now_ms: int = PLAIN_MS) -> st.SearchStrategy[str]:
    """Draw queries of a signed endpoint as they are before they are signed: in any order, with or without recvWindow.

    Shrinks to the endpoint's own parameters, then the timestamp `now_ms`.
    """
    check_names("endpoint", [endpoint], SIGNED)
    check_whole("now_ms", now_ms, 0, MAX_CLOCK_MS)
    return st.builds(query_of, parameters(ROUTES[endpoint], now_ms), _quotes)


def query_of(sent: Mapping[str, str], quoted: Callable[[str], str] = quote_plus) -> str:
    """Write parameters as a query."""
    return "&".join(f"{quoted(name)}={quoted(value)}" for name, value in sent.items())


@st.composite
def parameters(
    draw: st.DrawFn, route: Route, now_ms: int, changes: Mapping[str, str | None] | None = None
) -> Parameters:
    """Draw the parameters of a call; `changes` take their places, and those that are None are left out."""
    recv_window_ms = draw(_recv_windows)
    drawn: dict[str, str | None] = {**draw(OWN[route.endpoint.query](now_ms))}
    if recv_window_ms is not None:
        drawn["recvWindow"] = str(recv_window_ms)
    drawn["timestamp"] = str(draw(timestamps(now_ms=now_ms, recv_window_ms=recv_window_ms or DEFAULT_RECV_WINDOW_MS)))
    drawn |= draw(_extras)
    drawn |= changes or {}
    kept = {name: value for name, value in drawn.items() if value is not None}
    return {name: kept[name] for name in draw(st.permutations(list(kept)))}


_recv_windows = st.none() | recv_windows()
_extras: st.SearchStrategy[Parameters] = st.just({}) | st.fixed_dictionaries(
    {"note": st.sampled_from(["", "a b&c=d%/+", "é🪙"]) | st.text(max_size=9)}
)
_quotes = st.sampled_from([quote_plus, quote])
