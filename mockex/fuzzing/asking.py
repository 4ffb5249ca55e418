"""Asking a client of any kind, synchronous or not, and never waiting for it without end."""

import asyncio
import inspect
import traceback
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import AsyncExitStack
from queue import SimpleQueue
from threading import Thread
from typing import Any

from mockex.fuzzing.case import Question
from mockex.fuzzing.target import EndlessError

Call = tuple[Future[Any], Callable[..., Any], tuple[int, ...]]


class Asking:
    """A client that was made, with what it needs to be asked: a loop where it is asynchronous, else a thread.

    The thread lets a call be given up that does not end; it goes on alone, and ends with its process. An executor's
    would not: the process would wait for it.
    """

    def __init__(self, made: Any, real_s: float) -> None:
        self._real_s = real_s
        self._runner = asyncio.Runner()
        self._calls: SimpleQueue[Call | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._stack = AsyncExitStack()
        try:
            self.client = self._entered(made)
        except BaseException:
            self.close()
            raise

    def _entered(self, made: Any) -> Any:
        if hasattr(made, "__aenter__"):
            return self._runner.run(self._stack.enter_async_context(made))
        return self._stack.enter_context(made) if hasattr(made, "__enter__") else made

    def ask(self, question: Question) -> tuple[Any, BaseException | None]:
        """Ask; gives the value or the error that came out."""
        method = self.client.loan if question.range is None else self.client.records
        arguments = question.range or ()
        try:
            if inspect.iscoroutinefunction(method):
                return self._runner.run(self._in_loop(method(*arguments))), None
            value = self._in_thread(method, arguments)
            return self._runner.run(self._in_loop(value)) if inspect.iscoroutine(value) else value, None
        except (Exception, EndlessError) as error:  # noqa: BLE001 - whatever comes out is judged
            return None, error

    async def _in_loop(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        limit = asyncio.timeout(self._real_s)
        try:
            async with limit:
                return await coroutine
        except TimeoutError:
            if not limit.expired():
                raise
            raise self._endless() from None

    def _in_thread(self, method: Callable[..., Any], arguments: tuple[int, ...]) -> Any:
        future: Future[Any] = Future()
        if self._thread is None:
            self._thread = Thread(target=_serve, args=(self._calls,), name="asking", daemon=True)
            self._thread.start()
        self._calls.put((future, method, arguments))
        try:
            return future.result(self._real_s)
        except FutureTimeoutError:
            if future.done():
                raise
            raise self._endless() from None

    def _endless(self) -> EndlessError:
        return EndlessError(f"one call has taken {self._real_s:g} s of the machine's time, and takes on")

    def close(self) -> None:
        """Let the client end what it began."""
        try:
            self._runner.run(self._stack.aclose())
        finally:
            self._calls.put(None)
            self._runner.close()


def _serve(calls: "SimpleQueue[Call | None]") -> None:
    """Make calls, one after the other, until there is None."""
    while (call := calls.get()) is not None:
        future, method, arguments = call
        try:
            future.set_result(method(*arguments))
        except BaseException as error:  # noqa: BLE001 - it is raised where it was asked
            future.set_exception(error)


def text_of(error: BaseException | None) -> str:
    """Give all that is said of an error: its text, its notes, its causes, and where it was raised."""
    return "" if error is None else "".join(traceback.format_exception(error))
