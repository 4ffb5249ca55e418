"""Reports: each form tells every verdict, is what it claims to be, and takes nothing that it is told for its own."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from msgspec import json as exact
from msgspec import structs

from mockex.conformance import REQUIREMENTS, grade
from mockex.conformance.case import Case
from mockex.conformance.reports import FORMS, written
from mockex.conformance.reports.badge import GREEN, GREY, RED, YELLOW
from mockex.conformance.reports.markdown import matrix_of
from mockex.conformance.reports.pages import page
from mockex.conformance.reports.stored import as_json, read
from mockex.conformance.reports.terminal import as_text
from mockex.conformance.reports.wording import details
from mockex.conformance.requirement import Requirement, Severity
from mockex.conformance.results import MARKS, Report, Result, Verdict, expecting
from mockex.errors import MockexError
from tests.conformance.broken import in_process
from tests.conformance.zoo import ZOO

EVIL = (
    """</pre></style><script>alert(1)</script><img src=x onerror=alert(2)>"'`|*_[x](javascript:y)\\\\ """
    "\x00\x1b[31m&amp; \n# ."
)
"""What a client may be called, and may say, to be taken for part of a report."""

WRONG = next(broken for broken in ZOO if broken.requirement == REQUIREMENTS[0].id)


@pytest.fixture(scope="module")
def graded() -> Report:
    """Grade a broken client by what it breaks: the calls and the sentences of a report are real ones."""
    with WRONG.made():
        report = grade([in_process(name="client", version="1.2")], REQUIREMENTS[:1], seed=3, edition="2026.11")
    assert report.results[0].mark == "FAIL"
    return structs.replace(report, command=("python", "my adapter.py"))


def turned(
    report: Report, name: str, verdict: Verdict, severity: Severity = "MUST", sentence: str = "it is so"
) -> Result:
    """Make of a finding the result of another requirement."""
    (result,) = report.results
    cases = tuple(structs.replace(case, verdict=verdict, sentence=sentence) for case in result.cases)
    return structs.replace(result, id=name, title=f"Title of {name}", severity=severity, cases=cases)


@pytest.fixture(scope="module")
def of_all(graded: Report) -> Report:
    """Make a report that has every mark."""
    results = (
        turned(graded, "SIG-FAULT", "FAULT"),
        turned(graded, "SIG-FAIL", "FAIL"),
        turned(graded, "TIME-STALE", "PASS", sentence=""),
        turned(graded, "RATE-EXPECTED", "FAIL"),
        turned(graded, "ERR-NOTE", "FAIL", "INFO"),
        turned(graded, "NET-PASS", "PASS", sentence=""),
        turned(graded, "NET-UNSEEN", "UNSEEN"),
        turned(graded, "OWN-UNSUPPORTED", "UNSUPPORTED"),
    )
    expected = {"TIME-STALE": "was wrong", "RATE-EXPECTED": "known", "NET-UNSEEN": "may be"}
    report = expecting(structs.replace(graded, results=results), expected)
    assert [result.mark for result in report.results] == [result.id.partition("-")[2] for result in results]
    assert set(report.marks) == set(MARKS)
    return report


def evil(report: Report) -> Report:
    """Let everything that a client can choose be hostile."""

    results = []
    for result in report.results:
        cases = tuple(
            structs.replace(
                case,
                sentence=EVIL,
                told=(EVIL, EVIL),
                diagnoses={1: EVIL},
                elsewhere=case.entries,
                entries=tuple(
                    structs.replace(
                        entry,
                        target=f"/{EVIL}",
                        body=EVIL,
                        method=EVIL,
                        answer=EVIL,
                        request_headers=((EVIL, EVIL),),
                        headers={EVIL: EVIL},
                    )
                    for entry in case.entries
                ),
            )
            for case in result.cases
        )
        results.append(structs.replace(result, cases=cases, why=EVIL))
    return structs.replace(report, client=EVIL, version=EVIL, command=(EVIL,), results=tuple(results))


