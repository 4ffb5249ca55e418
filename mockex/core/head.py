"""The head of an answer: a set of headers and what it is filled in with, written out only where somebody reads it."""

import re
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus

from msgspec import Struct

PHRASES = {status.value: status.phrase for status in HTTPStatus}
SLOTS = ("\ue000", "\ue001", "\ue002")
"""Stand for date, length and used weight, which differ from one answer to the next, in a head that is to be split."""


class Sheet(Struct, frozen=True, gc=False):
    """What a set of headers is filled in with; the `used` weight is told in the headers `told_in`, if there are any."""

    date: str
    content_type: str
    length: str
    used: str = ""
    told_in: tuple[str, ...] = ()

    @property
    def weight(self) -> dict[str, str]:
        """The used-weight headers."""
        return dict.fromkeys(self.told_in, self.used)


HeaderSet = Callable[[Sheet], dict[str, str]]
"""The headers of a kind of answer, in wire order. `Connection` has its place in it; the shell says which it is.

It puts what stands in the sheet into headers as it is, or not at all: so the rest of the head is written once.
"""


class Head(Struct, frozen=True, gc=False):
    """A set of headers, and its sheet."""

    header_set: HeaderSet
    sheet: Sheet

    def headers(self) -> dict[str, str]:
        """Write the headers."""
        return self.header_set(self.sheet)

    def raw(self, status: int) -> bytes:
        """Render the status line and the headers, with the empty line behind them."""
        sheet = self.sheet
        template = template_of(self.header_set, status, sheet.content_type, sheet.told_in)
        parts, filling = list(template.parts), (sheet.date, sheet.length, sheet.used)
        for place, slot in template.slots:
            parts[place] = filling[slot]
        return "".join(parts).encode("utf-8", "replace")


class Template(Struct, frozen=True):
    """What is the same in every head of a kind, in parts, and which of them are to be filled in, each with which."""

    parts: tuple[str, ...]
    slots: tuple[tuple[int, int], ...]


@lru_cache(maxsize=256)
def template_of(header_set: HeaderSet, status: int, content_type: str, told_in: tuple[str, ...]) -> Template:
    """Write a head whose slots are to be filled in."""
    head = head_of(status, header_set(Sheet(SLOTS[0], content_type, SLOTS[1], SLOTS[2], told_in)))
    parts = tuple(re.split(f"([{''.join(SLOTS)}])", head))
    return Template(parts, tuple((place, SLOTS.index(part)) for place, part in enumerate(parts) if part in SLOTS))


def head_of(status: int, headers: dict[str, str]) -> str:
    """Write a status line and headers, with the empty line behind them."""
    lines = [f"HTTP/1.1 {status} {PHRASES.get(status, '')}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines) + "\r\n\r\n"
