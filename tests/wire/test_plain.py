"""Plain calls, which are answered at once: read as aiohttp would read them, answered as the gate would answer them."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp.http import HttpRequestParser
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec import json, structs

from mockex.core.bounds import MAX_HEADER_BYTES, MAX_HEADERS, MAX_PIECE_BYTES, MAX_TARGET_BYTES
from mockex.core.head import Head, Sheet
from mockex.core.hostile import BodyIs, OddWeight
from mockex.core.hostile_wire import Latency
from mockex.core.wire import Reply, lines_of
from mockex.server.line import Line, Turn
from mockex.server.listening import bind
from mockex.server.plain import MAX_PLAIN_BYTES, Plain, plain_call, read_headers
from mockex.server.runner import Runner
from mockex.server.shell import exchange_handler
from mockex.testing import LiveExchange
from tests import alice
from tests.wire.conftest import the_scenario
from tests.wire.line import CHUNKED, CLOSE, KEY, PAPI, SAPI, Answer, line_to, request, talk
from tests.wire.test_fuzz import headers, mutants

CLIENTS = {
    "curl": b"GET /api/v3/time HTTP/1.1\r\nHost: 127.0.0.1:8090\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n",
    "requests": b"GET /api/v3/time HTTP/1.1\r\nHost: 127.0.0.1:8090\r\nUser-Agent: python-requests/2.32.3\r\n"
    b"Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n",
    "aiohttp": b"GET /api/v3/time HTTP/1.1\r\nHost: 127.0.0.1:8090\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n"
    b"User-Agent: Python/3.11 aiohttp/3.14.5\r\n\r\n",
    "axios": b"GET /api/v3/time HTTP/1.1\r\nAccept: application/json, text/plain, */*\r\nUser-Agent: axios/1.7.2\r\n"
    b"Accept-Encoding: gzip, compress, deflate, br\r\nHost: 127.0.0.1:8090\r\nConnection: keep-alive\r\n\r\n",
}
"""What clients send, as they were seen to send it."""

NOT_PLAIN = {
    "a body": request(body=b"x=1"),
    "an empty body": request(SAPI, b"Content-Length: 0"),
    "chunks": request(SAPI, CHUNKED),
    "another method": request(method=b"POST"),
    "a method that begins like it": request(method=b"GETS"),
    "HTTP/1.0": request(version=b"HTTP/1.0"),
    "two tokens": request(SAPI, b"Connection: keep-alive, TE"),
    "a proxy's connection": request(SAPI, b"Proxy-Connection: close"),
    "an upgrade": request(SAPI, b"Upgrade: h2c"),
    "an expectation": request(SAPI, b"Expect: 100-continue"),
    "an old socket": request(SAPI, b"Sec-WebSocket-Key1: x"),
    "an absolute target": request(b"http://127.0.0.1" + SAPI),
    "no host": request().replace(b"Host: 127.0.0.1\r\n", b""),
    "two hosts": request(SAPI, b"host: 127.0.0.1"),
    "two keys": request(SAPI, KEY),
    "a target that is no ASCII": request(b"/\xc3\xa9"),
    "a value that is no ASCII": request(SAPI, b"X: \xc3\xa9"),
    "a value that ends in a space": request(SAPI, b"X: y "),
    "a value of nothing": request(SAPI, b"X: "),
    "a name of nothing": request(SAPI, b": y"),
    "a space in a name": request(SAPI, b"X Y: z"),
    "no colon": request(SAPI, b"X"),
    "a folded line": request(SAPI, b"X: y", b" z"),
    "more headers than are allowed": request(SAPI, *(b"X-%d: y" % n for n in range(MAX_HEADERS))),
    "half a call": request().removesuffix(b"\r\n"),
    "a call and a half": request() + b"GET",
    "two calls": request() + request(),
    "a long one": request(SAPI, b"X: " + b"y" * MAX_PLAIN_BYTES),
    "a line feed alone": request().replace(b"\r\n", b"\n"),
    "nothing": b"",
}


def until(holds: Callable[..., bool]) -> None:
    """Wait for what another thread does."""
    for _ in range(1_000):
        if holds():
            return
        time.sleep(0.005)
    raise TimeoutError


def parsed(packet: bytes) -> Any:
    """Let aiohttp's own parser read a packet, with the gate's limits; gives the one message in it."""
    loop = asyncio.new_event_loop()
    try:
        parser = HttpRequestParser(
            None,
            loop,
            2**16,
            max_line_size=MAX_TARGET_BYTES,
            max_field_size=MAX_HEADER_BYTES,
            max_headers=MAX_HEADERS,
            auto_decompress=False,
        )
        messages, is_upgraded, rest = parser.feed_data(packet)
    finally:
        loop.close()
    assert not is_upgraded
    assert not rest
    ((message, payload),) = messages
    assert payload.is_eof()
    return message


def test_what_clients_send_is_plain() -> None:
    """Every client that was looked at is answered at once, and so are the tests' own signed calls."""
    for packet in (*CLIENTS.values(), request(SAPI), request(PAPI), request(PAPI, CLOSE)):
        assert plain_call(packet) is not None


