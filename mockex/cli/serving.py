"""What `mockex serve` does once its port is bound: open the exchange, say hello, and answer until it is told to end."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

from mockex.cli.greeting import greeting, key_files
from mockex.cli.opening import dumped, opened, writable
from mockex.cli.serve import Served
from mockex.core.exchange import Exchange
from mockex.scenarios import DEFAULT
from mockex.server.control import Control
from mockex.server.listening import shared, url_of
from mockex.server.runner import answer_until_told
from mockex.server.shell import control_handler, exchange_handler
from mockex.server.workers import Workers

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def serve_until_told(wanted: Served, listening: socket.socket, controlling: socket.socket | None) -> None:
    """Serve what was asked for at these sockets. Raises MockexError."""
    url = url_of(listening)
    exchange = opened(wanted.scenario or DEFAULT, wanted.seed, wanted.load_state)
    if wanted.dump_state is not None:
        writable(wanted.dump_state)
    loop_factory = uvloop_of(wanted)
    with key_files(exchange.world) as keys:

        def hello(workers: Sequence[int] = ()) -> str | None:
            return (
                None
                if wanted.quiet
                else greeting(
                    url,
                    str(wanted.load_state or wanted.scenario or DEFAULT),
                    exchange.world.seed,
                    keys,
                    as_json=wanted.as_json,
                    loop="asyncio" if loop_factory is None else "uvloop",
                    control=None if controlling is None else url_of(controlling),
                    workers=workers,
                )
            )

        if wanted.workers == 1:
            _alone(wanted, exchange, loop_factory, listening, controlling, hello())
        else:
            _in_workers(wanted, exchange, loop_factory, listening, hello)
    if wanted.dump_state is not None:
        dumped(exchange, wanted.dump_state)


def uvloop_of(wanted: Served) -> LoopFactory | None:
    """Give uvloop's loop where it is installed and nobody said no; None stands for asyncio's own."""
    if not wanted.no_uvloop:
        with suppress(ImportError):
            import uvloop

            return uvloop.new_event_loop
    return None


def _alone(
    wanted: Served,
    exchange: Exchange,
    loop_factory: LoopFactory | None,
    listening: socket.socket,
    controlling: socket.socket | None,
    hello: str | None,
) -> None:
    """Answer in this process."""
    elsewhere = None if controlling is None else url_of(listening)
    control = None if wanted.no_control else Control(exchange, wanted.control_token, elsewhere)
    on_exchange = control if controlling is None else None
    handlers = [(exchange_handler(exchange, on_exchange, behind_proxy=wanted.behind_proxy), listening)]
    if control is not None and controlling is not None:
        handlers.append((control_handler(control), controlling))
    with asyncio.Runner(loop_factory=loop_factory) as loop:
        loop.run(answer_until_told(handlers, exchange.worlds.end, hello=hello))


def _in_workers(
    wanted: Served,
    exchange: Exchange,
    loop_factory: LoopFactory | None,
    listening: socket.socket,
    hello: Callable[[Sequence[int]], str | None],
) -> None:
    """Answer in workers, each of which has the exchange as it was opened, its clock and timeline included."""
    handler = exchange_handler(exchange, None, behind_proxy=wanted.behind_proxy)

    def work(own: socket.socket, leash: int) -> None:
        with asyncio.Runner(loop_factory=loop_factory) as loop:
            loop.run(answer_until_told([(handler, own)], exchange.worlds.end, leash=leash))

    workers = Workers(shared(listening, wanted.workers), work)
    if said := hello(workers.pids):
        print(said, flush=True)
    workers.wait()
