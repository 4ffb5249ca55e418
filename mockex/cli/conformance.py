"""`mockex conformance`: grade any client, started as an adapter, and tell the verdicts in every form."""

import os
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import click

from mockex.cli import option
from mockex.errors import MockexError

if TYPE_CHECKING:
    from mockex.conformance.grading import Heard
    from mockex.conformance.requirement import Requirement
    from mockex.conformance.results import CaseResult, Report
    from mockex.conformance.spawned import Spawned

SUBCOMMANDS = {
    "list": "mockex.cli.conformance_list:list_",
    "matrix": "mockex.cli.conformance_matrix:matrix",
    "new-adapter": "mockex.cli.new_adapter:new_adapter",
}
"""What the first word may be instead of an option or `--`."""

LANES = 8
DRAWN = 100
DRAWN_WITHIN_S = 20.0
"""Drawn cases are played one after the other; after so many seconds there are no more."""

HARNESS_FAULT = 3
SHOW_CURSOR = b"\033[?25h\n"
"""A progress bar hides it."""

ENDED_BY_SIGNAL = 128
"""Shells add the signal's number."""


class Conformance(click.Command):
    """A command that runs, or hands over to one of its subcommands where its first word is the name of one."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Make the context of the subcommand that is named, or its own."""
        if not args or args[0] not in SUBCOMMANDS:
            return super().make_context(info_name, args, parent, **extra)
        return subcommand(args[0]).make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Part what stands before `--` from the command behind it, in which nothing is an option of ours."""
        place = args.index("--") if "--" in args else len(args)
        ours, command = args[:place], args[place + 1 :]
        rest = super().parse_args(ctx, ours if ours or command else ["--help"])
        if ctx.args:
            from mockex.mistakes import nearest

            near = nearest(ctx.args[0], SUBCOMMANDS)
            raise click.UsageError(f"there is no command {ctx.args[0]!r}{near}; what starts an adapter stands after --")
        ctx.params["command"] = tuple(command)
        return rest

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """List the subcommands."""
        rows = [(name, subcommand(name).get_short_help_str(70)) for name in SUBCOMMANDS]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def subcommand(name: str) -> click.Command:
    """Import a subcommand."""
    module, _, attribute = SUBCOMMANDS[name].partition(":")
    found: click.Command = getattr(import_module(module), attribute)
    return found


@click.command(
    cls=Conformance,
    options_metavar="[OPTIONS] -- CMD…",
    context_settings={"allow_extra_args": True, "allow_interspersed_args": False},
)
@option("--lanes", type=click.IntRange(1, 64), default=LANES, show_default=True, help="So many adapters side by side.")
@option("--only", multiple=True, metavar="ID|FAMILY", help="Ask about these alone; several with commas.")
@option("--skip", multiple=True, metavar="ID|FAMILY", help="Do not ask about these.")
@option("--edition", help="The requirements of a release; the newest by default.")
@option("--seed", type=click.IntRange(0, (1 << 63) - 1), default=0, show_default=True, help="For what is drawn.")
@option("--draw", type=click.IntRange(0, 100_000), help=f"Draw so many cases beside; {DRAWN}, or with --only none.")
@option("--save-cases", type=click.Path(path_type=Path, file_okay=False), help="Draw, and save here what is found.")
@option("--expected-failures", type=click.Path(path_type=Path), help="A file of lines `ID  # why`.")
@option(
    "--patience", type=click.FloatRange(0.1, 3600), default=30.0, show_default=True, help="Seconds for one question."
)
@option(
    "--report",
    "reports",
    multiple=True,
    metavar="[FORM=]FILE",
    help="Write a report too: html, json, junit, har, markdown or badge.",
)
@option("--quiet", is_flag=True, help="Print nothing.")
def conformance(command: Sequence[str], *, quiet: bool, **asked: Any) -> None:
    """Grade the client that the adapter CMD speaks for; how one is written is in docs/conformance.md.

    Exit 0 where it meets all that it is asked about, 1 with findings, 2 where it could not be asked, 3 where mockex or
    the adapter is wrong.
    """
    from mockex.conformance.protocol import AdapterError
    from mockex.conformance.reports.terminal import as_text

    if not command:
        raise click.UsageError("which client? The command that starts its adapter stands after --")
    try:
        report = graded(command, quiet=quiet, **asked)
        text = "" if quiet else as_text(report)
    except AdapterError as error:
        click.echo(f"mockex: {error}", err=True)
        sys.exit(HARNESS_FAULT)
    except MockexError:
        raise
    except Exception:  # noqa: BLE001 - whatever it is, it is no finding, which exit 1 would say
        traceback.print_exc()
        sys.exit(HARNESS_FAULT)
    if not quiet:
        click.echo(text, color=False if os.environ.get("NO_COLOR") else None)
    sys.exit(report.exit_code)


def graded(
    command: Sequence[str],
    *,
    lanes: int,
    only: Sequence[str],
    skip: Sequence[str],
    edition: str | None,
    seed: int,
    draw: int | None,
    save_cases: Path | None,
    expected_failures: Path | None,
    patience: float,
    reports: Sequence[str],
    quiet: bool,
) -> "Report":
    """Grade, and write the reports. Raises MockexError, AdapterError."""
    from msgspec import structs

    from mockex.conformance import REQUIREMENTS, grade
    from mockex.conformance.choosing import chosen, expected_in
    from mockex.conformance.drawn import draw_findings, with_drawn
    from mockex.conformance.editions import newest
    from mockex.conformance.reports import wanted, write
    from mockex.conformance.results import expecting

    named = edition or newest()
    requirements = chosen(REQUIREMENTS, edition=named, only=only, skip=skip)
    expected = {} if expected_failures is None else expected_in(expected_failures, REQUIREMENTS)
    written = [wanted(word) for word in reports]
    count = sum(len(requirement.cases) for requirement in requirements)
    usual = 0 if only and save_cases is None else DRAWN
    examples = usual if draw is None else draw
    with adapters(command, min(lanes, count), patience) as clients:
        with progress(count, is_shown=not quiet) as heard:
            report = grade(clients, requirements, seed=seed, edition=named, heard=heard, stop=lambda: stopped(clients))
        if examples:
            if not quiet and sys.stderr.isatty():
                click.echo(f"drawing {examples} more cases", err=True)
            about: Any = {"seed": seed, "examples": examples, "save_to": save_cases, "within_s": DRAWN_WITHIN_S}
            found = draw_findings(clients[0], requirements, **about)
            report = structs.replace(with_drawn(report, found), drawn=examples)
    told = structs.replace(report, command=tuple(command), is_newest=named == newest())
    report = expecting(told, expected)
    for to in written:
        write(report, to)
    return report


@contextmanager
def adapters(command: Sequence[str], count: int, patience_s: float) -> Iterator[list["Spawned"]]:
    """Start adapters: one, and where it says hello as it should the others, all at once."""
    from concurrent.futures import ThreadPoolExecutor

    from mockex.conformance.spawned import Spawned

    clients = [Spawned(command, real_s=patience_s, lane=lane) for lane in range(count)]
    with ended_by_signals(clients), ExitStack() as stack:
        for client in clients:
            stack.callback(client.__exit__, None, None, None)  # whatever interrupts the beginning
        clients[0].__enter__()
        with ThreadPoolExecutor(count) as at_once:
            try:
                list(at_once.map(Spawned.__enter__, clients[1:]))
            except BaseException:
                stopped(clients)
                raise
        yield clients


def stopped(clients: Sequence["Spawned"]) -> None:
    """End all adapters, also those that are just being asked."""
    for client in clients:
        client.stop()


@contextmanager
def ended_by_signals(clients: Sequence["Spawned"]) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and SIGHUP end the run at once, and all adapters with it.

    An exception instead could come in the midst of a lock, which a lane would then wait for without end.
    """

    def ended(signum: int, _: object) -> None:
        stopped(clients)
        if sys.stderr.isatty():
            os.write(sys.stderr.fileno(), SHOW_CURSOR)
        os._exit(ENDED_BY_SIGNAL + signum)

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(one, ended) for one in signals]
    try:
        yield
    finally:
        for one, handler in zip(signals, before, strict=True):
            signal.signal(one, handler)


@contextmanager
def progress(count: int, *, is_shown: bool) -> Iterator["Heard"]:
    """Show on a terminal how far it is, and how many cases have failed."""
    if not is_shown or not sys.stderr.isatty():
        yield lambda _requirement, _result: None
        return
    failed = 0
    lock = Lock()
    bar: Any
    with click.progressbar(
        length=count,
        label="grading",
        file=sys.stderr,
        show_pos=True,
        item_show_func=lambda id_: f"{failed} failed  {id_ or ''}",
        color=False if os.environ.get("NO_COLOR") else None,
    ) as bar:

        def heard(requirement: "Requirement", result: "CaseResult") -> None:
            nonlocal failed
            with lock:
                failed += result.verdict == "FAIL"
                bar.update(1, requirement.id)

        yield heard
