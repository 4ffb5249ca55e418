"""What is said, against what was published: refusals, answers and the documentation's own examples."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from mockex.core.gateway import Barred, Charge, Check
from mockex.core.refusals import Facts, Says
from mockex.endpoints import CATALOGUE
from mockex.gateways import GATEWAYS

FIXTURES = Path(__file__).parents[2] / "fixtures"
PUBLISHED = tomllib.loads((FIXTURES / "refusals.toml").read_text())["refusal"]


def said(gateway: str, check: str) -> list[Says]:
    """List what a gateway says at a check."""
    routes = [route for methods in CATALOGUE.routes.values() for route in methods.values()]
    steps = [step for route in routes if route.endpoint.gateway.name == gateway for step in route.steps]
    found: list[Says] = []
    for step in steps:
        if step.name == check and isinstance(step, Check | Barred | Charge):
            found += [step.says, *([step.bans] if isinstance(step, Charge) else [])]
    return found


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda one: f"{one['gateway']} {one['check']}")
def test_a_refusal_is_rendered_as_it_was_published(published: dict[str, Any]) -> None:
    """Status and body are those of the published answer, byte for byte, once what it quotes is filled in."""
    nothing = {"ip": "", "path": "", "now_ms": 0, "accepts_html": False, "parameter": "", "limit": 0}
    facts = Facts(**{**nothing, "banned_until_ms": 0, **published.get("quotes", {})})
    says = [one for one in said(published["gateway"], published["check"]) if one.status == published["status"]]
    assert {one.body(facts) for one in says} == {published["body"].encode()}


@pytest.mark.parametrize("endpoint", CATALOGUE.endpoints, ids=lambda endpoint: endpoint.name)
def test_the_example_of_an_endpoint_is_the_documentation_s(endpoint: Any) -> None:
    """The example in the code is the one in the fixtures, where the documentation has one."""
    file = FIXTURES / "responses" / f"{endpoint.name.replace('_', '-')}.json"
    assert file.exists() == bool(endpoint.page)
    if endpoint.page:
        assert endpoint.example == file.read_text()


def test_every_rule_has_its_source() -> None:
    """No check, charge, ban or budget stands in a gateway without a mark and a source."""
    rules = [step for gateway in GATEWAYS for step in gateway.steps if isinstance(step, Check | Barred | Charge)]
    budgets = [budget for gateway in GATEWAYS for budget in gateway.budgets.values()]
    checks = [check for endpoint in CATALOGUE.endpoints for check in endpoint.checks]
    assert [rule for rule in (*rules, *budgets, *checks) if not rule.source or not rule.mark] == []
