"""What a failing test should know of its world: the last calls, why each was refused, and the seed."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from mockex.core.bounds import JOURNAL_LENGTH
from mockex.core.clock import iso
from mockex.errors import MockexError

if TYPE_CHECKING:
    from mockex.testing.world import LiveWorld

ADVICE = "do without strict, or look at `surprises()` and clear the journal from time to time"
SHOWN = 5
WIDTH = 100


def report(world: LiveWorld) -> str:
    """Tell of a world's last calls, the latest refused one with its diagnosis; never raises what mockex cannot do."""
    try:
        return "\n".join(_lines(world))
    except MockexError as error:
        return f"mockex: of the world {world.name!r} nothing can be told: {error}"


def _lines(world: LiveWorld) -> list[str]:
    told, entries = world.told, world.journal.last(SHOWN)
    lines = [f"mockex: world {told.name!r} of {told.scenario!r}, seed {told.seed}, its time {iso(told.now_ms)}"]
    if not entries:
        return [*lines, "no call has reached it"]
    lines.append(f"the last {len(entries)} of {told.calls} calls:" if told.calls > len(entries) else "its calls:")
    why = next((one.seq for one in reversed(entries) if one.refused_by or one.faults), None)
    for entry in entries:
        lines.append(f"  {entry}")
        for diagnosis in world.explain(entry)[:1] if entry.seq == why else ():
            known = f" [{diagnosis.mistake}]" if diagnosis.mistake else ""
            lines += textwrap.wrap(
                f"{diagnosis.sentence}{known}", WIDTH, initial_indent="     ", subsequent_indent="     "
            )
    return lines


def forgotten(world: LiveWorld) -> int:
    """Count the refusals that have fallen out of a journal that is full; what was cleared from it has not."""
    told = world.told
    if told.calls <= JOURNAL_LENGTH or not told.refused:
        return 0
    entries = list(world.journal)
    known = sum(entry.refused_by is not None for entry in entries)
    return max(told.refused - known, 0) if len(entries) == JOURNAL_LENGTH else 0


def surprise(world: LiveWorld) -> str | None:
    """Say which calls were refused that nobody expected to be, or that nobody can know of all of them, or None."""
    surprises = world.surprises()
    if not surprises:
        lost = forgotten(world)
        return f"the journal knows no more of {lost} refused calls: {ADVICE}" if lost else None
    listed = "; ".join(map(str, surprises[:SHOWN]))
    calls = "a call was" if len(surprises) == 1 else f"{len(surprises)} calls were"
    return f"{calls} refused, and nobody expected it: {listed}"


def refuse_surprises(world: LiveWorld) -> None:
    """Raise AssertionError where a call was refused that nobody expected."""
    if sentence := surprise(world):
        raise AssertionError(sentence)
