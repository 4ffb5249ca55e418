"""One call of a client as its judges see it: what was asked, what is true, what came of it, what was on the wire."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct

from mockex.core.account import KeyType
from mockex.endpoints.negative_balance_exchange_record import Record
from mockex.endpoints.pm_loan import Loan
from mockex.testing.journal import JournalEntry

SIGNED = ("pm_loan", "negative_balance_exchange_record")
HOSTILE = "hostile"
"""How the names of faults begin that make of an answer what no exchange says."""

DAY_MS = 86_400_000
SHORTEST_SPAN_MS = 28 * DAY_MS
"""Clients that cut ranges may cut them into months; smaller parts are a flood."""

_TIMESTAMP = re.compile(r"[?&]timestamp=([0-9]{1,15})(?:&|$)")

Value = tuple[Any, ...]


class Claims(Struct, frozen=True, kw_only=True):
    """What a client claims to do; what it does not claim is not asked of it.

    It signs with keys of `key_types`. `on_its_clock`: it takes time and waits from its target. `resynchronises`: it
    corrects its clock after -1021.
    `splits_ranges`: it asks for more than three months in parts. `keeps_decimals`: no digit of a number is lost.
    `keeps_order`: records come newest first. `tells_codes`: its errors have the exchange's `code` and the `status`.
    `remembers_limits`: a later call does not ask, either, while it is to wait. One call has so many `tries` for each
    part of it, lasts `real_s` of the machine's time at most, and waits `patience_s` of the world's.
    """

    key_types: tuple[KeyType, ...] = ("HMAC", "RSA", "Ed25519")
    on_its_clock: bool = True
    resynchronises: bool = True
    splits_ranges: bool = True
    keeps_decimals: bool = True
    keeps_order: bool = True
    tells_codes: bool = True
    remembers_limits: bool = True
    tries: int = 8
    real_s: float = 30.0
    patience_s: float = 600.0


class Question(Struct, frozen=True):
    """What a client is asked for: its loan, or its records within a range."""

    range: tuple[int, int] | None = None

    @property
    def parts(self) -> int:
        """Into how many parts a client may cut it."""
        if self.range is None:
            return 1
        return max((self.range[1] - self.range[0]) // SHORTEST_SPAN_MS, 0) + 1


class Case(Struct, frozen=True, kw_only=True):
    """One call.

    `code` and `status` are what its error tells, `text` all that is said of it. `ahead_ms` are the milliseconds by
    which a timestamp may be ahead of the world: as its clock is, or was when it last corrected it. `held_until_ms`
    says, by gateway and status, until when it had been told to wait before; `may_be_waiting`, whether it may think
    so, though its clock, or the answer that told it, was wrong.
    """

    question: Question
    truth: Value
    value: Any = None
    error: BaseException | None = None
    is_own_error: bool = False
    code: Any = None
    status: Any = None
    text: str = ""
    entries: Sequence[JournalEntry] = ()
    elsewhere: Sequence[JournalEntry] = ()
    claims: Claims
    ahead_ms: Sequence[int] = (0,)
    held_until_ms: Mapping[tuple[str, int], int] = {}
    may_be_waiting: bool = False
    secrets: Sequence[str] = ()

    def __repr__(self) -> str:
        """Tell what was asked and what came of it, and no secret."""
        return f"Case({self.question}, {self.value!r}, {self.error!r}, {len(self.entries)} calls)"

    @property
    def signed(self) -> list[JournalEntry]:
        """The calls on the wire that ask for what was asked, or should; without those for the exchange's time."""
        return [entry for entry in self.entries if entry.endpoint in SIGNED or entry.endpoint is None]

    @property
    def is_calm(self) -> bool:
        """Whether every call on the wire was let in and answered as the exchange would."""
        return all(entry.status == 200 and not entry.faults for entry in self.entries)  # noqa: PLR2004


def is_spoilt(entry: JournalEntry) -> bool:
    """Say whether the answer, or its way, was not the exchange's."""
    return any(name.startswith(HOSTILE) for name in entry.faults)


def timestamp_of(entry: JournalEntry) -> int | None:
    """Read the timestamp that was sent, if it is one."""
    found = _TIMESTAMP.search(entry.target)
    return int(found[1]) if found else None


def truth_of_loan(loan: Loan) -> Value:
    """Give what a client should make of a loan."""
    return loan.asset, Decimal(loan.amount)


def truth_of_records(records: Sequence[Record], start_ms: int, end_ms: int) -> Value:
    """Give what a client should make of records: those that begin in a range, newest first."""
    chosen = [record for record in records if start_ms <= record.start_time <= end_ms]
    return tuple(_row(record) for record in sorted(chosen, key=lambda one: -one.start_time))


def _row(record: Record) -> Value:
    details = (
        (one.asset, Decimal(one.negative_balance), Decimal(one.negative_max_threshold)) for one in record.details
    )
    return record.start_time, record.end_time, tuple(details)


def loan_said(value: Any) -> Value:
    """Read what a client gives for a loan, in whatever it wraps it. Raises ValueError."""
    return field(value, "asset"), number(field(value, "amount"))


def records_said(value: Any) -> Value:
    """Read what a client gives for records: the rows, or an answer that has them. Raises ValueError."""
    rows = value if isinstance(value, list | tuple) else field(value, "rows")
    return tuple(
        (
            field(row, "startTime", "start_time", "start_ms"),
            field(row, "endTime", "end_time", "end_ms"),
            tuple(
                (
                    field(detail, "asset"),
                    number(field(detail, "negativeBalance", "negative_balance")),
                    number(field(detail, "negativeMaxThreshold", "negative_max_threshold")),
                )
                for detail in field(row, "details")
            ),
        )
        for row in rows
    )


def field(value: Any, *names: str) -> Any:
    """Read a member of a mapping, or an attribute, by the first of the names that it has. Raises ValueError."""
    for name in names:
        if isinstance(value, Mapping) and name in value:
            return value[name]
        if not isinstance(value, Mapping) and hasattr(value, name):
            return getattr(value, name)
    raise ValueError(f"{value!r} has no {names[0]}")


def number(value: Any) -> Decimal:
    """Read a number as a client gives it. Raises ValueError."""
    try:
        read = Decimal(repr(value) if isinstance(value, float) else value)
    except (InvalidOperation, TypeError, ValueError):
        read = Decimal("NaN")
    if not read.is_finite():
        raise ValueError(f"{value!r} is no number")
    return read


def rounded(value: Any) -> Any:
    """Take from all numbers the digits that a float has no room for."""
    if isinstance(value, tuple):
        return tuple(map(rounded, value))
    return float(value) if isinstance(value, Decimal) else value
