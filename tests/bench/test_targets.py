"""Targets are judged from the figures of a run, each on the right side of its bound."""

import pytest
from msgspec import structs

from tests.bench.figures import Measured
from tests.bench.runs import load, run_of
from tests.bench.targets import TARGETS, Target

QUICK = run_of({"mockex": 100_000, "mockex-fast": 100_000}, cost=0.001, mockex=load(100_000, 1.0, 100.0))
SLOW = run_of({"mockex": 1, "mockex-fast": 1}, cost=1_000.0, mockex=load(1, 1e6, 1e7))


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.says)
def test_every_target_can_be_reached_missed_and_not_measured(target: Target) -> None:
    """By a quick run, a slow one, and one that is empty."""
    assert target.judged(QUICK)[1] == "reached"
    assert target.judged(SLOW)[1] == "missed"
    empty = structs.replace(QUICK, rows=[], costs=[])
    assert target.judged(empty) == (None, "not measured")


@pytest.mark.parametrize(
    ("is_floor", "figure", "judgement"),
    [(True, 0.8, "reached"), (True, 0.79, "missed"), (False, 0.8, "reached"), (False, 0.81, "missed")],
)
def test_the_bound_itself_is_good_enough(is_floor: bool, figure: float, judgement: str) -> None:
    """At least means at least, and at most means at most."""
    target = Target(says="it", figure=lambda _: figure, bound=0.8, is_floor=is_floor)
    assert target.judged(run_of({})) == (figure, judgement)


def test_targets_read_the_figures_that_they_name() -> None:
    """Each says by what the figure is told, in the unit of its bound."""
    run: Measured = run_of({"mockex": 400, "wiremock": 100, "mockex-fast": 950}, cost=2.0)
    figures = {target.says: target.judged(run)[0] for target in TARGETS}
    assert figures["throughput against the bare aiohttp handler, default event loop"] == 0.4
    assert figures["the same with the `fast` extra, against the bare handler on the default loop"] == 0.95
    assert figures["throughput against WireMock as it comes"] == 4
    assert figures["connectable after process start"] == 2
    assert figures["what 10⁶ calls move it by"] == 2
    assert figures["start and stop in a thread"] == 2  # 2,000 µs
