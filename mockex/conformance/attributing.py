"""Which requirement belongs to what was found: by the question that was answered, and by what the answer was about."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from msgspec import structs

from mockex.conformance.case import Disturb
from mockex.conformance.families.tries import tells_of_limit
from mockex.conformance.run import Asked, Run
from mockex.core.effects import Documented
from mockex.endpoints.negative_balance_exchange_record import SHORTEST_THREE_MONTHS_MS
from mockex.fuzzing.case import Case as Call
from mockex.fuzzing.case import is_spoilt, loan_said, records_said, rounded
from mockex.fuzzing.verdicts import CLOCK, ITS_OWN_FAULT, OK, VERDICTS
from mockex.testing.journal import JournalEntry

T = TypeVar("T")

BELONGS_TO: dict[str, str] = {
    "endless": "NET-SETTLES",
    "lost": "NET-SETTLES",
    "key-sent-elsewhere": "NET-REDIRECT",
    "secret-told": "SAFE-SECRET-ERROR",
    "its-own-fault": "SIG-QUERY",
    "its-own-fault: api_key_is_malformed": "SIG-HEADER",
    "its-own-fault: api_key_is_unknown": "SIG-HEADER",
    "its-own-fault: path_is_unknown": "SAFE-BASE-URL",
    "its-own-fault: interval_is_too_big": "WIN-SPLIT",
    "its-own-fault: recv_window_is_malformed": "TIME-WINDOW-MAX",
    "its-own-fault: recv_window_is_too_large": "TIME-WINDOW-MAX",
    "its-own-fault: timestamp_is_missing": "TIME-NOW",
    "its-own-fault: signature_is_missing": "SIG-LAST",
    "its-own-fault: signature_is_not_last": "SIG-LAST",
    "its-own-fault: signature_is_wrong": "SIG-ORDER",
    "its-own-fault: signature_is_wrong, with parameters": "SIG-ENCODING",
    "its-own-fault: signature_is_wrong, in base64": "SIG-BASE64",
    "asks-while-banned": "RATE-BAN",
    "asks-while-banned: later": "RATE-REMEMBERS",
    "asks-while-limited": "RATE-RETRY-AFTER",
    "asks-while-limited: later": "RATE-REMEMBERS",
    "stale-timestamp": "TIME-STALE",
    "too-many-tries": "RATE-FLOOD",
    "asks-again-in-vain": "RATE-IN-VAIN",
    "alien-error": "ERR-ENVELOPE",
    "alien-error: empty": "ERR-EMPTY",
    "alien-error: html": "ERR-HTML",
    "alien-error: cut-body": "ERR-CUT",
    "alien-error: json-is": "ERR-SHAPE",
    "alien-error: body-is": "ERR-SHAPE",
    "alien-error: odd-weight": "RATE-ODD-WEIGHT",
    "alien-error: doubled-weight": "RATE-ODD-WEIGHT",
    "alien-error: odd-retry-after": "RATE-ODD-RETRY-AFTER",
    "alien-error: no-retry-after": "ERR-ENVELOPE",
    "alien-error: hang-up": "NET-OWN",
    "alien-error: reset": "NET-OWN",
    "alien-error: wrong-content-length": "NET-OWN",
    "alien-error: bad-chunk": "NET-OWN",
    "alien-error: broken-gzip": "NET-OWN",
    "alien-error: slow-body": "NET-OWN",
    "alien-error: drip": "NET-OWN",
    "alien-error: latency": "NET-OWN",
    "alien-error: informational": "NET-OWN",
    "alien-error: redirect": "NET-OWN",
    "wrong-value": "DATA-EXACT",
    "wrong-value: spoilt": "ERR-NOTHING-MADE-UP",
    "wrong-value: digits": "DATA-DIGITS",
    "wrong-value: order": "DATA-ORDER",
    "wrong-value: rows": "WIN-EXACT",
    "wrong-value: rows that begin together": "DATA-TIES",
    "wrong-value: rows of several parts": "WIN-SEAMS",
    "clock-not-corrected": "TIME-BEHIND",
    "clock-not-corrected: early": "TIME-AHEAD",
    "fails-for-nothing": "DATA-EXACT",
    "code-lost": "ERR-CODE",
    "code-lost: status": "ERR-STATUS",
}
"""Which requirement a question belongs to, by its name in mockex/fuzzing/verdicts.py and, behind a colon, by what was
found; where that has no line of its own, the name's line holds."""

