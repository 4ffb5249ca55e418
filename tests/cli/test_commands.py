"""The commands that only print: help, version, scenarios, schema and openapi."""

import json
import subprocess

import pytest

from mockex import __version__, scenarios
from mockex.cli import COMMANDS
from mockex.endpoints import CATALOGUE
from tests.cli.running import MOCKEX, ROOT, environment, mockex


@pytest.mark.parametrize("command", ["", *COMMANDS, "scenarios check"])
def test_help_of_every_command(command: str) -> None:
    """`--help` prints help on stdout and ends with 0, whatever else is wrong."""
    told = mockex(*command.split(), "--help", variables={"MOCKEX_PORT": "no port"})
    assert told.stdout.startswith(f"Usage: python -m mockex {command}".rstrip())
    assert (told.stderr, told.returncode) == ("", 0)


def test_without_a_command_help_is_printed() -> None:
    """Nothing asked is no mistake: every command is listed, as by `--help` and `-h`."""
    told = mockex()
    assert (told.stderr, told.returncode) == ("", 0)
    assert [mockex(option).stdout for option in ("--help", "-h")] == [told.stdout, told.stdout]
    assert [line.split()[0] for line in told.stdout.partition("Commands:\n")[2].splitlines()] == list(COMMANDS)


def test_version() -> None:
    """`--version` prints the version of the package and nothing else."""
    told = mockex("--version")
    assert (told.stdout, told.stderr, told.returncode) == (f"mockex {__version__}\n", "", 0)


def test_scenarios_are_listed_with_their_titles() -> None:
    """Every scenario stands on a line of its own with its title."""
    told = mockex("scenarios")
    assert (told.stderr, told.returncode) == ("", 0)
    listed = dict(line.split(maxsplit=1) for line in told.stdout.splitlines())
    assert listed == {name: scenarios.read(name).title for name in scenarios.names()}


def test_openapi_describes_every_path() -> None:
    """`openapi` prints JSON that knows every path of the catalogue."""
    told = mockex("openapi")
    assert (told.stderr, told.returncode) == ("", 0)
    assert set(json.loads(told.stdout)["paths"]) == set(CATALOGUE.routes)


@pytest.mark.parametrize("command", ["openapi", "scenarios", "--version", "", "fault"])
def test_reader_that_goes_away_is_no_mistake(command: str) -> None:
    """`mockex openapi | head -0` leaves no trace on stderr, and neither does a help that nobody asked for."""
    printing = subprocess.Popen(
        [*MOCKEX, *command.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        cwd=ROOT,
    )
    with printing:
        assert printing.stdout is not None
        assert printing.stderr is not None
        printing.stdout.close()
        assert printing.stderr.read() == ""
