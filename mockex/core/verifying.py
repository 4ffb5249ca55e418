"""Questions to a journal: how often was such a call made, in which order, and if not, which calls come nearest."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct, structs

from mockex.core.journal import Entry
from mockex.core.telling import code_of

NEAREST = 3


class Match(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which calls are meant; what is left out may be anything. `refused_by` and `fault` may be "" for none."""

    method: str | None = None
    path: str | None = None
    endpoint: str | None = None
    gateway: str | None = None
    api_key: str | None = None
    uid: int | None = None
    ip: str | None = None
    status: int | None = None
    code: int | None = None
    refused_by: str | None = None
    fault: str | None = None
    after_seq: int | None = None


class Expectation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often such calls are to be found: `count` exactly, or within `at_least` and `at_most`; else at least once.

    With `order`, such calls are to be found one after the other instead.
    """

    match: Match = Match()
    count: int | None = None
    at_least: int | None = None
    at_most: int | None = None
    order: tuple[Match, ...] = ()


class Near(Struct, frozen=True):
    """A call that is not meant, but nearly, and where it differs: what was asked for, and what it has."""

    seq: int
    differs: dict[str, tuple[Any, Any]]


class Outcome(Struct, frozen=True):
    """What a journal says to an expectation: whether it holds, how many calls match, a sentence, the nearest others."""

    holds: bool
    matched: int
    sentence: str
    nearest: tuple[Near, ...] = ()


def differences(match: Match, entry: Entry) -> dict[str, tuple[Any, Any]]:
    """Say in which ways a call is not the one that is meant."""
    has = {
        "method": entry.request.method,
        "path": entry.request.target.partition("?")[0],
        "endpoint": entry.endpoint,
        "gateway": entry.gateway,
        "api_key": entry.request.api_key,
        "uid": entry.uid,
        "ip": entry.request.ip,
        "status": entry.reply.status,
        "refused_by": entry.refused_by or "",
    }
    wanted = {name: value for name, value in structs.asdict(match).items() if value is not None}
    found = {name: (wanted[name], has[name]) for name in wanted if name in has and wanted[name] != has[name]}
    if match.code is not None and match.code != (code := code_of(entry)):
        found["code"] = (match.code, code)
    if match.fault is not None and match.fault not in (entry.faults or ("",)):
        found["fault"] = (match.fault, ", ".join(entry.faults))
    if match.after_seq is not None and entry.seq <= match.after_seq:
        found["after_seq"] = (match.after_seq, entry.seq)
    return found


def matching(match: Match, entries: Iterable[Entry]) -> list[Entry]:
    """Find the calls that are meant."""
    return [entry for entry in entries if not differences(match, entry)]


def verify(expectation: Expectation, entries: Sequence[Entry]) -> Outcome:
    """Ask a journal."""
    if expectation.order:
        return _verify_order(expectation.order, entries)
    matched = len(matching(expectation.match, entries))
    least, most = _bounds(expectation)
    holds = matched >= least and (most is None or matched <= most)
    wanted = f"exactly {least}" if least == most else f"at least {least}" if most is None else f"{least} to {most}"
    sentence = f"{matched} of {len(entries)} calls match, {'and' if holds else 'but'} {wanted} were expected"
    nearest = () if holds or matched > least else near(expectation.match, entries)
    return Outcome(holds, matched, sentence, nearest)


def _bounds(expectation: Expectation) -> tuple[int, int | None]:
    if expectation.count is not None:
        return expectation.count, expectation.count
    if expectation.at_least is None:
        return (1, None) if expectation.at_most is None else (0, expectation.at_most)
    return expectation.at_least, expectation.at_most


def _verify_order(order: Sequence[Match], entries: Sequence[Entry]) -> Outcome:
    rest = list(entries)
    for number, match in enumerate(order):
        place = next((n for n, entry in enumerate(rest) if not differences(match, entry)), None)
        if place is None:
            sentence = f"after {number} of {len(order)} calls in order, no call matches the next"
            return Outcome(False, number, sentence, near(match, rest or entries))
        rest = rest[place + 1 :]
    return Outcome(True, len(order), f"all {len(order)} calls were made in order")


def near(match: Match, entries: Iterable[Entry]) -> tuple[Near, ...]:
    """Find the calls that differ least from the one that is meant, the latest first among equals."""
    candidates = [Near(entry.seq, differences(match, entry)) for entry in entries]
    candidates = [one for one in candidates if one.differs]
    return tuple(sorted(candidates, key=lambda one: (len(one.differs), -one.seq))[:NEAREST])
