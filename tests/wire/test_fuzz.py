"""Bytes that nobody thought of: whatever is sent, what comes back is well-formed, a 200 or a 4xx, and no hang."""

import select
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from logging import WARNING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mockex.testing import LiveExchange
from tests.wire.line import CHUNKED, PAPI, SAPI, Answer, ask, last, line_to, request

WITHOUT_END = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

SEEDS = [
    request(SAPI),
    request(PAPI),
    request(PAPI, body=b"x=1&y=%zz"),
    request(PAPI, CHUNKED, body=b"3\r\nx=1\r\n0\r\n\r\n"),
    request(SAPI, method=b"POST", body=b"x=1"),
    request(b"/sapi/v1/unknown?x=1") + request(SAPI),
    request(b"http://api.binance.com" + SAPI, version=b"HTTP/1.0"),
]
"""Requests that are right, or nearly so. No HEAD is among them, since its answer would have to be read otherwise."""

ODD_HEADERS = [
    b"Accept",
    b"Connection",
    b"Content-Encoding",
    b"Content-Length",
    b"Content-Type",
    b"Cookie",
    b"Expect",
    b"Host",
    b"Sec-WebSocket-Key1",
    b"TE",
    b"Trailer",
    b"Transfer-Encoding",
    b"Upgrade",
    b"X-Forwarded-For",
    b"X-MBX-APIKEY",
]
ODD_VALUES = [
    b"",
    b"0",
    b"3",
    b"-1",
    b"18446744073709551615",
    b"chunked",
    b"gzip, chunked",
    b"identity",
    b"100-continue",
    b"close",
    b"keep-alive",
    b"Upgrade",
    b"h2c",
    b"websocket",
    b"text/html",
]


@pytest.fixture(scope="module", autouse=True)
def nobody_waits_for_long() -> Iterator[None]:
    """A body that does not come is not waited for, so that a thousand of them take no time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mockex.server.shell.BODY_TIMEOUT_S", 0.05)
        patch.setattr("mockex.server.gate.IDLE_TIMEOUT_S", 0.5)
        patch.setattr("mockex.server.line.IDLE_TIMEOUT_S", 0.5)
        patch.setattr("mockex.server.gate.HALF_CLOSED_S", 0.005)
        yield


def headers() -> st.SearchStrategy[bytes]:
    """Draw a header line: a name that a server heeds or any, and a value that it would heed or any bytes."""
    names = st.sampled_from(ODD_HEADERS) | st.binary(max_size=8)
    values = st.sampled_from(ODD_VALUES) | st.binary(max_size=40)
    return st.builds(lambda name, value: name + b": " + value + b"\r\n", names, values)


def edits() -> st.SearchStrategy[Callable[[bytes], bytes]]:
    """Draw a change to some bytes: a span left out, written twice, or overwritten, bytes put in, or a header line."""
    at, span = st.integers(0, 600), st.integers(0, 40)
    some = st.binary(max_size=20) | st.sampled_from([b"\r\n", b"\r\n\r\n", b"\n", b"\r", b"\0", b"%", b"&", b" ", b":"])
    return st.one_of(
        st.builds(lambda n, m: lambda raw: raw[:n] + raw[n + m :], at, span),
        st.builds(lambda n, m: lambda raw: raw[: n + m] + raw[n:], at, span),
        st.builds(lambda n, new: lambda raw: raw[:n] + new + raw[n + len(new) :], at, some),
        st.builds(lambda n, new: lambda raw: raw[:n] + new + raw[n:], at, some),
        st.builds(lambda line: lambda raw: raw.replace(b"\r\n", b"\r\n" + line, 1), headers()),
    )


def edited(raw: bytes, changes: list[Callable[[bytes], bytes]]) -> bytes:
    """Carry out the changes one after the other."""
    for change in changes:
        raw = change(raw)
    return raw


def mutants() -> st.SearchStrategy[bytes]:
    """Draw a request that was right before up to five changes; shrinks to few changes of a simple request."""
    return st.builds(edited, st.sampled_from(SEEDS), st.lists(edits(), min_size=1, max_size=5))


def all_answers(exchange: LiveExchange, *packets: bytes) -> list[Answer]:
    """Send the packets, give the exchange a moment, close the own side, and hear everything to the end."""
    with line_to(exchange) as line:
        with suppress(OSError):  # it may have had enough before the last packet
            for packet in packets:
                line.send(packet)
            select.select([line.socket], [], [], 0.005)
            line.stop_sending()
        return line.answers()


def check(exchange: LiveExchange, caplog: pytest.LogCaptureFixture, *packets: bytes) -> None:
    """See that all answers are well-formed (`Line` does) and 200 or 4xx, that they end, and that mockex is well."""
    caplog.clear()
    statuses = [answer.status for answer in all_answers(exchange, *packets)]
    assert all(status in (100, 200) or 400 <= status < 500 for status in statuses), statuses
    assert ask(exchange, last()).status == 200
    assert not [record.getMessage() for record in caplog.records if record.levelno >= WARNING]


@given(raw=mutants())
@settings(WITHOUT_END, max_examples=500)
def test_a_mutant_of_a_good_call_hears_200_or_4xx(
    exchange: LiveExchange, caplog: pytest.LogCaptureFixture, raw: bytes
) -> None:
    """A right request with bytes changed, lost, doubled or put in is answered, refused or left alone."""
    check(exchange, caplog, raw)


@given(raw=mutants(), cuts=st.lists(st.integers(0, 600), max_size=4))
@settings(WITHOUT_END, max_examples=200)
def test_a_mutant_in_pieces_hears_200_or_4xx(
    exchange: LiveExchange, caplog: pytest.LogCaptureFixture, raw: bytes, cuts: list[int]
) -> None:
    """The same holds where the request comes in several packets."""
    check(exchange, caplog, *(raw[start:end] for start, end in pairwise([0, *sorted(cuts), len(raw)])))


@given(raw=st.binary(min_size=1, max_size=300) | st.lists(headers(), max_size=20).map(b"".join))
@example(raw=b"GET / HTTP/1.1\r\n" * 600)
@settings(WITHOUT_END, max_examples=200)
def test_noise_hears_4xx_or_nothing(exchange: LiveExchange, caplog: pytest.LogCaptureFixture, raw: bytes) -> None:
    """Bytes without any sense are refused or left alone."""
    check(exchange, caplog, raw)
