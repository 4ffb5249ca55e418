"""What is no HTTP, or not quite: every head that a gateway's door turns away, and those it lets in all the same."""

import pytest
from msgspec import json

from mockex.core.bounds import MAX_HEADER_BYTES, MAX_HEADERS, MAX_TARGET_BYTES
from mockex.server.listening import bind
from mockex.server.runner import Runner
from mockex.server.shell import exchange_handler
from mockex.testing import LiveExchange
from tests import alice
from tests.wire.line import CLOSE, KEY, PAPI, SAPI, ask, is_the_page, last, line_to, request, talk

TLS_HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(193)

NO_HTTP = {
    "the hello of TLS": TLS_HELLO,
    "NULs": bytes(100),
    "bytes above ASCII": b"\xff\xfe\xfd\xfc" * 25,
    "the greeting of another protocol": b"EHLO exchange\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an unknown method": b"FOO / HTTP/1.1\r\nHost: exchange\r\n\r\n",
    "an endless method": b"A" * 9_000,
    "a method in lower case": b"get / HTTP/1.1\r\nHost: exchange\r\n\r\n",
    "no method": b" / HTTP/1.1\r\nHost: exchange\r\n\r\n",
    "no target": b"GET HTTP/1.1\r\nHost: exchange\r\n\r\n",
    "another protocol's name": b"GET / XMPP/1.0\r\n\r\n",
    "HTTP/0.9": b"GET /papi/v1/ping\r\n\r\n",
    "HTTP/0.9 by name": b"GET /papi/v1/ping HTTP/0.9\r\n\r\n",
    "HTTP/1.2": request(version=b"HTTP/1.2"),
    "HTTP/2.0": request(version=b"HTTP/2.0"),
    "HTTP/11.1": request(version=b"HTTP/11.1"),
    "lines that end in LF alone": request().replace(b"\r\n", b"\n"),
    "a blank in the target": request(b"/sapi/ x"),
    "a NUL in the target": request(b"/sapi/\x00"),
    "a control character in the target": request(b"/sapi/\x01"),
    "bytes that are no ASCII in the target": request("/sapi/é?ö=1".encode()),
    "bytes that are no UTF-8 in the target": request(b"/sapi/\xff\xfe?\xc3\x28=\x80"),
    "bytes that are no UTF-8 in a target of mockex's own": request(b"/_mockex/\xff"),
    "a star for a target": request(b"*"),
    "a proxy's target with a port above 65,535": request(b"http://exchange:99999" + SAPI),
    "a proxy's target with half an address": request(b"http://[::1" + SAPI),
    "a proxy's target with no host": request(b"http:///x"),
    "no Host": b"GET /papi/v1/ping HTTP/1.1\r\n\r\n",
    "two Hosts": request(SAPI, b"Host: exchange"),
    "a header without a colon": request(SAPI, b"X"),
    "a header without a name": request(SAPI, b": x"),
    "a blank before the colon": request(SAPI, b"X : x"),
    "a byte that is no ASCII in a header's name": request(SAPI, b"X\xff: x"),
    "a NUL in a header": request(SAPI, b"X: a\x00b"),
    "a header folded over two lines": request(SAPI, b"X: a", b" b"),
    "a header that is too long": request(SAPI, b"X: " + b"x" * (MAX_HEADER_BYTES + 1)),
    "a header's name that is too long": request(SAPI, b"X" * (MAX_HEADER_BYTES + 1) + b": x"),
    "too many headers": request(SAPI, *(b"X-%d: x" % n for n in range(MAX_HEADERS - 1))),
    "too many headers of one name": request(SAPI, *[b"X: x"] * (MAX_HEADERS - 1)),
}


