"""What a declared fault does to a call: documented answers out of turn, and what hostile networks and gateways do.

The two lists are never mixed: `Documented` answers what the exchange's pages say it may; everything else is hostile.
"""

from typing import Annotated

from msgspec import Meta, Struct, structs

from mockex.core.bounds import MAX_DELAY_MS
from mockex.core.documented import AnswerName
from mockex.core.wire import Delivery, Reply, Wait

Milliseconds = Annotated[int, Meta(ge=0, le=MAX_DELAY_MS)]


class Documented(Struct, frozen=True, tag_field="type", tag="documented", forbid_unknown_fields=True):
    """Answer what the exchange's own pages say it may answer: see the table in mockex/core/documented.py."""

    answer: AnswerName
    retry_after_s: Annotated[int, Meta(ge=0, le=259_200)] | None = None


class Latency(Struct, frozen=True, tag_field="type", tag="latency", forbid_unknown_fields=True):
    """Answer rightly, but only after a while."""

    ms: Milliseconds

    def spoil(self, reply: Reply) -> Reply:
        """Wait ahead of the headers."""
        return structs.replace(reply, delivery=Delivery(before=(Wait(self.ms),)))


Hostile = Latency
Effect = Documented | Hostile
