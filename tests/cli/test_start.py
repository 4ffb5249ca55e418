"""How `mockex serve` starts: the port is bound before anything heavy is loaded, and no bundle is read."""

import gc
import os
import socket
import ssl
import sys
from contextlib import suppress

import pytest

from mockex.__main__ import bound_ahead
from mockex.server.loading import BUNDLE, loading_for_a_server
from tests.cli.running import get, refused, serving

WATCHING = """
import atexit, os, runpy, sys

def watch(event, arguments):
    if event == "socket.bind":
        print("bound at", arguments[1][1], "before", *sorted(HEAVY - sys.modules.keys()), file=sys.stderr)
    elif event == "import" and arguments[0] == "aiohttp.connector":
        print("loaded with", os.environ.get("SSL_CERT_FILE"), file=sys.stderr)

HEAVY = {"aiohttp", "asyncio", "click", "inspect", "msgspec", "typing"}
sys.addaudithook(watch)
atexit.register(lambda: print("ended with", os.environ.get("SSL_CERT_FILE"), file=sys.stderr))
sys.argv[0] = "mockex"
runpy.run_module("mockex", run_name="__main__")
"""
"""`mockex`, telling of each port that it binds, and of the variable that names the bundle."""


def free_port() -> int:
    """Give a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@pytest.mark.parametrize("usual", [None, "/nowhere/bundle.pem"])
def test_serve_binds_first_and_loads_then(usual: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """One port is bound, once, before anything heavy; aiohttp finds no bundle, and the variable is then as it was."""
    port = free_port()
    program = (sys.executable, "-c", WATCHING)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    variables = {} if usual is None else {"SSL_CERT_FILE": usual}
    with serving("--port", str(port), "--json", program=program, variables=variables) as server:
        assert get(server.hello()["url"], "/api/v3/ping") == (200, {})
        told = server.end().stderr.splitlines()
    bound = f"bound at {port} before aiohttp asyncio click inspect msgspec typing"
    assert told == [bound, f"loaded with {os.devnull}", f"ended with {usual}"]


ROWS: list[tuple[str, dict[str, str], tuple[str, str] | None]] = [
    # the command line, with P for a free port; variables; and what is bound ahead
    ("serve --port P", {}, ("127.0.0.1", "P")),
    ("serve --port=P --json --host localhost", {}, ("localhost", "P")),
    ("serve --port 1 --port P", {}, ("127.0.0.1", "P")),
    ("serve --seed 3", {"MOCKEX_PORT": "P", "MOCKEX_HOST": "127.0.0.2"}, ("127.0.0.2", "P")),
    ("serve --port P", {"MOCKEX_PORT": "http", "MOCKEX_HOST": ""}, ("127.0.0.1", "P")),
    ("serve --port 0", {}, ("127.0.0.1", "0")),
    ("serve --port P --host 0.0.0.0 --allow-remote", {}, None),
    ("serve --port", {}, None),
    ("serve --port -1", {}, None),
    ("serve --port 65536", {}, None),
    ("serve --port P --help", {}, None),
    ("serve -h", {"MOCKEX_PORT": "P"}, None),
    ("health --port P", {}, None),
    ("", {}, None),
]


@pytest.mark.parametrize(("line", "variables", "expected"), ROWS, ids=[f"{line} {more}" for line, more, _ in ROWS])
def test_what_is_bound_ahead(
    line: str, variables: dict[str, str], expected: tuple[str, str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Host and port are read off options and variables, the last one counts; anything else is left to `serve`."""
    port = str(free_port())
    for name in ("MOCKEX_HOST", "MOCKEX_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value.replace("P", port))
    ahead = bound_ahead([port if word == "P" else word.replace("=P", f"={port}") for word in line.split()])
    wanted = None if expected is None else (expected[0], int(expected[1].replace("P", port)))
    assert list(ahead) == ([] if wanted is None else [wanted])
    for listening in ahead.values():
        with listening, socket.create_connection(listening.getsockname()[:2]):
            assert listening.getsockname()[1] == (wanted or ("", 0))[1] or line == "serve --port 0"


def test_port_that_is_taken_is_left_to_serve() -> None:
    """What cannot be bound ahead is told of by `serve`, in its one sentence."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert bound_ahead(["serve", "--port", str(port)]) == {}
        assert bound_ahead(["serve", "--port", "9" * 5_000]) == {}
        assert (
            refused("serve", "--port", str(port)) == f"cannot listen on 127.0.0.1 port {port}: Address already in use"
        )


def test_port_that_was_not_meant_is_free_again() -> None:
    """An option's value may look like an option: what was bound for it is closed, and what was meant is served."""
    guessed, meant = free_port(), free_port()
    arguments = ("--port", str(meant), "--json", "--control-token", f"--port={guessed}")
    with serving(*arguments) as server:
        assert server.hello()["url"] == f"http://127.0.0.1:{meant}"
        assert get(f"http://127.0.0.1:{meant}", "/api/v3/ping") == (200, {})
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", guessed))


@pytest.mark.parametrize("usual", [None, "/nowhere/bundle.pem"])
def test_loading_leaves_all_as_it_was(usual: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Meanwhile no authority is known, and no garbage is looked for; after it, whatever came of it, as before."""
    if usual is None:
        monkeypatch.delenv(BUNDLE, raising=False)
    else:
        monkeypatch.setenv(BUNDLE, usual)
    try:
        with suppress(ZeroDivisionError), loading_for_a_server():
            assert ssl.create_default_context().cert_store_stats()["x509_ca"] == 0
            assert not gc.isenabled()
            raise ZeroDivisionError
        assert gc.isenabled()
        assert os.environ.get(BUNDLE) == usual
    finally:
        gc.unfreeze()