EXPLAINS: dict[str, tuple[str, ...]] = {
    "its-own-fault: signature_is_wrong": (
        "its-own-fault: signature_is_wrong, with parameters",
        "its-own-fault: signature_is_wrong, in base64",
    ),
}
"""What need not be told where something more general was found too."""


def requirement_of(name: str) -> str:
    """Give the id of the requirement that an answered question belongs to."""
    return BELONGS_TO.get(name) or BELONGS_TO[name.partition(":")[0]]


def without_explained(found: Mapping[str, T]) -> dict[str, T]:
    """Leave out, of what was found by requirement, what something else that was found explains."""
    explained = {
        requirement_of(special)
        for general, specials in EXPLAINS.items()
        if requirement_of(general) in found
        for special in specials
    } - {requirement_of(general) for general in EXPLAINS}
    return {name: one for name, one in found.items() if name not in explained}


def more_exactly(name: str, run: Run, asked: Asked, call: Call) -> str:
    """Name an answered question with what was found, where that may belong to another requirement."""
    found = ""
    match name:
        case "its-own-fault":
            found = _own_fault(run, asked, call)
        case "wrong-value":
            found = _difference(call)
        case "alien-error":
            found = _stumbled_over(run, asked, call)
        case "asks-while-banned" | "asks-while-limited":
            is_of_before = VERDICTS[name](structs.replace(call, held_until_ms={})) is None
            found = "later" if is_of_before else ""
        case "clock-not-corrected":
            refused = next(entry.refused_by for entry in call.signed if entry.refused_by in CLOCK)
            found = "early" if refused == "timestamp_is_early" else ""
        case "code-lost":
            found = "status" if call.entries[-1].code in (None, call.code) else ""
    return f"{name}: {found}" if found else name


def _stumbled_over(run: Run, asked: Asked, call: Call) -> str:
    """Name what brought out an error that is not the client's own; who tells of a limit did not stumble over it."""
    struck = _struck_last(run, call)
    error = asked.told.error
    return "" if struck == "odd-retry-after" and error is not None and tells_of_limit(error) else struck


def _struck_last(run: Run, call: Call) -> str:
    """Name what struck the last call that was spoilt, where the case declares one kind of hostility alone."""
    effects = [step.fault.effect for step in run.case.steps if isinstance(step, Disturb)]
    kinds = {str(one.__struct_config__.tag) for one in effects if not isinstance(one, Documented)}
    return kinds.pop() if len(kinds) == 1 and any(map(is_spoilt, call.entries)) else ""


def _own_fault(run: Run, asked: Asked, call: Call) -> str:
    check = next(entry.refused_by for entry in call.entries if entry.refused_by in ITS_OWN_FAULT)
    if check == "signature_is_wrong" and asked.ask.parameters:
        return f"{check}, with parameters"
    if check == "signature_is_wrong" and run.case.key != "HMAC":
        return f"{check}, in base64"
    return check or ""


def _difference(call: Call) -> str:
    """Say in what a value differs from the truth."""
    spoilt = "spoilt" if _is_from_spoilt(call.entries) else ""
    try:
        said: Any = loan_said(call.value) if call.question.range is None else records_said(call.value)
    except (ValueError, TypeError):
        return spoilt or "shape"
    if rounded(said) == rounded(call.truth):
        return "digits"
    if call.question.range is None:
        return spoilt or "another"
    if sorted(map(repr, said)) == sorted(map(repr, call.truth)):
        return "order"
    return spoilt or _rows(call, [one[0] for one in said])


def _rows(call: Call, starts: list[Any]) -> str:
    """Say of which kind the rows are that are too many, or too few; none where the starts of all of them are right."""
    true_starts = [one[0] for one in call.truth]
    if sorted(map(repr, starts)) == sorted(map(repr, true_starts)):
        return "another"
    if {*map(repr, starts)} == {*map(repr, true_starts)} and len(true_starts) > len({*true_starts}):
        return "rows that begin together"
    start_ms, end_ms = call.question.range or (0, 0)
    return "rows of several parts" if end_ms - start_ms > SHORTEST_THREE_MONTHS_MS else "rows"


def _is_from_spoilt(entries: Sequence[JournalEntry]) -> bool:
    """Say whether an answer was spoilt, and what it was to tell was not asked for again and told rightly."""
    unanswered: set[str] = set()
    for entry in entries:
        asks = WHAT_IS_NEW.sub("", entry.target)
        if is_spoilt(entry):
            unanswered.add(asks)
        elif entry.status == OK:
            unanswered.discard(asks)
    return bool(unanswered)


WHAT_IS_NEW = re.compile(r"(?<=[?&])(timestamp|signature)=[^&]*")
"""What differs in each try."""
