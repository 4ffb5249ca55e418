"""Both load generators count what is answered, and a server that answers wrongly is found out."""

import os
import shutil
from collections.abc import Iterator
from functools import partial

import pytest
from msgspec import structs

from mockex.testing import LiveExchange
from tests.bench.loading import LEVELS, LOADERS, Counted, Level, WrongError, installed, loaded, sampled
from tests.bench.workload import Question, scenario, signed_calls

KEPT, CLOSED = (next(level for level in LEVELS if level.name == name) for name in ("16", "close"))
INSTALLED = [name for name in LOADERS if name == "python" or shutil.which(name)]
SHORT_S = 0.2


@pytest.fixture(scope="module")
def exchange() -> Iterator[LiveExchange]:
    """Serve the benchmark's scenario."""
    with LiveExchange(scenario()) as live:
        yield live


def port_of(exchange: LiveExchange) -> int:
    """Read the port."""
    return int(exchange.url.rpartition(":")[2])


@pytest.mark.parametrize("level", [KEPT, CLOSED], ids=lambda level: level.name)
@pytest.mark.parametrize("name", INSTALLED)
def test_load_is_counted(exchange: LiveExchange, name: str, level: Level) -> None:
    """What the generator counts is what the exchange was asked, but for calls that were under way at the end."""
    before = exchange.exchange.world.journal.written
    load = loaded(LOADERS[name], os.getsid(0), port_of(exchange), level, SHORT_S, signed_calls())
    asked = exchange.exchange.world.journal.written - before
    assert 0 < load.calls <= asked <= load.calls + 2 * level.connections
    assert 0 < load.p50_us <= load.p99_us
    assert load.per_s == load.calls / load.took_s


@pytest.mark.parametrize("name", INSTALLED)
def test_refused_calls_are_no_throughput(exchange: LiveExchange, name: str) -> None:
    """Who answers nothing but 401 is not measured."""
    stranger = structs.replace(signed_calls(), headers={"X-MBX-APIKEY": "0" * 64})
    with pytest.raises(WrongError, match=r"at 16 connections: .* calls failed"):
        loaded(LOADERS[name], os.getsid(0), port_of(exchange), KEPT, SHORT_S, stranger)


def test_a_line_that_breaks_is_an_error_unless_it_was_to_be_closed() -> None:
    """Some servers close without a word, which wrk takes for a break."""

    def broken(*_: object) -> Counted:
        return Counted(10, 1e6, 1, 2, 0, broken=1)

    load = partial(loaded, broken, os.getsid(0), 0)
    assert load(CLOSED, 1, signed_calls()).calls == 10
    with pytest.raises(WrongError, match="1 calls failed, 10 did not"):
        load(KEPT, 1, signed_calls())


def test_nothing_answered_is_an_error() -> None:
    """There is no ratio to nothing."""
    with pytest.raises(WrongError, match="it answers nothing"):
        loaded(lambda *_: Counted(0, 1e6, 0, 0, 0, 0), os.getsid(0), 0, KEPT, 1, signed_calls())


def test_a_sample_is_read(exchange: LiveExchange) -> None:
    """The right bytes pass; other bytes under a 200, another status, and no server at all do not."""
    sampled(port_of(exchange), signed_calls(), "bytes")
    with pytest.raises(WrongError, match=r'answers something else: \{"total":1,'):
        sampled(port_of(exchange), signed_calls("startTime=1736184913252&endTime=1736184913252"), "bytes")
    with pytest.raises(WrongError, match="answers 404"):
        sampled(port_of(exchange), Question(("/papi/v1/elsewhere",), {}), "bytes")
    with LiveExchange(scenario()) as gone:
        port = port_of(gone)
    with pytest.raises(WrongError, match="does not answer"):
        sampled(port, signed_calls(), "bytes")


def test_wrk_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loader in Python is for machines without it."""
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/wrk")
    assert installed() == "wrk"
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert installed() == "python"
