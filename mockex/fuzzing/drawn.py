"""What is drawn for a client that is fuzzed: the world it is asked in, the ranges it is asked for, what disturbs it."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from msgspec import Struct, structs

from mockex import scenarios
from mockex.core.account import KeyType, Permission
from mockex.core.effects import Documented, Effect
from mockex.core.hostile import CutBody, Empty, Html, JsonIs, Redirect
from mockex.core.hostile_wire import Drip, HangUp, Latency, Reset, SlowBody, WrongContentLength
from mockex.core.scenario import ClockSpec, Scenario
from mockex.core.weight import Limits
from mockex.endpoints.negative_balance_exchange_record import Record
from mockex.strategies import api_keys, effects, loans, record_lists

DAY_MS = 86_400_000
NOW_MS = 1_767_225_600_000
"""The beginning of 2026."""

WEEKS_MS = 62 * 7 * DAY_MS
"""Fourteen months: five calls of a client that splits."""

MAX_PAUSE_MS = 20
"""Pauses are real, so they are short; who waits for an answer that never comes is for the conformance kit to ask."""

Range = tuple[int, int]


class Drawn(Struct, frozen=True):
    """A scenario of one account, which tells itself in few words."""

    scenario: Scenario

    @property
    def account(self) -> Any:
        """The account."""
        return self.scenario.accounts[0]

    def __repr__(self) -> str:
        """Tell what a client can meet in it, and what is usual not at all."""
        limits, usual = structs.asdict(self.scenario.limits), structs.asdict(Limits())
        odd = {name: value for name, value in limits.items() if value != usual[name]}
        at_ms, (key,) = self.scenario.clock.frozen_at, self.account.keys
        told = [f"at_ms={at_ms}", f"key={type(key).__name__}", f"loan={self.account.loan}"]
        few = self.account.records[:MAX_TOLD]
        more = f" and {len(self.account.records) - len(few)} more" if len(self.account.records) > len(few) else ""
        return f"World({', '.join(told)}, records={few}{more}{f', limits={odd}' if odd else ''})"


MAX_TOLD = 4


def worlds_to_ask(key_types: Sequence[KeyType]) -> st.SearchStrategy[Drawn]:
    """Draw a scenario of one account with one key, whose clock stands still in 2026 and whose budgets may be small.

    Shrinks to an account that owes nothing and had no exchange, with a key of the first type and the usual limits.
    """
    shape: Any = scenarios.file_type()
    key = api_keys(types=key_types, permissions=st.just(PERMISSIONS), allowed_ips=st.just(()))
    accounts = st.builds(
        scenarios.account_type(),
        uid=st.just(1),
        keys=st.tuples(key),
        loan=loans(),
        records=st.booleans().flatmap(_histories),
    )
    worlds: st.SearchStrategy[Scenario] = st.builds(
        shape,
        title=st.just("drawn for a client"),
        clock=st.sampled_from([0, 59_000, 59_999]).map(lambda ms: ClockSpec(frozen_at=NOW_MS + ms)),
        limits=budgets(),
        accounts=st.tuples(accounts),
    )
    return worlds.map(Drawn)


def _histories(is_any: bool) -> st.SearchStrategy[tuple[Record, ...]]:
    return record_lists(min_size=int(is_any), max_size=60, since_ms=NOW_MS - WEEKS_MS, until_ms=NOW_MS)


PERMISSIONS: tuple[Permission, ...] = ("enableReading", "enablePortfolioMarginTrading")


def budgets() -> st.SearchStrategy[Limits]:
    """Draw limits that a client may meet: a few calls a minute, and patience for none to five more.

    Shrinks to the usual ones.
    """
    few = st.builds(
        Limits,
        papi_weight_per_ip=st.sampled_from([6_000, 100, 250]),
        sapi_weight_per_uid=st.sampled_from([180_000, 500, 1_000]),
        offences_before_ban=st.sampled_from([5, 0, 1]),
    )
    return st.just(Limits()) | few


class Weather(Struct, frozen=True):
    """What disturbs the calls that come next: so many of them, each or every second."""

    effect: Effect
    times: int
    every: int


def weathers() -> st.SearchStrategy[Weather]:
    """Draw what disturbs the next calls.

    Shrinks to one call that meets an overloaded gateway.
    """
    return st.builds(Weather, effects_on(), st.sampled_from([1, 2, 3, 1_000]), st.sampled_from([1, 2]))


def effects_on() -> st.SearchStrategy[Effect]:
    """Draw what disturbs a call, and is over within moments: any effect, and as often one that clients fall over.

    Shrinks to an overloaded gateway.
    """
    usual, any_effect = st.sampled_from(USUAL), effects(max_ms=MAX_PAUSE_MS).map(_quick)
    return st.booleans().flatmap(lambda is_any: any_effect if is_any else usual)  # `|` would draw each kind as often


USUAL: tuple[Effect, ...] = (
    Documented("overloaded"),
    Documented("too-many-requests"),
    Documented("too-many-requests", retry_after_s=3_600),
    Documented("ip-banned"),
    Documented("unauthorized"),
    Empty(),
    Html(),
    CutBody(),
    JsonIs("null"),
    JsonIs("list"),
    HangUp(),
    Reset(),
    Redirect("http://127.0.0.1:1/"),
)


def _quick(effect: Effect) -> Effect:
    """Shorten pauses, and leave no bytes behind for the next call: what comes of them hangs on the machine's pace."""
    if isinstance(effect, WrongContentLength):
        return structs.replace(effect, by=max(abs(effect.by), 1))
    if isinstance(effect, Drip):
        return structs.replace(effect, every_ms=0)
    if isinstance(effect, Latency | SlowBody):
        return structs.replace(effect, ms=min(effect.ms, MAX_PAUSE_MS))
    return effect


def ranges_of(starts: Sequence[int]) -> st.SearchStrategy[Range]:
    """Draw a range: the last day, all fourteen months, one that ends before it begins, or with a record at a seam.

    A seam is where a client cuts a range that is too long, from its end or from its beginning on. Shrinks to the last
    day.
    """
    day, whole = (NOW_MS - DAY_MS, NOW_MS), (NOW_MS - WEEKS_MS, NOW_MS)
    any_end = st.integers(NOW_MS - WEEKS_MS, NOW_MS)
    anything = st.builds(lambda end_ms, width_ms: (end_ms - width_ms, end_ms), any_end, st.integers(-1, WEEKS_MS))
    if not starts:
        return st.sampled_from([day, whole]) | anything
    off = st.sampled_from([-1, 0, 1])
    seams = st.builds(_with_seam, st.sampled_from(starts), st.sampled_from(PARTS_MS), off, off)
    return st.one_of(st.sampled_from([day, whole]), seams, seams, anything)


PARTS_MS = tuple(days * DAY_MS for days in (89, 90, 91, 92))
"""Into parts of so many days clients cut ranges; who cuts into days, weeks or thirty days has a seam there too."""


def _with_seam(at_ms: int, part_ms: int, from_start_ms: int, from_end_ms: int) -> Range:
    return at_ms - part_ms + from_start_ms, at_ms + part_ms + from_end_ms
