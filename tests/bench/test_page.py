"""docs/performance.md is what a run has measured, whole, and names no machine."""

import re

import pytest
from msgspec import structs

from tests.bench import page
from tests.bench.figures import MEASURED, stored
from tests.bench.homes import NPM_PINS, PYTHON_PINS, versions
from tests.bench.runs import run_of
from tests.bench.servers import SERVERS
from tests.bench.targets import TARGETS


def test_the_page_is_what_was_measured() -> None:
    """Who changes a title or the prose runs `make bench ARGS=--render`; who changes a server, `make bench`."""
    measured = stored()
    assert page.PAGE.read_text(encoding="utf-8") == page.markdown(measured)
    assert [row.name for row in measured.rows] == [server.name for server in SERVERS]


def test_servers_were_measured_in_the_versions_that_are_pinned() -> None:
    """A new pin wants a new run."""
    pins = PYTHON_PINS | NPM_PINS
    told = {row.name: row.version for row in stored().rows if not row.wrong}
    wanted = {server.name: versions(pins[server.home]) for server in SERVERS if server.home in pins}
    assert {name: told[name] for name in wanted.keys() & told.keys()} == {
        name: version for name, version in wanted.items() if name in told
    }


def test_the_page_names_every_server_and_every_target() -> None:
    """Those that were not measured too, with the reason."""
    run = run_of({"mockex": 500})
    run.rows[-1].wrong = "java is not installed on this machine"
    text = page.markdown(run)
    assert all(text.count(f"| {target.says} |") == 1 for target in TARGETS)
    assert all(server.title in text for server in SERVERS)
    assert f"- {SERVERS[-1].title}: java is not installed on this machine\n" in text
    assert "| throughput against the bare aiohttp handler, default event loop | ≥ 0.8 | 0.50 | missed | 1.00 |" in text
    assert "1,000 calls/s, 10.0 µs of CPU each, p50 1.00 ms, p99 2.00 ms" in text


def test_what_is_reached_is_counted_from_the_run() -> None:
    """Another run makes another sentence."""
    assert page.verdict(run_of({})) != page.verdict(run_of({"mockex": 1}))
    nothing = page.verdict(structs.replace(run_of({}), rows=[], costs=[]))
    assert f": {len(TARGETS)} not measured. " in nothing


@pytest.mark.parametrize("text", [page.PAGE.read_text(encoding="utf-8"), MEASURED.read_text(encoding="utf-8")])
def test_nothing_names_the_machine(text: str) -> None:
    """No folder, no port, no host."""
    assert not re.search(r"(?<![\w.])/(tmp|home|root|work|usr|opt|var)/|127\.0\.0\.1:\d|https?://(?!github\.com)", text)
