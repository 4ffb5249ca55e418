"""The adapter of the reference client: `mockex conformance -- python -m mockex.conformance.adapters.reference`."""

import asyncio
import json
import sys
import traceback
from typing import Any

from mockex.conformance.run import FEATURES
from mockex.signer import Signer
from mockex.testing.client import Client, ClientError

ABOUT = {
    "protocol": 1,
    "name": "mockex.testing.client",
    "features": [*FEATURES.keys() - {"clock"}],
}

TIMEOUT_S, PATIENCE_S = 2.0, 15.0
"""So long a try and a question take at most: the harness gives up a question that takes twice as long."""


def told(value: Any) -> dict[str, Any]:
    """Tell of a value, or of the error that came out."""
    if not isinstance(value, BaseException):
        return {"value": value}
    text = "".join(traceback.format_exception(value))
    own = isinstance(value, ClientError)
    about = {name: getattr(value, name) for name in ("code", "status", "retry_after_s")} if own else {}
    return {"error": {"type": type(value).__name__, "own": own, "text": text, **about}}


async def main() -> None:
    """Answer line by line."""
    client: Any = None
    for line in iter(sys.stdin.readline, ""):
        question = json.loads(line)
        answer: dict[str, Any] = {"id": question["id"]}
        if question["do"] == "hello":
            answer |= ABOUT
        elif question["do"] == "open":
            signer = Signer(**{name: question.get(name) for name in ("api_key", "secret", "private_key")})
            about = {name: question[name] for name in ("recv_window_ms", "ca_file") if name in question}
            about |= {"timeout_s": TIMEOUT_S, "patience_s": PATIENCE_S}
            client = await Client(question["url"], signer, **about).__aenter__()
        elif question["do"] == "ask":
            asks = [
                client.loan()
                if ask["what"] == "loan"
                else client.records(ask["start_ms"], ask["end_ms"], **ask.get("parameters", {}))
                for ask in question["asks"]
            ]
            said = await asyncio.gather(*asks, return_exceptions=True)
            answer["told"] = [told(one) | {"used_weight": client.used_weight} for one in said]
        elif question["do"] == "close":
            await client.__aexit__(None, None, None)
        print(json.dumps(answer, default=as_json), flush=True)


def as_json(value: Any) -> Any:
    """Write a Struct as an object, and a Decimal with all its digits."""
    names = getattr(value, "__struct_fields__", None)
    return str(value) if names is None else {name: getattr(value, name) for name in names}


if __name__ == "__main__":
    asyncio.run(main())
