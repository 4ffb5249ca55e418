"""Grades published clients: `make matrix`, or `python -m tests.clients.grading NAME…`; writes reports, then the page.

What is asked about some requirements alone is put aside, and changes no page.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from msgspec import structs

from mockex.conformance import REQUIREMENTS, Requirement, grade
from mockex.conformance.editions import newest
from mockex.conformance.reports.stored import as_json
from mockex.conformance.results import Report
from mockex.conformance.spawned import Spawned
from tests.clients import page
from tests.clients.published import CLIENTS

ASIDE = page.FOLDER / "some"
LANES = 8
FAULT = 3
MAX_TOLD = 300


def graded(name: str, requirements: Sequence[Requirement] = REQUIREMENTS, lanes: int = LANES) -> Report:
    """Grade one client, in so many processes side by side; the report's command is the same on every machine."""
    command = CLIENTS[name].command()
    with ExitStack() as stack:
        clients = [stack.enter_context(Spawned(command)) for _ in range(lanes)]
        report = grade(clients, requirements, edition=newest())
    return structs.replace(report, command=("python", "-m", "tests.clients.published", name))


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
    parser.add_argument("--only", nargs="+", metavar="ID", help="requirements that begin with one of these")
    parser.add_argument("--lanes", type=int, default=LANES, help="how many processes of a client run side by side")
    parser.add_argument("--folder", type=Path, help="where the reports are written to; the page is then left as it is")
    told_to = parser.parse_args(arguments)
    names = told_to.names or list(CLIENTS)
    if unknown := [name for name in names if name not in CLIENTS]:
        parser.error(f"there is no client {', '.join(unknown)}; there are {', '.join(CLIENTS)}")
    requirements = [one for one in REQUIREMENTS if one.id.startswith(tuple(told_to.only or [""]))]
    folder = told_to.folder or (ASIDE if told_to.only else page.FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    worst = 0
    for name in names:
        report = graded(name, requirements, told_to.lanes)
        (folder / f"{name}.json").write_text(as_json(report), encoding="utf-8")
        print(told(report), flush=True)
        worst = max(worst, FAULT if report.exit_code == FAULT else 0)
    if folder == page.FOLDER and page.main() and len(names) == len(CLIENTS):
        return FAULT  # all are there, and no page can be made of them
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
