"""`mockex clock`: tell and turn the clock of a world; no test ever needs to sleep."""

from typing import Any

import click

from mockex.asking import Server
from mockex.cli import Group
from mockex.cli.asking import as_json, asks, say
from mockex.cli.units import DURATION, MOMENT, spoken
from mockex.pairs import sent

BACKWARDS = {"ignore_unknown_options": True}
"""So that `-90s` is a duration and no option."""


@click.group(cls=Group)
def clock() -> None:
    """Tell and turn the clock of a world: it governs timestamps, minutes of weight, bans and timelines.

    A DURATION is 90s, 2m, 1h30m, 250ms or 3d; a MOMENT is ISO 8601 as 2026-01-01T00:00:30Z, or milliseconds.
    """


@clock.command()
@asks()
@as_json
def show(server: Server, as_json: bool) -> None:
    """Tell the time of the world, and how its clock runs."""
    told(server.ask("GET", server.of_world("/clock")), as_json=as_json)


@clock.command()
@click.argument("moment", type=MOMENT, required=False)
@asks()
@as_json
def freeze(server: Server, moment: int | None, as_json: bool) -> None:
    """Stop the clock, now or at MOMENT."""
    turn(server, {"freeze": True} | ({} if moment is None else {"set": moment}), as_json=as_json)


@clock.command("set")
@click.argument("moment", type=MOMENT)
@asks()
@as_json
def put(server: Server, moment: int, as_json: bool) -> None:
    """Put the clock to MOMENT; it stands or runs on as before."""
    turn(server, {"set": moment}, as_json=as_json)


@clock.command(context_settings=BACKWARDS)
@click.argument("duration", type=DURATION)
@asks()
@as_json
def advance(server: Server, duration: int, as_json: bool) -> None:
    """Move the clock on by DURATION; what is due by then has happened when this ends."""
    turn(server, {"advance_ms": duration}, as_json=as_json)


@clock.command(context_settings=BACKWARDS)
@click.argument("duration", type=DURATION)
@asks()
@as_json
def skew(server: Server, duration: int, as_json: bool) -> None:
    """Let the clock run DURATION ahead of the machine's, or behind it with a minus."""
    turn(server, {"skew_ms": duration}, as_json=as_json)


@clock.command()
@asks()
@as_json
def real(server: Server, as_json: bool) -> None:
    """Let the clock run with the machine's again."""
    turn(server, {"real": True}, as_json=as_json)


@clock.command(context_settings=BACKWARDS)
@click.argument("rate", type=click.FloatRange(0, 86_400))
@asks()
@as_json
def rate(server: Server, rate: float, as_json: bool) -> None:
    """Let the clock run RATE times as fast as the machine's; 0 stops it."""
    turn(server, {"rate": rate}, as_json=as_json)


def turn(server: Server, how: dict[str, Any], *, as_json: bool) -> None:
    """Turn the clock and tell it."""
    told(server.ask("POST", server.of_world("/clock"), sent(how)), as_json=as_json)


def told(said: dict[str, Any], *, as_json: bool) -> None:
    """Print a clock."""
    say(said, f"{said['now']}  {said['now_ms']}  {manner(said)}", as_json=as_json)


def manner(said: dict[str, Any]) -> str:
    """Say how a clock runs."""
    if said["is_frozen"]:
        return "stands still"
    if said["rate"] != 1:
        return f"runs {float(said['rate']):g} times as fast as the machine's"
    ahead_ms = int(said["ahead_of_machine_ms"])
    if ahead_ms == 0:
        return "runs with the machine's"
    return f"runs {spoken(abs(ahead_ms))} {'ahead of' if ahead_ms > 0 else 'behind'} the machine's"
