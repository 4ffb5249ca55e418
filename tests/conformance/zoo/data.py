"""Broken clients that DATA requirements catch."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from msgspec import Struct, defstruct, structs

from mockex.testing import answers
from mockex.testing.answers import Detail, Loan, Record
from tests.conformance.broken import Broken

RIGHT_RECORDS, RIGHT_LOAN, RIGHT_READ, RIGHT_DETAIL = answers.records, answers.loan, answers._read, answers._detail


def through_float(text: str) -> Decimal:
    """Read a decimal by way of a float."""
    return Decimal(repr(float(text)))


def float_details(said: Any) -> Detail:
    """Keep balances and thresholds as floats."""
    return Detail(
        said.asset, *(Decimal(repr(float(one))) for one in (said.negative_balance, said.negative_max_threshold))
    )


def whole_thresholds(said: Any) -> Detail:
    """Believe that thresholds are whole, as the page shows them."""
    return Detail(said.asset, Decimal(said.negative_balance), Decimal(int(said.negative_max_threshold)))


def whole_numbers(body: bytes) -> Loan:
    """Cut an amount that is a number to a whole one."""
    said = json.loads(body, parse_float=lambda text: str(int(float(text))))
    return Loan(said["asset"], Decimal(said["amount"]))


class StrictLoan(Struct, rename="camel", forbid_unknown_fields=True):
    """A loan that may have nothing else."""

    asset: str
    amount: str


def lenient(**members: Any) -> type[Struct]:
    """Make the shape of a loan, in which members may be missing or null."""
    kinds: dict[str, Any] = {"asset": str | None, "amount": str | None}
    return defstruct("_Loan", [(name, kind, members.get(name)) for name, kind in kinds.items()])


def zero_for_nothing(body: bytes) -> Loan:
    """Take an amount that is null, or empty, for 0."""
    said = RIGHT_READ(body, lenient())
    return Loan(said.asset or "", Decimal(said.amount or 0))  # type: ignore[attr-defined]


def no_rows_for_nothing(body: bytes) -> list[Record]:
    """Take rows that are null, or missing, for none."""
    said = json.loads(body)
    return RIGHT_RECORDS(body) if said.get("rows") else []


def none_is_wrong(body: bytes) -> list[Record]:
    """Refuse an answer without rows."""
    found = RIGHT_RECORDS(body)
    if not found:
        raise ValueError("no rows")
    return found


def as_many_as_total(body: bytes) -> list[Record]:
    """Give as many rows as the total says."""
    said = json.loads(body)
    total, said["total"] = said.get("total"), len(said["rows"])
    return RIGHT_RECORDS(json.dumps(said).encode())[: total if isinstance(total, int) else None]


def made(change: Callable[[list[Record]], list[Record]]) -> Callable[[bytes], list[Record]]:
    """Change the records once they are read."""
    return lambda body: change(RIGHT_RECORDS(body))


def latin_1(body: bytes, shape: type) -> Any:
    """Read the answer as if it were in another encoding."""
    return RIGHT_READ(body.decode("latin-1").encode(), shape)


def first_of_two(body: bytes) -> Loan:
    """Let the first of two members with one name count."""
    said = json.loads(body, object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    return Loan(said["asset"], Decimal(said["amount"]))


DATA: tuple[Broken, ...] = (
    Broken("DATA-EXACT", "amounts are floats on their way", answers, "exact", through_float),
    Broken("DATA-DIGITS", "balances are floats on their way", answers, "exact", through_float),
    Broken("DATA-FRACTION", "thresholds are whole", answers, "_detail", whole_thresholds),
    Broken("DATA-LARGE", "balances are floats", answers, "_detail", float_details),
    Broken("DATA-EMPTY", "an answer without rows is none", answers, "records", none_is_wrong),
    Broken("DATA-HUGE", "a page has a thousand rows", answers, "records", made(lambda found: found[:1_000])),
    Broken("DATA-ORDER", "the oldest comes first", answers, "records", made(lambda found: found[::-1])),
    Broken(
        "DATA-TIES",
        "a record's start is its id",
        answers,
        "records",
        made(lambda found: list({one.start_ms: one for one in found}.values())),
    ),
    Broken(
        "DATA-TIES",
        "a record's times and asset are its id",
        answers,
        "records",
        made(lambda found: list({(one.start_ms, one.end_ms, one.details[0].asset): one for one in found}.values())),
    ),
    Broken(
        "DATA-DETAILS",
        "a record has one asset",
        answers,
        "records",
        made(lambda found: [structs.replace(one, details=one.details[:1]) for one in found]),
    ),
    Broken("DATA-ASSET", "the asset is USDT", answers, "loan", lambda body: Loan("USDT", RIGHT_LOAN(body).amount)),
    Broken("DATA-UNICODE", "answers are Latin-1", answers, "_read", latin_1),
    Broken("DATA-STRING", "amounts that are numbers are whole", answers, "loan", whole_numbers),
    Broken("DATA-UNKNOWN", "a loan has nothing else", answers, "_Loan", StrictLoan),
    Broken("DATA-MISSING", "an amount that is missing is 0", answers, "_Loan", lenient(asset="BUSD", amount="0")),
    Broken("DATA-MISSING", "rows that are missing are none", answers, "records", no_rows_for_nothing),
    Broken("DATA-NULL", "an amount of null is 0", answers, "loan", zero_for_nothing),
    Broken("DATA-NULL", "rows of null are none", answers, "records", no_rows_for_nothing),
    Broken("DATA-TOTAL", "there are as many rows as the total says", answers, "records", as_many_as_total),
    Broken("DATA-DUPLICATE-KEY", "the first of two members counts", answers, "loan", first_of_two),
)
