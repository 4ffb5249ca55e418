"""What the harness sees of a client besides its calls: what it logs, how its processes are called, that it is lost."""

import logging
import os
import subprocess
from collections.abc import Sequence
from http.client import HTTPConnection
from urllib.parse import urlsplit

from mockex.conformance import REQUIREMENTS
from mockex.conformance.case import Ask, Case, Drop
from mockex.conformance.grading import judge_case
from mockex.conformance.harness import mistake_of
from mockex.conformance.hearing import Hearing
from mockex.conformance.playing import play
from mockex.conformance.processes import children, command_lines
from mockex.conformance.run import FEATURES, Told, ToldError
from mockex.fuzzing import Target
from mockex.testing import LiveExchange

LOG = logging.getLogger("a.client")


def test_all_levels_are_heard_for_as_long_as_somebody_hears() -> None:
    """Two hear at once, in any order; afterwards the level is what it was."""
    level = logging.getLogger().level
    first, second = Hearing(), Hearing()
    first.begin()
    LOG.debug("to one")
    second.begin()
    LOG.info("to %s", "both")
    assert first.end() == ["to one", "to both"]
    LOG.debug("to the other")
    assert second.end() == ["to both", "to the other"]
    assert logging.getLogger().level == level


def test_a_line_that_cannot_be_written_does_no_harm() -> None:
    """Who logs it goes on, as with any handler of logging."""
    hearing = Hearing()
    hearing.begin()
    hearing.handle(LOG.makeRecord(LOG.name, logging.DEBUG, __file__, 1, "%d things", ("no",), None))
    assert hearing.end() == ["%d things"]


def test_processes_are_seen_as_they_were_called() -> None:
    """Those that this one has started, and those of a group of their own."""
    command = ["sh", "-c", "echo; read line", "sh", "a secret"]
    line = "$ sh -c 'echo; read line' sh 'a secret'"
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as one:
        assert one.stdin is not None
        assert one.stdout is not None
        try:
            one.stdout.readline()  # by then it is called what it is called
            assert line in children(os.getpid())
            assert command_lines(one.pid) == [line]
        finally:
            one.stdin.close()
    assert line not in children(os.getpid())


class Endless:
    """A client whose first call does not end."""

    name, version = "endless", ""
    features = frozenset(FEATURES)

    def __init__(self) -> None:
        self.asked = 0

    def open(self, _target: Target) -> Told:
        """Be made."""
        return Told()

    def ask(self, asks: Sequence[Ask]) -> list[Told]:
        """Tell that it did not end."""
        self.asked += len(asks)
        return [Told(error=ToldError(type="endless", text="on and on", is_endless=True)) for _ in asks]

    def close(self) -> list[str]:
        """End."""
        return []


def test_who_was_given_up_is_asked_no_more() -> None:
    """What is left of its questions has the same answer, and takes no more time."""
    client = Endless()
    run = play(Case(name="three", steps=(Ask(), Drop(), Ask(), Ask(what="records"))), client)
    assert client.asked == 1
    assert [error.text for error in run.errors] == ["on and on"] * 3


def test_a_page_of_what_stands_before_a_gateway_is_allowed() -> None:
    """CloudFront answers a GET with a body itself, and not as the endpoint's page has it."""
    with LiveExchange() as exchange:
        line = HTTPConnection(urlsplit(exchange.url).netloc, timeout=10)
        line.request("GET", "/sapi/v1/portfolio/pmLoan", body=b"{}")
        with line.getresponse() as response:
            assert response.read().startswith(b"<!DOCTYPE")
        line.close()
        (entry,) = exchange.journal
    assert (entry.status, entry.endpoint) == (403, "pm_loan")
    assert mistake_of(entry) is None


class Refusing(Endless):
    """A client that asks as it is made, and does not like what it hears."""

    def open(self, _target: Target) -> Told:
        """Fail."""
        return Told(error=ToldError(type="refusing", own=True, text="not to be trusted"))


def test_who_refuses_a_certificate_as_it_is_made_is_right() -> None:
    """It need not wait for a question; with any other exchange it must be made."""
    by_id = {requirement.id: requirement for requirement in REQUIREMENTS}
    trust, plain = by_id["NET-TLS-TRUST"], by_id["NET-TLS"]
    assert {judge_case(trust, case, Refusing()).verdict for case in trust.cases} == {"PASS"}
    assert {judge_case(plain, case, Refusing()).verdict for case in plain.cases} == {"FAIL"}
