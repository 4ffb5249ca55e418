"""The JSON Schema of scenario files: current, true of every file of ours, and not true of files that are wrong."""

import json
import tomllib
from copy import deepcopy
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from mockex import scenarios
from mockex.errors import ScenarioError
from tests.cli.running import mockex
from tests.scenarios.test_mutations import RICH
from tests.scenarios.toml import as_toml

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "scenarios").glob("*.toml"))


@cache
def validator() -> jsonschema_rs.Draft202012Validator:
    """Make the validator of the file in docs/."""
    schema = json.loads((ROOT / "docs" / "scenario.schema.json").read_text(encoding="utf-8"))
    jsonschema_rs.meta.validate(schema)
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def as_json(value: Any) -> Any:
    """Give what TOML says as an editor's validator sees it."""
    return json.loads(json.dumps(value, default=lambda moment: moment.isoformat()))


def table_of(text: str) -> dict[str, Any]:
    """Read TOML, its floats as floats."""
    return tomllib.loads(text)


def test_schema_in_docs_is_what_the_command_prints() -> None:
    """docs/scenario.schema.json is `mockex schema`, byte for byte; `make docs` writes it anew."""
    told = mockex("schema")
    assert (told.stderr, told.returncode) == ("", 0)
    assert told.stdout == (ROOT / "docs" / "scenario.schema.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_schema_is_true_of_every_scenario(file: Path) -> None:
    """No editor underlines anything in a scenario that comes with mockex."""
    assert [error.message for error in validator().iter_errors(as_json(table_of(file.read_text())))] == []


def test_schema_knows_every_name() -> None:
    """A file that says all that can be said is right by the schema, too."""
    table = table_of(RICH)
    assert [error.message for error in validator().iter_errors(as_json(table))] == []


WRONG: list[tuple[str, Any]] = [
    # where, and what is put there
    ("titel", "x"),
    ("title", ""),
    ("title", 1),
    ("seed", -1),
    ("seed", 1.5),
    ("seed", "1"),
    ("seed", 1 << 63),
    ("clock.rate", -0.5),
    ("clock.rate", "fast"),
    ("clock.frozen_at", "yesterday"),
    ("clock.frozen_at", -1),
    ("limits.papi_weight_per_ip", "many"),
    ("limits.papi_weight", 1),
    ("behaviour.no_loan", "zeroes"),
    ("generate.each.keys", ["ECDSA"]),
    ("generate.accounts", 10_001),
    ("accounts", {}),
    ("accounts.0.uid", 0),
    ("accounts.0.uid", "7"),
    ("accounts.0.lone", {}),
    ("accounts.0.loan.amount", 0.5),
    ("accounts.0.loan.amount", "-1"),
    ("accounts.0.loan.amount", "1e3"),
    ("accounts.0.keys.0.type", "DSA"),
    ("accounts.0.keys.0.api_key", "k" * 63),
    ("accounts.0.keys.0.api_key", "k" * 64 + "\n"),
    ("accounts.0.keys.0.secret", ""),
    ("accounts.0.keys.0.permissions", ["enableEverything"]),
    ("accounts.0.keys.0.public_key", "x"),
    ("accounts.0.records.0.startTime", -1),
    ("accounts.0.records.0.startTime", "1"),
    ("accounts.0.records.0.details.0.negativeBalance", "18"),
    ("accounts.0.records.0.details.0.negativeBalance", True),
    ("accounts.0.records.0.details.0.asset", ""),
]


@pytest.mark.parametrize(("where", "what"), WRONG)
def test_what_is_wrong_is_wrong_by_the_schema_too(where: str, what: Any) -> None:
    """An editor underlines what mockex would refuse: both say no to the same table."""
    table = deepcopy(table_of(RICH))
    inside: Any = table
    *steps, last = where.split(".")
    for step in steps:
        inside = inside[int(step)] if isinstance(inside, list) else inside[step]
    inside[last] = what
    with pytest.raises(ScenarioError):
        scenarios.parse(as_toml(table), ROOT / "wrong.toml")
    assert not validator().is_valid(as_json(table))


@pytest.mark.parametrize("where", ["title", "accounts.0.uid", "accounts.0.keys.0.type", "accounts.0.keys.0.secret"])
def test_what_is_missing_is_wrong_by_the_schema_too(where: str) -> None:
    """What must be there is required."""
    table = deepcopy(table_of(RICH))
    inside: Any = table
    *steps, last = where.split(".")
    for step in steps:
        inside = inside[int(step)] if isinstance(inside, list) else inside[step]
    del inside[last]
    with pytest.raises(ScenarioError):
        scenarios.parse(as_toml(table), ROOT / "wrong.toml")
    assert not validator().is_valid(as_json(table))


def test_moment_is_a_date_and_time_for_an_editor() -> None:
    """A moment may be written as TOML's own date and time, which validators see as a string with its format."""
    table = table_of(RICH)
    assert isinstance(table["accounts"][0]["generate"]["since"], datetime)
    assert validator().is_valid(as_json(table))
    table["accounts"][0]["generate"]["since"] = "1999"
    assert not validator().is_valid(as_json(table))
