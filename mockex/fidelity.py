"""The page docs/fidelity.md, made from the rules themselves: `python -m mockex.fidelity` prints it."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from mockex.core.endpoint import Endpoint
from mockex.core.gateway import Barred, Charge, Check, EndpointChecks, Gateway, Step
from mockex.core.refusals import Refusal, Says
from mockex.core.weight import Limits
from mockex.endpoints import CATALOGUE

HEAD = """# Fidelity

What mockex answers, in each gateway's own order of questions, with how much is known of it. This page is made from the
code (`make docs`); a test keeps it current.

- **documented**: Binance's own pages say so. **observed**: somebody published what a real host answered.
- **inferred**: it follows from what is documented or observed elsewhere. **decided**: nobody knows; mockex has chosen,
  and [unknowns.md](unknowns.md) says what would change its mind.

The first refusal wins. `{…}` is filled in from the call.
"""


def page() -> str:
    """Write the whole page."""
    facts = tomllib.loads((Path(__file__).parent / "facts.toml").read_text(encoding="utf-8"))
    parts = [HEAD, *(_gateway(gateway) for gateway in CATALOGUE.gateways), _endpoints()]
    parts.append("## Rules that are no single check\n\n" + _table(("rule", "mark", "source"), _rows(facts["rule"])))
    parts.append("## Not modelled\n\n" + "".join(f"- {line}\n" for line in facts["not_modelled"]))
    parts.append("## Sources\n\n" + _table(("name", "what"), ((one["name"], one["what"]) for one in facts["source"])))
    return "\n".join(parts)


def _rows(rules: list[dict[str, str]]) -> Iterator[tuple[str, ...]]:
    return ((rule["says"], rule["mark"], rule["source"]) for rule in rules)


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _gateway(gateway: Gateway) -> str:
    budgets = "".join(
        f"- {getattr(Limits(), budget.limit):,} a minute and {scope}, "
        f"{'each endpoint its own' if budget.per_endpoint else 'one pool for all paths'}; told in "
        f"{', '.join(f'`{name}`' for name in budget.headers)} ({budget.mark}: {budget.source})\n"
        for scope, budget in gateway.budgets.items()
    )
    steps = [row for number, step in enumerate(gateway.steps, 1) for row in _step(str(number), step)]
    head = ("#", "question", "says", "mark", "source")
    return f"## {gateway.name}: `{gateway.prefix}…`\n\n{_table(head, iter(steps))}\nWeight:\n\n{budgets}"


def _step(number: str, step: Step) -> list[tuple[str, ...]]:
    match step:
        case Check():
            question = (step.asks.__doc__ or "").partition("\n")[0]
            return [(number, question, _says(step.says), step.mark, step.source)]
        case Barred():
            return [(number, "Is the IP banned? Asking re-arms the ban.", _says(step.says), step.mark, step.source)]
        case Charge():
            text = f"{_says(step.says)}; to who goes on asking {_says(step.bans)}"
            return [(number, "**Charge the weight.** Is it over the limit?", text, step.mark, step.source)]
        case EndpointChecks():
            return [(number, "The endpoint's own questions.", "see below", "", "")]


def _says(says: Says) -> str:
    if isinstance(says, Refusal):
        return f"{says.status} `{says.code}` {says.msg}"
    return f"{says.status}, {'a page' if says.content_type else 'JSON of Spring, without a code'}"


def _endpoints() -> str:
    return "## Endpoints\n\n" + "\n".join(_endpoint(endpoint) for endpoint in CATALOGUE.endpoints)


def _endpoint(endpoint: Endpoint) -> str:
    weight = f"weight {endpoint.weight.units} per {endpoint.weight.per}"
    title = f"### `{endpoint.method} {endpoint.path}`\n\n{endpoint.security}, {weight}, on {endpoint.gateway.name}.\n"
    if endpoint.page:
        title += f"\n[Its page]({endpoint.page}). Its example, which the scenario `documented` answers:\n\n"
        title += f"```json\n{endpoint.example}\n```\n"
    if endpoint.checks:
        rows = [row for check in endpoint.checks for row in _step("", check)]
        title += "\n" + _table(("", "question", "says", "mark", "source"), iter(rows))
    return title


if __name__ == "__main__":
    print(page(), end="")
