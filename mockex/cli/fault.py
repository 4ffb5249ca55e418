"""`mockex fault`: declared misbehaviour of a world."""

from typing import Any

import click

from mockex.asking import Server, segment
from mockex.cli import Group
from mockex.cli.asking import as_json, asks, say
from mockex.cli.tables import table
from mockex.errors import MockexError
from mockex.pairs import pairs_of, sent

NOT_SHOWN = {"effect", "name", "met", "struck"}


@click.group(cls=Group)
def fault() -> None:
    """Declare what goes wrong, for which calls and how often. Nothing does unless it is declared."""


@fault.command("list")
@asks()
@as_json
def show(server: Server, as_json: bool) -> None:
    """List the faults, how many calls each could have struck, and how many it has."""
    said = server.ask("GET", server.of_world("/faults"))
    rows = [(one["name"], effect_told(one), strikes_told(one), one["met"], one["struck"]) for one in said]
    text = table(("name", "effect", "strikes", "met", "struck"), rows, right="met struck") if said else "no faults"
    say(said, text, as_json=as_json)


@fault.command()
@click.argument("effect")
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]…")
@asks()
@as_json
def add(server: Server, effect: str, values: tuple[str, ...], as_json: bool) -> None:
    """Declare a fault: EFFECT is its type, as `latency`, or a documented answer, as `overloaded`; or it is all JSON.

    NAME=VALUE says more of the effect (`ms=200`), or which calls it strikes: endpoint, gateway, api_key, since_ms,
    until_ms, nth, every, chance, times, nth_on_connection; and `name` is what to call it.
    """
    if effect.startswith("{"):
        if values:
            raise MockexError("a fault is given either as JSON or as NAME=VALUE, not both")
        body = effect.encode()
    else:
        from mockex.declaring import fault_of

        body = sent(fault_of(effect, pairs_of(values)))
    said = server.ask("POST", server.of_world("/faults"), body)
    say(said, f"{said['name']}: {effect_told(said)}; strikes {strikes_told(said)}", as_json=as_json)


@fault.command()
@click.argument("name")
@asks()
@as_json
def end(server: Server, name: str, as_json: bool) -> None:
    """End the fault NAME."""
    said = server.ask("DELETE", server.of_world(f"/faults/{segment(name)}"))
    say(said, f"{said['deleted']} has ended", as_json=as_json)


@fault.command()
@asks()
@as_json
def clear(server: Server, as_json: bool) -> None:
    """End all faults."""
    said = server.ask("DELETE", server.of_world("/faults"))
    count = said["deleted"]
    say(said, f"{count} fault{' has' if count == 1 else 's have'} ended", as_json=as_json)


def effect_told(said: dict[str, Any]) -> str:
    """Tell what a fault does in words that can be typed."""
    effect = {name: value for name, value in said["effect"].items() if value is not None}
    return " ".join([str(effect.pop("type")), *(f"{name}={value}" for name, value in effect.items())])


def strikes_told(said: dict[str, Any]) -> str:
    """Tell which calls a fault strikes, in words that can be typed; what restricts nothing is left out."""
    from msgspec import structs

    from mockex.core.faults import Fault

    plain = {field.encode_name: field.default for field in structs.fields(Fault)}
    shown = {name: value for name, value in said.items() if name not in NOT_SHOWN}
    told = [f"{name}={value}" for name, value in shown.items() if value not in (None, plain.get(name))]
    return " ".join(told) or "every call"
