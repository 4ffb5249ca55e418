"""`mockex conformance new-adapter`: write an adapter that works as it is, with a place in it for one's own client."""

from importlib.resources import files
from pathlib import Path

import click

from mockex.errors import MockexError

TEMPLATES = {"python": ("adapter.py", "python3"), "javascript": ("adapter.mjs", "node")}
"""For each language the file that is written, and what runs it; javascript needs Node 18 or newer."""


@click.command("new-adapter")
@click.argument("language", type=click.Choice(list(TEMPLATES)))
@click.argument("file", type=click.Path(path_type=Path), required=False)
def new_adapter(language: str, file: Path | None) -> None:
    """Write an adapter to FILE, or adapter.py or adapter.mjs. It holds a small client: put your own in its place."""
    name, runs = TEMPLATES[language]
    path = file or Path(name)
    text = template(language)
    try:
        with path.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise MockexError(f"{path} is there already, and is not overwritten") from None
    except OSError as error:
        raise MockexError(f"{path} cannot be written: {error.strerror}") from None
    click.echo(f"wrote {path}; try it as it is: mockex conformance -- {runs} {path}")
    click.echo("The client in it is a simple one, and some findings are its own; put yours in its place.")


def template(language: str) -> str:
    """Give an adapter's text."""
    name, _ = TEMPLATES[language]
    return (files("mockex") / "conformance" / "adapters" / f"{name}.txt").read_text(encoding="utf-8")
