"""What harness and adapter say to each other: lines of JSON, a question on stdin and its answer on stdout.

docs/adapter-protocol.md describes it. Every question has an `id`, which its answer repeats; a line of stdout that is
no such answer is taken for something the client printed.
"""

import json as lenient
import re
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from msgspec import Struct, ValidationError, convert, json

from mockex.conformance.run import FEATURES, Told
from mockex.core.account import KeyType
from mockex.errors import MockexError
from mockex.mistakes import in_one_line

T = TypeVar("T")

PROTOCOL = 1

OFFERED = {name: sentence for name, sentence in FEATURES.items() if name != "clock"}
"""What an adapter may claim: no process takes its time from another."""

ANSWER = re.compile(r"""\s*\{\s*"id"\s*:\s*([0-9]+)\b""")
MOST_DIGITS = 4_000
"""Python reads no longer integer."""


class AdapterError(MockexError):
    """An adapter that does not keep to the protocol."""


class TooDeepError(Exception):
    """An answer in which lists are nested in lists deeper than can be read; the client has let them through."""


class Message(Struct, frozen=True, kw_only=True, tag_field="do", omit_defaults=True):
    """A question of the harness."""

    id: int


class Hello(Message, frozen=True, kw_only=True, tag="hello"):
    """First of all: who are you, and what do you claim? Answered with an `About`."""

    protocol: int
    features: tuple[str, ...]


class Open(Message, frozen=True, kw_only=True, tag="open"):
    """Make an instance of the client; answered with an `Opened`.

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


class About(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who an adapter speaks for, which protocol it speaks, and what its client claims."""

    id: int
    protocol: int
    name: str
    features: frozenset[str]
    version: str = ""


class Opened(Told, frozen=True, kw_only=True):
    """The answer to `open`, with the error that came of it, if any."""

    id: int


class ToldAll(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to `ask`."""

    id: int
    told: tuple[Told, ...]


class Closed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to `close`."""

    id: int


def written(message: Message) -> str:
    """Write a question as a line."""
    return json.encode(message).decode() + "\n"


def answer_in(line: str, wanted: int) -> dict[str, Any] | None:
    """Read a line of stdout as the answer to a question; None where it is none. Raises AdapterError, TooDeepError.

    Numbers keep the digits that they were written with. What cannot be encoded is told as its escape.
    """
    if not line.lstrip().startswith("{"):
        return None
    try:
        said = lenient.loads(line, parse_float=_decimal, parse_constant=_decimal, parse_int=_integer)
        told = _encodable(said) if "\\u" in line else said
    except (ValueError, RecursionError) as mistake:
        begun = ANSWER.match(line)
        if begun is None or int(begun[1]) != wanted:
            return None
        if isinstance(mistake, RecursionError):
            raise TooDeepError from None
        raise AdapterError(f"the adapter gave an answer that is no JSON: {mistake}") from None
    return told if isinstance(told, dict) and type(told.get("id")) is int and told["id"] == wanted else None


def _decimal(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= MOST_DIGITS else Decimal(text)


def _encodable(value: Any) -> Any:
    """Write half a surrogate pair as its escape: no report could hold it."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, list):
        return [_encodable(one) for one in value]
    if isinstance(value, dict):
        return {_encodable(name): _encodable(one) for name, one in value.items()}
    return value


def understood(said: dict[str, Any], shape: type[T]) -> T:
    """Read an answer as what it should be. Raises AdapterError."""
    try:
        return convert(said, shape)
    except ValidationError as mistake:
        raise AdapterError(f"the adapter answered what the protocol does not know: {mistake}") from None


def mistake_in(about: About) -> str | None:
    """Say what is wrong with how an adapter introduces itself, or None."""
    if about.protocol != PROTOCOL:
        return f"the adapter speaks protocol {about.protocol}, and this mockex {PROTOCOL}"
    if unknown := about.features - OFFERED.keys():
        claims = in_one_line(", ".join(sorted(unknown)))
        return f"the adapter claims {claims}, which is no feature; there are {', '.join(OFFERED)}"
    return None
