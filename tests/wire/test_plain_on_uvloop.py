"""Plain calls once more on uvloop, whose transports a gate takes over from a line just as asyncio's."""

from tests.wire.test_on_uvloop import exchange, on_uvloop  # noqa: F401 - fixtures
from tests.wire.test_plain import *  # noqa: F403 - the tests
