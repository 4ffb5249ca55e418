"""Hearing what a client of this process logs, whatever level its own user would see."""

import logging
from collections import deque
from threading import Lock
from typing import ClassVar

KEPT_LINES = 10_000


class Hearing(logging.Handler):
    """Hears all that is logged between `begin` and `end`, of every level; several may hear at the same time."""

    lock_of_all: ClassVar[Lock] = Lock()
    all: ClassVar[set["Hearing"]] = set()
    level_before: ClassVar[int] = logging.WARNING

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self._said: deque[str] = deque(maxlen=KEPT_LINES)

    def begin(self) -> None:
        """Hear from now on."""
        root = logging.getLogger()
        with self.lock_of_all:
            if not self.all:
                Hearing.level_before = root.level
                root.setLevel(logging.DEBUG)
            self.all.add(self)
        self._said.clear()
        root.addHandler(self)

    def end(self) -> list[str]:
        """Hear no more; gives what was said. The level is what it was once nobody hears any more."""
        root = logging.getLogger()
        root.removeHandler(self)
        with self.lock_of_all:
            self.all.discard(self)
            if not self.all:
                root.setLevel(Hearing.level_before)
        return list(self._said)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line; one that cannot be written is no matter of the client's call, as in logging's own handlers."""
        try:
            self._said.append(self.format(record))
        except Exception:  # noqa: BLE001 - whatever its arguments do when they are written
            self._said.append(str(record.msg))
