"""How long other clients wait while somebody is answered 50,000 rows; beside it a bare handler of the same bytes."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from select import select
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from mockex.endpoints.negative_balance_exchange_record import as_row
from tests.bench.figures import Cost
from tests.bench.homes import made
from tests.bench.inside.rows import EVERY_MS, FIRST_MS, records
from tests.bench.processes import environment, free_port, running, wait_until_it_answers
from tests.bench.servers import named
from tests.bench.workload import PATH, PING, SCENARIO, Question, signed_calls

HELD = 50_000
ANSWERS, ANSWERS_QUICK = 21, 5
PATIENCE_S = 60.0
READER = Path(__file__).with_name("reader.py")


def costs(*, quick: bool) -> Iterator[Cost]:
    """Ask mockex and the bare handler turn and turn about."""
    answers = ANSWERS_QUICK if quick else ANSWERS
    end_ms = FIRST_MS + (HELD - 1) * EVERY_MS
    question = signed_calls(f"startTime={FIRST_MS}&endTime={end_ms}", answers)
    with TemporaryDirectory(prefix="mockex-bench-") as name:
        folder = Path(name)
        rows = [as_row(record) for record in records(HELD)]
        (folder / "body.json").write_bytes(b'{"total":%d,"rows":[%b]}' % (len(rows), b",".join(rows)))
        (folder / "long.toml").write_text(SCENARIO.read_text(encoding="utf-8") + in_toml(), encoding="utf-8")
        waits = waited(folder, question, (folder / "body.json").stat().st_size)
    yield Cost(
        "stall", "the longest wait of another client during an answer of 50,000 rows", median(waits["mockex"]), "ms"
    )
    yield Cost("stall.worst", "the worst of these waits", max(waits["mockex"]), "ms")
    yield Cost(
        "stall.floor", "the same, from a bare aiohttp handler with these bytes ready", median(waits["aiohttp"]), "ms"
    )


def in_toml() -> str:
    """Write the records as a scenario holds them."""
    return "".join(
        f"\n[[accounts.records]]\nstartTime = {record.start_time}\nendTime = {record.end_time}\n"
        f'details = [{{ asset = "ETH", negativeBalance = 18, negativeMaxThreshold = 5 }}]\n'
        for record in records(HELD)
    )


def waited(folder: Path, question: Question, size: int) -> dict[str, list[float]]:
    """Give the longest wait of each long answer, in milliseconds, by server."""
    home = made("plain")
    commands, ports = {}, {}
    for name in ("mockex", "aiohttp"):
        ports[name] = free_port()
        commands[name] = named(name).filled_in(home, folder, ports[name], 0, folder / "long.toml")
    first = Question((PING,), {}).requests()[0]
    waits: dict[str, list[float]] = {name: [] for name in commands}
    with running(commands["mockex"], folder) as mockex, running(commands["aiohttp"], folder) as bare:
        for name, process in (("mockex", mockex), ("aiohttp", bare)):
            wait_until_it_answers(process, ports[name], first, PATIENCE_S)
        for request in question.requests():
            for name, port in ports.items():
                waits[name].append(longest_wait_ms(port, request, size))
    return waits


def longest_wait_ms(port: int, request: bytes, size: int) -> float:
    """Ask something short again and again while another process reads a long answer; give the longest wait."""
    command = [sys.executable, str(READER), str(port), str(size)]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()) as reader,
        socket.create_connection(("127.0.0.1", port), PATIENCE_S) as line,
    ):
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            waited_ms = pinged_ms(line, reader, request)
        except BaseException:
            reader.kill()  # nobody hears any more what it would say
            raise
    return max(waited_ms)


def pinged_ms(line: socket.socket, reader: "subprocess.Popen[bytes]", request: bytes) -> list[float]:
    """Let the reader ask, and ping until it has read the answer; give how long each ping waited."""
    ping = Question((PING,), {}).requests()[0]
    assert reader.stdin is not None
    assert reader.stdout is not None
    reader.stdout.readline()
    reader.stdin.write(request)
    reader.stdin.close()
    waited_ms: list[float] = []
    while not waited_ms or not select([reader.stdout], [], [], 0)[0]:
        began = perf_counter()
        line.sendall(ping)
        if not line.recv(65_536).startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{PING} is not answered")
        waited_ms.append((perf_counter() - began) * 1_000)
    told = reader.stdout.readline()
    if told.strip() != b"whole":
        raise RuntimeError(f"the long answer of {PATH} was not read whole: {told!r}")
    return waited_ms
