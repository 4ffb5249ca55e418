"""Parameters: the raw query cut into segments, the payload that was signed, and the LONGs in it."""

from urllib.parse import unquote_plus

from msgspec import Struct

from mockex.core.bounds import MAX_LONG, MAX_LONG_DIGITS


class Params(Struct, frozen=True, gc=False):
    """The parameters of a request, by name and decoded, beside the characters that its signature covers.

    `payload` is query then body with no `&` between them (documented: totalParams), each without its `signature`
    segments and otherwise exactly as sent. `signature_is_last` says whether nothing follows the signature.
    """

    values: dict[str, str]
    payload: str
    signature: str | None
    signature_is_last: bool


def decoded(text: str) -> str:
    """Decode a form's name or value; percent escapes that say nothing stay as they are."""
    return unquote_plus(text)


def read_params(query: str, body: str = "") -> Params:
    """Read query and body; the query wins over the body (documented), the first of a name over the later (decided)."""
    values: dict[str, str] = {}
    payload = _unsigned(query, values)
    last = not body and query.rpartition("&")[2].startswith("signature=")
    if body:
        payload += _unsigned(body, values)
        last = body.rpartition("&")[2].startswith("signature=")
    return Params(values, payload, values.get("signature"), last)


def _unsigned(form: str, values: dict[str, str]) -> str:
    """Put the form's values into `values` and give the form back without its signature."""
    kept: list[str] = []
    is_plain = "%" not in form and "+" not in form
    for segment in form.split("&"):
        name, _, value = segment.partition("=")
        if not is_plain:
            name, value = decoded(name), decoded(value)
        if name not in values:
            values[name] = value
        if name != "signature":
            kept.append(segment)
    return "&".join(kept)


def as_long(text: str | None) -> int | None:
    """Read a LONG that is not negative, or None: only ASCII digits, at most 20 of them, at most 2⁶³ − 1."""
    if not text or len(text) > MAX_LONG_DIGITS or not (text.isascii() and text.isdigit()):
        return None
    number = int(text)
    return number if number <= MAX_LONG else None
