"""What the harness sees of a client besides its calls: what it logs, how its processes are called, that it is lost."""

import logging
import os
import subprocess
from collections.abc import Sequence
from http.client import HTTPConnection
from urllib.parse import urlsplit

from mockex.conformance.case import Ask, Case, Drop
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
    with subprocess.Popen(
        ["sh", "-c", "read line", "sh", "a secret"], stdin=subprocess.PIPE, start_new_session=True
    ) as one:
        line = "$ sh -c 'read line' sh 'a secret'"
        try:
            assert line in children(os.getpid())
            assert command_lines(one.pid) == [line]
        finally:
            assert one.stdin is not None
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
