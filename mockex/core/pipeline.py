"""The way of a call through its gateway's steps: the first refusal wins.

Checks only read. What must be written, the steps yield as a value, and are sent the tally for it; so the same rules can
be driven by a meter in memory or by one that has to be awaited.
"""

from collections.abc import Generator, Iterator

from msgspec import Struct

from mockex.core.call import Call
from mockex.core.gateway import Barred, Charge, Step, Way, way_of
from mockex.core.refusals import Says
from mockex.core.weight import Bucket, Scope, Tally


class Verdict(Struct, frozen=True, gc=False):
    """What came of a call: the step that refused it and what it says, or neither; and the tally, where one was made."""

    step: Step | None
    says: Says | None
    tally: Tally | None


class Levy(Struct, frozen=True, gc=False):
    """To be carried out: charge this weight to this bucket."""

    bucket: Bucket
    weight: int
    limit: int


class Rearm(Struct, frozen=True, gc=False):
    """To be carried out: move the end of the ban out."""


Write = Levy | Rearm


def admit(call: Call) -> Generator[Write, Tally, Verdict]:
    """Ask the steps in their order; yields what is to be written, returns the verdict."""
    tally: Tally | None = None
    for asks, step in way_for(call):
        if asks is None:
            assert isinstance(step, Charge)
            tally = yield levy(call)
            if tally.is_over:
                return Verdict(step, step.bans if tally.banned_until_ms else step.says, tally)
        elif asks(call):
            if isinstance(step, Barred):
                tally = yield Rearm()
            return Verdict(step, step.says, tally)
    return Verdict(None, None, tally)


def levy(call: Call) -> Levy:
    """Say what the call costs, and whom; a call that no account can be found for costs nothing."""
    if call.route is None:
        return Levy(Bucket(call.gateway.name, "", ""), 0, 0)
    weight = call.route.endpoint.weight
    budget = call.gateway.budgets[weight.per]
    uid = call.key.uid if call.key else 0
    owner = call.request.ip if weight.per is Scope.IP else uid
    return Levy(
        Bucket(call.gateway.name, call.route.pool, owner), weight.units, getattr(call.world.limits, budget.limit)
    )


def findings(call: Call) -> Iterator[tuple[Step, bool]]:
    """Ask every step, whatever the ones before it say, and write nothing: all that is wrong with a call."""
    for asks, step in way_for(call):
        if asks is None:
            due = levy(call)
            yield step, call.world.meter.used(due.bucket, call.now_ms) + due.weight > due.limit
        else:
            yield step, asks(call)


def way_for(call: Call) -> Way:
    """Give the steps that a call has to go: its route's, or for a path that nobody answers its gateway's."""
    return call.route.way if call.route else way_of(call.gateway.steps)
