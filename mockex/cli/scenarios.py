"""`mockex scenarios`, `mockex schema` and `mockex openapi`: what there is, and whether a file is right."""

import sys
from pathlib import Path

import click

from mockex.errors import ScenarioError


@click.group(invoke_without_command=True)
@click.pass_context
def scenarios(context: click.Context) -> None:
    """List the scenarios that come with mockex."""
    if context.invoked_subcommand is not None:
        return
    from mockex import scenarios as library

    names = library.names()
    width = max(map(len, names))
    for name in names:
        click.echo(f"{name:{width}}  {library.read(name).title}")


@scenarios.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Say of each of FILES what is wrong with it. Exit 2 where anything is."""
    from mockex import scenarios as library

    wrong = 0
    for file in files:
        try:
            scenario = library.read_file(file)
            library.check_keys(file, scenario)
        except ScenarioError as error:
            wrong += 1
            click.echo(f"mockex: {error}", err=True)
        else:
            click.echo(f"{file}: {scenario.title}")
    sys.exit(2 if wrong else 0)


@click.command()
def schema() -> None:
    """Print the JSON Schema of a scenario file, for editors."""
    from msgspec import json

    from mockex import scenarios as library

    click.echo(json.format(json.encode(library.schema()), indent=2))


@click.command()
def openapi() -> None:
    """Print the OpenAPI description of the exchange."""
    from msgspec import json

    from mockex.endpoints import CATALOGUE
    from mockex.openapi import description

    click.echo(json.format(json.encode(description(CATALOGUE)), indent=2))
