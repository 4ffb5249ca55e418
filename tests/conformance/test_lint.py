"""Lint judges journals alone: each client by its key, and never for what was done to it on purpose."""

import json as lenient
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec import json, structs

from mockex.conformance import REQUIREMENTS
from mockex.conformance.case import Case, Skew
from mockex.conformance.journals import entries_in, entries_of
from mockex.conformance.linting import lint
from mockex.conformance.playing import play
from mockex.errors import MockexError
from mockex.testing import LiveExchange, LiveWorld, Signer
from mockex.testing.journal import JournalEntry
from tests.cli.running import PM_LOAN, get, mockex, refused
from tests.conformance.broken import in_process
from tests.conformance.watching import SIGNS, STAMPS, WATCHED

AT_MS = 1_767_225_600_000


@contextmanager
def opened() -> Iterator[LiveExchange]:
    """Open an exchange whose clock stands still."""
    with LiveExchange() as exchange:
        exchange.clock.freeze(AT_MS)
        yield exchange


def loan(world: LiveWorld, signer: Signer, timestamp_ms: int, *, wrongly: bool = False) -> int:
    """Ask for the loan; gives the status."""
    query = signer.signed(f"timestamp={timestamp_ms}") + ("0" if wrongly else "")
    path = urlsplit(world.url).path
    return get(world.url, f"{path}{PM_LOAN}?{query}", {"X-MBX-APIKEY": signer.api_key})[0]


def verdicts(entries: list[JournalEntry]) -> dict[str, list[str]]:
    """Lint by what tests watch; gives the verdict for each client."""
    return {result.id: [case.verdict for case in result.cases] for result in lint(entries, WATCHED).report.results}


def of(world: LiveWorld) -> list[JournalEntry]:
    """Read a journal as the control API tells it, as JSON that was written down."""
    return entries_of(json.decode(json.encode(list(world.journal))))


def test_each_client_is_judged_by_its_own_calls() -> None:
    """Two clients may use one timestamp; one may not use it twice."""
    with opened() as exchange:
        first, second, third = exchange.signers()
        for signer in (first, second):
            assert loan(exchange, signer, AT_MS) == 200
        assert verdicts(of(exchange)) == {STAMPS.id: ["UNSEEN", "UNSEEN"], SIGNS.id: ["PASS", "PASS"]}
        assert loan(exchange, second, AT_MS) == 200
        assert loan(exchange, third, AT_MS, wrongly=True) == 400
        linted = lint(of(exchange), WATCHED)
    stamps, signs = linted.report.results
    assert [case.verdict for case in stamps.cases] == ["UNSEEN", "FAIL", "UNSEEN"]
    assert [case.verdict for case in signs.cases] == ["PASS", "PASS", "FAIL"]
    assert stamps.cases[0].case.name == f"key {first.api_key[:8]}…"
    assert [case.case.name for case in stamps.cases[1:]] == [f"key {one.api_key}" for one in (second, third)]
    assert [entry.seq for entry in stamps.cases[1].entries] == [2, 3]
    assert stamps.cases[1].sentence.startswith("call 3: GET /sapi/v1/portfolio/pmLoan → 200 has the timestamp")
    assert linted.report.exit_code == 1


def test_what_a_fault_struck_is_nobodys_mistake() -> None:
    """Whatever the fault is called, judges see that the call was spoilt."""
    with opened() as exchange:
        signer = exchange.signer()
        exchange.faults.add("html", times=1)
        exchange.faults.add("overloaded", name="mine", nth=2)
        for _ in range(3):
            loan_or_nothing(exchange, signer)
        linted = lint(of(exchange), WATCHED)
    assert [case.verdict for result in linted.report.results for case in result.cases] == ["UNSEEN", "PASS"]
    assert "2 calls met a fault" in " ".join(linted.left_out)


def loan_or_nothing(world: LiveWorld, signer: Signer) -> None:
    """Ask for the loan, whatever comes of it."""
    with suppress(ValueError):
        loan(world, signer, AT_MS)


CALM = [
    pytest.param(case, id=f"{requirement.id}: {case.name}")
    for requirement in REQUIREMENTS
    for case in requirement.cases
    if requirement.family in {"SIG", "RATE", "WIN"} and not any(isinstance(step, Skew) for step in case.steps)
]
"""No journal tells that a client's clock was turned on purpose."""


@pytest.mark.parametrize("case", CALM)
def test_nothing_is_found_wrong_with_the_reference_client(case: Case) -> None:
    """Whatever it was asked, and whatever struck it, its calls alone accuse it of nothing."""
    run = play(case, in_process())
    report = lint(entries_of(json.decode(json.encode(list(run.entries))))).report
    assert [(one.id, two.sentence) for one in report.results for two in one.cases if two.verdict == "FAIL"] == []


def test_calls_without_a_key_belong_to_the_only_client_there_is() -> None:
    """A question for the time is a client's own where there is one alone; a signed call without a key is nobody's."""
    with opened() as exchange:
        first, second, _ = exchange.signers()
        get(exchange.url, "/api/v3/time")
        get(exchange.url, PM_LOAN)
        loan(exchange, first, AT_MS)
        linted = lint(of(exchange), WATCHED)
        assert linted.left_out[0] == "1 call without a key cannot be told whose"
        loan(exchange, second, AT_MS)
        linted = lint(of(exchange), WATCHED)
    assert linted.left_out[0] == "2 calls without a key cannot be told whose"


