"""A world's journal, over HTTP: read, verify, wait, follow, explain."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, structs

from mockex import __version__
from mockex.core.bounds import JOURNAL_LENGTH, MAX_WAIT_S
from mockex.core.call import gather
from mockex.core.doctor import diagnose
from mockex.core.gateway import Step
from mockex.core.journal import Entry, Journal
from mockex.core.telling import as_curl, as_har, timing, told
from mockex.core.verifying import Expectation, Match, Outcome, differences, matching, verify
from mockex.errors import MockexError
from mockex.server.control.asking import Asked, NotThereError, Route

FILTERS = Match.__struct_fields__
FORMATS = ("json", "curl", "har")


class Wait(Struct, kw_only=True, forbid_unknown_fields=True):
    """Until `count` such calls are in the journal, or the time is over."""

    match: Match = Match()
    count: Annotated[int, Meta(ge=1, le=JOURNAL_LENGTH)] = 1
    timeout_s: Annotated[float, Meta(ge=0, le=MAX_WAIT_S)] = 10.0


def match_of(asked: Asked) -> Match:
    """Read which calls the query asks for."""
    wanted = {name: value for name, value in asked.query.items() if name in FILTERS}
    try:
        return msgspec.convert(wanted, Match, strict=False)
    except msgspec.ValidationError as error:
        raise MockexError(str(error)) from None


def chosen(asked: Asked) -> list[Entry]:
    """Find the entries that the query asks for."""
    entries = matching(match_of(asked), asked.world.journal)
    last = asked.query.get("last", "")
    return entries[-int(last) :] if last.isdecimal() and int(last) else entries


def steps_of(asked: Asked, entry: Entry) -> tuple[Step, ...]:
    """List the steps that an entry's call was led through."""
    for methods in asked.exchange.catalogue.routes.values():
        for route in methods.values():
            if route.endpoint.name == entry.endpoint:
                return route.steps
    return next(one.steps for one in asked.exchange.catalogue.gateways if one.name == entry.gateway)


def entry_told(asked: Asked, entry: Entry) -> dict[str, Any]:
    """Tell an entry; with `timing` in the query also what another process would not write the same."""
    about = told(entry, steps_of(asked, entry))
    return about | {"timing": timing(entry)} if "timing" in asked.query else about


def read(asked: Asked) -> Any:
    """Read a journal as JSON, as curl lines or as HAR."""
    entries, form = chosen(asked), asked.query.get("format", "json")
    if form not in FORMATS:
        raise MockexError(f"expected `format` to be one of {', '.join(FORMATS)}, got {form!r}")
    if form == "curl":
        return [as_curl(entry, url_of(asked)) for entry in entries]
    if form == "har":
        return as_har(entries, url_of(asked), __version__)
    return [entry_told(asked, entry) for entry in entries]


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
    return verify(asked.body, list(asked.world.journal))


async def wait(asked: Asked) -> dict[str, Any]:
    """Wait until enough calls matched, or the time is over."""
    wanted: Wait = asked.body
    journal, enough = asked.world.journal, asyncio.Event()

    def look(_: Entry | None = None) -> None:
        if len(matching(wanted.match, journal)) >= wanted.count:
            enough.set()

    journal.listeners.append(look)
    try:
        look()
        async with asyncio.timeout(wanted.timeout_s):
            await enough.wait()
    except TimeoutError:
        pass
    finally:
        journal.listeners.remove(look)
    entries = matching(wanted.match, journal)
    return {"holds": enough.is_set(), "matched": len(entries), "entries": [told(entry) for entry in entries]}


def follow(asked: Asked) -> AsyncIterator[bytes]:
    """Tell every entry that the query asks for as it is written; what is wrong with the query is told at once."""
    return events(asked, asked.world.journal, match_of(asked))


async def events(asked: Asked, journal: Journal, match: Match) -> AsyncIterator[bytes]:
    """Give entries as server-sent events; who reads too slowly hears how many were lost."""
    queue: asyncio.Queue[Entry] = asyncio.Queue(JOURNAL_LENGTH)
    lost = 0

    def hear(entry: Entry) -> None:
        nonlocal lost
        if differences(match, entry):
            return
        if queue.full():
            lost += 1
        else:
            queue.put_nowait(entry)

    journal.listeners.append(hear)
    try:
        yield b": following\n\n"
        while True:
            entry = await queue.get()
            if lost:
                yield b"event: lost\ndata: %d\n\n" % lost
                lost = 0
            yield b"id: %d\ndata: %b\n\n" % (entry.seq, msgspec.json.encode(entry_told(asked, entry)))
    finally:
        journal.listeners.remove(hear)


def explain(asked: Asked) -> dict[str, Any]:
    """Say why a call was refused."""
    world, number = asked.world, asked.path["seq"]
    entry = next((one for one in world.journal if str(one.seq) == number), None)
    if entry is None:
        raise NotThereError(f"the journal of {world.name!r} has no call {number}")
    call = gather(entry.request, world, asked.exchange.catalogue)
    call = structs.replace(call, now_ms=entry.at_ms)
    earlier = [one for one in world.journal if one.seq < entry.seq]
    diagnoses = diagnose(call, earlier, refused_by=entry.refused_by) if entry.refused_by else []
    return {"call": entry_told(asked, entry), "faults": list(entry.faults), "diagnoses": diagnoses}


JOURNAL = "/worlds/{world}/journal"
ROUTES = (
    Route("GET", JOURNAL, "Read a world's journal", read, query=(*FILTERS, "last", "format", "timing")),
    Route("DELETE", JOURNAL, "Forget a world's journal", clear),
    Route(
        "GET", f"{JOURNAL}/follow", "Follow a world's journal (server-sent events)", follow, query=(*FILTERS, "timing")
    ),
    Route("POST", f"{JOURNAL}/verify", "Ask whether such calls were made", check, Expectation),
    Route("POST", f"{JOURNAL}/wait", "Wait until such calls were made", wait, Wait),
    Route("GET", f"{JOURNAL}/{{seq}}/explain", "Say why a call was refused", explain),
)
