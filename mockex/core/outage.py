"""What a documented answer is, and the names of all of them."""

from typing import Literal

from msgspec import Struct

from mockex.core.gateway import EndpointChecks, Gateway
from mockex.core.refusals import Mark, Says

AnswerName = Literal[
    "unknown-error",
    "service-unavailable",
    "internal-error",
    "overloaded",
    "unknown",
    "disconnected",
    "unauthorized",
    "too-many-requests",
    "too-many-requests-queued",
    "ip-banned",
    "server-busy",
    "unexpected-response",
    "timeout",
    "ip-cannot-access-route",
    "too-many-orders",
    "service-shutting-down",
    "unsupported-operation",
    "timestamp-late",
    "timestamp-early",
    "not-found-authenticated-or-authorized",
    "request-occur-unknown-error",
    "endpoint-gone",
    "business-error",
    "bad-gateway",
    "bad-gateway-of-the-load-balancer",
    "gateway-timeout",
    "restricted-location",
    "request-blocked",
]


class InTurn(Struct, frozen=True):
    """What the gateway itself says at the step of this name."""

    step: str

    def of(self, gateway: Gateway) -> Says:
        """Find it among the gateway's steps."""
        steps = (step for step in gateway.steps if not isinstance(step, EndpointChecks))
        return next(step.says for step in steps if step.name == self.step)


class Outage(Struct, frozen=True):
    """One documented answer: what it means for a client, what each gateway says, and whether it comes from the edge.

    What comes from the edge is said before anything is checked or charged; the rest after the call was answered. With
    `tells_to_wait` it has a Retry-After of its own.
    """

    name: AnswerName
    sentence: str
    papi: Says | InTurn
    sapi: Says | InTurn
    mark: Mark
    source: str
    is_from_the_edge: bool = False
    tells_to_wait: bool = False

    def says(self, gateway: Gateway) -> Says:
        """Choose the wording of a gateway; spot speaks as SAPI does."""
        says = self.papi if gateway.name == "PAPI" else self.sapi
        return says.of(gateway) if isinstance(says, InTurn) else says
