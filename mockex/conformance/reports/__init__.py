"""Reports: one run, or several, written as files that people, pipelines and browsers read."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from mockex.conformance.results import Report
from mockex.errors import MockexError
from mockex.mistakes import nearest


class Form(NamedTuple):
    """A form of report: how its files end, who writes it, what it is for, and whether that takes templates."""

    suffix: str
    writer: str
    what: str
    is_rendered: bool = False


FORMS: dict[str, Form] = {
    "html": Form(".html", "pages:page_of", "one page for a browser, with all that was on the wire", is_rendered=True),
    "json": Form(".json", "stored:as_json", "the whole; `mockex conformance matrix` reads it"),
    "junit": Form(".xml", "junit:as_junit", "JUnit XML, a test case for each requirement"),
    "har": Form(".har", "archive:as_har", "the calls of all findings, for a browser's developer tools"),
    "markdown": Form(
        ".md", "markdown:summary_of", "a summary for a pipeline, as in $GITHUB_STEP_SUMMARY", is_rendered=True
    ),
    "badge": Form(".svg", "badge:as_badge", "a badge", is_rendered=True),
}


class Wanted(NamedTuple):
    """A report that is wanted: which form, and where it is to stand."""

    form: str
    file: Path


def wanted(word: str) -> Wanted:
    """Read `FORM=FILE`, or a FILE whose end says which form. Raises MockexError, also where it could not be written."""
    name, equals, rest = word.partition("=")
    if equals and name in FORMS:
        form, file = name, Path(rest)
    elif found := [form for form, about in FORMS.items() if word.endswith(about.suffix)]:
        (form,), file = found, Path(word)
    else:
        asked = f"{name!r} is no form of report{nearest(name, FORMS)}" if equals else f"what form has {word!r}?"
        raise MockexError(f"{asked} Write FORM=FILE; the forms are {', '.join(FORMS)}")
    if not file.parent.is_dir():
        raise MockexError(f"{file}: there is no folder {file.parent}")
    if file.is_dir():
        raise MockexError(f"{word}: that is no file")
    if FORMS[form].is_rendered:
        from mockex.conformance.reports.rendering import environment

        environment()
    return Wanted(form, file)


def write(report: Report, to: Wanted) -> None:
    """Write a report to its file. Raises MockexError."""
    save(written(report, to.form), to.file)


def written(report: Report, form: str) -> str:
    """Write a report in a form."""
    module, _, name = FORMS[form].writer.partition(":")
    writer: Callable[[Report], str] = getattr(import_module(f"{__name__}.{module}"), name)
    return writer(report)


def save(text: str, file: Path) -> None:
    """Write a file. Raises MockexError."""
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MockexError(f"{file}: {error.strerror or error}") from None
