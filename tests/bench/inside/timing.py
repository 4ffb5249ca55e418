"""Timing what is short: many runs, turn and turn about.

What runs in the core alone is told by its best turn, which is the one that nobody disturbed; what needs threads,
sockets or processes by the median.
"""

from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter


def timed(what: Callable[[], object], runs: int = 200) -> float:
    """Give the median time of something, in microseconds."""
    times = []
    for _ in range(runs):
        began = perf_counter()
        what()
        times.append(perf_counter() - began)
    return median(times) * 1e6


def turn_about(cases: Mapping[str, Callable[[], object]], turns: int) -> dict[str, list[float]]:
    """Time each case in each turn, in microseconds; the first turn warms, and is not told."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    for turn in range(turns + 1):
        for name, what in cases.items():
            began = perf_counter()
            what()
            if turn:
                times[name].append((perf_counter() - began) * 1e6)
    return times


def ratio_of(times: Mapping[str, list[float]], one: str, other: str) -> float:
    """Give the median over the turns of how many times as long the one took as the other."""
    return median(mine / its for mine, its in zip(times[one], times[other], strict=True))
