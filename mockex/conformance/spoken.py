"""The steps of a case in words, one line each."""

from collections.abc import Iterator

from msgspec import structs

from mockex.conformance.case import AnyStep, Ask, Calm, Case, Disturb, Drop, Owe, Skew, Together, Wait
from mockex.core.clock import iso
from mockex.core.effects import Documented, Effect
from mockex.core.faults import Fault


def spoken(case: Case) -> Iterator[str]:
    """Say what is done in a case, step by step."""
    yield from map(_step, case.steps)


def _step(step: AnyStep) -> str:
    match step:
        case Ask():
            return f"ask for {_asked(step)}"
        case Together():
            return f"ask at once for {'; '.join(map(_asked, step.asks))}"
        case Disturb():
            return f"let {_struck(step.fault)} meet {_effect(step.fault.effect)}"
        case Calm():
            return "let no fault strike any more"
        case Wait():
            return f"let {step.s:g} s go by"
        case Skew():
            return f"let the exchange's clock be {abs(step.ms)} ms {'behind' if step.ms < 0 else 'ahead'}"
        case Owe():
            return f"let the account owe {step.loan.amount} {step.loan.asset}"
        case Drop():
            return "close the connections that are kept alive"


def _asked(ask: Ask) -> str:
    if ask.what == "loan":
        return "the loan"
    added = f" with {ask.parameters}" if ask.parameters else ""
    return f"the records from {_at(ask.start_ms)} to {_at(ask.end_ms)}{added}"


def _at(ms: int) -> str:
    return iso(ms) if ms >= 0 else str(ms)


def _struck(fault: Fault) -> str:
    """Say which calls a fault strikes."""
    about = [
        f"{name.replace('_', ' ')} {value}"
        for name in ("endpoint", "gateway", "nth", "every", "nth_on_connection", "times")
        if (value := getattr(fault, name)) is not None
    ]
    return f"calls ({', '.join(about)})" if about else "every call"


def _effect(effect: Effect) -> str:
    """Name an effect as a scenario does, with what is not as usual."""
    if isinstance(effect, Documented):
        wait = "" if effect.retry_after_s is None else f", Retry-After {effect.retry_after_s} s"
        return f"the documented answer {effect.answer}{wait}"
    about = ", ".join(f"{name} {value!r}" for name, value in structs.asdict(effect).items() if value is not None)
    return f"{effect.__struct_config__.tag}{f' ({about})' if about else ''}"
