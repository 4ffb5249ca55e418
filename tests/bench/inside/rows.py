"""What a query costs against ever more records held: it must grow with the rows returned alone."""

from collections.abc import Callable, Iterator
from random import Random

from mockex.core.scenario import Scenario
from mockex.endpoints.negative_balance_exchange_record import NEGATIVE_BALANCE_EXCHANGE_RECORD as ENDPOINT
from mockex.endpoints.negative_balance_exchange_record import Detail, Query, Record
from tests.bench.figures import Cost
from tests.bench.inside.calls import all_handled, exchange_of, requests_of
from tests.bench.inside.timing import ratio_of, turn_about
from tests.bench.workload import Question, scenario, signed_calls

HELD, HELD_QUICK = (100, 1_000, 10_000, 100_000, 1_000_000), (10_000, 1_000_000)
FEW_AND_MANY = 10_000, 1_000_000
RETURNED = 20
QUERIES = 500
TURNS = 21
FIRST_MS, EVERY_MS = 1_600_000_000_000, 60_000
DETAILS = (Detail("ETH", 18, 5),)


def records(count: int) -> list[Record]:
    """Make records, one each minute."""
    return [Record(FIRST_MS + n * EVERY_MS, FIRST_MS + n * EVERY_MS + 1_000, DETAILS) for n in range(count)]


def ranges(count: int) -> list[tuple[int, int]]:
    """Choose ranges that hold so many records, all over what is held; the same at each run."""
    dice = Random(count)  # noqa: S311 - nothing secret
    firsts = [dice.randrange(count - RETURNED + 1) for _ in range(QUERIES)]
    return [(FIRST_MS + n * EVERY_MS, FIRST_MS + (n + RETURNED - 1) * EVERY_MS) for n in firsts]


def question(spans: list[tuple[int, int]]) -> Question:
    """Sign a call for each range."""
    calls = [signed_calls(f"startTime={start}&endTime={end}", 1) for start, end in spans]
    return Question(tuple(call.targets[0] for call in calls), calls[0].headers)


def costs(*, quick: bool) -> Iterator[Cost]:
    """Time queries of 20 rows, the whole call and the answer alone, against each number of records held."""
    held = HELD_QUICK if quick else HELD
    calls: dict[str, Callable[[], object]] = {}
    for count in held:
        calls[f"call {count}"], calls[f"answer {count}"] = queries(scenario(), count)
    times = turn_about(calls, TURNS)
    for count in held:
        title = f"against {count:,} records held, {RETURNED} returned"
        yield Cost(f"query.{count}", f"one call {title}", min(times[f"call {count}"]) / QUERIES)
        yield Cost(
            f"answer.{count}", f"the making of the answer alone, {title}", min(times[f"answer {count}"]) / QUERIES
        )
    few, many = FEW_AND_MANY
    for kind, title in (("call", "one call"), ("answer", "the making of the answer alone")):
        times_as_much = ratio_of(times, f"{kind} {many}", f"{kind} {few}")
        yield Cost(f"{kind}.many/few", f"{title}, against {many:,} held in {few:,} held", times_as_much, "×")


def queries(spec: Scenario, count: int) -> tuple[Callable[[], object], Callable[[], object]]:
    """Give what makes all calls to an exchange that holds so many records, and what makes their answers alone."""
    exchange = exchange_of(spec)
    book = ENDPOINT.stock(records(count))
    exchange.world.hold(spec.accounts[0].uid, ENDPOINT, book)
    spans = ranges(count)
    requests = requests_of(question(spans))
    body = exchange.handle(requests[0]).body
    assert body.startswith(b'{"total":%d,' % RETURNED), body[:40]
    asked = [Query(start, end) for start, end in spans]

    def answered() -> None:
        for query in asked:
            ENDPOINT.answer(book, query, 0)

    return all_handled(exchange, requests), answered
