"""`mockex lint`: judge what a client did by the journal of it, with no harness."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockex.asking import Server, in_json
from mockex.cli import option
from mockex.cli.asking import as_json, asks
from mockex.errors import MockexError

if TYPE_CHECKING:
    from mockex.conformance.linting import Linted
    from mockex.testing.journal import JournalEntry


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--every-world", is_flag=True, help="The journals of all worlds of the server, one after the other.")
@option("--only", multiple=True, metavar="ID|FAMILY", help="Judge by these alone; several with commas.")
@option("--skip", multiple=True, metavar="ID|FAMILY", help="Do not judge by these.")
@asks()
@as_json
def lint(
    server: Server, file: Path | None, *, every_world: bool, only: tuple[str, ...], skip: tuple[str, ...], as_json: bool
) -> None:
    """Judge the calls of a server's journal, or of FILE, by every requirement that can be seen in calls alone.

    FILE is what `mockex journal --format json` or `har` wrote, or any HTTP Archive. Clients are told apart by their
    keys; what a declared fault struck, and calls without a key, are nobody's mistake. Exit 0 where nothing is wrong, 1
    with findings, 2 where there is nothing to judge by.
    """
    from mockex.conformance.checking import requirements
    from mockex.conformance.journals import entries_in
    from mockex.conformance.linting import lint as linted_of

    if file is not None and every_world:
        raise MockexError("--every-world asks a server, and goes without a FILE")
    chosen = requirements(only=_words(only), skip=_words(skip))
    worlds = _worlds(server) if every_world else [server.world]
    journals = {str(file): entries_in(file)} if file else {name: _journal(server, name) for name in worlds}
    linted = {name: linted_of(entries, chosen) for name, entries in journals.items()}
    if as_json:
        click.echo(in_json(_plain(linted)))
    else:
        click.echo("\n".join(_told(linted)))
    sys.exit(max((one.report.exit_code for one in linted.values()), default=0))


def _words(names: tuple[str, ...]) -> list[str]:
    return [name.strip().upper() for word in names for name in word.split(",") if name.strip()]


def _worlds(server: Server) -> list[str]:
    """List the worlds of a server by their names."""
    return [world["name"] for world in server.ask("GET", "/worlds")]


def _journal(server: Server, world: str) -> "list[JournalEntry]":
    """Ask for the journal of a world."""
    from mockex.conformance.journals import entries_of

    of = Server(server.url, world, server.token)
    return entries_of(of.ask("GET", of.of_world("/journal")))


def _plain(linted: "dict[str, Linted]") -> list[dict[str, Any]]:
    """Give all that was found, for a program."""
    from msgspec import to_builtins

    return [
        {
            "journal": name,
            "left_out": one.left_out,
            "results": [
                {
                    "id": result.id,
                    "severity": result.severity,
                    "verdict": result.verdict,
                    "clients": [
                        {"client": case.case.name, "verdict": case.verdict, "sentence": case.sentence}
                        for case in result.cases
                    ],
                }
                for result in one.report.results
            ],
            "entries": to_builtins({entry.seq: entry for entry in _found(one)}, str_keys=True),
        }
        for name, one in linted.items()
    ]


def _found(linted: "Linted") -> "Iterator[JournalEntry]":
    """Give the calls of clients that something is wrong with."""
    for result in linted.report.results:
        for case in result.cases:
            yield from case.entries


def _told(linted: "dict[str, Linted]") -> Iterator[str]:
    """Tell what was found, for a person."""
    for name, one in linted.items():
        if len(linted) > 1:
            yield f"{name}:"
        yield from _told_of(one)


def _told_of(linted: "Linted") -> Iterator[str]:
    results = linted.report.results
    for result in results:
        for case in result.cases:
            if case.verdict == "FAIL":
                yield f"{result.id} ({result.severity}): {result.title}\n  {case.case.name}: {case.sentence}"
    met = [result.id for result in results if result.verdict == "PASS"]
    if met:
        yield f"met: {', '.join(met)}"
    for result in results:
        if result.worst is None or result.worst.verdict == "UNSEEN":
            yield f"not seen: {result.id}{f' ({result.worst.sentence})' if result.worst else ''}"
    yield from (f"not judged: {sentence}" for sentence in linted.left_out)
