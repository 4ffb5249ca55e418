"""Faults and timelines that cannot be: refused when the file is read, and not when their time has come."""

from pathlib import Path

import pytest

from mockex import scenarios
from mockex.core.bounds import MAX_FAULTS
from mockex.errors import ScenarioError
from tests.scenarios.walking import Walk

LATENCY = 'effect = { type = "latency", ms = 5 }'
SLOW = f'{{ name = "slow", {LATENCY} }}'
LIMIT = "1" + "0" * 4_298

ROWS: list[tuple[str, str, tuple[str, ...]]] = [
    # what is wrong, the file, and what must be named
    ("no effect", "faults = [{}]", ("at faults[0]: ", "`effect`")),
    ("an effect of no type", "faults = [{ effect = {} }]", ("at faults[0].effect: ", "`type`")),
    (
        "an unknown effect",
        'faults = [{ effect = { type = "latencies", ms = 5 } }]',
        ("at faults[0].effect.type: ", "'latencies'", "did you mean 'latency'"),
    ),
    (
        "an unknown name of a fault",
        f"faults = [{{ {LATENCY}, chances = 0.5 }}]",
        ("at faults[0]: ", "`chances`", "did you mean 'chance'"),
    ),
    ("a chance of nought", f"faults = [{{ {LATENCY}, chance = 0 }}]", ("at faults[0].chance: ", "> 0")),
    ("a chance above one", f"faults = [{{ {LATENCY}, chance = 1.5 }}]", ("at faults[0].chance: ", "<= 1")),
    ("a chance of nan", f"faults = [{{ {LATENCY}, chance = nan }}]", ("at faults[0].chance: ",)),
    ("every noughth", f"faults = [{{ {LATENCY}, every = 0 }}]", ("at faults[0].every: ", ">= 1")),
    ("an endpoint of nobody", f'faults = [{{ {LATENCY}, endpoint = "pm_lone" }}]', ("endpoint", "'pm_loan'")),
    ("a gateway of nobody", f'faults = [{{ {LATENCY}, gateway = "PAPPI" }}]', ("gateway", "'PAPI'")),
    ("two faults of one name", f"faults = [{SLOW}, {SLOW}]", ("slow",)),
    (
        "a fault to come of the name of one that is there",
        f"faults = [{SLOW}]\ntimeline = [{{ after_s = 1, faults = [{SLOW}] }}]",
        ("slow",),
    ),
    (
        "two faults to come of one name",
        f"timeline = [{{ after_s = 1, faults = [{SLOW}] }}, {{ after_s = 2, faults = [{SLOW}] }}]",
        ("slow",),
    ),
    ("more faults than a world has", f"faults = [{f'{{ {LATENCY} }}, ' * (MAX_FAULTS + 1)}]", (str(MAX_FAULTS),)),
    ("what happens at no time", "timeline = [{}]", ("at timeline[0]: expected either `at` or `after_s`",)),
    ("what happens at two times", "timeline = [{ at = 0, after_s = 0 }]", ("at timeline[0]: expected either `at`",)),
    ("what happens after inf", "timeline = [{ after_s = inf }]", ("at timeline[0].after_s: ",)),
    ("what happens after nan", "timeline = [{ after_s = nan }]", ("at timeline[0].after_s: ",)),
    ("what happens before", "timeline = [{ after_s = -1 }]", ("at timeline[0].after_s: ", ">= 0")),
    ("what happens after the end of time", "timeline = [{ after_s = 1e307 }]", ("at timeline[0].after_s: ",)),
    ("what lasts for ever", "timeline = [{ after_s = 1, lasts_s = inf }]", ("at timeline[0].lasts_s: ",)),
    ("what lasts no time", "timeline = [{ after_s = 1, lasts_s = 0 }]", ("at timeline[0].lasts_s: ", "> 0")),
    (
        "what happens to nobody",
        "timeline = [{ after_s = 1, account = 2, portfolio_margin = false }]",
        ("`timeline[0].account`", "uid of an account", "`2`"),
    ),
    (
        "what happens to nobody's key",
        'timeline = [{ after_s = 1, key = "k", permissions = [] }]',
        ("`timeline[0].key`", "api_key of an account", "`k`"),
    ),
    (
        "records before 1970",
        "accounts = [{ uid = 1, generate = { records = 1, since = 1969-12-31T23:59:59Z, until = 0 } }]",
        ("at accounts[0].generate", "since"),
    ),
    (
        "a limit that no header has room for",
        f"limits = {{ first_ban_s = {LIMIT}, longest_ban_s = {LIMIT} }}",
        ("at limits", "first_ban_s"),
    ),
]


@pytest.mark.parametrize(("text", "named"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_plan_that_cannot_be_is_refused(text: str, named: tuple[str, ...], tmp_path: Path) -> None:
    """Each is told of in one line that names the file and what is wrong in it."""
    file = tmp_path / "wrong.toml"
    file.write_text(f'title = "Wrong"\n{text}\n')
    with pytest.raises(ScenarioError) as told:
        scenarios.read(str(file))
    said = str(told.value)
    assert said.startswith(f"{file}: ")
    assert [word for word in named if word not in said] == []
    assert "\n" not in said


def test_fault_without_a_name_gets_one_that_is_free(tmp_path: Path) -> None:
    """A fault that was called as mockex would call the next one does not stand in its way."""
    file = tmp_path / "named.toml"
    file.write_text(f'title = "Named"\nfaults = [{{ name = "f2", {LATENCY} }}, {{ {LATENCY} }}, {{ {LATENCY} }}]\n')
    faults = Walk(str(file)).exchange.world.faults
    assert len(faults) == 3
    assert "f2" in faults
