"""What is drawn for a client: cases of worlds, faults and questions, as plain as they can be, within what it claims."""

from functools import cache
from typing import Any

from hypothesis import strategies as st
from msgspec import structs

from mockex.conformance.case import AnyStep, Ask, Calm, Case, Disturb, Drop, Owe, Skew, Together, Wait
from mockex.core.account import KeyType
from mockex.core.documented import BY_NAME
from mockex.core.effects import Documented, Effect
from mockex.core.faults import Fault
from mockex.core.hostile import NoRetryAfter, OddRetryAfter
from mockex.core.scenario import Behaviour
from mockex.core.weight import Limits
from mockex.endpoints.negative_balance_exchange_record import Record
from mockex.endpoints.pm_loan import Loan
from mockex.fuzzing.drawn import NOW_MS, WEEKS_MS, budgets, effects_on, ranges_of
from mockex.strategies import clock_skews, loans, record_lists

Steps = tuple[AnyStep, ...]
Drawing = st.SearchStrategy[Steps]

KEY_TYPES: tuple[KeyType, ...] = ("HMAC", "RSA", "Ed25519")
MAX_TURNS = 6
MAX_RECORDS = 60
LONGEST_WAIT_S = 60
"""No declared answer tells to wait longer: who sits through an hour as it is told to is not without end."""

REAL_WAIT_S = 1
"""How long it tells a client to wait that really waits, and once; nothing else makes it wait but its own pauses."""

WAITS = (429, 418)
OFTEN, SELDOM = (1, 2, 3, 1_000), (1, 2)
"""How many calls a fault strikes, where pauses cost nothing, and where they are real."""


def cases(features: frozenset[str]) -> st.SearchStrategy[Case]:
    """Draw a case for a client that claims these features.

    Shrinks to one question to an exchange where nothing happens.
    """
    return _cases(features)


@st.composite
def _cases(draw: st.DrawFn, features: frozenset[str]) -> Case:
    is_still = "clock" in features
    key = draw(st.sampled_from([one for one in KEY_TYPES if one in features]))
    recv_window_ms = draw(WINDOWS) if "recv_window" in features else None
    limits = draw(BUDGETS) if is_still else Limits()
    records = draw(HISTORIES) if "records" in features else ()
    turns = draw(st.lists(_turns(features, records, is_still=is_still), min_size=1, max_size=MAX_TURNS))
    steps = tuple(step for turn in turns for step in turn)
    loan = draw(DEBTS)
    return Case(
        name=NAME,
        key=key,
        recv_window_ms=recv_window_ms,
        loan=loan,
        records=records,
        limits=limits,
        behaviour=Behaviour(),
        steps=steps if _asks(steps) else (*steps, draw(_questions(features, records))),
    )


NAME = "drawn"
PLAIN_LOAN: Loan = Case(name=NAME).loan

LOANS, SKEWS, BUDGETS = loans(), clock_skews().map(lambda ms: Skew(ms=ms)), budgets()
DEBTS = st.sampled_from([PLAIN_LOAN, Loan()]) | LOANS
WINDOWS = st.none() | st.sampled_from([60_000, 5_000, 1_000])
HISTORIES: st.SearchStrategy[tuple[Record, ...]] = st.just(()) | record_lists(
    min_size=1, max_size=MAX_RECORDS, since_ms=NOW_MS - WEEKS_MS, until_ms=NOW_MS
)
WAITINGS = (st.sampled_from([1.0, 60.0, 120.0]) | st.integers(0, 7_200_000).map(lambda ms: ms / 1_000)).map(
    lambda s: Wait(s=s)
)
OWINGS = LOANS.map(lambda loan: Owe(loan=loan))
"""What is made anew for every case costs more than it draws."""


def _asks(steps: Steps) -> bool:
    return any(isinstance(step, Ask | Together) for step in steps)


def _turns(features: frozenset[str], records: tuple[Record, ...], *, is_still: bool) -> Drawing:
    """Draw a question, alone or as often with what disturbs it, or, as often, what else happens."""
    ask = _questions(features, records)
    alone: Drawing = ask.map(_alone)
    disturbed: Drawing = st.builds(lambda fault, one: (fault, one), _disturbances(is_still=is_still), ask)
    others: list[Drawing] = [SKEWS.map(_alone), st.just((Calm(),)), st.just((Drop(),))]
    if "together" in features:
        others.append(st.lists(ask, min_size=2, max_size=3).map(lambda asks: (Together(asks=tuple(asks)),)))
    if "loan" in features:
        others.append(OWINGS.map(_alone))
    if is_still:
        others.append(WAITINGS.map(_alone))
    kinds = (alone, disturbed, st.one_of(others))
    return st.sampled_from(range(len(kinds))).flatmap(lambda kind: kinds[kind])  # `|` would draw each of all as often


def _alone(step: AnyStep) -> Steps:
    return (step,)


def _questions(features: frozenset[str], records: tuple[Record, ...]) -> st.SearchStrategy[Ask]:
    """Draw a question that the client claims to ask."""
    kinds: list[st.SearchStrategy[Ask]] = [st.just(Ask())] if "loan" in features else []
    if "records" in features:
        starts = sorted({record.start_time for record in records})
        added: st.SearchStrategy[dict[str, str]] = (
            st.just({}) | _parameters if "parameters" in features else st.just({})
        )
        kinds.append(st.builds(_records, ranges_of(starts), added))
    return st.one_of(kinds)


_parameters = st.dictionaries(st.sampled_from(["note", "newClientId"]), st.text(max_size=12), min_size=1)


def _records(between: tuple[int, int], parameters: dict[str, str]) -> Ask:
    return Ask(what="records", start_ms=between[0], end_ms=between[1], parameters=parameters)


@cache
def _disturbances(*, is_still: bool) -> st.SearchStrategy[Disturb]:
    """Draw what disturbs the next calls; shrinks to one call that meets an overloaded gateway."""
    longest_s = LONGEST_WAIT_S if is_still else REAL_WAIT_S
    return st.builds(
        _disturbance,
        effects_on()
        .map(lambda effect: _bounded(effect, longest_s))
        .filter(lambda effect: is_still or _is_quick(effect)),
        st.sampled_from(OFTEN if is_still else SELDOM),
        st.sampled_from([None, 2]),
    )


def _is_quick(effect: Effect) -> bool:
    """Say whether nothing makes a client wait for the minute to end: a limit without a Retry-After that can be read."""
    status: Any = getattr(effect, "status", None)
    is_unread = isinstance(effect, NoRetryAfter | OddRetryAfter) or effect == Documented("too-many-orders")
    return not is_unread and status not in WAITS


def _bounded(effect: Effect, longest_s: int) -> Effect:
    """Let a declared answer that tells to wait tell for how long, and for no longer than this; others tell nothing."""
    if not isinstance(effect, Documented):
        return effect
    if not BY_NAME[effect.answer].tells_to_wait:
        return Documented(effect.answer)
    return structs.replace(effect, retry_after_s=min(effect.retry_after_s or longest_s, longest_s))


def _disturbance(effect: Effect, times: int, every: int | None) -> Disturb:
    is_waited_for = isinstance(effect, Documented) and effect.retry_after_s == REAL_WAIT_S
    return Disturb(fault=Fault(effect=effect, times=1 if is_waited_for else times, every=every))
