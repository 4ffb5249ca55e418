"""The tables of a run, as cells: the terminal and the page show the same."""

from collections.abc import Callable

from tests.bench.figures import FLOOR, Cost, Load, Measured, Row, ratio, typical
from tests.bench.loading import LEVELS
from tests.bench.servers import SERVERS, Server, named
from tests.bench.targets import TARGETS, cpu_us, p99_us, per_s

Table = list[tuple[str, ...]]
NONE = "–"
NOTE = "note"


def short(value: float | None, unit: str = "") -> str:
    """Write a figure with as many digits as mean something."""
    if value is None:
        return NONE
    digits = 3 if abs(value) < 0.1 else 2 if abs(value) < 10 else 1 if abs(value) < 1_000 else 0
    return f"{value:,.{digits}f}{' ' if unit and unit != '×' else ''}{unit if unit != '×' else ''}"


def p50_us(load: Load) -> float:
    """The latency of a call in the middle."""
    return load.p50_us


def targets(measured: Measured) -> Table:
    """Each target, its bound, what was reached, whether that is enough, and what throughput would be by CPU alone."""
    rows: Table = [("target", "to reach", "reached in this run", "", "by CPU per call")]
    for target in TARGETS:
        figure, judgement = target.judged(measured)
        bound = f"{'≥' if target.is_floor else '≤'} {target.bound:g}{'' if target.unit == '×' else f' {target.unit}'}"
        by_cpu = short(target.by_cpu(measured)) if target.by_cpu else ""
        rows.append((target.says, bound, short(figure, target.unit), judgement, by_cpu))
    return rows


def throughput(measured: Measured) -> Table:
    """Each server against the bare handler, the quickest first; who is not there says why."""
    head = ("server", "verifies a signature?", *(f"calls/s, {level.title}" for level in LEVELS))
    rows: Table = [(*head, "CPU per call", "p50", "p99", NOTE)]
    there = [row for row in measured.rows if not row.wrong and row.loads]
    for row in sorted(there, key=lambda row: -(ratio(measured, row.name, "64", per_s) or 0)):
        server = named(row.name)
        levels = (short(ratio(measured, row.name, level.name, per_s)) for level in LEVELS)
        at_64 = (short(ratio(measured, row.name, "64", of)) for of in (cpu_us, p50_us, p99_us))
        rows.append((titled(server, row), "yes" if server.verifies else "no", *levels, *at_64, server.note))
    return rows


def titled(server: Server, row: Row) -> str:
    """Name a server with its version; the one that ratios are to, and mockex itself, are set off."""
    title = f"{server.title} ({row.version})" if row.version and server.family == "peer" else server.title
    return f"**{title}**" if server.name in ("mockex", FLOOR) else title


def missing(measured: Measured) -> list[tuple[str, str]]:
    """Name the servers that were not measured, each with the reason."""
    told = {row.name: row.wrong for row in measured.rows if row.wrong}
    return [(server.title, told[server.name]) for server in SERVERS if server.name in told]


def floor_told(measured: Measured) -> str:
    """Say what the bare handler did in absolute figures."""
    row = measured.row(FLOOR)
    loads = row.loads.get("64", []) if row else []

    def middle(of: Callable[[Load], float]) -> float:
        return typical([of(load) for load in loads]) or 0.0

    return (
        f"{middle(per_s):,.0f} calls/s, {middle(cpu_us):.1f} µs of CPU each, p50 {middle(p50_us) / 1_000:.2f} ms, "
        f"p99 {middle(p99_us) / 1_000:.2f} ms"
    )


def others_told(measured: Measured) -> str:
    """Say how much of the machine went elsewhere during the rounds."""
    loads = [load for row in measured.rows for level in row.loads.values() for load in level]
    share = typical([load.others_s / load.took_s / measured.machine.cores for load in loads]) or 0.0
    return f"other programs took {share:.0%} of the machine during a round (median)"


def starts(measured: Measured) -> Table:
    """From process start to the first connection and answer, and the memory of all its processes."""
    rows: Table = [
        ("server", "connectable, ms", "first answer, ms", "against bare aiohttp", "memory idle, MiB", "after load, MiB")
    ]
    floor = measured.row(FLOOR)
    for row in measured.rows:
        if row.wrong or not row.answered_ms:
            continue
        pairs = zip(row.answered_ms, floor.answered_ms if floor else [], strict=False)
        rows.append((
            titled(named(row.name), row),
            short(typical(row.connectable_ms)),
            short(typical(row.answered_ms)),
            short(typical([mine / its for mine, its in pairs])),
            short(row.idle_mib),
            short(row.loaded_mib),
        ))  # fmt: skip
    return rows


def costs(measured: Measured) -> Table:
    """What was measured inside of mockex."""
    return [("cost", "figure"), *((cost.title, as_text(cost)) for cost in measured.costs)]


def as_text(cost: Cost) -> str:
    """Write a cost with its unit."""
    return f"{short(cost.value)} ×" if cost.unit == "×" else short(cost.value, cost.unit)


def in_terminal(table: Table) -> str:
    """Align a table for a terminal, without notes and columns that are empty; nothing where it has no row."""
    if len(table) < 2:
        return ""
    kept = [
        column for column, head in enumerate(table[0]) if head != NOTE and any(row[column] != NONE for row in table[1:])
    ]
    plain = [tuple(row[column].replace("*", "").replace("`", "") for column in kept) for row in table]
    widths = [max(len(row[column]) for row in plain) for column in range(len(plain[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in plain
    ]
    return "\n".join(lines)


def in_markdown(table: Table) -> str:
    """Write a table for the page."""
    ruled = [table[0], ("---",) * len(table[0]), *table[1:]]
    return "\n".join(f"| {' | '.join(row)} |" for row in ruled)
