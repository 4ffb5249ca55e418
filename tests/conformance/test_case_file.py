"""Cases as files: what is written is read again, exactly; what is wrong in a file is told in one sentence."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec import structs

from mockex.conformance import REQUIREMENTS
from mockex.conformance.case import NOW_MS, Ask, Case, Disturb, Owe, Together, Wait, record
from mockex.conformance.case_file import CaseFile, as_toml, parse, read, write
from mockex.conformance.drawing import cases
from mockex.conformance.run import FEATURES
from mockex.core.faults import Fault
from mockex.core.hostile import BodyIs
from mockex.endpoints.negative_balance_exchange_record import as_row
from mockex.endpoints.pm_loan import Loan
from mockex.errors import MockexError
from mockex.strategies import behaviours, faults, limits

PLACE = Path("case.toml")
ID = REQUIREMENTS[0].id


def read_again(case: Case) -> Case:
    """Write a case and read it."""
    return parse(as_toml(CaseFile(requirement=ID, case=case)), PLACE).case


def exactly(case: Case) -> list[bytes]:
    """Give the numbers of a case digit by digit, as they stand on the wire: 1.1 is not 1.10 there."""
    return [as_row(one) for one in case.records]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(frozenset(FEATURES)), faults(), limits(), behaviours())
def test_any_case_is_read_as_it_was_written(case: Case, fault: Fault, limit: object, behaviour: object) -> None:
    """No digit, no character and no step is lost or added, whatever the world, the faults and the questions are."""
    steps = (*case.steps, Disturb(fault=fault))
    whole = structs.replace(case, steps=steps, limits=limit, behaviour=behaviour)
    again = read_again(whole)
    assert again == whole
    assert exactly(again) == exactly(whole)


@pytest.mark.parametrize(
    "case",
    [
        *(case for requirement in REQUIREMENTS for case in requirement.cases),
        Case(name="plain"),
        Case(name="owes nothing", loan=Loan()),
        Case(name="digits", records=(record(NOW_MS, "a\n\x00\x7f🪙", "1E+20", "0E-18"), record(0, "ETH", "5", "1.10"))),
        Case(name="texts", steps=(Disturb(fault=Fault(effect=BodyIs("'''\r\n\0\"\\"), chance=0.1)), Owe(loan=Loan()))),
        Case(name="waits", steps=(Wait(s=1e-7), Wait(s=1e17), Wait(s=0.1 + 0.2))),
        Case(name="together", steps=(Together(asks=(Ask(), Ask(what="records", parameters={'a "b"': "=&"}))),)),
    ],
    ids=lambda case: case.name,
)
def test_case_is_read_as_it_was_written(case: Case) -> None:
    """So it is with what is at the edge, and with every case of every requirement."""
    again = read_again(case)
    assert again == case
    assert exactly(again) == exactly(case)


def test_numbers_keep_their_digits() -> None:
    """What stands in the file as 1.10 is no 1.1, and no float."""
    (one,) = read_again(Case(name="digits", records=(record(0, "ETH", "1.10", "0.1"),))).records
    assert [str(one.details[0].negative_balance), one.details[0].negative_max_threshold] == ["1.10", Decimal("0.1")]


def test_file_owes_what_it_says() -> None:
    """A loan stands in it with asset and amount, though both are what a loan is where nothing is said of it."""
    text = as_toml(CaseFile(requirement=ID, case=Case(name="owes nothing", loan=Loan())))
    assert '[case.loan]\nasset = "BUSD"\namount = "0"\n' in text


def test_file_says_how_to_repeat_it(tmp_path: Path) -> None:
    """Its first line is the command, and folders are made where there are none."""
    written = CaseFile(requirement=ID, finding="it gave nothing", case=Case(name="plain", steps=(Ask(),)))
    path = tmp_path / "found" / "one.toml"
    write(written, path)
    assert path.read_text().startswith("# Repeat it: mockex replay one.toml -- CMD…\n")
    assert read(path) == written


WRONG = {
    "": "object missing required field `requirement`",
    "x": "is not TOML: Expected '=' after a key in a key/value pair (at end of document)",
    "nane = 1": "object contains unknown field `nane` (did you mean 'name'?)",
    "name = ''": "at case.name: expected 1 to 120 characters, got 0",
    "name = 'x'\nkey = 'RAS'": "at case.key: invalid enum value 'RAS' (did you mean 'RSA'?)",
    "name = 'x'\nsteps = [{do = 'aks'}]": "at case.steps[0].do: invalid value 'aks' (did you mean 'ask'?)",
    "name = 'x'\nsteps = [{do = 'ask', wat = 1}]": "object contains unknown field `wat` (did you mean 'what'?)",
    "name = 'x'\nsteps = [{do = 'wait', s = -1}]": "at case.steps[0].s: expected `float` >= 0.0",
    "name = 'x'\nsteps = [{do = 'disturb', fault = {effect = {type = 'emty'}}}]": (
        "at case.steps[0].fault.effect.type: invalid value 'emty' (did you mean 'empty'?)"
    ),
    "name = 'x'\nsteps = [{do = 'disturb', fault = {endpoint = 'pm_lone', effect = {type = 'empty'}}}]": (
        "at case.steps[0].fault.endpoint: there is no endpoint 'pm_lone' (did you mean 'pm_loan'?)"
    ),
}


@pytest.mark.parametrize(("text", "sentence"), WRONG.items())
def test_mistakes_are_told_with_their_place(text: str, sentence: str) -> None:
    """The file, the path in it, what was expected, and the nearest word, in one line."""
    head = f"requirement = '{ID}'\n[case]\n" if len(text) > 1 else ""
    with pytest.raises(MockexError) as told:
        parse(head + text, PLACE)
    assert str(told.value).startswith(f"{PLACE}: ")
    assert str(told.value).endswith(sentence), told.value
    assert "\n" not in str(told.value)


def test_requirement_that_nobody_knows_is_told() -> None:
    """The nearest id is told with it."""
    with pytest.raises(MockexError, match=rf"there is no requirement '{ID}S' \(did you mean '{ID}'\?\)"):
        parse(f"requirement = '{ID}S'\n[case]\nname = 'x'", PLACE)


def test_only_what_was_drawn_may_belong_to_no_requirement() -> None:
    """A case that somebody wrote says what it is for."""
    assert parse("requirement = 'ANY'\nis_drawn = true\n[case]\nname = 'x'", PLACE).requirement == "ANY"
    with pytest.raises(MockexError, match="there is no requirement 'ANY'"):
        parse("requirement = 'ANY'\n[case]\nname = 'x'", PLACE)


def test_files_that_cannot_be_read_or_written_are_told(tmp_path: Path) -> None:
    """One sentence each."""
    (tmp_path / "latin").write_bytes(b"\xe4")
    for path, sentence in (("none", "cannot be read: No such file or directory"), ("latin", "is not UTF-8 text")):
        with pytest.raises(MockexError, match=sentence):
            read(tmp_path / path)
    with pytest.raises(MockexError, match="cannot be written"):
        write(CaseFile(requirement=ID, case=Case(name="x")), tmp_path / "latin" / "one.toml")
