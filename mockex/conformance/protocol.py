"""What harness and adapter say to each other: lines of JSON, a question on stdin and its answer on stdout.

docs/conformance/adapter-protocol.md describes it. Every question has an `id`, which its answer repeats; a line of
stdout that is no such answer is taken for something the client printed.
"""

import json as lenient
from decimal import Decimal
from typing import Any, TypeVar

from msgspec import Struct, ValidationError, convert, json

from mockex.conformance.run import Told
from mockex.core.account import KeyType
from mockex.errors import MockexError

T = TypeVar("T")

PROTOCOL = 1


class AdapterError(MockexError):
    """An adapter that does not keep to the protocol."""


class Message(Struct, frozen=True, kw_only=True, tag_field="do", omit_defaults=True):
    """A question of the harness."""

    id: int


class Hello(Message, frozen=True, kw_only=True, tag="hello"):
    """First of all: who are you, and what do you claim? Answered with an `About`."""

    protocol: int
    features: tuple[str, ...]


class Open(Message, frozen=True, kw_only=True, tag="open"):
    """Make an instance of the client; answered with a `Told`, which holds the error that came of it, if any.

    HMAC keys come with their `secret`, others with their `private_key` in PEM. `recv_window_ms` is there where the
    client claims to take one; `ca_file` where it is to ask an https:// URL.
    """

    url: str
    api_key: str
    key_type: KeyType
    secret: str | None = None
    private_key: str | None = None
    recv_window_ms: int | None = None
    ca_file: str | None = None


class AskFor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing to ask the client for: "loan", or "records" from `start_ms` to `end_ms` with `parameters` added."""

    what: str
    start_ms: int | None = None
    end_ms: int | None = None
    parameters: dict[str, str] = {}


class AskAll(Message, frozen=True, kw_only=True, tag="ask"):
    """Ask for one thing, or for several at once; answered with `{"id": …, "told": [Told, …]}` in their order."""

    asks: tuple[AskFor, ...]


class Close(Message, frozen=True, kw_only=True, tag="close"):
    """End the instance; answered with `{"id": …}`."""


class About(Struct, frozen=True, kw_only=True):
    """Who an adapter speaks for, which protocol it speaks, and what its client claims."""

    id: int
    protocol: int
    name: str
    features: frozenset[str]
    version: str = ""


class Opened(Told, frozen=True, kw_only=True):
    """The answer to `open`."""

    id: int


class ToldAll(Struct, frozen=True, kw_only=True):
    """The answer to `ask`."""

    id: int
    told: tuple[Told, ...]


class Closed(Struct, frozen=True, kw_only=True):
    """The answer to `close`."""

    id: int


def written(message: Message) -> str:
    """Write a question as a line."""
    return json.encode(message).decode() + "\n"


def answer_in(line: str) -> dict[str, Any] | None:
    """Read a line of stdout; None where it is no answer. Numbers keep the digits that they were written with."""
    try:
        said = lenient.loads(line, parse_float=Decimal, parse_constant=Decimal)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) and "id" in said else None


def understood(said: dict[str, Any], shape: type[T]) -> T:
    """Read an answer as what it should be. Raises AdapterError."""
    try:
        return convert(said, shape)
    except ValidationError as mistake:
        raise AdapterError(f"the adapter answered what the protocol does not know: {mistake}") from None
