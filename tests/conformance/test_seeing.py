"""What the harness sees of a client besides its calls: what it logs, how its processes are called, that it is lost."""

import logging
import os
import subprocess
from collections.abc import Sequence
from http.client import HTTPConnection
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec import structs

from mockex.conformance import REQUIREMENTS, InProcess
from mockex.conformance.case import Ask, Case, Drop
from mockex.conformance.families.judging import last_words
from mockex.conformance.grading import judge_case
from mockex.conformance.harness import mistake_of
from mockex.conformance.hearing import Hearing
from mockex.conformance.playing import SETTLE_S, play
from mockex.conformance.processes import children, command_lines
from mockex.conformance.run import FEATURES, Told, ToldError
from mockex.fuzzing import Target
from mockex.testing import LiveExchange
from mockex.testing.client import ClientError
from tests.conformance.broken import reference

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

    def __init__(self, **about: Any) -> None:
        super().__init__()
        self.error = ToldError(type="refusing", **about)

    def open(self, _target: Target) -> Told:
        """Fail."""
        return Told(error=self.error)


BY_ID = {requirement.id: requirement for requirement in REQUIREMENTS}
TRACE = "{said}\n    at connect (/a/home/client.js:1:2)\n    at /a/home/main.js:3:4 {{\n  code: 'CERT'\n}}"


@pytest.mark.parametrize("own", [True, False])
def test_who_refuses_a_certificate_as_it_is_made_is_right(own: bool) -> None:
    """It need not wait for a question, and any error will do; with any other exchange it must be made."""
    trust, plain = BY_ID["NET-TLS-TRUST"], BY_ID["NET-TLS"]
    client = Refusing(own=own, text=TRACE.format(said="Error: not to be trusted"))
    assert {judge_case(trust, case, client).verdict for case in trust.cases} == {"PASS"}
    failed = [judge_case(plain, case, client) for case in plain.cases]
    assert {one.verdict for one in failed} == {"FAIL"}
    assert {one.sentence for one in failed} == {"it could not be made: Error: not to be trusted"}


def test_who_does_not_end_as_it_meets_a_certificate_is_wrong() -> None:
    """No error came out of it."""
    trust = BY_ID["NET-TLS-TRUST"]
    for about in ({"is_endless": True}, {"is_lost": True}):
        result = judge_case(trust, trust.cases[0], Refusing(text="it had not ended", **about))
        assert (result.verdict, result.sentence) == ("FAIL", "as it was made: it had not ended")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (TRACE.format(said="Error: no"), "Error: no"),
        ('Traceback (most recent call last):\n  File "/a/b.py", line 1\n    ask()\nx.Error: no', "x.Error: no"),
        ("Error: first\nand last\n", "and last"),
        ("  indented", "indented"),
        ("", "E"),
        ("}\n", "E"),
    ],
)
def test_sentences_hold_what_an_error_says(text: str, line: str) -> None:
    """And not where on a machine it was raised."""
    assert last_words(ToldError(type="E", text=text)) == line


class LateCloser(InProcess):
    """The reference client, one of whose connections is closed a while after it was."""

    def __init__(self, late_s: float) -> None:
        super().__init__(reference, errors=ClientError)
        self.late_s = late_s

    def open(self, target: Target) -> Told:
        """Open a connection beside."""
        at = urlsplit(target.url)
        self.beside = HTTPConnection(at.hostname or "", at.port)
        self.beside.connect()
        return super().open(target)

    def close(self) -> list[str]:
        """Close it later."""
        timer = Timer(self.late_s, self.beside.close)
        timer.start()
        return super().close()


def test_connections_may_be_closed_a_while_after_their_client() -> None:
    """Where that is judged they are waited for; elsewhere nobody waits."""
    (case,) = BY_ID["NET-CLOSE"].cases
    result = judge_case(BY_ID["NET-CLOSE"], case, LateCloser(4 * SETTLE_S))
    assert (result.verdict, result.sentence) == ("PASS", "")
    assert play(structs.replace(case, close_s=0.0), LateCloser(4 * SETTLE_S)).left_open == 1
