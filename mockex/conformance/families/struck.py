"""Cases in which every call for one thing is answered by a fault, and what judges read of such an answer."""

from typing import Literal

from msgspec import json

from mockex.conformance.case import NOW_MS, Ask, Case, Disturb, record
from mockex.conformance.families.judging import ENDPOINTS
from mockex.conformance.run import Asked
from mockex.core.effects import Effect
from mockex.core.faults import Fault
from mockex.core.hostile import BodyIs
from mockex.core.refusals import Envelope
from mockex.endpoints.negative_balance_exchange_record import Record
from mockex.endpoints.pm_loan import Loan
from mockex.fuzzing.case import SIGNED
from mockex.testing.journal import JournalEntry

What = Literal["loan", "records"]

HOUR_MS = 3_600_000
LOAN = Loan(asset="USDT", amount="250.5")
RECORDS = (record(NOW_MS - HOUR_MS), record(NOW_MS - 2 * HOUR_MS, "BNB", "1.10264488", "0"))


def struck(name: str, what: What, effect: Effect, *, loan: Loan = LOAN, records: tuple[Record, ...] = RECORDS) -> Case:
    """Ask for one thing; each call for it, retries too, meets the effect."""
    fault = Fault(effect=effect, endpoint=ENDPOINTS[what])
    return Case(name=name, loan=loan, records=records, steps=(Disturb(fault=fault), Ask(what=what)))


def refusal(status: int, code: int, msg: str) -> BodyIs:
    """Refuse in the exchange's words."""
    return BodyIs(json.encode(Envelope(code, msg)).decode(), status)


def last_answer(asked: Asked) -> JournalEntry | None:
    """Give the last call for what was asked, with its answer; those for the exchange's time are none."""
    return next((entry for entry in reversed(asked.entries) if entry.endpoint in SIGNED), None)
