"""The pytest plugin: one exchange for the session, a fresh world for every test, and the reason why in the report.

Every run of pytest imports it, also one that never heard of mockex; so it imports pytest alone, and all else with the
first test that asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockex.testing import LiveWorld

MARK = (
    "mockex(scenario=None, *, seed, frozen_at, faults, limits, behaviour, strict, expects): "
    "the world that `mockex_world` gives to a test; `expects` lists the codes of refusals that a strict one may see."
)
OWN = ("strict", "expects")
MAX_NAMESAKES = 1_000
MAX_NAME = 90
WORLD = pytest.StashKey["LiveWorld"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the options."""
    group = parser.getgroup("mockex", "mockex: an offline exchange")
    group.addoption("--mockex-url", metavar="URL", help="Use the mockex that runs there, and start none.")
    group.addoption("--mockex-token", metavar="TOKEN", help="The control token of that mockex, if it wants one.")
    group.addoption("--mockex-seed", metavar="N", type=int, help="The seed of every world that is marked with none.")
    group.addoption("--mockex-strict", action="store_true", help="Fail a test whose world refused a call unexpectedly.")
    group.addoption("--mockex-lint", action="store_true", help="Fail a test for what `mockex lint` sees in its calls.")
    parser.addini("mockex_scenario", "The scenario of worlds that are marked with none.", default="documented")
    parser.addini("mockex_strict", "Whether --mockex-strict always holds.", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARK)


@pytest.fixture(scope="session")
def mockex_server(request: pytest.FixtureRequest) -> Iterator[LiveWorld]:
    """One exchange for the session: what is held is its default world, and `world(…)` opens others beside it.

    It runs in a thread of this process (with pytest-xdist in each worker's), or is the one at `--mockex-url`.
    """
    from mockex.testing import LiveExchange, connect

    config = request.config
    url = config.getoption("--mockex-url")
    if url is not None:
        with told(" (see --mockex-url and --mockex-token)"):
            server = connect(url, config.getoption("--mockex-token"))
        yield server
        return
    with (
        told(),
        LiveExchange(usual_scenario(config), seed=config.getoption("--mockex-seed")) as exchange,
    ):
        yield exchange


@pytest.fixture
def mockex_world(request: pytest.FixtureRequest, mockex_server: LiveWorld) -> Iterator[LiveWorld]:
    """A fresh world, named for its test and with keys of its own, as the marker `mockex` wants it."""
    wanted = marked(request.node)
    config = request.config
    scenario = wanted.pop("scenario", None) or usual_scenario(config)
    wanted.setdefault("seed", config.getoption("--mockex-seed"))
    with told():
        world = named_for(
            request.node, mockex_server, scenario, {name: wanted[name] for name in wanted if name not in OWN}
        )
    request.node.stash[WORLD] = world
    yield world
    del request.node.stash[WORLD]
    with told():
        world.close()


def usual_scenario(config: pytest.Config) -> str:
    """Give the scenario of worlds that are marked with none; a file's path begins where the configuration is."""
    said = str(config.getini("mockex_scenario"))
    return str(config.rootpath / said) if said.endswith(".toml") else said


@contextmanager
def told(hint: str = "") -> Iterator[None]:
    """Tell in one sentence what mockex cannot do, without a traceback of its own."""
    from mockex.errors import MockexError

    try:
        yield
    except MockexError as error:
        raise pytest.fail.Exception(f"mockex: {error}{hint}", pytrace=False) from None  # which shows it alone


def marked(node: pytest.Item) -> dict[str, Any]:
    """Gather what the markers say, the nearest to the test last. Fails the test for a word that no marker has."""
    from mockex.mistakes import nearest

    known = re.findall(r"\w+", MARK.partition(":")[0].partition("(")[2].replace("None", ""))
    wanted: dict[str, Any] = {}
    for mark in reversed(list(node.iter_markers("mockex"))):
        if len(mark.args) > 1:
            pytest.fail("mockex: the marker takes one scenario, and all else by its name", pytrace=False)
        wanted.update(zip(("scenario",), mark.args, strict=False))
        wanted.update(mark.kwargs)
    for name in wanted:
        if name not in known:
            pytest.fail(f"mockex: the marker has no {name!r}{nearest(name, known)}", pytrace=False)
    codes = wanted.get("expects", ())
    if not isinstance(codes, list | tuple | set | frozenset) or not all(isinstance(code, int) for code in codes):
        pytest.fail(f"mockex: `expects` takes a list of codes, as [-1021], and got {codes!r}", pytrace=False)
    return wanted


def named_for(node: pytest.Item, server: LiveWorld, scenario: Any, about: dict[str, Any]) -> LiveWorld:
    """Open a world that is named for its test; a number is added where another has the name. Raises MockexError."""
    from mockex.errors import TakenError

    name = re.sub(r"[^A-Za-z0-9_.]+", "-", f"{node.path.stem}.{node.name}").strip("-_.")[:MAX_NAME]
    for number in count(1):
        try:
            return server.open(scenario, name=name if number == 1 else f"{name}-{number}", **about)
        except TakenError:
            if number == MAX_NAMESAKES:
                raise
    raise AssertionError("numbers do not end")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that passed, where its world is strict and refused what nobody expected, or its calls are wrong."""
    result = yield
    world = item.stash.get(WORLD, None)
    if world is not None and is_strict(item):
        from mockex.testing.report import surprise

        for code in marked(item).get("expects", ()):
            world.expected |= {entry.seq for entry in world.journal.where(code=code)}
        if sentence := surprise(world):
            pytest.fail(sentence, pytrace=False)
    if world is not None and item.config.getoption("--mockex-lint"):
        from mockex.conformance.linting import wrong_in

        if sentence := wrong_in(world.journal, world.expected):
            pytest.fail(sentence, pytrace=False)
    return result


def is_strict(item: pytest.Item) -> bool:
    """Say whether a refusal that nobody expected fails the test."""
    always = item.config.getoption("--mockex-strict") or item.config.getini("mockex_strict")
    return bool(marked(item).get("strict", always))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failing test's report what its world knows: the last calls, why one was refused, how to repeat it."""
    report = yield
    world = item.stash.get(WORLD, None)
    if report.failed and world is not None:
        from mockex.testing import report as reporting

        report.sections.append(("mockex", f"{reporting.report(world)}\nrepeat it: {command(item, world.seed)}"))
    return report


def command(item: pytest.Item, seed: int) -> str:
    """Write the command that repeats a test."""
    import shlex

    url = item.config.getoption("--mockex-url")
    words = ["pytest", item.nodeid, "--mockex-seed", str(seed), *(["--mockex-url", url] if url else [])]
    return shlex.join(words)
