"""The reference client, driven through whatever Hypothesis draws."""

import os

from hypothesis import settings

from mockex.fuzzing import Target, fuzz
from mockex.fuzzing.machine import PLAIN
from mockex.testing.client import Client, ClientError

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))


def reference(target: Target) -> Client:
    """Make the reference client, on the world's clock."""
    return Client(target.url, target.signer, time=target.time, sleep=target.asleep, timeout_s=5.0)


def test_reference_client_survives() -> None:
    """Through drawn worlds, clocks, budgets and faults it gives what is true, or an error of its own that is due."""
    fuzz(reference, errors=ClientError, settings=settings(PLAIN, max_examples=EXAMPLES))
