"""The doctor on -1021: server time, timestamp, the inequality that failed, and the likely cause."""

from mockex.core.bounds import EARLIEST_TIMESTAMP_AHEAD_MS, MAX_RECV_WINDOW_MS
from mockex.core.call import Call
from mockex.core.diagnosis import Case, Remark, moment, span
from mockex.core.params import as_long, read_params
from mockex.core.wire import as_text

UNITS = (
    ("timestamp-in-seconds", "seconds", 1_000, 1),
    ("timestamp-in-microseconds", "microseconds", 1, 1_000),
    ("timestamp-in-nanoseconds", "nanoseconds", 1, 1_000_000),
)
_SAME_DAY_MS = 86_400_000
_SAME_CLOCK_MS = 60_000
_QUARTER_MS = 15 * 60_000
_FARTHEST_ZONE_MS = 14 * 3_600_000
_ZONE_TOLERANCE_MS = 10_000


def timestamp_is_late(case: Case) -> Remark:
    """Explain a timestamp that is older than the recvWindow."""
    call = case.call
    now, timestamp, window = call.now_ms, call.timestamp_ms or 0, call.recv_window_ms or 0
    age = now - timestamp
    facts = _facts(call) | {
        "recv_window_ms": str(window),
        "inequality": f"serverTime - timestamp <= recvWindow: {now} - {timestamp} = {age}, not <= {window}",
    }
    known = _cause(case)
    if known is not None:
        return Remark(known.sentence, known.mistake, facts | known.facts)
    if age <= MAX_RECV_WINDOW_MS:
        cure = f"a recvWindow of at least {age} would have let it in (at most {MAX_RECV_WINDOW_MS})"
    else:
        cure = f"not even the largest recvWindow, {MAX_RECV_WINDOW_MS}, would have let it in"
    return Remark(
        f"The timestamp is {span(age)} old and the recvWindow {span(window)}: the client's clock is behind, or the "
        f"request waited after it was stamped; set the clock by {_time_path(call)} or stamp later, {cure}.",
        "clock-behind",
        facts,
    )


def timestamp_is_early(case: Case) -> Remark:
    """Explain a timestamp that is ahead of the server."""
    call = case.call
    now, timestamp, ahead = call.now_ms, call.timestamp_ms or 0, EARLIEST_TIMESTAMP_AHEAD_MS
    facts = _facts(call) | {
        "inequality": f"timestamp < serverTime + {ahead}: {timestamp} is {timestamp - now - ahead} ms past "
        f"{now + ahead - 1}, the last that passes"
        if timestamp - now - ahead
        else f"timestamp < serverTime + {ahead}: {timestamp} is not below {now + ahead}",
    }
    known = _cause(case)
    if known is not None:
        return Remark(known.sentence, known.mistake, facts | known.facts)
    return Remark(
        f"The client's clock is {span(timestamp - now)} ahead of the server's, where less than {span(ahead)} passes: "
        f"measure the difference by {_time_path(call)} and subtract it, a larger recvWindow does not help.",
        "clock-ahead",
        facts,
    )


def _facts(call: Call) -> dict[str, str]:
    timestamp = call.timestamp_ms or 0
    return {
        "server_time_ms": str(call.now_ms),
        "server_time": moment(call.now_ms),
        "timestamp_ms": str(timestamp),
        "timestamp": moment(timestamp),
        "age_ms": str(call.now_ms - timestamp),
    }


def _cause(case: Case) -> Remark | None:
    return _unit(case.call) or _sent_before(case) or _another_clock(case.call) or _time_zone(case.call)


def _unit(call: Call) -> Remark | None:
    """Is the timestamp right in another unit, by the exchange's clock or the machine's?"""
    timestamp = call.timestamp_ms or 0
    for mistake, unit, times, divided_by in UNITS:
        in_ms = timestamp * times // divided_by
        if any(abs(in_ms - clock) < _SAME_DAY_MS for clock in (call.now_ms, call.request.received_at_ms)):
            sentence = f"The timestamp is in {unit} and must be in milliseconds: {in_ms} instead of {timestamp}."
            return Remark(sentence, mistake, {"meant_ms": str(in_ms)})
    return None


def _sent_before(case: Case) -> Remark | None:
    """Was the same timestamp sent in an earlier call with the same key?"""
    call = case.call
    for entry in case.earlier:
        if entry.request.api_key == call.request.api_key and _timestamp_of(entry.request.target) == call.timestamp_ms:
            return Remark(
                f"The timestamp is the one of call {entry.seq}, {span(call.now_ms - entry.at_ms)} earlier: this is a "
                "retry that was neither stamped nor signed anew; take a fresh timestamp for every attempt.",
                "timestamp-sent-before",
                {"call": str(entry.seq)},
            )
    return None


def _timestamp_of(target: str) -> int | None:
    return as_long(read_params(target.partition("?")[2]).values.get("timestamp"))


def _another_clock(call: Call) -> Remark | None:
    """Is the timestamp right by the machine's clock, and the world's clock set elsewhere?"""
    if abs((call.timestamp_ms or 0) - call.request.received_at_ms) >= _SAME_CLOCK_MS:
        return None
    apart = call.now_ms - call.request.received_at_ms
    if abs(apart) < _SAME_CLOCK_MS:
        return None
    return Remark(
        f"The client used the machine's time and the exchange's clock stands {span(apart)} "
        f"{'ahead of' if apart > 0 else 'behind'} it, at {moment(call.now_ms)}: take the time from "
        f"{_time_path(call)}, or set the world's clock.",
        "another-clock",
        {"machine_time_ms": str(call.request.received_at_ms)},
    )


def _time_zone(call: Call) -> Remark | None:
    """Is the timestamp whole quarters of an hour away?"""
    off = (call.timestamp_ms or 0) - call.now_ms
    quarters = round(off / _QUARTER_MS)
    if not quarters or abs(off) > _FARTHEST_ZONE_MS + _ZONE_TOLERANCE_MS:
        return None
    if abs(off - quarters * _QUARTER_MS) > _ZONE_TOLERANCE_MS:
        return None
    zone = span(quarters * _QUARTER_MS)
    return Remark(
        f"The timestamp is {zone} {'ahead' if off > 0 else 'behind'}, as local time taken for UTC is: count "
        "milliseconds since 1970 in UTC.",
        "time-zone",
        {"zone": f"{'+' if off > 0 else '-'}{zone}"},
    )


def _time_path(call: Call) -> str:
    return "GET /papi/v1/time" if call.gateway.name == "PAPI" else "GET /api/v3/time"


def timestamps_of(case: Case) -> list[tuple[int, str]]:
    """List the timestamps of the earlier calls with the same key, the latest first, each with its call's number."""
    found: dict[str, int] = {}
    for entry in reversed(case.earlier):
        if entry.request.api_key == case.call.request.api_key:
            query = entry.request.target.partition("?")[2]
            body = as_text(entry.request.body) if entry.request.body else ""
            found.setdefault(read_params(query, body).values.get("timestamp", ""), entry.seq)
    return [(seq, text) for text, seq in found.items() if text]
