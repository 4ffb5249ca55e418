"""The journal, and what is said of calls: found, waited for, verified, explained, expected or not, at every reach."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import pytest
from msgspec import structs

from mockex.asking import fetch
from mockex.core.bounds import JOURNAL_LENGTH, MAX_LISTENERS
from mockex.errors import MockexError
from mockex.testing import LiveExchange, LiveWorld, Signer, connect
from mockex.testing.report import surprise
from tests.alice import PAPI_PATH, SAPI_PATH
from tests.testing.calling import asked, called, refused, sentence


async def test_calls_are_found(held: LiveWorld) -> None:
    """By all that may be asked for, the last ones, by their place, and all of them."""
    await asked(held)
    await refused(held)
    await called(f"{held.url}/papi/v1/time")
    journal = held.journal
    assert [one.seq for one in journal] == [1, 2, 3]
    assert [one.seq for one in journal.where(status=HTTPStatus.OK)] == [1, 3]
    assert [one.seq for one in journal.where(endpoint="pm_loan", code=-1131, refused_by=None)] == [2]
    assert [one.seq for one in journal.where(refused_by="", after_seq=1)] == [3]
    assert [one.seq for one in journal.last(2)] == [2, 3]
    assert (len(journal), journal[-1].seq, [one.seq for one in journal[:2]]) == (3, 3, [1, 2])
    assert (journal[0].path, journal[0].api_key) == (SAPI_PATH, held.signer().api_key)
    assert str(journal[1]).startswith(f"2: GET {SAPI_PATH} → 400 -1131 ")
    journal.clear()
    assert not journal
    with pytest.raises(IndexError):
        _ = journal[0]
    await called(f"{held.url}/papi/v1/time")
    assert journal[0].seq == 4


async def test_an_answer_keeps_its_digits(held: LiveWorld) -> None:
    """Numbers that are not whole are Decimals."""
    await called(held.signed_url(PAPI_PATH, startTime=1736184913252, endTime=1736263046841), held.signer())
    rows = held.journal[-1].json["rows"]
    assert [row["details"][0]["negativeBalance"] for row in rows] == [18, Decimal("1.10264488")]


async def test_calls_are_written_for_others(held: LiveWorld) -> None:
    """As shell lines and as an HTTP Archive, which name the URL at which the world is asked."""
    with held.world() as world:
        await asked(world)
        (line,) = world.journal.curl()
        (entry,) = world.journal.har()["log"]["entries"]
        for written in (line, entry["request"]["url"]):
            assert f"{world.url}{SAPI_PATH}" in written


@pytest.mark.parametrize(
    ("match", "says"),
    [
        ({"cod": 1}, "unknown field `cod` (did you mean 'code'?)"),
        ({"format": "curl"}, "unknown field `format`"),
        ({"last": 1}, "unknown field `last`"),
        ({"code": "x"}, "at code: expected `int"),
    ],
)
async def test_a_mistake_in_what_is_looked_for_is_told(held: LiveWorld, match: dict[str, Any], says: str) -> None:
    """The same, whether calls are looked for, waited for or verified; the nearest word is named."""
    await asked(held)
    for ask in (lambda: held.journal.where(**match), lambda: held.verify(**match)):
        with pytest.raises(MockexError) as told:
            ask()
        assert says.removeprefix("at ") in sentence(told.value)
    with pytest.raises(MockexError) as told:
        await held.journal.waited(**match)
    assert says.removeprefix("at ") in sentence(told.value)


async def test_calls_are_waited_for(held: LiveWorld) -> None:
    """Those before count too; a client calls meanwhile."""
    await refused(held)
    client = asyncio.create_task(refused(held))
    found = await held.journal.waited(2, code=-1131)
    await client
    assert [one.seq for one in found] == [1, 2]
    assert [one.code for one in await held.journal.waited(timeout_s=0)] == [-1131, -1131]


async def test_who_waits_in_vain_is_told(held: LiveWorld) -> None:
    """What was waited for and how many such calls there were."""
    await refused(held)
    with pytest.raises(AssertionError) as told:
        await held.journal.waited(2, timeout_s=0.01, code=-1131)
    assert str(told.value) == "waited in vain for 2 calls with code=-1131; 1 such calls were made"
    with pytest.raises(MockexError, match="at timeout_s"):
        await held.journal.waited(timeout_s=-1)


@pytest.mark.parametrize("is_far", [False, True])
def test_a_synchronous_test_waits_for_calls(is_far: bool) -> None:
    """It blocks while a client's thread calls."""
    with LiveExchange() as exchange, ThreadPoolExecutor(1) as pool:
        held: LiveWorld = connect(exchange.url) if is_far else exchange
        calls = pool.submit(lambda: [fetch(f"{exchange.url}/papi/v1/ping", {}) for _ in range(3)])
        assert len(held.journal.wait(3, path="/papi/v1/ping")) == 3
        assert len(calls.result()) == 3
        with pytest.raises(AssertionError, match=r"waited in vain for 4 calls; 3 such calls were made"):
            held.journal.wait(4, timeout_s=0.01)


