"""`mockex serve` runs on uvloop where it is installed and nobody says no; and it says on which loop it runs."""

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

from mockex.cli import cli, serving
from tests.cli.running import ROOT, get, signed_get, signer_of
from tests.cli.running import serving as running


@pytest.fixture
def thawed() -> Iterator[None]:
    """Let garbage be found again among what stood in this process when a server was loaded in it."""
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("thawed")
@pytest.mark.parametrize(
    ("more", "is_uvloop"), [((), True), (("--no-uvloop",), False)], ids=["as it comes", "--no-uvloop"]
)
def test_loop_is_the_one_that_was_wanted(
    monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...], is_uvloop: bool
) -> None:
    """What answers runs in uvloop's loop, and in asyncio's where that is asked for."""
    loops = []

    async def told_at_once(*_: object, **__: object) -> None:
        loops.append(asyncio.get_running_loop())

    monkeypatch.setattr(serving, "answer_until_told", told_at_once)
    cli.main(["serve", "--port", "0", "--quiet", *more], standalone_mode=False, obj={})
    assert [isinstance(loop, uvloop.Loop) for loop in loops] == [is_uvloop]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [({}, "uvloop"), ({"MOCKEX_NO_UVLOOP": "1"}, "asyncio"), ({"PYTHONPATH": "without"}, "asyncio")],
    ids=["installed", "not wanted", "not installed"],
)
def test_loop_is_told(variables: dict[str, str], expected: str, tmp_path: Path) -> None:
    """The line of JSON names the loop; without uvloop a server runs as well."""
    (tmp_path / "uvloop.py").write_text("raise ImportError\n")
    if "PYTHONPATH" in variables:
        variables = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    with running("--port", "0", "--json", variables=variables) as server:
        hello = server.hello()
        assert hello["loop"] == expected
        assert get(hello["url"], "/api/v3/ping") == (200, {})
        assert signed_get(hello["url"], signer_of(hello["keys"][0]))[0] == 200
        ended = server.end()
    assert (ended.code, ended.stderr) == (0, "")
