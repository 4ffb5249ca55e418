"""A world's journal, over HTTP: read, verify, wait, follow, explain."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any

from msgspec import Meta, Struct, json

from mockex import __version__
from mockex.core.bounds import JOURNAL_LENGTH, MAX_LISTENERS, MAX_WAIT_S
from mockex.core.gateway import Step
from mockex.core.journal import Entry, Following, Listener
from mockex.core.telling import as_curl, as_har, timing, told
from mockex.core.verifying import Expectation, Match, Outcome, differences, matching, verify
from mockex.core.world import ConflictError, World
from mockex.errors import MockexError
from mockex.mistakes import converted, nearest
from mockex.server.control.asking import Asked, NotThereError, Route

FILTERS = Match.__struct_fields__
FORMATS = ("json", "curl", "har")
MAX_LAST_DIGITS = 9
STILL_HERE_S = 15.0
"""How often a follower hears something where there is nothing to hear."""


class Wait(Struct, kw_only=True, forbid_unknown_fields=True):
    """Until `count` such calls are in the journal, those that are there already included, or the time is over."""

    match: Match = Match()
    count: Annotated[int, Meta(ge=1, le=JOURNAL_LENGTH)] = 1
    timeout_s: Annotated[float, Meta(ge=0, le=MAX_WAIT_S)] = 10.0


def match_of(asked: Asked) -> Match:
    """Read which calls the query means."""
    wanted = {name: value for name, value in asked.query.items() if name in FILTERS}
    match: Match = converted(wanted, Match, strict=False)
    return match


def chosen(asked: Asked) -> list[Entry]:
    """Find the entries that the query asks for."""
    entries = matching(match_of(asked), asked.world.journal)
    last = asked.query.get("last")
    if last is None:
        return entries
    if not (last.isascii() and last.isdecimal() and 0 < len(last) <= MAX_LAST_DIGITS and int(last)):
        raise MockexError(f"expected `last` to be a number above 0, got {last!r}")
    return entries[-int(last) :]


def steps_of(asked: Asked, entry: Entry) -> tuple[Step, ...]:
    """List the steps that an entry's call was led through."""
    for methods in asked.exchange.catalogue.routes.values():
        for route in methods.values():
            if route.endpoint.name == entry.endpoint:
                return route.steps
    return next(one.steps for one in asked.exchange.catalogue.gateways if one.name == entry.gateway)


def entry_told(asked: Asked, world: World, entry: Entry) -> dict[str, Any]:
    """Tell an entry; with `timing` in the query also what another process would not write the same."""
    about = told(entry, steps_of(asked, entry), world.secrets)
    return about | {"timing": timing(entry)} if "timing" in asked.query else about


def read(asked: Asked) -> Any:
    """Read a journal as JSON, as curl lines or as HAR."""
    world, entries, form = asked.world, chosen(asked), asked.query.get("format", "json")
    if form not in FORMATS:
        raise MockexError(f"expected `format` to be one of {', '.join(FORMATS)}, got {form!r}{nearest(form, FORMATS)}")
    if form == "curl":
        return [as_curl(entry, url_of(asked), world.secrets) for entry in entries]
    if form == "har":
        return as_har(entries, url_of(asked), __version__, world.secrets)
    return [entry_told(asked, world, entry) for entry in entries]


def url_of(asked: Asked) -> str:
    """Give the URL at which a world answers, whatever key a call carries."""
    world = asked.world
    return asked.url if world is asked.exchange.world else f"{asked.url}/w/{world.name}"


def clear(asked: Asked) -> dict[str, int]:
    """Forget all entries; their numbers go on."""
    count = len(asked.world.journal.entries)
    asked.world.journal.entries.clear()
    return {"deleted": count}


def check(asked: Asked) -> Outcome:
    """Ask whether an expectation holds."""
    return verify(asked.body, list(asked.world.journal), asked.world.secrets)


def refuse_a_crowd(world: World) -> None:
    """Raise ConflictError where too many listen already."""
    if len(world.journal.listeners) >= MAX_LISTENERS:
        raise ConflictError(f"a journal is followed or waited for by at most {MAX_LISTENERS} at a time")


