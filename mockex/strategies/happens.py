"""What may happen: faults and their effects, clocks that are wrong, and timelines."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from msgspec import structs

from mockex.core.bounds import (
    DEFAULT_RECV_WINDOW_MS,
    EARLIEST_TIMESTAMP_AHEAD_MS,
    MAX_CLOCK_MS,
    MAX_DELAY_MS,
    MAX_FAULTS,
    MAX_RECV_WINDOW_MS,
)
from mockex.core.clock import Moment
from mockex.core.effects import Documented, Effect, Hostile
from mockex.core.faults import Fault
from mockex.core.hostile import BodyIs, CutBody, DoubledWeight, Empty, OddRetryAfter, OddWeight, Redirect
from mockex.core.hostile_wire import Drip, HangUp, Latency, Reset, SlowBody, WrongContentLength
from mockex.core.outage import AnswerName
from mockex.core.scenario import AccountSpec, ClockSpec
from mockex.core.timeline import MAX_S, Happening
from mockex.endpoints import CATALOGUE
from mockex.scenarios import happening_type
from mockex.strategies.arguments import check_sizes, check_strategies, check_whole
from mockex.strategies.held import PLAIN_MS, loans, record_lists
from mockex.strategies.keys import PERMISSIONS
from mockex.strategies.shapes import Given, allowed_by

DAY_MS = 86_400_000
PIECES_OF_A_PAUSE = 100
"""An answer drips in hundreds of pieces: between two of them it waits a hundredth of what one pause may last."""

_VALUES = ("", "0", "-1", "1.5", "soon", "9" * 30, "Thu, 01 Jan 2026 00:00:00 GMT", "NaN", "1, 2", " ")
_ADDRESSES = ("http://127.0.0.1:1/", "http://localhost/", "http://[::1]:9/moved?x=1", "http://127.255.255.254:65535")

_value = st.sampled_from(_VALUES) | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
_BODIES = ("", "{}", '{"code":-1}', '{"msg":1}', '{"amount":1e999999}', "\ufeff[]", "[" * 999, '"\u0000"', "OK\r\n")
_body = st.sampled_from(_BODIES) | st.text(max_size=200)
_cut = st.none() | st.sampled_from([0, 1]) | st.integers(0, 2_000)


def effects(*, hostile: bool = True, documented: bool = True, max_ms: int = 100) -> st.SearchStrategy[Effect]:
    """Draw what a fault does: any documented answer, any hostility, with pauses of at most `max_ms`.

    A drip pauses for a hundredth of that between two pieces. Shrinks to the first documented answer, or to an answer
    with no body where only hostile ones are asked for.
    """
    if not hostile and not documented:
        raise InvalidArgument("Expected `hostile` or `documented`, or both: nothing else does anything")
    check_whole("max_ms", max_ms, 0, MAX_DELAY_MS)
    kinds: list[Any] = [*([Documented] if documented else []), *(get_args(Hostile) if hostile else [])]
    plain = [Documented(answer) for answer in get_args(AnswerName)] if documented else []
    given = _given(max_ms)
    full = [allowed_by(kind, given.get(kind)) for kind in kinds if structs.fields(kind)]
    # What has no field would be the shortest to draw, and all would shrink to it; so it stands among the plain.
    fieldless = [kind() for kind in kinds if not structs.fields(kind)]
    return st.sampled_from([*plain, *([Empty()] if hostile else []), *fieldless]) | st.one_of(full)


def _given(max_ms: int) -> dict[type, Given]:
    """Say which fields have edges of their own, or would be slow if they were all that their Struct allows."""
    pauses = st.integers(0, max_ms) | st.just(max_ms)
    return {
        CutBody: {"body_bytes": _cut},
        HangUp: {"body_bytes": _cut},
        Reset: {"body_bytes": _cut},
        BodyIs: {"text": _body},
        OddWeight: {"value": _value},
        DoubledWeight: {"value": st.just("0") | _value},
        OddRetryAfter: {"value": _value},
        Redirect: {"to": st.sampled_from(_ADDRESSES)},
        WrongContentLength: {"by": st.sampled_from([1, -1]) | st.integers(-1_000_000, 1_000_000)},
        Latency: {"ms": pauses},
        SlowBody: {"ms": pauses},
        Drip: {"every_ms": st.integers(0, max_ms // PIECES_OF_A_PAUSE), "piece_bytes": st.just(1) | st.integers(1, 99)},
    }


def faults(
    *,
    effects: st.SearchStrategy[Effect] | None = None,
    api_keys: Sequence[str] = (),
    now_ms: int = PLAIN_MS,
) -> st.SearchStrategy[Fault]:
    """Draw a fault: what it does, and which calls it strikes; it may name an API key, and times near `now_ms`.

    Shrinks to one that strikes every call and has no name.
    """
    check_strategies(effects=effects)
    _check_words("api_keys", api_keys)
    check_whole("now_ms", now_ms, 0, MAX_CLOCK_MS)
    near = st.sampled_from([now_ms, min(now_ms + 1, MAX_CLOCK_MS)]) | _near(now_ms)
    given: Given = {
        "effect": ANY_EFFECT if effects is None else effects,
        "endpoint": st.none() | st.sampled_from([one.name for one in CATALOGUE.endpoints]),
        "gateway": st.none() | st.sampled_from([one.name for one in CATALOGUE.gateways]),
        "api_key": st.none() | st.sampled_from(api_keys) if api_keys else st.none(),
        "since_ms": st.just(0) | near,
        "until_ms": st.just(MAX_CLOCK_MS) | near,
        **dict.fromkeys(("nth_on_connection", "nth", "every", "times"), st.none() | st.integers(1, 5)),
    }
    return allowed_by(Fault, given)


def _check_words(name: str, values: object) -> None:
    if isinstance(values, str) or not isinstance(values, Sequence) or not all(isinstance(one, str) for one in values):
        raise InvalidArgument(f"Expected `{name}` to be a sequence of strings, got {values!r}")


def _near(now_ms: int) -> st.SearchStrategy[int]:
    return st.integers(max(now_ms - DAY_MS, 0), min(now_ms + DAY_MS, MAX_CLOCK_MS))


ANY_EFFECT = effects()


def fault_plans(
    *, faults: st.SearchStrategy[Fault] | None = None, min_size: int = 0, max_size: int = 4
) -> st.SearchStrategy[tuple[Fault, ...]]:
    """Draw faults that one world can hold: no two with one name.

    Shrinks to none, or to `min_size` plain ones.
    """
    check_strategies(faults=faults)
    check_sizes(min_size, max_size, MAX_FAULTS)
    one = ANY_FAULT if faults is None else faults
    return st.lists(one, min_size=min_size, max_size=max_size).map(lambda drawn: _nameless_twins(drawn, set()))


ANY_FAULT = faults()


def clock_skews(*, recv_window_ms: int = DEFAULT_RECV_WINDOW_MS) -> st.SearchStrategy[int]:
    """Draw by how many milliseconds a clock is ahead of another: up to a day both ways, and where timestamps turn bad.

    Shrinks to 0.
    """
    check_whole("recv_window_ms", recv_window_ms, 1, MAX_RECV_WINDOW_MS)
    turns = (EARLIEST_TIMESTAMP_AHEAD_MS - 1, EARLIEST_TIMESTAMP_AHEAD_MS, recv_window_ms, recv_window_ms + 1)
    edges = [sign * turn for turn in turns for sign in (1, -1)]
    return st.just(0) | st.sampled_from(edges) | st.integers(-DAY_MS, DAY_MS)


def moments() -> st.SearchStrategy[Moment]:
    """Draw moments as scenarios write them: milliseconds since 1970, or a date and time with any zone.

    Shrinks to 2026-01-01T00:00:00Z in milliseconds.
    """
    return st.sampled_from([PLAIN_MS, 0, MAX_CLOCK_MS]) | st.integers(0, MAX_CLOCK_MS) | _datetimes


_zones = st.sampled_from(
    [UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12)), timezone(timedelta(0, 1_800))]
)
_datetimes = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=_zones)  # noqa: DTZ001


def clock_specs(*, skews: st.SearchStrategy[int] | None = None) -> st.SearchStrategy[ClockSpec]:
    """Draw the clocks of scenarios: the machine's own, one that is still, wrong, slow, or fast.

    Shrinks to the machine's own.
    """
    check_strategies(skews=skews)
    running: Given = {"frozen_at": st.none(), "offset_ms": ANY_SKEW if skews is None else skews}
    still: Given = {"frozen_at": ANY_MOMENT, "offset_ms": st.just(0), "rate": st.just(1.0)}
    return st.just(ClockSpec()) | allowed_by(ClockSpec, still) | allowed_by(ClockSpec, running)


ANY_SKEW, ANY_MOMENT = clock_skews(), moments()


def timelines(
    *,
    accounts: Sequence[AccountSpec] = (),
    faults: st.SearchStrategy[Fault] | None = None,
    min_size: int = 0,
    max_size: int = 4,
    now_ms: int = PLAIN_MS,
) -> st.SearchStrategy[tuple[Happening, ...]]:
    """Draw what happens to these `accounts`, their keys, and the weather, after the beginning or near `now_ms`.

    Shrinks to nothing, or to `min_size` times nothing at the very beginning.
    """
    check_strategies(faults=faults)
    check_sizes(min_size, max_size, MAX_FAULTS)
    check_whole("now_ms", now_ms, 0, MAX_CLOCK_MS)
    if not isinstance(accounts, Sequence) or not all(isinstance(one, AccountSpec) for one in accounts):
        raise InvalidArgument(f"Expected `accounts` to be a sequence of a scenario's accounts, got {accounts!r}")
    ways = [st.just({}), _weather(fault_plans(faults=faults, min_size=1, max_size=2))]
    if accounts:
        ways.append(_affairs(st.sampled_from([account.uid for account in accounts])))
    if names := [key.api_key for account in accounts for key in account.keys]:
        ways.append(st.fixed_dictionaries({"key": st.sampled_from(names), "permissions": _permissions}))
    one = st.builds(_happening, _times(now_ms), st.one_of(ways))
    return st.lists(one, min_size=min_size, max_size=max_size).map(lambda drawn: told_apart(drawn, set()))


HELD: dict[str, st.SearchStrategy[Any]] = {"records": record_lists(max_size=4), "loan": loans()}
"""What an account may come to hold, by its name in a scenario."""

_permissions = st.lists(st.sampled_from(PERMISSIONS), unique=True).map(tuple)
_seconds = st.sampled_from([0.0, 0.001, 60.0, MAX_S]) | st.floats(0, 86_400) | st.floats(0, MAX_S)


def _times(now_ms: int) -> st.SearchStrategy[dict[str, Any]]:
    after = _seconds.map(lambda after_s: {"after_s": after_s})
    return after | (st.just(now_ms) | _near(now_ms) | ANY_MOMENT).map(lambda at: {"at": at})


def _weather(plans: st.SearchStrategy[tuple[Fault, ...]]) -> st.SearchStrategy[dict[str, Any]]:
    lasting = st.none() | st.sampled_from([30.0, 0.001]) | st.floats(0, 86_400, exclude_min=True)
    return st.fixed_dictionaries({"faults": plans, "lasts_s": lasting})


def _affairs(uids: st.SearchStrategy[int]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw whose affair it is, with at least one thing that becomes of it."""
    news = {"portfolio_margin": st.booleans(), **HELD}
    one = st.sampled_from(list(news)).flatmap(lambda name: st.fixed_dictionaries({name: news[name]}))
    return st.builds(lambda uid, first, second: {"account": uid} | first | second, uids, one, st.just({}) | one)


def _happening(when: dict[str, Any], what: dict[str, Any]) -> Happening:
    return happening_type()(**when, **what)


def told_apart(timeline: Iterable[Happening], taken: set[str]) -> tuple[Happening, ...]:
    """Take its name from each fault of a timeline whose name is taken."""
    return tuple(structs.replace(one, faults=_nameless_twins(one.faults, taken)) for one in timeline)


def _nameless_twins(faults: Iterable[Fault], taken: set[str]) -> tuple[Fault, ...]:
    """Take its name from each fault whose name is taken, and take the names of the others."""
    told: list[Fault] = []
    for fault in faults:
        told.append(structs.replace(fault, name=None) if fault.name in taken else fault)
        taken |= {fault.name} if fault.name else set()
    return tuple(told)
