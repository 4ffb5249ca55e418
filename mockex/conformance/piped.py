"""A process and its three pipes, all served while an answer is waited for, and never longer than until a given time.

There is no thread: whoever waits reads all that the process says. What it wrote to stderr before a line of stdout is
read before that line is given, so that nothing is taken for what was said later.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Sequence

CHUNK_BYTES = 1 << 16
PIPE_CHUNKS = 16
"""No pipe that a process is given holds more; reading so much reads all that was in it."""

MAX_LINE_BYTES = 64 << 20
KEPT_BYTES = 4 << 20
"""So much of what a process printed is kept, from each of its pipes: the last of it."""

LEAVE_S = 0.5
"""How long a process may take to end by itself, once its stdin is closed."""


LISTEN_S = 0.5
"""How long is waited at a stretch: Python hears of a signal that comes just before a wait only after it."""


class LongLineError(Exception):
    """A line of stdout that does not end."""


class Piped:
    """A process in a session of its own. Raises OSError where it cannot be started."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - it is what the user asks to be run
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self.pid = self._process.pid
        self._in, self._out, self._err = (
            pipe.fileno() for pipe in (self._process.stdin, self._process.stdout, self._process.stderr)
        )
        self._selector = selectors.DefaultSelector()
        for pipe in (self._in, self._out, self._err):
            os.set_blocking(pipe, False)
        for pipe in (self._out, self._err):
            self._selector.register(pipe, selectors.EVENT_READ)
        self._unwritten = b""
        self._line = bytearray()
        self._lines: deque[str] = deque()
        self._is_over, self._has_ended = False, False
        self._printed, self._complained = bytearray(), bytearray()

    def write(self, line: str) -> None:
        """Have a line written, as soon as the process takes it."""
        if not self._unwritten:
            self._selector.register(self._in, selectors.EVENT_WRITE)
        self._unwritten += line.encode()

    def line(self, until_s: float) -> str | None:
        """Give the next line of stdout; None where there will be none. Raises TimeoutError, LongLineError."""
        while not self._lines:
            if self._is_over:
                return None
            if len(self._line) > MAX_LINE_BYTES:
                raise LongLineError
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            self._serve(min(left_s, LISTEN_S))
        return self._lines.popleft()

    def keep(self, line: str) -> None:
        """Keep a line of stdout with what the process printed."""
        _append(self._printed, line.encode() + b"\n")

    def printed(self) -> list[str]:
        """Give all that the process printed until now, and that is in no line that was given; and forget it."""
        for _ in range(PIPE_CHUNKS):
            if self._has_ended or not self._serve(0):
                break
        while self._lines:
            self.keep(self._lines.popleft())
        lines = [*_text(self._printed).splitlines(), *_text(self._complained).splitlines()]
        self._printed.clear()
        self._complained.clear()
        return lines

    def kill(self) -> None:
        """End it at once, and all that it has started; whoever waits for a line hears that there will be none."""
        with contextlib.suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)

    def end(self, leave_s: float = LEAVE_S) -> int:
        """End the process and all that it has started; gives its exit code, which is negative where a signal did it."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(leave_s)
        self.kill()  # those that it has started live in its group, also after its end
        status = self._process.wait()
        if not self._is_over:
            self._read_out()
        self._read_err()
        self._selector.close()
        self._has_ended = True
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        return status

    def _serve(self, within_s: float) -> bool:
        """Wait until a pipe is ready, and serve it; False where none was."""
        ready = {key.fd for key, _ in self._selector.select(within_s)}
        if self._in in ready:
            self._write_in()
        if self._out in ready:
            self._read_out()
        if self._err in ready or self._out in ready:
            self._read_err()
        return bool(ready)

    def _write_in(self) -> None:
        try:
            self._unwritten = self._unwritten[os.write(self._in, self._unwritten) :]
        except BlockingIOError:
            return
        except OSError:  # nobody reads it; whether the process has ended is seen on stdout
            self._unwritten = b""
        if not self._unwritten:
            self._selector.unregister(self._in)

    def _read_out(self) -> None:
        some = _read(self._out)
        if some is None:
            return
        if not some:
            self._selector.unregister(self._out)
            self._is_over = True
            some = b"\n" if self._line else b""  # a line that nobody ended is one, too
        *whole, rest = some.split(b"\n")
        for one in whole:
            self._lines.append(_text(self._line + one))
            self._line.clear()
        self._line += rest

    def _read_err(self) -> None:
        for _ in range(PIPE_CHUNKS):
            some = _read(self._err)
            if not some:
                if some is not None and self._err in self._selector.get_map():
                    self._selector.unregister(self._err)
                return
            _append(self._complained, some)


def _read(pipe: int) -> bytes | None:
    """Read what there is; None where there is nothing yet, no bytes where there will be none."""
    try:
        return os.read(pipe, CHUNK_BYTES)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _append(kept: bytearray, some: bytes) -> None:
    kept += some
    if len(kept) > 2 * KEPT_BYTES:
        del kept[:-KEPT_BYTES]


def _text(raw: bytes | bytearray) -> str:
    return raw.decode(errors="replace")
