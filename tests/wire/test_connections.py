"""Connections: many calls on one, clients that stall, that close one side, or that ask for another protocol."""

import time

import pytest
from msgspec import json

from mockex.testing import LiveExchange
from tests.wire.line import CHUNKED, PAPI, SAPI, Answer, is_the_page, last, line_to, request, talk

HALVES = {
    "nothing": b"",
    "half a method": b"GE",
    "half a target": b"GET /sapi",
    "a request line": b"GET / HTTP/1.1\r\n",
    "half a header": b"GET / HTTP/1.1\r\nHost: exch",
    "all headers but no end": request().removesuffix(b"\r\n"),
    "empty lines": b"\r\n" * 10,
}


def paths(count: int) -> list[bytes]:
    """Name so many paths that SAPI does not have, each of its own."""
    return [b"/sapi/%d" % n for n in range(count)]


def quoted(answers: list[Answer]) -> list[bytes]:
    """Read out of SAPI's 404s which paths they were asked for."""
    assert all(answer.status == 404 for answer in answers)
    return [json.decode(answer.body)["path"].encode() for answer in answers]


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
@pytest.mark.parametrize("before", [b"", request()], ids=["first", "second"])
def test_half_a_request_is_waited_for_and_no_longer(
    exchange: LiveExchange, monkeypatch: pytest.MonkeyPatch, before: bytes, half: bytes
) -> None:
    """After the idle timeout the connection is closed without a word, be the stalled request its first or second."""
    monkeypatch.setattr("mockex.server.gate.IDLE_TIMEOUT_S", 0.1)
    monkeypatch.setattr("mockex.server.line.IDLE_TIMEOUT_S", 0.1)
    began = time.monotonic()
    answers = talk(exchange, before + half)
    assert [answer.status for answer in answers] == [200] * bool(before)
    assert time.monotonic() - began > 0.08


