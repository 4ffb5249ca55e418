"""Durations and moments that are typed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockex.cli.units import UNITS_MS, duration_ms, moment_ms, spoken
from mockex.core.clock import iso

TEN_YEARS_MS = 10 * 366 * 86_400_000


@given(st.integers(-TEN_YEARS_MS, TEN_YEARS_MS))
def test_what_is_spoken_is_read_back(ms: int) -> None:
    """Every duration is written so that it can be typed again."""
    assert duration_ms(spoken(ms)) == ms


@given(st.lists(st.sampled_from(list(UNITS_MS)), min_size=1, unique=True), st.data())
def test_units_add_up_in_their_order(units: list[str], data: st.DataObject) -> None:
    """Numbers with units add up where the units stand in their order, and are refused where they do not."""
    counts = {unit: data.draw(st.integers(0, 10_000)) for unit in units}
    text = "".join(f"{counts[unit]}{unit}" for unit in units)
    if units == sorted(units, key=list(UNITS_MS).index):
        assert duration_ms(text) == sum(count * UNITS_MS[unit] for unit, count in counts.items())
        assert duration_ms(f"-{text}") == -duration_ms(f"+{text}")
    else:
        with pytest.raises(ValueError, match="in this order"):
            duration_ms(text)


@pytest.mark.parametrize(
    ("text", "ms"),
    [("2m", 120_000), ("90s", 90_000), ("1h30m", 5_400_000), ("250ms", 250), ("3d", 259_200_000), ("1.5s", 1_500)],
)
def test_durations_of_the_manual(text: str, ms: int) -> None:
    """The manual's examples mean what they say, and fractions do."""
    assert duration_ms(text) == ms


@given(st.text(max_size=12))
def test_any_text_is_a_duration_or_a_sentence(text: str) -> None:
    """Nothing that can be typed is thrown but as a ValueError that quotes it."""
    sentence = repr(text)
    try:
        duration_ms(text)
    except ValueError as error:
        sentence = str(error)
    assert repr(text) in sentence


@pytest.mark.parametrize("text", ["", "90", "m", "1m1m", "1s1m", "0.5ms", "1e3s", "1 m", "--1s", "٣s", "1.s", ".5s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """A number without its unit, a unit twice or out of order, and parts of a millisecond are refused."""
    with pytest.raises(ValueError, match="is no "):
        duration_ms(text)


@given(st.integers(0, 253_402_300_799_999))
def test_moment_is_read_to_the_millisecond(ms: int) -> None:
    """What the clock prints can be typed, and so can its milliseconds."""
    assert moment_ms(iso(ms)) == moment_ms(str(ms)) == ms


def test_moment_needs_its_zone() -> None:
    """A zone is heeded; a moment without one is refused with the one that was probably meant."""
    assert moment_ms("2026-01-01T01:00:00+01:00") == int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000
    with pytest.raises(ValueError, match="has no zone; in UTC it is 2026-01-01T00:00:00Z"):
        moment_ms("2026-01-01")
    with pytest.raises(ValueError, match="'tomorrow' is no moment"):
        moment_ms("tomorrow")
