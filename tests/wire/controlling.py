"""Calls to mockex itself over a real socket, by the standard library's client, and a reader of server-sent events."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from mockex.core.wire import Request
from mockex.testing import LiveExchange

PATIENCE_S = 10.0
CONTROL = "/_mockex"

LATENCY = {"effect": {"type": "latency", "ms": 1}}
WORLD = "/worlds/default"
LOAN = f"{WORLD}/accounts/1/loan"
RECORDS = f"{WORLD}/accounts/1/records"
RECORD = {
    "startTime": 1,
    "endTime": 2,
    "details": [{"asset": "ETH", "negativeBalance": 1.50, "negativeMaxThreshold": 0}],
}


class Said(NamedTuple):
    """What mockex said about itself: a status, headers, and a body that is JSON unless it is told to be text."""

    status: int
    headers: dict[str, str]
    body: Any


def connected(url: str) -> HTTPConnection:
    """Open a connection."""
    address = urlsplit(url)
    assert address.hostname is not None
    return HTTPConnection(address.hostname, address.port, timeout=PATIENCE_S)


def call(
    url: str, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, prefix: str = CONTROL
) -> Said:
    """Call mockex itself; a body that is no bytes is sent as JSON."""
    raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    connection = connected(url)
    try:
        connection.request(method, f"{prefix}{path}", raw, headers or {})
        return said(connection.getresponse())
    finally:
        connection.close()


def said(answer: HTTPResponse) -> Said:
    """Read an answer to its end."""
    raw = answer.read()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    is_json = headers.get("content-type", "").startswith("application/json")
    return Said(answer.status, headers, json.loads(raw) if is_json else raw.decode())


def send(live: LiveExchange, request: Request) -> int:
    """Send a request of the exchange over the wire; gives the status."""
    connection = connected(live.url)
    try:
        headers = {} if request.api_key is None else {"X-MBX-APIKEY": request.api_key}
        connection.request(request.method, request.target, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


class Events:
    """A stream of server-sent events; `ended` is True when it has come to its end in an orderly way."""

    def __init__(self, line: socket.socket) -> None:
        self.file = line.makefile("rb")
        self.ended = False
        self.status = int(self.file.readline().split()[1])
        self.headers = list(iter(self.file.readline, b"\r\n"))
        self.text = b""

    def next(self) -> str:
        """Hear the next event; an empty text at the end."""
        while b"\n\n" not in self.text:
            size = int(self.file.readline() or b"-1", 16)
            if size <= 0:
                self.ended = size == 0
                return ""
            self.text += self.file.read(size)
            self.file.readline()
        event, _, self.text = self.text.partition(b"\n\n")
        return event.decode()

    def entry(self) -> dict[str, Any]:
        """Hear the next call."""
        first, second = self.next().split("\n")
        told: dict[str, Any] = json.loads(second.removeprefix("data: "))
        assert first == f"id: {told['seq']}"
        return told


@contextmanager
def following(live: LiveExchange, world: str = "default", query: str = "") -> Iterator[Events]:
    """Follow a journal; it is followed when this is entered."""
    url = urlsplit(live.url)
    with socket.create_connection((url.hostname, url.port), timeout=PATIENCE_S) as line:
        target = f"{CONTROL}/worlds/{world}/journal/follow{query}"
        line.sendall(f"GET {target} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode())
        events = Events(line)
        with events.file:
            assert (events.status, events.next()) == (200, ": following")
            yield events


def get(live: LiveExchange, path: str, **about: Any) -> Any:
    """Ask for something that is there."""
    answer = call(live.url, "GET", path, **about)
    assert answer.status == 200, answer.body
    return answer.body


def post(live: LiveExchange, path: str, body: Any = None, status: int = 200, **about: Any) -> Any:
    """Post something that is right."""
    answer = call(live.url, "POST", path, body, **about)
    assert answer.status == status, answer.body
    return answer.body


def delete(live: LiveExchange, path: str) -> Any:
    """Delete something that is there."""
    answer = call(live.url, "DELETE", path)
    assert answer.status == 200, answer.body
    return answer.body


class Waiting:
    """`with Waiting(live, wanted) as answer:` waits for calls in another thread from when this is entered on."""

    def __init__(self, live: LiveExchange, wanted: dict[str, Any], world: str = "default") -> None:
        self.live, self.wanted, self.world = live, {"timeout_s": 600} | wanted, world

    def __enter__(self) -> "Future[Said]":
        self.pool = ThreadPoolExecutor(1)
        path = f"/worlds/{self.world}/journal/wait"
        listeners = self.live.exchange.worlds.by_name[self.world].journal.listeners
        before = len(listeners)
        answer = self.pool.submit(call, self.live.url, "POST", path, self.wanted)
        while len(listeners) == before and not answer.done():
            get(self.live, "/health")
        return answer

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown()


def is_a_sentence(answer: Said) -> int:
    """See that a mistake is told as JSON with one sentence; gives the status."""
    assert 400 <= answer.status < 500
    assert answer.headers["content-type"] == "application/json"
    assert [*answer.body] == ["error"]
    assert answer.body["error"]
    assert "\n" not in answer.body["error"]
    assert "Traceback" not in answer.body["error"]
    return answer.status
