"""Bodies: where they are refused, how they are measured, and that one that never comes holds nobody up."""

import socket
import struct
import time
from gzip import compress

import pytest

from mockex.core.bounds import MAX_BODY_BYTES
from mockex.testing import LiveExchange
from tests import alice
from tests.wire.line import CHUNKED, CLOSE, PAPI, SAPI, ask, is_the_page, last, line_to, papi_target, request

QUERY = f"{alice.query_of(alice.RANGE)}&timestamp={alice.NOW_MS}"
BAD_LENGTHS = {
    "below zero": [b"Content-Length: -1"],
    "with a sign": [b"Content-Length: +1"],
    "a word": [b"Content-Length: one"],
    "empty": [b"Content-Length:"],
    "two numbers": [b"Content-Length: 1, 1"],
    "twice the same": [b"Content-Length: 1", b"Content-Length: 1"],
    "twice, not the same": [b"Content-Length: 1", b"Content-Length: 2"],
    "of thirty digits": [b"Content-Length: " + b"9" * 30],
    "beside chunks": [b"Content-Length: 1", CHUNKED],
    "chunks beside it": [CHUNKED, b"Content-Length: 1"],
    "chunked twice": [CHUNKED, CHUNKED],
    "a coding that is not chunked": [b"Transfer-Encoding: gzip"],
    "a coding after chunked": [b"Transfer-Encoding: chunked, gzip"],
}
BAD_CHUNKS = {
    "a size that is none": b"zz\r\nx=1\r\n0\r\n\r\n",
    "a size below zero": b"-1\r\nx=1\r\n0\r\n\r\n",
    "an endless size": b"f" * 20 + b"\r\nx=1\r\n0\r\n\r\n",
    "an empty size": b"\r\nx=1\r\n0\r\n\r\n",
    "more than its size": b"3\r\nx=1y=2\r\n0\r\n\r\n",
    "bytes of no protocol": bytes(64),
}
TOO_LONG = [MAX_BODY_BYTES + 1, 10**15, (1 << 64) - 2, (1 << 64) - 1]


@pytest.mark.parametrize("headers", BAD_LENGTHS.values(), ids=BAD_LENGTHS)
def test_a_body_of_no_sure_length_hears_400(exchange: LiveExchange, headers: list[bytes]) -> None:
    """Where two servers could disagree on the body's end, this one does not guess."""
    assert is_the_page(ask(exchange, request(PAPI, *headers) + b"1"), "400 Bad Request")


@pytest.mark.parametrize("chunks", BAD_CHUNKS.values(), ids=BAD_CHUNKS)
@pytest.mark.parametrize("sent_before", [b"", b"3\r\nx=1\r\n"], ids=["at once", "after a good chunk"])
def test_a_bad_chunk_hears_400(exchange: LiveExchange, chunks: bytes, sent_before: bytes) -> None:
    """A chunk that is none is told so in the same breath, when it comes with the head of its request."""
    assert is_the_page(ask(exchange, request(PAPI, CHUNKED) + sent_before + chunks), "400 Bad Request")


@pytest.mark.parametrize("chunks", BAD_CHUNKS.values(), ids=BAD_CHUNKS)
def test_a_late_bad_chunk_hears_408(exchange: LiveExchange, chunks: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the body is being waited for already, aiohttp tells nobody of a chunk that is none: the time runs out."""
    monkeypatch.setattr("mockex.server.shell.BODY_TIMEOUT_S", 0.05)
    with line_to(exchange) as line:
        line.send(request() + request(PAPI, CHUNKED) + b"3\r\nx=1\r\n")
        assert line.answer().status == 200
        line.send(chunks)
        (answer,) = line.answers()
    assert is_the_page(answer, "408 Request Time-out")


def test_chunks_may_have_extensions_and_trailers(exchange: LiveExchange) -> None:
    """What RFC 9112 allows around chunks is skipped: SAPI sees a body, and PAPI signs what is in the chunks."""
    chunks = b'3;name="a value"\r\nx=1\r\n0\r\nX-Trailer: x\r\n\r\n'
    assert ask(exchange, last(SAPI, CHUNKED, body=chunks)).status == 403
    target = papi_target(QUERY, b"x=1")
    assert ask(exchange, last(target, CHUNKED, body=chunks)).status == 200


def test_papi_signs_the_body_of_a_get(exchange: LiveExchange) -> None:
    """totalParams is query then body: parameters in the body are read, and a body that nobody signed is refused."""
    body = f"timestamp={alice.NOW_MS}".encode()
    assert ask(exchange, last(papi_target(alice.query_of(alice.RANGE), body), body=body)).status == 200
    assert ask(exchange, last(PAPI, body=b"x=1")).code == -1022


def test_a_compressed_body_is_signed_as_sent(exchange: LiveExchange) -> None:
    """Nobody unpacks a body, so that a small one cannot grow large; its bytes are the payload."""
    body = compress(bytes(1 << 20), mtime=0)
    target = papi_target(QUERY, body)
    assert ask(exchange, last(target, b"Content-Encoding: gzip", body=body)).status == 200
    assert ask(exchange, last(target, b"Content-Encoding: gzip", body=b"no gzip")).code == -1022


@pytest.mark.parametrize("target", [SAPI, b"/sapi/v1/unknown", b"/api/v3/time"])
def test_cloudfront_refuses_a_get_with_a_body(exchange: LiveExchange, target: bytes) -> None:
    """On api.binance.com a GET that carries a body hears CloudFront's page, before anybody looks at its path."""
    answer = ask(exchange, last(target, body=b"x=1"))
    assert (answer.status, answer.header("Server")) == (403, "CloudFront")
    assert b"<H1>403 ERROR</H1>" in answer.body
    assert b"Bad request.\n" in answer.body


def test_an_empty_body_is_none(exchange: LiveExchange) -> None:
    """A length of 0, written as one likes, is a GET without a body."""
    assert ask(exchange, last(SAPI, b"Content-Length: 0")).status == 200
    assert ask(exchange, last(SAPI, b"Content-Length: " + b"0" * 5_000)).status == 200
    assert ask(exchange, last(SAPI, b"Content-Length: " + b"0" * 5_000 + b"3") + b"x=1").status == 403


def test_the_largest_body_is_let_in(exchange: LiveExchange) -> None:
    """A body of exactly the limit is answered by the gateway, with its length told or in chunks."""
    body = b"x" * MAX_BODY_BYTES
    assert ask(exchange, last(PAPI, body=body)).code == -1022
    chunks = b"%x\r\n" % MAX_BODY_BYTES + body + b"\r\n0\r\n\r\n"
    assert ask(exchange, last(PAPI, CHUNKED, body=chunks)).code == -1022


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 16 << 20])
def test_a_larger_body_hears_413(exchange: LiveExchange, size: int) -> None:
    """A client that sends the whole of it before it listens still hears the 413, and no reset."""
    with line_to(exchange) as line:
        line.send(request(PAPI, method=b"POST", body=bytes(size)))
        assert is_the_page(line.answer(), "413 Request Entity Too Large")