def test_what_follows_a_revert_is_another_story() -> None:
    """A timestamp may come again where the world went back, or its clock."""
    with opened() as exchange:
        signer = exchange.signer()
        with exchange.snapshot():
            loan(exchange, signer, AT_MS)
        loan(exchange, signer, AT_MS)
        exchange.clock.advance(seconds=1)
        before = of(exchange)
        exchange.clock.freeze(AT_MS)
        loan(exchange, signer, AT_MS)
    assert verdicts(before) == {STAMPS.id: ["UNSEEN"], SIGNS.id: ["PASS"]}
    again = [before[0], structs.replace(before[0], seq=1), structs.replace(before[0], seq=5, at_ms=AT_MS - 1)]
    assert verdicts(again) == {STAMPS.id: ["UNSEEN"] * 3, SIGNS.id: ["PASS"] * 3}


@pytest.mark.parametrize("form", ["json", "har"])
def test_files_that_mockex_wrote_say_the_same(form: str, tmp_path: Path) -> None:
    """Whether the journal is asked for, or read from a file in either form, the judgement is one."""
    with opened() as exchange:
        signer = exchange.signer()
        exchange.faults.add("html", nth=1)
        loan_or_nothing(exchange, signer)
        get(exchange.url, "/api/v3/time")
        get(exchange.url, "/sapi/v1/nothing")
        for _ in range(2):
            loan(exchange, signer, AT_MS)
        loan(exchange, signer, AT_MS, wrongly=True)
        written = mockex("journal", "--format", form, variables={"MOCKEX_URL": exchange.url}).stdout
        asked = of(exchange)
    path = tmp_path / f"journal.{form}"
    path.write_text(written, encoding="utf-8")
    read = entries_in(path)
    assert [told(one) for one in read] == [told(one) for one in asked]
    assert verdicts(read) == verdicts(asked) == {STAMPS.id: ["FAIL"], SIGNS.id: ["FAIL"]}


def told(entry: JournalEntry) -> tuple[Any, ...]:
    """Give what judges read of a call."""
    names = ("seq", "at_ms", "ip", "method", "target", "api_key", "gateway", "endpoint", "status", "code", "refused_by")
    return *(getattr(entry, name) for name in names), entry.faults, entry.headers, entry.answer


def test_archive_of_anybody_is_read(tmp_path: Path) -> None:
    """Who refused is known by its words; what no gateway says is taken for spoilt, and other hosts' calls left out."""
    with opened() as exchange:
        world = exchange.open(name="other")
        signer = world.signer()
        world.clock.freeze(AT_MS)
        loan(world, signer, AT_MS)
        loan(world, signer, AT_MS, wrongly=True)
        archive = world.journal.har()
    items = archive["log"]["entries"]
    for item in items:
        del item["_mockex"]
        assert f"/w/other{PM_LOAN}?" in item["request"]["url"]
    other = lenient.loads(lenient.dumps(items[0]))
    other["request"]["url"] = "https://example.org/"
    odd = lenient.loads(lenient.dumps(items[1]))
    odd["response"]["content"]["text"] = "<html>"
    path = tmp_path / "any.har"
    path.write_text("\ufeff" + lenient.dumps({"log": {"entries": [*items, other, odd]}}), encoding="utf-8")
    read = entries_in(path)
    assert [(one.endpoint, one.refused_by, one.faults) for one in read] == [
        ("pm_loan", None, ()),
        ("pm_loan", "signature_is_wrong", ()),
        ("pm_loan", None, ("hostile-unknown",)),
    ]


@pytest.mark.parametrize("text", ["", "{}", "[{}]", '{"log": {"entries": [{}]}}', "7", '{"log": 1}', "[1]"])
def test_other_files_are_told(text: str, tmp_path: Path) -> None:
    """One sentence says that it is no journal."""
    path = tmp_path / "file.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MockexError, match=r"is no (JSON|journal that mockex wrote, and no HTTP Archive): "):
        entries_in(path)


def test_file_that_is_not_there_is_told() -> None:
    """One sentence, and exit code 2, as with a server that is not there and a name that nothing has."""
    assert refused("lint", "nothing.har") == "nothing.har: cannot be read: No such file or directory"
    assert "no answer from" in refused("lint", "--url", "http://127.0.0.1:1")
    assert refused("lint", "--only", "SIC") == "there is no requirement or family 'SIC' (did you mean 'SIG'?)"
    assert refused("lint", "x.har", "--every-world") == "--every-world asks a server, and goes without a FILE"


def test_command_tells_what_it_could_not_see() -> None:
    """An empty journal is no finding, and the command says what it would take to see more."""
    with opened() as exchange:
        exchange.open(name="other")
        done = mockex("lint", "--every-world", variables={"MOCKEX_URL": exchange.url})
        said = lenient.loads(mockex("lint", "--json", variables={"MOCKEX_URL": exchange.url}).stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("not judged: there are no calls\n") == 2
    assert "cannot be seen in a journal; `mockex conformance` asks for them" in done.stdout
    assert [name for name in ("default:", "other:") if f"{name}\n" not in done.stdout] == []
    assert [one["journal"] for one in said] == ["default"]
