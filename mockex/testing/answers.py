"""What the exchange's answers mean to a client: exactly the values that were sent, or an error that says why not."""

import json
import re
from decimal import Decimal
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

T = TypeVar("T")
Millis = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]
REDIRECT, TOO_MANY, FAILURE = 300, 429, 500
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
"""Decimal takes more: NaN, blanks, underscores, other scripts' digits, exponents that fill the memory."""


class ClientError(Exception):
    """A call that came to nothing; what the exchange did not say is None or empty.

    `retry_after_s` is how long not to ask again.
    """

    def __init__(self, status: int | None, code: int | None, msg: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(status, code, msg)
        self.status = status
        self.code = code
        self.msg = msg
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return " ".join(str(said) for said in self.args if said not in {None, ""})

    @property
    def is_passing(self) -> bool:
        """Whether the same call may succeed later; a positive code is the account's own trouble."""
        if self.status == TOO_MANY:
            return True
        return (self.code or 0) <= 0 and (self.status is None or self.status < REDIRECT or self.status >= FAILURE)


class RefusedError(ClientError):
    """The exchange said no; where it gave no envelope, the code is None."""


class LimitedError(RefusedError):
    """429: too much was asked; wait `retry_after_s`."""


class BannedError(RefusedError):
    """418: the IP is banned for `retry_after_s`; asking meanwhile makes it longer."""


class UnreadableError(ClientError):
    """An answer came, and it is not what the exchange's page shows."""


class UnreachableError(ClientError):
    """No whole answer came: refused, reset, hung up, or too slow."""


class Loan(Struct, frozen=True):
    """What the account owes after liquidation."""

    asset: str
    amount: Decimal


class Detail(Struct, frozen=True):
    """How far the balance of an asset was below zero, and the threshold that set the exchange off."""

    asset: str
    negative_balance: Decimal
    negative_max_threshold: Decimal


class Record(Struct, frozen=True):
    """One auto exchange, from and to milliseconds since 1970 UTC."""

    start_ms: int
    end_ms: int
    details: tuple[Detail, ...]


class _Envelope(Struct):
    code: int | None = None
    msg: str = ""


class _Time(Struct, rename="camel"):
    server_time: Millis


class _Loan(Struct):
    asset: str
    amount: str


class _Detail(Struct, rename="camel"):
    asset: str
    negative_balance: int | Decimal
    negative_max_threshold: int | Decimal


class _Record(Struct, rename="camel"):
    start_time: Millis
    end_time: Millis
    details: list[_Detail]


class _Records(Struct):
    total: int
    rows: list[_Record]


def server_time_ms(body: bytes) -> int:
    """Read the exchange's time. Raises ValueError, as all readers here."""
    return _read(body, _Time).server_time


def loan(body: bytes) -> Loan:
    """Read a loan."""
    said = _read(body, _Loan)
    return Loan(said.asset, exact(said.amount))


def records(body: bytes) -> list[Record]:
    """Read records, all of those that the answer counts."""
    said = _read(body, _Records)
    if said.total != len(said.rows):
        raise ValueError(f"a total of {said.total}, and {len(said.rows)} rows")
    return [Record(row.start_time, row.end_time, tuple(map(_detail, row.details))) for row in said.rows]


def _detail(said: _Detail) -> Detail:
    return Detail(said.asset, Decimal(said.negative_balance), Decimal(said.negative_max_threshold))


def exact(text: str) -> Decimal:
    """Read a number without losing a digit."""
    if not NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return Decimal(text)


def _read(body: bytes, shape: type[T]) -> T:
    """Read JSON strictly; members that no page names are ignored, because pages grow."""
    try:
        value = json.loads(body.decode(), parse_float=exact, parse_constant=exact, object_pairs_hook=_members)
    except RecursionError:
        raise ValueError("lists without end") from None
    return msgspec.convert(value, shape, builtin_types=(Decimal,))


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a member that stands twice: which of two amounts is it?"""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member stands twice")
    return members


def envelope(body: bytes) -> tuple[int | None, str]:
    """Give code and msg of a refusal; of any other body nothing, because a page of HTML is no message."""
    try:
        said = msgspec.json.decode(body, type=_Envelope)
    except (ValueError, RecursionError):
        return None, ""
    return said.code, said.msg[:300]
