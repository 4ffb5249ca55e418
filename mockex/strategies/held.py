"""What an account may hold: assets, balances, records of auto exchanges, and loans."""

from decimal import Decimal
from typing import TypeVar

from hypothesis import strategies as st

from mockex.core.bounds import MAX_CLOCK_MS
from mockex.endpoints.negative_balance_exchange_record import MAX_DIGITS, Detail, Record
from mockex.endpoints.pm_loan import Loan
from mockex.strategies.arguments import check_sizes, check_strategies, check_whole

T = TypeVar("T")

PLAIN_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z: the time of what is drawn, where nothing else is asked for."""

MAX_RECORDS = 10_000
MAX_ASSET_CHARS = 40
MAX_FEW = 4
FEWEST_OF_A_CROWD = 2
RARITY = 24
OFTEN = 6
DIGITS = "0123456789"

_ASSETS = ("USDT", "BUSD", "BTC", "ETH", "BNB")
_ODD_ASSETS = (
    '"',
    "\\",
    "a\nb\x00\x7f",
    "\u2028",
    "</script>",
    "שקל",
    "e\u0301",
    "\u202eTDSU",
    "🪙",
    "币安人生",
    "1000SATS",
    " ",
    "X" * MAX_ASSET_CHARS,
    "🪙" * MAX_ASSET_CHARS,
)
_AMOUNTS = (
    "0",
    "579.45",
    "0.000000000000000001",
    "9" * 30,
    f"{'9' * 30}.{'9' * 18}",
    "0.0",
    "1.10",
    "9007199254740993",
    "007",
)
_BALANCES: tuple[int | Decimal, ...] = (
    0,
    Decimal("1.10264488"),
    Decimal("0.000000000000000001"),
    2**53 + 1,
    2**64,
    10**MAX_DIGITS - 1,
    Decimal("1.10"),
    Decimal("0E-18"),
    Decimal("1E+20"),
    Decimal("0.1") + Decimal("0.2"),
    Decimal("123456789012345678.000000000000000001"),
    Decimal(f"0.{'0' * (MAX_DIGITS - 2)}1"),
)
_DETAILS = (Detail("USDT", 0, 0), Detail("ETH", 18, 5), Detail("BNB", Decimal("1.10264488"), 0))


def assets() -> st.SearchStrategy[str]:
    """Draw names of assets of 1 to 40 characters: usual ones, and what JSON must escape or a screen may turn around.

    Shrinks to "USDT".
    """
    return st.sampled_from(_ASSETS) | st.sampled_from(_ODD_ASSETS) | st.text(min_size=1, max_size=MAX_ASSET_CHARS)


def balances() -> st.SearchStrategy[int | Decimal]:
    """Draw numbers from 0 up, whole or Decimal, of at most 60 digits: 18 decimals, beyond 2⁵³, with zeros behind.

    Shrinks to 0.
    """
    return st.sampled_from(_BALANCES) | st.integers(0, 10**MAX_DIGITS - 1) | _fractions()


@st.composite
def _fractions(draw: st.DrawFn) -> Decimal:
    """Draw the places first, so that the digits shrink within them."""
    places = draw(st.integers(0, 18) | st.integers(19, MAX_DIGITS - 1))
    digits = draw(st.integers(0, 10**20) | st.integers(0, 10**MAX_DIGITS - 1))
    return Decimal(f"{digits}E-{places}")


def amounts() -> st.SearchStrategy[str]:
    """Draw what a loan may come to, as the string that is sent: up to 30 digits, then up to 18 decimals.

    Shrinks to "0".
    """
    whole = st.text(DIGITS, min_size=1, max_size=30)
    decimals = st.text(DIGITS, min_size=1, max_size=18)
    return st.sampled_from(_AMOUNTS) | whole | st.builds("{}.{}".format, whole, decimals)


def details(
    *,
    assets: st.SearchStrategy[str] | None = None,
    balances: st.SearchStrategy[int | Decimal] | None = None,
) -> st.SearchStrategy[Detail]:
    """Draw one exchanged asset with its balance and its threshold.

    Shrinks to USDT, 0 and 0.
    """
    check_strategies(assets=assets, balances=balances)
    numbers = ANY_BALANCE if balances is None else balances
    drawn = st.builds(Detail, ANY_ASSET if assets is None else assets, numbers, numbers)
    return st.sampled_from(_DETAILS) | drawn if assets is None and balances is None else drawn


ANY_ASSET, ANY_BALANCE, ANY_AMOUNT = assets(), balances(), amounts()
ANY_DETAIL = details()


def records(
    *, since_ms: int = 0, until_ms: int = MAX_CLOCK_MS, details: st.SearchStrategy[Detail] | None = None
) -> st.SearchStrategy[Record]:
    """Draw one auto exchange that begins within [`since_ms`, `until_ms`]; it may end at once, or before it began.

    Shrinks to a minute from 2026 on, or from `since_ms` where that is not within, with one detail.
    """
    _check_times(since_ms, until_ms)
    check_strategies(details=details)
    return st.builds(_record, _starts(since_ms, until_ms), _lengths, _some(ANY_DETAIL if details is None else details))


def _check_times(since_ms: int, until_ms: int) -> None:
    check_whole("until_ms", until_ms, 0, MAX_CLOCK_MS)
    check_whole("since_ms", since_ms, 0, until_ms)


def _starts(since_ms: int, until_ms: int) -> st.SearchStrategy[int]:
    plain_ms = PLAIN_MS if since_ms <= PLAIN_MS <= until_ms else since_ms
    return st.sampled_from([plain_ms, since_ms, until_ms]) | st.integers(since_ms, until_ms)


_lengths = st.sampled_from([60_000, 0, 1, -1]) | st.integers(0, 600_000) | st.integers(-MAX_CLOCK_MS, MAX_CLOCK_MS)


def _some(details: st.SearchStrategy[Detail]) -> st.SearchStrategy[tuple[Detail, ...]]:
    """Draw one detail or some more; none at all is an edge, not the plain case."""
    return rarely_none(st.lists(details, min_size=1, max_size=2)).map(tuple)


def rarely_none(several: st.SearchStrategy[list[T]]) -> st.SearchStrategy[list[T]]:
    """Draw several things, and seldom none.

    Whether there are none is drawn last: what is drawn first and thrown away keeps none from being the shorter draw,
    to which all would shrink.
    """
    return st.builds(lambda drawn, roll: drawn if roll < OFTEN else [], several, st.integers(0, OFTEN))


def _record(start_ms: int, length_ms: int, details: tuple[Detail, ...]) -> Record:
    return Record(start_ms, min(max(start_ms + length_ms, 0), MAX_CLOCK_MS), details)


def record_lists(
    *,
    min_size: int = 0,
    max_size: int = MAX_RECORDS,
    since_ms: int = 0,
    until_ms: int = MAX_CLOCK_MS,
    details: st.SearchStrategy[Detail] | None = None,
) -> st.SearchStrategy[tuple[Record, ...]]:
    """Draw what an account's auto exchanges are, in any order: few, of one millisecond, end to end, or up to 10,000.

    Shrinks to none, or to `min_size` plain ones.
    """
    check_sizes(min_size, max_size, MAX_RECORDS)
    _check_times(since_ms, until_ms)
    check_strategies(details=details)
    some = _some(ANY_DETAIL if details is None else details)
    one = st.builds(_record, _starts(since_ms, until_ms), _lengths, some)
    long = _long(some, max(min_size, min(max_size, MAX_FEW + 1)), max_size, since_ms, until_ms)
    if min_size > MAX_FEW:
        return long
    most = min(max_size, MAX_FEW)
    few = st.lists(one, min_size=min_size, max_size=most).map(tuple)
    if most < FEWEST_OF_A_CROWD:
        return few
    crowds = _crowds(one, max(min_size, FEWEST_OF_A_CROWD), most, until_ms)
    if max_size <= MAX_FEW:
        return few | crowds
    return few | crowds | st.integers(0, RARITY).flatmap(lambda roll: long if roll == RARITY else few)


@st.composite
def _crowds(
    draw: st.DrawFn, one: st.SearchStrategy[Record], min_size: int, max_size: int, until_ms: int
) -> tuple[Record, ...]:
    """Draw a record and others that share its millisecond, are equal to it, or begin where the one before ends."""
    ways = st.lists(st.sampled_from(["same", "equal", "touching"]), min_size=min_size - 1, max_size=max_size - 1)
    crowd = [draw(one)]
    for way in draw(ways):
        other, last = draw(one) if way != "equal" else crowd[0], crowd[-1]
        is_touching = way == "touching" and last.start_time <= last.end_time <= until_ms
        start_ms = last.end_time if is_touching else other.start_time if way == "equal" else last.start_time
        crowd.append(Record(start_ms, other.end_time, other.details))
    return tuple(crowd)


@st.composite
def _long(
    draw: st.DrawFn,
    some: st.SearchStrategy[tuple[Detail, ...]],
    min_size: int,
    max_size: int,
    since_ms: int,
    until_ms: int,
) -> tuple[Record, ...]:
    """Draw how many, a stride and a few details, which all of them repeat: ten thousand cost little more than ten."""
    size = draw(st.integers(min_size, max_size) | st.just(max_size))
    first_ms = draw(_starts(since_ms, until_ms))
    stride_ms = draw(st.sampled_from([60_000, 0, 1]) | st.integers(0, 86_400_000))
    repeated = draw(st.lists(some, min_size=1, max_size=3))
    span_ms = until_ms - first_ms + 1
    return tuple(_record(first_ms + n * stride_ms % span_ms, 1_000, repeated[n % len(repeated)]) for n in range(size))


def loans(
    *, assets: st.SearchStrategy[str] | None = None, amounts: st.SearchStrategy[str] | None = None
) -> st.SearchStrategy[Loan]:
    """Draw what an account owes.

    Shrinks to what an account shows that owes nothing: 0 BUSD.
    """
    check_strategies(assets=assets, amounts=amounts)
    drawn = st.builds(Loan, ANY_ASSET if assets is None else assets, ANY_AMOUNT if amounts is None else amounts)
    return st.just(Loan()) | drawn if assets is None and amounts is None else drawn
