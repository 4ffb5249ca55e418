"""Grades published clients, and writes their reports: `make matrix`, or `python -m tests.clients.grading NAME…`."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec

from mockex.conformance import REQUIREMENTS, Requirement, grade
from mockex.conformance.results import Report
from mockex.conformance.spawned import Spawned
from tests.clients.published import CLIENTS, Published

FOLDER = Path(__file__).parents[2] / "build" / "matrix"
LANES = 8
FAULT = 3
MAX_TOLD = 300


def graded(client: Published, requirements: Sequence[Requirement] = REQUIREMENTS, lanes: int = LANES) -> Report:
    """Grade one client, in so many processes side by side."""
    command = client.command()
    with ExitStack() as stack:
        return grade([stack.enter_context(Spawned(command)) for _ in range(lanes)], requirements)


def told(report: Report) -> str:
    """Tell of a report what is not a pass, a line for each requirement."""
    counts = ", ".join(f"{number} {verdict}" for verdict, number in report.counts.items())
    lines = [f"{report.client} {report.version}: {counts}; {report.took_s:g} s"]
    for result in report.results:
        if result.verdict in ("FAIL", "FAULT") and result.worst is not None:
            sentence = " ".join(result.worst.sentence.split())[:MAX_TOLD]
            lines.append(f"  {result.verdict} {result.severity} {result.id} ({result.worst.case.name}): {sentence}")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Grade clients one after the other; exit 3 where the harness was wrong, for findings are what is looked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.clients.grading", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(CLIENTS)}; all of them without one")
    parser.add_argument(
        "--only", nargs="+", default=[""], metavar="ID", help="requirements that begin with one of these"
    )
    parser.add_argument("--lanes", type=int, default=LANES, help="how many processes of a client run side by side")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the reports are written to")
    told_to = parser.parse_args(arguments)
    names = told_to.names or list(CLIENTS)
    if unknown := [name for name in names if name not in CLIENTS]:
        parser.error(f"there is no client {', '.join(unknown)}; there are {', '.join(CLIENTS)}")
    requirements = [one for one in REQUIREMENTS if one.id.startswith(tuple(told_to.only))]
    told_to.folder.mkdir(parents=True, exist_ok=True)
    worst = 0
    for name in names:
        report = graded(CLIENTS[name], requirements, told_to.lanes)
        (told_to.folder / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1))
        print(told(report), flush=True)
        worst = max(worst, FAULT if report.exit_code == FAULT else 0)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