@contextmanager
def listening(world: World, listener: Listener) -> Iterator[None]:
    """Hear of every entry as it is written."""
    world.journal.listeners.append(listener)
    try:
        yield
    finally:
        world.journal.listeners.remove(listener)


async def wait(asked: Asked) -> dict[str, Any]:
    """Wait until enough calls matched, or the time is over, or there will be no more calls."""
    world, wanted = asked.world, asked.body
    refuse_a_crowd(world)
    journal, enough = world.journal, asyncio.Event()
    matched, reverted = len(matching(wanted.match, journal)), journal.reverted

    def look(entry: Entry | None) -> None:
        nonlocal matched, reverted
        if reverted != journal.reverted:
            matched, reverted = len(matching(wanted.match, journal)), journal.reverted
        elif entry is not None and not differences(wanted.match, entry):
            matched += 1
        if entry is None or matched >= wanted.count:
            enough.set()

    with listening(world, look):
        if matched < wanted.count:
            with suppress(TimeoutError):
                async with asyncio.timeout(wanted.timeout_s):
                    await enough.wait()
    entries = [entry_told(asked, world, entry) for entry in matching(wanted.match, journal)]
    return {"holds": matched >= wanted.count, "matched": len(entries), "entries": entries}


def follow(asked: Asked) -> AsyncIterator[bytes]:
    """Tell every entry as it is written, as server-sent events; who reads too slowly hears how many were lost."""
    world, match = asked.world, match_of(asked)
    refuse_a_crowd(world)
    return events(asked, world, match)


async def events(asked: Asked, world: World, match: Match) -> AsyncIterator[bytes]:
    """Write the events that a follower hears, until the world or the server ends."""
    is_woken = asyncio.Event()
    following = Following(is_woken.set)

    def hear(entry: Entry | None) -> None:
        if entry is None or not differences(match, entry):
            following.hear(entry)

    with listening(world, hear):
        yield b": following\n\n"
        while asked.exchange.worlds.by_name.get(world.name) is world:
            while following.waiting:
                entry = following.waiting.popleft()
                if entry is None:
                    return
                if isinstance(entry, int):
                    yield b"event: lost\ndata: %d\n\n" % entry
                else:
                    yield b"id: %d\ndata: %b\n\n" % (entry.seq, json.encode(entry_told(asked, world, entry)))
            is_woken.clear()
            try:
                async with asyncio.timeout(STILL_HERE_S):
                    await is_woken.wait()
            except TimeoutError:
                yield b": still here\n\n"  # who has gone is found out by writing to them


def explain(asked: Asked) -> dict[str, Any]:
    """Say why a call was refused."""
    from mockex.core.doctor import diagnose_entry  # the doctor is not called in at the start

    world, number = asked.world, asked.path["seq"]
    entry = next((one for one in world.journal if str(one.seq) == number), None)
    if entry is None:
        raise NotThereError(f"the journal of {world.name!r} has no call {number!r}")
    diagnoses = diagnose_entry(entry, world)
    return {"call": entry_told(asked, world, entry), "faults": list(entry.faults), "diagnoses": diagnoses}


JOURNAL = "/worlds/{world}/journal"
ROUTES = (
    Route("GET", JOURNAL, "Read a world's journal", read, query=(*FILTERS, "last", "format", "timing")),
    Route("DELETE", JOURNAL, "Forget a world's journal", clear),
    Route(
        "GET", f"{JOURNAL}/follow", "Follow a world's journal as server-sent events", follow, query=(*FILTERS, "timing")
    ),
    Route("POST", f"{JOURNAL}/verify", "Ask whether such calls were made", check, Expectation),
    Route("POST", f"{JOURNAL}/wait", "Wait until such calls were made", wait, Wait, query=("timing",)),
    Route("GET", f"{JOURNAL}/{{seq}}/explain", "Say why a call was refused", explain, query=("timing",)),
)
