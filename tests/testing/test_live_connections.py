"""What a live exchange knows and does of its connections: counted, dropped, served over TLS."""

import asyncio
import logging
import socket
import ssl
from contextlib import suppress
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mockex.core.faults import Fault
from mockex.core.hostile_wire import HangUp, Latency, Reset
from mockex.testing import LiveExchange
from mockex.testing.certificates import Authority, Certificate
from mockex.testing.client import Client, UnreachableError

PING = "/papi/v1/ping"


def kept(exchange: LiveExchange, method: str = "GET") -> HTTPConnection:
    """Make a connection that has asked once."""
    line = HTTPConnection(urlsplit(exchange.url).netloc, timeout=10)
    asked(line, method)
    return line


def asked(line: HTTPConnection, method: str = "GET") -> int:
    """Ask on a connection, which stays."""
    line.request(method, PING)
    with line.getresponse() as response:
        response.read()
        return response.status


def is_closed(line: HTTPConnection) -> bool:
    """Say whether the other side has closed; waits until there is something to say."""
    assert isinstance(line.sock, socket.socket)
    return line.sock.recv(1) == b""


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_connections_are_counted(method: str) -> None:
    """Those that clients hold open, plain or not: none at first, one for each, none once they are closed."""
    with LiveExchange() as exchange:
        assert exchange.connections == 0
        lines = [kept(exchange, method) for _ in range(3)]
        assert exchange.connections == 3
        for line in lines:
            line.close()
        kept(exchange, method).close()  # by now the loop has heard of those before
        assert exchange.connections <= 1


def test_idle_connections_are_dropped() -> None:
    """Their clients hear the end, be they plain or not, and may connect anew."""
    with LiveExchange() as exchange:
        lines = [kept(exchange, method) for method in ("GET", "OPTIONS")]
        exchange.drop()
        assert exchange.connections == 0
        assert all(map(is_closed, lines))
        for line in lines:
            line.close()
            assert asked(line) == 200
            line.close()


def test_a_call_in_flight_is_not_dropped() -> None:
    """It is answered, and its connection stays."""
    with LiveExchange() as exchange:
        exchange.faults.add(Fault(effect=Latency(ms=200)))
        line = HTTPConnection(urlsplit(exchange.url).netloc, timeout=10)
        line.request("GET", PING)
        exchange.journal.wait()
        exchange.drop()
        with line.getresponse() as response:
            assert response.status == 200
            response.read()
        assert asked(line) == 200
        line.close()


def secured(exchange: LiveExchange, authority: Authority) -> Client:
    """Make a client that trusts the authority, and does not wait before it tries again."""
    at_once = exchange.clock.asleep
    return Client(exchange.url, exchange.signer(), timeout_s=5.0, ca_file=str(authority.ca_file), sleep=at_once)


async def test_an_exchange_is_served_over_tls(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """From a thread or in the loop, its URL is https; who trusts its authority is answered, and nothing is logged."""
    authority = Authority(tmp_path)
    exchange = LiveExchange(tls=authority.context())
    with caplog.at_level(logging.WARNING):
        with exchange:
            assert exchange.url.startswith("https://127.0.0.1:")
            async with secured(exchange, authority) as client:
                loan = await client.loan()
        async with exchange, secured(exchange, authority) as client:
            assert await client.loan() == loan
    assert [entry.status for entry in exchange.journal] == [200, 200]
    assert not caplog.records


@pytest.mark.parametrize("effect", [None, Latency(ms=600_000), HangUp()], ids=str)
def test_who_ends_a_line_over_tls_is_not_complained_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, effect: Latency | HangUp | None
) -> None:
    """A line over TLS cannot be half closed: whenever a client says that it is over, nothing is logged."""
    authority = Authority(tmp_path)
    with caplog.at_level(logging.WARNING), LiveExchange(tls=authority.context()) as exchange:
        if effect is not None:
            exchange.faults.add(Fault(effect=effect))
        context = ssl.create_default_context(cafile=authority.ca_file)
        at = urlsplit(exchange.url)
        with (
            socket.create_connection((at.hostname, at.port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=at.hostname) as line,
        ):
            line.sendall(b"GET /papi/v1/time HTTP/1.1\r\nHost: x\r\n\r\n")
            if effect is None:
                assert line.recv(12) == b"HTTP/1.1 200"
            with suppress(OSError):
                line.unwrap()  # says that it is over, and waits until the other side says so
    assert not caplog.records


def test_who_says_all_in_one_breath_over_tls_is_answered(tmp_path: Path) -> None:
    """A request and the end of it may be read in the same turn of the loop: the answer comes first, then the end."""
    authority = Authority(tmp_path)
    context = ssl.create_default_context(cafile=authority.ca_file)
    with LiveExchange(tls=authority.context()) as exchange:
        at = urlsplit(exchange.url)
        address = (at.hostname, at.port)
        with (
            socket.create_connection(address, timeout=10) as other,
            context.wrap_socket(other, server_hostname=at.hostname),  # who is alone has no turn to wait for
            socket.create_connection(address, timeout=10) as line,
        ):
            heard, said = ssl.MemoryBIO(), ssl.MemoryBIO()
            client = context.wrap_bio(heard, said, server_hostname=at.hostname)
            while not shaken(client):
                line.sendall(said.read())
                heard.write(line.recv(1 << 16))
            client.write(b"GET /papi/v1/time HTTP/1.1\r\nHost: x\r\n\r\n")
            with suppress(ssl.SSLWantReadError):
                client.unwrap()
            line.sendall(said.read())
            while some := line.recv(1 << 16):
                heard.write(some)
            assert client.read(12) == b"HTTP/1.1 200"


def shaken(client: ssl.SSLObject) -> bool:
    """Go on with a handshake; say whether it is over."""
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


@pytest.mark.parametrize("certificate", ["unknown", "misnamed", "expired"])
async def test_a_wrong_certificate_is_refused(tmp_path: Path, certificate: Certificate) -> None:
    """By a client that looks at it; no call arrives."""
    authority = Authority(tmp_path)
    with LiveExchange(tls=authority.context(certificate)) as exchange:
        async with secured(exchange, authority) as client:
            with pytest.raises(UnreachableError, match="Certificate"):
                await client.loan()
        assert len(exchange.journal) == 0


async def test_a_right_certificate_names_the_machine(tmp_path: Path) -> None:
    """By its address and as localhost."""
    authority = Authority(tmp_path)
    context = ssl.create_default_context(cafile=authority.ca_file)
    async with LiveExchange(tls=authority.context()) as exchange:
        for name in ("127.0.0.1", "localhost"):
            port = urlsplit(exchange.url).port
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
            writer.close()
            await writer.wait_closed()


def test_faults_strike_over_tls(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A reset is one, and a hang-up ends what was said; idle connections are dropped, and nothing is logged."""
    authority = Authority(tmp_path)
    with LiveExchange(tls=authority.context()) as exchange:
        context = ssl.create_default_context(cafile=authority.ca_file)
        line = HTTPSConnection(urlsplit(exchange.url).netloc, timeout=10, context=context)
        assert asked(line) == 200
        exchange.drop()
        assert is_closed(line)
        line.close()
        for effect, error in ((Reset(), ConnectionResetError), (HangUp(), ConnectionError)):
            exchange.faults.add(Fault(effect=effect, times=1))
            with pytest.raises(error):
                asked(line)
            line.close()
        assert asked(line) == 200
        line.close()
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]
