"""A client of this process, synchronous or not, as the harness asks it."""

import os
from collections.abc import Callable, Sequence
from typing import Any

from mockex.conformance.case import Ask
from mockex.conformance.hearing import Hearing
from mockex.conformance.processes import children
from mockex.conformance.run import FEATURES, Told, ToldError
from mockex.fuzzing.asking import Arguments, Asking, text_of
from mockex.fuzzing.target import EndlessError, Target

REAL_S = 30.0
"""How long one question may take of the machine's time."""


class InProcess:
    """A client that `make(target)` makes anew for each case, as `mockex.fuzzing.fuzz` does.

    It has `loan()` and `records(start_ms, end_ms)`, functions or coroutines; records takes the caller's parameters by
    their names, if it claims to. `errors` are its own, and the functions read them.
    """

    def __init__(
        self,
        make: Callable[[Target], Any],
        *,
        errors: type[Exception] | tuple[type[Exception], ...],
        features: frozenset[str] = frozenset(FEATURES) - {"tls"},
        name: str = "client",
        version: str = "",
        code_of: Callable[[Any], Any] = lambda error: getattr(error, "code", None),
        status_of: Callable[[Any], Any] = lambda error: getattr(error, "status", None),
        retry_after_of: Callable[[Any], Any] = lambda error: getattr(error, "retry_after_s", None),
        used_weight_of: Callable[[Any], Any] = lambda client: getattr(client, "used_weight", None),
        real_s: float = REAL_S,
    ) -> None:
        self.name, self.version, self.features = name, version, features
        self._make, self._errors = make, errors
        self._code_of, self._status_of, self._retry_after_of = code_of, status_of, retry_after_of
        self._used_weight_of = used_weight_of
        self._real_s = real_s
        self._asking: Asking | None = None
        self._hearing = Hearing()

    def open(self, target: Target) -> Told:
        """Make an instance."""
        self._hearing.begin()
        try:
            self._asking = Asking(self._make(target), self._real_s)
        except Exception as error:  # noqa: BLE001 - whatever comes out is judged
            return Told(error=self._told(error))
        return Told()

    def ask(self, asks: Sequence[Ask]) -> list[Told]:
        """Ask one thing, or several at once."""
        assert self._asking is not None
        calls = [(ask.what, _arguments(ask)) for ask in asks]
        said = [self._asking.call(*calls[0])] if len(calls) == 1 else self._asking.together(calls)
        used = self._used_weight_of(self._asking.client)
        weights = dict(used) if used else None
        return [
            Told(value=value, error=None if error is None else self._told(error), used_weight=weights)
            for value, error in said
        ]

    def _told(self, error: BaseException) -> ToldError:
        own = isinstance(error, self._errors)
        return ToldError(
            type=f"{type(error).__module__}.{type(error).__qualname__}",
            own=own,
            code=self._code_of(error) if own else None,
            status=self._status_of(error) if own else None,
            retry_after_s=self._retry_after_of(error) if own else None,
            text=str(error) if isinstance(error, EndlessError) else text_of(error),
            is_endless=isinstance(error, EndlessError),
        )

    def close(self) -> list[str]:
        """Let the instance end; gives what was logged meanwhile, and how what it started was called."""
        shown = children(os.getpid())
        try:
            if self._asking is not None:
                self._asking.close()
        finally:
            self._asking = None
            shown += self._hearing.end()
        return shown


def _arguments(ask: Ask) -> Arguments:
    return (() if ask.what == "loan" else (ask.start_ms, ask.end_ms)), ask.parameters
