"""Adapters for the tests of the command: a right one, a wrong one, and those that do not keep to the protocol."""

import sys
from pathlib import Path

from mockex.conformance import REQUIREMENTS

FIRST = REQUIREMENTS[0].id
REFERENCE = (sys.executable, "-m", "mockex.conformance.adapters.reference")

NONSENSE = """
import json, sys

HELLO = {"protocol": 1, "name": "nonsense", "version": "1.0", "features": ["loan", "records", "HMAC"]}

def told(ask):
    return {"value": {"asset": "NONE", "amount": "1"}}

def main():
    for line in sys.stdin:
        asked = json.loads(line)
        answer = {"id": asked["id"]}
        if asked["do"] == "hello":
            answer |= HELLO
        elif asked["do"] == "ask":
            answer["told"] = [told(ask) for ask in asked["asks"]]
        print(json.dumps(answer), flush=True)
"""
"""Makes no call, and has an answer to everything."""


def adapter(folder: Path, *changes: str, name: str = "adapter.py") -> tuple[str, ...]:
    """Write an adapter that tells nonsense, with changes to it; gives the command that starts it."""
    file = folder / name
    file.write_text("\n".join((NONSENSE, "import os", *changes, "main()\n")), encoding="utf-8")
    return sys.executable, str(file)
