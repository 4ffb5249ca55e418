"""mockex's own calls, under /_mockex/: garbage sent to them is answered in one sentence, as JSON, and harms nobody."""

import socket
import struct
import time
from typing import Any

import pytest
from msgspec import json

from mockex.testing import LiveExchange
from tests.wire.line import CHUNKED, CLOSE, KEY, PAPI, SAPI, Answer, ask, last, line_to, request, talk

WORLDS = b"/_mockex/worlds"
WORLD = WORLDS + b"/default"
FAULTS = WORLD + b"/faults"
JOURNAL = WORLD + b"/journal"

NO_JSON = [
    b"{",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"1e999",
    b"[" * 5_000,
    b'{"\xff":1}',
    b'{"a":' * 5_000,
    b"\x00",
    b'"\\ud800"',
]


def mistake(answer: Answer) -> str:
    """Read the sentence that says what is wrong."""
    assert 400 <= answer.status < 500
    assert answer.header("Content-Type") == "application/json"
    said: dict[str, Any] = json.decode(answer.body)
    assert list(said) == ["error"]
    return str(said["error"])


@pytest.mark.parametrize("target", [WORLDS, WORLD, WORLD + b"/clock", FAULTS, JOURNAL + b"/verify", JOURNAL + b"/wait"])
@pytest.mark.parametrize("body", NO_JSON, ids=lambda body: repr(body[:8]))
def test_a_body_that_is_not_what_is_taken_is_a_mistake(exchange: LiveExchange, target: bytes, body: bytes) -> None:
    """Whatever else than the JSON of its type a call is sent, it says so, and does nothing."""
    assert mistake(ask(exchange, last(target, method=b"POST", body=body)))


@pytest.mark.parametrize("body", [b"", b"=", b"\xff", b"title = 1", b"title = 'x'\x00", b"a = " + b"[" * 3_000])
def test_a_scenario_that_is_none_is_a_mistake(exchange: LiveExchange, body: bytes) -> None:
    """A new world of TOML that cannot be read, or is no scenario, is not opened."""
    raw = last(WORLDS, b"Content-Type: application/toml", method=b"POST", body=body)
    assert mistake(ask(exchange, raw))
    assert list(exchange.exchange.worlds.by_name) == ["default"]


@pytest.mark.parametrize(
    "target",
    [
        WORLDS + b"/%ff",
        WORLDS + b"/%00/clock",
        WORLD + b"/accounts/" + b"9" * 5_000 + b"/loan",
        WORLD + b"/accounts/1/%ff",
        JOURNAL + b"?last=" + b"9" * 5_000,
        JOURNAL + b"?last=%D9%A1x&status=%ff",
        JOURNAL + b"?format=%00",
        JOURNAL + b"/" + b"9" * 5_000 + b"/explain",
        JOURNAL + b"/%ff/explain",
        b"/_mockex/%2e%2e/",
        b"/_mockex//",
    ],
)
def test_an_odd_name_or_number_is_a_mistake(exchange: LiveExchange, target: bytes) -> None:
    """Names of worlds, accounts and calls that nobody has, and numbers that are none, are told apart from answers."""
    assert mistake(ask(exchange, last(target)))


@pytest.mark.parametrize("host", [b"", b"[", b"\xff", b"example.com", b"127.0.0.1.example.com", b"x" * 8_000])
def test_another_host_is_not_let_in(exchange: LiveExchange, host: bytes) -> None:
    """A Host that is not this machine's, or is none, is kept out."""
    assert mistake(ask(exchange, last(b"/_mockex/health").replace(b"Host: 127.0.0.1", b"Host: " + host)))


@pytest.mark.parametrize("form", [b"json", b"curl", b"har"])
def test_a_journal_of_odd_calls_can_be_told(exchange: LiveExchange, form: bytes) -> None:
    """Calls with bytes that are no text, in headers, bodies and escapes, stand in the journal and can be told of it."""
    odd = bytes(range(128, 256))
    calls = [
        request(PAPI, b"X: " + odd, b"Cookie: " + odd, body=odd + b"%ff&signature=" + odd),
        request(PAPI, CHUNKED, method=b"POST", body=b"3\r\n\xff\x00'\r\n0\r\n\r\n"),
        request(SAPI + b"&%ff=%00'\"\\`$(x)").replace(KEY, b"X-MBX-APIKEY: " + odd),
        request(b"/%ff%00?signature=&%73ignature=x&&="),
    ]
    talk(exchange, b"".join(calls) + last())
    answer = ask(exchange, last(JOURNAL + b"?last=5&timing=&format=" + form))
    assert answer.status == 200
    assert json.decode(answer.body)


