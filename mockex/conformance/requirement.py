"""A requirement: what a good client must do, the sentence it follows from, and who judges what came of its cases."""

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from mockex.conformance.case import Case, Together
from mockex.conformance.run import Run

Severity = Literal["MUST", "SHOULD", "INFO"]

FAMILIES = {
    "SIG": "Signing",
    "TIME": "Clocks and recvWindow",
    "RATE": "Limits and bans",
    "ERR": "Errors",
    "NET": "Networks",
    "DATA": "Data",
    "WIN": "Ranges",
    "SAFE": "Safety",
    "CONC": "Several at once",
}


class Unseen(Struct, frozen=True):
    """What was to be judged did not come about: the client did not retry, say. Neither passed nor failed."""

    why: str


Judgement = str | Unseen | None
"""A sentence that says what is wrong, or that it was not seen; None where the requirement is met."""


class Requirement(Struct, frozen=True, kw_only=True):
    """What a good client must do.

    `id` never changes, and begins with its family. `sentence` is what it follows from, as its `source` has it. `server`
    says what the exchange does, `wire` what is then seen on the wire, which no client can fake, and `tells` what the
    client is to report. `needs` are features: who does not claim them is not asked. `judge` looks at one run; where it
    reads nothing but `run.entries`, it is `passive`, and can judge the journal of whatever a client did; where it is
    right for any run, whatever happened in it, it is `general`, and judges drawn cases too.
    """

    id: str
    title: str
    severity: Severity = "MUST"
    sentence: str
    source: str
    server: str
    wire: str
    tells: str = "Nothing more."
    needs: frozenset[str] = frozenset()
    is_passive: bool = False
    is_general: bool = False
    cases: tuple[Case, ...]
    judge: Callable[[Run], Judgement]

    @property
    def family(self) -> str:
        """The first part of its id."""
        return self.id.partition("-")[0]

    def is_asked_of(self, features: frozenset[str], case: Case) -> bool:
        """Say whether a client with these features is asked this case."""
        return self.needs | needs_of(case) <= features


def needs_of(case: Case) -> frozenset[str]:
    """Give the features without which a case cannot be asked."""
    needs: set[str] = {case.key, *(ask.what for ask in case.asks)}
    if case.recv_window_ms is not None:
        needs.add("recv_window")
    if any(ask.parameters for ask in case.asks):
        needs.add("parameters")
    if any(isinstance(step, Together) for step in case.steps):
        needs.add("together")
    if case.is_tls:
        needs.add("tls")
    return frozenset(needs)
