"""docs/conformance.md lists what there is: marks, options, forms and fields, and commands that are understood."""

import json
import re
import shlex
from pathlib import Path

import click

from mockex.cli.conformance import SUBCOMMANDS, conformance
from mockex.conformance import REQUIREMENTS
from mockex.conformance.choosing import expected_in
from mockex.conformance.editions import ids_of
from mockex.conformance.grading import grade
from mockex.conformance.reports import FORMS, wanted
from mockex.conformance.reports.stored import as_json
from mockex.conformance.reports.wording import details
from mockex.conformance.results import MARKS
from tests.cli.running import ROOT
from tests.conformance.broken import in_process
from tests.docs.test_snippets import snippets

PAGE = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")


def rows(head: str) -> list[list[str]]:
    """Read the table whose first head is this, cell by cell."""
    (table,) = re.findall(rf"^\| {head} \|.*\n\|[- |]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|\n").split(" | ")] for line in table.splitlines()]


def words(cell: str) -> list[str]:
    """Read the code in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def of_kind(kind: str) -> list[str]:
    """Give the snippets of a kind, of the page and of the README."""
    return [
        text for found, place, text in snippets() if found == kind and ("conformance" in place or "README" in place)
    ]


def test_page_lists_the_marks() -> None:
    """With what they mean."""
    assert [(words(mark)[0], what.rstrip(" |")) for mark, what in rows("mark")] == list(MARKS.items())


def test_page_lists_the_forms() -> None:
    """With the ends of their files."""
    told = [(words(form)[0], words(suffix)[0], what.rstrip(" |")) for form, suffix, what in rows("form")]
    assert told == [(form, about.suffix, about.what) for form, about in FORMS.items()]


def test_page_lists_the_options() -> None:
    """All of the command's, in its order."""
    options = [one.opts[0] for one in conformance.params if isinstance(one, click.Option)]
    assert [words(option)[0] for option, _ in rows("option")] == options


def test_page_lists_the_lines_of_a_finding() -> None:
    """In the order in which they are printed."""
    report = grade([in_process()], REQUIREMENTS[:1])
    names = list(dict.fromkeys(name for name, _ in details(report, report.results[0])))
    assert [words(line)[0] for line, _ in rows("line")] == names


def test_page_lists_the_fields_of_the_json() -> None:
    """Those of a report, of its results, and of their cases, in the order in which they are written."""
    told = json.loads(as_json(grade([in_process()], REQUIREMENTS[:1])))
    for head, value in (
        ("of the report", told),
        ("of a result", told["results"][0]),
        ("of a case", told["results"][0]["cases"][0]),
    ):
        assert sorted(word for name, _ in rows(head) for word in words(name)) == sorted(value), head


def test_commands_of_the_page_are_understood() -> None:
    """Each is parsed as the command itself parses it, options, forms and subcommands."""
    texts = [*of_kind("sh conformance"), *of_kind("yaml conformance")]
    lines = [line for text in texts for line in text.replace("\\\n", " ").splitlines() if "mockex conformance" in line]
    assert len(lines) == 8
    for line in lines:
        arguments = shlex.split(line.strip())[2:]
        params = conformance.make_context("conformance", list(arguments)).params
        is_named = arguments[0] in SUBCOMMANDS
        assert is_named or params["command"]
        for word in params.get("reports", ()) if not is_named else params.get("files", ()):
            assert wanted(word.replace("$GITHUB_STEP_SUMMARY", "summary"))
        if edition := params.get("edition"):
            assert ids_of(edition)


def test_expected_failures_of_the_page_are_read(tmp_path: Path) -> None:
    """The ids are those of requirements."""
    (text,) = of_kind("text expected")
    file = tmp_path / "expected"
    file.write_text(text, encoding="utf-8")
    assert list(expected_in(file, REQUIREMENTS).values()) == ["our gateway retries below us"]
