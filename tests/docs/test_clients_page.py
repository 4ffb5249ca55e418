"""docs/clients.md is whole: each client in its pinned version, each requirement, each mark; made of reports."""

import re
from pathlib import Path

import pytest
from msgspec import structs

from mockex.conformance import REQUIREMENTS, grade
from mockex.conformance.editions import ids_of, newest
from mockex.conformance.reports.pages import SYMBOLS
from mockex.conformance.reports.stored import as_json
from mockex.conformance.results import CaseResult, Report, Result
from mockex.errors import MockexError
from tests.clients import page
from tests.clients.published import CLIENTS, pins_of
from tests.conformance.broken import in_process


def cells(line: str) -> list[str]:
    """Read a line of a table."""
    return [cell.strip() for cell in line.strip().strip("|").split(" | ")]


def test_page_names_every_client_in_the_version_that_is_pinned() -> None:
    """In the table of clients, and at the head of its findings; who changes a pin runs `make matrix`."""
    text = page.PAGE.read_text(encoding="utf-8")
    for name in CLIENTS:
        installed = [f"`{package}` {version}" for package, version in pins_of(name)]
        (row,) = re.findall(rf"^\| \[{name}\].*$", text, re.MULTILINE)
        (head,) = re.findall(rf"^### {name}\n\n(.+)$", text, re.MULTILINE)
        assert all(one in row and one in head for one in installed), name


def test_page_has_a_mark_for_every_requirement_and_client() -> None:
    """All of the newest edition and no other; a client that is red is told of below, with the command to see it."""
    text = page.PAGE.read_text(encoding="utf-8")
    rows = [cells(line) for line in text.splitlines() if line.startswith("| `")]
    assert [row[0].strip("`") for row in rows] == list(ids_of(newest()))
    for row in rows:
        assert len(row) == 2 + len(CLIENTS), row
        for name, symbol in zip(CLIENTS, row[2:], strict=True):
            assert symbol in SYMBOLS.values(), row
            again = f"`mockex conformance --only {row[0].strip('`')} -- python -m tests.clients.published {name}`"
            assert (again in text) == (symbol in (SYMBOLS["FAIL"], SYMBOLS["FAULT"], SYMBOLS["NOTE"])), again


def test_page_names_no_machine_and_no_run() -> None:
    """No folder, no port, no timestamp: what would be another the next time."""
    text = page.PAGE.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.])/(tmp|home|root|work|usr|opt)/|127\.0\.0\.1:\d|timestamp=\d|signature=\w", text)


def as_of(name: str, sentence: str) -> Report:
    """Make a whole report of a client that fails the first requirement in two cases, and meets the rest."""
    results = tuple(
        Result(
            id=one.id, title=one.title, severity=one.severity, cases=(CaseResult(case=one.cases[0], verdict="PASS"),)
        )
        for one in REQUIREMENTS
    )
    failed = CaseResult(case=REQUIREMENTS[0].cases[0], verdict="FAIL", sentence=sentence)
    results = (structs.replace(results[0], cases=(failed, failed)), *results[1:])
    made = grade([in_process(name=name, version=page.version_of(name))], [])
    return structs.replace(made, results=results, command=("python", "-m", "tests.clients.published", name))


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Write a report for every client."""
    for name in CLIENTS:
        (tmp_path / f"{name}.json").write_text(as_json(as_of(name, "it is so")), encoding="utf-8")
    return tmp_path


def test_page_is_made_of_the_reports(reports: Path) -> None:
    """Each finding has its sentence, its case, how many more there are, and its command; families are counted."""
    text = page.markdown(page.stored(reports))
    first = REQUIREMENTS[0]
    assert text.count("  it is so.\n") == len(CLIENTS)
    assert (
        f"  Case “{first.cases[0].name}” and 1 more: `mockex conformance --only {first.id} -- "
        "python -m tests.clients.published ccxt`\n"
    ) in text
    of_family = len([one for one in REQUIREMENTS if one.family == first.family])
    assert f"| {of_family - 1} of {of_family} | {of_family - 1} of {of_family} |" in text


def test_page_is_not_made_of_what_is_old_or_incomplete(reports: Path) -> None:
    """A report that is missing, of another version, or of some requirements alone is told of, with the cure."""
    whole = as_of("ccxt", "")
    for wrong, said in (
        (structs.replace(whole, version="1.0"), "the report of ccxt is of 1.0, not "),
        (structs.replace(whole, results=whole.results[1:]), f"has not the requirements of edition {newest()}"),
    ):
        (reports / "ccxt.json").write_text(as_json(wrong), encoding="utf-8")
        with pytest.raises(MockexError, match=said):
            page.stored(reports)
    (reports / "ccxt.json").unlink()
    with pytest.raises(MockexError, match="No such file"):
        page.stored(reports)


@pytest.mark.parametrize(
    ("said", "steady"),
    [
        ("made 0.98 s before", "made … s before."),
        (
            "GET http://127.0.0.1:4711/x?timestamp=1795279395597&signature=5e3…",
            "GET http://127.0.0.1:…/x?timestamp=…&signature=…",
        ),
        (f"in {page.ROOT}/tests/clients", "in tests/clients."),
        ("gave '" + "[" * 50, "gave '[[[…"),
        ("x " * 200, "x " * 119 + "x…"),
        ("one\n two.", "one two."),
    ],
)
def test_sentences_are_the_same_at_every_run(said: str, steady: str) -> None:
    """Times, ports and folders are left out of the page, and what is long is cut."""
    assert page.steady(said) == steady
