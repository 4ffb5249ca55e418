"""Which requirements are asked about: an edition's, those that are named, and what is expected to fail of them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from mockex.conformance.editions import ids_of
from mockex.conformance.requirement import Requirement
from mockex.errors import MockexError
from mockex.mistakes import in_one_line, nearest


def chosen(
    requirements: Sequence[Requirement], *, edition: str, only: Iterable[str] = (), skip: Iterable[str] = ()
) -> tuple[Requirement, ...]:
    """Choose from an edition by ids and families, several in one word with commas. Raises MockexError."""
    in_edition = set(ids_of(edition))
    there = [requirement for requirement in requirements if requirement.id in in_edition]
    wanted, unwanted = _named(only, requirements), _named(skip, requirements)
    if newer := sorted(wanted & set(_ids(requirements)) - in_edition):
        raise MockexError(f"edition {edition} does not have {', '.join(newer)}")
    kept = [one for one in there if not wanted or {one.id, one.family} & wanted]
    kept = [one for one in kept if not {one.id, one.family} & unwanted]
    if not kept:
        raise MockexError("no requirement is left to be asked about")
    return tuple(kept)


def _named(words: Iterable[str], requirements: Sequence[Requirement]) -> set[str]:
    named = {name.strip().upper() for word in words for name in word.split(",") if name.strip()}
    for name in sorted(named):
        _known(name, [*_ids(requirements), *(one.family for one in requirements)], "requirement or family")
    return named


def _ids(requirements: Sequence[Requirement]) -> list[str]:
    return [requirement.id for requirement in requirements]


def _known(name: str, known: Sequence[str], what: str) -> None:
    if name not in known:
        raise MockexError(f"there is no {what} {in_one_line(name)!r}{nearest(name, known)}")


def expected_in(file: Path, requirements: Sequence[Requirement]) -> dict[str, str]:
    """Read which requirements are expected to fail, and why: lines `ID  # why`. Raises MockexError."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise MockexError(f"{file}: {getattr(error, 'strerror', None) or 'it is no text in UTF-8'}") from None
    expected: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        name, _, why = line.partition("#")
        if not (name := name.strip()):
            continue
        try:
            _known(name, _ids(requirements), "requirement")
        except MockexError as error:
            raise MockexError(f"{file}, line {number}: {error}") from None
        expected[name] = why.strip()
    return expected
