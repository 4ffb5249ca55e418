"""A badge: how many requirements are met, in the colour of what came of the run."""

from mockex.conformance.reports.rendering import rendered
from mockex.conformance.reports.wording import headline, in_xml
from mockex.conformance.results import Report

LABEL = "conformance"
GREEN, YELLOW, RED, GREY = "#2e7d32", "#9a6700", "#c62828", "#57606a"
PADDING, LETTER = 10, 7
"""Widths in pixels; the text is made to fit, whatever the font."""


def as_badge(report: Report) -> str:
    """Draw it: green, yellow where failures are expected, red where there are findings, grey where mockex was wrong."""
    met, judged = report.score
    said = f"{met}/{judged}"
    left, right = (len(text) * LETTER + PADDING for text in (LABEL, said))
    colour = {0: GREEN if met == judged else YELLOW, 1: RED, 3: GREY}[report.exit_code]
    return rendered(
        "badge.svg",
        label=LABEL,
        said=said,
        left=left,
        right=right,
        colour=colour,
        title=in_xml(headline(report)),
        pad=PADDING,
    )
