"""docs/adapter-protocol.md: its messages are those that are written and read, its features those that there are."""

import json
import re

import pytest
from msgspec import Struct, convert, structs

from mockex.conformance import protocol
from mockex.conformance.protocol import (
    OFFERED,
    PROTOCOL,
    About,
    AskAll,
    AskFor,
    Close,
    Closed,
    Hello,
    Message,
    Open,
    Opened,
    ToldAll,
)
from mockex.conformance.run import Told, ToldError
from mockex.conformance.spawned import CLOSE_S, HELLO_S, REAL_S
from tests.docs.test_snippets import ROOT, snippets

PAGE = (ROOT / "docs" / "adapter-protocol.md").read_text(encoding="utf-8")
QUESTIONS: dict[str, type[Message]] = {"hello": Hello, "open": Open, "ask": AskAll, "close": Close}
ANSWERS: dict[str, type[Struct]] = {"About": About, "Opened": Opened, "ToldAll": ToldAll, "Closed": Closed}


def lines(about: str) -> list[str]:
    """Give the example messages of one kind."""
    return [line for kind, _, text in snippets() if kind == f"jsonl {about}" for line in text.splitlines()]


@pytest.mark.parametrize("line", lines("harness"))
def test_question_is_written_as_the_page_shows(line: str) -> None:
    """Byte for byte."""
    shown = json.loads(line)
    message = convert({**shown}, QUESTIONS[shown["do"]])
    assert protocol.written(message) == f"{line}\n"


@pytest.mark.parametrize(("line", "shape"), [(line, shape) for name, shape in ANSWERS.items() for line in lines(name)])
def test_answer_is_understood_as_the_page_shows(line: str, shape: type) -> None:
    """Every answer on the page is one."""
    said = protocol.answer_in(line, json.loads(line)["id"])
    assert said is not None
    assert isinstance(protocol.understood(said, shape), shape)


def test_every_message_has_its_example_with_all_that_can_be_in_it() -> None:
    """Each question and answer is shown, and each of their fields, but those that only the harness fills in."""
    shown = "".join(line for name in ("harness", *ANSWERS) for line in lines(name))
    shapes: list[type[Struct]] = [*QUESTIONS.values(), *ANSWERS.values(), AskFor, Told, ToldError]
    names = {field.encode_name for shape in shapes for field in structs.fields(shape)}
    assert {name for name in names if f'"{name}":' not in shown} == {"is_endless", "is_lost"}
    assert {json.loads(line)["do"] for line in lines("harness")} == QUESTIONS.keys()
    assert all(map(lines, ANSWERS))


def test_table_has_every_feature_with_its_sentence() -> None:
    """In their order; and the first question offers just these."""
    assert re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE, re.MULTILINE) == list(OFFERED.items())
    assert json.loads(lines("harness")[0])["features"] == list(OFFERED)


def test_page_names_version_and_limits() -> None:
    """The numbers on the page are those of the code."""
    assert PAGE.startswith(f"# The adapter protocol, version {PROTOCOL}\n")
    assert (REAL_S, HELLO_S, CLOSE_S) == (30, 60, 5)
    assert all(word in PAGE for word in ("more\nthan 30 seconds", "There is a minute", "Five seconds"))
