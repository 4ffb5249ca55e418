"""Each broken variant of the reference client is caught for its mistake, and shown at its smallest."""

import pytest
from hypothesis import Phase, settings

from mockex.fuzzing import VERDICTS, FindingError, Target, fuzz
from mockex.fuzzing.machine import PLAIN
from mockex.testing.client import Client, ClientError
from tests.fuzz.test_reference_client import reference
from tests.fuzz.variants import SIGNERS, VARIANTS, Variant

THOROUGH = settings(
    PLAIN,
    max_examples=2_500,
    stateful_step_count=6,
    derandomize=True,
    database=None,
    phases=(Phase.generate, Phase.shrink),
)


def remembered(target: Target) -> Client:
    """Make the client, and remember whose it is, for the variant that tells."""
    SIGNERS.append(target.signer)
    return reference(target)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda one: one.mistake)
def test_mistake_is_caught(variant: Variant) -> None:
    """It is found within the examples of a usual run, for its own verdict, with the calls in the report."""
    with variant.made(), pytest.raises(FindingError) as caught:
        fuzz(remembered, errors=ClientError, settings=THOROUGH)
    notes = "\n".join(caught.value.__notes__)
    assert caught.value.verdict == variant.verdict, caught.value
    assert "state.ask_for_" in notes
    assert "mockex: world " in notes


def test_every_verdict_is_proven() -> None:
    """There is a mistake for each verdict."""
    assert {one.verdict for one in VARIANTS} == VERDICTS.keys()
