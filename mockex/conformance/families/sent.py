"""What judges read of a call: its parameters as the exchange reads them, and what stands around them."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from mockex.conformance.case import Ask
from mockex.conformance.families.judging import ENDPOINTS
from mockex.conformance.run import Run
from mockex.core.params import decoded
from mockex.fuzzing.case import SIGNED
from mockex.testing.journal import JournalEntry

TIMING = ("recvWindow", "timestamp", "signature")
"""What every signed call may carry."""

OWN = {"pm_loan": (), "negative_balance_exchange_record": ("startTime", "endTime")}
"""What the page of an endpoint lists besides."""

_DIGITS = re.compile("[0-9]{1,19}")


class Sent(NamedTuple):
    """One parameter: its name and value as the exchange decodes them, and the very characters that were sent."""

    name: str
    value: str
    raw: str


def parameters(entry: JournalEntry) -> list[Sent]:
    """Give the parameters of a call in their order: those of its query, then those of a form in its body."""
    body = "" if entry.body.startswith(("{", "[")) else entry.body
    raw = [one for form in (entry.target.partition("?")[2], body) for one in form.split("&") if one]
    parts = (one.partition("=") for one in raw)
    return [Sent(decoded(name), decoded(value), one) for one, (name, _, value) in zip(raw, parts, strict=True)]


def values(entry: JournalEntry, name: str) -> list[str]:
    """Give all that a call says under one name."""
    return [one.value for one in parameters(entry) if one.name == name]


def whole_number(text: str) -> int | None:
    """Read a number of ASCII digits alone, or None."""
    return int(text) if _DIGITS.fullmatch(text) else None


def timestamp_ms_of(entry: JournalEntry) -> int | None:
    """Read the timestamp that counts, which is the first, if it is a number."""
    found = values(entry, "timestamp")
    return whole_number(found[0]) if found else None


def signed_calls(run: Run) -> list[JournalEntry]:
    """Give the calls to endpoints whose calls are signed."""
    return [entry for entry in run.entries if entry.endpoint in SIGNED]


def asked_for(entries: Iterable[JournalEntry], ask: Ask) -> list[JournalEntry]:
    """Give the calls to the endpoint that a question is for."""
    return [entry for entry in entries if entry.endpoint == ENDPOINTS[ask.what]]
