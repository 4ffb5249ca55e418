"""A client in a process of its own, in whatever language, spoken to by an adapter on stdin and stdout."""

import contextlib
import os
import shlex
import signal
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, Any, TypeVar

from msgspec import structs

from mockex.conformance import protocol
from mockex.conformance.case import Ask
from mockex.conformance.protocol import (
    PROTOCOL,
    About,
    AdapterError,
    AskAll,
    AskFor,
    Close,
    Closed,
    Hello,
    Message,
    Open,
    Opened,
    ToldAll,
)
from mockex.conformance.run import FEATURES, Told, ToldError
from mockex.errors import MockexError
from mockex.fuzzing.target import Target
from mockex.scenarios import MAX_FILE_BYTES

T = TypeVar("T")

REAL_S, HELLO_S, CLOSE_S = 30.0, 60.0, 5.0
"""How long one question, the first answer of a process, and the end of an instance may take."""

KEPT_LINES = 10_000


class SilentError(Exception):
    """An adapter did not answer in time, or has ended; what it was asked is told as an error of the client."""

    def __init__(self, error: ToldError) -> None:
        super().__init__(error.text)
        self.error = error


class Spawned:
    """A process that is started when it is first asked, and anew when it has ended or had to be. `with` ends it."""

    def __init__(self, command: Sequence[str], *, real_s: float = REAL_S, lane: int = 0) -> None:
        self._command = list(command)
        self._real_s = real_s
        self._ids = 0
        self._lane = lane
        self._process: subprocess.Popen[str] | None = None
        self._answers: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._shown: deque[str] = deque(maxlen=KEPT_LINES)

    def __enter__(self) -> "Spawned":
        about = self._hello()
        self.name, self.version = about.name, about.version
        self.features = about.features - {"clock"}  # whose clock would it take?
        if unknown := self.features - FEATURES.keys():
            raise MockexError(f"the adapter claims {', '.join(sorted(unknown))}; there are {', '.join(FEATURES)}")
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def open(self, target: Target) -> Told:
        """Make an instance."""
        self._shown.clear()
        try:
            if self._process is None:
                self._hello()
            return self._said(_opening(target), Opened, self._real_s)
        except SilentError as silent:
            return Told(error=silent.error)

    def ask(self, asks: Sequence[Ask]) -> list[Told]:
        """Ask one thing, or several at once."""
        try:
            said = self._said(AskAll(id=0, asks=tuple(map(_asking, asks))), ToldAll, self._real_s)
        except SilentError as silent:
            return [Told(error=silent.error)] * len(asks)
        if len(said.told) != len(asks):
            raise AdapterError(f"the adapter was asked {len(asks)} things, and told {len(said.told)}")
        return list(said.told)

    def close(self) -> list[str]:
        """Let the instance end; gives all that its process wrote, and how it was called."""
        shown = [shlex.join(self._command)]
        if self._process is not None:
            shown += _command_lines(self._process.pid)
            with contextlib.suppress(SilentError):
                self._said(Close(id=0), Closed, CLOSE_S)
        return [*shown, *self._shown]

    def _hello(self) -> About:
        self._start()
        try:
            hello = Hello(id=0, protocol=PROTOCOL, features=tuple(FEATURES))
            about = self._said(hello, About, HELLO_S)
        except SilentError as silent:
            last = "".join(f"\n  {line}" for line in list(self._shown)[-5:])
            raise MockexError(f"{shlex.join(self._command)}: {silent}{last}") from None
        if about.protocol != PROTOCOL:
            raise MockexError(f"the adapter speaks protocol {about.protocol}, and this mockex {PROTOCOL}")
        return about

    def _start(self) -> None:
        self._answers = SimpleQueue()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - it is what the user asks to be run
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="backslashreplace",
                start_new_session=True,
            )
        except OSError as error:
            raise MockexError(f"{shlex.join(self._command)}: {error.strerror or error}") from None
        for pipe, of in ((self._process.stdout, self._answers), (self._process.stderr, None)):
            assert pipe is not None
            Thread(target=self._listen, args=(pipe, of), name=f"adapter-{self._lane}", daemon=True).start()

    def _listen(self, pipe: IO[str], answers: "SimpleQueue[dict[str, Any] | None] | None") -> None:
        with pipe, contextlib.suppress(ValueError):
            while line := pipe.readline(MAX_FILE_BYTES):
                answer = None if answers is None else protocol.answer_in(line)
                if answer is None or answers is None:
                    self._shown.append(line.rstrip("\n"))
                else:
                    answers.put(answer)
        if answers is not None:
            answers.put(None)

    def _said(self, message: Message, shape: type[T], within_s: float) -> T:
        """Ask, and wait for the answer with its id. Raises SilentError, AdapterError."""
        if self._process is None:  # an earlier question of the case has brought it to its end
            raise SilentError(ToldError(type="lost", text="its process had ended before", is_lost=True))
        assert self._process.stdin is not None
        self._ids += 1
        message = structs.replace(message, id=self._ids)
        until_s = time.monotonic() + within_s
        try:
            self._process.stdin.write(protocol.written(message))
            self._process.stdin.flush()
            while answer := self._answers.get(timeout=max(until_s - time.monotonic(), 0)):
                if answer["id"] == self._ids:
                    return protocol.understood(answer, shape)
        except Empty:
            self._end()
            text = f"one call has taken {within_s:g} s, and takes on"
            raise SilentError(ToldError(type="endless", text=text, is_endless=True)) from None
        except OSError:
            pass
        status = self._end()
        text = f"its process ended with exit code {status}"
        raise SilentError(ToldError(type="lost", text=text, is_lost=True))

    def _end(self) -> int | None:
        """End the process, and all that it has started."""
        process, self._process = self._process, None
        if process is None:
            return None
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        try:
            return process.wait(0.2)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        return process.wait()


def _opening(target: Target) -> Open:
    return Open(
        id=0,
        url=target.url,
        api_key=target.api_key,
        key_type=target.key_type,
        secret=target.secret,
        private_key=target.private_key,
        recv_window_ms=target.recv_window_ms,
        ca_file=target.ca_file,
    )


def _asking(ask: Ask) -> AskFor:
    if ask.what == "loan":
        return AskFor(what="loan")
    return AskFor(what="records", start_ms=ask.start_ms, end_ms=ask.end_ms, parameters=ask.parameters)


def _command_lines(group: int) -> list[str]:
    """Give the command lines of a process and of all that it has started, as anybody on the machine can see them."""
    found: list[str] = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.getpgid(int(folder.name)) == group:
                found.append((folder / "cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " "))
    return found
