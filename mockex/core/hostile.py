"""What hostile networks and gateways do to an answer: to its body, its headers, its framing, its pace and its end.

Each is one Struct that spoils a reply; `stage` says when, where several strike one call: what is answered first, then
how it is framed, then how fast it goes out, then how it ends, and last what goes ahead of it.
"""

from enum import IntEnum
from ipaddress import ip_address
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from msgspec import DecodeError, Meta, Raw, Struct, json

from mockex.core.raw import with_body, with_header, without_header
from mockex.core.wire import Reply

Status = Annotated[int, Meta(ge=200, le=599)]
HeaderValue = Annotated[str, Meta(pattern="^[ -~]*$(?!\\n)", max_length=1_000)]


class Stage(IntEnum):
    """When a fault does its work, where several strike one call."""

    ANSWER = 1
    FRAMING = 2
    PACE = 3
    END = 4
    AHEAD = 5


class Hostility(Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """What all of them share."""

    stage: ClassVar[Stage] = Stage.ANSWER


class Empty(Hostility, frozen=True, tag="empty"):
    """Answer with no body at all, under a status that says all is well."""

    status: Literal[200, 202, 204] = 200

    def spoil(self, reply: Reply) -> Reply:
        """Take the body away; a 204 has no length either."""
        return with_body(reply, b"", self.status)


class Html(Hostility, frozen=True, tag="html"):
    """Answer with a page of HTML under the Content-Type of JSON."""

    status: Status | None = None

    def spoil(self, reply: Reply) -> Reply:
        """Put a page in the body's place."""
        return with_body(reply, b"<html><body><h1>We'll be back soon</h1></body></html>", self.status)


class CutBody(Hostility, frozen=True, tag="cut-body"):
    """Break the body off in its middle, or after `body_bytes`, with a Content-Length that fits what is left."""

    body_bytes: Annotated[int, Meta(ge=0)] | None = None

    def spoil(self, reply: Reply) -> Reply:
        """Keep the beginning."""
        return with_body(reply, reply.body[: len(reply.body) // 2 if self.body_bytes is None else self.body_bytes])


UNKNOWN_ERROR = b'{"code":-1000,"msg":"Unknown error, please check your request or try again later."}'
JsonKind = Literal["string", "number", "list", "null", "no-code", "duplicate-key", "nan", "deep"]
JSON_BODIES: dict[JsonKind, bytes] = {
    "string": b'"ok"',
    "number": b"0",
    "list": b"[]",
    "null": b"null",
    "nan": b'{"amount":NaN}',
    "deep": b"[" * 10_000 + b"]" * 10_000,
}


class JsonIs(Hostility, frozen=True, tag="json-is"):
    """Answer with JSON of a shape that no page of the exchange shows.

    "no-code" takes the code out of a refusal; "duplicate-key" says the first member twice, first with null. "nan" is
    what only lenient readers take for JSON; "deep" is lists in lists.
    """

    shape: JsonKind
    status: Status | None = None

    def spoil(self, reply: Reply) -> Reply:
        """Put the JSON in the body's place."""
        if self.shape == "no-code":
            body = json.encode({name: value for name, value in _members(reply.body).items() if name != "code"})
        elif self.shape == "duplicate-key":
            members = _members(reply.body)
            body = b"{" + json.encode(next(iter(members))) + b":null," + json.encode(members)[1:]
        else:
            body = JSON_BODIES[self.shape]
        return with_body(reply, body, self.status)


class BodyIs(Hostility, frozen=True, tag="body-is"):
    """Answer with this very text, of whatever shape, under a Content-Type of whatever name."""

    text: Annotated[str, Meta(max_length=1_000_000)]
    status: Status | None = None
    content_type: HeaderValue | None = None

    def spoil(self, reply: Reply) -> Reply:
        """Put the text in the body's place."""
        spoilt = with_body(reply, self.text.encode(), self.status)
        return spoilt if self.content_type is None else with_header(spoilt, "Content-Type", self.content_type)


def _members(body: bytes) -> dict[str, Raw]:
    """Read an object that has a member; gives one where the body is none."""
    try:
        members = json.decode(body, type=dict[str, Raw])
    except (DecodeError, ValueError, RecursionError):
        members = {}
    return members or json.decode(UNKNOWN_ERROR, type=dict[str, Raw])


def _weights(reply: Reply) -> list[str]:
    return [name for name in reply.headers if name.lower().startswith(("x-mbx-used-", "x-sapi-used-"))]


class OddWeight(Hostility, frozen=True, tag="odd-weight"):
    """Say something odd in the used-weight headers of an answer that has them."""

    value: HeaderValue

    def spoil(self, reply: Reply) -> Reply:
        """Put the value in their place."""
        headers = {**reply.headers, **dict.fromkeys(_weights(reply), self.value)}
        return Reply(reply.status, headers, reply.body, reply.delivery)


class DoubledWeight(Hostility, frozen=True, tag="doubled-weight"):
    """Send each used-weight header a second time, in other case and with another value."""

    value: HeaderValue = "0"

    def spoil(self, reply: Reply) -> Reply:
        """Put the second behind the first; the other case lets both stand in one dictionary."""
        weights, headers = _weights(reply), dict[str, str]()
        for name, value in reply.headers.items():
            headers[name] = value
            if name in weights:
                headers[name.swapcase()] = self.value
        return Reply(reply.status, headers, reply.body, reply.delivery)


class OddRetryAfter(Hostility, frozen=True, tag="odd-retry-after"):
    """Say something odd in Retry-After, whatever the status: a date, a fraction, 0, a word, nothing."""

    value: HeaderValue

    def spoil(self, reply: Reply) -> Reply:
        """Set the header."""
        return with_header(reply, "Retry-After", self.value)


class NoRetryAfter(Hostility, frozen=True, tag="no-retry-after"):
    """Leave Retry-After out of a 429 or a 418."""

    def spoil(self, reply: Reply) -> Reply:
        """Take the header away."""
        return without_header(reply, "Retry-After")


class Redirect(Hostility, frozen=True, tag="redirect"):
    """Send the client to another address of this machine; one that follows takes its key and signature there."""

    to: Annotated[str, Meta(pattern="^[!-~]+$(?!\\n)", max_length=1_000)]
    status: Literal[301, 302, 303, 307, 308] = 302

    def __post_init__(self) -> None:
        """Refuse to send anybody off this machine."""
        if not _is_on_this_machine(self.to):
            raise ValueError(f"Expected an http:// URL of a loopback host, got `{self.to}`")

    def spoil(self, reply: Reply) -> Reply:
        """Put the address in, and no body."""
        return with_header(with_body(reply, b"", self.status), "Location", self.to)


def _is_on_this_machine(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "http" or "\\" in url or "@" in parts.netloc or (parts.port or 0) < 0:
            return False
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
