"""The calls of all findings as an HTTP Archive, each case a page of it."""

from collections.abc import Iterator
from typing import Any

from msgspec import json, to_builtins

from mockex.conformance.reports.wording import offending
from mockex.conformance.results import CaseResult, Report
from mockex.core.telling import har, har_entry
from mockex.testing.journal import JournalEntry


def as_har(report: Report) -> str:
    """Write the calls, those to where redirects lead included."""
    pages: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    for result in offending(report):
        for case in result.decisive:
            if calls := [*case.entries, *case.elsewhere]:
                page = f"page_{len(pages) + 1}"
                pages.append(_page(page, f"{result.id}: {case.case.name}", case, calls))
                entries += _entries(page, calls)
    archive = har(report.mockex, entries)
    archive["log"]["pages"] = pages
    return json.format(json.encode(archive), indent=1).decode() + "\n"


def _page(page: str, title: str, case: CaseResult, calls: list[JournalEntry]) -> dict[str, Any]:
    return {
        "id": page,
        "title": title,
        "startedDateTime": calls[0].at,
        "pageTimings": {},
        "comment": case.sentence,
    }


def _entries(page: str, calls: list[JournalEntry]) -> Iterator[dict[str, Any]]:
    for call in calls:
        host = next((value for name, value in call.request_headers if name.lower() == "host"), "127.0.0.1")
        told = to_builtins(call) | {"body_bytes": len(call.body.encode())}
        why = ", ".join(filter(None, (call.refused_by, *call.faults)))
        yield har_entry(told, f"http://{host}") | {"pageref": page, "comment": why}
