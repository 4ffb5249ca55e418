"""Where the control listens, and who it answers there: `mockex serve` in a process of its own."""

import json
from pathlib import Path
from signal import Signals

import pytest

from tests.cli.running import mockex, refused, serving, signed_get, signer_of
from tests.wire.controlling import call, connected, is_a_sentence

ARGUMENTS = ("--port", "0", "--json", "--scenario", "margin-call")
HEALTH = "/health"


def test_the_control_is_on_the_exchanges_port() -> None:
    """Without a word it answers there, and the exchange knows nothing of it."""
    with serving(*ARGUMENTS) as server:
        hello = server.hello()
        assert "control_url" not in hello
        assert call(hello["url"], "GET", HEALTH).body["status"] == "ok"
        assert call(hello["url"], "GET", "/worlds/default").body["calls"] == 0
        assert server.end().code == 0


def test_a_control_port_splits_it_off() -> None:
    """There alone it answers; on the exchange's port its paths are unknown ones, and its curl lines lead there."""
    with serving(*ARGUMENTS, "--control-port", "0") as server:
        hello = server.hello()
        url, control = hello["url"], hello["control_url"]
        assert url != control
        assert call(control, "GET", HEALTH).status == 200
        assert call(url, "GET", HEALTH).status == 404
        assert is_a_sentence(call(control, "GET", "/api/v3/time", prefix="")) == 404
        assert call(url, "GET", "/papi/v1/time", prefix="").status == 200
        told = call(control, "GET", "/worlds/default/journal").body
        assert [one["target"] for one in told] == ["/_mockex/health", "/papi/v1/time"]
        lines = call(control, "GET", "/worlds/default/journal?format=curl").body
        assert [line.rpartition(" ")[2] for line in lines] == [f"{url}/_mockex/health", f"{url}/papi/v1/time"]
        assert server.end().code == 0


def test_no_control_closes_it() -> None:
    """Its paths are unknown ones of the exchange."""
    with serving(*ARGUMENTS, "--no-control") as server:
        hello = server.hello()
        assert call(hello["url"], "GET", HEALTH).status == 404
        assert call(hello["url"], "GET", "/papi/v1/time", prefix="").status == 200
        assert server.end().code == 0
    for option in ("--control-port=0", "--control-token=x"):
        assert "--no-control goes with neither" in refused("serve", "--no-control", option)


@pytest.mark.parametrize("variables", [None, {"MOCKEX_CONTROL_TOKEN": "söme token"}], ids=["option", "variable"])
def test_a_token_is_what_it_asks_for(variables: dict[str, str] | None) -> None:
    """Who has it may use any name of the server, come through a proxy or from a page; who has not hears a 401."""
    token = "söme token"
    option = () if variables else ("--control-token", token)
    with serving(*ARGUMENTS, *option, variables=variables) as server:
        url = server.hello()["url"]
        right = f"Bearer {token}".encode()
        for authorization in (right, right.replace(b"Bearer", b"bearer")):
            connection = connected(url)
            connection.putrequest("GET", "/_mockex/health", skip_host=True)
            for name, value in (("Host", b"mockex.test"), ("Origin", b"http://x"), ("X-Forwarded-For", b"192.0.2.1")):
                connection.putheader(name, value)
            connection.putheader("Authorization", authorization)
            connection.endheaders()
            assert connection.getresponse().status == 200
            connection.close()
        for wrong in ({}, {"Authorization": "Bearer"}, {"Authorization": "Bearer s"}, {"Authorization": "Basic x"}):
            answer = call(url, "POST", "/worlds/default/snapshots", headers=wrong)
            assert is_a_sentence(answer) == 401
            assert answer.headers["www-authenticate"] == 'Bearer realm="mockex"'
            assert "söme" not in answer.body["error"]
        assert call(url, "GET", "/papi/v1/time", prefix="").status == 200
        assert server.end().code == 0


def test_a_server_goes_on_where_another_stopped(tmp_path: Path) -> None:
    """With --dump-state and --load-state the worlds, their data, clocks, counts and keys outlive their process."""
    file = tmp_path / "state.json"
    with serving(*ARGUMENTS, "--dump-state", str(file)) as server:
        hello = server.hello()
        url, by = hello["url"], signer_of(hello["keys"][0])
        mine = call(url, "POST", "/worlds", {"name": "mine"}).body
        call(url, "POST", "/worlds/default/clock", {"set": "2026-03-02T10:30:00Z"})
        call(url, "POST", "/worlds/mine/clock", {"advance_ms": 5})
        assert signed_get(url, by)[1] == {"asset": "USDT", "amount": "500.25000000"}
        assert server.end(Signals.SIGINT).code == 0
    assert [world["name"] for world in json.loads(file.read_text())["worlds"]] == ["default", "mine"]
    with serving("--port", "0", "--json", "--load-state", str(file)) as server:
        url = server.hello()["url"]
        assert signed_get(url, by)[1] == {"asset": "USDT", "amount": "500.25000000"}
        world = call(url, "GET", "/worlds/mine").body
        assert (world["keys"], world["now"]) == (mine["keys"], "2026-03-02T09:00:00.005Z")
        assert call(url, "GET", "/worlds/default").body["calls"] == 4
        assert server.end().code == 0
    (tmp_path / "broken.json").write_text("{")
    told = mockex("serve", "--port", "0", "--load-state", str(tmp_path / "broken.json"))
    assert (told.returncode, told.stderr.count("\n")) == (2, 1)
    assert "is no state of mockex" in told.stderr


def test_a_follower_and_a_waiter_do_not_hold_the_server_up() -> None:
    """A signal ends the server while its journal is followed and waited for; both hear the end of what they asked."""
    with serving(*ARGUMENTS) as server:
        url = server.hello()["url"]
        follower, waiter = connected(url), connected(url)
        follower.request("GET", "/_mockex/worlds/default/journal/follow")
        stream = follower.getresponse()
        assert stream.readline() == b": following\n"
        waiter.request("POST", "/_mockex/worlds/default/journal/wait", b'{"timeout_s": 600}')
        for _ in range(3):  # answered after the waiter was heard
            call(url, "GET", HEALTH)
        assert server.end().code == 0
        assert stream.read() == b"\n"
        assert json.loads(waiter.getresponse().read())["holds"] is False
        follower.close()
        waiter.close()
