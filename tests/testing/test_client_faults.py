"""Every fault there is, met by the reference client: the right value or a ClientError, soon, and no secret in it."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from decimal import Decimal
from typing import TypeVar, get_args

import pytest

from mockex.core.documented import DOCUMENTED
from mockex.core.effects import Documented, Effect
from mockex.core.faults import Fault
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
from mockex.core.weight import Limits
from mockex.server.listening import bind, url_of
from mockex.testing import LiveExchange
from mockex.testing.client import (
    BannedError,
    Client,
    ClientError,
    LimitedError,
    Loan,
    RefusedError,
    UnreachableError,
    UnreadableError,
)
from tests import alice
from tests.testing.asking import SIGNER, Told, asked, client, opened, parameters

T = TypeVar("T")
LOAN = Loan("BUSD", Decimal("579.45"))
RIGHT: tuple[type[ClientError], ...] = ()
SLOW_MS, TIMEOUT_S = 1_000, 0.05
HOSTILE: list[tuple[Effect, tuple[type[ClientError], ...], int]] = [
    # the effect on every call, what comes of a call (no error: the right value), the tries
    (Empty(), (UnreadableError,), 4),
    (Empty(202), (UnreadableError,), 4),
    (Empty(204), (UnreadableError,), 4),
    (Html(), (UnreadableError,), 4),
    (Html(403), (RefusedError,), 1),
    (Html(404), (RefusedError,), 1),
    (Html(429), (LimitedError,), 2),
    (Html(418), (BannedError,), 1),
    (Html(502), (RefusedError,), 4),
    (CutBody(), (UnreadableError,), 4),
    (CutBody(0), (UnreadableError,), 4),
    *((JsonIs(shape), (UnreadableError,), 4) for shape in get_args(JsonKind) if shape != "no-code"),
    *((JsonIs(shape, 400), (RefusedError,), 1) for shape in get_args(JsonKind)),
    *((JsonIs(shape, 500), (RefusedError,), 4) for shape in get_args(JsonKind)),
    (JsonIs("no-code"), RIGHT, 1),
    (BodyIs('{"asset":"BUSD","amount":"579.45","total":0,"rows":[],"more":{}}', content_type="text/plain"), RIGHT, 1),
    (BodyIs('{"asset":"BUSD","amount":1e999999,"total":1e999999,"rows":[]}'), (UnreadableError,), 4),
    (OddWeight("many"), RIGHT, 1),
    (DoubledWeight(), RIGHT, 1),
    (OddRetryAfter("soon"), RIGHT, 1),
    (NoRetryAfter(), RIGHT, 1),
    *((Redirect("http://127.0.0.1:1/", status), (UnreadableError,), 1) for status in (301, 302, 303, 307, 308)),
    (WrongContentLength(by=3), (UnreachableError,), 4),
    (WrongContentLength(by=-3), (UnreadableError, UnreachableError), 4),
    (BadChunk(), (UnreachableError,), 4),
    (BrokenGzip(), (UnreadableError,), 4),
    (SlowBody(SLOW_MS), (UnreachableError,), 4),
    (SlowBody(1), RIGHT, 1),
    (Drip(every_ms=SLOW_MS), (UnreachableError,), 4),
    (Drip(every_ms=1, piece_bytes=200), RIGHT, 1),
    (HangUp(), (UnreachableError,), 4),
    (HangUp(0), (UnreachableError,), 4),
    (HangUp(9), (UnreachableError,), 4),
    (Reset(), (UnreachableError,), 4),
    (Reset(0), (UnreachableError,), 4),
    (Reset(9), (UnreachableError,), 4),
    (Latency(SLOW_MS), (UnreachableError,), 4),
    (Latency(1), RIGHT, 1),
    (Informational(100), RIGHT, 1),
    (Informational(102, times=3), RIGHT, 1),
    (Informational(103, times=100), RIGHT, 1),
]


async def comes_of(call: Awaitable[T]) -> T | ClientError:
    """Give what comes of a call, an error of the client's own too."""
    try:
        return await call
    except ClientError as error:
        return error


def secrets(live: LiveExchange) -> Iterator[str]:
    """Name what no error may tell: the secret, and all signatures that were sent."""
    assert SIGNER.secret is not None
    yield SIGNER.secret
    yield SIGNER.api_key
    yield from parameters(live, "signature")


def tells_no_secret(live: LiveExchange, error: ClientError) -> None:
    """See that neither the error, nor what it stands on, nor its traceback has a secret."""
    told = [repr(error), str(error), *traceback.format_exception(error)]
    assert (error.__cause__, error.__context__) == (None, None)
    assert not [secret for secret in (*secrets(live), "signature=") if any(secret in one for one in told)]


@pytest.mark.parametrize(("effect", "kinds", "tries"), HOSTILE, ids=[str(effect) for effect, *_ in HOSTILE])
async def test_every_hostile_effect_is_a_value_or_an_error(
    effect: Effect, kinds: tuple[type[ClientError], ...], tries: int
) -> None:
    """The value is right or the error is the client's own; the tries are as few as said, and each is signed anew."""
    with opened(effect) as live:
        async with client(live, timeout_s=TIMEOUT_S if "1000" in str(effect) else 5.0) as asking:
            come = await comes_of(asking.loan())
        if isinstance(come, ClientError):
            assert type(come) in kinds
            tells_no_secret(live, come)
        else:
            assert (come, kinds) == (LOAN, RIGHT)
        assert len(asked(live)) == tries
        assert len(set(parameters(live, "signature"))) == tries


def test_no_effect_is_left_out() -> None:
    """Every hostile effect is met above."""
    assert {type(effect) for effect, *_ in HOSTILE} | {Documented} == set(get_args(Effect))


