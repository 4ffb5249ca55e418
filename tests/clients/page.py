"""The page docs/clients.md, made of the reports that `make matrix` writes: `python -m tests.clients.page`."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mockex.conformance.editions import ids_of, newest
from mockex.conformance.reports.pages import SYMBOLS, Row, page, rows_of
from mockex.conformance.reports.rendering import in_markdown
from mockex.conformance.reports.stored import read
from mockex.conformance.reports.wording import again, by_family, offending
from mockex.conformance.results import MARKS, Mark, Report, Result
from mockex.errors import MockexError
from tests.clients.published import CLIENTS, pins_of

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "matrix"
PAGE = ROOT / "docs" / "clients.md"
HEAD = Path(__file__).with_name("page_head.md")
HTML = "clients.html"
MAX_SAID = 240

Reports = Mapping[str, Report]

UNSTEADY = {
    r"\b\d+\.\d+ s\b": "… s",
    r"\b(timestamp|signature)=[\w…]+": r"\1=…",
    r"\bport=\d+": "port=…",
    r"\b127\.0\.0\.1:\d+": "127.0.0.1:…",
    r"\b0x[0-9a-f]{6,}\b": "0x…",
    rf"{re.escape(str(ROOT))}/": "",
    r"(\W)\1{7,}": r"\1\1\1…",
}
"""What is another at each run, or on each machine, or long and of one letter, and what the page has in its place."""

SHOWN: tuple[Mark, ...] = ("FAULT", "FAIL", "NOTE", "PASS", "UNSEEN", "UNSUPPORTED")


def stored(folder: Path = FOLDER) -> dict[str, Report]:
    """Read the reports of all clients. Raises MockexError unless each is there, whole, and of what is pinned."""
    reports = {name: read(folder / f"{name}.json") for name in CLIENTS}
    required = sorted(ids_of(newest()))
    for name, report in reports.items():
        if sorted(result.id for result in report.results) != required:
            raise MockexError(f"the report of {name} has not the requirements of edition {newest()}: make matrix")
        if report.version != version_of(name):
            raise MockexError(f"the report of {name} is of {report.version}, not {version_of(name)}: make matrix")
    return reports


def version_of(name: str) -> str:
    """Give the version that a client's adapter tells where what is pinned is installed."""
    return ", pro ".join(version for _, version in pins_of(name))


def markdown(reports: Reports) -> str:
    """Write the whole page."""
    head = HEAD.read_text(encoding="utf-8").replace("{edition}", newest())
    parts = [head.rstrip(), _clients(reports), "## By family", _families(reports), "## Requirement by requirement"]
    parts.append("; ".join(f"{SYMBOLS[mark]} {MARKS[mark]}" for mark in SHOWN) + ".")
    for family, rows in rows_of(list(reports.values())):
        parts += [f"### {family}", _requirements(reports, rows)]
    parts.append("## Findings")
    for name, report in reports.items():
        parts += [f"### {name}", _installed(name), "\n".join(_findings(report))]
    return "\n\n".join(parts) + "\n"


def _clients(reports: Reports) -> str:
    head = ("client", "what was installed", "met", *(f"{SYMBOLS[mark]} {mark}" for mark in SHOWN[1:]))
    rows = [
        (
            f"[{name}](#{name})",
            _installed(name),
            "{} of {}".format(*report.score),
            *(str(report.marks[mark]) for mark in SHOWN[1:]),
        )
        for name, report in reports.items()
    ]
    return _table(head, rows)


def _installed(name: str) -> str:
    way = ", its asynchronous side" if "async" in CLIENTS[name].arguments else ""
    return ", ".join(f"`{package}` {version}" for package, version in pins_of(name)) + way


def _families(reports: Reports) -> str:
    grouped = {name: by_family(list(report.results)) for name, report in reports.items()}
    families = next(iter(grouped.values()))
    rows = [(family, *(_met(grouped[name][family]) for name in reports)) for family in families]
    return _table(("met, of what was judged", *_columns(reports)), rows)


def _met(results: Iterable[Result]) -> str:
    marks = [result.mark for result in results]
    judged = sum(mark in ("PASS", "FAIL") for mark in marks)
    return f"{marks.count('PASS')} of {judged}" if judged else "–"


def _requirements(reports: Reports, rows: Iterable[Row]) -> str:
    told = [
        (
            f"`{row.id}`",
            in_markdown(row.title) + ("" if row.severity == "MUST" else f" ({row.severity})"),
            *(SYMBOLS[cell.mark] if cell else "" for cell in row.cells),
        )
        for row in rows
    ]
    return _table(("requirement", "", *_columns(reports)), told)


def _columns(reports: Reports) -> Iterator[str]:
    return (f"[{name}](#{name})" for name in reports)


def _findings(report: Report) -> Iterator[str]:
    found = offending(report)
    if not found:
        yield "Nothing."
    for result in found:
        assert result.worst is not None
        mark = "" if result.mark == "FAIL" else f"{result.mark}, "
        yield f"- **{result.id}** ({mark}{result.severity}), {in_markdown(result.title)}:"
        yield f"  {in_markdown(steady(result.said))}"
        others = f" and {len(result.decisive) - 1} more" if len(result.decisive) > 1 else ""
        yield f"  Case “{in_markdown(result.worst.case.name)}”{others}: `{again(report, result)}`"


def steady(said: str) -> str:
    """Give a sentence as it is at every run and on every machine, and not too long."""
    text = " ".join(said.split())
    for pattern, instead in UNSTEADY.items():
        text = re.sub(pattern, instead, text)
    text = text if len(text) <= MAX_SAID else f"{text[:MAX_SAID].rstrip()}…"
    return text if text.endswith((".", "…")) else f"{text}."


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


def main() -> int:
    """Write the page, and all that was on the wire as one page for a browser beside the reports."""
    try:
        reports = stored()
    except MockexError as error:
        print(f"{PAGE.name} is left as it is: {error}", file=sys.stderr)
        return 2
    PAGE.write_text(markdown(reports), encoding="utf-8")
    (FOLDER / HTML).write_text(page(list(reports.values())), encoding="utf-8")
    print(f"wrote docs/{PAGE.name} and build/matrix/{HTML}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