@pytest.mark.parametrize("packet", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_what_is_odd_in_any_way_is_not_plain(packet: bytes) -> None:
    """Each of them differs in one thing from a call that is plain, and is left to aiohttp."""
    assert plain_call(packet) is None


@given(
    packet=mutants() | st.lists(headers(), max_size=5).map(lambda more: CLIENTS["curl"][:-2] + b"".join(more) + b"\r\n")
)
@example(packet=CLIENTS["axios"])
@settings(max_examples=2_000, deadline=None)
def test_a_plain_call_is_read_as_aiohttp_reads_it(packet: bytes) -> None:
    """Of what is taken for plain aiohttp's parser says the same: no more in it, no body, no end, the same words."""
    call = plain_call(packet)
    if call is None:
        return
    message = parsed(packet)
    had = message.headers
    assert (message.method, message.path, tuple(message.version)) == ("GET", call.target, (1, 1))
    assert (message.should_close, message.chunked, message.upgrade) == (not call.headers.keep_alive, False, False)
    assert lines_of(message.raw_headers) == call.headers.lines
    said = (call.headers.api_key, call.headers.accept, call.headers.forwarded_for)
    assert said == (had.get("x-mbx-apikey"), had.get("accept", ""), had.get("x-forwarded-for"))


def test_headers_are_read_once_but_not_kept_for_ever() -> None:
    """Those of the next call are the same object; of those that differ from call to call, few are remembered."""
    (first, second) = (plain_call(request(target)) for target in (SAPI, PAPI))
    assert first is not None
    assert second is not None
    assert first.target != second.target
    assert first.headers is second.headers
    for n in range(1_000):
        assert plain_call(request(SAPI, b"X-Request-Id: %d" % n)) is not None
    assert read_headers.cache_info().currsize < 500


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[LiveExchange, LiveExchange]]:
    """Serve one exchange that answers plain calls at once, and one whose gate answers them all."""
    with ExitStack() as stack:
        quick = stack.enter_context(LiveExchange(the_scenario()))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                "mockex.testing.live.exchange_handler",
                lambda *how: structs.replace(exchange_handler(*how), at_once=None),
            )
            slow = stack.enter_context(LiveExchange(the_scenario()))
        for live in (quick, slow):
            live.clock.freeze(alice.NOW_MS)
        yield quick, slow


WHOLE = [
    *CLIENTS.values(),
    request(SAPI),
    request(PAPI),
    request(PAPI + b"0"),
    request(SAPI, CLOSE),
    request(b"/sapi/v1/unknown?x=1"),
    request(b"/", b"Accept: text/html"),
    *(NOT_PLAIN[name] for name in ("a body", "an empty body", "another method", "HTTP/1.0")),
    *(NOT_PLAIN[name] for name in ("an upgrade", "an absolute target", "no host", "two hosts", "two keys")),
    *(NOT_PLAIN[name] for name in ("a value that is no ASCII", "a value of nothing", "no colon", "a long one")),
]
"""Packets with one answer each."""


@given(packets=st.lists(st.sampled_from(WHOLE), min_size=1, max_size=6))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_ways_answer_alike(both: tuple[LiveExchange, LiveExchange], packets: list[bytes]) -> None:
    """Byte for byte, and in the journal, it makes no difference whether a call was answered at once."""
    quick, slow = (answers_and_entries(live, packets) for live in both)
    assert quick == slow


def answers_and_entries(live: LiveExchange, packets: list[bytes]) -> tuple[list[Answer], list[object]]:
    """Send packets on one connection, each after the answer to the last; give the answers, and what the journal has."""
    world, heard = live.exchange.world, []
    written = world.journal.written
    with line_to(live) as line:
        for packet in packets:
            line.send(packet)
            if line.is_over():
                break
            heard.append(line.answer())
            if heard[-1].header("Connection") == "close":
                assert line.is_over()
                break
    return heard, [
        structs.replace(
            entry,
            took_ns=0,
            request=structs.replace(entry.request, received_at_ms=0),
            reply=structs.replace(entry.reply, head=dict(entry.reply.headers)),
        )
        for entry in world.journal
        if entry.seq > written
    ]


