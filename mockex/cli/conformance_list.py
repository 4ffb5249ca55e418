"""`mockex conformance list`: what is required, edition by edition."""

from collections.abc import Sequence

import click

from mockex.cli import option


@click.command("list")
@option("--only", multiple=True, metavar="ID|FAMILY", help="These alone; several with commas.")
@option("--edition", help="The requirements of a release; the newest by default.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with all texts.")
def list_(only: Sequence[str], edition: str | None, *, as_json: bool) -> None:
    """List the requirements."""
    from mockex.asking import in_json
    from mockex.cli.tables import table
    from mockex.conformance import REQUIREMENTS
    from mockex.conformance.choosing import chosen
    from mockex.conformance.editions import editions, newest

    there = chosen(REQUIREMENTS, edition=edition or newest(), only=only)
    if not as_json:
        rows = [(one.id, one.severity, one.title, ", ".join(sorted(one.needs))) for one in there]
        click.echo(table(("id", "severity", "title", "needs"), rows))
        return
    texts = ("id", "family", "title", "severity", "sentence", "source", "server", "wire", "tells")
    told = [
        {name: getattr(one, name) for name in texts}
        | {
            "needs": sorted(one.needs),
            "is_passive": one.is_passive,
            "cases": [case.name for case in one.cases],
            "editions": [name for name, ids in editions().items() if one.id in ids],
        }
        for one in there
    ]
    click.echo(in_json(told))
