"""The journal of a world: the last calls, what each was answered and why, in a ring that does not grow."""

from collections import deque
from collections.abc import Callable, Iterator

from msgspec import Struct

from mockex.core.bounds import JOURNAL_LENGTH
from mockex.core.weight import Tally
from mockex.core.wire import Reply, Request


class Entry(Struct, frozen=True):
    """One call.

    `seq` counts the world's calls from 1. `at_ms` is the world's clock. `refused_by` names the step that refused, or is
    None. `faults` are the names of the declared faults that struck. `took_ns` is the machine's time, and with the
    request's `received_at_ms` all that another process would not write the same.
    """

    seq: int
    at_ms: int
    request: Request
    endpoint: str | None
    gateway: str
    uid: int | None
    refused_by: str | None
    tally: Tally | None
    faults: tuple[str, ...]
    reply: Reply
    took_ns: int = 0


class Journal:
    """The last calls of a world; listeners hear of each as it is written."""

    def __init__(self, length: int = JOURNAL_LENGTH) -> None:
        self.entries: deque[Entry] = deque(maxlen=length)
        self.written = 0
        self.listeners: list[Callable[[Entry], None]] = []

    def write(self, entry: Entry) -> None:
        """Add a call; the oldest falls out where the ring is full."""
        self.written = entry.seq
        self.entries.append(entry)
        for listener in self.listeners:
            listener(entry)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def back_to(self, written: int) -> None:
        """Forget what was written after a position."""
        while self.entries and self.entries[-1].seq > written:
            self.entries.pop()
        self.written = written
