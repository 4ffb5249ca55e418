"""`mockex replay`: play a case from its file with a client, and judge it by its requirement."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockex.cli import option

if TYPE_CHECKING:
    from mockex.conformance.case_file import CaseFile
    from mockex.conformance.requirement import Requirement
    from mockex.conformance.results import CaseResult

HARNESS_FAULT = 3
EXIT_CODES = {"FAIL": 1, "FAULT": HARNESS_FAULT}


@click.command(options_metavar="[OPTIONS]")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("command", nargs=-1, required=True, metavar="-- CMD…")
@option("--patience", type=click.FloatRange(0.1, 3600), default=30.0, show_default=True, help="Seconds for a question.")
@option("--json", "as_json", is_flag=True, help="Print what came of it, as JSON.")
def replay(file: Path, command: tuple[str, ...], *, patience: float, as_json: bool) -> None:
    """Play the case in FILE with the client that the adapter CMD speaks for, and judge it by its requirement.

    Tells what was asked and what was told, the calls on the wire, and the verdict. Exit 0 where the requirement is met,
    not seen, or not asked of the client; 1 where it is not met; 3 where mockex or the adapter is wrong.
    """
    from mockex.conformance import case_file
    from mockex.conformance.families import REQUIREMENTS
    from mockex.conformance.grading import judge_case
    from mockex.conformance.oracles import Found, any_of, generally
    from mockex.conformance.protocol import AdapterError
    from mockex.conformance.spawned import Spawned

    read = case_file.read(file)
    by_id = {requirement.id: requirement for requirement in REQUIREMENTS}
    found: list[Found] = []
    requirement = by_id.get(read.requirement) or any_of(REQUIREMENTS, found)
    judging = generally(requirement) if read.is_drawn and requirement.id in by_id else requirement
    try:
        with Spawned(command, real_s=patience) as client:
            result = judge_case(judging, read.case, client)
    except AdapterError as error:
        click.echo(f"mockex: {error}", err=True)
        sys.exit(HARNESS_FAULT)
    requirement = by_id[found[0].requirement] if found else requirement
    click.echo(_in_json(read, requirement, result) if as_json else "\n".join(_in_words(requirement, result)))
    is_note = result.verdict == "FAIL" and requirement.severity == "INFO"
    sys.exit(0 if is_note else EXIT_CODES.get(result.verdict, 0))


def _in_words(requirement: "Requirement", result: "CaseResult") -> Iterator[str]:
    """Tell what came of it, for a person."""
    from msgspec import to_builtins

    from mockex.cli.journal import calls
    from mockex.conformance.spoken import spoken

    yield f"{requirement.id} ({requirement.severity}): {requirement.title}"
    yield f"  {requirement.sentence} ({requirement.source})"
    yield f"\nAsked, with an {result.case.key} key:"
    yield from (f"  {line}" for line in spoken(result.case))
    if result.told:
        yield "\nTold:"
        yield from (f"  {line}" for line in result.told)
    for title, entries in (("On the wire:", result.entries), ("At the other exchange:", result.elsewhere)):
        if entries:
            yield f"\n{title}"
            yield from (f"  {line}" for line in calls([to_builtins(entry) for entry in entries]).splitlines())
    sentence = f": {result.sentence}" if result.sentence else ""
    yield f"\n{result.verdict}{sentence}"


def _in_json(read: "CaseFile", requirement: "Requirement", result: "CaseResult") -> str:
    """Tell what came of it, for a program."""
    from msgspec import to_builtins

    from mockex.asking import in_json
    from mockex.conformance.spoken import spoken

    about: dict[str, Any] = {
        "requirement": requirement.id,
        "severity": requirement.severity,
        "is_drawn": read.is_drawn,
        "verdict": result.verdict,
        "sentence": result.sentence,
        "asked": list(spoken(result.case)),
        "told": list(result.told),
        "entries": to_builtins(list(result.entries)),
        "elsewhere": to_builtins(list(result.elsewhere)),
    }
    return in_json(about)
