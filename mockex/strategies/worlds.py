"""What may be held, altogether: accounts, limits, behaviours, whole scenarios, and the worlds and exchanges of them."""

from typing import Any

from hypothesis import strategies as st
from msgspec import structs

from mockex.core.bounds import MAX_CLOCK_MS, MAX_LONG
from mockex.core.exchange import Exchange
from mockex.core.faults import Fault
from mockex.core.scenario import AccountSpec, AnyKey, Behaviour, ClockSpec, Scenario
from mockex.core.timeline import Happening
from mockex.core.weight import Limits
from mockex.core.world import World, open_world
from mockex.endpoints import CATALOGUE
from mockex.endpoints.negative_balance_exchange_record import Record
from mockex.endpoints.pm_loan import Loan
from mockex.scenarios import account_type, file_type
from mockex.strategies import held
from mockex.strategies.arguments import check_strategies, check_whole
from mockex.strategies.happens import clock_specs, fault_plans, timelines, told_apart
from mockex.strategies.held import PLAIN_MS
from mockex.strategies.keys import api_keys
from mockex.strategies.shapes import allowed_by

MAX_ACCOUNTS = 100
MAX_KEYS = 2


def accounts(
    *,
    uids: st.SearchStrategy[int] | None = None,
    keys: st.SearchStrategy[AnyKey] | None = None,
    min_keys: int = 0,
    records: st.SearchStrategy[tuple[Record, ...]] | None = None,
    loans: st.SearchStrategy[Loan] | None = None,
    portfolio_margin: st.SearchStrategy[bool] | None = None,
) -> st.SearchStrategy[AccountSpec]:
    """Draw accounts as scenarios have them, with up to two keys.

    Shrinks to a Portfolio Margin account with the UID 1 and one HMAC key, without records, that owes nothing.
    """
    check_strategies(uids=uids, keys=keys, records=records, loans=loans, portfolio_margin=portfolio_margin)
    check_whole("min_keys", min_keys, 0, MAX_KEYS)
    one = ANY_KEY if keys is None else keys
    several = st.lists(one, min_size=max(min_keys, 1), max_size=MAX_KEYS, unique_by=_name)
    return st.builds(
        _account,
        ANY_UID if uids is None else uids,
        st.just(True) | st.booleans() if portfolio_margin is None else portfolio_margin,
        several if min_keys else held.rarely_none(several),
        ANY_RECORDS if records is None else records,
        ANY_LOAN if loans is None else loans,
    )


def _name(key: AnyKey) -> str:
    return key.api_key


def _uid(account: AccountSpec) -> int:
    return account.uid


def _account(
    uid: int, is_portfolio_margin: bool, keys: list[AnyKey], records: tuple[Record, ...], loan: Loan
) -> AccountSpec:
    shape: Any = account_type()
    account: AccountSpec = shape(
        uid=uid, portfolio_margin=is_portfolio_margin, keys=tuple(keys), records=records, loan=loan
    )
    return account


ANY_UID = st.sampled_from([1, 354_937_868, MAX_LONG]) | st.integers(1, MAX_LONG)
ANY_KEY, ANY_LOAN = api_keys(), held.loans()
ANY_RECORDS = st.just(()) | held.record_lists()


def limits() -> st.SearchStrategy[Limits]:
    """Draw limits: the exchange's, just one or two calls of the endpoints, none at all, or any.

    Shrinks to the exchange's own.
    """
    first_ban_s = st.just(120) | st.integers(1, 259_200)
    return st.just(_LIMITS) | st.builds(
        _limits,
        st.fixed_dictionaries(
            {
                name: _budgets(getattr(_LIMITS, name))
                for name in structs.asdict(_LIMITS)
                if name.endswith(("_ip", "_uid"))
            }
        ),
        st.just(5) | st.integers(0, 10) | st.just(MAX_LONG),
        first_ban_s,
        st.just(259_200) | st.integers(0, 259_200) | st.just(MAX_LONG),
    )


_LIMITS = Limits()


def _budgets(plain: int) -> st.SearchStrategy[int]:
    return st.sampled_from([plain, 0, 1, 100, 200, 500, 999, 1_000]) | st.integers(0, MAX_LONG)


def _limits(budgets: dict[str, int], offences: int, first_ban_s: int, longest_ban_s: int) -> Limits:
    return Limits(
        **budgets,
        offences_before_ban=offences,
        first_ban_s=first_ban_s,
        longest_ban_s=max(first_ban_s, longest_ban_s),
    )


def behaviours() -> st.SearchStrategy[Behaviour]:
    """Draw which of contradicting sources the exchange follows.

    Shrinks to what mockex does where it is told nothing.
    """
    return allowed_by(Behaviour)


