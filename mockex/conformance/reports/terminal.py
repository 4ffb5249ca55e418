"""The report on a terminal: a table by family, then all that is to be said of each finding."""

from collections.abc import Iterator

from click import style

from mockex.asking import one_line
from mockex.cli.tables import pairs
from mockex.conformance.reports.wording import by_family, details, headline, offending
from mockex.conformance.results import Mark, Report, Result

COLOURS: dict[Mark, str] = {
    "FAULT": "magenta",
    "FAIL": "red",
    "STALE": "red",
    "EXPECTED": "yellow",
    "NOTE": "blue",
    "PASS": "green",
    "UNSEEN": "cyan",
    "UNSUPPORTED": "bright_black",
}
ID_WIDTH, MARK_WIDTH = 12, max(map(len, COLOURS))
SILENT = ("UNSEEN", "UNSUPPORTED")


def as_text(report: Report) -> str:
    """Write a report for a terminal, with its colours."""
    parts = ["\n".join(_table(report)), *(_finding(report, result) for result in offending(report))]
    exits = {0: "green", 1: "red", 3: "magenta"}
    parts.append(style(one_line(headline(report)), fg=exits[report.exit_code], bold=True) + _run(report))
    return "\n\n".join(parts)


def _run(report: Report) -> str:
    edition = f", edition {report.edition}" if report.edition else ""
    return f"\nmockex {report.mockex}{edition}, seed {report.seed}, {report.took_s:g} s"


def _table(report: Report) -> Iterator[str]:
    width = max(ID_WIDTH, *(len(result.id) for result in report.results))
    for family, results in by_family(list(report.results)).items():
        yield style(family, bold=True)
        for result in results:
            mark = style(f"{result.mark:{MARK_WIDTH}}", fg=COLOURS[result.mark])
            yield f"  {result.id:{width}}  {mark}  {result.title}{_remark(result)}".rstrip()


def _remark(result: Result) -> str:
    said = result.said if result.mark in SILENT else result.why
    return style(f" – {one_line(said)}", dim=True) if said else ""


def _finding(report: Report, result: Result) -> str:
    mark = style(result.mark, fg=COLOURS[result.mark], bold=True)
    told = [(name, _lines(said)) for name, said in details(report, result) if said]
    return f"{mark} {style(result.id, bold=True)}  {result.title} ({result.severity})\n{pairs(told, indent='  ')}"


def _lines(text: str) -> str:
    return "\n".join(map(one_line, text.split("\n")))
