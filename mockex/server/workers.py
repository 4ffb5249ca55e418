"""Several processes that answer at one port; each has the exchange as it was opened, and keeps it for itself."""

import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType

from mockex.errors import MockexError

SIGNALS = (signal.SIGINT, signal.SIGTERM)

AS_ASKED = (0, *SIGNALS)
"""How a worker ends that was told to; by the signal itself where it came before the worker could hear it."""

Work = Callable[[socket.socket, int], None]
"""What a worker does with its socket until it is let go: the pipe that it is given says the end where it is closed."""


def can_fork() -> bool:
    """Say whether this system has what workers need."""
    return hasattr(os, "fork") and hasattr(socket, "SO_REUSEPORT")


class Workers:
    """The workers of a server, seen from the process that has forked them; it answers nothing itself."""

    def __init__(self, sockets: Sequence[socket.socket], work: Work) -> None:
        """Fork a worker for each socket; a signal lets go of them, a second one is passed on. Raises MockexError."""
        self.pids: list[int] = []
        self._leash, self._held = os.pipe()
        self._is_told = False
        for signum in SIGNALS:
            signal.signal(signum, self._hear)
        for own in sockets:
            if not (pid := _forked()):
                self._be_one(own, sockets, work)
            with suppress(OSError):  # it may have ended already
                os.setpgid(pid, pid)  # a terminal's Ctrl-C is for this process to hear, and to pass on
            self.pids.append(pid)
        os.close(self._leash)
        for listening in sockets:
            listening.close()  # or it would take connections in when its worker does not any more

    def _be_one(self, own: socket.socket, sockets: Sequence[socket.socket], work: Work) -> None:
        """Work, and never come back: nothing that the parent has opened is closed or removed by its worker."""
        code = 1
        try:
            for signum in SIGNALS:
                signal.signal(signum, signal.SIG_DFL)
            self._let_go()
            for listening in sockets:
                if listening is not own:
                    listening.close()
            work(own, self._leash)
            code = 0
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def wait(self) -> None:
        """Wait until all have ended. Raises MockexError where one did so by itself, and with it all the others."""
        unasked = None
        while self.pids:
            pid, status = os.wait()
            if pid not in self.pids:  # whoever started this process may have left it a child of another kind
                continue
            self.pids.remove(pid)
            was_asked = self._is_told and status in AS_ASKED
            if unasked is None and not was_asked:
                unasked = f"worker {pid} ended by itself, {_how(status)}, and with it the others"
            self._let_go()
        if unasked:
            raise MockexError(unasked)

    def _hear(self, _signum: int, _frame: FrameType | None) -> None:
        if self._is_told:
            for pid in self.pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
        self._let_go()

    def _let_go(self) -> None:
        if not self._is_told:
            self._is_told = True
            os.close(self._held)


def _forked() -> int:
    try:
        return os.fork()
    except OSError as error:  # those that are there already end with this process
        raise MockexError(f"cannot fork a worker: {error.strerror}") from None


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"killed by signal {-code}" if code < 0 else f"with exit code {code}"
