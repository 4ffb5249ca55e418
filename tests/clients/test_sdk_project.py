"""The project of tests/howto that uses the official SDKs: its tests pass in the SDKs' environment."""

import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path

from tests.howto.running import HERE, ROOT, summary

PLACES = (str(ROOT), sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
"""Where mockex, pytest and what they need are found; what the SDKs brought themselves is found before."""


def test_project_passes(drive: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """Every test passes, none is skipped, and the SDKs reach no other machine."""
    project, program = HERE / "official_sdk", Path(__file__).with_name("run_project.py")
    done = drive("binance-sdk", "-B", str(program), str(project), *PLACES)
    assert (summary(done.stdout), done.stderr) == ("6 passed", ""), done.stdout
    assert f"rootdir: {project}\nconfigfile: pytest.ini\n" in done.stdout
