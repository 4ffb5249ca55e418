"""The options of `mockex serve` for mockex itself: where it answers, to whom, and the file of its state."""

import json
from pathlib import Path
from stat import S_IMODE

import pytest

from mockex.cli.opening import opened
from mockex.errors import MockexError
from tests.cli.running import get, mockex, refused, serving, signed_get, signer_of

HEALTH = "/_mockex/health"


def test_control_on_a_port_of_its_own() -> None:
    """With MOCKEX_CONTROL_PORT a second URL is told; mockex answers there, and the exchange knows nothing of it."""
    with serving("--port", "0", "--json", variables={"MOCKEX_CONTROL_PORT": "0"}) as server:
        hello = server.hello()
        assert hello["control_url"] != hello["url"]
        assert get(hello["control_url"], HEALTH)[1]["status"] == "ok"
        assert get_status(hello["url"], HEALTH) == 404
        ended = server.end()
    assert (ended.code, ended.stdout, ended.stderr) == (0, "", "")


def test_control_with_a_token() -> None:
    """With MOCKEX_CONTROL_TOKEN mockex answers to who has it; nothing that is printed shows it."""
    token = "a-token-that-must-not-show"
    with serving("--port", "0", "--json", variables={"MOCKEX_CONTROL_TOKEN": token}) as server:
        hello = server.hello()
        assert token not in json.dumps(hello)
        assert get(hello["url"], HEALTH)[0] == 401
        assert get(hello["url"], HEALTH, {"Authorization": f"Bearer {token}x"})[0] == 401
        assert get(hello["url"], HEALTH, {"Authorization": f"Bearer {token}"})[0] == 200


def test_no_control_at_all() -> None:
    """With MOCKEX_NO_CONTROL the exchange knows as little of /_mockex/ as the real one."""
    with serving("--port", "0", "--json", variables={"MOCKEX_NO_CONTROL": "1"}) as server:
        url = server.hello()["url"]
        assert get_status(url, HEALTH) == get_status(url, "/_nothing/health") == 404


def get_status(url: str, target: str) -> int:
    """GET what may be a page; gives the status alone."""
    told = mockex("curl", "-i", target, "timestamp=1", "--url", url)
    return int(told.stdout.split()[1])


@pytest.mark.parametrize("other", [("--control-port", "0"), ("--control-token", "t")])
def test_no_control_and_control_contradict(other: tuple[str, str]) -> None:
    """What cannot both be is refused."""
    assert refused("serve", "--port", "0", "--no-control", *other) == (
        "--no-control goes with neither --control-port nor --control-token"
    )


def test_state_goes_on_in_another_process(tmp_path: Path) -> None:
    """What MOCKEX_DUMP_STATE writes at the end, MOCKEX_LOAD_STATE goes on from: keys, seed and used weight."""
    scenario, state = tmp_path / "generating.toml", tmp_path / "state.json"
    scenario.write_text(
        'title = "Two calls"\n[limits]\nsapi_weight_per_uid = 500\noffences_before_ban = 100\n'
        '[[accounts]]\nuid = 1\ngenerate = { loan = true, keys = ["HMAC", "Ed25519"] }\n[clock]\nfrozen_at = 0\n'
    )
    arguments = ("--port", "0", "--json", "--scenario", str(scenario), "--seed", "7")
    with serving(*arguments, variables={"MOCKEX_DUMP_STATE": str(state)}) as server:
        first = server.hello()
        status, loan = signed_get(first["url"], signer_of(first["keys"][1]))
        assert status == 200
        assert server.end().code == 0
    assert S_IMODE(state.stat().st_mode) == 0o600
    with serving("--port", "0", "--json", variables={"MOCKEX_LOAD_STATE": str(state)}) as server:
        again = server.hello()
        assert again["seed"] == 7
        assert [key["api_key"] for key in again["keys"]] == [key["api_key"] for key in first["keys"]]
        assert signed_get(again["url"], signer_of(again["keys"][1]))[1]["code"] == -1003
        ended = server.end()
    assert (ended.code, ended.stderr) == (0, "")
    assert loan["amount"] in state.read_text()


def test_loaded_exchange_does_not_claim_to_be_another_scenario(tmp_path: Path) -> None:
    """The state of `quiet` is not greeted as `documented`, the default of an option that nobody gave."""
    state = tmp_path / "state.json"
    with serving("--port", "0", "--json", "--scenario", "quiet", "--dump-state", str(state)) as server:
        server.hello()
        server.end()
    with serving("--port", "0", "--json", "--load-state", str(state)) as server:
        hello = server.hello()
        assert hello["keys"][0]["api_key"].startswith("mockexQuiet")
        assert hello["scenario"] != "documented"


def test_state_of_a_scenario_is_not_given_another(tmp_path: Path) -> None:
    """A scenario or a seed beside a state would be passed over in silence; it is refused."""
    for option in (("--scenario", "quiet"), ("--seed", "1")):
        assert option[0] in refused("serve", "--port", "0", "--load-state", str(tmp_path / "state.json"), *option)


def test_state_is_kept_from_others_though_the_file_was_there(tmp_path: Path) -> None:
    """A file that everybody could read is one that nobody else can, before secrets are written to it."""
    state = tmp_path / "state.json"
    state.touch(mode=0o644)
    with serving("--port", "0", "--json", "--dump-state", str(state)) as server:
        server.hello()
        server.end()
    assert S_IMODE(state.stat().st_mode) == 0o600


def test_state_that_cannot_be_written_is_told_before_anything_is_lost(tmp_path: Path) -> None:
    """A file that cannot be written is told of at the start, and not when all that was to be saved is gone."""
    with serving("--port", "0", "--json", "--dump-state", str(tmp_path / "no" / "state.json")) as server:
        assert server.stdout.readline() == ""
        assert "cannot be written" in server.errors()
        assert server.process.wait() == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        "[",
        '{"version":1,"worlds":[]}',
        '{"version":2,"worlds":[{}]}',
        '{"version":1,"worlds":[{}]}',
    ],
)
def test_state_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    """What is no state of mockex is one sentence with the file's name."""
    state = tmp_path / "state.json"
    state.write_text(text)
    with pytest.raises(MockexError) as told:
        opened("documented", None, state)
    assert str(told.value).startswith(f"{state}: ")
    assert "\n" not in str(told.value)


def test_state_file_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    """A missing file and a folder are told of like a missing scenario."""
    missing = tmp_path / "nowhere.json"
    assert refused("serve", "--port", "0", "--load-state", str(missing)) == (
        f"{missing}: cannot be read: No such file or directory"
    )
    with pytest.raises(MockexError, match="cannot be read: Is a directory"):
        opened("documented", None, tmp_path)
