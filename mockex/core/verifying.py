"""Questions to a journal: how often was such a call made, in which order, and if not, which calls come nearest."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct, structs

from mockex.core.journal import Entry
from mockex.core.masking import mask_of
from mockex.core.telling import code_of
from mockex.core.wire import printable

NEAREST = 3
MAX_ORDER = 1_000

Count = Annotated[int, Meta(ge=0)]


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
    count: Count | None = None
    at_least: Count | None = None
    at_most: Count | None = None
    order: Annotated[tuple[Match, ...], Meta(max_length=MAX_ORDER)] = ()

    def __post_init__(self) -> None:
        """Refuse what contradicts itself, or asks two questions at once."""
        bounds = (self.at_least, self.at_most)
        if self.count is not None and bounds != (None, None):
            raise ValueError("Expected either `count`, or `at_least` and `at_most`")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("Expected `at_least` <= `at_most`")
        if self.order and (self.match != Match() or (self.count, *bounds) != (None, None, None)):
            raise ValueError("Expected either `order`, or `match` and how often")


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
    wanted = {name: value for name in match.__struct_fields__ if (value := getattr(match, name)) is not None}
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


def verify(expectation: Expectation, entries: Sequence[Entry], secrets: Iterable[str] = ()) -> Outcome:
    """Ask a journal; what it says of calls it says without these secrets."""
    outcome = _verify_order(expectation.order, entries) if expectation.order else _verify_count(expectation, entries)
    fallen_out = entries[0].seq - 1 if entries else 0
    if fallen_out:
        sentence = f"{outcome.sentence}; of {fallen_out} earlier calls the journal knows no more"
        outcome = structs.replace(outcome, sentence=sentence)
    by_seq = {entry.seq: entry for entry in entries}
    nearest = (_told(near, by_seq[near.seq], tuple(secrets)) for near in outcome.nearest)
    return structs.replace(outcome, nearest=tuple(nearest))


def _verify_count(expectation: Expectation, entries: Sequence[Entry]) -> Outcome:
    matches = matching(expectation.match, entries)
    matched = len(matches)
    least, most = _bounds(expectation)
    wanted = f"exactly {least}" if least == most else f"at least {least}" if most is None else f"{least} to {most}"
    holds = matched >= least and (most is None or matched <= most)
    sentence = f"{matched} of {len(entries)} calls match, {'and' if holds else 'but'} {wanted} were expected"
    if holds:
        return Outcome(True, matched, sentence)
    if matched < least:
        return Outcome(False, matched, sentence, nearest_to(expectation.match, entries))
    last = ", ".join(str(entry.seq) for entry in matches[-NEAREST:])
    return Outcome(False, matched, f"{sentence}; the last that match: {last}")


def _bounds(expectation: Expectation) -> tuple[int, int | None]:
    if expectation.count is not None:
        return expectation.count, expectation.count
    if expectation.at_least is None:
        return (1, None) if expectation.at_most is None else (0, expectation.at_most)
    return expectation.at_least, expectation.at_most


def _verify_order(order: Sequence[Match], entries: Sequence[Entry]) -> Outcome:
    passed = 0
    for number, match in enumerate(order):
        place = next((n for n in range(passed, len(entries)) if not differences(match, entries[n])), None)
        if place is None:
            sentence = f"after {number} of {len(order)} calls in order, no call matches the next"
            if earlier := matching(match, entries[:passed]):
                sentence += f"; call {earlier[-1].seq} does, but came earlier"
            return Outcome(False, number, sentence, nearest_to(match, entries[passed:] or entries))
        passed = place + 1
    return Outcome(True, len(order), f"all {len(order)} calls were made in order")


def nearest_to(match: Match, entries: Iterable[Entry]) -> tuple[Near, ...]:
    """Find the calls that differ least from the one that is meant, the latest first among equals."""
    candidates = [Near(entry.seq, differences(match, entry)) for entry in entries]
    candidates = [one for one in candidates if one.differs]
    return tuple(sorted(candidates, key=lambda one: (len(one.differs), -one.seq))[:NEAREST])


def _told(near: Near, entry: Entry, secrets: tuple[str, ...]) -> Near:
    """Tell of a call without its signature, and without what is no UTF-8."""
    mask = mask_of(entry.request, secrets)
    differs = {
        name: (wanted, printable(mask(has)) if isinstance(has, str) else has)
        for name, (wanted, has) in near.differs.items()
    }
    return Near(near.seq, differs)