async def test_nothing_is_waited_for_in_the_loop_that_serves() -> None:
    """It would wait for ever; another thread may."""
    async with LiveExchange() as exchange:
        with pytest.raises(MockexError, match="await `waited` instead"):
            exchange.journal.wait()
        waiting = asyncio.create_task(asyncio.to_thread(exchange.journal.wait))
        await called(f"{exchange.url}/papi/v1/ping")
        assert len(await waiting) == 1


async def test_there_are_not_too_many_waiters() -> None:
    """One more than a journal has room for is told so, in a sentence."""
    async with LiveExchange() as exchange:
        exchange.exchange.world.journal.listeners += [lambda _: None] * MAX_LISTENERS
        with pytest.raises(MockexError, match="by at most 100 at a time"):
            await exchange.journal.waited()
        with pytest.raises(MockexError, match="by at most 100 at a time"):
            await asyncio.to_thread(exchange.journal.wait)


async def test_calls_are_verified(held: LiveWorld) -> None:
    """How often they were made, and in which order; what comes nearest is named."""
    await asked(held)
    await refused(held)
    held.verify(endpoint="pm_loan", count=2)
    held.verify(code=-1131, at_least=1, at_most=1)
    held.verify(order=[{"status": 200}, {"code": -1131}])
    with pytest.raises(AssertionError) as told:
        held.verify(path=SAPI_PATH, code=-1022)
    first, *nearest = str(told.value).splitlines()
    assert first == "0 of 2 calls match, but at least 1 were expected"
    assert nearest == ["call 2 is near: code is -1131, not -1022", "call 1 is near: code is None, not -1022"]
    with pytest.raises(AssertionError, match=r"after 1 of 2 calls in order.*call 1 does, but came earlier"):
        held.verify(order=({"code": -1131}, {"status": 200}))
    with pytest.raises(MockexError, match="expected either `count`, or"):
        held.verify(count=1, at_least=1)


async def test_why_a_call_was_refused(held: LiveWorld) -> None:
    """The last that was, one by its number, or an entry of the journal."""
    with pytest.raises(MockexError, match="no call in the journal of 'default' was refused"):
        held.explain()
    await refused(held)
    await asked(held)
    (diagnosis,) = held.explain()
    assert diagnosis.code == -1131
    assert held.explain(1) == held.explain(held.journal[0]) == [diagnosis]
    assert held.explain(2) == []
    with pytest.raises(MockexError, match="has no call '3'"):
        held.explain(3)


async def test_a_refusal_is_expected(held: LiveWorld) -> None:
    """Within the `with`; what was refused before does not count."""
    await refused(held)
    with held.refuses(code=-1131):
        await refused(held)
    assert [one.seq for one in held.surprises()] == [1]
    with pytest.raises(AssertionError, match=r"no call was refused with \{'code': -1131\}\nmockex: world 'default'"):
        await _expecting(held)
    with pytest.raises(MockexError, match="did you mean 'code'"), held.refuses(cod=-1131):
        pass


async def _expecting(world: LiveWorld) -> None:
    with world.refuses(code=-1131):
        await asked(world)


async def test_a_strict_world_refuses_surprises(held: LiveWorld) -> None:
    """And lets pass what was expected."""
    with held.world(strict=True) as world, world.refuses(code=-1131):
        await refused(world)
    with pytest.raises(AssertionError, match=r"^a call was refused, and nobody expected it: 1: GET .* -1131"):
        await _surprised(held, strict=True)
    await _surprised(held, strict=False)


