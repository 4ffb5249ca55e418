"""A bare connection to a live exchange, and a strict reader of what comes back: no client library mends anything."""

import hmac
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from msgspec import DecodeError, json

from mockex.testing import LiveExchange
from tests import alice

PATIENCE_S = 10.0
"""A socket that says nothing for so long hangs, and its test fails with a TimeoutError."""

STATUS_LINE = re.compile(rb"HTTP/(1\.[01]) ([1-5][0-9]{2}) ([ -~]*)")
HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([ -~]*)")

PAPI = alice.request("PAPI").target.encode()
SAPI = alice.request("SAPI").target.encode()
KEY = f"X-MBX-APIKEY: {alice.ALICE.api_key}".encode()
CHUNKED = b"Transfer-Encoding: chunked"
CLOSE = b"Connection: close"


class Answer(NamedTuple):
    """One answer, its headers in their spelling and order."""

    version: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    @property
    def names(self) -> list[str]:
        """The names of the headers."""
        return [name for name, _ in self.headers]

    @property
    def code(self) -> object:
        """The exchange's own code; None where the body is no envelope."""
        with suppress(DecodeError):
            body = json.decode(self.body)
            return body.get("code") if isinstance(body, dict) else None
        return None

    def header(self, name: str) -> str:
        """Give the value of the only header of this name."""
        (value,) = (value for other, value in self.headers if other.lower() == name.lower())
        return value


class Line:
    """One connection: bytes are sent as they are, and answers heard one by one."""

    def __init__(self, exchange: LiveExchange) -> None:
        url = urlsplit(exchange.url)
        self.socket = socket.create_connection((url.hostname, url.port), timeout=PATIENCE_S)
        self.heard = b""

    def send(self, raw: bytes) -> None:
        """Send these bytes."""
        self.socket.sendall(raw)

    def stop_sending(self) -> None:
        """Shut the own side; the other may go on."""
        self.socket.shutdown(socket.SHUT_WR)

    def trickle(self) -> bool:
        """Send a byte every 10 ms, for three seconds at most; say whether the exchange had enough before that."""
        self.socket.settimeout(0.01)
        for _ in range(300):
            with suppress(TimeoutError):
                self.send(b"x")
                self.is_over()
                break
        else:
            return False
        self.socket.settimeout(PATIENCE_S)
        return True

    def more(self) -> bool:
        """Hear some more bytes; False where the exchange has closed the connection."""
        try:
            some = self.socket.recv(1 << 16)
        except ConnectionResetError:  # closed while bytes of ours were on their way
            return False
        self.heard += some
        return bool(some)

    def is_over(self) -> bool:
        """Wait for what comes next: True where that is the end of the connection, False where it is more to hear."""
        return not self.heard and not self.more()

    def answer(self, *, without_body: bool = False) -> Answer:
        """Hear one answer, which must be whole and well-formed."""
        head, _, self.heard = self._until(lambda heard: b"\r\n\r\n" in heard).partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        status = STATUS_LINE.fullmatch(first)
        assert status, f"no status line: {first!r}"
        version, number, reason = (part.decode() for part in status.groups())
        answer = Answer(version, int(number), reason, tuple(map(header_of, lines)))
        if without_body or answer.status < 200:
            return answer
        length = int(answer.header("Content-Length"))
        self._until(lambda heard: len(heard) >= length)
        body, self.heard = self.heard[:length], self.heard[length:]
        return answer._replace(body=body)

    def answers(self) -> list[Answer]:
        """Hear every answer until the exchange closes the connection."""
        heard = []
        while not self.is_over():
            heard.append(self.answer())
        return heard

    def _until(self, is_enough: Callable[[bytes], bool]) -> bytes:
        while not is_enough(self.heard):
            assert self.more(), f"closed in the middle of an answer, after {self.heard!r}"
        return self.heard


def header_of(line: bytes) -> tuple[str, str]:
    """Take a header line apart."""
    header = HEADER.fullmatch(line)
    assert header, f"no header: {line!r}"
    return header[1].decode(), header[2].decode()


@contextmanager
def line_to(exchange: LiveExchange) -> Iterator[Line]:
    """Open a connection, and close it."""
    line = Line(exchange)
    with line.socket:
        yield line


def talk(exchange: LiveExchange, raw: bytes) -> list[Answer]:
    """Send the bytes, and hear every answer until the exchange closes the connection."""
    with line_to(exchange) as line:
        line.send(raw)
        return line.answers()


def ask(exchange: LiveExchange, raw: bytes) -> Answer:
    """Send the bytes, hear the one answer to them, and see the connection closed."""
    (answer,) = talk(exchange, raw)
    return answer


def request(
    target: bytes = SAPI, *headers: bytes, method: bytes = b"GET", version: bytes = b"HTTP/1.1", body: bytes = b""
) -> bytes:
    """Write a request with Alice's key and these headers; a body's length is told, unless it is sent in chunks."""
    lines = [b" ".join((method, target, version)), b"Host: 127.0.0.1", KEY, *headers]
    if body and CHUNKED not in headers:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join((*lines, b"", body))


def last(target: bytes = SAPI, *headers: bytes, method: bytes = b"GET", body: bytes = b"") -> bytes:
    """Write a request after which the connection is to be closed."""
    return request(target, CLOSE, *headers, method=method, body=body)


def papi_target(query: str, body: bytes = b"") -> bytes:
    """Write PAPI's target with a signature over the bytes of query and body, reckoned apart from mockex."""
    signature = hmac.digest(alice.ALICE.secret.encode(), query.encode() + body, "sha256").hex()
    return f"{alice.PAPI_PATH}?{query}&signature={signature}".encode()


def nginx_page(title: str) -> bytes:
    """Write nginx's own page of an error."""
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    ).encode()


def is_the_page(answer: Answer, title: str) -> bool:
    """Say whether the answer is nginx's own page of this error."""
    told = (answer.status, answer.header("Server"), answer.header("Content-Type"), answer.body)
    return told == (int(title[:3]), "nginx", "text/html", nginx_page(title))