def test_a_trickling_head_is_not_waited_for_longer(exchange: LiveExchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that sends its head byte by byte does not hold its connection beyond the idle timeout."""
    monkeypatch.setattr("mockex.server.gate.IDLE_TIMEOUT_S", 0.1)
    monkeypatch.setattr("mockex.server.line.IDLE_TIMEOUT_S", 0.1)
    with line_to(exchange) as line:
        line.send(b"GET /")
        assert line.trickle()
        assert line.is_over()


@pytest.mark.parametrize("raw", [request(), request(version=b"HTTP/1.0"), request(PAPI, CHUNKED, body=b"0\r\n\r\n")])
def test_who_has_said_all_still_hears_the_answer(exchange: LiveExchange, raw: bytes) -> None:
    """A client that shuts its own side in the same breath as its request is answered, then the connection is closed."""
    with line_to(exchange) as line:
        line.send(raw)
        line.stop_sending()
        assert [answer.status for answer in line.answers()] == [200]


def test_who_has_said_all_hears_every_answer(exchange: LiveExchange) -> None:
    """All pipelined calls are answered, though the client's side is shut before the first answer."""
    with line_to(exchange) as line:
        line.send(b"".join(map(request, paths(100))))
        line.stop_sending()
        assert quoted(line.answers()) == paths(100)


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
def test_who_leaves_in_the_middle_of_a_head_hears_nothing(exchange: LiveExchange, half: bytes) -> None:
    """Half a request can never become whole once the client's side is shut: the connection is closed at once."""
    with line_to(exchange) as line:
        line.send(half)
        line.stop_sending()
        assert line.answers() == []


def test_who_leaves_in_the_middle_of_a_body_is_let_go(exchange: LiveExchange) -> None:
    """Nobody waits for the rest of a body that can never come: the connection ends at once, with or without a 400."""
    with line_to(exchange) as line:
        line.send(request(PAPI, b"Content-Length: 9") + b"x=")
        line.stop_sending()
        assert [answer.status for answer in line.answers()] in ([], [400])


@pytest.mark.parametrize("count", [2, 31, 32, 33, 500])
def test_pipelined_calls_are_answered_in_order(exchange: LiveExchange, count: int) -> None:
    """So many requests in one packet get so many answers, each to its own request."""
    raw = b"".join(map(request, paths(count - 1))) + last(b"/sapi/last")
    assert quoted(talk(exchange, raw)) == [*paths(count - 1), b"/sapi/last"]


def test_pipelined_bodies_are_kept_apart(exchange: LiveExchange) -> None:
    """Bodies between pipelined requests, measured or in chunks, belong to their own."""
    one = request(b"/sapi/0", method=b"POST", body=b"GET / HTTP/1.1\r\n\r\n")
    two = request(b"/sapi/1", CHUNKED, method=b"POST", body=b"12\r\nGET / HTTP/1.1\r\n\r\n\r\n0\r\n\r\n")
    assert quoted(talk(exchange, one + two + last(b"/sapi/2"))) == paths(3)


def test_calls_can_be_cut_anywhere(exchange: LiveExchange) -> None:
    """Two requests that arrive byte by byte get the same two answers as in one packet."""
    with line_to(exchange) as line:
        for byte in request(SAPI) + last(b"/sapi/0"):
            line.send(bytes((byte,)))
        assert [answer.status for answer in line.answers()] == [200, 404]


@pytest.mark.parametrize("bad", [b"FOO / HTTP/1.1\r\n\r\n", request(SAPI, b"X")], ids=["method", "header"])
def test_one_bad_call_among_good_ones_ends_the_line(exchange: LiveExchange, bad: bytes) -> None:
    """It hears 400, those before it in the same packet are answered, and those behind it are not heard any more."""
    *answers, refusal = talk(exchange, b"".join(map(request, paths(3))) + bad + request(SAPI))
    assert quoted(answers) == paths(3)
    assert is_the_page(refusal, "400 Bad Request")


def test_a_call_right_before_what_is_no_call_is_lost(exchange: LiveExchange) -> None:
    """A limit: aiohttp forgets a call whose packet goes on with what does not even begin like another."""
    *answers, refusal = talk(exchange, b"".join(map(request, paths(3))) + b"\x00" + request(SAPI))
    assert quoted(answers) == paths(2)
    assert is_the_page(refusal, "400 Bad Request")


def test_a_refused_call_does_not_end_the_line(exchange: LiveExchange) -> None:
    """What a gateway refuses, unlike what is no HTTP, leaves the connection open for the next call."""
    raw = request(PAPI + b"x") + request(b"/papi/") + request(SAPI, method=b"PUT") + last()
    assert [answer.status for answer in talk(exchange, raw)] == [400, 404, 405, 200]


UPGRADES = {
    "websocket": [b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="],
    "HTTP/2, as Java's client asks": [
        b"Connection: Upgrade, HTTP2-Settings",
        b"Upgrade: h2c",
        b"HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA",
    ],
    "anything": [b"Connection: Upgrade", b"Upgrade: \xff\xfe"],
}


@pytest.mark.parametrize("headers", UPGRADES.values(), ids=UPGRADES)
def test_an_upgrade_is_not_taken(exchange: LiveExchange, headers: list[bytes]) -> None:
    """A call that asks for another protocol is answered in this one, and so is the next, sent after the answer."""
    with line_to(exchange) as line:
        for body in (b"", b"x=1"):
            line.send(request(SAPI, *headers, body=body))
            assert line.answer().status == (403 if body else 200)
        line.send(last())
        assert [answer.status for answer in line.answers()] == [200]


@pytest.mark.parametrize("headers", UPGRADES.values(), ids=UPGRADES)
def test_what_follows_an_upgrade_is_heard(exchange: LiveExchange, headers: list[bytes]) -> None:
    """Calls that come in one packet with one that asks for another protocol are answered too."""
    raw = request(b"/sapi/0", *headers) + request(b"/sapi/1") + last(b"/sapi/2")
    assert quoted(talk(exchange, raw)) == paths(3)


@pytest.mark.parametrize("late", [1, 2, 3, 4])
def test_what_follows_the_late_end_of_an_upgrade_is_heard(exchange: LiveExchange, late: int) -> None:
    """The same holds where the last bytes of the head that asks come in a later packet, together with the next call."""
    asking = request(b"/sapi/1", *UPGRADES["HTTP/2, as Java's client asks"])
    with line_to(exchange) as line:
        line.send(request(b"/sapi/0") + asking[:-late])
        assert quoted([line.answer()]) == [b"/sapi/0"]
        line.send(asking[-late:] + last(b"/sapi/2"))
        assert quoted(line.answers()) == [b"/sapi/1", b"/sapi/2"]


def test_what_is_right_behind_the_body_of_an_upgrade_is_lost(exchange: LiveExchange) -> None:
    """A limit: of a packet, aiohttp forgets the call behind a body whose head asks for a protocol it does not know."""
    asking = request(b"/sapi/0", *UPGRADES["anything"], method=b"POST", body=b"x=1")
    assert quoted(talk(exchange, asking + request(b"/sapi/lost") + last(b"/sapi/1"))) == paths(2)
