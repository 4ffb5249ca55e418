"""How a test reaches the control of an exchange: in the loop that serves it, from another thread, or over HTTP."""

import asyncio
import threading
from asyncio import AbstractEventLoop
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from inspect import iscoroutine
from typing import Any, Protocol, TypeVar

from msgspec import DecodeError, Struct, json

from mockex.asking import TIMEOUT_S, Server
from mockex.core.world import ConflictError
from mockex.errors import MockexError, TakenError
from mockex.server.control import ENCODER, Control, find
from mockex.server.control.door import RefusedError
from mockex.server.shell import now_ms

T = TypeVar("T")


class Question(Struct, frozen=True):
    """A call to mockex itself: what `mockex openapi` of the control describes, with its body in JSON."""

    method: str
    path: str
    query: dict[str, str] = {}
    body: bytes = b""
    timeout_s: float = TIMEOUT_S


class Reach(Protocol):
    """Asks the control. `ask` takes no time, `wait` blocks until there is an answer, `waited` leaves the loop free.

    All give JSON, and raise MockexError with the control's sentence.
    """

    @property
    def url(self) -> str:
        """Where the server is."""

    def ask(self, question: Question) -> bytes:
        """Ask what is answered at once."""

    def wait(self, question: Question) -> bytes:
        """Ask what may be answered later, and wait for it."""

    async def waited(self, question: Question) -> bytes:
        """Ask what may be answered later, from an event loop."""


class Embedded:
    """The control of an exchange in this process. A loop in another thread is asked there, between two calls."""

    def __init__(self, control: Control) -> None:
        self.control = control
        self.url = ""
        self.loop: AbstractEventLoop | None = None
        self.thread = 0

    def served_by_this_thread(self) -> None:
        """From now on the running loop of this thread is asked from all others."""
        self.loop, self.thread = asyncio.get_running_loop(), threading.get_ident()

    @property
    def _elsewhere(self) -> AbstractEventLoop | None:
        """The loop that serves the exchange, if it is another thread's and goes on."""
        is_elsewhere = self.loop is not None and not self.loop.is_closed() and self.thread != threading.get_ident()
        return self.loop if is_elsewhere else None

    def ask(self, question: Question) -> bytes:
        """Ask in the loop that serves; directly where that is this thread's, or has ended."""
        loop = self._elsewhere
        if loop is None:
            return self._answer(question)
        answer: Future[bytes] = Future()

        def answered() -> None:
            try:
                answer.set_result(self._answer(question))
            except Exception as error:  # noqa: BLE001 - it is raised where it was asked
                answer.set_exception(error)

        loop.call_soon_threadsafe(answered)
        return _result(answer, question)

    def wait(self, question: Question) -> bytes:
        """Let the loop wait."""
        loop = self._elsewhere
        if loop is None:
            return self._answer(question)
        return _result(asyncio.run_coroutine_threadsafe(self._awaited(question), loop), question)

    async def waited(self, question: Question) -> bytes:
        """Await the answer, in whichever loop serves."""
        loop = self._elsewhere
        if loop is None:
            return await self._awaited(question)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._awaited(question), loop))

    def _said(self, question: Question) -> Any:
        try:
            route, path = find(question.method, question.path)
            return self.control.say(route, path, question.query, question.body, url=self.url, real_ms=now_ms())
        except ConflictError as error:
            raise TakenError(str(error)) from None
        except (RefusedError, ValueError) as error:
            raise MockexError(str(error)) from None

    def _answer(self, question: Question) -> bytes:
        said = self._said(question)
        if iscoroutine(said):
            said.close()
            raise MockexError("nothing can be waited for in the loop that serves the exchange; await `waited` instead")
        return ENCODER.encode(said)

    async def _awaited(self, question: Question) -> bytes:
        said = self._said(question)
        return ENCODER.encode(await said if iscoroutine(said) else said)


def _result(answer: "Future[bytes]", question: Question) -> bytes:
    try:
        return answer.result(question.timeout_s)
    except FutureTimeoutError:
        raise MockexError(f"the exchange has not answered {question.method} {question.path}; has it ended?") from None


class OverHttp:
    """The control of a server that runs elsewhere on this machine, or wherever its token lets one in from."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.url = server.url

    def ask(self, question: Question) -> bytes:
        """Ask over HTTP."""
        body = question.body if question.method == "POST" else None
        said = self.server.said(question.method, question.path, question.query, body, timeout_s=question.timeout_s)
        return said.encode()

    wait = ask

    async def waited(self, question: Question) -> bytes:
        """Ask in a thread."""
        return await asyncio.to_thread(self.ask, question)


class OfWorld(Struct, frozen=True):
    """The control's calls about one world."""

    reach: Reach
    world: str

    def ask(self, method: str, path: str, shape: type[T], sent: Any = None, **query: str) -> T:
        """Ask about the world, with what is sent as JSON; gives the answer as a type. Raises MockexError."""
        return understood(self.reach, self.reach.ask(self.question(method, path, sent, query)), shape)

    def question(self, method: str, path: str, sent: Any = None, query: dict[str, str] | None = None) -> Question:
        """Make a question about the world."""
        body = b"" if sent is None else ENCODER.encode(sent)
        return Question(method, f"/worlds/{self.world}{path}", query or {}, body)


def understood(reach: Reach, said: bytes, shape: type[T]) -> T:
    """Read what a control said as a type. Raises MockexError where it is another server that speaks."""
    try:
        return json.decode(said, type=shape)
    except DecodeError:
        raise MockexError(f"{reach.url} does not answer as mockex does: is it another server, or version?") from None