class Parts(HTMLParser):
    """Reads the elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data

    def of(self, name: str) -> list[str]:
        """Give the values of an attribute."""
        return [value or "" for attribute, value in self.attributes if attribute == name]


def test_exit_code_is_of_the_worst(graded: Report, of_all: Report) -> None:
    """3 for the harness, 1 for findings and stale entries, 0 for what was expected, INFO, and what was not judged."""

    def code(*names: str) -> int:
        kept = tuple(result for result in of_all.results if result.mark in names)
        assert len(kept) == len(names)
        return structs.replace(of_all, results=kept).exit_code

    assert of_all.exit_code == code("FAULT") == 3
    assert code("FAIL", "PASS") == code("STALE") == 1
    assert code("EXPECTED", "NOTE", "PASS", "UNSEEN", "UNSUPPORTED") == 0
    assert of_all.stale == ["TIME-STALE"]
    assert of_all.score == (2, 4)
    assert graded.score == (0, 1)


def test_json_is_read_back_the_same(of_all: Report, tmp_path: Path) -> None:
    """And has what follows from it spelled out, for readers that are not mockex."""
    file = tmp_path / "report.json"
    file.write_text(as_json(of_all), encoding="utf-8")
    assert read(file) == of_all
    told = json.loads(file.read_text(encoding="utf-8"))
    assert [result["mark"] for result in told["results"]] == list(MARKS)
    assert [result["verdict"] for result in told["results"]][:3] == ["FAULT", "FAIL", "PASS"]
    assert told["results"][2]["said"] == "it is listed as expected to fail (was wrong), and is PASS"
    assert (told["shape"], told["exit_code"], told["score"]) == (1, 3, [2, 4])


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda one: one.id)
def test_cases_are_read_back_the_same(requirement: Requirement) -> None:
    """A report holds all that repeats a case, whatever the case is."""
    for case in requirement.cases:
        assert exact.decode(exact.encode(case), type=Case) == case


@pytest.mark.parametrize("form", [form for form in FORMS if form not in ("badge", "har")])
def test_every_form_tells_every_mark(form: str, of_all: Report) -> None:
    """Each requirement is there; each finding with its sentence, and the command that repeats it."""
    text = written(of_all, form)
    for result in of_all.results:
        assert result.id in text or (form == "markdown" and result.mark == "PASS")
    assert "it is so" in text
    assert "--only SIG-FAIL --seed 3 --" in text


def test_terminal_tells_every_mark(of_all: Report) -> None:
    """The table has all, in their families; findings follow, the worst first, and what was not judged says why."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", as_text(of_all))
    rows = dict(re.findall(r"^  ([A-Z]+-[A-Z]+) +([A-Z]+) ", text, re.MULTILINE))
    assert rows == {result.id: result.mark for result in of_all.results}
    assert re.findall(r"^(\w+) [A-Z]+-[A-Z]+  Title", text, re.MULTILINE) == [
        "FAULT",
        "FAIL",
        "STALE",
        "EXPECTED",
        "NOTE",
    ]
    assert "NET-UNSEEN       UNSEEN       Title of NET-UNSEEN – it is so" in text
    assert "\nSigning\n" in f"\n{text}"
    assert "\nOWN\n" in text
    assert "again     mockex conformance --only SIG-FAIL --seed 3 -- python 'my adapter.py'" in text


