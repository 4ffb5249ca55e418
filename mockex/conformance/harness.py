"""The harness looks at itself: what it sent must be what its own description allows, but for declared faults."""

from msgspec import DecodeError, ValidationError, json

from mockex.conformance.run import Run
from mockex.core.refusals import Envelope
from mockex.endpoints import CATALOGUE
from mockex.fuzzing.case import is_spoilt
from mockex.testing.journal import JournalEntry

OK, JSON = 200, "json"


def harness_mistake(run: Run) -> str | None:
    """Say which answer is none that the exchange's pages show, though no fault spoilt it, or None."""
    for entry in (*run.entries, *run.elsewhere):
        if mistake := mistake_of(entry):
            return f"mockex itself answered call {entry} with what its description does not allow: {mistake}"
    return None


def mistake_of(entry: JournalEntry) -> str | None:
    """Say what is wrong with an answer of mockex's own, or None."""
    endpoint = next((one for one in CATALOGUE.endpoints if one.name == entry.endpoint), None)
    if endpoint is None or is_spoilt(entry) or len(entry.answer) < entry.answer_bytes:
        return None
    if entry.status != OK and JSON not in entry.headers.get("Content-Type", ""):
        return None  # the pages of what stands before a gateway
    shape = endpoint.returns if entry.status == OK else Envelope
    try:
        json.decode(entry.answer, type=shape)
    except (DecodeError, ValidationError) as error:
        is_codeless = entry.status != OK and entry.faults
        return None if is_codeless else str(error)
    return None
