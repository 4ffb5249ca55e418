"""The command behind `make bench`: measures mockex, its peers and the floor in one run, and prints the ratios."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import NoReturn

import click
from msgspec import Struct, json

from tests.bench import instructions, page, tables
from tests.bench.figures import MEASURED, Cost, Measured, as_json, stored
from tests.bench.fleet import Say, all_running, many_calls, one_round, seated, timed_starts
from tests.bench.loading import LEVELS, LOADERS, installed
from tests.bench.machine import this_machine
from tests.bench.processes import PROC, interrupted_by_sigterm, told
from tests.bench.servers import QUICK, SERVERS, Server

GROUPS = ("core", "rows", "embedded", "imports", "stall")
GROUPS_QUICK = ("core", "rows", "imports")
INTERRUPTED = 130


class Asked(Struct, frozen=True):
    """What the command was asked for, by the names of its options."""

    quick: bool
    costs: bool
    render: bool
    only: tuple[str, ...]
    no_peers: bool
    rounds: int | None
    seconds: float | None
    python_loader: bool

    @property
    def is_full(self) -> bool:
        """Whether it makes the page: only what leaves nothing out does."""
        return not (self.quick or self.costs or self.only or self.no_peers or self.python_loader)

    def servers(self) -> list[Server]:
        """Choose the servers; the bare handler is always there, because ratios are to it."""
        if self.costs:
            return []
        names = {*self.only, "aiohttp"} if self.only else {*QUICK} if self.quick else None
        chosen = [server for server in SERVERS if names is None or server.name in names]
        return [server for server in chosen if not (self.no_peers and server.family == "peer")]


@click.command()
@click.option("--quick", is_flag=True, help="Less than a minute, without peers, without network; for CI.")
@click.option("--costs", is_flag=True, help="The inside alone: calls in the core, starts, worlds, imports.")
@click.option("--render", is_flag=True, help="Measure nothing; write the page anew from the last full run.")
@click.option("--only", multiple=True, metavar="NAME", help="This server beside the bare handler; may be repeated.")
@click.option("--no-peers", is_flag=True, help="mockex and the floors alone.")
@click.option("--rounds", type=click.IntRange(1, 100), help="How often each server is asked; 5, with --quick 3.")
@click.option("--seconds", type=click.FloatRange(0.1, 600), help="How long in each round; 1.")
@click.option("--python-loader", is_flag=True, help="Load by Python, even where wrk is installed.")
def bench(**options: object) -> None:
    """Measure mockex, its peers and the floor in one run, and print ratios."""
    asked = Asked(**options)  # type: ignore[arg-type] # click has seen to the types
    known = [server.name for server in SERVERS]
    if unknown := [name for name in asked.only if name not in known]:
        raise click.ClickException(f"there is no server {', '.join(unknown)}; there are {', '.join(known)}")
    if asked.render:
        if not MEASURED.is_file():
            raise click.ClickException(f"there is no {MEASURED.name} to make a page of: make bench")
        page.write(stored())
        print("wrote docs/performance.md")
        return
    if not PROC.is_dir():
        raise click.ClickException("this needs Linux: CPU and memory of servers are read from /proc")
    measured = run(asked, say)
    print(report(measured))
    if asked.is_full:
        MEASURED.write_bytes(as_json(measured))
        page.write(stored())
        print("\nwrote docs/performance.md and tests/bench/measured.json")


def say(line: str) -> None:
    """Tell how far the run is."""
    print(line, file=sys.stderr, flush=True)


def run(asked: Asked, say: Say) -> Measured:
    """Measure all that was asked for."""
    began = perf_counter()
    loader = "python" if asked.python_loader else installed()
    rounds, seconds = asked.rounds or (3 if asked.quick else 5), asked.seconds or 1
    day = datetime.now(UTC).date().isoformat()
    measured = Measured(day=day, machine=this_machine(loader), rounds=rounds, seconds=seconds)
    if servers := asked.servers():
        race(measured, servers, asked, say)
    if not asked.only:
        for group in GROUPS_QUICK if asked.quick else GROUPS:
            say(f"inside: {group}")
            measured.costs += inside(group, quick=asked.quick)
        if asked.quick:
            measured.costs += instructions.costs(say)
    measured.took_s = perf_counter() - began
    return measured


def race(measured: Measured, servers: Sequence[Server], asked: Asked, say: Say) -> None:
    """Measure servers: their starts, their rounds, and what very many calls do to mockex."""
    load = LOADERS[measured.machine.loader]
    seats = seated(servers, say)
    measured.rows = [seat.row for seat in seats]
    say("starts")
    timed_starts(seats, 5, say)
    with all_running(seats, load, say):
        for nth in range(measured.rounds):
            say(f"round {nth + 1} of {measured.rounds}")
            one_round(seats, load, LEVELS[:1] if asked.quick else LEVELS, measured.seconds, say)
    if not asked.quick:
        for seat in seats:
            if seat.server.name == "mockex":
                many_calls(seat, load, 5, say)


def inside(group: str, *, quick: bool) -> list[Cost]:
    """Measure a group of costs in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.inside", group, *(["quick"] if quick else [])]
    return json.decode(told(command), type=list[Cost])


def report(measured: Measured) -> str:
    """Write the tables for a terminal."""
    missing = [f"not measured: {title}: {why}" for title, why in tables.missing(measured)]
    floor = [f"1 is bare aiohttp: {tables.floor_told(measured)}"] if measured.rows else []
    parts = [tables.in_terminal(tables.throughput(measured)), "\n".join(floor + missing)]
    parts += [tables.in_terminal(tables.starts(measured)), tables.in_terminal(tables.costs(measured))]
    judged = [row for row in tables.targets(measured) if "not measured" not in row]
    parts.append(tables.in_terminal(judged))
    load = f"; load by {measured.machine.loader}; {tables.others_told(measured)}" if measured.rows else ""
    parts.append(f"took {measured.took_s:.0f} s{load}")
    return "\n\n".join(part for part in parts if part)


def main() -> NoReturn:
    """Run the command: one sentence and 2 where it cannot be done."""
    interrupted_by_sigterm()
    try:
        bench.main(prog_name="make bench", standalone_mode=False)
    except click.ClickException as error:
        print(f"bench: {error.format_message()}", file=sys.stderr)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    sys.exit(0)


if __name__ == "__main__":
    main()
