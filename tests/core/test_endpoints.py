"""What the endpoints answer, and what a third one costs."""

import gc
import json
from array import array
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Struct, structs

from mockex import scenarios
from mockex.core.endpoint import Catalogue, Endpoint
from mockex.core.exchange import Exchange
from mockex.core.scenario import Behaviour, scenario_type
from mockex.core.weight import Scope, Weight
from mockex.core.world import open_world
from mockex.endpoints import CATALOGUE
from mockex.endpoints.negative_balance_exchange_record import NEAR, Book, Detail, Query, Record, answer, as_number
from mockex.endpoints.pm_loan import Loan
from mockex.gateways import SAPI
from mockex.signer import Signer
from tests.alice import ALICE, NOW_MS, exchange, heard, request


def test_both_documented_answers_come_back_byte_for_byte() -> None:
    """The scenario `documented` answers just what the documentation prints."""
    spec = scenarios.read("documented")
    world = open_world("default", spec, CATALOGUE, NOW_MS)
    hmac_key: Any = spec.accounts[0].keys[0]
    documented = Exchange(CATALOGUE, world)
    long_ago = {"startTime": 1736184913252, "endTime": 1736263046841}
    records = documented.handle(request("PAPI", by=hmac_key, **long_ago))
    loan = documented.handle(request("SAPI", by=hmac_key))
    examples = {one.name: one.example for one in CATALOGUE.endpoints}
    assert records.body.decode() == examples["negative_balance_exchange_record"]
    assert loan.body.decode() == examples["pm_loan"]
    rows = json.loads(records.body, parse_float=Decimal)["rows"]
    assert [row["details"][0]["negativeBalance"] for row in rows] == [18, Decimal("1.10264488")]


@pytest.mark.parametrize("path", ["/api/v3/ping", "/papi/v1/ping", "/api/v3/time", "/papi/v1/time"])
def test_the_keyless_calls_need_nothing(path: str) -> None:
    """Ping answers {}, time the time of the world's clock, at a weight of 1."""
    call = structs.replace(request(), target=path, api_key=None)
    reply = exchange().handle(call)
    assert json.loads(reply.body) == ({} if path.endswith("ping") else {"serverTime": NOW_MS})
    weights = {name: value for name, value in reply.headers.items() if "weight" in name.lower()}
    names = ("X-MBX-USED-WEIGHT-1M",) if path.startswith("/papi") else ("x-mbx-used-weight", "x-mbx-used-weight-1m")
    assert weights == dict.fromkeys(names, "1")


@pytest.mark.parametrize(
    ("parameters", "code", "names"),
    [
        ({"startTime": None}, -1102, b"'startTime'"),
        ({"startTime": ""}, -1102, b"'startTime'"),
        ({"startTime": "x", "endTime": None}, -1102, b"'startTime'"),
        ({"endTime": None}, -1102, b"'endTime'"),
        ({"endTime": "1e12"}, -1102, b"'endTime'"),
        ({"startTime": NOW_MS, "endTime": NOW_MS - 1}, -1023, b"Start time is greater than end time."),
        ({"startTime": NOW_MS, "endTime": NOW_MS}, None, b'{"total":0,"rows":[]}'),
        ({"startTime": 0, "endTime": 2**63 - 1}, -1127, b"Lookup interval is too big."),
        ({"startTime": 2**63 - 1, "endTime": 2**63 - 1}, None, b'{"total":0,"rows":[]}'),
    ],
)
def test_the_range_of_records(parameters: dict[str, Any], code: int | None, names: bytes) -> None:
    """Each mistake in the range hears its own code, startTime's before endTime's."""
    reply = exchange().handle(request("PAPI", **parameters))
    assert heard(reply) == ((400, code) if code else (200, None))
    assert names in reply.body


records = st.builds(
    Record,
    st.integers(0, 60),
    st.integers(0, 60),
    st.just(())
    | st.tuples(st.builds(Detail, st.text('AB€"\\', min_size=1, max_size=3), st.integers(0, 9), st.just(0))),
)

LONG = Book([Record(start_ms, start_ms, ()) for start_ms in range(300)])


@given(st.lists(records, max_size=30), st.integers(0, 60), st.integers(0, 60))
def test_a_book_finds_what_a_scan_finds(held: list[Record], start_ms: int, end_ms: int) -> None:
    """Both ends are included, the newest come first, ties keep the scenario's order, and every row is JSON."""
    newest_first = sorted(held, key=lambda record: -record.start_time)
    scanned = [record for record in newest_first if start_ms <= record.start_time <= end_ms]
    rows = [json.loads(row) for row in Book(held).between(start_ms, end_ms)]
    assert [(row["startTime"], row["endTime"], len(row["details"])) for row in rows] == [
        (record.start_time, record.end_time, len(record.details)) for record in scanned
    ]


@given(st.integers(0, 299), st.integers(-1, 299))
@example(100, 100 + NEAR - 1)
@example(100, 100 + NEAR)
@example(300 - NEAR, 299)
def test_a_range_ends_where_it_ends_however_far(start_ms: int, end_ms: int) -> None:
    """Whether it is found among the near rows or behind them, or there are none behind them."""
    numbers = [json.loads(row)["startTime"] for row in LONG.between(start_ms, end_ms)]
    assert numbers == list(range(end_ms, start_ms - 1, -1))


