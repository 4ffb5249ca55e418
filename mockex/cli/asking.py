"""What commands that ask a server have in common: which one, which of its worlds, and how it is told what it said."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from mockex.asking import CONTROL, DEFAULT_URL, Server, in_json
from mockex.cli import option


def asks(*, world: bool = True) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options that say which server it asks, and which of its worlds, and the `Server` for them."""

    def with_options(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def asking(url: str, control_token: str | None, world: str = "default", **rest: Any) -> None:
            command(Server(url.rstrip("/").removesuffix(CONTROL), world, control_token), **rest)

        options = [
            option("--url", default=DEFAULT_URL, show_default=True, help="The server."),
            *([option("--world", default="default", show_default=True, help="Which of its worlds.")] if world else []),
            option("--control-token", "--token", help="The token that the server was started with, if it was."),
        ]
        for one in reversed(options):
            asking = one(asking)
        return asking

    return with_options


def as_json(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option that prints what the server said as JSON."""
    return option("--json", "as_json", is_flag=True, help="Print what the server says, as JSON.")(command)


def say(said: Any, text: str, *, as_json: bool) -> None:
    """Print for a program what the server said, or for a person what it comes to."""
    click.echo(in_json(said) if as_json else text)
