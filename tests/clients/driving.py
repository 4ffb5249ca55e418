"""What the drivers share, run by a client's own interpreter: jobs come in, answers and errors go out, loopback only.

It imports nothing of mockex. A job is one line of JSON on stdin; each of its questions is one line of JSON on stdout.
"""

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

Job = dict[str, Any]
"""`url`, `key_type`, `api_key`, then `secret` or `private_key_file`, and the `range` of NEG: startTime and endTime."""

NEG_PATH = "/papi/v1/portfolio/negative-balance-exchange-record"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def stay_on_loopback() -> None:
    """Refuse, from now on, to look up or to reach whatever is not this machine; and say so, lest it be swallowed."""

    def watch(event: str, about: tuple[Any, ...]) -> None:
        if event in {"socket.connect", "socket.sendto"} and isinstance(about[1], tuple):
            host = about[1][0]
        elif event == "socket.getaddrinfo":
            host = about[0]
        else:
            return
        if host not in LOOPBACK:
            print(f"{event}: {host} is not this machine", file=sys.stderr, flush=True)
            raise RuntimeError(f"{host} is not this machine")

    sys.addaudithook(watch)


def drive(
    questions: Callable[[Job], Iterable[tuple[str, Callable[[], Any]]]],
    own_error: type[Exception],
    described: Callable[[Any], dict[str, int | None]],
) -> None:
    """Ask every job's questions; the client's own error is described, by code and status, and any other ends it."""
    stay_on_loopback()
    for line in sys.stdin:
        for question, ask in questions(json.loads(line)):
            try:
                said = {"answer": leaves_as_repr(ask())}
            except own_error as error:
                name = f"{type(error).__module__}.{type(error).__qualname__}"
                said = {"error": {"class": name, **described(error)}}
            print(json.dumps({"question": question, **said}), flush=True)


def leaves_as_repr(value: Any) -> Any:
    """Write every leaf of an answer as its repr, so that 18, 18.0 and "18" stay three different things."""
    if isinstance(value, dict):
        return {name: leaves_as_repr(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [leaves_as_repr(inner) for inner in value]
    return repr(value)


def private_key_of(job: Job) -> str | None:
    """Read the private key of a job that signs with one."""
    if job["private_key_file"] is None:
        return None
    with open(job["private_key_file"], encoding="ascii") as file:  # noqa: PTH123 - one line needs no Path
        return file.read()
