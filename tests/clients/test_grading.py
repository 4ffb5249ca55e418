"""The adapters of published clients: each speaks the protocol, is graded, and stays on this machine."""

import json
import subprocess
from pathlib import Path

import pytest

from mockex.conformance.case import Ask
from mockex.conformance.spawned import Spawned
from tests.clients.grading import graded, main
from tests.clients.page import version_of
from tests.clients.published import CLIENTS, pins_of
from tests.conformance.test_adapters import A_FEW
from tests.conformance.test_spawned import Stand

RETRIES = {"binance-sdk": "PASS", "npm-binance-sdk": "FAIL"}
"""What each client that tries again gets for its second timestamp; the others do not."""

each_client = pytest.mark.parametrize("name", CLIENTS)


@each_client
def test_client_is_graded(name: str) -> None:
    """It signs as it should, what becomes of an overloaded gateway is known, and its version is the one pinned."""
    report = graded(name, A_FEW, lanes=2)
    verdicts = {result.id: result.verdict for result in report.results}
    assert verdicts == {"SIG-HMAC": "PASS", "SIG-FRESH": RETRIES.get(name, "UNSEEN")}
    assert report.client.split(" ")[0] == pins_of(name)[0][0]
    assert report.version == version_of(name)


@each_client
def test_client_is_kept_on_this_machine(name: str) -> None:
    """Told an address that is not loopback (one set aside for documentation), none gets to connect to it."""
    stand = Stand()
    stand.url = "http://192.0.2.1:9"
    stand.api_key, stand.secret = "k" * 64, "s"
    with Spawned(CLIENTS[name].command()) as client:
        opened = client.open(stand)
        told = client.ask([Ask()]) if opened.error is None else [opened]
        shown = client.close()
    assert all(one.error is not None for one in told)
    assert any(line.endswith("192.0.2.1 is not this machine") for line in shown)


def test_reports_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file for each client, which holds all cases with their calls; and a line is said for each."""
    assert main(["binance-connector", "--only", "SIG-HMAC", "--lanes", "1", "--folder", str(tmp_path)]) == 0
    report = json.loads((tmp_path / "binance-connector.json").read_bytes())
    assert report["client"] == "binance-connector"
    assert report["command"] == ["python", "-m", "tests.clients.published", "binance-connector"]
    (result,) = report["results"]
    assert result["id"] == "SIG-HMAC"
    assert result["mark"] == "PASS"
    case, *_ = result["cases"]
    assert [entry["status"] for entry in case["entries"]] == [200, 200]
    assert capsys.readouterr().out.startswith("binance-connector 3.13.0: 1 PASS; ")


def test_unknown_client_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With the names that there are."""
    with pytest.raises(SystemExit, match="2"):
        main(["no-client"])
    assert "there is no client no-client; there are binance-sdk, " in capsys.readouterr().err


def test_nothing_that_was_installed_is_kept() -> None:
    """No package, lock file or report is part of the repository."""
    root = Path(__file__).parents[2]
    made = [".venv-clients/npm-binance/package-lock.json", "build/matrix/ccxt.json", "a/node_modules/b"]
    for path in made:
        assert subprocess.run(["git", "-C", str(root), "check-ignore", "-q", path], check=False).returncode == 0
