"""How a test reaches the control of an exchange: in the loop that serves it, from another thread, or over HTTP."""

import asyncio
import threading
from asyncio import AbstractEventLoop
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager
from inspect import iscoroutine
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

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
    """The control of an exchange in this process. A loop in another thread is asked there, between two calls.

    The lock lets no loop end between being looked for and being asked, and none but one thread ask directly.
    """

    def __init__(self, control: Control) -> None:
        self.control = control
        self.url = ""
        self.lock = threading.RLock()
        self.loop: AbstractEventLoop | None = None
        self.thread = 0

    def served_by_this_thread(self) -> None:
        """From now on the running loop of this thread is asked from all others."""
        with self.lock:
            self.loop, self.thread = asyncio.get_running_loop(), threading.get_ident()

    async def served_no_more(self) -> None:
        """From now on nobody asks the loop any more; what it was asked before, it has answered when this ends."""
        with self.lock:
            self.loop = None
        await asyncio.sleep(0)

    @property
    def _elsewhere(self) -> AbstractEventLoop | None:
        """The loop that serves the exchange, if it is another thread's."""
        return self.loop if self.thread != threading.get_ident() else None

    def ask(self, question: Question) -> bytes:
        """Ask in the loop that serves; directly where that is this thread's, or has ended."""
        answer: Future[bytes] = Future()

        def answered() -> None:
            try:
                answer.set_result(self._answer(question))
            except Exception as error:  # noqa: BLE001 - it is raised where it was asked
                answer.set_exception(error)

        with self.lock:
            loop = self._elsewhere
            if loop is None:
                return self._answer(question)
            loop.call_soon_threadsafe(answered)
        return _result(answer, question)

    def wait(self, question: Question) -> bytes:
        """Let the loop wait."""
        future = self._begun(question)
        return self._answer(question) if future is None else _result(future, question)

    async def waited(self, question: Question) -> bytes:
        """Await the answer, in whichever loop serves."""
        future = self._begun(question)
        return await (self._awaited(question) if future is None else asyncio.wrap_future(future))

    def _begun(self, question: Question) -> "Future[bytes] | None":
        """Let the loop that serves begin to wait, if it is another thread's."""
        with self.lock:
            loop = self._elsewhere
            return None if loop is None else asyncio.run_coroutine_threadsafe(self._awaited(question), loop)

    def _said(self, question: Question) -> Any:
        route, path = find(question.method, question.path)
        return self.control.say(route, path, question.query, question.body, url=self.url, real_ms=now_ms())

    def _answer(self, question: Question) -> bytes:
        with in_a_sentence():
            said = self._said(question)
        if iscoroutine(said):
            said.close()
            if self.loop is None:
                raise MockexError("nothing can be waited for: nobody serves the exchange")
            raise MockexError("nothing can be waited for in the loop that serves the exchange; await `waited` instead")
        return ENCODER.encode(said)

    async def _awaited(self, question: Question) -> bytes:
        with in_a_sentence():
            said = self._said(question)
            return ENCODER.encode(await said if iscoroutine(said) else said)


@contextmanager
def in_a_sentence() -> Iterator[None]:
    """Raise as MockexError what the control answers with a sentence."""
    try:
        yield
    except ConflictError as error:
        raise TakenError(str(error)) from None
    except (RefusedError, ValueError) as error:
        raise MockexError(str(error)) from None


def _result(answer: "Future[bytes]", question: Question) -> bytes:
    try:
        return answer.result(question.timeout_s)
    except FutureTimeoutError:
        raise MockexError(f"the exchange has not answered {question.method} {question.path}; has it ended?") from None
    except CancelledError:
        raise MockexError(f"the exchange ended before it answered {question.method} {question.path}") from None


class OverHttp:
    """The control of a server that runs elsewhere on this machine, or wherever its token lets one in from."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.url = server.url

    def ask(self, question: Question) -> bytes:
        """Ask over HTTP."""
        body = question.body if question.method == "POST" else None
        path = quote(question.path)  # a name may hold what else begins a query
        said = self.server.said(question.method, path, question.query, body, timeout_s=question.timeout_s)
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
