"""The journal of a world: the last calls, what each was answered and why, in a ring that does not grow."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct, structs

from mockex.core.bounds import JOURNAL_LENGTH, MAX_KEPT_BYTES
from mockex.core.weight import Tally
from mockex.core.wire import Reply, Request


class Entry(Struct, frozen=True, gc=False):
    """One call.

    `seq` counts the world's calls from 1. `at_ms` is the world's clock. `refused_by` names the step that refused, or is
    None. `faults` are the names of the declared faults that struck. `took_ns` is the machine's time, and with the
    request's `received_at_ms` all that another process would not write the same. `not_kept` counts the bytes that were
    cut off the request's body and off the reply's.
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
    not_kept: tuple[int, int] = (0, 0)

    @property
    def asked_bytes(self) -> int:
        """The length of the request's body, kept or not."""
        return len(self.request.body) + self.not_kept[0]

    @property
    def answered_bytes(self) -> int:
        """The length of the reply's body, kept or not."""
        return len(self.reply.body) + self.not_kept[1]


Listener = Callable[[Entry | None], None]
"""Hears of every entry as it is written; None says that no more will come."""


class Journal:
    """The last calls of a world; `reverted` counts how often it was made what it had been."""

    def __init__(self, length: int = JOURNAL_LENGTH) -> None:
        self.entries: deque[Entry] = deque(maxlen=length)
        self.written = 0
        self.reverted = 0
        self.listeners: list[Listener] = []

    def write(self, entry: Entry) -> None:
        """Add a call, without what is too much of it; the oldest falls out where the ring is full."""
        entry = kept(entry)
        self.written = entry.seq
        self.entries.append(entry)
        if self.listeners:
            for listener in tuple(self.listeners):
                listener(entry)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def back_to(self, written: int, entries: Iterable[Entry]) -> None:
        """Be what it was when so many calls were written and these were kept."""
        self.entries.clear()
        self.entries.extend(entries)
        self.written = written
        self.reverted += 1

    def end(self) -> None:
        """Tell who listens that no more will come."""
        for listener in tuple(self.listeners):
            listener(None)


class Following:
    """What a follower has yet to be told: entries, and in their places how many it was too slow for; None at the end.

    `wake` is called when there is something to tell.
    """

    def __init__(self, wake: Callable[[], None], length: int = JOURNAL_LENGTH) -> None:
        self.waiting: deque[Entry | int | None] = deque()
        self.length = length
        self.wake = wake

    def hear(self, entry: Entry | None) -> None:
        """Keep an entry, or count it where there are too many already."""
        if entry is None or len(self.waiting) < self.length:
            self.waiting.append(entry)
        elif isinstance(lost := self.waiting[-1], int):
            self.waiting[-1] = lost + 1
        else:
            self.waiting.append(1)
        self.wake()


def kept(entry: Entry) -> Entry:
    """Cut off an entry what a journal does not keep: most of a long body, headers without end."""
    request, reply = entry.request, entry.reply
    asked, answered = len(request.body) - MAX_KEPT_BYTES, len(reply.body) - MAX_KEPT_BYTES
    if asked <= 0 and answered <= 0 and len(request.lines) <= MAX_KEPT_BYTES:
        return entry
    if answered > 0:
        reply = structs.replace(reply, body=reply.body[:MAX_KEPT_BYTES], delivery=None)
    if asked > 0 or len(request.lines) > MAX_KEPT_BYTES:
        request = structs.replace(request, body=request.body[:MAX_KEPT_BYTES], lines=request.lines[:MAX_KEPT_BYTES])
    return structs.replace(entry, request=request, reply=reply, not_kept=(max(asked, 0), max(answered, 0)))
