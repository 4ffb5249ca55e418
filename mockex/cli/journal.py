"""`mockex journal`: what was asked and answered, as a table, JSON, curl lines or HAR; now, or as it comes."""

import signal
from collections.abc import Iterator, Sequence
from typing import Any

import click
from msgspec import json

from mockex.asking import Server, in_json, one_line
from mockex.cli.asking import asks
from mockex.cli.tables import table
from mockex.errors import MockexError
from mockex.pairs import struct_of

HEADS = ("seq", "at", "method", "path", "status", "code", "used", "why")
AT_THE_RIGHT = "seq status code used"
WIDE_PATH = 50
FOLLOWED_WIDTHS = (4, 24, 6, WIDE_PATH, 6, 5, 13)
"""Rows that come one by one cannot wait for the widest."""


@click.command()
@click.argument("filters", nargs=-1, metavar="[NAME=VALUE]…")
@click.option("--format", "form", type=click.Choice(("table", "json", "curl", "har")), default="table")
@click.option("--last", type=click.IntRange(1), help="The last so many alone.")
@click.option("--follow", is_flag=True, help="Go on with each call as it comes, until Ctrl-C.")
@click.option("--clear", is_flag=True, help="Forget all calls; their numbers go on.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@asks()
def journal(
    server: Server, filters: tuple[str, ...], form: str, last: int | None, follow: bool, clear: bool, as_json: bool
) -> None:
    """Tell the last calls, or those that fit NAME=VALUE.

    A NAME is method, path, endpoint, gateway, api_key, uid, ip, status, code, refused_by, fault or after_seq.
    Signatures are cut; a curl line is signed anew, by the secret in MOCKEX_SECRET.
    """
    form = "json" if as_json else form
    query = query_of(filters) | ({"last": str(last)} if last else {})
    if clear:
        if filters or follow or last or form != "table":
            raise MockexError("--clear forgets all calls, and goes with nothing else")
        count = server.ask("DELETE", server.of_world("/journal"))["deleted"]
        click.echo(f"{count} call{' is' if count == 1 else 's are'} forgotten")
    elif follow:
        if form not in ("table", "json"):
            raise MockexError(f"--follow tells a table or JSON, not {form}")
        followed(server, query, in_a_table=form == "table")
    else:
        said = server.ask("GET", server.of_world("/journal"), query | {"format": "json" if form == "table" else form})
        click.echo(written(said, form))


def query_of(filters: Sequence[str]) -> dict[str, str]:
    """Read filters as they are asked for. Raises MockexError."""
    from mockex.core.verifying import Match

    match = struct_of(Match, filters)
    return {name: str(value) for name in Match.__struct_fields__ if (value := getattr(match, name)) is not None}


def written(said: Any, form: str) -> str:
    """Write a journal in a form."""
    if form == "table":
        return calls(said) if said else "no calls"
    return "\n".join(said) if form == "curl" else in_json(said)


def calls(entries: Sequence[dict[str, Any]], *, widths: Sequence[int] = ()) -> str:
    """Write calls as a table."""
    return table(HEADS, [row(entry) for entry in entries], right=AT_THE_RIGHT, widths=widths)


def row(entry: dict[str, Any]) -> tuple[Any, ...]:
    """Tell one call in the cells of a row: `used` is the weight of its budget, `why` the check that refused."""
    path = entry["target"].partition("?")[0]
    path = path if len(path) <= WIDE_PATH else f"{path[: WIDE_PATH - 1]}…"
    tally = entry["tally"]
    used = f"{tally['used']}/{tally['limit']}" if tally and tally["limit"] else ""
    why = ", ".join(filter(None, (entry["refused_by"], *(f"fault {name}" for name in entry["faults"]))))
    seq, at, method = entry["seq"], entry["at"], entry["method"]
    return seq, at, method, one_line(path), entry["status"], entry["code"], used, why


def followed(server: Server, query: dict[str, str], *, in_a_table: bool) -> None:
    """Print each call as it comes, and before them the last ones where they are asked for; none is lost between.

    Ctrl-C ends the process itself (a shell says 130): Python would hear it only after the next call, where it comes in
    the moment before the line is waited for.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    filters = {name: value for name, value in query.items() if name != "last"}
    with server.following(server.of_world("/journal/follow"), filters) as events:
        next(events, None)  # the server listens from here on
        if in_a_table:
            click.echo(calls((), widths=FOLLOWED_WIDTHS))
        seen = 0
        if "last" in query:
            for entry in server.ask("GET", server.of_world("/journal"), query):
                seen = entry["seq"]
                click.echo(line_of(entry, in_a_table=in_a_table))
        for line in lines_of(events, seen, in_a_table=in_a_table):
            click.echo(line)


def lines_of(events: Iterator[dict[str, str]], seen: int, *, in_a_table: bool) -> Iterator[str]:
    """Write the events of a journal that are newer than what was seen."""
    for event in events:
        if event.get("event") == "lost":
            click.echo(f"mockex: {event['data']} calls came too fast to be followed", err=True)
        elif "data" in event and (entry := json.decode(event["data"]))["seq"] > seen:
            yield event["data"] if not in_a_table else line_of(entry, in_a_table=True)


def line_of(entry: dict[str, Any], *, in_a_table: bool) -> str:
    """Write one call in one line."""
    return calls((entry,), widths=FOLLOWED_WIDTHS).partition("\n")[2] if in_a_table else in_json(entry)
