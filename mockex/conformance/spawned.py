"""A client in a process of its own, in whatever language, spoken to by an adapter on stdin and stdout."""

import contextlib
import shlex
import signal
import time
from collections.abc import Sequence
from threading import Event
from typing import TypeVar

from msgspec import structs

from mockex.conformance import protocol
from mockex.conformance.case import Ask
from mockex.conformance.piped import LEAVE_S, MAX_LINE_BYTES, LongLineError, Piped
from mockex.conformance.processes import command_lines
from mockex.conformance.protocol import (
    OFFERED,
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
    TooDeepError,
)
from mockex.conformance.run import COMMAND, Told, ToldError
from mockex.errors import MockexError
from mockex.fuzzing.target import Target
from mockex.mistakes import in_one_line

T = TypeVar("T")

REAL_S, HELLO_S, CLOSE_S, LOST_S = 30.0, 60.0, 5.0, 2.0
"""How long one question may take, the first answer of a process, the end of an instance, and of what fell silent."""


class SilentError(Exception):
    """An adapter gave no answer, or none that can be read; what it was asked is told as an error of the client."""

    def __init__(self, error: ToldError, why: str) -> None:
        super().__init__(why)
        self.error = error


class Spawned:
    """A process that is started when it is first asked, and anew when it has ended or had to be. `with` ends it."""

    def __init__(self, command: Sequence[str], *, real_s: float = REAL_S, lane: int = 0) -> None:
        self.lane = lane
        self._command = list(command)
        self._real_s = real_s
        self._ids = 0
        self._piped: Piped | None = None
        self._shown: list[str] = []
        self._stopped = Event()

    def __enter__(self) -> "Spawned":
        about = self._hello()
        self.name, self.version, self.features = about.name, about.version, about.features
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def stop(self) -> None:
        """End the process for good, from any thread: who waits for its answer hears that it was lost."""
        self._stopped.set()
        if (piped := self._piped) is not None:
            piped.kill()

    def open(self, target: Target) -> Told:
        """Make an instance."""
        try:
            if self._piped is None:
                self._hello()
            self._forget()
            return Told(error=self._said(_opening(target), Opened, self._real_s).error)
        except SilentError as silent:
            return Told(error=silent.error)

    def ask(self, asks: Sequence[Ask]) -> list[Told]:
        """Ask one thing, or several at once."""
        try:
            said = self._said(AskAll(id=0, asks=tuple(map(_asking, asks))), ToldAll, self._real_s)
        except SilentError as silent:
            return [Told(error=silent.error)] * len(asks)
        if len(said.told) != len(asks):
            self._end()
            raise AdapterError(f"the adapter was asked {len(asks)} things, and told {len(said.told)}")
        return list(said.told)

    def close(self) -> list[str]:
        """Let the instance end; gives all that its process wrote, and how it was called."""
        shown = [COMMAND + shlex.join(self._command)]
        if self._piped is not None:
            shown += command_lines(self._piped.pid)
            with contextlib.suppress(SilentError):
                self._said(Close(id=0), Closed, CLOSE_S)
        if self._piped is not None:
            self._shown += self._piped.printed()
        return [*shown, *self._shown]

    def _forget(self) -> None:
        """Forget what was shown before: it belongs to an earlier instance."""
        if self._piped is not None:
            self._piped.printed()
        self._shown = []

    def _hello(self) -> About:
        """Start the process, and ask who it is. Raises MockexError, and AdapterError, which is one."""
        if self._stopped.is_set():
            raise AdapterError("the adapter was stopped")
        try:
            self._piped = Piped(self._command)
        except OSError as error:
            kind = AdapterError if self._ids else MockexError  # at first it is who gives the command that is wrong
            raise kind(f"{shlex.join(self._command)}: {error.strerror or error}") from None
        if self._stopped.is_set():  # just now, from another thread, which saw no process yet
            self._piped.kill()
        try:
            about = self._said(Hello(id=0, protocol=PROTOCOL, features=tuple(OFFERED)), About, HELLO_S)
        except SilentError as silent:
            last = "".join(f"\n  {in_one_line(line)}" for line in self._shown[-5:])
            raise AdapterError(f"{shlex.join(self._command)} says no hello: {silent}{last}") from None
        if mistake := protocol.mistake_in(about):
            self._end()
            raise AdapterError(mistake)
        return about

    def _said(self, message: Message, shape: type[T], within_s: float) -> T:
        """Ask, and wait for the answer with its id. Raises SilentError, and AdapterError; both have ended it."""
        if self._piped is None:
            raise lost("its process had ended before")
        self._ids += 1
        until_s = time.monotonic() + within_s
        self._piped.write(protocol.written(structs.replace(message, id=self._ids)))
        try:
            while (line := self._piped.line(until_s)) is not None:
                answer = protocol.answer_in(line, self._ids)
                if answer is not None:
                    return protocol.understood(answer, shape)
                self._piped.keep(line)
        except TimeoutError:
            self._end(0)
            why = f"it had not ended within {within_s:g} s"
            raise SilentError(ToldError(type="endless", text=why, is_endless=True), why) from None
        except TooDeepError:
            self._end(0)
            why = "what it gave is nested deeper than can be read"
            raise SilentError(ToldError(type="unreadable", text=why), why) from None
        except LongLineError:
            self._end(0)
            raise AdapterError(f"the adapter wrote a line of more than {MAX_LINE_BYTES >> 20} MiB") from None
        except AdapterError:
            self._end(0)
            raise
        status = self._end(LOST_S)
        if status == -signal.SIGKILL:
            raise lost("its process was killed, or closed its stdout", *self._shown[-1:])
        how = f"by signal {-status}" if status < 0 else f"with exit code {status}"
        raise lost(f"its process ended {how}", *self._shown[-1:])

    def _end(self, leave_s: float = LEAVE_S) -> int:
        """End the process, and keep what it showed; gives its exit code."""
        piped, self._piped = self._piped, None
        if piped is None:
            return 0
        status = piped.end(leave_s)
        self._shown += piped.printed()
        return status


def lost(why: str, *last: str) -> SilentError:
    """Tell of a process that ended, and what it wrote last."""
    return SilentError(ToldError(type="lost", text=": ".join((why, *last)), is_lost=True), why)


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
