"""What the Python adapters share, run by a client's own interpreter: lines in, lines out, loopback only.

It imports nothing of mockex.
"""

import asyncio
import inspect
import json
import sys
import traceback
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

sys.path.append(str(Path(__file__).parents[1]))
from driving import stay_on_loopback

Question = dict[str, Any]
ALL_KEYS = ("HMAC", "RSA", "Ed25519")
BOTH = ("loan", "records")
NEG = "/papi/v1/portfolio/negative-balance-exchange-record"
NONE_TOLD: dict[str, Any] = {}


class Adapter(NamedTuple):
    """How a client is made, asked and closed, each perhaps by a coroutine; and how its errors are read."""

    package: str
    features: tuple[str, ...]
    made: Callable[[Question], Any]
    loan: Callable[[Any], Any]
    records: Callable[[Any, int, int, dict[str, str]], Any]
    errors: tuple[type[BaseException], ...]
    described: Callable[[Any], dict[str, Any]]
    closed: Callable[[Any], Any] = lambda _client: None
    used_weight: Callable[[Any], dict[str, Any]] = lambda _client: NONE_TOLD
    name: str = ""
    version: str = ""


def speak(adapter: Adapter) -> None:
    """Answer each line of stdin; what a client prints goes to stderr."""
    stay_on_loopback()
    out, sys.stdout = sys.stdout, sys.stderr

    async def answer_all() -> None:
        client: Any = None
        while line := await asyncio.to_thread(sys.stdin.readline):
            question = json.loads(line)
            answer: dict[str, Any] = {"id": question["id"]}
            if question["do"] == "hello":
                answer |= about(adapter)
            elif question["do"] == "open":
                try:
                    client = await settled(adapter.made(question))
                except Exception as error:  # noqa: BLE001 - it is told
                    answer["error"] = told_of(adapter, error)
            elif question["do"] == "ask":
                asked = (told(adapter, client, ask) for ask in question["asks"])
                answer["told"] = await asyncio.gather(*asked)
            else:
                await settled(adapter.closed(client))
                client = None  # its user lets go of it, too
            print(json.dumps(answer, default=str), file=out, flush=True)

    asyncio.run(answer_all())


def about(adapter: Adapter) -> dict[str, Any]:
    """Introduce the client, by the name and version of its package where it has no other."""
    return {
        "protocol": 1,
        "name": adapter.name or adapter.package,
        "version": adapter.version or version(adapter.package),
        "features": [*BOTH, *adapter.features],
    }


async def told(adapter: Adapter, client: Any, ask: Question) -> dict[str, Any]:
    """Ask, and tell what came of it."""
    try:
        if ask["what"] == "loan":
            value = await settled(adapter.loan(client))
        else:
            value = await settled(
                adapter.records(client, ask["start_ms"], ask["end_ms"], ask.get("parameters", NONE_TOLD))
            )
        answer: dict[str, Any] = {"value": value}
    except Exception as error:  # noqa: BLE001 - it is told
        answer = {"error": told_of(adapter, error)}
    used = adapter.used_weight(client)
    return answer | {"used_weight": used} if used else answer


async def settled(value: Any) -> Any:
    """Wait for a coroutine."""
    return await value if inspect.isawaitable(value) else value


def told_of(adapter: Adapter, error: BaseException) -> dict[str, Any]:
    """Tell of an error as its user sees it: its type, its own fields, and its traceback."""
    own = isinstance(error, adapter.errors)
    text = "".join(traceback.format_exception(error))
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    return {"type": name, "own": own, "text": text, **(adapter.described(error) if own else NONE_TOLD)}


def weights(headers: Any) -> dict[str, str]:
    """Pick the used weights from the headers that a client gives."""
    return {name: value for name, value in (headers or NONE_TOLD).items() if "used" in name.lower()}


def seconds(headers: Any) -> float | None:
    """Read the Retry-After of the headers that an error gives, where it is a number."""
    said = (headers or NONE_TOLD).get("Retry-After")
    return float(said) if said is not None and said.isdigit() else None


def window(question: Question, name: str = "recvWindow") -> dict[str, int]:
    """Give the recvWindow as a parameter, where one is asked for."""
    return {name: question["recv_window_ms"]} if "recv_window_ms" in question else {}