@given(st.lists(records, max_size=30), st.integers(0, 60), st.integers(0, 60))
def test_an_answer_is_the_rows_and_their_number(held: list[Record], start_ms: int, end_ms: int) -> None:
    """None, one or many: total and rows are those of the range, and asking changes nothing that is held."""
    book, query = Book(held), Query(start_ms, end_ms)
    rows = book.between(start_ms, end_ms)
    expected = b'{"total":%d,"rows":[%b]}' % (len(rows), b",".join(rows))
    assert [answer(book, query, NOW_MS) for _ in range(2)] == [expected] * 2


@given(st.lists(records, max_size=30), st.lists(records, max_size=30))
def test_news_stand_as_if_they_came_last_in_the_file(held: list[Record], news: list[Record]) -> None:
    """A book with news is the book of both, news behind what begins with them; the one before stays as it is."""
    before = Book(held)
    after, whole = before.with_records(news), Book((*held, *news))
    assert (after.rows, after.negated_starts) == (whole.rows, whole.negated_starts)
    assert (before.rows, before.negated_starts) == (Book(held).rows, Book(held).negated_starts)


def test_the_collector_of_garbage_has_nothing_to_do_with_records() -> None:
    """A million of them would stop the server for a second whenever it looks at all there is."""
    detail = Detail("ETH", Decimal(1), 0)
    assert not gc.is_tracked(detail)
    assert not gc.is_tracked(Record(1, 2, (detail,)))


def test_a_query_reads_no_more_rows_than_it_returns() -> None:
    """Of a million records held, a query of two touches a handful of start times and copies two rows."""

    class Counted:
        touched = 0

        def __init__(self, values: "array[int]") -> None:
            self.values = values

        def __len__(self) -> int:
            return len(self.values)

        def __getitem__(self, index: int) -> int:
            Counted.touched += 1
            return self.values[index]

    book = Book()
    book.negated_starts = array("q", range(-1_000_000, 0))
    book.rows = [b"row"] * 1_000_000
    book.negated_starts = Counted(book.negated_starts)  # type: ignore[assignment]
    assert book.between(500_000, 500_001) == [b"row", b"row"]
    assert Counted.touched < 50


@given(st.decimals(0, 10**30, allow_nan=False, allow_infinity=False, places=18) | st.integers(0, 10**40))
def test_numbers_are_never_in_exponent_form(number: int | Decimal) -> None:
    """A JSON number is written in full and keeps its value and its digits."""
    written = as_number(number)
    assert "e" not in written.lower()
    assert Decimal(written) == number


@pytest.mark.parametrize(
    ("loan", "no_loan", "answer"),
    [
        (Loan(), "zero", (200, b'{"asset":"BUSD","amount":"0"}')),
        (Loan("USDT", "0.000"), "zero", (200, b'{"asset":"USDT","amount":"0.000"}')),
        (Loan("USDT", "0.000"), "refuse", (400, b'{"code":-21004,"msg":"USER_NO_LIABILITY"}')),
        (Loan("USDT", "0.001"), "refuse", (200, b'{"asset":"USDT","amount":"0.001"}')),
    ],
)
def test_a_loan_and_none(loan: Loan, no_loan: Any, answer: tuple[int, bytes]) -> None:
    """Who owes nothing shows 0, or hears -21004 where the scenario says so."""
    world = exchange({"uid": 1, "keys": (ALICE,), "loan": loan}, behaviour=Behaviour(no_loan=no_loan))
    reply = world.handle(request("SAPI"))
    assert (reply.status, reply.body) == answer


# A third signed endpoint: this is all of it, and one line in the catalogue.


class MarginCallLevel(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The level at which the account wants to be warned."""

    margin_call_level: str = "1.0"


MARGIN_CALL_LEVEL = Endpoint(
    name="margin_call_level",
    path="/sapi/v1/portfolio/margin-call-level",
    gateway=SAPI,
    weight=Weight(1_500, per=Scope.IP),
    permission="enableReading",
    held_as="margin_call_level",
    holds=MarginCallLevel,
    nothing=MarginCallLevel(),
    answer=lambda held, _query, _now_ms: msgspec.json.encode(held),
    returns=MarginCallLevel,
)


def test_a_third_endpoint_costs_one_file_and_one_line() -> None:
    """Put into the catalogue it is signed, charged, refused, held by scenarios and described like the other two."""
    catalogue = Catalogue((*CATALOGUE.endpoints, MARGIN_CALL_LEVEL), CATALOGUE.gateways)
    spec_type = scenario_type(catalogue.endpoints)
    (account_type,) = (one.type.__args__[0] for one in structs.fields(spec_type) if one.name == "accounts")
    account = account_type(uid=1, keys=(ALICE,), margin_call_level=MarginCallLevel("1.67354637"))
    world = open_world("default", spec_type(title="three", accounts=(account,)), catalogue, NOW_MS)
    three = Exchange(catalogue, world)
    right = structs.replace(
        request("SAPI"), target=f"{MARGIN_CALL_LEVEL.path}?{Signer.of(ALICE).signed(f'timestamp={NOW_MS}')}"
    )
    reply = three.handle(right)
    assert (reply.status, json.loads(reply.body)) == (200, {"marginCallLevel": "1.67354637"})
    assert reply.headers["X-SAPI-USED-IP-WEIGHT-1M"] == "1500"
    assert heard(three.handle(structs.replace(right, api_key=None))) == (400, -2014)
    assert heard(three.handle(structs.replace(right, target=right.target[:-1] + "!"))) == (400, -1022)
    from mockex.openapi import description

    assert MARGIN_CALL_LEVEL.path in description(catalogue)["paths"]
