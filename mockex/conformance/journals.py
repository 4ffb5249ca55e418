"""Journals that were written down: what `mockex journal --format json` or `har` wrote, or any HTTP Archive."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import DecodeError, ValidationError, convert, json, structs

from mockex.conformance.harness import step_that_says
from mockex.core.clock import moment_ms
from mockex.endpoints import CATALOGUE
from mockex.errors import MockexError
from mockex.fuzzing.case import HOSTILE
from mockex.testing.journal import JournalEntry

MAX_FILE_BYTES = 256 << 20
ORIGIN = re.compile(r"^https?://[^/?#]*", re.IGNORECASE)
WORLD = re.compile(r"^/w/[^/]+(?=/)")
UNKNOWN = "unknown"
OK = 200


def entries_in(path: Path) -> list[JournalEntry]:
    """Read the calls of a file. Raises MockexError."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise MockexError(f"{path}: cannot be read: {error.strerror}") from None
    if len(raw) > MAX_FILE_BYTES:
        raise MockexError(f"{path}: larger than {MAX_FILE_BYTES >> 20} MiB")
    try:
        said = json.decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MockexError(f"{path}: is no JSON: {error}") from None
    try:
        return entries_of(said)
    except (ValidationError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise MockexError(f"{path}: is no journal that mockex wrote, and no HTTP Archive: {error!r}") from None


def entries_of(said: Any) -> list[JournalEntry]:
    """Read calls out of JSON: a list as a world tells it, or an archive; what a fault struck is taken for spoilt.

    Raises ValidationError and others for what is neither.
    """
    if isinstance(said, list):
        return [struck(entry) for entry in convert(said, list[JournalEntry])]
    return [struck(entry) for entry in _archived(said["log"]["entries"])]


def struck(entry: JournalEntry) -> JournalEntry:
    """Name faults as judges read them; whoever declared one does not say here whether it was hostile."""
    if not entry.faults:
        return entry
    return structs.replace(entry, faults=tuple(f"{HOSTILE}-{name}" for name in entry.faults))


def _archived(items: list[dict[str, Any]]) -> Iterator[JournalEntry]:
    for number, item in enumerate(items, 1):
        target = WORLD.sub("", ORIGIN.sub("", item["request"]["url"]).partition("#")[0])
        if target.startswith(tuple(gateway.prefix for gateway in CATALOGUE.gateways)):
            yield _entry(number, target, item)


def _entry(number: int, target: str, item: dict[str, Any]) -> JournalEntry:
    """Read one call of an archive; mockex's own tell of it what no other knows."""
    asked, answered, own = item["request"], item["response"], item.get("_mockex")
    path, method = target.partition("?")[0], asked["method"]
    route = CATALOGUE.routes.get(path, {}).get(method)
    gateway = route.endpoint.gateway if route else CATALOGUE.gateway_of(path)
    request_headers = tuple((one["name"], one["value"]) for one in asked["headers"])
    text = answered["content"].get("text", "")
    entry = JournalEntry(
        seq=number,
        at_ms=moment_ms(datetime.fromisoformat(item["startedDateTime"])),
        at=item["startedDateTime"],
        ip="",
        method=method,
        target=target,
        api_key=next((value for name, value in request_headers if name.lower() == "x-mbx-apikey"), None),
        body=asked.get("postData", {}).get("text", ""),
        gateway=gateway.name,
        endpoint=route.endpoint.name if route else None,
        uid=None,
        status=answered["status"],
        code=_code(text),
        refused_by=None,
        tally=None,
        faults=(),
        request_headers=request_headers,
        headers={one["name"]: one["value"] for one in answered["headers"]},
        answer=text,
        answer_bytes=len(text.encode()),
    )
    return _with_its_reason(entry, own)


def _with_its_reason(entry: JournalEntry, own: Mapping[str, Any] | None) -> JournalEntry:
    """Say who refused a call: as mockex knows it, or as the words sound; what nobody says is taken for spoilt."""
    if own is not None:
        about = {name: own[name] for name in ("seq", "ip", "refused_by")}
        return structs.replace(entry, faults=tuple(own["faults"]), **about)
    if entry.status == OK:
        return entry
    step = step_that_says(entry)
    return structs.replace(entry, refused_by=step, faults=() if step else (UNKNOWN,))


def _code(text: str) -> int | None:
    try:
        said = json.decode(text)
    except (DecodeError, RecursionError):
        return None
    code = said.get("code") if isinstance(said, dict) else None
    return code if isinstance(code, int) else None