async def test_a_refusal_is_expected_though_an_error_passes(held: LiveWorld) -> None:
    """The client's error may be caught further out than the refusal is expected."""
    with pytest.raises(ZeroDivisionError), held.refuses(code=-1131):
        await _refused_and_failing(held)
    assert held.surprises() == []


async def _refused_and_failing(world: LiveWorld) -> None:
    await refused(world)
    _ = 1 / 0


async def test_refusals_that_a_journal_has_forgotten_are_no_good_news() -> None:
    """A strict world says so, and so does who looks for a refusal in vain; one that was cleared is content."""
    with LiveExchange() as exchange:
        await refused(exchange)
        await asked(exchange)
        assert surprise(exchange) is not None
        with pytest.raises(AssertionError, match=r"'code': -1131\}; of 1 that were, the journal knows no more"):
            _outlived(exchange)
        assert str(surprise(exchange)).startswith("the journal knows no more of 1 refused calls: ")
        exchange.journal.clear()
        assert surprise(exchange) is None


async def test_good_calls_that_a_journal_has_forgotten_are_good_news() -> None:
    """A strict world of which all is known that was refused is content, however many calls it has had."""
    with LiveExchange() as exchange:
        await asked(exchange)
        with suppress(AssertionError):
            _outlived(exchange)
        assert len(exchange.journal) == JOURNAL_LENGTH
        assert surprise(exchange) is None


def _outlived(exchange: LiveExchange) -> None:
    """Expect a refusal, while so many calls are made that the journal forgets it."""
    journal = exchange.exchange.world.journal
    (*_, good) = journal
    with exchange.refuses(code=-1131):
        for seq in range(journal.written + 1, JOURNAL_LENGTH + 3):
            journal.write(structs.replace(good, seq=seq))


async def _surprised(held: LiveWorld, *, strict: bool) -> None:
    with held.world(strict=strict) as world:
        await refused(world)


async def test_numbers_that_are_given_again_are_no_expectation(held: LiveWorld) -> None:
    """A revert forgets what was expected of the calls that it forgets."""
    with held.world() as world:
        with world.refuses():
            await refused(world)
        with world.snapshot():
            with world.refuses():
                await refused(world)
            assert world.surprises() == []
        await refused(world)
        assert [one.seq for one in world.surprises()] == [2]


async def test_an_error_that_passes_is_told_of_the_last_calls(held: LiveWorld) -> None:
    """With the reason why the latest was refused, the seed, and nothing that signs."""
    secrets = [one.secret for one in held.opened.keys if one.secret]
    with pytest.raises(ZeroDivisionError) as told:
        await _failing(held, secrets)
    (note,) = told.value.__notes__
    lines = note.splitlines()
    assert lines[0].startswith(
        "mockex: world 'w1' of 'The two documentation examples, with one key of each type', seed 5"
    )
    assert lines[1] == "the last 5 of 7 calls:"
    refusal = next(number for number, line in enumerate(lines) if line.startswith(f"  7: GET {SAPI_PATH} → 400 -1022 "))
    assert lines[refusal + 1].strip().startswith("White space")
    assert lines[-1].endswith("[secret-with-white-space]")
    assert len(secrets) == 2
    assert not any(secret in note for secret in secrets)
    assert "signature=" not in note


async def _failing(held: LiveWorld, secrets: list[str]) -> None:
    with held.world(seed=5) as world:
        secrets += [one.secret for one in world.opened.keys if one.secret]
        for _ in range(6):
            await asked(world)
        right = world.signer()
        wrong = Signer(api_key=right.api_key, secret=f"{right.secret}\n")
        await called(world.signed_url(SAPI_PATH, wrong), wrong)
        _ = 1 / 0


async def test_an_error_of_a_world_without_calls_says_so(held: LiveWorld) -> None:
    """And where the world has gone, that; the error that passes is the test's own."""
    with pytest.raises(ZeroDivisionError) as told, held.world():
        _ = 1 / 0
    assert told.value.__notes__[0].endswith("\nno call has reached it")
    with pytest.raises(ZeroDivisionError) as told:
        await _leaving(held)
    assert "nothing can be told: there is no world" in told.value.__notes__[0]


async def _leaving(held: LiveWorld) -> None:
    with held.world() as world:
        LiveWorld(held.reach, world.name).close()
        _ = 1 / 0
