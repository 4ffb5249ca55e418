"""Every option can be given as a variable, MOCKEX_ and its name; the option wins over the variable."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import click
import pytest

from mockex.cli import cli
from tests.cli.running import PATIENCE_S, get, mockex, refused, serving, signed_get, signer_of

ELSEWHERE = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}
"""The IP that the last key of `not-a-pm-account` may be used from, as a proxy writes it behind what it was sent."""


def options() -> Iterator[tuple[str, click.Option]]:
    """Give every option of the commands that start a server, and that sign for one."""
    context = click.Context(cli)
    for name in ("serve", "sign", "curl"):
        command = cli.get_command(context, name)
        assert command is not None
        yield from ((name, parameter) for parameter in command.params if isinstance(parameter, click.Option))


def test_every_option_has_its_variable() -> None:
    """No option was added without a variable named after it, save what only shapes one printout."""
    found = {(command, option.opts[0]): option.envvar for command, option in options()}
    assert found.pop(("curl", "-i")) is None
    for (command, name), variable in found.items():
        assert variable == f"MOCKEX_{name.lstrip('-').upper().replace('-', '_')}", command
    assert {variable for variable in found.values() if str(variable) not in tried()} == set(), "a test should use it"


def tried() -> str:
    """Give the text of these tests."""
    return "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))


def test_variables_of_serve() -> None:
    """Host, port, scenario, seed, the line of JSON and the trust in a proxy come from variables."""
    variables = {
        "MOCKEX_HOST": "127.0.0.2",
        "MOCKEX_PORT": "0",
        "MOCKEX_SCENARIO": "not-a-pm-account",
        "MOCKEX_SEED": "9223372036854775807",
        "MOCKEX_JSON": "1",
        "MOCKEX_BEHIND_PROXY": "true",
    }
    with serving(variables=variables) as server:
        hello = server.hello()
        assert hello["url"].startswith("http://127.0.0.2:")
        assert (hello["scenario"], hello["seed"]) == ("not-a-pm-account", 9223372036854775807)
        elsewhere = signer_of(hello["keys"][2])
        assert signed_get(hello["url"], elsewhere, headers=ELSEWHERE)[0] == 200
        assert signed_get(hello["url"], elsewhere)[1]["code"] == -2015
        ended = server.end()
    assert (ended.code, ended.stderr) == (0, "")


def test_option_wins_over_its_variable() -> None:
    """What is typed counts; and nobody's X-Forwarded-For is believed where that was not asked for."""
    variables = {"MOCKEX_PORT": "no port", "MOCKEX_SCENARIO": "quiet", "MOCKEX_SEED": "7", "MOCKEX_BEHIND_PROXY": "0"}
    arguments = ("--port", "0", "--scenario", "not-a-pm-account", "--json")
    with serving(*arguments, variables=variables) as server:
        hello = server.hello()
        assert (hello["scenario"], hello["seed"]) == ("not-a-pm-account", 7)
        assert signed_get(hello["url"], signer_of(hello["keys"][2]), headers=ELSEWHERE)[1]["code"] == -2015


def test_variable_that_is_wrong_is_told_by_its_name() -> None:
    """A sentence about a variable names it, because nobody typed the option."""
    assert "MOCKEX_PORT" in refused("serve", variables={"MOCKEX_PORT": "http"})
    assert "MOCKEX_SEED" in refused("serve", variables={"MOCKEX_SEED": "-1"})
    assert "'quite'" in refused("serve", variables={"MOCKEX_PORT": "0", "MOCKEX_SCENARIO": "quite"})


def test_remote_host_is_tried_only_where_it_is_allowed() -> None:
    """192.0.2.1 is nobody's: with MOCKEX_ALLOW_REMOTE binding it fails, without it binding is not even tried."""
    variables = {"MOCKEX_HOST": "192.0.2.1", "MOCKEX_PORT": "0"}
    assert "not a loopback address" in refused("serve", variables=variables)
    allowed = refused("serve", variables=variables | {"MOCKEX_ALLOW_REMOTE": "1"})
    assert allowed == "cannot listen on 192.0.2.1 port 0: Cannot assign requested address"


@pytest.mark.parametrize("host", ["localhost", "::1"])
def test_every_loopback_host_is_served(host: str) -> None:
    """All that is loopback needs no permission, and the URL that is told works."""
    with serving("--host", host, "--port", "0", "--json") as server:
        url = server.hello()["url"]
        assert get(url, "/api/v3/ping") == (200, {})


@pytest.mark.parametrize("asked", ["--quiet", "MOCKEX_QUIET"])
def test_quiet_prints_nothing(asked: str) -> None:
    """A quiet server answers on the port that it was given, and prints nothing from its start to its end."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    arguments = ("--port", str(port)) + ((asked,) if asked.startswith("--") else ())
    with serving(*arguments, variables={} if asked.startswith("--") else {asked: "1"}) as server:
        wait_for(port)
        assert get(f"http://127.0.0.1:{port}", "/_mockex/health")[1]["status"] == "ok"
        ended = server.end()
    assert (ended.stdout, ended.stderr, ended.code) == ("", "", 0)


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    deadline = monotonic() + PATIENCE_S
    while monotonic() < deadline:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        sleep(0.02)


def test_variables_are_shown_by_help() -> None:
    """The help of a command names every variable."""
    shown = {name: mockex(name, "--help").stdout for name in ("serve", "sign", "curl")}
    for command, option in options():
        if option.envvar is not None:
            assert f"[env var: {option.envvar}" in " ".join(shown[command].split()), (command, option.opts)
