"""Reports as one HTML page: clients × requirements, where each cell opens what is behind it.

The page has no script, loads nothing, and forbids both; styles are let in by their hash.
"""

import base64
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from mockex.conformance.reports.rendering import rendered, source_of
from mockex.conformance.reports.wording import again, by_family, counted, facts, in_full
from mockex.conformance.results import MARKS, OFFENDING, Mark, Report, Result
from mockex.errors import MockexError

SYMBOLS: dict[Mark, str] = {
    "FAULT": "⚠",
    "FAIL": "✗",
    "STALE": "⚑",
    "EXPECTED": "≈",
    "NOTE": "i",
    "PASS": "✓",
    "UNSEEN": "–",
    "UNSUPPORTED": "○",
}
NARROW = 3
"""With more clients than this, cells have no room for words."""

MOST_CALLS = 100
"""So many calls of a case are told."""

BAR_WIDTH = 100
BAR: tuple[Mark, ...] = ("PASS", "NOTE", "EXPECTED", "STALE", "FAIL", "FAULT", "UNSEEN", "UNSUPPORTED")
"""What is met stands at the left of a bar, what was not judged at the right."""


class Cell(NamedTuple):
    """What became of one requirement with one client; `key` leads to it."""

    key: str
    mark: Mark
    result: Result
    report: Report


class Row(NamedTuple):
    """One requirement; None stands where a client was not asked about it."""

    id: str
    title: str
    severity: str
    cells: list[Cell | None]

    @property
    def is_offending(self) -> bool:
        """Whether there is something to say of one of its cells."""
        return any(cell is not None and cell.mark in OFFENDING for cell in self.cells)


def page_of(report: Report) -> str:
    """Write the page of one client."""
    return page([report])


def page(reports: Sequence[Report]) -> str:
    """Write the page of several clients, each a column."""
    style = source_of("style.css")
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    families = rows_of(reports)
    return rendered(
        "matrix.html",
        reports=reports,
        families=families,
        cells=[cell for _, rows in families for row in rows for cell in row.cells if cell],
        style=style,
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        bars=[bar(report) for report in reports],
        is_narrow=len(reports) > NARROW,
        symbols=SYMBOLS,
        marks=MARKS,
        offending=OFFENDING,
        most=MOST_CALLS,
        **{one.__name__: one for one in (again, counted, facts, in_full)},
    )


def rows_of(reports: Sequence[Report]) -> list[tuple[str, list[Row]]]:
    """Put the results of several clients beside each other, family by family. Raises MockexError for no report."""
    if not reports:
        raise MockexError("there is no report")
    told: dict[str, Result] = {}
    for report in reports:
        for result in report.results:
            told.setdefault(result.id, result)
    columns = [{result.id: result for result in report.results} for report in reports]

    def cell(at: int, name: str) -> Cell | None:
        result = columns[at].get(name)
        return None if result is None else Cell(f"{name}--{at}", result.mark, result, reports[at])

    return [
        (family, [Row(one.id, one.title, one.severity, [cell(at, one.id) for at in range(len(reports))]) for one in of])
        for family, of in by_family(list(told.values())).items()
    ]


def bar(report: Report) -> list[tuple[Mark, float, float]]:
    """Cut a bar into the shares of the marks: mark, where it begins, how wide it is."""
    pieces: list[tuple[Mark, float, float]] = []
    begins = 0.0
    for mark in BAR:
        width = BAR_WIDTH * report.marks[mark] / max(len(report.results), 1)
        if width:
            pieces.append((mark, round(begins, 2), round(width, 2)))
            begins += width
    return pieces
