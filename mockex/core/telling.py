"""How an entry of a journal is told: as JSON, as a curl line, as HAR. Secrets and whole signatures are never told."""

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import json, structs

from mockex.core.clock import iso
from mockex.core.gateway import Step
from mockex.core.journal import Entry
from mockex.core.masking import Mask, is_hidden, mask_of
from mockex.core.params import decoded
from mockex.core.wire import as_text, printable

Pairs = list[tuple[str, str]]


def code_of(entry: Entry) -> int | None:
    """Read the code of the answer; None where it has none."""
    if not entry.reply.body.startswith(b'{"code":'):
        return None
    try:
        code = json.decode(entry.reply.body).get("code")
    except (ValueError, RecursionError):
        return None
    return code if isinstance(code, int) else None


def told(entry: Entry, steps: Iterable[Step] = (), secrets: Iterable[str] = ()) -> dict[str, Any]:
    """Tell an entry as JSON; with the steps of its route also what each of them said."""
    request, reply, mask = entry.request, entry.reply, mask_of(entry.request, secrets)
    about: dict[str, Any] = {
        "seq": entry.seq,
        "at_ms": entry.at_ms,
        "at": iso(entry.at_ms),
        "ip": printable(request.ip),
        "method": request.method,
        "target": printable(mask(request.target)),
        "api_key": printable(mask(request.api_key)) if request.api_key is not None else None,
        "body": printable(mask(as_text(request.body))),
        "body_bytes": entry.asked_bytes,
        "gateway": entry.gateway,
        "endpoint": entry.endpoint,
        "uid": entry.uid,
        "status": reply.status,
        "code": code_of(entry),
        "refused_by": entry.refused_by,
        "tally": structs.asdict(entry.tally) if entry.tally else None,
        "faults": list(entry.faults),
        "request_headers": request_headers(entry, mask),
        "headers": dict(reply_headers(entry, mask)),
        "answer": mask(reply.body.decode("utf-8", "replace")),
        "answer_bytes": entry.answered_bytes,
    }
    if steps:
        about["checks"] = dict(checks(entry, steps))
    return about


def timing(entry: Entry) -> dict[str, int]:
    """Tell when the machine heard the call and how long the core took for it."""
    return {"received_at_ms": entry.request.received_at_ms, "took_us": entry.took_ns // 1_000}


def checks(entry: Entry, steps: Iterable[Step]) -> Iterable[tuple[str, str]]:
    """Say of every step whether it passed the call, refused it, or was not asked: no more, or none at the edge."""
    was_judged = entry.refused_by is not None or entry.tally is not None
    verdict = "passed" if was_judged else "not asked"
    for step in steps:
        if step.name == entry.refused_by:
            yield step.name, "refused"
            verdict = "not asked"
        else:
            yield step.name, verdict


def request_headers(entry: Entry, mask: Mask) -> Pairs:
    """Give the headers as they were sent, but for credentials that are none of the exchange's."""
    return [
        (printable(as_text(name)), "…" if is_hidden(name) else printable(mask(as_text(value))))
        for name, value in entry.request.headers
    ]


def reply_headers(entry: Entry, mask: Mask) -> Pairs:
    """Give the headers of the reply; one that redirects may quote what was asked."""
    return [(name, printable(mask(value))) for name, value in entry.reply.headers.items()]


def as_curl(entry: Entry, url: str, secrets: Iterable[str] = ()) -> str:
    """Write the call as a shell line; a signed query is signed anew, by the key in MOCKEX_SECRET."""
    request, mask = entry.request, mask_of(entry.request, secrets)
    words = ["curl", "-g", "-I" if request.method == "HEAD" else "-i"]
    if request.body or request.method not in ("GET", "HEAD"):
        words += ["-X", request.method]
    if request.api_key is not None:
        words += ["-H", f"X-MBX-APIKEY: {mask(request.api_key)}"]
    if request.body:
        words += ["--data-raw", mask(as_text(request.body))]
    path, mark, query = request.target.partition("?")
    segments = query.split("&")
    unsigned = [segment for segment in segments if decoded(segment.partition("=")[0]) != "signature"]
    line = " ".join(_quoted(word) for word in words)
    if len(unsigned) == len(segments):
        return f"{line} {_quoted(f'{url}{mask(path)}{mark}{mask(query)}')}"
    return f'{line} {_quoted(f"{url}{mask(path)}?")}"$(mockex sign -- {_quoted(mask("&".join(unsigned)))})"'


def _quoted(word: str) -> str:
    """Quote a word for the shell, in which no NUL can be said."""
    return shlex.quote(printable(word).replace("\0", ""))


def as_har(entries: Iterable[Entry], url: str, version: str, secrets: Iterable[str] = ()) -> dict[str, Any]:
    """Write calls as an HTTP Archive 1.2."""
    return har(version, [har_entry(told(entry, (), secrets), url, entry.took_ns / 1_000_000) for entry in entries])


def har(version: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Make an archive of entries."""
    return {"log": {"version": "1.2", "creator": {"name": "mockex", "version": version}, "entries": entries}}


def har_entry(about: Mapping[str, Any], url: str, took_ms: float = 0) -> dict[str, Any]:
    """Write a call as HAR has it, from what `told` tells of it."""
    return {
        "startedDateTime": about["at"],
        "time": took_ms,
        "request": _har_request(about, url),
        "response": _har_response(about),
        "cache": {},
        "timings": {"send": 0, "wait": took_ms, "receive": 0},
        "_mockex": {name: about[name] for name in ("seq", "ip", "refused_by", "faults")},
    }


def _har_request(about: Mapping[str, Any], url: str) -> dict[str, Any]:
    pairs = [segment.partition("=") for segment in about["target"].partition("?")[2].split("&") if segment]
    headers = about["request_headers"]
    asked: dict[str, Any] = {
        "method": about["method"],
        "url": f"{url}{about['target']}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(headers),
        "queryString": _named((name, value) for name, _, value in pairs),
        "headersSize": -1,
        "bodySize": about["body_bytes"],
    }
    if about["body"]:
        asked["postData"] = {"mimeType": _first(headers, "content-type"), "params": [], "text": about["body"]}
    return asked


def _har_response(about: Mapping[str, Any]) -> dict[str, Any]:
    headers = list(about["headers"].items())
    return {
        "status": about["status"],
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(headers),
        "content": {
            "size": about["answer_bytes"],
            "mimeType": _first(headers, "content-type"),
            "text": about["answer"],
        },
        "redirectURL": _first(headers, "location"),
        "headersSize": -1,
        "bodySize": about["answer_bytes"],
    }


def _named(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _first(headers: Pairs, name: str) -> str:
    return next((value for other, value in headers if other.lower() == name), "")
