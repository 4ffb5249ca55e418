"""Runs that were never made, for tests of what is made of a run."""

from collections.abc import Mapping

from tests.bench.figures import Cost, Load, Machine, Measured, Million, Row
from tests.bench.loading import LEVELS
from tests.bench.servers import SERVERS

MACHINE = Machine("A CPU", 2, 8.0, "Linux 6", "CPython 3.11.7", {"aiohttp": "3.14.5"}, "wrk")
COSTS = ("import.mockex", "import.plugin", "loop.call", "thread.start", "loop.world", "thread.world", "stall")


def load(per_s: float, cpu_us: float = 10.0, p99_us: float = 2_000.0) -> Load:
    """Make a round of a second."""
    return Load(int(per_s), 1.0, p99_us / 2, p99_us, int(per_s) * cpu_us / 1e6)


def run_of(per_s: Mapping[str, float], *, cost: float = 1.0, mockex: Load | None = None) -> Measured:
    """Make a run in which these servers did so many calls, all others 1,000, and each cost was the same."""
    rows = [
        Row(
            server.name,
            loads={level.name: [load(per_s.get(server.name, 1_000))] * 3 for level in LEVELS},
            connectable_ms=[cost] * 3,
            answered_ms=[cost if server.name == "mockex" else 1.0] * 3,
            idle_mib=10.0,
            loaded_mib=20.0,
        )
        for server in SERVERS
    ]
    rows[0].million = Million(1_000_000, 10.0, 10.0 + cost)
    if mockex is not None:
        rows[0].loads["64"] = [mockex] * 3
    costs = [Cost(name, name, cost * 1_000) for name in COSTS] + [Cost("call.many/few", "many", cost, "×")]
    return Measured("2026-01-01", MACHINE, 3, 1.0, rows=rows, costs=costs)
