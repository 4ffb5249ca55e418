"""The doctor: for a refused call, says why, in a sentence that the client's author can act on; it changes nothing.

It is asked afterwards, never on a request's way.
"""

from collections.abc import Callable, Sequence

from msgspec import structs

from mockex.core import doctor_access, doctor_rate, doctor_signature, doctor_time, doctor_values
from mockex.core.call import Call, gather
from mockex.core.diagnosis import Case, Diagnosis, Remark, veiled
from mockex.core.gateway import Barred, Charge, Check, Step
from mockex.core.journal import Entry
from mockex.core.pipeline import findings
from mockex.core.refusals import Refusal
from mockex.core.world import World

__all__ = ["SPECIALISTS", "Diagnosis", "diagnose", "diagnose_entry"]

SPECIALISTS: dict[str, Callable[[Case], Remark]] = {
    "get_carries_a_body": doctor_access.get_carries_a_body,
    "path_is_unknown": doctor_access.path_is_unknown,
    "method_is_wrong": doctor_access.method_is_wrong,
    "api_key_is_malformed": doctor_access.api_key_is_malformed,
    "api_key_is_unknown": doctor_access.api_key_is_unknown,
    "ip_is_not_allowed": doctor_access.ip_is_not_allowed,
    "permission_is_missing": doctor_access.permission_is_missing,
    "account_is_no_portfolio_margin_account": doctor_access.account_is_no_portfolio_margin_account,
    "ip_is_banned": doctor_rate.ip_is_banned,
    "weight_is_over_the_limit": doctor_rate.weight_is_over_the_limit,
    "timestamp_is_missing": doctor_values.timestamp_is_missing,
    "signature_is_missing": doctor_values.signature_is_missing,
    "recv_window_is_malformed": doctor_values.recv_window_is_malformed,
    "recv_window_is_too_large": doctor_values.recv_window_is_too_large,
    "timestamp_is_late": doctor_time.timestamp_is_late,
    "timestamp_is_early": doctor_time.timestamp_is_early,
    "signature_is_not_last": doctor_values.signature_is_not_last,
    "signature_is_wrong": doctor_signature.signature_is_wrong,
    "parameter_is_malformed": doctor_values.parameter_is_malformed,
    "start_is_after_end": doctor_values.start_is_after_end,
    "interval_is_too_big": doctor_values.interval_is_too_big,
    "owes_nothing": doctor_access.owes_nothing,
}
"""Who is asked about which check; a check that nobody knows is explained by its own question."""


def diagnose(call: Call, earlier: Sequence[Entry] = (), *, refused_by: str | None = None) -> list[Diagnosis]:
    """Say why each step that would refuse the call does so, in the gateway's order: the first is what the client heard.

    `refused_by` names the step that did refuse, where the call lies back and the meter may have moved since; it is then
    the first. `earlier` are the calls before this one.
    """
    case = Case(call, earlier)
    found: list[Diagnosis] = []
    for step, refuses in findings(call):
        if step.name == refused_by:
            found.insert(0, _diagnosis(case, step))
        elif refuses:
            found.append(_diagnosis(case, step, meter_has_moved=refused_by is not None))
    return found


def diagnose_entry(entry: Entry, world: World) -> list[Diagnosis]:
    """Say why a call of the world's journal was refused, or spoiled, at the time it came."""
    call = structs.replace(gather(entry.request, world, world.catalogue), now_ms=entry.at_ms)
    if entry.refused_by is not None:
        earlier = [one for one in world.journal if one.seq < entry.seq]
        return diagnose(call, earlier, refused_by=entry.refused_by)
    if not entry.faults:
        return []
    names = ", ".join(entry.faults)
    sentence = f"No check refused the call, and a declared fault ({names}) struck it: retry as for any fault."
    return [veiled(call, Diagnosis("fault", None, sentence, None, {"faults": names}))]


def _diagnosis(case: Case, step: Step, *, meter_has_moved: bool = False) -> Diagnosis:
    specialist = SPECIALISTS.get(step.name)
    remark = specialist(case) if specialist else _by_its_question(step)
    facts = remark.facts
    if meter_has_moved and isinstance(step, Barred | Charge):
        facts = facts | {"read": "as the meter stands now, not as it stood when the call came"}
    says = step.says if isinstance(step, Check | Barred | Charge) else None
    code = says.code if isinstance(says, Refusal) else None
    return veiled(case.call, Diagnosis(step.name, code, remark.sentence, remark.mistake, facts))


def _by_its_question(step: Step) -> Remark:
    """Explain a check that no specialist knows by what it asks."""
    question = (step.asks.__doc__ or "").strip().split("\n")[0] if isinstance(step, Check) else ""
    return Remark(f"The gateway answered yes to its check {step.name!r}: {question or 'it says no more about it.'}")
