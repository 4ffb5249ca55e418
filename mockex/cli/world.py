"""`mockex world`: the worlds of a server, their snapshots, and what their accounts hold."""

from pathlib import Path
from typing import Any

import click

from mockex.asking import Server, in_json, segment
from mockex.cli import Group
from mockex.cli.asking import as_json, asks, say
from mockex.cli.holding import changes_of, held_of, uid_of
from mockex.cli.tables import pairs, table
from mockex.errors import MockexError
from mockex.pairs import sent

MAX_FILE_BYTES = 15 << 20
WORDLESS = "(it has no words)"


@click.group(cls=Group)
def world() -> None:
    """Open, change, save and close worlds: each is an exchange of its own, with its own keys, clock and limits."""


@world.command("list")
@asks(world=False)
@as_json
def all_of_them(server: Server, as_json: bool) -> None:
    """List the worlds of the server."""
    said = server.ask("GET", "/worlds")
    rows = [(one["name"], one["calls"], one["scenario"]) for one in said]
    say(said, table(("name", "calls", "scenario"), rows, right="calls"), as_json=as_json)


@world.command()
@asks()
@as_json
def show(server: Server, as_json: bool) -> None:
    """Tell one world: its keys, its time, its limits, what has happened and what will."""
    said = server.ask("GET", server.of_world())
    say(said, pairs(about(said)), as_json=as_json)


@world.command("open")
@click.argument("scenario", required=False)
@click.option("--name", help="What to call it; without one the server finds a name.")
@click.option("--seed", type=click.IntRange(0, (1 << 63) - 1), help="Instead of the scenario's own seed.")
@click.option("--same-keys", is_flag=True, help="Keep the scenario's own keys instead of fresh ones.")
@asks(world=False)
@as_json
def open_one(
    server: Server, scenario: str | None, name: str | None, seed: int | None, same_keys: bool, as_json: bool
) -> None:
    """Open a world from SCENARIO: a name, or a TOML file. Without one it is that of the default world."""
    wanted: dict[str, Any] = {"name": name, "seed": seed, "fresh_keys": not same_keys}
    if scenario is not None:
        is_file = "/" in scenario or "\\" in scenario or scenario.endswith(".toml")
        wanted |= {"toml": text_of(Path(scenario))} if is_file else {"scenario": scenario}
    said = server.ask("POST", "/worlds", sent(wanted))
    lines = [f"{said['name']}  {said['prefix']}  {said['scenario']}", *map(key_line, said["keys"])]
    say(said, "\n".join(lines), as_json=as_json)


@world.command()
@click.argument("changes", nargs=-1, required=True, metavar="NAME=VALUE…")
@asks()
@as_json
def change(server: Server, changes: tuple[str, ...], as_json: bool) -> None:
    """Change limits or behaviour, as `papi_weight_per_ip=200` or `no_loan=refuse`."""
    said = server.ask("POST", server.of_world(), sent(changes_of(changes)))
    say(
        said, pairs([("limits", settings(said["limits"])), ("behaviour", settings(said["behaviour"]))]), as_json=as_json
    )


@world.command()
@click.argument("name")
@asks(world=False)
@as_json
def close(server: Server, name: str, as_json: bool) -> None:
    """Delete the world NAME with its snapshots."""
    said = server.ask("DELETE", f"/worlds/{segment(name)}")
    say(said, f"{said['deleted']} is closed", as_json=as_json)


@world.command()
@asks()
@as_json
def snapshot(server: Server, as_json: bool) -> None:
    """Save the world as it is, and print the snapshot's id."""
    said = server.ask("POST", server.of_world("/snapshots"))
    say(said, said["id"], as_json=as_json)


@world.command()
@asks()
@as_json
def snapshots(server: Server, as_json: bool) -> None:
    """List the ids of the world's snapshots."""
    said = server.ask("GET", server.of_world("/snapshots"))
    say(said, "\n".join(said) or "no snapshots", as_json=as_json)


