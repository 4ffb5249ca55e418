"""Each broken variant of the reference client is caught for its mistake, and a mistake is shown at its smallest."""

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
    phases=(Phase.generate,),
)
SHRUNK = settings(THOROUGH, phases=(Phase.generate, Phase.shrink))
"""To make a case small takes several times as long as to find it."""


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


@pytest.mark.parametrize("mistake", ["a retry is stamped as the first try", "records that begin together are one"])
def test_mistake_is_shown_at_its_smallest(mistake: str) -> None:
    """One question is enough to show it, in a world where nothing else happens."""
    (variant,) = (one for one in VARIANTS if one.mistake == mistake)
    with variant.made(), pytest.raises(FindingError) as caught:
        fuzz(remembered, errors=ClientError, settings=SHRUNK)
    steps = [line for note in caught.value.__notes__ for line in note.splitlines() if line.startswith("state.")]
    assert [step.partition("(")[0] for step in steps[:1] + steps[2:]] == ["state.begin", "state.teardown"]
    assert steps[1].startswith("state.ask_for_")


def test_every_verdict_is_proven() -> None:
    """There is a mistake for each verdict."""
    assert {one.verdict for one in VARIANTS} == VERDICTS.keys()
