"""The pages that are made from the code are current."""

import json
from pathlib import Path
from typing import get_args

import msgspec

from mockex import faults_page, scenarios
from mockex.core.documented import DOCUMENTED
from mockex.core.effects import Hostile
from mockex.endpoints import CATALOGUE
from mockex.fidelity import page
from mockex.gateways import GATEWAYS
from mockex.openapi import description

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_fidelity_is_current() -> None:
    """docs/fidelity.md is what the rules say; `make docs` writes it anew."""
    assert (DOCS / "fidelity.md").read_text() == page()


def test_the_page_of_fidelity_names_every_rule() -> None:
    """Every check of every gateway stands on it, in order, with its text."""
    text = page()
    for gateway in GATEWAYS:
        for step in gateway.steps:
            if source := getattr(step, "source", None):
                assert source in text
    for endpoint in CATALOGUE.endpoints:
        assert endpoint.path in text


def test_the_page_of_faults_is_current_and_names_every_one() -> None:
    """docs/faults.md is what the two lists say, each fault under a title of its own."""
    text = faults_page.page()
    assert (DOCS / "faults.md").read_text() == text
    for name in [outage.name for outage in DOCUMENTED] + [one.__struct_config__.tag for one in get_args(Hostile)]:
        assert text.count(f"\n### `{name}`\n") == 1


def test_the_description_and_the_schema_are_current() -> None:
    """docs/openapi.json and docs/scenario.schema.json are what the commands print."""
    assert json.loads((DOCS / "openapi.json").read_text()) == json.loads(msgspec.json.encode(description(CATALOGUE)))
    assert json.loads((DOCS / "scenario.schema.json").read_text()) == json.loads(
        msgspec.json.encode(scenarios.schema())
    )
