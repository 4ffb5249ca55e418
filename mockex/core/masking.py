"""What must not leave a journal: whole signatures, wherever and however spelled they were sent, and secrets."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote, unquote, unquote_plus

from mockex.core.wire import Request, as_text

Mask = Callable[[str], str]

SHOWN_CHARS = 8
"""Of a signature so much is shown: enough to recognise it, too little to use it."""

SHORTEST_SECRET = 8
"""A secret shorter than this is a word that may stand anywhere, and is no secret."""

MAX_DECODINGS = 4
"""How often percent escapes are decoded to find the word `signature` below them."""

_HIDDEN_HEADERS = re.compile(rb"signature|secret|token|password|authorization|cookie", re.IGNORECASE)
_SUSPICIOUS = re.compile("signature|%", re.IGNORECASE)
_WORD = re.compile("signature", re.IGNORECASE)
_SEPARATORS = (re.compile("[?&]"), re.compile(r"[?&;#,\s]+"))
_DIGEST = re.compile("[0-9A-Fa-f]{64,}")
_QUOTED = re.compile(r"""signature["']\s*:?\s*["']?([^"'\s,;&]+)""", re.IGNORECASE)


def mask_of(request: Request, secrets: Iterable[str] = ()) -> Mask:
    """Make what takes a request's signatures, and these secrets, out of any text that is told of it."""
    hidden = {word: cut(word) for word in signatures(request) if len(word) > SHOWN_CHARS and word != request.api_key}
    sent = "\n".join((request.api_key or "", *texts(request)))
    hidden |= {spelled: "…" for secret in secrets for spelled in spellings(secret) if spelled in sent}
    if not hidden:
        return as_it_is
    pattern = re.compile("|".join(re.escape(word) for word in sorted(hidden, key=len, reverse=True)))
    return lambda text: pattern.sub(lambda match: hidden[match[0]], text)


def as_it_is(text: str) -> str:
    """Hide nothing."""
    return text


def cut(signature: str) -> str:
    """Cut a signature so that it can be recognised and not be used."""
    return f"{signature[:SHOWN_CHARS]}…"


def is_hidden(header: bytes) -> bool:
    """Say whether a header of this name is for credentials."""
    return _HIDDEN_HEADERS.search(header) is not None


@lru_cache(maxsize=4_096)
def spellings(secret: str) -> frozenset[str]:
    """Spell a secret in the ways in which it can have been sent by mistake."""
    if len(secret) < SHORTEST_SECRET:
        return frozenset()
    quoted = quote(secret, safe="")
    return frozenset((secret, quoted, quoted.replace("%20", "+"), quote(quoted, safe="")))


def sent(request: Request) -> Iterator[str]:
    """Give all that was sent."""
    yield request.target
    yield as_text(request.body)
    yield from (as_text(part) for header in request.headers for part in header)


def is_in(secrets: Iterable[str], *said: str) -> bool:
    """Say whether one of the secrets stands in what was said, however it is spelled."""
    return any(word in text for secret in secrets for word in spellings(secret) for text in said)


def texts(request: Request) -> Iterator[str]:
    """Give all that is told of a request and may hold what must not be told."""
    yield request.target
    yield as_text(request.body)
    yield from (as_text(value) for name, value in request.headers if not is_hidden(name))


def signatures(request: Request) -> set[str]:
    """Find whatever may be a signature: what such a parameter says, in the spellings that it has, and every digest."""
    found: set[str] = set()
    for text in texts(request):
        found.update(_DIGEST.findall(text))
        if _SUSPICIOUS.search(text):
            found.update(word for way in ways(text) for word in _QUOTED.findall(way))
            for separator in _SEPARATORS:
                for segment in separator.split(text):
                    found.update(_in_segment(segment))
    return found


def _in_segment(segment: str) -> Iterator[str]:
    """Give what a segment says as a signature: its value where the name is one, else all from the word on."""
    name, equals, value = segment.partition("=")
    plain_name = decoded(name)
    if equals and _WORD.search(plain_name) and "=" not in plain_name:
        yield from ways(value)
    elif _WORD.search(decoded(segment)):
        for way in ways(segment):
            yield _WORD.split(way)[-1].lstrip("=:")


def ways(text: str) -> Iterator[str]:
    """Give a text as it was sent, and as it reads when it is decoded once, twice and so on."""
    yield text
    for _ in range(MAX_DECODINGS):
        yield unquote_plus(text)
        less = unquote(text)
        if less == text:
            return
        yield less
        text = less


def decoded(text: str) -> str:
    """Decode percent escapes as long as there are any."""
    for _ in range(MAX_DECODINGS):
        text = unquote(text)
    return text
