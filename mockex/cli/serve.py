"""`mockex serve`: bind first, so that the port is there at once; then load what is heavy, and answer."""

from contextlib import ExitStack
from pathlib import Path

import click
from msgspec import Struct

from mockex.cli import option
from mockex.errors import MockexError
from mockex.server.listening import HOST, MAX_PORT, PORT, Ahead, bind, bound, is_loopback
from mockex.server.loading import loading_for_a_server
from mockex.server.workers import can_fork


class Served(Struct, frozen=True):
    """What `mockex serve` was asked for, by the names of its options."""

    host: str
    port: int
    scenario: str | None
    seed: int | None
    as_json: bool
    quiet: bool
    allow_remote: bool
    behind_proxy: bool
    control_port: int | None
    no_control: bool
    control_token: str | None
    load_state: Path | None
    dump_state: Path | None
    workers: int
    no_uvloop: bool


MAX_WORKERS = 64


@click.command()
@option("--host", default=HOST, show_default=True, help="Where to listen.")
@option("--port", default=PORT, show_default=True, type=click.IntRange(0, MAX_PORT), help="0 picks a free one.")
@option("--scenario", help="A scenario's name, or a TOML file.", show_default="documented")
@option("--seed", type=click.IntRange(0, (1 << 63) - 1), help="Instead of the scenario's own seed.")
@option("--json", "as_json", is_flag=True, help="When ready, print one line of JSON: url, scenario, seed, keys, loop.")
@option("--quiet", is_flag=True, help="Print nothing when ready.")
@option("--allow-remote", is_flag=True, help="Allow a host that is not loopback.")
@option(
    "--behind-proxy", is_flag=True, help="Take the client's IP from X-Forwarded-For, which a proxy of yours writes."
)
@option("--control-port", type=click.IntRange(0, MAX_PORT), help="Answer /_mockex/ on a port of its own, on loopback.")
@option("--no-control", is_flag=True, help="Do not answer /_mockex/ at all.")
@option("--control-token", help="Answer /_mockex/ to who has this token, from anywhere.")
@option("--load-state", type=click.Path(path_type=Path), help="Go on from a file that --dump-state wrote.")
@option("--dump-state", type=click.Path(path_type=Path), help="Write all worlds to this file at the end.")
@option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, MAX_WORKERS),
    help="Answer in so many processes. Each counts weight, bans and faults for itself; none answers /_mockex/.",
)
@option("--no-uvloop", is_flag=True, help="Run on asyncio's own loop also where uvloop is installed.")
@click.pass_obj
def serve(ahead: Ahead, /, **options: object) -> None:
    """Start the exchange. SIGINT (Ctrl-C) or SIGTERM ends it."""
    wanted = Served(**options)  # type: ignore[arg-type] # click has seen to the types
    _check(wanted)
    with ExitStack() as stack:
        listening = stack.enter_context(bound(wanted.host, wanted.port, ahead))
        controlling = None
        if wanted.control_port is not None:
            controlling = stack.enter_context(bind(HOST, wanted.control_port))
        with loading_for_a_server():
            from mockex.cli.serving import serve_until_told
        serve_until_told(wanted, listening, controlling)


def _check(wanted: Served) -> None:
    """Refuse what does not go together. Raises MockexError."""
    if not wanted.allow_remote and not is_loopback(wanted.host):
        raise MockexError(f"{wanted.host} is not a loopback address; --allow-remote listens there all the same")
    if wanted.no_control and (wanted.control_port is not None or wanted.control_token is not None):
        raise MockexError("--no-control goes with neither --control-port nor --control-token")
    if wanted.load_state is not None and (wanted.scenario is not None or wanted.seed is not None):
        raise MockexError("--load-state brings its own scenario and seed; it goes with neither --scenario nor --seed")
    if wanted.workers > 1:
        if not can_fork():
            raise MockexError("--workers needs fork and SO_REUSEPORT, which this system does not have")
        if wanted.control_port is not None or wanted.control_token is not None or wanted.dump_state is not None:
            raise MockexError(
                "--workers goes with neither --control-port, --control-token nor --dump-state: "
                "each worker has worlds of its own, and nothing to reach it by"
            )
