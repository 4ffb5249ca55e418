"""What a client may have signed instead of what it sent: the same parameters with their values written otherwise."""

import re
from collections.abc import Callable
from functools import partial
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from mockex.core.signed_payloads import MANY_SEGMENTS, NOTHING, Payloads, Sent
from mockex.core.wire import as_bytes, as_text

_SAFE = ("", "~", "/", "!'()*", "!'()*~", ":/", "@:,[]")


def _changed(sent: Sent, change: Callable[[str], str]) -> str:
    """Change every value."""
    cut = [segment.partition("=") for segment in sent.segments]
    return "&".join(f"{name}{equals}{change(value)}" for name, equals, value in cut)


def _each_value(sent: Sent, *changes: Callable[[str], str]) -> Payloads:
    """Change the values, then names and values."""
    cut = [segment.partition("=") for segment in sent.segments]
    for change in changes:
        yield _changed(sent, change)
        yield "&".join(f"{change(name)}{equals}{change(value)}" for name, equals, value in cut)


def _one_or_all(sent: Sent, change: Callable[[str], str]) -> Payloads:
    """Change every value, then each value alone."""
    yield _changed(sent, change)
    segments = sent.segments
    for n, segment in enumerate(segments[:MANY_SEGMENTS]):
        name, equals, value = segment.partition("=")
        if (changed := change(value)) != value:
            yield "&".join([*segments[:n], f"{name}{equals}{changed}", *segments[n + 1 :]])


def sent_encoded_twice(sent: Sent) -> Payloads:
    """Signed encoded once, and what was sent was encoded once more."""
    if "%25" in sent.payload:
        yield sent.payload.replace("%25", "%")
        yield from _each_value(sent, unquote)


def plus_for_space(sent: Sent) -> Payloads:
    """One of signed and sent has `+`, the other `%20`."""
    yield sent.payload.replace("+", "%20")
    yield sent.payload.replace("%20", "+")


def percent_case(sent: Sent) -> Payloads:
    """Percent escapes in the other case."""
    yield re.sub("%[0-9A-Fa-f]{2}", lambda match: match[0].lower(), sent.payload)
    yield re.sub("%[0-9A-Fa-f]{2}", lambda match: match[0].upper(), sent.payload)


def decoded(sent: Sent) -> Payloads:
    """Signed raw, sent encoded."""
    yield from _each_value(sent, unquote, unquote_plus)


def encoded(sent: Sent) -> Payloads:
    """Signed encoded, sent raw; or encoded by another rule of which characters are safe."""
    for safe in _SAFE:
        yield from _each_value(sent, partial(_requoted, safe=safe), partial(_requoted_plus, safe=safe))


def _requoted(text: str, safe: str) -> str:
    return quote(as_bytes(unquote(text, errors="surrogateescape")), safe=safe)


def _requoted_plus(text: str, safe: str) -> str:
    return quote_plus(as_bytes(unquote_plus(text, errors="surrogateescape")), safe=safe)


def encoded_twice(sent: Sent) -> Payloads:
    """Signed encoded once more than sent."""
    yield from _each_value(sent, lambda text: quote(as_bytes(text), safe=""), lambda text: quote_plus(as_bytes(text)))


def separators_encoded(sent: Sent) -> Payloads:
    """The whole query was encoded, its `&` and `=` too."""
    yield quote(as_bytes(sent.payload), safe="")
    yield quote(as_bytes(sent.payload), safe="=")
    yield quote(as_bytes(sent.payload), safe="&")
    yield unquote(sent.payload)


def _numbers(change: Callable[[int], str]) -> Callable[[str], str]:
    return lambda text: change(int(text)) if re.fullmatch("[0-9]{1,20}", text, re.ASCII) else text


def _as_integer(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,20}(\.[0-9]{0,9}([eE]\+?[0-9]{1,2})?)?", text, re.ASCII):
        return text
    return str(int(float(text)))


def _exponent(number: int) -> str:
    """Write a number as 1.76722563E12, no digit lost."""
    digits = str(number)
    fraction = digits[1:].rstrip("0")
    return f"{digits[0]}{'.' if fraction else ''}{fraction}E{len(digits) - 1}"


def number_format(sent: Sent) -> Payloads:
    """123 against 123.0, 1.23e2, 1,23E2 and "123"."""
    for change in (
        lambda number: f"{number}.0",
        lambda number: repr(number / 1_000),
        lambda number: f"{number}.000",
        _exponent,
        lambda number: _exponent(number).replace("E", "E+"),
        lambda number: _exponent(number).replace("E", "e+"),
        lambda number: f"{number:e}",
        lambda number: f"{number:g}",
        lambda number: f"{number:,}",
        lambda number: f'"{number}"',
        lambda number: f"'{number}'",
    ):
        yield from _one_or_all(sent, _numbers(change))
    yield from _one_or_all(sent, _as_integer)
    yield from _one_or_all(sent, lambda text: text.strip("\"'"))
    yield from _one_or_all(sent, lambda text: text.removeprefix("%22").removesuffix("%22"))


def _swapped(swap: dict[str, str], text: str) -> str:
    return swap.get(text, text)


def boolean_format(sent: Sent) -> Payloads:
    """True against true and 1."""
    for swap in (
        {"true": "True", "false": "False"},
        {"True": "true", "False": "false"},
        {"true": "1", "false": "0"},
        {"1": "true", "0": "false"},
        {"1": "True", "0": "False"},
        {"true": "TRUE", "false": "FALSE"},
    ):
        yield from _one_or_all(sent, partial(_swapped, swap))


def without_empty_values(sent: Sent) -> Payloads:
    """Signed without the empty values that were sent."""
    for nothing in (NOTHING, ("",), NOTHING[1:]):
        yield "&".join(one for one in sent.segments if one.partition("=")[2] not in nothing)
    yield "&".join(segment.removesuffix("=") for segment in sent.segments)
    for word in NOTHING:
        yield from _one_or_all(sent, partial(_swapped, dict.fromkeys(NOTHING, word)))


def letter_case(sent: Sent) -> Payloads:
    """All in lower or upper case."""
    yield sent.payload.lower()
    yield sent.payload.upper()


def charset(sent: Sent) -> Payloads:
    """Signed in another charset than UTF-8."""
    for text in (sent.payload, _changed(sent, unquote)):
        for name in ("utf-16-le", "utf-16-be", "utf-16", "utf-32-le", "latin-1", "ascii"):
            yield as_text(text.encode(name, "replace"))
