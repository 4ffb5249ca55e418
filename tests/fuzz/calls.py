"""Calls of a client, written down by hand: what a judge is shown."""

from decimal import Decimal
from typing import Any

from mockex.fuzzing.case import Case, Claims, Question, Value
from mockex.testing.journal import JournalEntry

NOW_MS = 1_767_225_600_000
DAY_MS = 86_400_000
PATHS = {
    "pm_loan": ("SAPI", "/sapi/v1/portfolio/pmLoan"),
    "negative_balance_exchange_record": ("PAPI", "/papi/v1/portfolio/negative-balance-exchange-record"),
    "spot_time": ("SPOT", "/api/v3/time"),
    "papi_time": ("PAPI", "/papi/v1/time"),
    None: ("SAPI", "/sapi/v1/nothing"),
}
LOAN: Value = ("USDT", Decimal("579.45"))
RECORDS: Value = (
    (30, 31, (("ETH", Decimal(18), Decimal(5)),)),
    (20, 29, (("BNB", Decimal("1.10264488"), Decimal(0)),)),
    (20, 21, ()),
)
DAY = Question(range=(NOW_MS - DAY_MS, NOW_MS))


class OwnError(Exception):
    """The client's own."""


def called(  # each word is a fact of a call
    status: int = 200,
    code: int | None = None,
    *,
    seq: int = 1,
    at_ms: int = NOW_MS,
    endpoint: str | None = "pm_loan",
    stamped_ms: int | None = None,
    query: str = "",
    retry_after: int | None = None,
    refused_by: str | None = None,
    faults: tuple[str, ...] = (),
    api_key: str | None = "k",
) -> JournalEntry:
    """Write down one call on the wire, stamped as its client's clock was unless `stamped_ms` says otherwise."""
    gateway, path = PATHS[endpoint]
    stamp = f"timestamp={at_ms if stamped_ms is None else stamped_ms}"
    return JournalEntry(
        seq=seq,
        at_ms=at_ms,
        at="",
        ip="127.0.0.1",
        method="GET",
        target=f"{path}?{query}{stamp}&signature={seq}",
        api_key=api_key,
        body="",
        gateway=gateway,
        endpoint=endpoint,
        uid=1,
        status=status,
        code=code,
        refused_by=refused_by,
        tally=None,
        faults=faults,
        request_headers=(),
        headers={} if retry_after is None else {"Retry-After": str(retry_after)},
        answer="",
        answer_bytes=0,
    )


def case(*entries: JournalEntry, claims: Claims | None = None, **about: Any) -> Case:
    """Write down what came of a question: of the loan unless said otherwise, with a value that is true."""
    question = about.setdefault("question", Question())
    truth = about.setdefault("truth", LOAN if question.range is None else RECORDS)
    if "error" in about:
        about.setdefault("is_own_error", isinstance(about["error"], OwnError))
        about.setdefault("text", f"{type(about['error']).__name__}: {about['error']}")
    else:
        about.setdefault("value", said(truth))
    return Case(entries=entries, claims=claims or Claims(), **about)


def said(truth: Value) -> Any:
    """Give the value of a client that tells the truth."""
    if truth and isinstance(truth[0], str):
        return {"asset": truth[0], "amount": truth[1]}
    return [
        {
            "startTime": start_ms,
            "endTime": end_ms,
            "details": [
                {"asset": asset, "negativeBalance": balance, "negativeMaxThreshold": threshold}
                for asset, balance, threshold in details
            ],
        }
        for start_ms, end_ms, details in truth
    ]
