"""Every effect and every documented answer, seen by a bare socket: what arrives, when, and how the connection ends."""

import asyncio
import gzip
import json
import logging
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, NamedTuple, get_args
from urllib.parse import urlsplit

import pytest

from mockex.core.documented import DOCUMENTED
from mockex.core.effects import Documented, Effect, Hostile
from mockex.core.exchange import Exchange
from mockex.core.faults import Fault
from mockex.core.gateway import Gateway
from mockex.core.hostile import (
    BodyIs,
    CutBody,
    DoubledWeight,
    Empty,
    Html,
    JsonIs,
    JsonKind,
    NoRetryAfter,
    OddRetryAfter,
    OddWeight,
    Redirect,
)
from mockex.core.hostile_wire import (
    BadChunk,
    BrokenGzip,
    Drip,
    HangUp,
    Informational,
    Latency,
    Reset,
    SlowBody,
    WrongContentLength,
)
from mockex.core.outage import Outage
from mockex.core.refusals import Facts
from mockex.core.weight import Limits
from mockex.core.world import open_world
from mockex.endpoints import CATALOGUE
from mockex.gateways import PAPI, SAPI
from mockex.server.listening import bind
from mockex.server.runner import Runner
from mockex.server.shell import exchange_handler
from mockex.testing import LiveExchange
from tests.alice import ALICE, NOW_MS, request, scenario

LOAN = b'{"asset":"BUSD","amount":"579.45"}'
PING = b"GET /papi/v1/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
PATIENCE_S = 3.0


class Heard(NamedTuple):
    """What came over a connection until its end; the bytes of one `recv` are one of the pieces, each with its time."""

    pieces: list[tuple[float, bytes]]
    end: str

    @property
    def raw(self) -> bytes:
        """All that came."""
        return b"".join(piece for _, piece in self.pieces)

    @property
    def first(self) -> bytes:
        """All that came before the answer to the ping that follows on a connection that is kept."""
        return self.raw.rpartition(b"HTTP/1.1 200 OK\r\n")[0] if self.is_kept else self.raw

    @property
    def is_kept(self) -> bool:
        """Whether the ping behind the struck call was answered."""
        return self.raw.endswith(b"\r\n\r\n{}")

    @property
    def head(self) -> str:
        """Status line and headers."""
        return self.first.partition(b"\r\n\r\n")[0].decode()

    @property
    def body(self) -> bytes:
        """What follows the headers."""
        return self.first.partition(b"\r\n\r\n")[2]

    @property
    def status(self) -> int:
        """The status."""
        return int(self.head.split()[1])

    def values(self, name: str) -> list[str]:
        """Give the values of all headers of a name."""
        return re.findall(rf"^{name}: ([^\r]*)\r?$", self.head, re.MULTILINE | re.IGNORECASE)


@pytest.fixture(scope="module")
def live() -> Iterator[LiveExchange]:
    """Serve Alice's exchange, with budgets that are not used up."""
    limits = Limits(papi_weight_per_ip=10**9, sapi_weight_per_uid=10**9)
    with LiveExchange(scenario(limits=limits)) as exchange:
        yield exchange


