"""What must stand in no report: the secrets of a run, whole or in pieces, and whole signatures."""

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from msgspec import convert, to_builtins

from mockex.conformance.run import Run
from mockex.core.masking import SHORTEST_SECRET, SHOWN_CHARS, cut, spellings
from mockex.testing.journal import JournalEntry

Hide = Callable[[str], str]

PIECE = 12
"""So many characters of a secret in a row are a piece of it, wherever a line was broken or a text was cut."""

HIDDEN = "…"
_CUT_SIGNATURE = re.compile(rf"signature=([^&\s…]{{{SHOWN_CHARS}}})…", re.IGNORECASE)
_SIGNATURE = re.compile(
    r"""(?P<name>signature(?:["'\s]*(?:[=:,]|%(?:25)*3D)["'\s]*))(?P<whole>[A-Za-z0-9+/=%_-]{32,})"""
    r"|(?P<digest>[0-9A-Fa-f]{64,})",
    re.IGNORECASE,
)
_LONG_WORD = re.compile(rf"[A-Za-z0-9+/=_-]{{{PIECE},}}")
_REST = r"[A-Za-z0-9+/=%_-]+"


def hiding(run: Run) -> Hide:
    """Make what takes the secrets and signatures of a run out of any text that a client tells."""
    hide_secrets = hiding_secrets(run.secrets)
    begun = _begun((*run.entries, *run.elsewhere))

    def hide(text: str) -> str:
        text = _SIGNATURE.sub(_cut, hide_secrets(text))
        return text if begun is None else begun.sub(lambda match: f"{match[1]}{HIDDEN}", text)

    return hide


def hiding_secrets(secrets: Iterable[str]) -> Hide:
    """Make what takes secrets out of any text; the journal's signatures are cut already."""
    whole, pieces = _spellings(tuple(secrets)), _pieces(tuple(secrets))
    return lambda text: _without(pieces, whole.sub(HIDDEN, readable(text)))


def _cut(match: re.Match[str]) -> str:
    return cut(match["digest"]) if match["digest"] else f"{match['name']}{cut(match['whole'])}"


def readable(text: str) -> str:
    """Replace what no report can hold: halves of characters."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def hidden(entries: Iterable[JournalEntry], hide: Hide) -> tuple[JournalEntry, ...]:
    """Take what must not be told out of calls, which the exchange they were made to may not know for a secret."""
    return tuple(convert(_in_all(to_builtins(entry), hide), JournalEntry) for entry in entries)


def _in_all(value: Any, hide: Hide) -> Any:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, dict):
        return {hide(name): _in_all(one, hide) for name, one in value.items()}
    return [_in_all(one, hide) for one in value] if isinstance(value, list | tuple) else value


@lru_cache(maxsize=64)
def _spellings(secrets: tuple[str, ...]) -> re.Pattern[str]:
    words = {word for secret in secrets for word in _spelled(secret)}
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or "(?!)")


def _spelled(secret: str) -> Iterator[str]:
    if len(secret) < SHORTEST_SECRET:
        return
    yield from spellings(secret)
    raw = secret.encode()
    yield from (raw.hex(), raw.hex().upper(), base64.b64encode(raw).decode().rstrip("="))


@lru_cache(maxsize=64)
def _pieces(secrets: tuple[str, ...]) -> frozenset[str]:
    """Give all pieces of the secret, or of the lines of a private key, which others may break elsewhere."""
    text = "".join(secrets)
    return frozenset(text[place : place + PIECE] for place in range(len(text) - PIECE + 1))


def _without(pieces: frozenset[str], text: str) -> str:
    """Take out every run of characters that is covered by pieces."""
    return _LONG_WORD.sub(lambda match: _word_without(pieces, match[0]), text)


def _word_without(pieces: frozenset[str], word: str) -> str:
    kept: list[str] = []
    place = 0
    while place < len(word):
        if word[place : place + PIECE] not in pieces:
            kept.append(word[place])
            place += 1
            continue
        place += PIECE
        while place < len(word) and word[place - PIECE + 1 : place + 1] in pieces:
            place += 1
        kept.append(HIDDEN)
    return "".join(kept)


def _begun(entries: Iterable[JournalEntry]) -> re.Pattern[str] | None:
    """Find the signatures whose beginnings the journal shows, wherever a client tells the rest of them."""
    beginnings = {match[1] for entry in entries for match in _CUT_SIGNATURE.finditer(f"{entry.target}&{entry.body}")}
    beginnings |= {plain for one in beginnings if len(plain := unquote(one)) >= SHOWN_CHARS - 2}
    if not beginnings:
        return None
    return re.compile(f"({'|'.join(map(re.escape, sorted(beginnings)))}){_REST}")
