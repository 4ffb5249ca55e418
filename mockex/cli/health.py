"""`mockex health`: whether a server answers, and which."""

import click

from mockex.asking import Server
from mockex.cli.asking import as_json, asks, say


@click.command()
@asks(world=False)
@as_json
def health(server: Server, as_json: bool) -> None:
    """Say whether the server answers. Exit 2 where it does not."""
    said = server.ask("GET", "/health")
    count = said["worlds"]
    text = f"{said['status']}: mockex {said['version']} at {server.url}, {count} world{'' if count == 1 else 's'}"
    say(said, text, as_json=as_json)
