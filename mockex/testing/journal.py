"""The journal of a world, as a test holds it: a sequence of calls, with their answers and what was said of them."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, overload

from msgspec import Struct, json

from mockex.core.verifying import Match, Outcome
from mockex.core.weight import Tally
from mockex.mistakes import converted
from mockex.testing.reach import OfWorld, Question, Reach, understood

PATIENCE_S = 10.0


class JournalEntry(Struct, frozen=True):
    """One call and its answer. Signatures are cut, secrets masked.

    `refused_by` names the check that refused, or is None; `checks` says of each what it said. `faults` are the names of
    those that struck. `code` is the exchange's own; None where the answer has none.
    """

    seq: int
    at_ms: int
    at: str
    ip: str
    method: str
    target: str
    api_key: str | None
    body: str
    gateway: str
    endpoint: str | None
    uid: int | None
    status: int
    code: int | None
    refused_by: str | None
    tally: Tally | None
    faults: tuple[str, ...]
    request_headers: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    answer: str
    answer_bytes: int
    checks: dict[str, str] = {}

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def json(self) -> Any:
        """The answer's JSON; numbers that are not whole are Decimals."""
        return json.Decoder(float_hook=Decimal).decode(self.answer)

    def __str__(self) -> str:
        words = (self.method, self.path, "→", self.status, self.code, self.refused_by, *self.faults)
        return f"{self.seq}: {' '.join(str(word) for word in words if word is not None)}"


class LiveJournal(Struct, frozen=True):
    """The last calls of a world, the oldest first. Filters are those of `mockex journal`: path, status, code, …"""

    of: OfWorld

    def where(self, **match: Any) -> list[JournalEntry]:
        """Find calls, as `where(endpoint="pm_loan", code=-1022)`. Raises MockexError for a name that is none."""
        converted(match, Match)
        query = {name: str(value) for name, value in match.items() if value is not None}
        return self.of.ask("GET", "/journal", list[JournalEntry], **query)

    def last(self, count: int) -> list[JournalEntry]:
        """Give the last calls."""
        return self.of.ask("GET", "/journal", list[JournalEntry], last=str(count))

    def __iter__(self) -> Iterator[JournalEntry]:
        return iter(self.where())

    def __len__(self) -> int:
        return len(self.where())

    @overload
    def __getitem__(self, place: int) -> JournalEntry: ...
    @overload
    def __getitem__(self, place: slice) -> list[JournalEntry]: ...
    def __getitem__(self, place: int | slice) -> JournalEntry | list[JournalEntry]:
        return self.where()[place]

    def clear(self) -> None:
        """Forget all calls; their numbers go on."""
        self.of.ask("DELETE", "/journal", dict)

    def curl(self) -> list[str]:
        """Write the calls as shell lines, to be signed anew by whoever has the secret."""
        return self.of.ask("GET", "/journal", list[str], format="curl")

    def har(self) -> dict[str, Any]:
        """Write the calls as an HTTP Archive."""
        return self.of.ask("GET", "/journal", dict[str, Any], format="har")

    def wait(self, count: int = 1, *, timeout_s: float = PATIENCE_S, **match: Any) -> list[JournalEntry]:
        """Block until so many such calls were made, those before included. Raises AssertionError after `timeout_s`.

        In the loop that serves the exchange, `await waited(…)` instead.
        """
        reach = self.of.reach
        return _arrived(reach, reach.wait(self._waiting(count, timeout_s, match)), count, match)

    async def waited(self, count: int = 1, *, timeout_s: float = PATIENCE_S, **match: Any) -> list[JournalEntry]:
        """Wait as `wait` does, and leave the loop free."""
        reach = self.of.reach
        return _arrived(reach, await reach.waited(self._waiting(count, timeout_s, match)), count, match)

    def _waiting(self, count: int, timeout_s: float, match: dict[str, Any]) -> Question:
        sent = {"match": match, "count": count, "timeout_s": timeout_s}
        question = self.of.question("POST", "/journal/wait", sent)
        return Question(question.method, question.path, body=question.body, timeout_s=timeout_s + PATIENCE_S)

    def verify(
        self,
        *,
        count: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        order: Sequence[dict[str, Any]] = (),
        **match: Any,
    ) -> None:
        """See that such calls were made: so often, else at least once; or, with `order`, one after the other.

        Raises AssertionError with the calls that come nearest, MockexError where the question makes no sense.
        """
        expected = {"match": match, "count": count, "at_least": at_least, "at_most": at_most, "order": order}
        outcome = self.of.ask("POST", "/journal/verify", Outcome, expected)
        if not outcome.holds:
            raise AssertionError("\n".join([outcome.sentence, *map(_near, outcome.nearest)]))


class _Waited(Struct):
    holds: bool
    matched: int
    entries: list[JournalEntry]


def _arrived(reach: Reach, said: bytes, count: int, match: dict[str, Any]) -> list[JournalEntry]:
    waited = understood(reach, said, _Waited)
    if not waited.holds:
        wanted = " with " + ", ".join(f"{name}={value!r}" for name, value in match.items()) if match else ""
        raise AssertionError(f"waited in vain for {count} calls{wanted}; {waited.matched} such calls were made")
    return waited.entries


def _near(near: Any) -> str:
    differs = ", ".join(f"{name} is {has!r}, not {wanted!r}" for name, (wanted, has) in near.differs.items())
    return f"call {near.seq} is near: {differs}"
