"""`mockex journal`, `verify` and `wait` on a running server."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from signal import SIGINT
from threading import Thread, Timer

import pytest

from mockex.core.wire import Request
from mockex.testing import LiveExchange
from tests.cli.controlling import Controlled
from tests.cli.running import MOCKEX, PATIENCE_S, PM_LOAN, ROOT, environment, get

TABLE = """\
seq  at                        method  path                       status   code         used  why
  1  2026-01-01T00:00:30.000Z  GET     /sapi/v1/portfolio/pmLoan     200          500/180000
  2  2026-01-01T00:00:30.000Z  GET     /sapi/v1/portfolio/pmLoan     400  -1022               signature_is_wrong
  3  2026-01-01T00:00:30.000Z  GET     /sapi/v1/portfolio/pmLoan     503  -1008  1000/180000  fault f1
"""
SIGNATURE = "5ig" * 21 + "!"


@pytest.fixture
def control() -> Iterator[Controlled]:
    """Serve `documented`, whose clock stands still: one call was admitted, one refused, one spoiled by a fault."""
    with LiveExchange("documented") as exchange:
        controlled = Controlled(exchange)
        assert controlled.loan() == 200
        assert controlled.loan(signature=SIGNATURE) == 400
        controlled.run("fault", "add", "overloaded", "times=1")
        assert controlled.loan() == 503
        yield controlled


def test_journal_is_a_table(control: Controlled) -> None:
    """A row has status, code, weight, and the check that refused or the fault that struck."""
    second = TABLE.splitlines()[2]
    assert control.run("journal") == TABLE
    assert control.run("journal", "status=400", "code=-1022").splitlines()[1].split() == second.split()
    assert [line.split()[0] for line in control.run("journal", "--last", "2").splitlines()[1:]] == ["2", "3"]
    assert control.run("journal", "fault=f1").splitlines()[1].split()[0] == "3"
    assert control.run("journal", "refused_by=", "fault=").splitlines()[1].split()[0] == "1"
    assert control.run("journal", "uid=7") == "no calls\n"


def test_journal_in_other_forms(control: Controlled) -> None:
    """JSON, curl lines and HAR tell the same calls; no form tells a whole signature."""
    entries = json.loads(control.run("journal", "--format", "json"))
    assert [(entry["seq"], entry["status"]) for entry in entries] == [(1, 200), (2, 400), (3, 503)]
    assert control.said("journal") == entries
    lines = control.run("journal", "--format", "curl").splitlines()
    assert len(lines) == 3
    assert all(line.startswith("curl -g -i -H 'X-MBX-APIKEY: ") and "$(mockex sign " in line for line in lines)
    har = json.loads(control.run("journal", "--format", "har", "status=400"))
    assert [entry["response"]["status"] for entry in har["log"]["entries"]] == [400]
    for form in ("table", "json", "curl", "har"):
        assert SIGNATURE[:16] not in control.run("journal", "--format", form)


def test_journal_is_cleared(control: Controlled) -> None:
    """All calls are forgotten at once, and the numbers go on."""
    assert control.run("journal", "--clear") == "3 calls are forgotten\n"
    assert control.run("journal") == "no calls\n"
    control.loan()
    assert control.run("journal").splitlines()[1].split()[0] == "4"
    assert "goes with nothing else" in control.refused("journal", "--clear", "status=200")


def test_what_a_client_sends_moves_no_cursor(control: Controlled) -> None:
    """Bytes in a path that are no text do not reach the terminal of who reads the journal."""
    control.exchange.exchange.handle(Request(method="GET", target="/\x07\x08\udcff?x", received_at_ms=0))
    printed = control.run("journal", "--last", "1")
    assert "/\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}" in printed


@contextmanager
def following(url: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run `mockex journal --follow`; it is killed by its own id, should it still run, or be silent for too long."""
    process = subprocess.Popen(
        [*MOCKEX, "journal", "--follow", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment({"MOCKEX_URL": url}),
        cwd=ROOT,
    )
    watchdog = Timer(PATIENCE_S, process.kill)
    watchdog.start()
    try:
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def test_journal_is_followed(control: Controlled) -> None:
    """What was before is told where it is asked for, then each call as it comes; Ctrl-C ends it, 130 to a shell."""
    with following(control.exchange.url, "--last", "1", "endpoint=pm_loan") as process:
        assert process.stdout is not None
        assert process.stdout.readline().split() == TABLE.split("\n", 1)[0].split()
        assert process.stdout.readline().split()[0] == "3"
        get(control.exchange.url, "/api/v3/ping")
        control.loan(signature=SIGNATURE)
        assert process.stdout.readline().split()[::5] == ["5", "-1022"]
        process.send_signal(SIGINT)
        assert process.wait(PATIENCE_S) == -SIGINT
        assert process.stdout.read() == ""


def test_journal_is_followed_as_json(control: Controlled) -> None:
    """Followed as JSON each call is one line."""
    with following(control.exchange.url, "--last", "1", "--json") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["seq"] == 3
        control.loan()
        line = process.stdout.readline()
        assert json.loads(line)["seq"] == 4


def test_follow_is_refused_before_it_begins(control: Controlled) -> None:
    """An unknown world, an unknown name, and a form that cannot be followed are each one sentence."""
    assert "did you mean 'default'" in control.refused("journal", "--follow", "--world", "defualt")
    assert "did you mean 'status'" in control.refused("journal", "--follow", "staus=1")
    assert "not har" in control.refused("journal", "--follow", "--format", "har")
    status, said = get(control.exchange.url, "/_mockex/worlds/default/journal/follow?status=many")
    assert (status, "status" in said["error"]) == (400, True)


def test_verify_holds(control: Controlled) -> None:
    """Each way of asking how often ends with 0 where it is so."""
    for arguments in (
        ("endpoint=pm_loan",),
        ("endpoint=pm_loan", "--count", "3"),
        ("status=400", "code=-1022", "refused_by=signature_is_wrong", "--at-least", "1", "--at-most", "1"),
        ("status=418", "--at-most", "0"),
        ("--order", "status=200", "--order", "status=400 code=-1022", "--order", "fault=f1"),
    ):
        control.run("verify", *arguments)
    assert control.run("verify", "status=200", "--count", "1") == "1 of 3 calls match, and exactly 1 were expected\n"


def test_verify_does_not_hold(control: Controlled) -> None:
    """It ends with 1 and shows the nearest calls and how they differ."""
    printed = control.run("verify", "status=400", "code=-1021", code=1)
    first, nearest, *_ = printed.splitlines()
    assert first == "0 of 3 calls match, but at least 1 were expected"
    assert nearest == "call 2 is near: code is -1022, not -1021"
    assert "call 1 is near: status is 200, not 400, code is none, not -1021" in printed
    for arguments in (
        ("--count", "4"),
        ("--at-most", "2"),
        ("--at-least", "4"),
        ("--order", "status=503", "--order", "status=200"),
    ):
        control.run("verify", *arguments, code=1)
    said = control.said("verify", "status=418", code=1)
    assert (said["holds"], said["matched"], len(said["nearest"])) == (False, 0, 3)


def test_verify_is_asked_wrongly(control: Controlled) -> None:
    """What cannot be asked ends with 2, which no test takes for a no."""
    assert "did you mean 'status'" in control.refused("verify", "staus=200")
    assert "at status" in control.refused("verify", "status=many")
    assert "NAME=VALUE" in control.refused("verify", "200")
    assert "twice" in control.refused("verify", "status=200", "status=400")
    assert "--count" in control.refused("verify", "--count", "1", "--at-least", "1")
    assert "--order stands alone" in control.refused("verify", "status=200", "--order", "status=200")
    assert "No closing quotation" in control.refused("verify", "--order", "path='")


def test_wait_ends_when_the_call_comes(control: Controlled) -> None:
    """It waits for the calls that are still missing, and prints them."""
    done: list[str] = []
    waiting = Thread(target=lambda: done.append(control.run("wait", "status=200", "--count", "2", "--timeout", "20s")))
    waiting.start()
    journal = control.exchange.exchange.world.journal
    while not journal.listeners:
        assert waiting.is_alive()
    assert control.loan() == 200
    waiting.join()
    assert [line.split()[0] for line in done[0].splitlines()] == ["seq", "1", "4"]


def test_wait_ends_when_the_time_is_over(control: Controlled) -> None:
    """It ends with 1 when the time is over, at once where it is 0, and 2 where no wait can be so long."""
    printed = control.run("wait", "status=418", "--timeout", "50ms", code=1)
    assert printed == "0 of 1 calls came within 50ms\n"
    assert control.said("wait", "status=200", "--count", "2", "--timeout", "0s", code=1)["matched"] == 1
    assert control.run("wait", f"path={PM_LOAN}", "--count", "3", "--timeout", "0s")
    assert "timeout_s" in control.refused("wait", "--timeout", "1d")
    assert "no duration" in control.refused("wait", "--timeout", "10")
