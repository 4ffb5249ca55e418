"""What cannot be asked of a server is told in one sentence with exit code 2; and what the commands load and explain."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from mockex.cli import COMMANDS, cli
from mockex.testing import LiveExchange
from tests.cli.controlling import Controlled
from tests.cli.running import PATIENCE_S, ROOT, environment, mockex, refused, serving

ASKING = (
    "health",
    "world list",
    "world show",
    "clock show",
    "fault list",
    "journal",
    "journal --follow",
    "verify",
    "wait",
    "explain",
)
"""One command of each kind."""


@pytest.fixture(scope="module")
def control() -> Iterator[Controlled]:
    """Serve `documented`, whose clock stands still."""
    with LiveExchange("documented") as exchange:
        yield Controlled(exchange)


@pytest.fixture(scope="module")
def dead_url() -> str:
    """Give the URL of a port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as alive:
        return f"http://127.0.0.1:{alive.getsockname()[1]}"


@pytest.mark.parametrize("command", ASKING)
def test_dead_port_is_a_sentence(command: str, dead_url: str) -> None:
    """A server that is not there is named, with the reason."""
    sentence = refused(*command.split(), "--url", dead_url)
    assert sentence.startswith(f"no answer from {dead_url}/_mockex/")
    assert sentence.endswith("Connection refused")


@pytest.mark.parametrize("command", [one for one in ASKING if one not in ("health", "world list")])
def test_unknown_world_is_a_sentence(command: str, control: Controlled) -> None:
    """A world that is not there is named, with the nearest that is."""
    sentence = control.refused(*command.split(), "--world", "defualt")
    assert sentence == "there is no world 'defualt' (did you mean 'default'?)"


ROWS: list[tuple[str, tuple[str, ...]]] = [
    # command, and what its sentence must name
    ("world shwo", ("'shwo'", "did you mean 'show'")),
    ("clock freze", ("'freze'", "did you mean 'freeze'")),
    ("world open quite", ("'quite'", "did you mean 'quiet'")),
    ("world open nowhere.toml", ("nowhere.toml", "No such file")),
    ("world open README.md --name x", ("no scenario is called 'README.md'",)),
    ("world open ./README.md", ("toml", "is not TOML")),
    ("world open --name default", ("'default' already",)),
    ("world open --name a/b", ("'a/b' is no name for a world",)),
    ("world open --same-keys", ("'default'", "fresh keys")),
    ("world close default", ("default world ends with its server",)),
    ("world close nobody", ("no world 'nobody'",)),
    ("world change papi_weigt_per_ip=1", ("'papi_weigt_per_ip'", "did you mean 'papi_weight_per_ip'")),
    ("world change papi_weight_per_ip=many", ("int",)),
    ("world change no_loan=refused", ("no_loan",)),
    ("world change papi_weight_per_ip", ("NAME=VALUE",)),
    ("world hold lon amount=1", ("'lon'", "did you mean 'loan'")),
    ("world hold lon", ("'lon'",)),
    ("world hold loan amout=1", ("amout", "did you mean 'amount'")),
    ("world hold loan amount=1e3", ("amount", "regex")),
    ("world hold loan amount=1 --uid 7", ("no account",)),
    ("world hold records details=[", ("'['", "JSON")),
    ("world revert s9", ("no snapshot 's9'",)),
    ("world forget s9", ("no snapshot 's9'",)),
    ("clock advance 2", ("'2' is no duration", "90s")),
    ("clock advance 3000000d", ("advance_ms",)),
    ("clock set 2026-01-01", ("has no zone", "2026-01-01T00:00:00Z")),
    ("clock freeze soon", ("'soon' is no moment",)),
    ("clock rate -1", ("-1", "0")),
    ("fault add latenci ms=1", ("'latenci'", "did you mean 'latency'", "overloaded")),
    ("fault add latency", ("ms",)),
    ("fault add latency mss=1", ("'mss'", "did you mean 'ms'")),
    ("fault add latency ms=1 chance=2", ("chance", "1.0")),
    ("fault add latency ms=1 name=a/b", ("name", "regex")),
    ('fault add {"effect":{"type":"latenci"}}', ("latenci",)),
    ('fault add {"effect":{"type":"latency","ms":1}} times=1', ("not both",)),
    ("fault end nobody", ("no fault 'nobody'",)),
    ("journal --format xml", ("xml", "har")),
    ("journal --last 0", ("0",)),
]


@pytest.mark.parametrize(("command", "named"), ROWS, ids=[command for command, _ in ROWS])
def test_a_mistake_is_one_sentence(command: str, named: tuple[str, ...], control: Controlled) -> None:
    """Each command is refused in a sentence that names what was wrong and what would be right."""
    sentence = control.refused(*command.split(" "))
    assert [word for word in named if word not in sentence] == []