@pytest.fixture(autouse=True)
def is_silent(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No fault makes the server log anything."""
    caplog.set_level(logging.DEBUG, "mockex")
    caplog.set_level(logging.INFO, "aiohttp")
    caplog.set_level(logging.WARNING, "asyncio")
    yield
    assert caplog.messages == []


def connect(url: str) -> socket.socket:
    """Open a bare connection."""
    address = urlsplit(url)
    return socket.create_connection((address.hostname, address.port), timeout=PATIENCE_S)


def signed(gateway: str = "SAPI") -> bytes:
    """Write a good signed call."""
    return f"GET {request(gateway).target} HTTP/1.1\r\nHost: x\r\nX-MBX-APIKEY: {ALICE.api_key}\r\n\r\n".encode()


def arm(live: LiveExchange, *effects: Effect, **which: Any) -> None:
    """Declare faults, and none but these."""
    live.exchange.world.faults.clear()
    for effect in effects:
        live.exchange.world.arm(Fault(effect=effect, **which))


def listen(connection: socket.socket, began: float = 0.0) -> Heard:
    """Hear all that comes, and how long after the beginning it came."""
    pieces, end = [], "closed"
    try:
        while piece := connection.recv(65_536):
            pieces.append((time.monotonic() - began, piece))
    except ConnectionResetError:
        end = "reset"
    return Heard(pieces, end)


def struck(live: LiveExchange, *effects: Effect, gateway: str = "SAPI") -> Heard:
    """Have one call struck, and hear all that comes; a ping follows it on the same connection, for who keeps it."""
    arm(live, *effects, times=1)
    with closing(connect(live.url)) as connection:
        began = time.monotonic()
        connection.sendall(signed(gateway) + PING)
        return listen(connection, began)


def takes(least_s: float) -> Callable[[Heard], None]:
    """It is all there in the end, but not before so many seconds."""

    def check(heard: Heard) -> None:
        assert heard.pieces[-1][0] >= least_s
        assert (heard.status, heard.body) == (200, LOAN)
        assert heard.is_kept

    return check


def is_wrong_by(by: int) -> Callable[[Heard], None]:
    """The length that is announced is not the body's; too long a one ends with the connection."""

    def check(heard: Heard) -> None:
        assert heard.values("Content-Length") == [str(len(LOAN) + by)]
        assert heard.body == LOAN
        assert heard.is_kept == (by < 0)

    return check


def has_a_bad_chunk(heard: Heard) -> None:
    """The first chunk is right, the second's size no number, and the connection closes."""
    assert heard.values("Transfer-Encoding") == ["chunked"]
    assert heard.values("Content-Length") == []
    assert heard.body == b"11\r\n" + LOAN[:17] + b"\r\nchunk\r\n" + LOAN[17:] + b"\r\n"
    assert not heard.is_kept


def is_broken_gzip(heard: Heard) -> None:
    """It is gzip with the right length, and its checksum is wrong."""
    assert heard.values("Content-Encoding") == ["gzip"]
    assert heard.values("Content-Length") == [str(len(heard.body))]
    assert LOAN in heard.body
    with pytest.raises(gzip.BadGzipFile, match="CRC"):
        gzip.decompress(heard.body)


def is_empty(status: int) -> Callable[[Heard], None]:
    """There is no body, the length says so, and a 204 has none."""

    def check(heard: Heard) -> None:
        assert (heard.status, heard.body) == (status, b"")
        assert heard.values("Content-Length") == ([] if status == 204 else ["0"])
        assert heard.is_kept

    return check


def is_html(status: int) -> Callable[[Heard], None]:
    """The Content-Type says JSON, and HTML comes."""

    def check(heard: Heard) -> None:
        assert heard.status == status
        assert heard.values("Content-Type") == ["application/json;charset=UTF-8"]
        assert heard.body.startswith(b"<html>")
        assert heard.values("Content-Length") == [str(len(heard.body))]

    return check


def is_cut_to(length: int) -> Callable[[Heard], None]:
    """The body is the beginning of the right one, of the length announced."""

    def check(heard: Heard) -> None:
        assert heard.body == LOAN[:length]
        assert heard.values("Content-Length") == [str(length)]
        assert heard.is_kept

    return check


def is_json(expected: Any) -> Callable[[Heard], None]:
    """The body is JSON, but not an envelope."""

    def check(heard: Heard) -> None:
        assert json.loads(heard.body, object_pairs_hook=lambda pairs: [list(pair) for pair in pairs]) == expected
        assert heard.values("Content-Length") == [str(len(heard.body))]

    return check


def is_deep(heard: Heard) -> None:
    """The body is deeper than what most readers read."""
    assert heard.body == b"[" * 10_000 + b"]" * 10_000


def is_no_number(heard: Heard) -> None:
    """The body is NaN where a number should be."""
    assert heard.body == b'{"amount":NaN}'


def is_this(status: int, content_type: str, body: bytes) -> Callable[[Heard], None]:
    """All of it is what was declared, and nothing of the right answer is left."""

    def check(heard: Heard) -> None:
        assert (heard.status, heard.values("Content-Type"), heard.body) == (status, [content_type], body)
        assert heard.values("Content-Length") == [str(len(body))]
        assert heard.is_kept

    return check


def says(name: str, *values: str) -> Callable[[Heard], None]:
    """A header has these values, and the body is right."""

    def check(heard: Heard) -> None:
        assert heard.values(name) == list(values)
        assert heard.body == LOAN
        assert heard.is_kept

    return check


def has_both_weights(heard: Heard) -> None:
    """The header is there twice, in two spellings, and its two values differ."""
    (right, wrong) = heard.values("X-SAPI-USED-UID-WEIGHT-1M")
    assert (int(right) % 500, wrong) == (0, "7")
    assert "\r\nX-SAPI-USED-UID-WEIGHT-1M: " in heard.head
    assert "\r\nx-sapi-used-uid-weight-1m: 7\r\n" in heard.head


def is_told_nothing(heard: Heard) -> None:
    """No header says anything of a wait; that a 429 lacks it is tried in a test of its own."""
    assert heard.values("Retry-After") == []


def is_preceded_by(*statuses: int) -> Callable[[Heard], None]:
    """Informational answers come first, and then the right one."""

    def check(heard: Heard) -> None:
        assert [int(one) for one in re.findall(rb"^HTTP/1.1 (\d+)", heard.first, re.MULTILINE)] == [*statuses, 200]
        assert heard.first.endswith(b"\r\n\r\n" + LOAN)
        assert heard.is_kept

    return check


def leads_to(url: str, status: int) -> Callable[[Heard], None]:
    """The client is sent elsewhere."""

    def check(heard: Heard) -> None:
        assert (heard.status, heard.values("Location"), heard.body) == (status, [url], b"")

    return check


def ends(end: str, body: bytes | None) -> Callable[[Heard], None]:
    """The connection ends so, after the headers and this much of the body, or after nothing at all."""

    def check(heard: Heard) -> None:
        assert heard.end == end
        assert not heard.is_kept
        if body is None:
            assert heard.raw == b""
        else:
            assert (heard.status, heard.body) == (200, body)
            assert heard.values("Content-Length") == ["34"]

    return check


SHAPES: dict[JsonKind, Callable[[Heard], None]] = {
    "string": is_json("ok"),
    "number": is_json(0),
    "list": is_json([]),
    "null": is_json(None),
    "no-code": is_json([["asset", "BUSD"], ["amount", "579.45"]]),
    "duplicate-key": is_json([["asset", None], ["asset", "BUSD"], ["amount", "579.45"]]),
    "nan": is_no_number,
    "deep": is_deep,
}
WEIGHT = "X-SAPI-USED-UID-WEIGHT-1M"
CASES: list[tuple[Hostile, Callable[[Heard], None]]] = [
    (Latency(ms=20), takes(0.019)),
    (SlowBody(ms=20), takes(0.019)),
    (Drip(every_ms=5, piece_bytes=256), takes(0.009)),
    (WrongContentLength(by=3), is_wrong_by(3)),
    (WrongContentLength(by=-3), is_wrong_by(-3)),
    (BadChunk(), has_a_bad_chunk),
    (BrokenGzip(), is_broken_gzip),
    (Empty(), is_empty(200)),
    (Empty(202), is_empty(202)),
    (Empty(204), is_empty(204)),
    (Html(), is_html(200)),
    (Html(429), is_html(429)),
    (CutBody(), is_cut_to(17)),
    (CutBody(5), is_cut_to(5)),
    *((JsonIs(shape), check) for shape, check in SHAPES.items()),
    (BodyIs('{"amount":"1é"}'), is_this(200, SAPI.content_type, '{"amount":"1é"}'.encode())),
    (BodyIs("soon", 503, "text/plain"), is_this(503, "text/plain", b"soon")),
    (BodyIs(""), is_this(200, SAPI.content_type, b"")),
    (OddWeight("-1"), says(WEIGHT, "-1")),
    (OddWeight("many, many"), says(WEIGHT, "many, many")),
    (OddWeight(""), says(WEIGHT, "")),
    (DoubledWeight("7"), has_both_weights),
    (OddRetryAfter("soon"), says("Retry-After", "soon")),
    (OddRetryAfter("Fri, 20 Nov 2026 00:00:00 GMT"), says("Retry-After", "Fri, 20 Nov 2026 00:00:00 GMT")),
    (NoRetryAfter(), is_told_nothing),
    (Informational(), is_preceded_by(103)),
    (Informational(100), is_preceded_by(100)),
    (Informational(102, times=3), is_preceded_by(102, 102, 102)),
    (Redirect("http://127.0.0.1:1/"), leads_to("http://127.0.0.1:1/", 302)),
    (Redirect("http://localhost:1/x", 307), leads_to("http://localhost:1/x", 307)),
    (HangUp(), ends("closed", None)),
    (HangUp(0), ends("closed", b"")),
    (HangUp(5), ends("closed", LOAN[:5])),
    (Reset(), ends("reset", None)),
    (Reset(0), ends("reset", b"")),
    (Reset(5), ends("reset", LOAN[:5])),
]


@pytest.mark.parametrize(("effect", "check"), CASES, ids=[str(effect) for effect, _ in CASES])
def test_every_effect_is_seen_on_the_wire(live: LiveExchange, effect: Hostile, check: Callable[[Heard], None]) -> None:
    """What a bare socket hears is what the effect's sentence says, and the next call is answered as ever."""
    check(struck(live, effect))
    after = struck(live)
    assert (after.status, after.body, after.is_kept) == (200, LOAN, True)


def test_no_effect_is_left_out() -> None:
    """Every hostile effect and every shape of JSON is seen above."""
    assert {type(effect) for effect, _ in CASES} == set(get_args(Hostile))
    assert set(get_args(JsonKind)) == set(SHAPES)
    assert {*get_args(Hostile), Documented} == set(get_args(Effect))


@pytest.mark.parametrize("gateway", [PAPI, SAPI], ids=lambda gateway: gateway.name)
@pytest.mark.parametrize("outage", DOCUMENTED, ids=lambda outage: outage.name)
def test_every_documented_answer_is_seen_on_the_wire(live: LiveExchange, outage: Outage, gateway: Gateway) -> None:
    """Status line, type, length and body are those of the table, and the connection is kept."""
    heard = struck(live, Documented(outage.name, 9), gateway=gateway.name)
    said = outage.says(gateway)
    facts = Facts(
        ip="127.0.0.1",
        path=request(gateway.name).target.partition("?")[0],
        now_ms=NOW_MS,
        accepts_html=False,
        parameter="",
        limit=10**9,
        banned_until_ms=NOW_MS + 9_000,
    )
    assert (heard.status, heard.body) == (said.status, said.body(facts))
    assert heard.values("Content-Type") == [said.content_type or gateway.content_type]
    assert heard.values("Content-Length") == [str(len(heard.body))]
    assert heard.values("Retry-After") == ["9"]
    charged = heard.values("X-MBX-USED-WEIGHT-1M") + heard.values(WEIGHT)
    assert not (outage.is_from_the_edge and charged)
    assert heard.is_kept


PAUSING = [(Latency(600_000), 0), (SlowBody(600_000), None), (Drip(600_000, 256), 256), (Drip(600_000), 1)]


@pytest.mark.parametrize(("effect", "sent"), PAUSING, ids=str)
def test_what_comes_before_a_pause_comes_at_once(live: LiveExchange, effect: Hostile, sent: int | None) -> None:
    """Nothing, the headers, or a first piece is there, and no more as long as the pause lasts."""
    arm(live, effect, times=1)
    with closing(connect(live.url)) as connection:
        connection.sendall(signed())
        heard = b""
        while sent is None and not heard.endswith(b"\r\n\r\n"):
            heard += connection.recv(1)
        while sent is not None and len(heard) < sent:
            heard += connection.recv(sent)
        assert heard.startswith(b"HTTP/1.1 200 OK\r\n"[: len(heard)])
        connection.settimeout(0.02)
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_a_429_without_retry_after(live: LiveExchange) -> None:
    """The documented 429 has the header, and the hostile one has lost it."""
    limit = Documented("too-many-requests")
    assert struck(live, limit).values("Retry-After") == ["30"]
    heard = struck(live, limit, NoRetryAfter())
    assert (heard.status, heard.values("Retry-After")) == (429, [])


def test_faults_of_one_call_are_all_seen(live: LiveExchange) -> None:
    """An early hint, a pause, and half of a page of HTML under a 429, in pieces, before the connection is reset."""
    effects = (Reset(20), Html(429), Drip(every_ms=2, piece_bytes=300), Informational(), Latency(5))
    heard = struck(live, *effects)
    assert heard.raw.startswith(b"HTTP/1.1 103 Early Hints\r\n")
    assert re.findall(rb"^HTTP/1.1 (\d+)", heard.raw, re.MULTILINE) == [b"103", b"429"]
    assert heard.raw.endswith(b"\r\n\r\n<html><body><h1>We'l")
    assert (heard.end, heard.pieces[-1][0] >= 0.006) == ("reset", True)


def test_a_kept_connection_is_closed_at_its_second_request(live: LiveExchange) -> None:
    """The first call of a connection is answered, its second is not; so on every connection."""
    arm(live, HangUp(), nth_on_connection=2)
    for _ in range(2):
        with closing(connect(live.url)) as connection:
            connection.sendall(signed())
            assert connection.recv(65_536).endswith(LOAN)
            connection.sendall(signed())
            assert listen(connection) == Heard([], "closed")


def test_who_closes_hears_close(live: LiveExchange) -> None:
    """A client that wants no more hears so in what a fault renders, and the connection ends."""
    arm(live, SlowBody(1))
    with closing(connect(live.url)) as connection:
        connection.sendall(PING)
        heard = listen(connection)
    assert (heard.end, b"\r\nConnection: close\r\n" in heard.raw) == ("closed", True)


def test_the_journal_hears_of_headers_and_time(live: LiveExchange) -> None:
    """The shell writes down the raw headers, which request of its connection it was, and the time it took."""
    struck(live, Html())
    *_, call, ping = live.exchange.world.journal
    assert call.request.headers == ((b"Host", b"x"), (b"X-MBX-APIKEY", ALICE.api_key.encode()))
    assert [one.request.nth_on_connection for one in (call, ping)] == [1, 2]
    assert [one.request.keep_alive for one in (call, ping)] == [True, False]
    assert [len(one.faults) for one in (call, ping)] == [1, 0]
    assert call.took_ns > 0


def tasks(live: LiveExchange) -> int:
    """Count the tasks of the server's loop."""
    return len(asyncio.all_tasks(live._loop))


def eventually(is_so: Callable[[], bool]) -> bool:
    """Wait until it is so, for a few seconds at most."""
    end = time.monotonic() + PATIENCE_S
    while not is_so() and time.monotonic() < end:
        time.sleep(0.002)
    return is_so()


LONG = [Latency(600_000), SlowBody(600_000), Drip(every_ms=50)]


@pytest.mark.parametrize("effect", LONG, ids=str)
def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(live: LiveExchange, effect: Effect) -> None:
    """No task goes on waiting for who has hung up, or reset the connection; and others are answered meanwhile."""
    before = tasks(live)
    arm(live, effect, times=2)
    leaving, resetting = connect(live.url), connect(live.url)
    for connection in (leaving, resetting):
        connection.sendall(signed())
    assert eventually(lambda: sum(armed.struck for armed in live.exchange.world.faults.values()) == 2)
    with closing(connect(live.url)) as other:
        other.sendall(signed() + PING)
        assert listen(other).body == LOAN
    assert tasks(live) > before
    leaving.close()
    resetting.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    resetting.close()
    assert eventually(lambda: tasks(live) <= before)


@pytest.mark.parametrize("effect", LONG, ids=str)
async def test_the_end_of_the_server_does_not_wait_for_a_fault(effect: Effect) -> None:
    """After the grace the connection is closed in the middle of a pause, and nothing of it is left."""
    spec = scenario(faults=(Fault(effect=effect),))
    handler = exchange_handler(Exchange(CATALOGUE, open_world("default", spec, CATALOGUE, NOW_MS)))
    listening = bind("127.0.0.1", 0)
    address = listening.getsockname()
    before = asyncio.all_tasks()
    async with Runner(handler, listening, grace_s=0.02):
        reader, writer = await asyncio.open_connection(*address)
        writer.write(signed())
        await asyncio.sleep(0.01)
        began = time.monotonic()
    assert time.monotonic() - began < 1
    assert LOAN not in await reader.read()
    writer.close()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


def test_a_client_that_reads_nothing_holds_nobody_up(live: LiveExchange) -> None:
    """Others are answered while a drip waits for a client that does not read."""
    arm(live, Drip(every_ms=0, piece_bytes=1), times=1)
    with closing(connect(live.url)) as lazy, closing(connect(live.url)) as other:
        lazy.sendall(signed())
        other.sendall(signed() + PING)
        assert listen(other).body == LOAN
