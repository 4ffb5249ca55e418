"""The command line: each command in a module of its own, imported when it is called for."""

import sys
from collections.abc import Callable
from importlib import import_module
from io import TextIOWrapper
from typing import Any, NoReturn, TypeVar

import click

from mockex import __version__
from mockex.errors import MockexError
from mockex.server.listening import Ahead

F = TypeVar("F", bound=Callable[..., object])

COMMANDS = {
    "serve": "mockex.cli.serve:serve",
    "sign": "mockex.cli.sign:sign",
    "curl": "mockex.cli.sign:curl",
    "scenarios": "mockex.cli.scenarios:scenarios",
    "schema": "mockex.cli.scenarios:schema",
    "openapi": "mockex.cli.scenarios:openapi",
    "health": "mockex.cli.health:health",
    "world": "mockex.cli.world:world",
    "clock": "mockex.cli.clock:clock",
    "fault": "mockex.cli.fault:fault",
    "journal": "mockex.cli.journal:journal",
    "verify": "mockex.cli.verify:verify",
    "wait": "mockex.cli.verify:wait",
    "explain": "mockex.cli.explain:explain",
    "conformance": "mockex.cli.conformance:conformance",
    "replay": "mockex.cli.replay:replay",
    "lint": "mockex.cli.lint:lint",
}

CONFORMANCE_NEEDS = ("hypothesis", "tomli_w")
"""What not everybody has installed, for not every command needs it."""


class Group(click.Group):
    """A group of commands in the order in which they are written down."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the commands."""
        return list(self.commands)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Show the help to who asks for nothing."""
        return super().parse_args(ctx, args or (["--help"] if self.no_args_is_help else []))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Say which command is nearest where there is none of that name."""
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            from mockex.mistakes import nearest

            raise click.UsageError(f"there is no command {args[0]!r}{nearest(args[0], known)}")
        return super().resolve_command(ctx, args)


class Commands(Group):
    """The group of all commands, in their order above."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="mockex %(version)s")
def cli() -> None:
    """An offline exchange that tests the client."""


def main(ahead: Ahead | None = None) -> NoReturn:
    """Run a command: 0 where it did what was asked; one sentence and 2 where it could not be.

    `ahead` is what `serve` finds bound already.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and not stream.encoding.lower().startswith("utf"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows ASCII alone is told all the same
    try:
        sys.exit(cli.main(standalone_mode=False, obj=ahead or {}) or 0)
    except (MockexError, click.ClickException) as error:
        click.echo(f"mockex: {error.format_message() if isinstance(error, click.ClickException) else error}", err=True)
        sys.exit(2)
    except ModuleNotFoundError as error:
        if error.name not in CONFORMANCE_NEEDS:
            raise
        click.echo(f"mockex: this needs {error.name}: pip install 'mockex[conformance]'", err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)


def option(*names: str, **how: Any) -> Callable[[F], F]:
    """Make an option that can be given as a variable too: `--allow-remote` is MOCKEX_ALLOW_REMOTE."""
    variable = "MOCKEX_" + names[0].lstrip("-").replace("-", "_").upper()
    return click.option(*names, envvar=variable, show_envvar=True, **how)
