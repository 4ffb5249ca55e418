"""Load on a server: by wrk where it is installed, else by the loader in Python; a sample of answers is read first."""

import http.client
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct, json

from tests.bench.figures import Load
from tests.bench.processes import cpu_s, environment, machine_cpu_s
from tests.bench.workload import Question, is_right

LOADER = Path(__file__).with_name("loader.py")
SAMPLE = 5
GRACE_S = 20.0

LUA = """
local calls, turn = {%s}, 0

function request()
  turn = turn %% #calls + 1
  return calls[turn]
end

function done(summary, latency)
  local e = summary.errors
  local line = '{"calls":%%d,"took_us":%%d,"p50_us":%%d,"p99_us":%%d,"errors":%%d,"broken":%%d}\\n'
  io.write(string.format(line, summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.write + e.status + e.timeout, e.read))
end
"""


class Level(Struct, frozen=True):
    """How a server is loaded: by how many connections, and whether each makes more than one call."""

    name: str
    title: str
    connections: int
    keep_alive: bool = True
    share: float = 1.0


LEVELS = (
    Level("64", "64 connections", 64),
    Level("16", "16 connections", 16),
    Level("1", "1 connection", 1, share=0.5),
    Level("close", "a connection per call", 16, keep_alive=False, share=0.5),
)


class Counted(Struct, frozen=True):
    """What a load generator prints; `broken` are lines that ended before an answer to the call on them."""

    calls: int
    took_us: float
    p50_us: float
    p99_us: float
    errors: int
    broken: int


class WrongError(Exception):
    """A server does not answer what it should; it says what."""


Loader = Callable[[int, Level, float, list[bytes]], Counted]


def by_wrk(port: int, level: Level, seconds: float, calls: list[bytes]) -> Counted:
    """Let wrk ask, with a script that has the calls ready. It counts whole seconds."""
    with TemporaryDirectory(prefix="mockex-bench-") as folder:
        script = Path(folder) / "calls.lua"
        script.write_text(LUA % ",\n".join(_in_lua(call) for call in calls), encoding="ascii")
        whole_s = max(1, round(seconds))
        wrk = ["wrk", "-t1", f"-c{level.connections}", f"-d{whole_s}s", "--timeout", "10s", "-s", str(script)]
        return _counted([*wrk, f"http://127.0.0.1:{port}"], whole_s)


def _in_lua(call: bytes) -> str:
    return '"' + call.decode("ascii").replace("\\", "\\\\").replace('"', '\\"').replace("\r\n", "\\r\\n") + '"'


def by_python(port: int, level: Level, seconds: float, calls: list[bytes]) -> Counted:
    """Let a process of our own ask; it is slower than wrk, so that ratios to fast servers come out smaller."""
    with TemporaryDirectory(prefix="mockex-bench-") as folder:
        file = Path(folder) / "calls.json"
        file.write_bytes(json.encode([call.decode("ascii") for call in calls]))
        command = [sys.executable, str(LOADER), str(port), str(level.connections), str(seconds), str(file)]
        return _counted(command, seconds)


def _counted(command: list[str], seconds: float) -> Counted:
    done = subprocess.run(
        command,
        capture_output=True,
        timeout=seconds + GRACE_S,
        env=environment(),
        stdin=subprocess.DEVNULL,
        check=False,
    )
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        raise WrongError(f"the load generator failed: {done.stderr.decode(errors='replace').strip()[-100:]}")
    return json.decode(lines[-1], type=Counted)


LOADERS: dict[str, Loader] = {"wrk": by_wrk, "python": by_python}


def installed() -> str:
    """Choose the load generator."""
    return "wrk" if shutil.which("wrk") else "python"


def loaded(loader: Loader, session: int, port: int, level: Level, seconds: float, question: Question) -> Load:
    """Load a server, whose processes are of a session, and say what came of it. Raises WrongError."""
    calls = question.requests(keep_alive=level.keep_alive)
    before_s, all_before_s, load_before_s = cpu_s(session), machine_cpu_s(), children_cpu_s()
    counted = loader(port, level, seconds, calls)
    used_s, all_s = cpu_s(session) - before_s, machine_cpu_s() - all_before_s
    others_s = max(0.0, all_s - used_s - (children_cpu_s() - load_before_s))
    if not counted.calls:
        raise WrongError(f"at {level.title}: it answers nothing")
    # Who is asked to close a line may do so without a word, and wrk takes that for a line that broke.
    errors = counted.errors + (counted.broken if level.keep_alive else 0)
    if errors:
        raise WrongError(f"at {level.title}: {errors} calls failed, {counted.calls} did not")
    return Load(counted.calls, counted.took_us / 1e6, counted.p50_us, counted.p99_us, used_s, others_s)


def children_cpu_s() -> float:
    """Add up the CPU of our children that have ended, which is the load generator's."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def sampled(port: int, question: Question, kind: str, count: int = SAMPLE) -> None:
    """Ask some of the calls, spread over all, and read the answers. Raises WrongError unless each is right."""
    step = max(1, len(question.targets) // count)
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=GRACE_S)
    try:
        for target in question.targets[::step][:count]:
            line.request("GET", target, headers=question.headers)
            answer = line.getresponse()
            body = answer.read()
            if answer.status != http.HTTPStatus.OK:
                raise WrongError(f"answers {answer.status}: {body[:60].decode(errors='replace')}")
            if not is_right(body, kind):
                raise WrongError(f"answers something else: {body[:60].decode(errors='replace')}")
    except (OSError, http.client.HTTPException) as error:
        raise WrongError(f"does not answer: {error!r}") from None
    finally:
        line.close()
