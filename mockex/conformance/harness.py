"""The harness looks at itself: what it sent must be what its own description allows, but for declared faults.

Of a call that no hostile fault struck it is known what may be answered: where a step refused it, that step's words;
where a documented answer was declared, that one; else what the account holds. All else is mockex's own mistake, and
says nothing of a client.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from msgspec import DecodeError, to_builtins

from mockex.conformance.case import Case, Disturb, Owe
from mockex.conformance.described import contents, misfit
from mockex.conformance.run import Run
from mockex.core.documented import BY_NAME
from mockex.core.effects import Documented
from mockex.core.endpoint import Endpoint
from mockex.core.gateway import Charge, EndpointChecks, Gateway
from mockex.core.head import HeaderSet, Sheet
from mockex.core.params import as_long, read_params
from mockex.core.refusals import Codeless, Refusal, Says, SpringError
from mockex.endpoints import CATALOGUE
from mockex.endpoints.negative_balance_exchange_record import NEGATIVE_BALANCE_EXCHANGE_RECORD
from mockex.endpoints.pm_loan import PM_LOAN
from mockex.fuzzing.case import is_spoilt, records_said, truth_of_records
from mockex.testing.journal import JournalEntry

OK = 200
CUT = "…"
"""Stands in a journal where a secret or a signature was."""

TELL_TO_WAIT = {"ip_is_banned", "weight_is_over_the_limit"}
SECONDS = re.compile("[1-9][0-9]{0,9}")
GATEWAYS = {gateway.name: gateway for gateway in CATALOGUE.gateways}
ENDPOINTS = {endpoint.name: endpoint for endpoint in CATALOGUE.endpoints}


def harness_mistake(run: Run) -> str | None:
    """Say which answer is none that the exchange may give, though no fault spoilt it, or None."""
    for entry in run.entries:
        if mistake := mistake_of(entry, run.case):
            return f"mockex itself answered call {entry} with what its description does not allow: {mistake}"
    for entry in run.elsewhere:
        if mistake := mistake_of(entry):
            return f"mockex itself answered call {entry} elsewhere with what it does not allow: {mistake}"
    return None


def mistake_of(entry: JournalEntry, case: Case | None = None) -> str | None:
    """Say what is wrong with an answer of mockex's own, or None; what accounts hold is known where there is a case."""
    is_cut = entry.method == "HEAD"
    return None if is_cut or is_spoilt(entry) else next(_mistakes(entry, case), None)


def _mistakes(entry: JournalEntry, case: Case | None) -> Iterator[str]:
    gateway = GATEWAYS[entry.gateway]
    endpoint = ENDPOINTS.get(entry.endpoint or "")
    yield from _framing(entry)
    if entry.faults:
        outages = [BY_NAME[effect.answer] for effect in _documented(case)]
        yield from _refusal(entry, gateway, [one.says(gateway) for one in outages])
    elif entry.refused_by is not None:
        yield from _refused(entry, gateway, endpoint)
    elif endpoint is None:
        yield "it let in a call to a path that is nobody's"
    else:
        yield from _described(entry, endpoint)
        yield from _headers(entry, gateway, gateway.answers)
        yield from _untruths(entry, endpoint, case)
    if endpoint is not None:
        yield from _weights(entry, gateway, endpoint)


def _framing(entry: JournalEntry) -> Iterator[str]:
    length = entry.headers.get("Content-Length")
    if length != str(entry.answer_bytes):
        yield f"its Content-Length is {length}, and its body has {entry.answer_bytes} bytes"


def _documented(case: Case | None) -> list[Documented]:
    """List the documented answers that a case declares."""
    effects = [step.fault.effect for step in case.steps if isinstance(step, Disturb)] if case else []
    return [effect for effect in effects if isinstance(effect, Documented)]


def _refused(entry: JournalEntry, gateway: Gateway, endpoint: Endpoint | None) -> Iterator[str]:
    """Compare a refusal with the words of the step that refused, and with the description."""
    says = dict(_says(gateway, endpoint)).get(entry.refused_by or "")
    if says is None:
        yield f"{gateway.name} has no step {entry.refused_by}"
        return
    yield from _refusal(entry, gateway, says)
    if entry.refused_by in TELL_TO_WAIT and not SECONDS.fullmatch(entry.headers.get("Retry-After", "")):
        yield f"its Retry-After is {entry.headers.get('Retry-After')}, and it tells to wait"
    if endpoint is not None:
        yield from _described(entry, endpoint)


def _says(gateway: Gateway, endpoint: Endpoint | None) -> Iterator[tuple[str, list[Says]]]:
    """Give what each step of a gateway may say, by its name."""
    for step in (*gateway.steps, *(endpoint.checks if endpoint else ())):
        if not isinstance(step, EndpointChecks):
            yield step.name, [step.says, step.bans] if isinstance(step, Charge) else [step.says]


def step_that_says(entry: JournalEntry) -> str | None:
    """Name the step that refuses in the words of an answer; of several the last, which accuses a client of least."""
    steps = _says(GATEWAYS[entry.gateway], ENDPOINTS.get(entry.endpoint or ""))
    named = [name for name, says in steps if any(one.status == entry.status and _is_said(one, entry) for one in says)]
    return named[-1] if named else None


