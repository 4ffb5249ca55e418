"""What a run has measured, as data: it is kept in measured.json, and the page is made of it."""

from collections.abc import Callable
from pathlib import Path
from statistics import median

from msgspec import Struct, field, json, structs

MEASURED = Path(__file__).with_name("measured.json")
FLOOR = "aiohttp"
"""The server that ratios are to."""


class Load(Struct, frozen=True):
    """One round: what the load generator counted, and the CPU that the server's processes took meanwhile.

    `others_s` is the CPU that all else on the machine took, beside the server and the load generator.
    """

    calls: int
    took_s: float
    p50_us: float
    p99_us: float
    cpu_s: float
    others_s: float = 0.0

    @property
    def per_s(self) -> float:
        """Calls answered in a second."""
        return self.calls / self.took_s

    @property
    def cpu_us(self) -> float:
        """CPU of one call, in microseconds."""
        return self.cpu_s / self.calls * 1e6


class Million(Struct, frozen=True):
    """What many calls did to the memory of a server."""

    calls: int
    before_mib: float
    after_mib: float


class Row(Struct):
    """All about one server; `wrong` says why it is not there, or why its figures cannot be trusted."""

    name: str
    version: str = ""
    wrong: str = ""
    loads: dict[str, list[Load]] = field(default_factory=dict)
    connectable_ms: list[float] = field(default_factory=list)
    answered_ms: list[float] = field(default_factory=list)
    idle_mib: float | None = None
    loaded_mib: float | None = None
    million: Million | None = None


class Cost(Struct, frozen=True):
    """One cost inside of mockex, by a name that targets know it by."""

    name: str
    title: str
    value: float
    unit: str = "µs"


class Machine(Struct, frozen=True):
    """On what kind of machine a run was made."""

    cpu: str
    cores: int
    memory_gib: float
    system: str
    python: str
    packages: dict[str, str]
    loader: str


class Measured(Struct):
    """A whole run."""

    day: str
    machine: Machine
    rounds: int
    seconds: float
    took_s: float = 0
    rows: list[Row] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)

    def row(self, name: str) -> Row | None:
        """Find a server's row, if it was measured and can be trusted."""
        return next((row for row in self.rows if row.name == name and not row.wrong), None)

    def cost(self, name: str) -> float | None:
        """Find a cost."""
        return next((cost.value for cost in self.costs if cost.name == name), None)


def ratio(measured: Measured, name: str, level: str, of: Callable[[Load], float], floor: str = FLOOR) -> float | None:
    """Compare two servers: the median over rounds of the ratio within a round; None where one of them is not there."""
    one, other = measured.row(name), measured.row(floor)
    if one is None or other is None:
        return None
    pairs = zip(one.loads.get(level, []), other.loads.get(level, []), strict=False)
    ratios = [of(mine) / of(its) for mine, its in pairs if of(its)]
    return median(ratios) if ratios else None


def typical(values: list[float]) -> float | None:
    """Give the median, if there is any value."""
    return median(values) if values else None


def paired(ones: list[float], others: list[float]) -> float | None:
    """Give the median of the ratios of what was measured turn and turn about."""
    return typical([one / other for one, other in zip(ones, others, strict=False)])


def stored(path: Path = MEASURED) -> Measured:
    """Read a run."""
    return json.decode(path.read_bytes(), type=Measured)


def as_json(measured: Measured) -> bytes:
    """Write a run down, each server and each cost in a line of its own, which a diff can show."""
    parts = [
        b'"%b":%b' % (name.encode(), _in_lines(rounded(value))) for name, value in structs.asdict(measured).items()
    ]
    return b"{\n%b\n}\n" % b",\n".join(parts)


def _in_lines(value: object) -> bytes:
    if not isinstance(value, list):
        return json.encode(value)
    return b"[\n%b\n]" % b",\n".join(json.encode(one) for one in value)


def rounded(value: object) -> object:
    """Leave of each figure as many digits as mean something."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, Struct):
        return {name: rounded(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, list) else value
