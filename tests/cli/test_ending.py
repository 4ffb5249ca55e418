"""How `mockex serve` ends: at once where nobody waits, with a grace where somebody does, and never with a trace."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals
from time import sleep
from urllib.parse import urlsplit

import pytest

from mockex.core.bounds import SHUTDOWN_GRACE_S
from tests.cli.running import Ended, connected, get, serving

AT_ONCE_S = 1.5
"""Well below the grace, and enough for a machine that has other things to do."""
Loop = tuple[str, ...]
SIGNALS = pytest.mark.parametrize("signum", [SIGINT, SIGTERM])


@pytest.fixture(params=[(), ("--no-uvloop",)], ids=["uvloop", "asyncio"])
def on(request: pytest.FixtureRequest) -> Loop:
    """Let a server run on either loop."""
    loop: Loop = request.param
    return loop


def address_of(url: str) -> tuple[str, int]:
    """Give host and port."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


@contextmanager
def call_in_flight(url: str) -> Iterator[socket.socket]:
    """Send half of a call's body, and make sure that the server has begun to read it."""
    with closing(socket.create_connection(address_of(url), timeout=10)) as half:
        half.sendall(b"POST /sapi/v1/nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\na=")
        sleep(0.1)
        # Who asks later is answered later: when the ping is, the half call has been read.
        assert get(url, "/api/v3/ping") == (200, {})
        yield half


def answer_on(half: socket.socket) -> bytes:
    """Read an answer to the end of its connection."""
    answer = b""
    while received := half.recv(65_536):
        answer += received
    return answer


def is_quiet_and_good(ended: Ended) -> bool:
    """Say whether a server ended with 0 and said nothing."""
    return (ended.code, ended.stdout, ended.stderr) == (0, "", "")


@SIGNALS
def test_a_signal_ends_it_at_once(on: Loop, signum: Signals) -> None:
    """Either signal ends a server with 0, in silence; connections that are only kept alive do not hold it up."""
    with serving("--port", "0", "--json", *on) as server:
        idle = connected(server.hello()["url"])
        idle.request("GET", "/api/v3/ping")
        assert json.loads(idle.getresponse().read()) == {}
        with closing(idle):
            ended = server.end(signum)
    assert is_quiet_and_good(ended), ended
    assert ended.seconds < AT_ONCE_S


@SIGNALS
def test_a_call_in_flight_gets_its_answer(on: Loop, signum: Signals) -> None:
    """A call whose body is half sent when the signal comes may send the rest and is answered; no new one comes."""
    with serving("--port", "0", "--json", *on) as server:
        url = server.hello()["url"]
        with call_in_flight(url) as half:
            since = server.signal(signum)
            sleep(0.3)
            assert server.process.poll() is None
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(address_of(url), timeout=5)
            half.sendall(b"1&")
            answer = answer_on(half)
            ended = server.ended(since)
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["path"] == "/sapi/v1/nowhere"
    assert is_quiet_and_good(ended), ended
    assert ended.seconds < SHUTDOWN_GRACE_S


def test_the_grace_has_an_end(on: Loop) -> None:
    """A call that never sends the rest of its body does not keep the server."""
    with serving("--port", "0", "--json", *on) as server, call_in_flight(server.hello()["url"]):
        ended = server.end()
    assert is_quiet_and_good(ended), ended
    assert SHUTDOWN_GRACE_S - 0.5 < ended.seconds < 2 * SHUTDOWN_GRACE_S


@pytest.mark.parametrize(("first", "second"), [(SIGINT, SIGINT), (SIGTERM, SIGTERM)])
def test_a_second_signal_waits_for_nobody(on: Loop, first: Signals, second: Signals, tmp_path: Path) -> None:
    """A second signal ends the grace: at once, without a trace, and the generated private keys are gone as well."""
    file = tmp_path / "generating.toml"
    file.write_text('title = "Generated"\n[[accounts]]\nuid = 1\ngenerate = { keys = ["Ed25519"] }\n')
    arguments = ("--port", "0", "--json", "--scenario", str(file), *on)
    with serving(*arguments, variables={"TMPDIR": str(tmp_path)}) as server, call_in_flight(server.hello()["url"]):
        server.signal(first)
        sleep(0.2)
        assert server.process.poll() is None
        ended = server.ended(server.signal(second))
    assert ended.seconds < AT_ONCE_S
    assert ended.stdout == ""
    assert ended.stderr.strip() == ""  # a line break after a terminal's ^C is no harm
    assert list(tmp_path.iterdir()) == [file]


def test_connection_of_the_last_moment_does_not_hold_it_up(on: Loop) -> None:
    """Connections that are taken in just as the signal comes, and ask nothing, are closed like those that idle."""
    with serving("--port", "0", "--json", *on) as server, ExitStack() as opened:
        address = address_of(server.hello()["url"])
        for _ in range(20):
            opened.enter_context(closing(socket.create_connection(address)))
        ended = server.end()
    assert is_quiet_and_good(ended), ended
    assert ended.seconds < AT_ONCE_S


def test_the_port_is_free_again_at_once(on: Loop) -> None:
    """A server that was ended can be started anew on its port, though a connection of it still lingers."""
    with serving("--port", "0", "--json", *on) as server:
        url = server.hello()["url"]
        with closing(socket.create_connection(address_of(url))):
            assert is_quiet_and_good(server.end())
    with serving("--port", str(address_of(url)[1]), "--json", *on) as server:
        assert server.hello()["url"] == url
