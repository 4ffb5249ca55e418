"""The mutants themselves: each breaks something that stands there, and names a test that is there."""

import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
MUTANTS = tomllib.loads((ROOT / "tests" / "mutants.toml").read_text(encoding="utf-8"))["mutant"]


def test_every_mutant_breaks_what_stands_just_once() -> None:
    """`old` is in its file once and `new` is something else, so that no rule goes untried when its code has changed."""
    texts = {file: (ROOT / file).read_text(encoding="utf-8") for file in {mutant["file"] for mutant in MUTANTS}}
    stale = {
        mutant["breaks"]: count for mutant in MUTANTS if (count := texts[mutant["file"]].count(mutant["old"])) != 1
    }
    assert stale == {}
    assert [mutant["breaks"] for mutant in MUTANTS if mutant["old"] == mutant["new"]] == []


def test_every_mutant_has_a_name_of_its_own_and_a_test() -> None:
    """No two break the same by name, and the file of the test that must turn red is there."""
    assert [name for name, count in Counter(mutant["breaks"] for mutant in MUTANTS).items() if count > 1] == []
    files = {mutant["test"].split()[0].partition("::")[0] for mutant in MUTANTS}
    assert [file for file in files if not (ROOT / file).exists()] == []