def ways(live: LiveExchange) -> tuple[int, int]:
    """Count the connections that are lines still, and those that a gate has."""
    runner = live._runner
    return len(runner.turn.lines), len(runner.connections) - len(runner.turn.lines)


def test_a_plain_call_needs_no_gate(live: LiveExchange) -> None:
    """Its connection is a line as long as its calls are plain, and a gate's for ever from the first that is not."""
    with line_to(live) as line:
        seen = []
        for packet in (request(SAPI), request(PAPI), request(SAPI, b"X: "), request(SAPI)):
            line.send(packet)
            assert line.answer().status == 200
            seen.append(ways(live))
        assert seen == [(1, 0), (1, 0), (0, 1), (0, 1)]
    assert [entry.request.nth_on_connection for entry in live.exchange.world.journal] == [1, 2, 3, 4]


def test_a_spoilt_reply_is_delivered_by_a_gate(live: LiveExchange) -> None:
    """The exchange has been asked once when the gate takes over; the call is charged and written down once."""
    live.faults.add(OddWeight(value="odd"), nth_on_connection=1)
    live.faults.add(Latency(ms=1), nth_on_connection=2)
    with line_to(live) as line:
        seen = []
        for _ in range(3):
            line.send(request(PAPI))
            seen.append((line.answer().header("X-MBX-USED-WEIGHT-1M"), *ways(live)))
    assert seen == [("odd", 1, 0), ("200", 0, 1), ("300", 0, 1)]
    assert [entry.seq for entry in live.exchange.world.journal] == [1, 2, 3]


def test_a_long_answer_is_delivered_by_a_gate(live: LiveExchange) -> None:
    """What does not fit into the socket's buffers is not left to a line, which waits for no reader."""
    live.faults.add(BodyIs(text="x" * (MAX_PIECE_BYTES + 1)), nth_on_connection=2)
    live.faults.add(BodyIs(text="x" * MAX_PIECE_BYTES), nth_on_connection=1)
    with line_to(live) as line:
        seen = []
        for _ in range(2):
            line.send(request(SAPI))
            seen.append((len(line.answer().body), *ways(live)))
    assert seen == [(MAX_PIECE_BYTES, 1, 0), (MAX_PIECE_BYTES + 1, 0, 1)]


def test_who_does_not_read_is_not_answered_without_end(live: LiveExchange) -> None:
    """A client that asks and asks and reads nothing gets a gate, which waits for it; all it has asked is answered."""
    live.faults.add(BodyIs(text="x" * MAX_PIECE_BYTES))
    with line_to(live) as line:
        for sent in range(1, 1_000):
            line.send(request(SAPI))
            until(lambda sent=sent: live.exchange.world.journal.written == sent or ways(live) == (0, 1))
            if ways(live) == (0, 1):
                break
        assert ways(live) == (0, 1)
        assert len([line.answer() for _ in range(sent)]) == sent


