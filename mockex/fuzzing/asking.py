"""Asking a client of any kind, synchronous or not, and never waiting for it without end."""

import asyncio
import inspect
import traceback
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import AsyncExitStack
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any

from mockex.fuzzing.case import Question
from mockex.fuzzing.target import EndlessError

Arguments = tuple[tuple[int, ...], dict[str, str]]
Call = tuple[Future[Any], Callable[..., Any], Arguments]
Said = tuple[Any, BaseException | None]
"""A value, or the error that came out."""

CANCELLED_TIMES, CANCELLED_S = 3, 0.2


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

    def ask(self, question: Question) -> Said:
        """Ask for a loan or for records."""
        name = "loan" if question.range is None else "records"
        return self.call(name, (question.range or (), {}))

    def call(self, name: str, arguments: Arguments) -> Said:
        """Call one of its methods."""
        method = getattr(self.client, name)
        try:
            if inspect.iscoroutinefunction(method):
                return self._runner.run(self._in_loop(_called(method, arguments))), None
            value = self._in_thread(method, arguments)
            return self._runner.run(self._in_loop(value)) if inspect.iscoroutine(value) else value, None
        except (Exception, EndlessError) as error:  # noqa: BLE001 - whatever comes out is judged
            return None, error

    def together(self, calls: Sequence[tuple[str, Arguments]]) -> list[Said]:
        """Make several calls at once: in the loop where they are coroutines, else each in a thread of its own."""
        methods = [getattr(self.client, name) for name, _ in calls]
        if all(map(inspect.iscoroutinefunction, methods)):
            return self._runner.run(self._all_in_loop(methods, [arguments for _, arguments in calls]))
        begun = [_begun(method, arguments) for method, (_, arguments) in zip(methods, calls, strict=True)]
        until_s = monotonic() + self._real_s
        return [self._ended(future, until_s - monotonic()) for future in begun]

    async def _all_in_loop(self, methods: list[Callable[..., Any]], arguments: list[Arguments]) -> list[Said]:
        tasks = [self._in_loop(_called(method, one)) for method, one in zip(methods, arguments, strict=True)]
        said = await asyncio.gather(*map(_said, tasks))
        return list(said)

    def _ended(self, future: "Future[Any]", left_s: float) -> Said:
        try:
            return self._result(future, max(left_s, 0)), None
        except (Exception, EndlessError) as error:  # noqa: BLE001 - whatever comes out is judged
            return None, error

    async def _in_loop(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        task = asyncio.ensure_future(coroutine)  # its turn comes after what is to be heard: a closed connection, say
        try:
            await asyncio.wait((task,), timeout=self._real_s)
            if task.done():
                return task.result()
            await _cancelled(task)
        finally:
            task.cancel()
        raise self._endless()

    def _in_thread(self, method: Callable[..., Any], arguments: Arguments) -> Any:
        future: Future[Any] = Future()
        if self._thread is None:
            self._thread = Thread(target=_serve, args=(self._calls,), name="asking", daemon=True)
            self._thread.start()
        self._calls.put((future, method, arguments))
        return self._result(future, self._real_s)

    def _result(self, future: "Future[Any]", left_s: float) -> Any:
        try:
            return future.result(left_s)
        except FutureTimeoutError:
            if future.done():
                raise
            raise self._endless() from None

    def _endless(self) -> EndlessError:
        return EndlessError(f"it had not ended within {self._real_s:g} s of the machine's time")

    def close(self) -> None:
        """Let the client end what it began."""
        try:
            self._runner.run(self._stack.aclose())
        finally:
            self._calls.put(None)
            self._runner.close()


async def _cancelled(task: "asyncio.Task[Any]") -> None:
    """Cancel a task, more than once: a client may take the first time for a time-out of its own, and try again."""
    for _time in range(CANCELLED_TIMES):
        task.cancel()
        await asyncio.wait((task,), timeout=CANCELLED_S)
        if task.done():
            task.cancelled() or task.exception()  # nobody else asks what came of it
            break


def _called(method: Callable[..., Any], arguments: Arguments) -> Any:
    places, names = arguments
    return method(*places, **names)


async def _said(task: Coroutine[Any, Any, Any]) -> Said:
    try:
        return await task, None
    except (Exception, EndlessError) as error:  # noqa: BLE001 - whatever comes out is judged
        return None, error


def _begun(method: Callable[..., Any], arguments: Arguments) -> "Future[Any]":
    """Make one call in a thread of its own."""
    future: Future[Any] = Future()
    calls: SimpleQueue[Call | None] = SimpleQueue()
    calls.put((future, method, arguments))
    calls.put(None)
    Thread(target=_serve, args=(calls,), name="asking", daemon=True).start()
    return future


def _serve(calls: "SimpleQueue[Call | None]") -> None:
    """Make calls, one after the other, until there is None."""
    while (call := calls.get()) is not None:
        future, method, arguments = call
        try:
            future.set_result(_called(method, arguments))
        except BaseException as error:  # noqa: BLE001 - it is raised where it was asked
            future.set_exception(error)


def text_of(error: BaseException | None) -> str:
    """Give all that is said of an error: its text, its notes, its causes, and where it was raised."""
    return "" if error is None else "".join(traceback.format_exception(error))