@world.command()
@click.argument("snapshot")
@asks()
@as_json
def revert(server: Server, snapshot: str, as_json: bool) -> None:
    """Make the world what it was at SNAPSHOT: its data, clock, meters, bans, faults and journal."""
    said = server.ask("POST", server.of_world(f"/snapshots/{segment(snapshot)}/revert"))
    text = f"{said['name']} is as it was at {snapshot}: {said['now']}, {counted(said['calls'], 'call')}"
    say(said, text, as_json=as_json)


@world.command()
@click.argument("snapshot")
@asks()
@as_json
def forget(server: Server, snapshot: str, as_json: bool) -> None:
    """Delete SNAPSHOT."""
    said = server.ask("DELETE", server.of_world(f"/snapshots/{segment(snapshot)}"))
    say(said, f"{said['deleted']} is forgotten", as_json=as_json)


@world.command()
@click.argument("what")
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]…|JSON")
@click.option("--uid", type=int, help="Whose; the only account's, where there is but one.")
@asks()
def hold(server: Server, what: str, values: tuple[str, ...], uid: int | None) -> None:
    """Let an account hold this instead of what it held, as `loan asset=USDT amount=250.5`. Without values, show it."""
    path = f"/accounts/{uid_of(server, uid)}/{segment(what)}"
    if values:
        click.echo(in_json(server.ask("POST", server.of_world(path), held_of(what, values))))
    else:
        click.echo(in_json(server.ask("GET", server.of_world(path))))


@world.command()
@click.argument("what")
@click.argument("values", nargs=-1, required=True, metavar="NAME=VALUE…|JSON")
@click.option("--uid", type=int, help="Whose; the only account's, where there is but one.")
@asks()
def add(server: Server, what: str, values: tuple[str, ...], uid: int | None) -> None:
    """Let an account hold this beside what it held, as one more of its `records`."""
    path = f"/accounts/{uid_of(server, uid)}/{segment(what)}/add"
    click.echo(in_json(server.ask("POST", server.of_world(path), held_of(what, values))))


def text_of(file: Path) -> str:
    """Read a scenario file to be sent. Raises MockexError."""
    try:
        with file.open(encoding="utf-8") as opened:
            text = opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise MockexError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise MockexError(f"{file}: is not UTF-8 text") from None
    if len(text) > MAX_FILE_BYTES:
        raise MockexError(f"{file}: larger than {MAX_FILE_BYTES >> 20} MiB")
    return text


def about(said: dict[str, Any]) -> list[tuple[str, object]]:
    """Tell all of a world, in names and values."""
    told: list[tuple[str, object]] = [
        ("world", said["name"]),
        ("scenario", said["scenario"]),
        ("prefix", said["prefix"]),
        ("seed", said["seed"]),
        ("now", f"{said['now']}  {said['now_ms']}"),
        ("calls", said["calls"]),
        ("accounts", "\n".join(map(str, said["accounts"])) or "none"),
        ("keys", "\n".join(map(key_line, said["keys"])) or "none"),
        ("limits", settings(said["limits"])),
        ("behaviour", settings(said["behaviour"])),
    ]
    if said["happened"]:
        told.append(("happened", "\n".join(one or WORDLESS for one in said["happened"])))
    if said["upcoming"]:
        from mockex.core.clock import iso

        upcoming = (f"{iso(one['at_ms'])}  {one['says'] or WORDLESS}" for one in said["upcoming"])
        told.append(("upcoming", "\n".join(upcoming)))
    return told


def settings(said: dict[str, Any]) -> str:
    """Tell limits or behaviour as they can be typed."""
    return "\n".join(f"{name}={value}" for name, value in said.items())


def key_line(key: dict[str, str]) -> str:
    """Tell a key and where its private half is; what is in PEM is left to `--json`."""
    words = [f"{key['type']:8}{key['api_key']}"]
    if "secret" in key:
        words.append(f"secret {key['secret']}")
    elif "private_key_file" in key:
        words.append(f"private key {key['private_key_file']}")
    return "\n".join([words[0], *(" " * 8 + word for word in words[1:])])


def counted(count: int, what: str) -> str:
    """Count something."""
    return f"{count} {what}{'' if count == 1 else 's'}"
