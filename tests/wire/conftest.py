"""A live exchange whose budgets never end, and what must hold after every test: nothing is logged, and it answers."""

import gc
from collections.abc import Iterator
from logging import WARNING

import pytest
from msgspec import structs

from mockex import scenarios
from mockex.core.scenario import Scenario
from mockex.core.weight import Limits
from mockex.testing import LiveExchange
from tests import alice
from tests.wire.line import ask, last

PLENTY = 10**12


def the_scenario() -> Scenario:
    """Make Alice's scenario with a key of each type, and budgets that no test can use up."""
    limits = Limits(
        papi_weight_per_ip=PLENTY, sapi_weight_per_ip=PLENTY, sapi_weight_per_uid=PLENTY, spot_weight_per_ip=PLENTY
    )
    spec = alice.scenario(limits=limits)
    (account,) = spec.accounts
    keys = (*account.keys, *scenarios.read("documented").accounts[0].keys)
    return structs.replace(spec, accounts=(structs.replace(account, keys=keys),))


@pytest.fixture
def live() -> Iterator[LiveExchange]:
    """Serve Alice's exchange, to this test alone."""
    with LiveExchange(alice.scenario()) as exchange:
        yield exchange


@pytest.fixture(scope="module")
def exchange() -> Iterator[LiveExchange]:
    """Serve Alice's exchange on a socket of its own, for all the tests of a module."""
    with LiveExchange(the_scenario()) as live:
        yield live


@pytest.fixture(autouse=True)
def all_is_well(exchange: LiveExchange, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a test has sent: nothing is logged as a warning or worse, and a good signed call is answered."""
    yield
    good = ask(exchange, last())
    gc.collect(1)  # a task that died unheard is logged when it is collected
    assert (good.status, good.body) == (200, b'{"asset":"BUSD","amount":"579.45"}')
    records = [*caplog.get_records("setup"), *caplog.get_records("call"), *caplog.get_records("teardown")]
    assert not [record.getMessage() for record in records if record.levelno >= WARNING]