def _refusal(entry: JournalEntry, gateway: Gateway, may_say: Sequence[Says]) -> Iterator[str]:
    """Say why an answer is none of what may be said, where it is none."""
    says = next((one for one in may_say if one.status == entry.status and _is_said(one, entry)), None)
    if says is None:
        statuses = ", ".join(str(one.status) for one in may_say) or "nothing"
        yield f"it is neither in status nor in words what may be said here ({statuses}): {entry.answer[:200]}"
        return
    content_type = says.content_type or gateway.content_type
    if entry.headers.get("Content-Type") != content_type:
        yield f"its Content-Type is {entry.headers.get('Content-Type')}, and not {content_type}"
    yield from _headers(entry, gateway, says.headers or gateway.refuses)


def _is_said(says: Says, entry: JournalEntry) -> bool:
    """Say whether the body has these words; what a journal has cut, or masked, is not known to be wrong."""
    if not _is_whole(entry):
        return True
    if isinstance(says, Refusal):
        said = _json(entry)
        if not isinstance(said, dict) or list(said) != ["code", "msg"] or said["code"] != says.code:
            return False
        return isinstance(said["msg"], str) and _words(says.msg).fullmatch(said["msg"]) is not None
    if isinstance(says, SpringError | Codeless):
        said = _json(entry)
        if not isinstance(said, dict):
            return False
        expected = {"msg": says.msg} if isinstance(says, Codeless) else {"error": says.error, "message": says.message}
        return {"timestamp", "path", *expected} <= said.keys() and expected.items() <= said.items()
    return entry.answer == says.text or (says.html_only and not entry.answer)


@cache
def _words(template: str) -> re.Pattern[str]:
    """Make a pattern of a message that quotes facts."""
    return re.compile("".join(".*" if part.startswith("{") else re.escape(part) for part in _PARTS.split(template)))


_PARTS = re.compile(r"(\{\w+\})")


def _is_whole(entry: JournalEntry) -> bool:
    return len(entry.answer.encode()) == entry.answer_bytes and CUT not in entry.answer


def _json(entry: JournalEntry) -> Any:
    """Read a body; gives None, which no answer is, where it is no JSON."""
    try:
        return entry.json
    except (DecodeError, RecursionError):
        return None


def _described(entry: JournalEntry, endpoint: Endpoint) -> Iterator[str]:
    """Compare an answer with what the OpenAPI description promises of its status."""
    content = contents(endpoint.path, endpoint.method, entry.status)
    if content is None:
        yield f"{entry.status} is no status that is described for {endpoint.path}"
        return
    content_type = entry.headers.get("Content-Type", "")
    if content_type not in content:
        yield f"its Content-Type is {content_type or 'missing'}, and {' or '.join(content)} is described"
        return
    schema = content[content_type]["schema"]
    if schema and _is_whole(entry) and (mistake := misfit(_json(entry), schema)):
        yield mistake


def _headers(entry: JournalEntry, gateway: Gateway, promised: HeaderSet) -> Iterator[str]:
    """Find the headers that every such answer has, and this one has not."""
    missing = [name for name in promised(Sheet("", "", "")) if name not in entry.headers]
    if missing:
        yield f"it has no {', '.join(missing)}, as answers of {gateway.name} have"


def _weights(entry: JournalEntry, gateway: Gateway, endpoint: Endpoint) -> Iterator[str]:
    """Compare the used weight with the meter; an answer that was charged tells it, in its budget's headers."""
    if entry.tally is None or not entry.tally.used:
        if entry.refused_by is None and not entry.faults:
            yield "it cost nothing, and every answer costs its weight"
        return
    for name in gateway.budgets[endpoint.weight.per].headers:
        told = entry.headers.get(name)
        if told != str(entry.tally.used):
            yield f"its {name} is {told}, and {entry.tally.used} is used"
    if entry.tally.used < endpoint.weight.units:
        yield f"a weight of {entry.tally.used} is used, and it alone costs {endpoint.weight.units}"


def _untruths(entry: JournalEntry, endpoint: Endpoint, case: Case | None) -> Iterator[str]:
    """Compare an answer with what the account of the case holds, lest a client be blamed for what it was told."""
    if case is None or not _is_whole(entry):
        return
    if endpoint is PM_LOAN:
        owed = [case.loan, *(step.loan for step in case.steps if isinstance(step, Owe))]
        if _json(entry) not in map(to_builtins, owed):
            yield "it is no loan that the account has had"
    if endpoint is NEGATIVE_BALANCE_EXCHANGE_RECORD:
        values = read_params(entry.target.partition("?")[2], entry.body).values
        start_ms, end_ms = as_long(values.get("startTime")), as_long(values.get("endTime"))
        if start_ms is None or end_ms is None:
            yield "it let in a call without a range"
            return
        said = _json(entry)
        if records_said(said) != truth_of_records(case.records, start_ms, end_ms) or said["total"] != len(said["rows"]):
            yield "these are not the records of the account"
