"""What judges of limits and ranges say where no broken client on a still clock leads them."""

from collections.abc import Callable

import pytest
from msgspec import structs

from mockex.conformance import REQUIREMENTS
from mockex.conformance.case import NOW_MS, Ask, Case
from mockex.conformance.families.parts import fails_whole, in_order, never_refused, none_left_out, whole
from mockex.conformance.families.rates import OBEYED
from mockex.conformance.families.seams import MONTH_END_MS
from mockex.conformance.families.tries import survives_odd_retry_after, tries_slow_few_times
from mockex.conformance.families.waiting import remembers, waits
from mockex.conformance.playing import play
from mockex.conformance.requirement import Requirement, Unseen
from mockex.conformance.run import Run, ToldError
from mockex.core.dates import months_later_ms
from mockex.testing import client as module
from tests.conformance.broken import Broken, in_process
from tests.conformance.zoo.ranges import Spans, a_millisecond_lost, in_one, oldest_first
from tests.conformance.zoo.rates import waits_not

BY_ID = {requirement.id: requirement for requirement in REQUIREMENTS}
DAY_MS = 86_400_000
ENDLESS = ToldError(type="endless", text="it had not ended within 30 s", is_endless=True)


def played(requirement: str) -> Run:
    """Play the first case of a requirement with the reference client."""
    return play(BY_ID[requirement].cases[0], in_process())


def moved(run: Run, by_ms: int) -> Run:
    """Let each call be made so long after the one before."""
    first_ms = run.entries[0].at_ms
    entries = [structs.replace(entry, at_ms=first_ms + place * by_ms) for place, entry in enumerate(run.entries)]
    return structs.replace(run, entries=entries)


def without(run: Run, feature: str) -> Run:
    """Let the client have claimed less."""
    return structs.replace(run, features=run.features - {feature})


def ended_in(run: Run, error: ToldError, place: int = 0) -> Run:
    """Let a question have come to this error."""
    asked = list(run.asked)
    asked[place] = structs.replace(asked[place], told=structs.replace(asked[place].told, value=None, error=error))
    return structs.replace(run, asked=asked)


def test_calls_that_may_have_been_on_their_way_are_not_blamed_in_a_journal() -> None:
    """Of a journal alone nobody knows who had heard what; a second later everybody has."""
    with Broken("", "", module, "wait_s", waits_not).made():
        run = played("RATE-RETRY-AFTER")
    assert len(run.entries) > 1
    journal = structs.replace(run, asked=())
    assert isinstance(waits(run), str)
    assert waits(moved(journal, 900)) is None
    assert "0.9 s before the time was over" in str(waits(moved(journal, 1_100)))
    assert waits(moved(journal, 2_000)) is None


def test_limit_that_was_not_heard_of_is_not_held_against_a_journal() -> None:
    """A gateway that hangs up has told nothing, whatever the journal says that it was about to."""
    with Broken("", "", module, "wait_s", waits_not).made():
        run = played("RATE-RETRY-AFTER")
    journal = moved(structs.replace(run, asked=()), 1_100)
    first, *others = journal.entries
    unheard = structs.replace(first, faults=(*first.faults, "hostile-hang-up"))
    assert waits(journal) is not None
    assert isinstance(waits(structs.replace(journal, entries=[unheard, *others])), Unseen | None)


def test_another_key_need_not_wait() -> None:
    """SAPI's budgets are of a UID, and a journal holds the calls of several."""
    with Broken("", "", module, "wait_s", waits_not).made():
        run = played("RATE-RETRY-AFTER")
    first, *others = run.entries
    assert others
    assert (
        waits(structs.replace(run, entries=[first, *(structs.replace(one, api_key="other") for one in others)])) is None
    )


@pytest.mark.parametrize("requirement", [one for one in OBEYED if one.is_passive], ids=lambda one: one.id)
def test_journal_without_limits_shows_nothing(requirement: Requirement) -> None:
    """Who was never told to wait was not seen to."""
    assert isinstance(requirement.judge(Run(case=requirement.cases[0], features=frozenset())), Unseen)


def test_call_beside_another_is_seen_where_time_runs() -> None:
    """Nobody gives up a call within a tenth of a second; on a clock that stands still all tries may be at one time."""
    run = played("RATE-FLOOD")
    assert len(run.signed) > 1
    assert "which was still to be answered" in str(tries_slow_few_times(without(moved(run, 99), "clock")))
    assert tries_slow_few_times(without(moved(run, 100), "clock")) is None
    assert tries_slow_few_times(moved(run, 0)) is None


def test_wait_beyond_the_harness_is_no_finding_where_it_is_real() -> None:
    """A client that waits for the next minute is given up before; on its own clock a wait without end is known."""
    run = ended_in(played("RATE-ODD-RETRY-AFTER"), ENDLESS)
    assert "did not end" in str(survives_odd_retry_after(run))
    assert isinstance(survives_odd_retry_after(without(run, "clock")), Unseen)
    lost = ToldError(type="lost", text="its process ended with exit code 1", is_lost=True)
    assert "did not end" in str(survives_odd_retry_after(without(ended_in(run, lost), "clock")))


def test_client_that_was_given_up_has_nothing_to_remember() -> None:
    """The next question is asked of nobody, or of a new process."""
    run = played("RATE-REMEMBERS")
    assert remembers(run) is None
    assert isinstance(remembers(ended_in(run, ENDLESS)), Unseen)


def test_millisecond_in_which_nothing_happened_is_missed_on_the_wire() -> None:
    """No record tells that it was not asked for; the calls do."""
    year = Case(name="nothing", steps=(Ask(what="records", start_ms=NOW_MS - 365 * DAY_MS, end_ms=NOW_MS),))
    assert none_left_out(play(year, in_process())) is None
    with Broken("", "", module, "spans", a_millisecond_lost).made():
        sentence = none_left_out(play(year, in_process()))
    assert str(NOW_MS - 4 * 89 * DAY_MS + 1) in str(sentence)


def test_order_of_parts_is_no_matter_of_splitting() -> None:
    """Records that all came, the oldest part first, are one finding and not two."""
    with Broken("", "", module, "spans", oldest_first).made():
        run = played("WIN-SPLIT")
    assert whole(run) is None
    assert "not newest first" in str(in_order(run))


def test_part_that_was_not_asked_for_did_not_fail() -> None:
    """A client that does not split hears of its long range, and of no part."""
    with Broken("", "", module, "spans", in_one).made():
        assert isinstance(fails_whole(played("WIN-FAILS-WHOLE")), Unseen)


def refuses_three_months(start_ms: int, end_ms: int) -> Spans:
    """Take no range of more than ninety days."""
    if end_ms - start_ms > 90 * DAY_MS:
        raise module.RefusedError(None, None, "at most 90 days")
    yield start_ms, end_ms


@pytest.mark.parametrize(
    ("splits", "expected"),
    [(True, lambda judged: "came to nothing" in judged), (False, lambda judged: "90 days" in judged.why)],
)
def test_client_that_keeps_below_three_months_is_blamed_only_if_it_splits(
    splits: bool, expected: Callable[[object], bool]
) -> None:
    """Calendar months are decided, so that who refuses 91 days by itself may be right."""
    start_ms = MONTH_END_MS
    ask = Ask(what="records", start_ms=start_ms, end_ms=months_later_ms(start_ms, 3))
    with Broken("", "", module, "spans", refuses_three_months).made():
        run = play(Case(name="three months", steps=(ask,)), in_process())
    assert not run.entries
    assert expected(never_refused(run if splits else without(run, "splits_ranges")))
