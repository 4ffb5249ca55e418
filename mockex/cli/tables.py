"""Tables of plain text: columns that stand below each other, numbers at the right, nothing behind the last."""

from collections.abc import Sequence


def table(
    heads: Sequence[str], rows: Sequence[Sequence[object]], *, right: str = "", widths: Sequence[int] = ()
) -> str:
    """Write a table; the columns named in `right` stand at the right; `widths` are the least that each column has."""
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    columns = list(zip(heads, *texts, strict=True))
    least = [*widths, *[0] * len(heads)]
    wide = [max(least[n], *map(len, column)) for n, column in enumerate(columns)]
    numbers = right.split()

    def line(cells: Sequence[str]) -> str:
        placed = (
            cell.rjust(width) if head in numbers else cell.ljust(width)
            for head, cell, width in zip(heads, cells, wide, strict=True)
        )
        return "  ".join(placed).rstrip()

    return "\n".join(line(cells) for cells in (heads, *texts))


def pairs(about: Sequence[tuple[str, object]], *, indent: str = "") -> str:
    """Write names and values below each other; a value of several lines stays under its own beginning."""
    width = max((len(name) for name, _ in about), default=0)
    lines = []
    for name, value in about:
        first, *rest = str(value).split("\n")
        lines.append(f"{indent}{name:{width}}  {first}".rstrip())
        lines += [f"{indent}{'':{width}}  {more}".rstrip() for more in rest]
    return "\n".join(lines)