@pytest.mark.parametrize("effect", [effect for effect, _, tries in HOSTILE if tries > 1], ids=str)
async def test_what_passes_is_passed(effect: Effect) -> None:
    """Where only the first try is struck and a second is worth making, there is the right value."""
    with opened(effect, times=1) as live:
        async with client(live, timeout_s=TIMEOUT_S if "1000" in str(effect) else 5.0) as asking:
            assert await asking.loan() == LOAN
        assert len(asked(live)) == 2


@pytest.mark.parametrize("gateway", ["PAPI", "SAPI"])
@pytest.mark.parametrize("outage", DOCUMENTED, ids=lambda outage: outage.name)
@pytest.mark.parametrize("times", [1, 4], ids="times {}".format)
async def test_every_documented_answer_is_a_value_or_a_refusal(outage: Outage, gateway: str, times: int) -> None:
    """What passes is tried again; anything else is an error with the status and code that were said."""
    with opened(Documented(outage.name), gateway=gateway, times=times) as live:
        async with client(live) as asking:
            start, end = alice.RANGE["startTime"], alice.RANGE["endTime"]
            come = await comes_of(asking.loan() if gateway == "SAPI" else asking.records(start, end))
        if isinstance(come, ClientError):
            said = [alice.heard(entry.reply) for entry in live.exchange.world.journal if entry.faults]
            assert isinstance(come, RefusedError)
            assert (come.status, come.code) == said[-1]
            assert times == 4 or not come.is_passing
            tells_no_secret(live, come)
        else:
            assert come
            assert times == 1 or outage.name.startswith("timestamp")
        assert len(asked(live)) <= 5


async def test_refused_connections_are_unreachable() -> None:
    """Where nobody listens, it is the client's own error."""
    with opened() as live:
        told = Told(live)
        with closing(bind("127.0.0.1", 0)) as free:
            url = url_of(free)
        async with Client(url, SIGNER, time=told.time, sleep=told.sleep) as asking:
            with pytest.raises(UnreachableError) as caught:
                await asking.loan()
        tells_no_secret(live, caught.value)
        assert told.slept == [0.25, 0.5, 1.0]


@asynccontextmanager
async def listening(answer: Callable[[int], bytes]) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Serve raw bytes, by the number of the call; gives the URL and what was asked."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer(len(heard)))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield f"http://{host}:{port}", heard


async def test_a_redirect_carries_nothing_elsewhere() -> None:
    """Whoever stands at the other address hears nothing at all."""
    async with listening(lambda _: b"") as (elsewhere, heard):
        for status in (301, 302, 303, 307, 308):
            with opened(Redirect(elsewhere, status)) as live:
                async with client(live) as asking:
                    with pytest.raises(UnreadableError) as caught:
                        await asking.loan()
                    assert caught.value.status == status
        assert heard == []


async def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more is read than the most that is taken, and it is unreadable."""
    monkeypatch.setattr("mockex.testing.client.MAX_BODY_BYTES", 100)
    body = b'{"asset":"BUSD","amount":"1","more":"%b"}' % (b"x" * 1_000_000)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    with opened() as live:
        told = Told(live)
        async with (
            listening(lambda _: answer) as (url, heard),
            Client(url, SIGNER, time=told.time, sleep=told.sleep) as asking,
        ):
            with pytest.raises(UnreadableError):
                await asking.loan()
        assert len(heard) == 4


@pytest.mark.parametrize("extra", [b"Set-Cookie: a=b", b"Content-Encoding: gzip", b"Retry-After: 0"], ids=str)
async def test_headers_that_were_not_asked_for_change_nothing(extra: bytes) -> None:
    """No cookie is kept, nothing is unpacked, and the key goes with every try in its own header."""
    body = b'{"asset":"BUSD","amount":"579.45"}'
    answer = b"HTTP/1.1 200 OK\r\n%b\r\nContent-Length: %d\r\n\r\n%b" % (extra, len(body), body)
    async with listening(lambda _: answer) as (url, heard), Client(url, SIGNER) as asking:
        assert [await asking.loan(), await asking.loan()] == [LOAN, LOAN]
        assert not any(b"cookie" in one.lower() for one in heard)
        assert all(f"X-MBX-APIKEY: {SIGNER.api_key}\r\n".encode() in one for one in heard)
        assert all(b"Accept-Encoding: identity\r\n" in one for one in heard)


async def test_cancelling_a_call_is_no_error_of_the_exchange() -> None:
    """A call that is cancelled ends at once and is not tried again, and the client goes on."""
    with opened(Latency(60_000), times=1) as live:
        async with client(live) as asking:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await asking.loan()
            assert await asking.loan() == LOAN
        assert len(asked(live)) == 2


async def test_many_calls_at_once_are_not_banned() -> None:
    """One of them hears of the limit, nobody asks before its end, and all have their answer at last."""
    with opened(limits=Limits(sapi_weight_per_uid=1_500)) as live:
        async with client(live, patience_s=3_600.0) as asking:
            assert await asyncio.gather(*(asking.loan() for _ in range(20))) == [LOAN] * 20
        assert [entry.reply.status for entry in live.exchange.world.journal] == ([200] * 3 + [429]) * 6 + [200] * 2


async def test_a_world_is_chosen_by_url_or_key() -> None:
    """A prefix of the URL is kept before every path."""
    with opened() as live:
        live.exchange.world.arm(Fault(effect=Documented("timestamp-late"), endpoint="pm_loan", times=1))
        told = Told(live)
        async with Client(f"{live.url}/w/default/", SIGNER, time=told.time, sleep=told.sleep) as asking:
            assert await asking.loan() == LOAN
        assert asked(live) == [alice.SAPI_PATH, "/api/v3/time", alice.SAPI_PATH]
