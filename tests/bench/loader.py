"""A load generator in plain Python, for machines without wrk: `python loader.py PORT CONNECTIONS SECONDS CALLS-FILE`.

Each connection sends a call, waits for the whole answer, and sends the next; where the other side closes it connects
anew. Prints what the script for wrk prints: calls, microseconds, latencies, errors.
"""

import asyncio
import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

PATIENCE_S = 2.0
HEAD_ENDS = b"\r\n\r\n"


class Client(asyncio.Protocol):
    """One connection of a run, and those that come after it where the server closes."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.left = -1
        self.is_chunked = False
        self.heard = b""
        self.began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the first."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._ask()

    def _ask(self) -> None:
        self.left, self.heard, self.is_chunked = -1, b"", False
        self.began = perf_counter()
        self.transport.write(self.run.next_call())

    def data_received(self, data: bytes) -> None:
        """Read on, and ask the next where an answer has ended."""
        if self.left < 0:
            self.heard += data
            head, ended, data = self.heard.partition(HEAD_ENDS)
            if not ended:
                return
            self._read_head(head)
            self.heard = b""
        if self.is_chunked:
            self.heard = (self.heard + data)[-7:]
            if not self.heard.endswith(b"0\r\n\r\n"):
                return
        else:
            self.left -= len(data)
            if self.left > 0:
                return
        self.run.answered(perf_counter() - self.began)
        self.left = -1
        if not self.transport.is_closing() and not self.run.is_over:
            if self.run.closes:
                self.transport.close()
            else:
                self._ask()

    def _read_head(self, head: bytes) -> None:
        status, *lines = head.split(b"\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        if status.split(b" ")[1] != b"200":
            self.run.errors += 1
        self.is_chunked = b"chunked" in headers.get(b"transfer-encoding", b"")
        self.left = int(headers.get(b"content-length", b"0"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Connect anew; a line that breaks in the midst of an answer is an error."""
        if not self.run.is_over:
            self.run.broken += exc is not None or bool(self.heard) or self.left >= 0
            self.run.connect()


class Run:
    """All connections together, and what they have counted."""

    def __init__(self, port: int, calls: list[bytes]) -> None:
        self.port = port
        self.calls = calls
        self.closes = b"\r\nConnection: close\r\n" in calls[0]
        self.turn = 0
        self.took: list[float] = []
        self.errors = 0
        self.broken = 0
        self.is_over = False
        self.connecting: set[asyncio.Task[Any]] = set()

    def next_call(self) -> bytes:
        """Give the call whose turn it is."""
        self.turn = (self.turn + 1) % len(self.calls)
        return self.calls[self.turn]

    def answered(self, took_s: float) -> None:
        """Count an answer."""
        if not self.is_over:
            self.took.append(took_s)

    def connect(self) -> None:
        """Open a connection, which then asks by itself."""
        task = asyncio.get_running_loop().create_task(self._connected())
        self.connecting.add(task)
        task.add_done_callback(self.connecting.discard)

    async def _connected(self) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: Client(self), "127.0.0.1", self.port)
        except OSError:
            self.errors += 1

    async def load(self, connections: int, seconds: float) -> dict[str, Any]:
        """Ask for so long over so many connections."""
        began = perf_counter()
        for _ in range(connections):
            self.connect()
        await asyncio.sleep(seconds)
        self.is_over = True
        took_us = (perf_counter() - began) * 1e6
        took = sorted(self.took) or [0.0]
        p50_us, p99_us = (took[int(len(took) * share)] * 1e6 for share in (0.5, 0.99))
        return {
            "calls": len(self.took),
            "took_us": took_us,
            "p50_us": p50_us,
            "p99_us": p99_us,
            "errors": self.errors,
            "broken": self.broken,
        }


if __name__ == "__main__":
    calls_read = [line.encode() for line in json.loads(Path(sys.argv[4]).read_text(encoding="utf-8"))]
    print(json.dumps(asyncio.run(Run(int(sys.argv[1]), calls_read).load(int(sys.argv[2]), float(sys.argv[3])))))
