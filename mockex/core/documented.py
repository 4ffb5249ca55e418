"""Answers that the exchange's pages name and that no client can provoke: outages, edge blocks, limits out of turn."""

from typing import Literal, get_args

from msgspec import Struct

from mockex.core.refusals import Mark, Refusal, Says

AnswerName = Literal["overloaded"]


class Outage(Struct, frozen=True):
    """One documented answer: what it means in a sentence, what each gateway says, and whether it comes from the edge.

    What comes from the edge is said before anything is checked or charged; the rest after the call was answered.
    """

    name: AnswerName
    sentence: str
    papi: Says
    sapi: Says
    mark: Mark
    source: str
    is_from_the_edge: bool = False

    def says(self, gateway: str) -> Says:
        """Choose the wording of a gateway; spot speaks as SAPI does."""
        return self.papi if gateway == "PAPI" else self.sapi


DOCUMENTED: tuple[Outage, ...] = (
    Outage(
        "overloaded",
        "The gateway is overloaded and did not carry the request out.",
        Refusal(
            503,
            -1008,
            "Request throttled by system-level protection. Reduce-only/close-position orders are exempt. "
            "Please try again.",
        ),
        Refusal(
            503, -1008, "Spot server is currently overloaded with other requests. Please try again in a few minutes."
        ),
        Mark.DOCUMENTED,
        "PM-ERR, PRO-ERR",
    ),
)
BY_NAME = {outage.name: outage for outage in DOCUMENTED}
assert set(BY_NAME) == set(get_args(AnswerName))
