"""`mockex conformance matrix`: the reports of several clients beside each other."""

from collections.abc import Sequence
from pathlib import Path

import click

from mockex.errors import MockexError


@click.command()
@click.argument("reports", nargs=-1, required=True, metavar="REPORT.json…", type=click.Path(path_type=Path))
@click.option(
    "--report", "files", multiple=True, metavar="[FORM=]FILE", help="Write html or markdown; else Markdown is printed."
)
def matrix(reports: Sequence[Path], files: Sequence[str]) -> None:
    """Put JSON reports beside each other, a column for each client."""
    from mockex.conformance.reports import save, wanted
    from mockex.conformance.reports.markdown import matrix_of
    from mockex.conformance.reports.pages import page
    from mockex.conformance.reports.stored import read

    writers = {"html": page, "markdown": matrix_of}
    asked = [wanted(word) for word in files]
    if alien := next((to for to in asked if to.form not in writers), None):
        raise MockexError(f"a matrix is written as html or markdown, and not as {alien.form}")
    told = [read(file) for file in reports]
    for to in asked:
        save(writers[to.form](told), to.file)
    if not asked:
        click.echo(matrix_of(told), nl=False)
