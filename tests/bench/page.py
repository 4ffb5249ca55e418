"""The page docs/performance.md, made of what the last full run has measured: `make bench ARGS=--render`."""

from pathlib import Path

from tests.bench import tables
from tests.bench.figures import Measured
from tests.bench.processes import ROOT
from tests.bench.targets import TARGETS

PAGE = ROOT / "docs" / "performance.md"
HERE = Path(__file__).parent
BY_CPU = (
    "The last column says what the throughput would be if both servers had the same CPU: a peer with threads, as "
    "WireMock, takes the second core too."
)


def text(name: str) -> str:
    """Read a part that is written by hand."""
    return (HERE / name).read_text(encoding="utf-8").rstrip()


def markdown(measured: Measured) -> str:
    """Write the whole page."""
    parts = [text("page_head.md"), "## What was to be reached", verdict(measured)]
    parts += [tables.in_markdown(tables.targets(measured)), "## Servers", servers(measured)]
    parts += [tables.in_markdown(tables.throughput(measured)), not_there(measured)]
    parts += ["## Start and memory", text("page_starts.md"), tables.in_markdown(tables.starts(measured))]
    parts += ["## Inside", text("page_inside.md"), tables.in_markdown(tables.costs(measured))]
    parts += [machine(measured), text("page_method.md"), text("deployment.md")]
    return "\n\n".join(part for part in parts if part) + "\n"


def verdict(measured: Measured) -> str:
    """Count what was reached."""
    judgements = [target.judged(measured)[1] for target in TARGETS]
    counts = {word: judgements.count(word) for word in ("reached", "missed", "not measured")}
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    judged = f"Judged from the figures of this run, by [targets.py](../tests/bench/targets.py): {told}."
    return f"{judged} {BY_CPU}"


def servers(measured: Measured) -> str:
    """Introduce the table of servers."""
    return text("page_servers.md").replace("{floor}", tables.floor_told(measured))


def not_there(measured: Measured) -> str:
    """Say who was not measured, and why."""
    told = [f"- {title}: {why}" for title, why in tables.missing(measured)]
    return "\n".join(["Not measured:", "", *told]) if told else ""


def machine(measured: Measured) -> str:
    """Say what the run was made on."""
    it = measured.machine
    packages = ", ".join(f"{name} {version}" for name, version in it.packages.items())
    what = f"{it.cores} cores of {it.cpu}, {it.memory_gib:.0f} GiB, {it.system}, {it.python}; {packages}"
    how = f"{measured.rounds} rounds of {measured.seconds:g} s, {measured.took_s / 60:.0f} minutes in all"
    return f"## The machine\n\n{measured.day}: {what}; load by {it.loader}; {how}; {tables.others_told(measured)}."


def write(measured: Measured) -> None:
    """Write the page."""
    PAGE.write_text(markdown(measured), encoding="utf-8")