def test_a_line_is_closed_when_it_is_idle(live: LiveExchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection is kept while calls come, and closed without a word when none has for the idle time."""
    monkeypatch.setattr("mockex.server.line.IDLE_TIMEOUT_S", 0.3)
    with line_to(live) as line:
        for _ in range(4):
            line.send(request(SAPI))
            assert line.answer().status == 200
            time.sleep(0.1)
        assert ways(live) == (1, 0)
        assert line.is_over()
    until(lambda: ways(live) == (0, 0))


@pytest.mark.parametrize(
    "handle",
    [lambda _: 1 // 0, lambda _: Reply(200, Head(lambda _: {"Date": str(1 // 0)}, Sheet("", "", "0")), b"")],
    ids=["of the exchange", "of a set of headers"],
)
def test_a_mistake_of_mockex_is_answered_on_a_line_too(
    handle: Callable[..., Any], live: LiveExchange, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is -1000, one line of log without the query, and the end of the connection."""
    monkeypatch.setattr(live.exchange, "handle", handle)
    (answer,) = talk(live, request(SAPI))
    assert (answer.status, answer.code, answer.header("Connection")) == (500, -1000, "close")
    assert [one.getMessage() for one in caplog.records] == [
        "a mistake of mockex: GET /sapi/v1/portfolio/pmLoan: ZeroDivisionError('integer division or modulo by zero')"
    ]
    caplog.clear()


def busy(live: LiveExchange) -> None:
    """Keep the loop of an exchange from reading for a moment, so that what is sent meanwhile is read in one turn."""
    live._loop.call_soon_threadsafe(time.sleep, 0.1)


def test_what_is_read_in_one_turn_is_answered_in_it(live: LiveExchange) -> None:
    """Of many connections that speak at the same time each hears its own answer, whether it is plain or not."""
    with ExitStack() as stack:
        lines = [stack.enter_context(line_to(live)) for _ in range(20)]
        for line in lines:
            line.send(request(SAPI))
            line.answer()
        busy(live)
        for n, line in enumerate(lines):
            line.send(request(b"/sapi/%d" % n, *([b"X: "] if n % 3 == 0 else [CLOSE] if n % 3 == 1 else [])))
        assert [json.decode(line.answer().body)["path"] for line in lines] == [f"/sapi/{n}" for n in range(20)]
        assert [line.is_over() for line in lines[1::3]] == [True] * 7
        until(lambda: ways(live) == (6, 7))


async def test_who_fails_does_not_take_the_others_with_him() -> None:
    """Should one fail in a way that nobody foresaw, those behind it in the same turn are answered all the same."""
    loop, failed = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda _, context: failed.append(context["exception"]))
    turn, written = Turn(loop), list[bytes]()
    runner = SimpleNamespace(turn=turn, loop=loop, is_stopping=False)
    lines = [Line(runner, alice_at_once) for _ in range(3)]  # type: ignore[arg-type] # all of it that they need
    for line in lines:
        line.connection_made(Wire(written))
    lines[1].gate = 0  # type: ignore[assignment] # no gate
    for line in lines:
        line.data_received(request(SAPI))
    await asyncio.sleep(0)
    assert len(written) == 1
    await asyncio.sleep(0)
    assert len(written) == 2
    assert [type(one) for one in failed] == [AttributeError]
    for line in lines:
        line.connection_lost(None)


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self, written: list[bytes]) -> None:
        super().__init__()
        self.written = written

    def write(self, data: Any) -> None:
        """Keep it."""
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        """Stay open."""
        return False

    def close(self) -> None:
        """Stay open."""


def alice_at_once(_call: Plain, _remote: str, _nth: int) -> Reply:
    """Answer anything."""
    return Reply(200, {"Content-Length": "0"}, b"")


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_that_has_no_body_has_none(live: LiveExchange, status: int) -> None:
    """Whatever was declared: a body would stand where the next answer begins."""
    live.faults.add(BodyIs(text="hello", status=status), times=1)
    with line_to(live) as line:
        line.send(request(SAPI))
        answer = line.answer(without_body=True)
        assert (answer.status, "Content-Length" in answer.names) == (status, False)
        line.send(request(SAPI))
        assert line.answer().status == 200


async def test_what_comes_after_the_last_call_is_not_heard() -> None:
    """A call that was read in the same turn as the one that ends its connection is neither charged nor written down."""
    loop, asked = asyncio.get_running_loop(), list[int]()

    def at_once(call: Plain, remote: str, nth: int) -> Reply:
        asked.append(nth)
        return alice_at_once(call, remote, nth)

    runner = SimpleNamespace(turn=Turn(loop), loop=loop, is_stopping=False)
    lines = [Line(runner, at_once) for _ in range(2)]  # type: ignore[arg-type] # all of it that they need
    for line in lines:
        line.connection_made(Wire([]))
    for packet in (request(SAPI), request(SAPI, CLOSE), request(SAPI)):
        lines[0].data_received(packet)
    await asyncio.sleep(0)
    assert asked == [1, 2]
    for line in lines:
        line.connection_lost(None)


async def test_behind_a_proxy_a_plain_call_has_its_clients_ip() -> None:
    """Of X-Forwarded-For the last counts, which the proxy wrote; without one it is the proxy's own."""
    exchange, listening = alice.exchange(), bind("127.0.0.1", 0)
    async with Runner(exchange_handler(exchange, behind_proxy=True), listening, grace_s=0.1) as runner:
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        for more in ((b"X-Forwarded-For: 192.0.2.1, 192.0.2.7",), ()):
            writer.write(request(SAPI, *more))
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            await reader.readexactly(34)
        assert len(runner.turn.lines) == 1
        writer.close()
    assert [entry.request.ip for entry in exchange.world.journal] == ["192.0.2.7", "127.0.0.1"]


async def test_a_line_ends_with_its_exchange() -> None:
    """Who waits with a connection for the next call hears at once that there will be none."""
    listening = bind("127.0.0.1", 0)
    async with Runner(exchange_handler(alice.exchange()), listening, grace_s=0.1) as runner:
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        writer.write(request(SAPI))
        await reader.readuntil(b'"579.45"}')
        assert len(runner.turn.lines) == 1
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    assert not runner.turn.lines
    writer.close()