def test_terminal_is_not_moved_by_what_a_client_says(of_all: Report) -> None:
    """Nothing that it says reaches the terminal as a command of it."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", as_text(evil(of_all)).replace("\x1b[31m&", "CAUGHT"))
    assert "\x1b" not in text
    assert "\x00" not in text
    assert "CAUGHT" not in text


def test_command_to_repeat_names_what_is_not_usual(graded: Report) -> None:
    """An edition that was not the newest is named; without a command there is none."""
    old = structs.replace(graded, is_newest=False, seed=0)
    assert f"--only {REQUIREMENTS[0].id} --edition 2026.11 -- python" in as_text(old)
    assert "again" not in as_text(structs.replace(graded, command=()))


def test_command_to_repeat_draws_again_what_was_drawn(graded: Report) -> None:
    """Where no fixed case failed, and nowhere else."""
    (result,) = graded.results
    fixed, *_ = result.decisive
    found = structs.replace(fixed, requirement=result.id)
    for cases, draws in (((found,), True), ((fixed, found), False), ((fixed,), False)):
        report = structs.replace(graded, drawn=250, results=(structs.replace(result, cases=cases),))
        assert (f"--only {result.id} --draw 250 --seed 3 -- python" in as_text(report)) == draws


def test_calls_that_are_alike_are_told_in_a_line(graded: Report) -> None:
    """A thousand retries are no thousand lines, and one that is another stands for itself."""
    (result,) = graded.results
    case, *_ = result.decisive
    call = case.entries[0]
    calls = [structs.replace(call, seq=seq, status=418 if seq == 7 else 200) for seq in range(1, 10)]
    told = structs.replace(result, cases=(structs.replace(case, entries=tuple(calls)),))
    (wire,) = [said for name, said in details(graded, told) if name == "wire"]
    assert [line.partition(":")[0] for line in wire.splitlines()] == ["1 to 6", "7", "8", "9"]
    assert "418" in wire.splitlines()[1]


def test_page_holds_itself_together(of_all: Report) -> None:
    """No script, nothing from elsewhere, styles let in by their hash; each cell leads to a panel, and back."""
    text = page([of_all, structs.replace(of_all, client="other", results=of_all.results[:3])])
    parts = Parts(text)
    assert {"script", "img", "link", "iframe", "form", "object"}.isdisjoint(parts.tags)
    assert parts.of("src") == parts.of("style") == []
    assert all(link.startswith("#") for link in parts.of("href"))
    assert {link[1:] for link in parts.of("href")} <= set(parts.of("id"))
    assert len(set(parts.of("id"))) == len(parts.of("id"))
    cells = [link for link in parts.of("href") if not link.startswith("#of-")]
    assert len(cells) == len(of_all.results) + 3
    (style,) = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'" in parts.of(
        "content"
    )
    assert "url(" not in style
    assert "@import" not in style


def test_page_tells_a_finding_in_full(graded: Report) -> None:
    """The sentence, what was told, the calls with headers and bodies, the diagnosis, the command."""
    text = Parts(page([graded])).text
    case = graded.results[0].cases[0]
    entry = case.entries[-1]
    assert case.sentence in text
    assert all(told in text for told in case.told)
    assert entry.answer in text
    assert entry.target in text
    assert all(f"{name}: {value}" in text for name, value in entry.request_headers)
    assert case.diagnoses[entry.seq] in text
    assert f"mockex conformance --only {graded.results[0].id} --seed 3 -- python 'my adapter.py'" in text


def test_page_escapes_whatever_it_is_told(of_all: Report) -> None:
    """A hostile client makes no element and no attribute; what it said can be read."""
    harmless, hostile = Parts(page([of_all])), Parts(page([evil(of_all)]))
    assert [tag for tag in hostile.tags if tag not in harmless.tags] == []
    assert {name for name, _ in hostile.attributes} == {name for name, _ in harmless.attributes}
    assert "<script>alert(1)</script>" in hostile.text


def test_junit_counts_as_pipelines_do(of_all: Report) -> None:
    """Findings fail, the harness errs, what was not judged or was expected is skipped; nothing breaks the XML."""
    for report in (of_all, evil(of_all)):
        suite = Xml.fromstring(written(report, "junit"))[0]  # noqa: S314 - it is our own
        assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
            "tests": "8",
            "failures": "2",
            "errors": "1",
            "skipped": "3",
        }
        tags = {case.get("name", "").partition(":")[0]: [one.tag for one in case] for case in suite.iter("testcase")}
        assert tags == {
            "SIG-FAULT": ["error"],
            "SIG-FAIL": ["failure"],
            "TIME-STALE": ["failure"],
            "RATE-EXPECTED": ["skipped", "system-out"],
            "ERR-NOTE": ["system-out"],
            "NET-PASS": [],
            "NET-UNSEEN": ["skipped"],
            "OWN-UNSUPPORTED": ["skipped"],
        }
        told = {one.get("name"): one.get("value") for one in suite.iter("property")}
        assert (told["seed"], told["edition"], told["mockex"]) == ("3", "2026.11", of_all.mockex)


def test_har_has_the_calls_of_findings(of_all: Report, graded: Report) -> None:
    """Each case that did not pass is a page with its calls, as developer tools read them."""
    log = json.loads(written(of_all, "har"))["log"]
    calls = [entry for case in graded.results[0].decisive for entry in case.entries]
    assert calls
    assert {page["title"].partition(":")[0] for page in log["pages"]} == {
        "SIG-FAULT",
        "SIG-FAIL",
        "TIME-STALE",
        "RATE-EXPECTED",
        "ERR-NOTE",
    }
    first = [entry for entry in log["entries"] if entry["pageref"] == "page_1"]
    assert [entry["request"]["url"].partition("?")[0] for entry in first][: len(calls)] == [
        f"http://{dict(call.request_headers)['Host']}{call.path}" for call in calls
    ][: len(first)]
    assert [entry["response"]["status"] for entry in first] == [call.status for call in calls][: len(first)]
    assert log["version"] == "1.2"


def test_markdown_is_not_marked_up_by_what_it_is_told(of_all: Report) -> None:
    """Rows have as many cells as their heads, and no link, element or code comes of what a client says."""
    for text in (written(evil(of_all), "markdown"), matrix_of([evil(of_all), of_all])):
        assert "<script" not in text
        assert "<img" not in text
        assert "](" not in text
        assert "`" not in text
        for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            assert len({line.count("|") for line in table.splitlines()}) == 1, table


def test_markdown_matrix_has_a_column_for_each_client(of_all: Report) -> None:
    """A client that was not asked about something has an empty cell there."""
    text = matrix_of([of_all, structs.replace(of_all, client="other", results=of_all.results[:2])])
    assert "| requirement | | client 1.2 | other 1.2 |" in text
    assert "| SIG-FAIL | Title of SIG-FAIL | ✗ | ✗ |" in text
    assert "| NET-PASS | Title of NET-PASS | ✓ |  |" in text
    assert "| ERR-NOTE | Title of ERR-NOTE (INFO) | i |  |" in text
    with pytest.raises(MockexError, match="there is no report"):
        matrix_of([])


@pytest.mark.parametrize(
    ("marks", "said", "colour"),
    [
        ({"PASS", "UNSEEN", "NOTE"}, "1/1", GREEN),
        ({"PASS", "EXPECTED"}, "1/2", YELLOW),
        ({"PASS", "FAIL"}, "1/2", RED),
        ({"PASS", "FAULT"}, "1/1", GREY),
    ],
    ids=["green", "yellow", "red", "grey"],
)
def test_badge_has_the_colour_of_the_run(of_all: Report, marks: set[str], said: str, colour: str) -> None:
    """It counts what was judged, and is an image whatever the client is called."""
    kept = structs.replace(of_all, results=tuple(result for result in of_all.results if result.mark in marks))
    for report in (kept, evil(kept)):
        badge = Xml.fromstring(written(report, "badge"))  # noqa: S314 - it is our own
        assert badge.get("aria-label") == f"conformance: {said}"
        assert colour in {rect.get("fill") for rect in badge.iter("{http://www.w3.org/2000/svg}rect")}
