"""`mockex verify` and `mockex wait`: whether such calls were made, or until they are; exit 1 where not."""

import shlex
import sys
from typing import Any

import click

from mockex.asking import Server
from mockex.cli.asking import as_json, asks, say
from mockex.cli.journal import calls
from mockex.cli.units import DURATION, spoken
from mockex.errors import MockexError
from mockex.pairs import sent, struct_of

Times = click.IntRange(0)


@click.command()
@click.argument("wanted", nargs=-1, metavar="[NAME=VALUE]…")
@click.option("--count", type=Times, help="Exactly so many; without any of the three, at least one.")
@click.option("--at-least", type=Times)
@click.option("--at-most", type=Times)
@click.option("--order", multiple=True, metavar="'NAME=VALUE…'", help="One call; give it again for the next after it.")
@asks()
@as_json
def verify(
    server: Server,
    wanted: tuple[str, ...],
    count: int | None,
    at_least: int | None,
    at_most: int | None,
    order: tuple[str, ...],
    as_json: bool,
) -> None:
    """Ask whether calls that fit NAME=VALUE were made, so often or in this order. Exit 1 where they were not.

    The names are those of `mockex journal`; `refused_by=` and `fault=` with nothing behind mean none.
    """
    from mockex.core.verifying import Match

    bounds = {"count": count, "at_least": at_least, "at_most": at_most}
    bounds = {name: bound for name, bound in bounds.items() if bound is not None}
    if order and (wanted or bounds):
        raise MockexError("--order stands alone: each says of one call what is wanted")
    if count is not None and len(bounds) > 1:
        raise MockexError("--count is exact, and goes with neither --at-least nor --at-most")
    expectation: dict[str, Any] = {"match": struct_of(Match, wanted), **bounds}
    if order:
        expectation = {"order": [struct_of(Match, words_of(one)) for one in order]}
    said = server.ask("POST", server.of_world("/journal/verify"), sent(expectation))
    lines = [said["sentence"], *(f"call {near['seq']} is near: {differing(near)}" for near in said["nearest"])]
    say(said, "\n".join(lines), as_json=as_json)
    sys.exit(0 if said["holds"] else 1)


@click.command()
@click.argument("wanted", nargs=-1, metavar="[NAME=VALUE]…")
@click.option("--count", type=click.IntRange(1), default=1, show_default=True, help="How many.")
@click.option("--timeout", type=DURATION, default="10s", show_default=True, help="Of the machine's time.")
@asks()
@as_json
def wait(server: Server, wanted: tuple[str, ...], count: int, timeout: int, as_json: bool) -> None:
    """Wait until calls that fit NAME=VALUE were made; those before count too. Exit 1 when the time is over."""
    from mockex.core.verifying import Match

    asked = {"match": struct_of(Match, wanted), "count": count, "timeout_s": timeout / 1_000}
    path = server.of_world("/journal/wait")
    said = server.ask("POST", path, sent(asked), timeout_s=timeout / 1_000 + 30)
    missed = f"{said['matched']} of {count} calls came within {spoken(timeout)}"
    say(said, calls(said["entries"]) if said["holds"] else missed, as_json=as_json)
    sys.exit(0 if said["holds"] else 1)


def words_of(text: str) -> list[str]:
    """Cut an argument into words as a shell does. Raises MockexError."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise MockexError(f"{text!r} cannot be cut into NAME=VALUE: {error}") from None


def differing(near: dict[str, Any]) -> str:
    """Say how a call differs from what was wanted."""
    return ", ".join(f"{name} is {named(has)}, not {named(want)}" for name, (want, has) in near["differs"].items())


def named(value: object) -> str:
    """Write a value; nothing is written too."""
    return "none" if value in (None, "") else str(value)