@pytest.mark.parametrize("raw", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_http_hears_400(exchange: LiveExchange, raw: bytes) -> None:
    """The answer is nginx's page, one for all that was sent, and the connection is closed."""
    assert is_the_page(ask(exchange, raw), "400 Bad Request")


def test_a_target_may_fill_the_buffer_and_no_more(exchange: LiveExchange) -> None:
    """A target of exactly the limit is answered by the gateway; one byte more hears nginx's 414."""
    longest = b"/sapi/" + b"x" * (MAX_TARGET_BYTES - 6)
    assert ask(exchange, last(longest)).header("X-Cache") == "Error from cloudfront"
    assert is_the_page(ask(exchange, last(longest + b"x")), "414 Request-URI Too Large")


def test_a_target_that_never_ends_hears_414(exchange: LiveExchange) -> None:
    """Nobody waits for the end of a line that is too long already."""
    assert is_the_page(ask(exchange, b"GET /" + b"x" * MAX_TARGET_BYTES), "414 Request-URI Too Large")


def test_headers_may_fill_their_bounds(exchange: LiveExchange) -> None:
    """The longest header and the greatest number of headers are let in, in a plain call and in one that is none."""
    assert ask(exchange, last(SAPI, b"X: " + b"x" * (MAX_HEADER_BYTES - 1))).status == 200
    plain = [b"X-%d: x" % n for n in range(MAX_HEADERS - 3)]
    of_one_name = [b"X: x"] * (MAX_HEADERS - 3)
    assert ask(exchange, last(SAPI, *plain)).status == 200
    assert ask(exchange, last(SAPI, *of_one_name)).status == 200


def test_the_first_of_two_keys_counts(exchange: LiveExchange) -> None:
    """A second X-MBX-APIKEY changes nothing, be it the right one or not."""
    second_is_wrong = last(SAPI, b"X-MBX-APIKEY: nobody")
    first_is_wrong = second_is_wrong.replace(KEY, b"X-MBX-APIKEY: somebody")
    assert ask(exchange, second_is_wrong).status == 200
    assert ask(exchange, first_is_wrong).code == -2014


@pytest.mark.parametrize("value", [b"\xff" * 64, "é".encode() * 32, "é".encode() * 64, b"", b"\t ", b"x" * 8_000])
def test_a_key_of_any_bytes_is_malformed(exchange: LiveExchange, value: bytes) -> None:
    """A key that is not 64 letters and digits is malformed, whatever its bytes are."""
    assert ask(exchange, last().replace(KEY, b"X-MBX-APIKEY: " + value)).code == -2014


def test_a_header_of_any_bytes_is_none_of_the_gateways_business(exchange: LiveExchange) -> None:
    """Bytes that are no UTF-8, in headers that nobody reads and in some that are read, do no harm."""
    odd = b"\xff\xfe\x80"
    assert ask(exchange, last(SAPI, b"X: " + odd, b"Accept: " + odd, b"X-Forwarded-For: " + odd)).status == 200


def test_a_proxys_target_is_answered_as_a_path(exchange: LiveExchange) -> None:
    """A target with scheme and host, as clients send to a proxy, means the same as the path in it."""
    assert ask(exchange, last(b"http://papi.binance.com" + PAPI)).status == 200
    assert ask(exchange, last(b"https://api.binance.com" + SAPI)).status == 200
    assert ask(exchange, last(b"http://api.binance.com")).status == 404


@pytest.mark.parametrize(
    ("method", "target"), [(b"OPTIONS", b"*"), (b"CONNECT", b"exchange:443"), (b"CONNECT", b"/x"), (b"TRACE", SAPI)]
)
def test_a_method_for_other_servers_is_refused(exchange: LiveExchange, method: bytes, target: bytes) -> None:
    """What no gateway does hears a 4xx, and the connection is good for the next call."""
    with line_to(exchange) as line:
        line.send(request(target, method=method))
        assert 400 <= line.answer().status < 500
        line.send(last())
        assert [answer.status for answer in line.answers()] == [200]


@pytest.mark.parametrize(("target", "status"), [(PAPI, 404), (SAPI, 405), (b"/api/v3/time", 404)])
def test_head_hears_the_headers_and_no_body(exchange: LiveExchange, target: bytes, status: int) -> None:
    """HEAD is a wrong method; its answer ends with its headers, so that the next answer begins right behind them."""
    with line_to(exchange) as line:
        line.send(request(target, method=b"HEAD"))
        assert line.answer(without_body=True).status == status
        line.send(last())
        assert [answer.status for answer in line.answers()] == [200]


def test_empty_lines_before_the_request_are_skipped(exchange: LiveExchange) -> None:
    """RFC 9112, 2.2: "a server … SHOULD ignore at least one empty line (CRLF) received prior to the request-line"."""
    assert ask(exchange, b"\r\n\r\n\r\n" + last()).status == 200


@pytest.mark.parametrize(
    "raw", [request(version=b"HTTP/1.0"), b"\x00", last()], ids=["HTTP/1.0", "no HTTP", "HTTP/1.1"]
)
def test_every_answer_is_http_1_1(exchange: LiveExchange, raw: bytes) -> None:
    """nginx and Tengine answer in HTTP/1.1, whatever they were asked in."""
    assert ask(exchange, raw).version == "1.1"


def test_http_1_0_may_keep_the_connection(exchange: LiveExchange) -> None:
    """A connection of HTTP/1.0 is closed after the answer, unless the client asks for more and is told that it may."""
    assert ask(exchange, request(version=b"HTTP/1.0")).header("Connection") == "close"
    first, second = talk(exchange, request(SAPI, b"Connection: keep-alive", version=b"HTTP/1.0") + last())
    assert (first.header("Connection"), second.header("Connection")) == ("keep-alive", "close")


async def test_a_forwarded_ip_of_any_bytes_can_be_quoted() -> None:
    """Behind a proxy, an X-Forwarded-For that is no UTF-8 does not keep PAPI from quoting it in its -2015."""
    import asyncio

    listening = bind("127.0.0.1", 0)
    async with Runner(exchange_handler(alice.exchange(), behind_proxy=True), listening, grace_s=0.1):
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        stranger = b"X-MBX-APIKEY: " + b"x" * 64
        writer.write(request(PAPI, CLOSE, b"X-Forwarded-For: \xff\xfe").replace(KEY, stranger))
        raw = await asyncio.wait_for(reader.read(), 3)
        writer.close()
        await writer.wait_closed()
    head, _, body = raw.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 401 ")
    assert json.decode(body)["code"] == -2015
