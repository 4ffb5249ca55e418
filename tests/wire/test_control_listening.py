"""Who waits for calls, and who follows a journal: what they hear, and how it ends."""

import asyncio

import pytest
from msgspec import structs

from mockex.core.bounds import JOURNAL_LENGTH, MAX_LISTENERS
from mockex.core.world import World
from mockex.endpoints import CATALOGUE
from mockex.server.control import journal as journal_routes
from mockex.server.control.asking import Asked
from mockex.testing import LiveExchange
from tests import alice
from tests.alice import NOW_MS, request
from tests.wire.controlling import (
    WORLD,
    Waiting,
    call,
    delete,
    following,
    get,
    is_a_sentence,
    post,
    send,
)

# Waiting and following.


def test_a_waiter_does_not_hear_of_what_was_taken_back(live: LiveExchange) -> None:
    """A revert takes back the calls that matched, and the waiter goes on waiting for as many."""
    post(live, f"{WORLD}/snapshots", status=201)
    with Waiting(live, {"count": 2}) as answer:
        send(live, request())
        post(live, f"{WORLD}/snapshots/s1/revert")
        send(live, request())
        assert not answer.done()
        send(live, request())
    assert [one["seq"] for one in answer.result().body["entries"]] == [1, 2]
    assert live.exchange.world.journal.listeners == []


def test_a_deleted_world_ends_who_listens_to_it(live: LiveExchange) -> None:
    """Its followers' streams end as streams do, its waiters hear that it does not hold; others go on."""
    post(live, "/worlds", {"name": "gone"}, status=201)
    with following(live, "gone") as events, following(live) as others, Waiting(live, {}, "gone") as answer:
        delete(live, "/worlds/gone")
        assert (events.next(), events.ended) == ("", True)
        assert (answer.result().status, answer.result().body["holds"]) == (200, False)
        send(live, request())
        assert others.entry()["seq"] == 1


def test_the_end_of_the_server_ends_who_listens() -> None:
    """At once and in an orderly way: the stream has its last chunk, the waiter its answer."""
    with LiveExchange(alice.scenario()) as live:
        with following(live) as events, Waiting(live, {}) as answer:
            live.__exit__()
            assert (events.next(), events.ended) == ("", True)
            assert (answer.result().status, answer.result().body["holds"]) == (200, False)
        live.__enter__()


def test_a_follower_that_has_gone_is_forgotten(live: LiveExchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who hears nothing for a while is told something, and so it is found out who has gone."""
    monkeypatch.setattr(journal_routes, "STILL_HERE_S", 0.001)
    with following(live) as events:
        assert events.next() == ": still here"
        assert len(live.exchange.world.journal.listeners) == 1
    while live.exchange.world.journal.listeners:
        get(live, "/health")


def test_there_are_not_too_many_listeners(live: LiveExchange) -> None:
    """One more than the limit hears a 409, be it a follower or a waiter."""
    live.exchange.world.journal.listeners += [lambda _: None] * MAX_LISTENERS
    for method, path in (("GET", "follow"), ("POST", "wait")):
        assert is_a_sentence(call(live.url, method, f"{WORLD}/journal/{path}")) == 409


def asked(world: World, live: LiveExchange) -> Asked:
    """Ask for a journal in this process."""
    return Asked(live.exchange, NOW_MS, live.reach.url, {"world": world.name}, {}, None)


async def test_a_slow_follower_hears_how_much_it_lost() -> None:
    """In the place of what it lost; and what comes after is told again."""
    live = LiveExchange(alice.scenario())
    world = live.exchange.world
    events = journal_routes.follow(asked(world, live))
    assert await anext(events) == b": following\n\n"
    live.exchange.handle(request())
    (entry,) = world.journal
    for seq in range(2, JOURNAL_LENGTH + 6):
        world.journal.write(structs.replace(entry, seq=seq))
    told = [await anext(events) for _ in range(JOURNAL_LENGTH + 1)]
    assert [event.partition(b"\n")[0] for event in told[-2:]] == [b"id: %d" % JOURNAL_LENGTH, b"event: lost"]
    assert told[-1] == b"event: lost\ndata: 5\n\n"
    world.journal.write(structs.replace(entry, seq=JOURNAL_LENGTH + 6))
    assert (await anext(events)).startswith(b"id: %d\n" % (JOURNAL_LENGTH + 6))
    await events.aclose()  # type: ignore[attr-defined]
    assert world.journal.listeners == []


async def test_a_follower_of_a_world_that_has_gone_meanwhile_hears_its_end() -> None:
    """Also where the world was deleted between the question and the first event."""
    live = LiveExchange(alice.scenario())
    world = live.exchange.worlds.open(live.exchange.world.scenario, CATALOGUE, NOW_MS, fresh_keys=True)
    events = journal_routes.follow(asked(world, live))
    live.exchange.worlds.close(world.name)
    assert [event async for event in events] == [b": following\n\n"]


async def test_a_waiter_that_is_cancelled_listens_no_more() -> None:
    """As when its connection is cut off at the server's end."""
    live = LiveExchange(alice.scenario())
    wanted = structs.replace(asked(live.exchange.world, live), body=journal_routes.Wait(timeout_s=600.0))
    task = asyncio.create_task(journal_routes.wait(wanted))
    await asyncio.sleep(0)
    assert len(live.exchange.world.journal.listeners) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert live.exchange.world.journal.listeners == []