def test_every_odd_call_can_be_explained(exchange: LiveExchange) -> None:
    """The doctor has something to say of every call that was refused, however odd."""
    odd = [
        SAPI + b"x",
        SAPI + b"&%ff",
        b"/sapi/v1/portfolio/pmLoan?signature=%00&timestamp=%zz",
        b"/%00",
        PAPI + b"&" * 99,
    ]
    for target in odd:
        assert ask(exchange, last(target, body=b"\xff\x00" if target.startswith(b"/papi") else b"")).status >= 400
        seq = b"%d" % exchange.exchange.world.journal.written
        assert ask(exchange, last(JOURNAL + b"/" + seq + b"/explain")).status == 200


def test_too_large_a_body_hears_413(exchange: LiveExchange) -> None:
    """A body beyond the limit of mockex's own calls is refused in its own words, and its sender is not reset."""
    with line_to(exchange) as line:
        line.send(request(WORLDS, method=b"POST", body=bytes(17 << 20)))
        answer = line.answer()
    assert (answer.status, mistake(answer)) == (413, "a body has at most 16 MiB")


@pytest.mark.parametrize("how", [b"Content-Length: 9", CHUNKED])
def test_a_slow_body_hears_408(exchange: LiveExchange, monkeypatch: pytest.MonkeyPatch, how: bytes) -> None:
    """mockex's own calls wait for a body no longer than the exchange does."""
    monkeypatch.setattr("mockex.server.shell.BODY_TIMEOUT_S", 0.1)
    monkeypatch.setattr("mockex.server.control.BODY_TIMEOUT_S", 0.1, raising=False)
    with line_to(exchange) as line:
        line.socket.settimeout(3)
        line.send(request(FAULTS, how, method=b"POST") + b"3\r\n{")
        assert line.answer().status == 408


def test_who_leaves_in_the_middle_of_a_body_is_let_go(exchange: LiveExchange) -> None:
    """Nobody waits ten seconds for the rest of a body that can never come: the connection ends at once."""
    with line_to(exchange) as line:
        line.socket.settimeout(3)
        line.send(request(FAULTS, b"Content-Length: 9", b"Expect: 100-continue", method=b"POST") + b"{")
        assert line.answer().status == 100  # the body is being waited for
        line.stop_sending()
        assert [answer.status for answer in line.answers()] in ([], [400])


def test_a_client_that_asks_first_is_told_to_go_on(exchange: LiveExchange) -> None:
    """curl expects 100-continue for a long scenario; it hears 100, sends it, and hears what is wrong with it."""
    with line_to(exchange) as line:
        line.socket.settimeout(3)
        headers = (CLOSE, b"Content-Type: application/toml", b"Expect: 100-continue", b"Content-Length: 1")
        line.send(request(WORLDS, *headers, method=b"POST"))
        assert line.answer().status == 100
        line.send(b"=")
        (answer,) = line.answers()
    assert mistake(answer)


@pytest.mark.parametrize("reset", [False, True], ids=["closes", "resets"])
def test_a_client_that_leaves_in_the_middle_of_its_body_leaves_no_trace(exchange: LiveExchange, reset: bool) -> None:
    """A connection that ends before its body does is forgotten; the log stays empty."""
    with line_to(exchange) as line:
        line.send(request(FAULTS, b"Content-Length: 9", method=b"POST") + b"{")
        time.sleep(0.02)
        if reset:
            line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    time.sleep(0.02)


def test_a_client_that_leaves_while_it_follows_leaves_no_trace(exchange: LiveExchange) -> None:
    """Who follows a journal may go at any time; within the next calls nobody listens for it any more."""
    with line_to(exchange) as line:
        line.send(request(JOURNAL + b"/follow"))
        while b": following" not in line.heard:
            assert line.more()
        assert len(exchange.exchange.world.journal.listeners) == 1
    for _ in range(100):
        assert ask(exchange, last()).status == 200
        if not exchange.exchange.world.journal.listeners:
            break
        time.sleep(0.01)
    assert not exchange.exchange.world.journal.listeners
