"""Each strategy finds the edges it exists for, and what it finds shrinks to the plain case."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import Phase, find, settings
from hypothesis import strategies as st
from msgspec import json, structs

from mockex import strategies as some
from mockex.core.bounds import MAX_CLOCK_MS, MAX_LONG
from mockex.core.dates import months_later_ms
from mockex.core.effects import Documented, Hostile
from mockex.core.faults import Fault
from mockex.core.hostile_wire import Latency
from mockex.core.outage import AnswerName
from mockex.core.scenario import Behaviour, ClockSpec, Ed25519Key, HmacKey, RsaKey
from mockex.core.weight import Limits
from mockex.endpoints.negative_balance_exchange_record import Detail, Record
from mockex.endpoints.pm_loan import Loan
from mockex.signer import Signer
from mockex.strategies.held import PLAIN_MS
from mockex.strategies.refused import WAYS
from tests.alice import NOW_MS
from tests.strategies.places import world

PHASES = [Phase.generate, Phase.shrink]
SETTINGS = settings(max_examples=3_000, derandomize=True, database=None, deadline=None, phases=PHASES)
UNSHRUNK = settings(SETTINGS, phases=[Phase.generate])
DAY_MS = 86_400_000
SIGNER = Signer(api_key="0" * 64, secret="secret")
PLAIN_KEY = HmacKey(api_key="0" * 64, secret="secret")
PLAIN_RECORD = Record(PLAIN_MS, PLAIN_MS + 60_000, (Detail("USDT", 0, 0),))

Row = tuple[st.SearchStrategy[Any], str, Callable[[Any], bool], Any]


def anything(_: object) -> bool:
    """Ask for nothing, so that what is found is the plain case."""
    return True


def is_unicode_of(low: int, high: int) -> Callable[[str], bool]:
    """Ask for a character of this range."""
    return lambda text: any(low <= ord(char) <= high for char in text)


def starts(records: tuple[Record, ...]) -> list[int]:
    """List when records begin."""
    return [record.start_time for record in records]


def are_different_and_together(records: tuple[Record, ...]) -> bool:
    """Ask for different records that begin in one millisecond."""
    return len(set(records)) > 1 == len(set(starts(records)))


def touch(records: tuple[Record, ...]) -> bool:
    """Ask for three records that last a while, each of which begins where the one before ends: two may by chance."""
    ends = [(one.start_time < one.end_time == other.start_time) for one, other in pairwise(records[:8])]
    return any(first and second for first, second in pairwise(ends))


PLAIN: list[tuple[str, st.SearchStrategy[Any], Any]] = [
    ("assets", some.assets(), "USDT"),
    ("balances", some.balances(), 0),
    ("amounts", some.amounts(), "0"),
    ("details", some.details(), Detail("USDT", 0, 0)),
    ("details of a balance", some.details(balances=st.just(7)), Detail("USDT", 7, 7)),
    ("records", some.records(), PLAIN_RECORD),
    ("records before", some.records(until_ms=9, since_ms=7), Record(7, 60_007, (Detail("USDT", 0, 0),))),
    ("record_lists", some.record_lists(), ()),
    ("record_lists of two", some.record_lists(min_size=2), (PLAIN_RECORD, PLAIN_RECORD)),
    ("loans", some.loans(), Loan()),
    ("api_keys", some.api_keys(), PLAIN_KEY),
    ("limits", some.limits(), Limits()),
    ("behaviours", some.behaviours(), Behaviour()),
    ("clock_specs", some.clock_specs(), ClockSpec()),
    ("clock_skews", some.clock_skews(), 0),
    ("moments", some.moments(), PLAIN_MS),
    ("effects", some.effects(), Documented("unknown-error")),
    ("effects, none hostile", some.effects(hostile=False), Documented("unknown-error")),
    ("faults", some.faults(), Fault(effect=Documented("unknown-error"))),
    ("fault_plans", some.fault_plans(), ()),
    ("timelines", some.timelines(), ()),
    ("timestamps", some.timestamps(now_ms=NOW_MS), NOW_MS),
    ("recv_windows", some.recv_windows(), 5_000),
    ("ranges", some.ranges(now_ms=NOW_MS), (NOW_MS - DAY_MS, NOW_MS)),
    ("queries", some.queries(endpoint="pm_loan", now_ms=NOW_MS), f"timestamp={NOW_MS}"),
    ("bad_longs", some.bad_longs(), ""),
    ("bad_timestamps", some.bad_timestamps(now_ms=NOW_MS), str(NOW_MS - 5_001)),
    ("late_timestamps", some.late_timestamps(now_ms=NOW_MS), NOW_MS - 5_001),
    ("early_timestamps", some.early_timestamps(now_ms=NOW_MS), NOW_MS + 1_000),
    ("bad_recv_windows", some.bad_recv_windows(), "60001"),
    ("bad_ranges", some.bad_ranges(now_ms=NOW_MS), (NOW_MS, NOW_MS - 1)),
    ("bad_signatures", some.bad_signatures(signer=SIGNER, payload="a=b"), "0" * 64),
]


@pytest.mark.parametrize(("strategy", "plain"), [pytest.param(*row, id=name) for name, *row in PLAIN])
def test_all_shrink_to_the_plain_case(strategy: st.SearchStrategy[Any], plain: Any) -> None:
    """Where nothing is asked for, the least example is the one that a reader expects."""
    found = find(strategy, anything, settings=SETTINGS)
    assert (type(found), found) == (type(plain), plain)


def test_scenarios_shrink_to_one_plain_account() -> None:
    """A whole scenario shrinks to one account with an HMAC key, and to what a file has that says nothing else."""
    plain = find(some.scenarios(), anything, settings=SETTINGS)
    (account,) = plain.accounts
    assert account == find(some.accounts(), anything, settings=SETTINGS)
    assert account == type(account)(uid=1, keys=(PLAIN_KEY,))
    assert plain == type(plain)(title="drawn", accounts=(account,))


def test_worlds_and_exchanges_are_of_the_plain_scenario() -> None:
    """The least world is called "drawn", opened when it was told; the least exchange has such a one for its default."""
    plain = find(some.worlds(real_ms=NOW_MS), anything, settings=SETTINGS)
    assert (plain.name, plain.opened_ms, list(plain.accounts)) == ("drawn", NOW_MS, [1])
    assert find(some.exchanges(), anything, settings=SETTINGS).world.opened_ms == PLAIN_MS


def test_requests_shrink_to_the_plainest_call() -> None:
    """The least right request carries nothing but what it must, and the least wrong one a signature of zeros."""
    right = find(some.signed_requests(world(), real_ms=NOW_MS), anything, settings=SETTINGS)
    query, _, signature = right.target.partition("&signature=")
    assert (query, len(signature)) == (f"/sapi/v1/portfolio/pmLoan?timestamp={NOW_MS}", 64)
    wrong = find(some.wrong_requests(world(), real_ms=NOW_MS), anything, settings=SETTINGS)
    assert wrong == some.Wrong(structs.replace(right, target=f"{query}&signature={'0' * 64}"), "signature_is_wrong")


def digits_behind(number: int | Decimal) -> int:
    """Count the decimals of a number as it is written."""
    return len(f"{number:f}".partition(".")[2]) if isinstance(number, Decimal) else 0


HELD_EDGES: list[Row] = [
    (some.assets(), "right to left", is_unicode_of(0x590, 0x5FF), None),
    (some.assets(), "turns a screen around", is_unicode_of(0x202E, 0x202E), None),
    (some.assets(), "combining", is_unicode_of(0x300, 0x36F), None),
    (some.assets(), "astral", is_unicode_of(0x10000, 0x10FFFF), None),
    (some.assets(), "a quote", lambda asset: '"' in asset, '"'),
    (some.assets(), "a backslash", lambda asset: "\\" in asset, "\\"),
    (some.assets(), "a control character", is_unicode_of(0, 31), None),
    (some.assets(), "40 characters", lambda asset: len(asset) == 40, "X" * 40),
    (some.balances(), "18 decimals", lambda one: digits_behind(one) == 18, None),
    (some.balances(), "the smallest", lambda one: one == Decimal("1e-18"), Decimal("1e-18")),
    (some.balances(), "no double", lambda one: one > 2**53 and int(float(one)) != one, 2**53 + 1),
    (some.balances(), "60 digits", lambda one: one >= 10**59, None),
    (some.balances(), "zeros behind", lambda one: f"{one:f}".endswith(".10"), None),
    (some.balances(), "an exponent", lambda one: "E+" in str(one), Decimal("1E+20")),
    (some.balances(), "59 decimals", lambda one: digits_behind(one) == 59, None),
    (some.amounts(), "18 decimals", lambda one: one == "0.000000000000000001", "0.000000000000000001"),
    (some.amounts(), "48 digits", lambda one: len(one) == 49, None),
    (some.amounts(), "zeros ahead", lambda one: one[:1] == "0" != one and one.isdigit(), None),
    (some.records(), "ends at once", lambda one: one.start_time == one.end_time, None),
    (some.records(), "ends before it begins", lambda one: one.start_time > one.end_time, None),
    (some.records(), "no details", lambda one: not one.details, structs.replace(PLAIN_RECORD, details=())),
    (some.records(since_ms=3), "the first moment", lambda one: one.start_time == 3, None),
    (some.records(), "the last moment", lambda one: one.start_time == MAX_CLOCK_MS, None),
    (some.record_lists(), "one millisecond", are_different_and_together, None),
    (some.record_lists(), "equal", lambda many: any(many.count(one) > 1 for one in many[:8]), (PLAIN_RECORD,) * 2),
    (some.record_lists(), "touching", touch, None),
    (some.record_lists(), "ten thousand", lambda many: len(many) == 10_000, None),
    (some.record_lists(), "not by time", lambda many: starts(many) != sorted(starts(many)), None),
    (some.loans(), "owes", lambda one: one.amount == "579.45", Loan("USDT", "579.45")),
    (some.api_keys(), "RSA", lambda one: isinstance(one, RsaKey), None),
    (some.api_keys(), "Ed25519", lambda one: isinstance(one, Ed25519Key), None),
    (some.api_keys(), "powerless", lambda one: not one.permissions, structs.replace(PLAIN_KEY, permissions=())),
    (some.api_keys(), "bound to IPs", lambda one: one.allowed_ips, None),
    (some.api_keys(), "a secret of no ASCII", lambda one: not getattr(one, "secret", "").isascii(), None),
    (some.accounts(), "no key", lambda one: not one.keys, None),
    (some.accounts(), "two keys", lambda one: len(one.keys) == 2, None),
    (some.accounts(), "not Portfolio Margin", lambda one: not one.portfolio_margin, None),
    (some.accounts(), "the last UID", lambda one: one.uid == MAX_LONG, None),
    (some.limits(), "nothing at all", lambda one: one.papi_weight_per_ip == 0, Limits(papi_weight_per_ip=0)),
    (some.limits(), "one call", lambda one: one.sapi_weight_per_uid == 500, Limits(sapi_weight_per_uid=500)),
    (some.limits(), "a ban at once", lambda one: one.offences_before_ban == 0, Limits(offences_before_ban=0)),
    (some.limits(), "bans never grow", lambda one: one.first_ban_s == one.longest_ban_s, None),
    (some.behaviours(), "last", lambda one: one.signature_position == "last", Behaviour(signature_position="last")),
    (some.behaviours(), "refuse", lambda one: one.no_loan == "refuse", Behaviour(no_loan="refuse")),
    (some.scenarios(), "nobody", lambda one: not one.accounts, None),
    (some.scenarios(), "two accounts", lambda one: len(one.accounts) == 2, None),
    (some.scenarios(), "records and faults", lambda one: one.faults and any(a.records for a in one.accounts), None),
    (some.scenarios(), "a timeline of accounts", lambda one: any(h.account for h in one.timeline), None),
]

SENT_EDGES: list[Row] = [
    (some.timestamps(now_ms=NOW_MS), "the first", lambda ms: ms == NOW_MS - 5_000, NOW_MS - 5_000),
    (some.timestamps(now_ms=NOW_MS), "the last", lambda ms: ms == NOW_MS + 999, NOW_MS + 999),
    (some.timestamps(now_ms=9, recv_window_ms=60_000), "0", lambda ms: ms == 0, 0),
    (some.recv_windows(), "1", lambda ms: ms == 1, 1),
    (some.recv_windows(), "60,000", lambda ms: ms == 60_000, 60_000),
    (some.ranges(now_ms=NOW_MS), "one moment", lambda of: of[0] == of[1], (NOW_MS, NOW_MS)),
    (some.ranges(now_ms=NOW_MS), "three months", lambda of: of[1] == months_later_ms(of[0], 3), None),
    (some.ranges(), "29 February", lambda of: moment(of[0])[1:3] == (2, 29), None),
    (some.ranges(), "28 February 2100", lambda of: moment(of[0])[:3] == (2100, 2, 28), None),
    (some.ranges(), "the last millisecond of a month", lambda of: moment(of[0] + 1)[2:] == (1, 0, 0, 0), None),
    (some.queries(), "a recvWindow", lambda query: "recvWindow=" in query, None),
    (some.queries(), "the timestamp first", lambda query: query.startswith("timestamp="), None),
    (some.queries(), "a blank as %20", lambda query: "%20" in query, None),
    (some.queries(), "a blank as +", lambda query: "+" in query, None),
    (some.bad_longs(), "beyond a LONG", lambda text: text == str(2**63), str(2**63)),
    (some.bad_longs(), "21 digits", lambda text: len(text) == 21 and text.isdigit(), None),
    (some.bad_longs(), "other digits", lambda text: text.isdigit() and not text.isascii(), None),
    (some.bad_longs(), "below 0", lambda text: text == "-1", "-1"),
    (some.bad_timestamps(now_ms=NOW_MS), "seconds", lambda text: text == str(NOW_MS // 1_000), str(NOW_MS // 1_000)),
    (some.bad_timestamps(now_ms=NOW_MS), "microseconds", lambda text: text == f"{NOW_MS}000", f"{NOW_MS}000"),
    (some.bad_timestamps(now_ms=NOW_MS), "no LONG", lambda text: not text.isdigit(), ""),
    (some.bad_recv_windows(), "0", lambda text: text == "0", "0"),
    (some.bad_recv_windows(), "a fraction", lambda text: text == "5e3", "5e3"),
    (some.bad_ranges(), "a ms too long", lambda of: of[1] == months_later_ms(of[0], 3) + 1, None),
    (some.bad_ranges(), "far too long", lambda of: of[1] == MAX_LONG, None),
    (some.bad_signatures(signer=SIGNER, payload="a=b"), "a newline", SIGNER.signature("a=b\n").__eq__, None),
    (some.bad_signatures(signer=SIGNER, payload="a=b"), "cut", SIGNER.signature("a=b")[:-1].__eq__, None),
    (some.bad_signatures(signer=SIGNER, payload="b&a"), "sorted", SIGNER.signature("a&b").__eq__, None),
]

HAPPENING_EDGES: list[Row] = [
    (some.clock_skews(), "just in the window", lambda ms: ms == 5_000, 5_000),
    (some.clock_skews(), "just out of it", lambda ms: ms == -5_001, -5_001),
    (some.clock_skews(recv_window_ms=7), "of 7 ms", lambda ms: ms == 8, 8),
    (some.clock_skews(), "a second ahead", lambda ms: ms == 1_000, 1_000),
    (some.clock_specs(), "still", lambda one: one.frozen_at is not None, ClockSpec(frozen_at=PLAIN_MS)),
    (some.clock_specs(), "wrong", lambda one: one.offset_ms == -5_001, ClockSpec(offset_ms=-5_001)),
    (some.clock_specs(), "stands", lambda one: one.rate == 0, ClockSpec(rate=0.0)),
    (some.clock_specs(), "fast", lambda one: one.rate > 1, None),
    (some.moments(), "a zone", lambda one: isinstance(one, datetime) and bool(one.utcoffset()), None),
    (some.effects(max_ms=7), "the longest pause", lambda one: one == Latency(7), Latency(7)),
    *((some.effects(), kind.__name__, lambda one, kind=kind: type(one) is kind, None) for kind in get_args(Hostile)),
    *(
        (some.effects(), name, lambda one, name=name: getattr(one, "answer", "") == name, Documented(name))
        for name in get_args(AnswerName)
    ),
    (some.faults(), "by endpoint", lambda one: one.endpoint == "pm_loan", None),
    (some.faults(), "by gateway", lambda one: one.gateway == "SAPI", None),
    (some.faults(api_keys=["k"]), "by key", lambda one: one.api_key == "k", None),
    (some.faults(), "by chance", lambda one: one.chance < 1, None),
    (some.faults(), "now", lambda one: one.since_ms == PLAIN_MS < one.until_ms == PLAIN_MS + 1, None),
    (some.faults(), "every second, three times", lambda one: (one.every, one.times) == (2, 3), None),
    (some.fault_plans(), "two", lambda many: len(many) == 2, (Fault(effect=Documented("unknown-error")),) * 2),
    (some.timelines(), "weather that ends", lambda many: any(one.lasts_s for one in many), None),
    (some.timelines(), "at a moment", lambda many: any(one.at == PLAIN_MS for one in many), None),
]


def moment(ms: int) -> tuple[int, ...]:
    """Give year, month, day, hour, minute and second in UTC; nothing where there is no such year."""
    from time import gmtime

    return tuple(gmtime(ms // 1_000))[:6] if ms <= MAX_CLOCK_MS else ()


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@pytest.mark.parametrize(
    ("strategy", "edge", "minimal"),
    [
        pytest.param(strategy, edge, minimal, id=name)
        for strategy, name, edge, minimal in [*HELD_EDGES, *SENT_EDGES, *HAPPENING_EDGES]
    ],
)
def test_each_finds_the_edge_it_exists_for(
    strategy: st.SearchStrategy[Any], edge: Callable[[Any], bool], minimal: Any
) -> None:
    """The edge is found, and where the row says how, it is the least example that has it."""
    found = find(strategy, lambda one: bool(edge(one)), settings=SETTINGS if minimal is not None else UNSHRUNK)
    assert edge(found)
    assert minimal is None or found == minimal


@pytest.mark.parametrize("name", WAYS)
def test_every_way_of_being_refused_is_found(name: str) -> None:
    """Without being asked for, each step of the gateways comes up among what is wrong."""
    drawn = some.wrong_requests(world(is_strict=name in {"owes_nothing", "signature_is_not_last"}), real_ms=NOW_MS)
    assert find(drawn, lambda one: one.refused_by == name, settings=UNSHRUNK).refused_by == name


ENDPOINTS = ["negative-balance-exchange-record", "pmLoan"]


@pytest.mark.parametrize("path", ENDPOINTS)
def test_signed_requests_come_in_every_form(path: str) -> None:
    """Both endpoints are called, with the signature in any place where the world takes it there."""
    drawn = some.signed_requests(world(), real_ms=NOW_MS)
    assert find(drawn, lambda one: path in one.target and "?signature=" in one.target, settings=UNSHRUNK)


def test_balances_are_json_numbers() -> None:
    """The number with the most digits is still one that JSON writes."""
    found = find(some.balances(), lambda one: digits_behind(one) == 59, settings=UNSHRUNK)
    assert json.decode(f"{found:f}", type=Decimal) == found
