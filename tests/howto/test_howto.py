"""The projects' own tests pass, all of them; and where a client is broken, its report says why."""

import re
import shutil
from pathlib import Path

import pytest

from tests.howto.running import HERE, ROOT, run, summary

LEFT_OUT = shutil.ignore_patterns("__pycache__")


def changed(project: str, folder: Path, old: str, new: str) -> Path:
    """Copy a project and change its client in one place."""
    copy = folder / project
    shutil.copytree(HERE / project, copy, ignore=LEFT_OUT)
    client = copy / "client.py"
    text = client.read_text(encoding="utf-8")
    assert text.count(old) == 1
    client.write_text(text.replace(old, new), encoding="utf-8")
    return copy


@pytest.mark.parametrize(
    ("project", "options", "passed"),
    [("requests_client", (), 7), ("aiohttp_client", ("-p", "asyncio"), 6)],
    ids=["requests", "aiohttp"],
)
def test_project_passes(project: str, options: tuple[str, ...], passed: int) -> None:
    """Every test of a project passes, and none is skipped, in a run that begins with the project's own `pytest.ini`."""
    done = run(HERE / project, *options)
    assert (summary(done.stdout), done.stderr) == (f"{passed} passed", ""), done.stdout
    assert f"rootdir: {HERE / project}\nconfigfile: pytest.ini\n" in done.stdout


def test_projects_are_run_by_nobody_else() -> None:
    """Who runs the tests of mockex collects none of the projects' own."""
    collecting = ("-p", "asyncio", "--collect-only", "-qq", "-o", "addopts=--import-mode=importlib")
    done = run(ROOT, "-c", str(ROOT / "pyproject.toml"), *collecting, str(HERE))
    assert re.fullmatch(r"tests/howto/test_howto.py: [0-9]+\n+", done.stdout), done.stdout


SENT = 'f"{self.url}{path}?{query}&signature={signature}"'
TAKEN = "int(time.time() * 1_000)"
PAST = "1_767_225_600_000"

#  what is broken, and how        the test that sees it    what its report says
BROKEN = {
    "sent in another order": (
        (SENT, """f"{self.url}{path}?{'&'.join(sorted(query.split('&')))}&signature={signature}\""""),
        "test_records",
        ("-1022 signature_is_wrong", "[other-order]"),
    ),
    "a time of long ago": (
        (TAKEN, PAST),
        "test_loan",
        ("-1021 timestamp_is_late", "[clock-behind]"),
    ),
    "seconds": (
        (TAKEN, "int(time.time())"),
        "test_loan",
        ("-1021 timestamp_is_late", "[timestamp-in-seconds]"),
    ),
}


@pytest.mark.parametrize(("change", "test", "reasons"), BROKEN.values(), ids=BROKEN)
def test_report_says_why(tmp_path: Path, change: tuple[str, str], test: str, reasons: tuple[str, ...]) -> None:
    """A mistake in the client fails a test, and the report names the mistake and how to run that test again."""
    done = run(changed("requests_client", tmp_path, *change), "-k", test)
    assert summary(done.stdout) == "1 failed, 6 deselected", done.stdout
    assert [reason for reason in reasons if reason not in done.stdout] == []
    assert f"repeat it: pytest test_client.py::{test} --mockex-seed " in done.stdout
