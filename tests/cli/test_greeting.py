"""`mockex serve` says what a first call needs, and what it says works as pasted."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE

import pytest

from mockex import __version__, scenarios
from mockex.core.scenario import HmacKey
from tests.cli.running import MOCKEX, ROOT, Server, environment, serving, signed_get, signer_of

DOCUMENTED_LOAN = {"asset": "BUSD", "amount": "579.45"}
QUOTED_SECRET = """it's "so" $HOME `pwd` \\ $(id) !"""


def pasted(line: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Paste a line into a shell."""
    for tool in ("bash", "curl", "openssl"):
        if shutil.which(tool) is None:
            pytest.fail(f"{tool} is not installed; the greeting's line needs it, so it has to be tried with it")
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, timeout=30, env=environment(), cwd=folder, check=False
    )


def greeting_of(server: Server) -> list[str]:
    """Read a greeting to its last line."""
    lines: list[str] = []
    while not lines or " curl /" not in lines[-1]:
        lines.append(server.line())
    return lines


def curl_line(lines: list[str]) -> str:
    """Find the line that signs and calls with curl."""
    (line,) = (line for line in lines if "openssl" in line)
    return line


@pytest.fixture(scope="module")
def greeting() -> Iterator[list[str]]:
    """Serve `documented` as a user does who only wants another port."""
    with serving("--port", "0") as server:
        yield greeting_of(server)


def test_greeting_names_version_scenario_url_and_every_key(greeting: list[str]) -> None:
    """The first line says where the server is; each key follows with what signs for it."""
    first = re.fullmatch(r"mockex (\S+) · scenario (\S+) · http://127\.0\.0\.1:(\d+)", greeting[0])
    assert first is not None
    assert first.groups()[:2] == (__version__, "documented")
    assert int(first[3]) > 0
    text = "\n".join(greeting)
    for key in scenarios.read("documented").accounts[0].keys:
        assert key.api_key in text
        assert (key.secret if isinstance(key, HmacKey) else Path(str(key.private_key_file)).name) in text


def test_first_call_works_as_pasted(greeting: list[str]) -> None:
    """The curl line of the greeting, run by a shell, prints just what the endpoint's page shows."""
    called = pasted(curl_line(greeting))
    assert (called.stderr, called.returncode) == ("", 0)
    assert json.loads(called.stdout) == DOCUMENTED_LOAN


def test_second_line_is_the_same_call(greeting: list[str]) -> None:
    """What the greeting calls "the same" is, where it was started by `python -m mockex`."""
    called = pasted(greeting[-1])
    assert (called.stderr, called.returncode) == ("", 0)
    assert json.loads(called.stdout) == DOCUMENTED_LOAN


@pytest.mark.parametrize("as_called", ["mockex", "bin/mockex"])
def test_second_line_is_the_same_call_of_the_installed_program(as_called: str) -> None:
    """The same holds for the installed program, from the folder it lies in and from the one above."""
    program = Path(sys.executable).parent / "mockex"
    if not program.is_file():
        pytest.fail(f"{program} is not installed: pip install --editable .")
    folder = program.parents[as_called.count("/")]
    with serving("--port", "0", folder=folder, program=(f"./{as_called}",)) as server:
        called = pasted(greeting_of(server)[-1], folder)
    assert (called.stderr, called.returncode) == ("", 0)
    assert json.loads(called.stdout) == DOCUMENTED_LOAN


def test_first_call_works_with_a_secret_that_a_shell_would_read(tmp_path: Path) -> None:
    """A secret with quotes, dollars and backquotes reaches openssl as it is, and nothing in it is run."""
    file = tmp_path / "quoted.toml"
    file.write_text(
        'title = "Quoted"\n[[accounts]]\nuid = 1\nloan = { amount = "7" }\n[[accounts.keys]]\ntype = "HMAC"\n'
        f"api_key = \"{'q' * 64}\"\nsecret = '''{QUOTED_SECRET}'''\n"
    )
    with serving("--port", "0", "--scenario", str(file)) as server:
        called = pasted(curl_line(greeting_of(server)))
    assert (called.stderr, called.returncode) == ("", 0)
    assert json.loads(called.stdout) == {"asset": "BUSD", "amount": "7"}


def test_greeting_is_readable_where_there_is_only_ascii() -> None:
    """A terminal that cannot show a dot or an ellipsis is no reason not to serve."""
    with serving("--port", "0", variables={"PYTHONIOENCODING": "ascii"}) as server:
        assert "http://127.0.0.1:" in server.line()


def test_json_is_one_line_and_its_keys_sign() -> None:
    """`--json` prints one line and no more; each of its three keys makes a call that is let in."""
    with serving("--port", "0", "--json") as server:
        hello = server.hello()
        assert list(hello) == ["url", "scenario", "seed", "keys", "loop"]
        assert (hello["scenario"], hello["seed"]) == ("documented", 0)
        assert [(key["type"], list(key)[2:]) for key in hello["keys"]] == [
            ("HMAC", ["secret"]),
            ("RSA", ["private_key_file"]),
            ("Ed25519", ["private_key_file"]),
        ]
        for key in hello["keys"]:
            assert signed_get(hello["url"], signer_of(key)) == (200, DOCUMENTED_LOAN), key["type"]
        ended = server.end()
    assert (ended.stdout, ended.stderr, ended.code) == ("", "", 0)


GENERATING = """
title = "Generated keys"
generate = { accounts = 5, each = { keys = ["HMAC"] } }
[[accounts]]
uid = 5
generate = { keys = ["RSA", "Ed25519"], loan = true }
"""


def test_generated_private_keys_lie_in_files_while_it_serves(tmp_path: Path) -> None:
    """A generated private key can be read by its owner alone, signs, and is gone with the server and its folder."""
    file = tmp_path / "generating.toml"
    file.write_text(GENERATING)
    with serving("--port", "0", "--json", "--scenario", str(file), variables={"TMPDIR": str(tmp_path)}) as server:
        hello = server.hello()
        private = [Path(key["private_key_file"]) for key in hello["keys"] if key["type"] != "HMAC"]
        assert len(private) == 2
        for key in hello["keys"][:2]:
            path = Path(key["private_key_file"])
            assert (S_IMODE(path.stat().st_mode), S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
            assert signed_get(hello["url"], signer_of(key))[0] == 200
        ended = server.end()
    assert (ended.stderr, ended.code) == ("", 0)
    assert list(tmp_path.iterdir()) == [file]


def test_greeting_shows_six_keys_and_counts_the_rest(tmp_path: Path) -> None:
    """Seven keys do not push the call to make out of sight."""
    file = tmp_path / "generating.toml"
    file.write_text(GENERATING.replace("RSA", "Ed25519"))
    with serving("--port", "0", "--scenario", str(file)) as server:
        lines = greeting_of(server)
    assert sum(line.startswith(("HMAC ", "RSA ", "Ed25519 ")) for line in lines) == 6
    assert "… and 1 more keys; --json lists them all" in lines


def test_seed_decides_what_is_generated(tmp_path: Path) -> None:
    """`--seed` wins over the scenario's own seed: it is told, and the keys are those of that seed."""
    file = tmp_path / "generating.toml"
    file.write_text('title = "Seeded"\nseed = 1\ngenerate = { accounts = 2 }\n')
    expected = {
        seed: [account.keys[0].api_key for account in scenarios.expanded(scenarios.read(str(file)), seed).accounts]
        for seed in (1, 2)
    }
    assert expected[1] != expected[2]
    with serving("--port", "0", "--json", "--scenario", str(file), "--seed", "2") as server:
        hello = server.hello()
    assert hello["seed"] == 2
    assert [key["api_key"] for key in hello["keys"]] == expected[2]


def test_module_and_program_are_one() -> None:
    """`python -m mockex` is what these tests run."""
    assert MOCKEX[-2:] == ("-m", "mockex")
