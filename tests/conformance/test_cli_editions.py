"""Editions: the newest has every requirement, and none ever vanishes from an older one."""

from pathlib import Path

import pytest

from mockex.conformance import REQUIREMENTS
from mockex.conformance import editions as module
from mockex.conformance.choosing import chosen
from mockex.conformance.editions import FILE, editions, ids_of, main, newest, with_edition
from mockex.errors import MockexError

IDS = tuple(requirement.id for requirement in REQUIREMENTS)
CURE = "run: python -m mockex.conformance.editions NAME"


def test_newest_edition_has_every_requirement() -> None:
    """In their order, so that whoever names no edition is asked about all."""
    assert ids_of(newest()) == IDS, CURE


def test_no_requirement_of_an_edition_has_vanished() -> None:
    """An old pipeline is asked what it was asked at its release."""
    for name, ids in editions().items():
        assert set(ids) <= set(IDS), name
        assert chosen(REQUIREMENTS, edition=name)
    assert list(editions()) == sorted(editions())


def test_written_edition_is_read_back() -> None:
    """The newest is written anew, a newer one is added behind it, and the file of today is what its ids write."""
    text = FILE.read_text(encoding="utf-8")
    assert with_edition(text, newest(), IDS) == text, CURE
    added = with_edition(text, "9999.01", ("SIG-NEW",))
    assert added.startswith(text)
    assert with_edition(added, "9999.01", ("SIG-NEWER",)) == added.replace("SIG-NEW", "SIG-NEWER")


def test_released_edition_never_changes() -> None:
    """Neither one before the newest, nor is there room for another before it."""
    added = with_edition(FILE.read_text(encoding="utf-8"), "9999.01", IDS)
    with pytest.raises(MockexError, match="is released, and never changes"):
        with_edition(added, newest(), IDS)
    with pytest.raises(MockexError, match="would stand behind"):
        with_edition(added, "2000.01", IDS)


def test_command_writes_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m mockex.conformance.editions NAME` adds what is there now; a mistake is told, and changes nothing."""
    file = tmp_path / "editions.toml"
    file.write_text('["2000.01"]\nrequirements = [\n    "SIG-OLD",\n]\n', encoding="utf-8")
    monkeypatch.setattr(module, "FILE", file)
    assert main(["2000.02"]) == 0
    written = file.read_text(encoding="utf-8")
    assert written == with_edition('["2000.01"]\nrequirements = [\n    "SIG-OLD",\n]\n', "2000.02", IDS)
    assert (main(["2000.01"]), main([])) == (2, 2)
    assert capsys.readouterr().err == (
        "edition 2000.01 is released, and never changes\npython -m mockex.conformance.editions NAME\n"
    )
    assert file.read_text(encoding="utf-8") == written


def test_edition_without_a_requirement_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who names one that came later learns it, and is not graded by nothing."""
    monkeypatch.setitem(editions(), "old", IDS[1:])
    assert [one.id for one in chosen(REQUIREMENTS, edition="old")] == list(IDS[1:])
    with pytest.raises(MockexError, match=f"edition old does not have {IDS[0]}"):
        chosen(REQUIREMENTS, edition="old", only=[IDS[0]])
