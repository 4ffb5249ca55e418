"""The doctor on 429 and 418: who spent the budget, when it begins anew, and when a ban ends."""

from collections.abc import Iterator

from msgspec import Struct

from mockex.core.diagnosis import Case, Remark, cut, moment, span
from mockex.core.journal import Entry
from mockex.core.pipeline import levy
from mockex.core.weight import MINUTE_MS

_NAMED = 5
_OVER = "weight_is_over_the_limit"
_BANNED = "ip_is_banned"


class Spender(Struct):
    """What one key spent on one endpoint in this minute."""

    calls: int = 0
    weight: int = 0
    refused: int = 0


def weight_is_over_the_limit(case: Case) -> Remark:
    """Say who spent the budget of this minute and when it begins anew."""
    call, due = case.call, levy(case.call)
    anew = (call.now_ms // MINUTE_MS + 1) * MINUTE_MS
    spent_by = _told(_spenders(case))
    whose = f"IP {due.bucket.owner}" if isinstance(due.bucket.owner, str) else f"UID {due.bucket.owner}"
    of = f" at {due.bucket.pool}" if due.bucket.pool else ""
    facts = {
        "limit": str(due.limit),
        "used": str(call.world.meter.used(due.bucket, call.now_ms)),
        "weight": str(due.weight),
        "begins_anew_ms": str(anew),
        "begins_anew": moment(anew),
        "spent_by": spent_by,
    }
    return Remark(
        f"The weight of {due.limit} a minute that {whose} has on {call.gateway.name}{of} is spent, by {spent_by}: "
        f"wait {span(anew - call.now_ms)} until {moment(anew)} (Retry-After says so) and ask less often, each call "
        f"here weighs {due.weight}.",
        "budget-spent",
        facts,
    )


def ip_is_banned(case: Case) -> Remark:
    """Say until when the ban lasts and how it came about."""
    call = case.call
    until = call.banned_until_ms
    here = [one for one in case.earlier if one.gateway == call.gateway.name and one.request.ip == call.request.ip]
    over = sum(one.refused_by == _OVER for one in here)
    during = sum(one.refused_by == _BANNED for one in here)
    spent_by = _told(_grouped(iter(one for one in here if one.refused_by in (_OVER, _BANNED))), weights=False)
    facts = {
        "ip": call.request.ip,
        "calls_over_the_limit": str(over),
        "calls_during_bans": str(during),
        "spent_by": spent_by,
    }
    end = "is over by now"
    if until:
        facts |= {"banned_until_ms": str(until), "banned_until": moment(until)}
        end = f"ends at {moment(until)}, in {span(until - call.now_ms)}"
    return Remark(
        f"The IP {call.request.ip} was banned from {call.gateway.name} for asking on after 429 ({over} calls over the "
        f"limit, {during} during bans, by {spent_by}), and the ban {end}: stop at the first 429, wait as long as "
        "Retry-After says, for every call during a ban moves its end out.",
        "asked-on-after-429",
        facts,
    )


def _spenders(case: Case) -> dict[tuple[str, str], Spender]:
    """Group what was charged to the call's bucket in its minute."""
    call, bucket = case.call, levy(case.call).bucket

    def charged() -> Iterator[Entry]:
        for entry in case.earlier:
            same_owner = (
                entry.request.ip == bucket.owner if isinstance(bucket.owner, str) else entry.uid == bucket.owner
            )
            same_pool = not bucket.pool or entry.endpoint == bucket.pool
            same_minute = entry.at_ms // MINUTE_MS == call.now_ms // MINUTE_MS
            if entry.gateway == bucket.gateway and same_owner and same_pool and same_minute:
                yield entry

    return _grouped(charged())


def _grouped(entries: Iterator[Entry]) -> dict[tuple[str, str], Spender]:
    """Group calls by key and endpoint; what one weighed is what the meter read more after it than before."""
    groups: dict[tuple[str, str], Spender] = {}
    used = 0
    for entry in entries:
        if entry.tally is None or (not entry.tally.used and entry.refused_by != _BANNED):
            continue
        group = groups.setdefault((entry.request.api_key or "", entry.endpoint or "an unknown path"), Spender())
        group.calls += 1
        group.weight += max(entry.tally.used - used, 0)
        group.refused += entry.refused_by in (_OVER, _BANNED)
        used = entry.tally.used or used
    return groups


def _told(groups: dict[tuple[str, str], Spender], *, weights: bool = True) -> str:
    """Tell who spent most first."""
    if not groups:
        return "calls that the journal does not hold"
    every = sum(group.calls for group in groups.values())
    ranked = sorted(groups.items(), key=lambda item: (-item[1].weight, -item[1].calls, item[0]))
    told = []
    for (api_key, endpoint), group in ranked[:_NAMED]:
        who = f"by key {cut(api_key)}" if api_key else "without a key"
        weight = f" (weight {group.weight})" if weights else ""
        refused = f", {group.refused} of them refused" if group.refused and weights else ""
        told.append(f"{group.calls} of {every} calls {who} to {endpoint}{weight}{refused}")
    if len(ranked) > _NAMED:
        told.append(f"{len(ranked) - _NAMED} others")
    return "; ".join(told)
