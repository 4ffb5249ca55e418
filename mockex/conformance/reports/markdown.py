"""Reports as Markdown: the summary of a run for a pipeline, and the matrix of several clients for a page."""

from collections.abc import Sequence

from mockex.conformance.reports.pages import SYMBOLS, rows_of
from mockex.conformance.reports.rendering import rendered
from mockex.conformance.reports.wording import again, counted, details, facts, headline, offending
from mockex.conformance.results import MARKS, Report


def summary_of(report: Report) -> str:
    """Write the summary of one run."""
    silent = [result for result in report.results if result.mark in ("UNSEEN", "UNSUPPORTED")]
    return rendered(
        "summary.md",
        report=report,
        headline=headline(report),
        symbols=SYMBOLS,
        findings=[(result, list(details(report, result))) for result in offending(report)],
        silent=silent,
        facts=facts(report),
    )


def matrix_of(reports: Sequence[Report]) -> str:
    """Write clients × requirements, and what was found, client by client."""
    return rendered(
        "matrix.md",
        reports=reports,
        families=rows_of(reports),
        symbols=SYMBOLS,
        marks=MARKS,
        counted=counted,
        offending=offending,
        again=again,
    )
