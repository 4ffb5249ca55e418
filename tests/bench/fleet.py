"""The servers of a run, all alive at once and asked in turn; who cannot be had or goes wrong is told of, left out."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryDirectory
from time import perf_counter

from msgspec import Struct

from tests.bench.figures import Load, Million, Row
from tests.bench.homes import Home, MissingError, made
from tests.bench.loading import LEVELS, Level, Loader, WrongError, loaded, sampled
from tests.bench.peers import configured
from tests.bench.processes import (
    free_port,
    last_line,
    resident_mib,
    running,
    wait_until_it_answers,
)
from tests.bench.servers import Server
from tests.bench.workload import Question

PATIENCE_S = 60.0
MANY = 1_000_000
MOST_ROUNDS_OF_MANY = 100

Say = Callable[[str], None]


class Seat(Struct):
    """One server with its row, where it lives, what it is asked, and its process while it runs."""

    server: Server
    row: Row
    home: Home
    question: Question
    process: Popen[bytes] | None = None
    port: int = 0

    @property
    def is_on(self) -> bool:
        """Whether it can be measured still."""
        return not self.row.wrong


def seated(servers: Sequence[Server], say: Say) -> list[Seat]:
    """Make every home ready, installing what is pinned where it is not yet; who cannot be had says why."""
    homes: dict[str, Home | MissingError] = {}
    seats = []
    for server in servers:
        if server.home not in homes:
            try:
                homes[server.home] = made(server.home)
            except MissingError as error:
                homes[server.home] = error
        home = homes[server.home]
        row = Row(server.name)
        if isinstance(home, MissingError):
            row.wrong, home = str(home), Home()
            say(f"{server.name}: {row.wrong}")
        row.version = home.version
        seats.append(Seat(server, row, home, server.question()))
    return seats


@contextmanager
def _started(seat: Seat) -> Iterator[tuple[float, float]]:
    """Start a server for a block; gives how long it took to be connectable, and to answer, in milliseconds."""
    with TemporaryDirectory(prefix="mockex-bench-") as name:
        folder, port, admin = Path(name), free_port(), free_port()
        configured(folder, port)
        command = seat.server.filled_in(seat.home, folder, port, admin)
        request = seat.question.requests()[0]
        began = perf_counter()
        with running(command, folder) as process:
            try:
                connected_at = wait_until_it_answers(process, port, request, PATIENCE_S)
            except OSError as error:
                raise WrongError(f"does not start: {error}: {last_line(folder)}") from None
            answered_at = perf_counter()
            if not re.search(seat.server.prints, (folder / "log").read_text(encoding="utf-8", errors="replace")):
                raise WrongError(f"does not say {seat.server.prints}")
            seat.process, seat.port = process, port
            yield (connected_at - began) * 1_000, (answered_at - began) * 1_000


def timed_starts(seats: Sequence[Seat], times: int, say: Say) -> None:
    """Start each server so many times, turn and turn about; a start before them warms what is cached."""
    for nth in range(times + 1):
        for seat in seats:
            if not seat.is_on:
                continue
            try:
                with _started(seat) as (connectable_ms, answered_ms):
                    pass
            except WrongError as error:
                leave(seat, error, say)
                continue
            if nth:
                seat.row.connectable_ms.append(connectable_ms)
                seat.row.answered_ms.append(answered_ms)


@contextmanager
def all_running(seats: Sequence[Seat], loader: Loader, say: Say) -> Iterator[None]:
    """Start all servers for a block, read a sample of the answers of each, weigh it, and warm it."""
    with ExitStack() as stack:
        for seat in seats:
            if not seat.is_on:
                continue
            try:
                stack.enter_context(_started(seat))
                sampled(seat.port, seat.question, seat.server.gives)
                seat.row.idle_mib = resident_mib(_pid(seat))
                loader(seat.port, LEVELS[0], seat.server.warming_s, seat.question.requests())  # whatever comes of it
            except WrongError as error:
                leave(seat, error, say)
        yield


def leave(seat: Seat, error: WrongError, say: Say) -> None:
    """Mark a server as failed; it is not measured any more."""
    seat.row.wrong = re.sub(r"https?://[\w.:]+", "", str(error))  # ports are others at each run
    say(f"{seat.server.name} failed: {error}")


def _pid(seat: Seat) -> int:
    assert seat.process is not None
    return seat.process.pid


def one_round(seats: Sequence[Seat], loader: Loader, levels: Sequence[Level], seconds: float, say: Say) -> None:
    """Load each server at each level once, a level after the other, so that who is compared is near in time."""
    for level in levels:
        for seat in seats:
            if not seat.is_on:
                continue
            try:
                load = measured(seat, loader, level, seconds * level.share)
            except WrongError as error:
                leave(seat, error, say)
                continue
            seat.row.loads.setdefault(level.name, []).append(load)
            say(
                f"{seat.server.name:18} {level.title:22} {load.per_s:9,.0f}/s  CPU {load.cpu_us:7,.1f} µs  "
                f"p50 {load.p50_us / 1_000:8.2f} ms  p99 {load.p99_us / 1_000:8.2f} ms"
            )


def measured(seat: Seat, loader: Loader, level: Level, seconds: float) -> Load:
    """Read a sample of a server's answers, then load it. Raises WrongError."""
    sampled(seat.port, seat.question, seat.server.gives)
    load = loaded(loader, _pid(seat), seat.port, level, seconds, seat.question)
    seat.row.loaded_mib = resident_mib(_pid(seat))
    return load


def many_calls(seat: Seat, loader: Loader, seconds: float, say: Say, many: int = MANY) -> None:
    """Make very many calls to a server that has just been started, and weigh it before and after."""
    if not seat.is_on:
        return
    try:
        with _started(seat):
            sampled(seat.port, seat.question, seat.server.gives)
            before_mib, calls = resident_mib(_pid(seat)), 0
            for _ in range(MOST_ROUNDS_OF_MANY):
                calls += loaded(loader, _pid(seat), seat.port, LEVELS[0], seconds, seat.question).calls
                if calls >= many:
                    break
            sampled(seat.port, seat.question, seat.server.gives)
            seat.row.million = Million(calls, before_mib, resident_mib(_pid(seat)))
    except WrongError as error:
        leave(seat, error, say)
        return
    say(f"{seat.server.name}: {calls:,} calls, {before_mib:.1f} MiB before, {seat.row.million.after_mib:.1f} after")
