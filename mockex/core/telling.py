"""How an entry of a journal is told: as JSON, as a curl line, as HAR. Secrets and whole signatures are never told."""

import re
import shlex
from collections.abc import Iterable
from typing import Any

from msgspec import json, structs

from mockex.core.clock import iso
from mockex.core.gateway import Step
from mockex.core.journal import Entry
from mockex.core.wire import as_text, printable

SHOWN_CHARS = 8
MAX_BODY_CHARS = 16_384
HIDDEN_HEADERS = {b"authorization", b"cookie", b"proxy-authorization"}
_SIGNATURE = re.compile(r"((?:^|[?&])(?:s|%73)ignature=)([^&]*)", re.IGNORECASE)


def masked(text: str) -> str:
    """Cut every signature in a query or a body to its first characters."""
    return _SIGNATURE.sub(lambda match: match[1] + cut(match[2]), text)


def cut(signature: str) -> str:
    """Cut a signature so that it can be recognised and not be used."""
    return signature if len(signature) <= SHOWN_CHARS else f"{signature[:SHOWN_CHARS]}…"


def code_of(entry: Entry) -> int | None:
    """Read the code of the answer; None where it has none."""
    if not entry.reply.body.startswith(b'{"code":'):
        return None
    try:
        code = json.decode(entry.reply.body).get("code")
    except ValueError:
        return None
    return code if isinstance(code, int) else None


def told(entry: Entry, steps: Iterable[Step] = ()) -> dict[str, Any]:
    """Tell an entry as JSON; with the steps of its route also what each of them said."""
    request, reply = entry.request, entry.reply
    about: dict[str, Any] = {
        "seq": entry.seq,
        "at_ms": entry.at_ms,
        "at": iso(entry.at_ms),
        "ip": request.ip,
        "method": request.method,
        "target": printable(masked(request.target)),
        "api_key": printable(request.api_key) if request.api_key is not None else None,
        "body": printable(masked(as_text(request.body)))[:MAX_BODY_CHARS],
        "gateway": entry.gateway,
        "endpoint": entry.endpoint,
        "uid": entry.uid,
        "status": reply.status,
        "code": code_of(entry),
        "refused_by": entry.refused_by,
        "tally": structs.asdict(entry.tally) if entry.tally else None,
        "faults": list(entry.faults),
        "request_headers": [(name, printable(value)) for name, value in request_headers(entry)],
        "headers": reply.headers,
        "answer": reply.body[:MAX_BODY_CHARS].decode("utf-8", "replace"),
    }
    if steps:
        about["checks"] = dict(checks(entry, steps))
    return about


def timing(entry: Entry) -> dict[str, int]:
    """Tell when the machine heard the call and how long the core took for it."""
    return {"received_at_ms": entry.request.received_at_ms, "took_us": entry.took_ns // 1_000}


def checks(entry: Entry, steps: Iterable[Step]) -> Iterable[tuple[str, str]]:
    """Say of every step whether it passed the call, refused it, or was not asked any more."""
    verdict = "passed"
    for step in steps:
        if step.name == entry.refused_by:
            yield step.name, "refused"
            verdict = "not asked"
        else:
            yield step.name, verdict


def request_headers(entry: Entry) -> list[tuple[str, str]]:
    """Give the headers as they were sent, but for credentials that are none of the exchange's."""
    return [
        (as_text(name), "…" if name.lower() in HIDDEN_HEADERS else as_text(value))
        for name, value in entry.request.headers
    ]


def as_curl(entry: Entry, url: str) -> str:
    """Write the call as a shell line; it is signed anew, by the secret in MOCKEX_SECRET."""
    path, _, query = entry.request.target.partition("?")
    segments = [one for one in query.split("&") if not one.startswith("signature=")]
    unsigned = "&".join(segments)
    words = ["curl", "-i"]
    if entry.request.method != "GET":
        words += ["-X", entry.request.method]
    if entry.request.api_key is not None:
        words += ["-H", f"X-MBX-APIKEY: {entry.request.api_key}"]
    if entry.request.body:
        words += ["--data-raw", masked(as_text(entry.request.body))]
    line = " ".join(shlex.quote(printable(word)) for word in words)
    target = printable(f"{url}{path}")
    if "signature=" not in query:
        return f"{line} {shlex.quote(target + (f'?{printable(query)}' if query else ''))}"
    return f'{line} {shlex.quote(f"{target}?")}"$(mockex sign {shlex.quote(printable(unsigned))})"'


def as_har(entries: Iterable[Entry], url: str, version: str) -> dict[str, Any]:
    """Write calls as an HTTP Archive 1.2."""
    creator = {"name": "mockex", "version": version}
    return {"log": {"version": "1.2", "creator": creator, "entries": [_har_entry(entry, url) for entry in entries]}}


def _har_entry(entry: Entry, url: str) -> dict[str, Any]:
    request, reply = entry.request, entry.reply
    target = printable(masked(request.target))
    pairs = [one.partition("=") for one in target.partition("?")[2].split("&") if one]
    took_ms = entry.took_ns / 1_000_000
    har_request: dict[str, Any] = {
        "method": request.method,
        "url": f"{url}{target}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [{"name": name, "value": printable(value)} for name, value in request_headers(entry)],
        "queryString": [{"name": name, "value": value} for name, _, value in pairs],
        "headersSize": -1,
        "bodySize": len(request.body),
    }
    if request.body:
        har_request["postData"] = {"mimeType": "", "text": printable(masked(as_text(request.body)))}
    content = {
        "size": len(reply.body),
        "mimeType": reply.headers.get("Content-Type", ""),
        "text": reply.body.decode("utf-8", "replace"),
    }
    return {
        "startedDateTime": iso(entry.at_ms),
        "time": took_ms,
        "request": har_request,
        "response": {
            "status": reply.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [{"name": name, "value": value} for name, value in reply.headers.items()],
            "content": content,
            "redirectURL": reply.headers.get("Location", ""),
            "headersSize": -1,
            "bodySize": len(reply.body),
        },
        "cache": {},
        "timings": {"send": 0, "wait": took_ms, "receive": 0},
    }
