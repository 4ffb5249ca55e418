"""What a declared fault does to a call: documented answers out of turn, and what hostile networks and gateways do.

The two lists are never mixed: `Documented` answers what the exchange's pages say it may; everything else is hostile.
"""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct, structs

from mockex.core.bounds import MAX_DELAY_MS
from mockex.core.hostile import (
    BodyIs,
    CutBody,
    DoubledWeight,
    Empty,
    Html,
    JsonIs,
    NoRetryAfter,
    OddRetryAfter,
    OddWeight,
    Redirect,
)
from mockex.core.hostile_wire import (
    BadChunk,
    BrokenGzip,
    Drip,
    HangUp,
    Informational,
    Latency,
    Reset,
    SlowBody,
    WrongContentLength,
)
from mockex.core.outage import AnswerName
from mockex.core.raw import Script
from mockex.core.wire import Reply, Wait


class Documented(Struct, frozen=True, tag_field="type", tag="documented", forbid_unknown_fields=True):
    """Answer what the exchange's own pages say it may answer: see the table in mockex/core/documented.py.

    `retry_after_s` is the Retry-After, and the end of a ban, instead of what the gateway would say; 0 leaves it out.
    """

    answer: AnswerName
    retry_after_s: Annotated[int, Meta(ge=0, le=259_200)] | None = None


Hostile = (
    Latency
    | SlowBody
    | Drip
    | Reset
    | HangUp
    | WrongContentLength
    | BadChunk
    | BrokenGzip
    | Empty
    | Html
    | CutBody
    | JsonIs
    | BodyIs
    | OddWeight
    | DoubledWeight
    | OddRetryAfter
    | NoRetryAfter
    | Informational
    | Redirect
)
"""Every hostile effect, in the order of docs/faults.md; whatever lists them takes them from here."""

Effect = Documented | Hostile


def spoiled(reply: Reply, effects: Iterable[Effect]) -> Reply:
    """Do to a reply what hostile effects say, stage by stage, and within a stage in the order given.

    First what is answered is spoilt (its status, headers and body), then how it is framed, then how fast it goes out,
    then how it ends, and last what goes ahead of it. So an odd body is framed, a framed answer drips, a dripping one
    breaks off, and all of it waits for what goes ahead. Where two of a stage do the same, the later is seen, but of two
    that break off the shorter, and of two endings the harsher. Pauses add up, but never beyond MAX_DELAY_MS.
    """
    hostile = [effect for effect in effects if not isinstance(effect, Documented)]
    for effect in sorted(hostile, key=lambda one: one.stage):
        reply = effect.spoil(reply)
    if reply.delivery is None:
        return reply
    before, left_ms = shortened(reply.delivery.before, MAX_DELAY_MS)
    script = reply.delivery.script and shortened(reply.delivery.script, left_ms)[0]
    return structs.replace(reply, delivery=structs.replace(reply.delivery, before=before, script=script))


def shortened(script: Script, left_ms: int) -> tuple[Script, int]:
    """Let a script pause no longer than this altogether; gives it with what is left over."""
    kept: list[bytes | Wait] = []
    for part in script:
        if isinstance(part, Wait):
            pause = Wait(min(part.ms, left_ms))
            left_ms -= pause.ms
            kept.append(pause)
        else:
            kept.append(part)
    return tuple(kept), left_ms
