"""What mockex is to reach: each target with the figure that a run reached, judged when it is read."""

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from tests.bench.figures import Load, Measured, paired, ratio, typical

Judgement = Literal["reached", "missed", "not measured"]
Figure = Callable[[Measured], float | None]


class Target(Struct, frozen=True, kw_only=True):
    """One sentence, the figure that belongs to it, and the bound that the figure must keep.

    Throughput is told `by_cpu` as well: what it would be if both servers had just the CPU that they took for a call.
    """

    says: str
    figure: Figure
    bound: float
    unit: str = "×"
    is_floor: bool = False
    by_cpu: Figure | None = None

    def judged(self, measured: Measured) -> tuple[float | None, Judgement]:
        """Look the figure up, and say what came of it."""
        figure = self.figure(measured)
        if figure is None:
            return None, "not measured"
        is_kept = figure >= self.bound if self.is_floor else figure <= self.bound
        return figure, "reached" if is_kept else "missed"


def per_s(load: Load) -> float:
    """Throughput."""
    return load.per_s


def cpu_us(load: Load) -> float:
    """CPU of a call."""
    return load.cpu_us


def p99_us(load: Load) -> float:
    """The latency that one call in a hundred exceeds."""
    return load.p99_us


def against(name: str, of: Callable[[Load], float], floor: str = "aiohttp") -> Figure:
    """Compare at 64 connections."""
    return lambda measured: ratio(measured, name, "64", of, floor)


def cost(name: str, divisor: float = 1.0) -> Figure:
    """Look up a cost, in a larger unit."""

    def figure(measured: Measured) -> float | None:
        value = measured.cost(name)
        return None if value is None else value / divisor

    return figure


def connectable_ms(measured: Measured) -> float | None:
    """From process start to the first connection."""
    row = measured.row("mockex")
    return typical(row.connectable_ms) if row else None


def first_answer(measured: Measured) -> float | None:
    """From process start to the first answer, against the bare handler's."""
    mine, its = measured.row("mockex"), measured.row("aiohttp")
    return paired(mine.answered_ms, its.answered_ms) if mine and its else None


def resident(measured: Measured) -> float | None:
    """Memory after very many calls."""
    row = measured.row("mockex")
    return row.million.after_mib if row and row.million else None


def moved_by(measured: Measured) -> float | None:
    """What very many calls moved the memory by."""
    row = measured.row("mockex")
    return row.million.after_mib - row.million.before_mib if row and row.million else None


def calls_per_cpu(load: Load) -> float:
    """What a second of CPU answers."""
    return 1 / load.cpu_us if load.cpu_us else 0.0


def throughput(says: str, bound: float, peer: str = "aiohttp", name: str = "mockex") -> Target:
    """Make a target of calls per second, against a peer."""
    figure, by_cpu = against(name, per_s, peer), against(name, calls_per_cpu, peer)
    return Target(says=says, figure=figure, bound=bound, is_floor=True, by_cpu=by_cpu)


TARGETS = (
    throughput("throughput against the bare aiohttp handler, default event loop", 0.80),
    throughput(
        "the same with the `fast` extra, against the bare handler on the default loop", 0.95, name="mockex-fast"
    ),
    Target(says="CPU per call against the bare handler's", figure=against("mockex", cpu_us), bound=1.25),
    Target(says="p99 at 64 connections against the bare handler's", figure=against("mockex", p99_us), bound=1.5),
    throughput("throughput against WireMock as it comes", 4, "wiremock"),
    throughput("throughput against WireMock, tuned", 1.8, "wiremock-tuned"),
    throughput("throughput against Prism as it comes", 8, "prism"),
    throughput("throughput against mountebank", 1.7, "mountebank"),
    throughput("throughput against Mockoon CLI", 10, "mockoon"),
    throughput("throughput against pytest-httpserver", 10, "pytest-httpserver"),
    Target(says="connectable after process start", figure=connectable_ms, bound=30, unit="ms"),
    Target(says="first answer after process start, against the bare server's", figure=first_answer, bound=1.10),
    Target(says="`import mockex`", figure=cost("import.mockex"), bound=30, unit="ms"),
    Target(says="the pytest plugin's import", figure=cost("import.plugin"), bound=5, unit="ms"),
    Target(
        says="a fresh embedded server with one signed call, in a loop",
        figure=cost("loop.call", 1_000),
        bound=0.8,
        unit="ms",
    ),
    Target(says="start and stop in a thread", figure=cost("thread.start", 1_000), bound=5, unit="ms"),
    Target(
        says="a fresh world, opened and closed in the server's loop", figure=cost("loop.world"), bound=100, unit="µs"
    ),
    Target(
        says="a fresh world, opened and closed from another thread", figure=cost("thread.world"), bound=100, unit="µs"
    ),
    Target(says="resident memory, after 10⁶ calls", figure=resident, bound=45, unit="MiB"),
    Target(says="what 10⁶ calls move it by", figure=moved_by, bound=3, unit="MiB"),
    Target(says="a query of 20 rows, 10⁶ records held against 10⁴", figure=cost("call.many/few"), bound=1.2),
    Target(says="other clients' wait during an answer of 50,000 rows", figure=cost("stall"), bound=10, unit="ms"),
)
