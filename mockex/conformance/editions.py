"""Editions: the ids that were required at a release, kept, so that new requirements redden no old pipeline.

`python -m mockex.conformance.editions NAME` writes all requirements that there are down as the newest edition.
"""

import sys
import tomllib
from functools import cache
from pathlib import Path

from mockex.errors import MockexError
from mockex.mistakes import nearest

FILE = Path(__file__).with_name("editions.toml")


@cache
def editions() -> dict[str, tuple[str, ...]]:
    """Read the ids of each edition, the newest last."""
    read = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: tuple(edition["requirements"]) for name, edition in read.items()}


def newest() -> str:
    """Name the newest edition."""
    return list(editions())[-1]


def ids_of(edition: str) -> tuple[str, ...]:
    """Give the ids of an edition. Raises MockexError."""
    if edition not in editions():
        known = ", ".join(editions())
        raise MockexError(f"there is no edition {edition!r}{nearest(edition, editions())}; there are: {known}")
    return editions()[edition]


def with_edition(text: str, name: str, ids: tuple[str, ...]) -> str:
    """Write an edition behind those of a file, or in the newest one's place. Raises MockexError for an older one."""
    names = list(tomllib.loads(text))
    if name in names[:-1]:
        raise MockexError(f"edition {name} is released, and never changes")
    if name < names[-1]:
        raise MockexError(f"edition {name} would stand behind {names[-1]}, which is newer")
    head = text.partition(f'["{name}"]')[0].rstrip()
    rows = "".join(f'    "{one}",\n' for one in ids)
    return f'{head}\n\n["{name}"]\nrequirements = [\n{rows}]\n'


def main(names: list[str]) -> int:
    """Write the edition that is named."""
    from mockex.conformance.families import REQUIREMENTS

    if len(names) != 1:
        sys.stderr.write("python -m mockex.conformance.editions NAME\n")
        return 2
    ids = tuple(requirement.id for requirement in REQUIREMENTS)
    try:
        written = with_edition(FILE.read_text(encoding="utf-8"), names[0], ids)
    except MockexError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    FILE.write_text(written, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
