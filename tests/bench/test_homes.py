"""Where servers come from: what is pinned, what is missing, and why."""

import shutil

import pytest

from tests.bench import homes
from tests.bench.homes import HOMES, NPM_PINS, PYTHON_PINS, MissingError, made, runtime_pins, versions
from tests.bench.processes import ROOT
from tests.bench.servers import QUICK, SERVERS, named


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is installed for it."""
    monkeypatch.setattr(shutil, "which", lambda program: None if program == "java" else "/bin/true")
    with pytest.raises(MissingError, match=r"^java is not installed on this machine$"):
        made("wiremock")


def test_what_cannot_be_installed_says_so_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """As without a network; the folders of this machine are left out."""

    def failing(*_: object) -> None:
        raise RuntimeError(f"pip install\nlong story\nERROR: no route to the registry, in {ROOT}/x")

    monkeypatch.setattr(homes, "interpreter", failing)
    with pytest.raises(MissingError, match=r"^cannot be installed: ERROR: no route to the registry, in …/x$"):
        made("moto")


def test_the_fast_environment_has_what_runs_here() -> None:
    """The very versions of what mockex needs to run, and nothing that only its tests need."""
    names = [pin.partition("==")[0] for pin in runtime_pins()]
    assert {"aiohttp", "msgspec", "yarl"} <= set(names)
    assert not {"pytest", "hypothesis", "ruff", "uvloop"} & set(names)
    assert all(pin.partition("==")[2] for pin in runtime_pins())


def test_every_server_has_a_home_and_every_pin_is_exact() -> None:
    """And those of the quick run need none that is installed for it."""
    assert {server.home for server in SERVERS} == HOMES.keys()
    assert len({server.name for server in SERVERS}) == len(SERVERS)
    assert {named(name).home for name in QUICK} == {"plain"}
    for pins in PYTHON_PINS.values():
        assert all(pin.count("==") == 1 for pin in pins)
    for pins in NPM_PINS.values():
        assert all(pin.rpartition("@")[2][0].isdigit() for pin in pins)
    assert versions(("@stoplight/prism-cli@5.16.0",)) == "5.16.0"
    assert versions(("flask==3.1.3", "waitress==3.0.2")) == "flask 3.1.3, waitress 3.0.2"
