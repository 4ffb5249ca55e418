"""Tables show each server, or why it is not there."""

import pytest

from tests.bench import tables
from tests.bench.runs import run_of
from tests.bench.servers import SERVERS


def test_servers_stand_in_order_of_their_throughput() -> None:
    """With whether they verify a signature, and figures against the bare handler, which is 1."""
    head, *rows = tables.throughput(run_of({"raw": 3_000, "mockex": 900, "moto": 16}))
    assert len(rows) == len(SERVERS)
    assert rows[0][:3] == ("raw asyncio protocol", "no", "3.00")
    assert ("**mockex**", "yes", "0.90") in [row[:3] for row in rows]
    assert ("**bare `aiohttp.web` handler**", "no", "1.00") in [row[:3] for row in rows]
    assert rows[-1][:3] == ("moto server", "no", "0.016")
    assert {len(row) for row in (head, *rows)} == {10}


def test_who_is_not_there_is_named_with_the_reason() -> None:
    """And stands in no table of figures."""
    run = run_of({})
    run.rows[-1].wrong = "java is not installed on this machine"
    title = SERVERS[-1].title
    assert tables.missing(run) == [(title, "java is not installed on this machine")]
    assert title not in [row[0] for row in tables.throughput(run) + tables.starts(run)]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "ms", "–"),
        (0.0163, "", "0.016"),
        (0.85, "×", "0.85"),
        (12.34, "ms", "12.3 ms"),
        (1_234.5, "µs", "1,234 µs"),
    ],
)
def test_figures_have_the_digits_that_mean_something(value: float | None, unit: str, text: str) -> None:
    """More where they are small."""
    assert tables.short(value, unit) == text


def test_a_terminal_is_shown_no_empty_column() -> None:
    """What was not measured at all takes no place, nor do notes; a table without rows is nothing."""
    table: tables.Table = [("server", "a", "b", "note"), ("**mockex**", "–", "1", "long"), ("`raw`", "–", "10", "")]
    assert tables.in_terminal(table) == "server   b\nmockex   1\nraw     10"
    assert tables.in_terminal(table[:1]) == ""
