"""Ratios are made within a round, and a run is kept as it was."""

from pathlib import Path

import pytest
from msgspec import structs

from tests.bench.figures import Row, as_json, paired, ratio, rounded, stored
from tests.bench.runs import load, run_of
from tests.bench.targets import cpu_us, per_s


def test_a_ratio_is_the_median_of_the_ratios_within_each_round() -> None:
    """A round in which the machine was busy is slow for both, and changes nothing."""
    run = run_of({})
    mine, its = Row("mockex"), Row("aiohttp")
    mine.loads["64"] = [load(500), load(5), load(900)]
    its.loads["64"] = [load(1_000), load(10), load(1_000)]
    run.rows = [mine, its]
    assert ratio(run, "mockex", "64", per_s) == 0.5
    assert ratio(run, "mockex", "64", cpu_us) == pytest.approx(1.0)
    assert paired([2, 9, 4], [1, 3, 1]) == 3


@pytest.mark.parametrize("name", ["mockex", "aiohttp"])
def test_who_went_wrong_has_no_ratio(name: str) -> None:
    """Whichever of the two it was; nor has who was never loaded so."""
    run = run_of({})
    assert ratio(run, "mockex", "64", per_s) == 1
    assert ratio(run, "mockex", "4096", per_s) is None
    next(row for row in run.rows if row.name == name).wrong = "it answers something else"
    assert ratio(run, "mockex", "64", per_s) is None


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    """But for digits that mean nothing."""
    run = run_of({"mockex": 1_234})
    run.rows[1] = structs.replace(run.rows[1], wrong="java is not installed on this machine")
    (tmp_path / "run.json").write_bytes(as_json(run))
    assert stored(tmp_path / "run.json") == run
    assert rounded([1.23456789, 0.000123456, {"n": 7}]) == [1.235, 0.0001235, {"n": 7}]