def scenarios(
    *,
    accounts: st.SearchStrategy[AccountSpec] | None = None,
    min_accounts: int = 0,
    max_accounts: int = 2,
    clock: st.SearchStrategy[ClockSpec] | None = None,
    limits: st.SearchStrategy[Limits] | None = None,
    behaviour: st.SearchStrategy[Behaviour] | None = None,
    faults: st.SearchStrategy[tuple[Fault, ...]] | None = None,
    timeline: st.SearchStrategy[tuple[Happening, ...]] | None = None,
) -> st.SearchStrategy[Scenario]:
    """Draw whole scenarios, with nothing left to be generated; of two keys with one name the first stays.

    Shrinks to one plain account, with everything else as a file has it that says nothing of it.
    """
    check_strategies(
        accounts=accounts, clock=clock, limits=limits, behaviour=behaviour, faults=faults, timeline=timeline
    )
    check_whole("max_accounts", max_accounts, 0, MAX_ACCOUNTS)
    check_whole("min_accounts", min_accounts, 0, max_accounts)
    one = ANY_ACCOUNT if accounts is None else accounts
    least = max(min_accounts, min(max_accounts, 1))
    several = st.lists(one, min_size=least, max_size=max_accounts, unique_by=_uid)
    return _scenarios(
        (several if min_accounts else held.rarely_none(several)).map(_without_twin_keys),
        ANY_CLOCK if clock is None else clock,
        ANY_LIMITS if limits is None else limits,
        ANY_BEHAVIOUR if behaviour is None else behaviour,
        ANY_FAULTS if faults is None else faults,
        timeline,
    )


@st.composite
def _scenarios(
    draw: st.DrawFn,
    several: st.SearchStrategy[tuple[AccountSpec, ...]],
    clock: st.SearchStrategy[ClockSpec],
    limits: st.SearchStrategy[Limits],
    behaviour: st.SearchStrategy[Behaviour],
    faults: st.SearchStrategy[tuple[Fault, ...]],
    timeline: st.SearchStrategy[tuple[Happening, ...]] | None,
) -> Scenario:
    """Draw the accounts first, because timelines tell of them."""
    held_by = draw(several)
    declared = draw(faults)
    later = draw(st.just(()) | timelines(accounts=held_by, max_size=2) if timeline is None else timeline)
    return file_type()(
        title=draw(ANY_TITLE),
        story=draw(ANY_STORY),
        seed=draw(ANY_SEED),
        clock=draw(clock),
        limits=draw(limits),
        behaviour=draw(behaviour),
        accounts=held_by,
        faults=declared,
        timeline=told_apart(later, {fault.name for fault in declared if fault.name}),
    )


def _without_twin_keys(drawn: list[AccountSpec]) -> tuple[AccountSpec, ...]:
    """Leave out keys whose name one before has."""
    kept: list[AccountSpec] = []
    taken: set[str] = set()
    for account in drawn:
        keys = tuple(key for key in account.keys if key.api_key not in taken)
        taken |= {key.api_key for key in keys}
        kept.append(structs.replace(account, keys=keys))
    return tuple(kept)


ANY_ACCOUNT, ANY_CLOCK, ANY_LIMITS, ANY_BEHAVIOUR, ANY_FAULTS = (
    accounts(),
    clock_specs(),
    limits(),
    behaviours(),
    st.just(()) | fault_plans(max_size=2),
)
ANY_TITLE = st.just("drawn") | st.text(min_size=1, max_size=120)
ANY_STORY = st.just("") | st.text(max_size=40)
ANY_SEED = st.integers(0, MAX_LONG)


def worlds(
    *, scenarios: st.SearchStrategy[Scenario] | None = None, real_ms: int = PLAIN_MS
) -> st.SearchStrategy[World]:
    """Draw worlds that are called "drawn", newly opened at `real_ms` of the machine's time.

    Shrinks as the scenarios do.
    """
    check_strategies(scenarios=scenarios)
    check_whole("real_ms", real_ms, 0, MAX_CLOCK_MS)
    return (ANY_SCENARIO if scenarios is None else scenarios).map(
        lambda scenario: open_world("drawn", scenario, CATALOGUE, real_ms)
    )


def exchanges(
    *, scenarios: st.SearchStrategy[Scenario] | None = None, real_ms: int = PLAIN_MS
) -> st.SearchStrategy[Exchange]:
    """Draw exchanges of one world, newly opened at `real_ms` of the machine's time.

    Shrinks as the scenarios do.
    """
    return worlds(scenarios=scenarios, real_ms=real_ms).map(lambda world: Exchange(CATALOGUE, world))


ANY_SCENARIO = scenarios()
