"""Broken clients that TIME requirements catch."""

import json
from typing import Any

from mockex.testing import answers, client
from mockex.testing.client import Client, Host, RefusedError
from tests.conformance.broken import Broken

RIGHT_ASK = Client._ask
RIGHT_SET_CLOCK = Client._set_clock
RIGHT_SIGNED = Client._signed
RIGHT_WAIT_FOR = Client._wait_for


def signed_at(self: Client, query: str, timestamp: object, window: object = 5_000) -> str:
    """Sign with a timestamp, and a recvWindow, of whatever kind."""
    return self._signer.signed(f"{query}recvWindow={window}&timestamp={timestamp}")


def in_seconds(self: Client, query: str, _host: Host) -> str:
    """Stamp in seconds."""
    return signed_at(self, query, int(self._time()))


def with_fraction(self: Client, query: str, _host: Host) -> str:
    """Stamp with a fraction."""
    return signed_at(self, query, self._time() * 1_000)


def rounded(self: Client, query: str, _host: Host) -> str:
    """Stamp in milliseconds that are whole seconds."""
    return signed_at(self, query, int(self._time()) * 1_000)


def ahead(self: Client, query: str, _host: Host) -> str:
    """Stamp almost a second ahead, to be never too late."""
    return signed_at(self, query, round(self._time() * 1_000) + 900)


def behind(self: Client, query: str, host: Host) -> str:
    """Stamp a second and a half back, to be never too early."""
    timestamp = round((self._time() + host.offset_s) * 1_000) - 1_500
    return signed_at(self, query, timestamp, self._recv_window_ms)


async def stamped_before_waiting(self: Client, host: Host, deadline_s: float) -> None:
    """Take the time, then wait."""
    began_s = self._time()
    await RIGHT_WAIT_FOR(self, host, deadline_s)
    host.offset_s = began_s - self._time()


async def clock_left(_self: Client, _host: Host, _deadline_s: float) -> None:
    """Try again without looking at the exchange's clock."""


async def clock_only_put_forward(self: Client, host: Host, deadline_s: float) -> None:
    """Believe that clocks are only ever behind."""
    await RIGHT_SET_CLOCK(self, host, deadline_s)
    host.offset_s = max(host.offset_s, 0.0)


async def clock_set_once(self: Client, host: Host, deadline_s: float) -> None:
    """Set the clock the first time it is wrong, and never again."""
    if not host.offset_s:
        await RIGHT_SET_CLOCK(self, host, deadline_s)


async def clock_forgotten(self: Client, host: Host, path: str, query: str | None, *about: Any) -> Any:
    """Begin each question with the machine's clock."""
    host.offset_s = 0.0 if query is not None else host.offset_s
    return await RIGHT_ASK(self, host, path, query, *about)


async def code_dropped(self: Client, *about: Any) -> Any:
    """Keep the code of a refusal back."""
    try:
        return await RIGHT_ASK(self, *about)
    except RefusedError as error:
        raise RefusedError(error.status, None, "refused") from None


async def tried_on(self: Client, *about: Any) -> Any:
    """Correct the clock again and again."""
    for _ in range(3):
        try:
            return await RIGHT_ASK(self, *about)
        except RefusedError as error:
            last = error
    raise last


def time_believed(body: bytes) -> Any:
    """Take what comes for the time."""
    return json.loads(body)["serverTime"]


def own_window(self: Client, query: str, host: Host) -> str:
    """Send a recvWindow of its own, whatever the caller says."""
    return signed_at(self, query, round((self._time() + host.offset_s) * 1_000))


def no_window(self: Client, query: str, host: Host) -> str:
    """Leave recvWindow to the exchange."""
    return self._signer.signed(f"{query}timestamp={round((self._time() + host.offset_s) * 1_000)}")


def largest_window(self: Client, query: str, _host: Host) -> str:
    """Take the largest number for the best."""
    return signed_at(self, query, round(self._time() * 1_000), 60_001)


TIME: tuple[Broken, ...] = (
    Broken("TIME-UNIT", "timestamps are in seconds", Client, "_signed", in_seconds),
    Broken("TIME-UNIT", "timestamps have a fraction", Client, "_signed", with_fraction),
    Broken("TIME-NOW", "timestamps are whole seconds", Client, "_signed", rounded),
    Broken("TIME-NOW", "timestamps are ahead", Client, "_signed", ahead),
    Broken("TIME-STALE", "a retry is stamped before the wait", Client, "_wait_for", stamped_before_waiting),
    Broken("TIME-BEHIND", "the clock is not corrected", Client, "_set_clock", clock_left),
    Broken("TIME-BEHIND", "-1021 is no reason to correct the clock", client, "TIMESTAMP", 0),
    Broken("TIME-AHEAD", "the clock is put forward only", Client, "_set_clock", clock_only_put_forward),
    Broken("TIME-DRIFT", "the clock is corrected once", Client, "_set_clock", clock_set_once),
    Broken("TIME-REMEMBERS", "a correction is forgotten", Client, "_ask", clock_forgotten),
    Broken("TIME-UNTOLD", "what comes is taken for the time", answers, "server_time_ms", time_believed),
    Broken("TIME-TOLD", "the code is kept back", Client, "_ask", code_dropped),
    Broken("TIME-ONCE", "the clock is corrected again and again", Client, "_ask", tried_on),
    Broken("TIME-WINDOW", "the caller's recvWindow is not asked for", Client, "_signed", own_window),
    Broken("TIME-WINDOW", "recvWindow is not sent", Client, "_signed", no_window),
    Broken("TIME-WINDOW-MAX", "recvWindow is too large", Client, "_signed", largest_window),
    Broken("TIME-SMALL", "timestamps are put back to be safe", Client, "_signed", behind),
)
