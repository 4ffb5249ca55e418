"""A broken client: the reference client with one mistake in it, and the requirement that must catch it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

from mockex.conformance import InProcess
from mockex.conformance.in_process import REAL_S
from mockex.conformance.run import FEATURES
from mockex.fuzzing import Target
from mockex.testing.client import Client, ClientError


class Broken(NamedTuple):
    """Which requirement must catch it, what is wrong, and what is put in whose place; how long it is waited for."""

    requirement: str
    mistake: str
    owner: Any
    name: str
    wrong: Any
    real_s: float = REAL_S

    @contextmanager
    def made(self) -> Iterator[None]:
        """Make the mistake for as long as the `with` lasts."""
        with patch.object(self.owner, self.name, self.wrong):
            yield


def reference(target: Target) -> Client:
    """Make the reference client on the world's clock; a try is given up soon, for that takes the machine's time."""
    about: dict[str, Any] = {} if target.recv_window_ms is None else {"recv_window_ms": target.recv_window_ms}
    about |= {"time": target.time, "sleep": target.asleep, "timeout_s": 0.5, "ca_file": target.ca_file}
    return Client(target.url, target.signer, **about)


def in_process(**how: Any) -> InProcess:
    """Give the reference client to the harness."""
    return InProcess(reference, errors=ClientError, **({"features": frozenset(FEATURES)} | how))
