"""Asking a server over HTTP, with the standard library alone; what gets no answer is told in one sentence."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import DecodeError, Struct, json

from mockex.errors import MockexError, TakenError
from mockex.server.listening import HOST, PORT

CONTROL = "/_mockex"
DEFAULT_URL = f"http://{HOST}:{PORT}"
MAX_ANSWER_BYTES = 64 << 20
TIMEOUT_S = 30.0
Answer = HTTPResponse | urllib.error.HTTPError
KEPT_AS_TYPED = ":/?&=%+[]@,;$*!'()~#-._"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other: no key and no token is carried to where it points."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


@contextmanager
def told_of(url: str) -> Iterator[None]:
    """Tell in a sentence what goes wrong on the way to a server and back."""
    try:
        yield
    except (OSError, ValueError, HTTPException) as error:
        reason = " ".join(str(getattr(error, "reason", error)).split())
        raise MockexError(f"no answer from {url.partition('?')[0]}: {one_line(reason)}") from None


def opened(
    url: str,
    headers: dict[str, str],
    *,
    method: str = "GET",
    body: bytes | None = None,
    timeout_s: float | None = TIMEOUT_S,
) -> Answer:
    """Call a URL; gives the answer, whatever its status, with its body still to be read. Raises MockexError."""
    __tracebackhide__ = True  # pytest shows arguments, and there is a token in these headers
    if not url.startswith(("http://", "https://")):
        raise MockexError(f"{url!r} is no URL; expected one that starts with http://")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    with told_of(url):
        request = urllib.request.Request(  # noqa: S310 - its scheme was looked at
            quote(url, safe=KEPT_AS_TYPED), data=body, headers=headers, method=method
        )
        try:
            answer: Answer = opener.open(request, timeout=timeout_s)
        except urllib.error.HTTPError as refusal:
            answer = refusal
    return answer


def fetch(url: str, headers: dict[str, str], **how: Any) -> tuple[int, str, str]:
    """Call a URL; gives status, headers and the whole body as text, whatever the status. Raises MockexError."""
    __tracebackhide__ = True  # as in `opened`
    with opened(url, headers, **how) as answer, told_of(url):
        return answer.status or 0, str(answer.headers), answer.read(MAX_ANSWER_BYTES).decode("utf-8", "replace")


class Server(Struct, frozen=True):
    """A running mockex, one of its worlds, and the token that its control may want."""

    url: str
    world: str = "default"
    token: str | None = None

    def __repr__(self) -> str:
        """Tell where it is, and no token."""
        return f"Server({self.url!r}, {self.world!r})"

    def ask(
        self, method: str, path: str, sent: dict[str, str] | bytes | None = None, *, timeout_s: float = TIMEOUT_S
    ) -> Any:
        """Ask mockex itself, with a query or a body; gives what its JSON says. Raises MockexError with its sentence."""
        query, body = (sent, None) if isinstance(sent, dict) else ({}, sent)
        text = self.said(method, path, query, body, timeout_s=timeout_s)
        try:
            return json.Decoder(float_hook=Decimal).decode(text)
        except DecodeError:
            raise MockexError(_no_control(self._at(path, query), HTTPStatus.OK)) from None

    def said(
        self, method: str, path: str, query: dict[str, str], body: bytes | None = None, *, timeout_s: float = TIMEOUT_S
    ) -> str:
        """Ask mockex itself; gives its JSON as it came. Raises MockexError with its sentence."""
        url = self._at(path, query)
        status, _, text = fetch(url, self._headers(), method=method, body=body, timeout_s=timeout_s)
        if status < HTTPStatus.MULTIPLE_CHOICES:
            return text
        if status == HTTPStatus.CONFLICT and (sentence := _sentence(text)):
            raise TakenError(sentence)
        raise MockexError(_sentence(text) or _no_control(url, status))

    def of_world(self, path: str = "") -> str:
        """Give the path of something of the world."""
        return f"/worlds/{segment(self.world)}{path}"

    @contextmanager
    def following(self, path: str, query: dict[str, str]) -> Iterator[Iterator[dict[str, str]]]:
        """Follow server-sent events: gives the fields of each, `event` and `data` among them, until the server ends."""
        url = self._at(path, query)
        with opened(url, self._headers(), timeout_s=None) as answer:
            if answer.headers.get_content_type() != "text/event-stream":
                with told_of(url):
                    text = answer.read(MAX_ANSWER_BYTES).decode("utf-8", "replace")
                raise MockexError(_sentence(text) or _no_control(url, answer.status or 0))
            yield _events(answer, url)

    def _at(self, path: str, query: dict[str, str]) -> str:
        return f"{self.url}{CONTROL}{path}{f'?{urlencode(query)}' if query else ''}"

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "mockex"}
        return headers | ({"Authorization": f"Bearer {self.token}"} if self.token is not None else {})


def _sentence(text: str) -> str | None:
    """Read the sentence that mockex puts under `error`; None where it is not mockex that speaks."""
    try:
        said = json.decode(text)
    except DecodeError:
        return None
    sentence = said.get("error") if isinstance(said, dict) and len(said) == 1 else None
    return sentence if isinstance(sentence, str) else None


def _no_control(url: str, status: int) -> str:
    where = url.partition("?")[0]
    why = "is it another server, or one with --no-control or --workers?"
    return f"{where} answers {status} and not as mockex does: {why}"


def _events(answer: Answer, url: str) -> Iterator[dict[str, str]]:
    fields: dict[str, str] = {}
    while True:
        with told_of(url):
            raw = answer.readline()
        if not raw:
            return
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if not line:
            yield fields
            fields = {}
        else:
            name, _, value = line.partition(":")
            fields[name or "comment"] = value.removeprefix(" ")


def one_line(text: str) -> str:
    """Keep what others sent from moving the cursor of who reads it."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def segment(name: str) -> str:
    """Write a name as one segment of a path."""
    return quote(name, safe="")


def in_json(said: Any) -> str:
    """Write in one line what the server said; its numbers keep their digits."""
    return json.Encoder(decimal_format="number").encode(said).decode()