def test_account_must_be_named_where_there_are_several(control: Controlled) -> None:
    """Of several accounts none is guessed."""
    control.run("world", "open", "bankruptcy-loan", "--name", "two")
    sentence = control.refused("world", "hold", "loan", "amount=1", "--world", "two")
    assert sentence == "the world 'two' has 2 accounts; --uid says which of 354937002, 354937003"


def test_token_is_wanted_and_given() -> None:
    """With the server's token every command works, by option or variable; without it, or with another, none does."""
    token = "a-token-that-must-not-show"
    with serving("--port", "0", "--json", variables={"MOCKEX_CONTROL_TOKEN": token}) as server:
        url = server.hello()["url"]
        for given in ((), ("--token", "another")):
            sentence = refused("clock", "show", "--url", url, *given)
            assert sentence == "mockex wants its control token: Authorization: Bearer …"
        assert "token" in refused("journal", "--follow", "--url", url)
        right = mockex("clock", "show", "--url", url, "--token", token)
        assert (right.stderr, right.returncode) == ("", 0)
        by_variable = mockex("health", variables={"MOCKEX_URL": url, "MOCKEX_CONTROL_TOKEN": token})
        assert (by_variable.stderr, by_variable.returncode) == ("", 0)
    assert token not in refused("health", "--url", "http://127.0.0.1:1", "--token", token)


def test_closed_control_is_told_of() -> None:
    """A server whose control is closed, or somebody else's, is told of as such."""
    with serving("--port", "0", "--json", "--no-control") as server:
        url = server.hello()["url"]
        for command in ASKING:
            sentence = refused(*command.split(), "--url", url)
            assert "is it another server, or one with --no-control or --workers?" in sentence


def test_redirect_is_not_followed() -> None:
    """Neither a token nor a key is carried to where a redirect points."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere, socket.create_server(("127.0.0.1", 0)) as listening:
        elsewhere.setblocking(False)
        listening.settimeout(PATIENCE_S)
        url, there = (f"http://127.0.0.1:{one.getsockname()[1]}" for one in (listening, elsewhere))
        asking = subprocess.Popen(
            [sys.executable, "-m", "mockex", "health", "--url", url, "--token", "secret"],
            env=environment(),
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        calling, _ = listening.accept()
        with calling:
            calling.recv(65_536)
            calling.sendall(f"HTTP/1.1 302 Found\r\nLocation: {there}/\r\nContent-Length: 0\r\n\r\n".encode())
        _, told = asking.communicate()
        assert asking.returncode == 2
        assert "answers 302" in told
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def commands() -> Iterator[tuple[str, click.Command]]:
    """Give every command, those of groups too."""
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", one) for inner, one in command.commands.items())


def test_every_command_has_its_help() -> None:
    """Each command says what it does in a sentence, and which option says which server."""
    for name, command in commands():
        assert command.help, name
        assert command.help.split("\n")[0].rstrip().endswith((".", ":")), name
    names = dict(commands())
    assert len(names) >= 14 + 11 + 7 + 4
    for name in ("health", "world open", "clock advance", "fault add", "journal", "verify", "wait", "explain"):
        told = mockex(*name.split(), "--help")
        assert (told.stderr, told.returncode) == ("", 0)
        shown = " ".join(told.stdout.split())
        assert "MOCKEX_URL" in shown, name
        assert "MOCKEX_CONTROL_TOKEN" in shown, name
        assert ("MOCKEX_WORLD" in shown) is (name not in ("health", "world open")), name


def test_options_have_their_variables() -> None:
    """What says where to ask, and by which key, can be given as a variable that is named after the option."""
    shared = {"--url", "--world", "--control-token", "--json", "--secret", "--api-key", "--private-key-file"}
    for name, command in commands():
        for option in (one for one in command.params if isinstance(one, click.Option)):
            first = option.opts[0]
            if first in shared and not (name == "journal" and first == "--json"):
                assert option.envvar == f"MOCKEX_{first.lstrip('-').upper().replace('-', '_')}", (name, first)


@pytest.mark.parametrize("command", ["health", "clock advance 1s", "fault list", "verify", "journal", "explain /x?y"])
def test_start_up_is_light(command: str, control: Controlled) -> None:
    """Asking a server loads nothing that only a server needs; offline, nothing that only a key pair needs."""
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "mockex", *command.split()],
        capture_output=True,
        text=True,
        timeout=30,
        env=environment({"MOCKEX_URL": control.exchange.url}),
        cwd=ROOT,
        check=False,
    )
    names = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines()}
    roots = {name.partition(".")[0] for name in names}
    assert "mockex" in roots, "this test has gone blind"
    assert roots & {"aiohttp", "asyncio", "cryptography", "faker", "hypothesis", "prometheus_client"} == set()
