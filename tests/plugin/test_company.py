"""The plugin beside others: xdist, running servers, asyncio's plugins or none, and runs without a use for it."""

import subprocess
import sys

from mockex.server.control import Control
from mockex.testing import LiveExchange
from tests.plugin.conftest import Project

MANY = """
@pytest.mark.parametrize("n", range(40))
def test_world(mockex_world, mockex_server, n, worker_id):
    mockex_world.loan = {"asset": "USDT", "amount": str(n)}
    mockex_world.clock.freeze(at=1767225600000 + n)
    assert ask(mockex_world) == 200
    assert mockex_world.journal[-1].json == {"asset": "USDT", "amount": str(n)}
    assert mockex_world.journal[-1].at_ms == 1767225600000 + n
    assert len(mockex_world.journal) == 1
"""


def test_four_workers_with_exchanges_of_their_own(project: Project) -> None:
    """Each worker of xdist embeds its own."""
    project.tests(MANY)
    project.run("-n", "4").assert_outcomes(passed=40)


def test_four_workers_on_one_server(project: Project) -> None:
    """All workers share the one at `--mockex-url`; afterwards it has no world that it did not have before."""
    project.tests(MANY)
    with LiveExchange("quiet") as exchange:
        project.run("-n", "4", "--mockex-url", exchange.url).assert_outcomes(passed=40)
        assert list(exchange.exchange.worlds.by_name) == ["default"]
        assert exchange.exchange.worlds.taken == 0


def test_namesakes_share_a_server(project: Project) -> None:
    """Tests of one name, as in two runs at once, have worlds of different names."""
    project.tests("def test_one(mockex_world):\n    print(mockex_world)\n    assert ask(mockex_world) == 200\n")
    with LiveExchange("quiet") as exchange, exchange.world(name="test_loan.test_one"):
        result = project.run("-s", "--mockex-url", exchange.url)
        result.assert_outcomes(passed=1)
        assert f"LiveWorld('test_loan.test_one-2' at {exchange.url})" in result.stdout.str()


def test_server_that_is_none_is_told_in_a_sentence(project: Project) -> None:
    """Where nobody listens, or another server does, or the token is wrong, each test says so, and nothing hangs."""
    project.tests("def test_one(mockex_world): pass\n")
    with LiveExchange("quiet") as exchange:
        gone = exchange.url
        result = project.run("--mockex-url", f"{exchange.url}/sapi")
        result.assert_outcomes(errors=1)
        assert "is it another server, or one with --no-control or --workers?" in result.stdout.str()
    result = project.run("--mockex-url", gone)
    result.assert_outcomes(errors=1)
    told = result.stdout.str()
    assert f"mockex: no answer from {gone}" in told
    assert "(see --mockex-url and --mockex-token)" in told
    shown, _, _ = told.partition("short test summary info")  # which says it once more where CI is set
    assert shown.count("Connection refused") == 1
    assert "Traceback" not in told


def test_no_token_stands_in_a_report(project: Project) -> None:
    """Pytest shows what the functions of a traceback were called with, and with `-l` all that they know."""
    project.tests(
        """
        from msgspec import structs

        def test_gone(mockex_server):
            reach = mockex_server.reach
            reach.server = structs.replace(reach.server, url="http://127.0.0.1:1")
            mockex_server.loan
        """
    )
    project.tests("def test_two(mockex_server):\n    mockex_server.open('quite')\n", "test_before")
    with LiveExchange("quiet") as exchange:
        result = project.run("-l", "--mockex-url", exchange.url, "--mockex-token", "opensesame")
    result.assert_outcomes(failed=2)
    told = result.stdout.str()
    assert "no answer from http://127.0.0.1:1/" in told
    assert "did you mean 'quiet'?" in told
    assert "opensesame" not in told


ASYNC = """
import asyncio

{mark}
async def test_client(mockex_world):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(mockex_world.reach.url.rpartition(":")[2]))
    head = f"GET /w/{{mockex_world.name}}/api/v3/ping HTTP/1.1\\r\\nHost: x\\r\\nConnection: close"
    writer.write(f"{{head}}\\r\\n\\r\\n".encode())
    assert (await reader.read()).endswith(b"{{}}")
    writer.close()
    await mockex_world.journal.waited(1, endpoint="spot_ping")
    assert len(mockex_world.journal) == 1

def test_sync(mockex_world):
    assert ask(mockex_world) == 200
"""


def test_asynchronous_tests_have_worlds(project: Project) -> None:
    """With pytest-asyncio and pytest-aiohttp, in both modes, an asynchronous client finds its world."""
    project.tests(ASYNC.format(mark="@pytest.mark.asyncio"))
    project.run("-p", "no:aiohttp").assert_outcomes(passed=2)
    project.tests(ASYNC.format(mark=""))
    project.run("-o", "asyncio_mode=auto").assert_outcomes(passed=2)


def test_no_other_plugin_is_needed(project: Project) -> None:
    """Without any of the others the synchronous tests run all the same."""
    project.pytester.makeini("[pytest]\npythonpath = .\n")
    project.tests("def test_one(mockex_world):\n    assert ask(mockex_world) == 200\n")
    without = ("asyncio", "aiohttp", "xdist", "hypothesispytest", "schemathesis")
    project.run(*(word for name in without for word in ("-p", f"no:{name}"))).assert_outcomes(passed=1)


def test_run_without_use_for_it_imports_nothing(project: Project) -> None:
    """A test that asks for no fixture of mockex runs in a process that has imported the plugin, and no more of it."""
    project.tests(
        """
        import sys

        def test_modules():
            assert {name for name in sys.modules if name.startswith("mockex")} == {"mockex", "mockex.pytest_plugin"}
        """
    )
    project.pytester.makepyfile(client="ask = None")
    project.run().assert_outcomes(passed=1)


def test_plugin_imports_pytest_alone() -> None:
    """Its own import brings in nothing that pytest has not brought already."""
    code = (
        "import sys, pytest; before = set(sys.modules); import mockex.pytest_plugin;"
        "print(sorted(name for name in set(sys.modules) - before if not name.startswith('mockex')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "[]\n"


def test_options_and_marker_are_described(project: Project) -> None:
    """`pytest --help` and `--markers` name what there is."""
    told = project.run("--help").stdout.str()
    assert all(word in told for word in ("--mockex-url", "--mockex-token", "--mockex-seed", "--mockex-strict"))
    assert "@pytest.mark.mockex(scenario=None, *, seed, frozen_at, faults" in project.run("--markers").stdout.str()


def test_url_and_token_lead_to_a_server(project: Project) -> None:
    """A server that wants a token is used with it and not without; the command that repeats a test names the server."""
    project.tests("def test_one(mockex_world):\n    assert ask(mockex_world) == 0\n")
    exchange = LiveExchange("quiet")
    exchange._control = Control(exchange.exchange, "open sesame")
    with exchange:
        told = project.run("--mockex-url", exchange.url, "--mockex-token", "open sesame").stdout.str()
        assert f"--mockex-seed 0 --mockex-url {exchange.url}\n" in told
        project.run("--mockex-url", exchange.url).assert_outcomes(errors=1)


def test_long_names_are_cut(project: Project) -> None:
    """A test whose name is longer than a world's may be has a world all the same."""
    project.tests(
        "".join(f"def test_{'x' * 300}{n}(mockex_world):\n    assert ask(mockex_world) == 200\n\n" for n in range(2))
    )
    project.run().assert_outcomes(passed=2)
