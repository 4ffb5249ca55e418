"""What depends on the loop most, connections and faults, garbage and TLS, once more on uvloop."""

import asyncio
from collections.abc import Iterator
from functools import partial

import pytest
import uvloop

from mockex.testing import LiveExchange
from tests.testing.test_live_connections import *  # noqa: F403 - the tests
from tests.wire.conftest import the_scenario
from tests.wire.test_connections import *  # noqa: F403
from tests.wire.test_faults import *  # type: ignore[assignment] # noqa: F403 - each test has its own module's names
from tests.wire.test_garbage import *  # noqa: F403


@pytest.fixture(autouse=True, scope="module")
def on_uvloop() -> Iterator[None]:
    """Let every thread that runs a loop run uvloop's."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(asyncio, "Runner", partial(asyncio.Runner, loop_factory=uvloop.new_event_loop))
        yield


@pytest.fixture(scope="module")
def exchange(on_uvloop: None) -> Iterator[LiveExchange]:  # noqa: ARG001 - it comes first
    """Serve Alice's exchange from a thread whose loop is uvloop's."""
    with LiveExchange(the_scenario()) as live:
        assert isinstance(live._loop, uvloop.Loop)
        yield live
