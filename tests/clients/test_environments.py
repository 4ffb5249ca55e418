"""The making of environments, without installing anything."""

from pathlib import Path

from tests.clients.environments import interpreter, packages


def test_an_environment_is_made_once_and_reused(tmp_path: Path) -> None:
    """The same pins find the environment as it was left."""
    python = interpreter("empty", (), tmp_path)
    (tmp_path / "empty" / "left").touch()
    assert interpreter("empty", (), tmp_path) == python
    assert (tmp_path / "empty" / "left").exists()


def test_an_environment_that_was_not_made_whole_is_made_anew(tmp_path: Path) -> None:
    """A folder without its mark, as an interrupted installation leaves it, is not reused."""
    python = interpreter("empty", (), tmp_path)
    (tmp_path / "empty" / "made-from").unlink()
    (tmp_path / "empty" / "left").touch()
    assert interpreter("empty", (), tmp_path) == python
    assert not (tmp_path / "empty" / "left").exists()


def test_an_environment_of_other_pins_is_made_anew(tmp_path: Path) -> None:
    """A pin that has changed is not served from what an older one installed."""
    interpreter("empty", (), tmp_path)
    (tmp_path / "empty" / "made-from").write_text("some-client==0.9", encoding="utf-8")
    (tmp_path / "empty" / "left").touch()
    interpreter("empty", (), tmp_path)
    assert not (tmp_path / "empty" / "left").exists()


def test_packages_are_made_once_and_reused(tmp_path: Path) -> None:
    """What npm installs is kept as an environment is."""
    folder = packages("empty", (), tmp_path)
    (folder / "left").touch()
    assert packages("empty", (), tmp_path) == folder
    assert (folder / "left").exists()
    (folder / "made-from").unlink()
    packages("empty", (), tmp_path)
    assert not (folder / "left").exists()
