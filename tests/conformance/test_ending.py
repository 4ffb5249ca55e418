"""One mistake is one finding: whose error comes out is judged once, how a call ends wherever it does."""

from typing import Any

import aiohttp
import pytest
from msgspec import structs

from mockex.conformance import REQUIREMENTS
from mockex.conformance.case import Ask, Case, Disturb
from mockex.conformance.families.told_limits import surfaces
from mockex.conformance.families.tries import survives_odd_retry_after
from mockex.conformance.grading import judge_case
from mockex.conformance.oracles import findings
from mockex.conformance.playing import play
from mockex.conformance.requirement import Unseen
from mockex.conformance.run import FEATURES, Run, ToldError
from mockex.core.effects import Documented, Effect
from mockex.core.faults import Fault
from mockex.core.hostile import OddRetryAfter
from mockex.core.hostile_wire import HangUp, Reset
from mockex.testing import client as module
from tests.conformance.broken import Broken, in_process
from tests.conformance.watching import ATTRIBUTED
from tests.conformance.zoo import ZOO
from tests.conformance.zoo.errors import refusal_raised_plain
from tests.conformance.zoo.networks import lets_out

BY_ID = {requirement.id: requirement for requirement in REQUIREMENTS}
OF_NETWORKS = Broken("", "", module, "understood", lets_out)
OF_REFUSALS = Broken("", "", module.Client, "_ask", refusal_raised_plain)


def failed(*prefixes: str) -> set[str]:
    """Name the requirements that the client fails, of those whose ids begin so."""
    asked = [one for one in REQUIREMENTS if one.id.startswith(prefixes)]
    return {one.id for one in asked for case in one.cases if judge_case(one, case, in_process()).verdict == "FAIL"}


def test_missing_wrapper_for_networks_is_one_finding() -> None:
    """Whose error it is counts in no requirement that is about resets, several calls at once, or retries."""
    with OF_NETWORKS.made():
        assert failed("NET-", "CONC-", "SIG-FRESH") == {"NET-OWN"}


def test_missing_wrapper_for_refusals_is_one_finding() -> None:
    """Its errors tell the code and the status in their text, as errors of libraries do."""
    with OF_REFUSALS.made():
        about = ("TIME-TOLD", "RATE-ODD-RETRY-AFTER", "RATE-SURFACES", "ERR-ENVELOPE", "ERR-POSITIVE", "CONC-")
        assert failed(*about) == {"ERR-ENVELOPE"}


def struck(*effects: Effect, ask: Ask = Ask()) -> Case:  # noqa: B008 - a Struct that is frozen
    """Make a case of one question."""
    return Case(name="struck", steps=(*(Disturb(fault=Fault(effect=effect)) for effect in effects), ask))


def with_error(run: Run, **about: Any) -> Run:
    """Let the first question have come to this error, which is not the client's own."""
    first, *others = run.asked
    error = ToldError(**{"type": "E", **about})
    first = structs.replace(first, told=structs.replace(first.told, value=None, error=error))
    return structs.replace(run, asked=[first, *others])


def test_who_tells_no_error_is_not_judged_for_whose_it_is() -> None:
    """A call that did not end, or met nothing, or came to a value, is judged elsewhere."""
    judge = BY_ID["NET-OWN"].judge
    run = play(struck(Reset()), in_process())
    assert judge(run) is None
    assert "no error of the client's own: E: no" in str(judge(with_error(run, text="E: no")))
    for about in ({"is_endless": True}, {"is_lost": True}):
        assert isinstance(judge(with_error(run, **about)), Unseen)
    assert isinstance(judge(play(struck(), in_process())), Unseen)


def test_call_that_has_not_ended_is_said_to_have_not() -> None:
    """Nobody knows whether it would have; so nothing is said of that, and it is no MUST."""
    assert BY_ID["NET-STALL"].severity == "SHOULD"
    broken = next(one for one in ZOO if one.mistake == "a try has no limit of time")
    with broken.made():
        result = judge_case(BY_ID["NET-STALL"], BY_ID["NET-STALL"].cases[0], in_process(real_s=1.0))
    assert result.sentence == "call 1: it had not ended within 1 s of the machine's time"


ODD = (Documented("too-many-requests"), OddRetryAfter("soon"))
STUMBLED, TELLS = "ValueError: could not convert 'soon'", "HTTPError: 429 Too Many Requests"


@pytest.mark.parametrize(("text", "wanted"), [(STUMBLED, "RATE-ODD-RETRY-AFTER"), (TELLS, "ERR-ENVELOPE")])
def test_odd_retry_after_is_held_against_who_stumbles_over_it(text: str, wanted: str) -> None:
    """In its own cases, and in those that are drawn; an error that tells of the limit has not stumbled."""
    run = with_error(play(struck(*ODD), in_process()), text=text)
    assert isinstance(survives_odd_retry_after(run), str) is (wanted == "RATE-ODD-RETRY-AFTER")
    assert [one.requirement for one in findings(run, ATTRIBUTED)] == [wanted]


def test_failure_of_the_network_is_attributed_to_whose_error_it_is() -> None:
    """In a drawn case, too."""
    with OF_NETWORKS.made():
        run = play(struck(HangUp()), in_process())
    assert [one.requirement for one in findings(run, ATTRIBUTED)] == ["NET-OWN"]


def test_limit_comes_out_in_an_error_that_tells_it() -> None:
    """As its status; in the words of an error that is not the client's own."""
    run = play(BY_ID["RATE-SURFACES"].cases[0], in_process())
    assert surfaces(with_error(run, text="HTTPError: 429")) is None
    assert "tells the status None" in str(surfaces(with_error(run, text="HTTPError")))
    assert "tells the status None" in str(surfaces(with_error(run, text="429", own=True)))


async def passed_on(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Leave it to aiohttp to send a request again."""
    return await send(request)


@pytest.mark.parametrize(("middleware", "verdict"), [(passed_on, "FAIL"), (module.sent_once, "PASS")])
def test_what_a_library_sends_again_by_itself_is_not_signed_anew(middleware: Any, verdict: str) -> None:
    """On the machine's clock that is seen, for the first was held for longer than anybody takes to send a call."""
    features = frozenset(FEATURES) - {"clock"}
    cases = [case for case in BY_ID["SIG-FRESH"].cases if "hung up" in case.name]
    with Broken("", "", module, "sent_once", middleware).made():
        results = [judge_case(BY_ID["SIG-FRESH"], case, in_process(features=features)) for case in cases]
    assert {one.verdict for one in results} == {verdict}, [one.sentence for one in results]