def test_a_larger_body_in_chunks_hears_413(exchange: LiveExchange) -> None:
    """Where no length is told, the bytes are counted."""
    chunk = b"10000\r\n" + bytes(1 << 16) + b"\r\n"
    with line_to(exchange) as line:
        line.send(request(PAPI, CHUNKED, method=b"POST", body=chunk * 256 + b"0\r\n\r\n"))
        assert is_the_page(line.answer(), "413 Request Entity Too Large")


@pytest.mark.parametrize("length", [CHUNKED, b"Content-Length: 8388608"])
def test_who_goes_on_sending_is_not_reset(exchange: LiveExchange, length: bytes) -> None:
    """A client that has been refused may send some more of its body; resets would make clients drop the answer."""
    chunk = b"10000\r\n" + bytes(1 << 16) + b"\r\n"
    with line_to(exchange) as line:
        line.send(request(PAPI, length, method=b"POST") + chunk * 17)
        assert is_the_page(line.answer(), "413 Request Entity Too Large")
        for _ in range(3):
            line.send(chunk)
            time.sleep(0.01)


@pytest.mark.parametrize("length", TOO_LONG)
def test_a_length_that_is_too_large_hears_413_at_once(exchange: LiveExchange, length: int) -> None:
    """Nobody waits for a body whose told length is too large, be the number as large as it may."""
    with line_to(exchange) as line:
        line.send(request(PAPI, b"Content-Length: %d" % length))
        assert is_the_page(line.answer(), "413 Request Entity Too Large")


def test_a_client_that_asks_first_is_told_to_go_on(exchange: LiveExchange) -> None:
    """RFC 9110, 10.1.1: a client that expects 100-continue hears 100, sends its body, and hears the answer."""
    with line_to(exchange) as line:
        line.send(request(SAPI, CLOSE, b"Expect: 100-continue", b"Content-Length: 3"))
        assert line.answer().status == 100
        line.send(b"x=1")
        assert [answer.status for answer in line.answers()] == [403]


def test_a_client_that_asks_first_with_too_much_is_refused_first(exchange: LiveExchange) -> None:
    """Instead of 100, a client that announces too large a body hears the 413."""
    with line_to(exchange) as line:
        line.send(request(PAPI, b"Expect: 100-continue", b"Content-Length: %d" % (2 << 20)))
        assert line.answer().status == 413


def test_http_1_0_is_never_told_to_go_on(exchange: LiveExchange) -> None:
    """RFC 9110, 15.2: "a server MUST NOT send a 1xx response to an HTTP/1.0 client"."""
    raw = request(SAPI, b"Expect: 100-continue", version=b"HTTP/1.0", body=b"x=1")
    assert ask(exchange, raw).status == 403


@pytest.mark.parametrize("expect", [b"Expect: 200-ok", b"Expect: 100-continue", b"Expect:"])
def test_an_expectation_without_a_body_is_nobodys_business(exchange: LiveExchange, expect: bytes) -> None:
    """What is expected of a call that has no body changes nothing."""
    assert ask(exchange, last(SAPI, expect)).status == 200


@pytest.mark.parametrize("how", ["stalls", "trickles", "stalls in chunks"])
def test_a_slow_body_hears_408(exchange: LiveExchange, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """A body that is not there in time, even if some of it goes on coming, hears nginx's 408."""
    monkeypatch.setattr("mockex.server.shell.BODY_TIMEOUT_S", 0.1)
    with line_to(exchange) as line:
        if how == "stalls in chunks":
            line.send(request(PAPI, CHUNKED) + b"3\r\nx=")
        else:
            line.send(request(PAPI, b"Content-Length: 500") + b"x=")
        assert how != "trickles" or line.trickle()
        assert is_the_page(line.answer(), "408 Request Time-out")


@pytest.mark.parametrize("reset", [False, True], ids=["closes", "resets"])
def test_a_client_that_leaves_in_the_middle_of_its_body_leaves_no_trace(exchange: LiveExchange, reset: bool) -> None:
    """A connection that ends before its body does is forgotten; the log stays empty."""
    for body in (b"Content-Length: 9", CHUNKED):
        with line_to(exchange) as line:
            line.send(request(PAPI, body) + b"3\r\nx=")
            time.sleep(0.02)
            if reset:
                line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    time.sleep(0.02)
