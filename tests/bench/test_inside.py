"""What is measured inside of mockex is what it says, and every cost that a target asks for is measured."""

from collections.abc import Iterator

import pytest

from tests.bench.figures import Cost
from tests.bench.inside import core, embedded, imports, rows, stall
from tests.bench.inside.calls import exchange_of, ordinary
from tests.bench.inside.timing import ratio_of, turn_about
from tests.bench.runs import run_of
from tests.bench.targets import TARGETS


@pytest.fixture(autouse=True)
def _little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure little: no figure matters here."""
    monkeypatch.setattr(core, "TURNS", 1)
    monkeypatch.setattr(core, "WORLDS", 3)
    monkeypatch.setattr(rows, "HELD", (100, 200))
    monkeypatch.setattr(rows, "FEW_AND_MANY", (100, 200))
    monkeypatch.setattr(rows, "TURNS", 1)
    monkeypatch.setattr(embedded, "RUNS", 1)
    monkeypatch.setattr(embedded, "EXAMPLES", 2)
    monkeypatch.setattr(imports, "TURNS", 1)
    monkeypatch.setattr(stall, "HELD", 1_000)
    monkeypatch.setattr(stall, "ANSWERS", 2)


def all_costs() -> Iterator[Cost]:
    """Measure all groups."""
    for group in (core, rows, embedded, imports, stall):
        yield from group.costs(quick=False)


def test_every_cost_that_a_target_asks_for_is_measured() -> None:
    """Under the name that the target looks for, once, and each is more than nothing."""
    run = run_of({})
    missing = [target for target in TARGETS if target.judged(run)[1] == "not measured"]
    run.costs = list(all_costs())
    assert [target for target in TARGETS if target.judged(run)[1] == "not measured"] == missing == []
    names = [cost.name for cost in run.costs]
    assert len(set(names)) == len(names)
    assert all(cost.value > 0 for cost in run.costs)


def test_cases_are_timed_turn_and_turn_about() -> None:
    """The first turn warms; a ratio is the median of the ratios within a turn."""
    order: list[str] = []
    times = turn_about({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 2)
    assert order == ["a", "b"] * 3
    assert [len(each) for each in times.values()] == [2, 2]
    assert ratio_of({"one": [2, 90, 4], "other": [1, 10, 1]}, "one", "other") == 4


def test_faults_of_the_plans_strike_or_do_not() -> None:
    """As their titles say: what is elsewhere never strikes, what is here always does."""
    requests = ordinary()[:10]
    for name, (_, faults, status) in core.FAULTS.items():
        exchange = exchange_of(faults=faults)
        replies = [exchange.handle(request) for request in requests]
        struck = sum(armed.struck for armed in exchange.world.faults.values())
        if name in ("none", "one", "ten"):
            assert struck == 0
        elif name != "chance":
            assert struck == len(requests)
        if status:
            assert {reply.status for reply in replies} == {status}


def test_queries_return_twenty_rows_wherever_they_look() -> None:
    """The ranges lie all over what is held."""
    spans = rows.ranges(1_000)
    starts = {start for start, _ in spans}
    assert all((end - start) // rows.EVERY_MS == rows.RETURNED - 1 for start, end in spans)
    assert len(starts) > rows.QUERIES / 4
    assert spans == rows.ranges(1_000)
    middle = rows.FIRST_MS + 500 * rows.EVERY_MS
    assert min(starts) < middle < max(starts)
