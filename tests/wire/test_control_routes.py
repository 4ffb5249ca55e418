"""The control on a real socket: every route of it does what it says, costs nothing and is written nowhere."""

import json
from collections.abc import Callable

import pytest
import schemathesis
from msgspec import structs

from mockex import __version__, scenarios
from mockex.core.scenario import ClockSpec
from mockex.endpoints import CATALOGUE
from mockex.openapi import description
from mockex.server.control import ROUTES, is_control
from mockex.server.control.asking import Route
from mockex.testing import LiveExchange
from tests import alice
from tests.alice import ALICE, NOW_MS, request
from tests.wire.controlling import (
    LATENCY,
    LOAN,
    RECORD,
    RECORDS,
    WORLD,
    Waiting,
    call,
    connected,
    delete,
    following,
    get,
    is_a_sentence,
    post,
    said,
    send,
)
from tests.worldly import signed

# Every route: what is registered here is tried by one test, and a route that nothing is registered for is red.

TRIED: dict[tuple[str, str], Callable[[LiveExchange], None]] = {}
Trial = Callable[[LiveExchange], None]


def tries(method: str, path: str) -> Callable[[Trial], Trial]:
    """Register what tries a route."""

    def register(trial: Trial) -> Trial:
        TRIED[method, path] = trial
        return trial

    return register


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_does_what_it_says(route: Route, live: LiveExchange) -> None:
    """Each is tried over the wire; a route that nothing here tries is red."""
    TRIED[route.method, route.path](live)


def test_nothing_is_tried_that_is_no_route() -> None:
    """Whoever takes a route away takes its trial away too; and no route is there twice."""
    assert [*TRIED] == list(dict.fromkeys(TRIED))
    assert set(TRIED) == {(route.method, route.path) for route in ROUTES}
    assert len(ROUTES) == len(TRIED)


@tries("GET", "/")
def _(live: LiveExchange) -> None:
    assert get(live, "/") == {f"{route.method} /_mockex{route.path}": route.summary for route in ROUTES}


@tries("GET", "/health")
def _(live: LiveExchange) -> None:
    assert get(live, "/health") == {"status": "ok", "version": __version__, "worlds": 1}


@tries("GET", "/ready")
def _(live: LiveExchange) -> None:
    assert get(live, "/ready")["status"] == "ok"


@tries("GET", "/openapi.json")
def _(live: LiveExchange) -> None:
    assert get(live, "/openapi.json").keys() == description(CATALOGUE).keys()


@tries("GET", "/control-openapi.json")
def _(live: LiveExchange) -> None:
    document = get(live, "/control-openapi.json")
    schemathesis.openapi.from_dict(document).validate()
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert told == {(route.method, f"/_mockex{route.path}") for route in ROUTES}


@tries("GET", "/metrics")
def _(live: LiveExchange) -> None:
    for timestamp in (NOW_MS, NOW_MS, 1):
        send(live, request("SAPI", timestamp=timestamp))
    send(live, structs.replace(request(), target="/sapi/v1/x"))
    answer = call(live.url, "GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    said = 'mockex_calls_total{endpoint="%s",gateway="SAPI",verdict="%s",world="default"} %s'
    for endpoint, verdict, count in (
        ("pm_loan", "admitted", "2.0"),
        ("pm_loan", "timestamp_is_late", "1.0"),
        ("", "path_is_unknown", "1.0"),
    ):
        assert said % (endpoint, verdict, count) in answer.body.split("\n")
    assert "mockex_worlds 1.0" in answer.body
    assert ALICE.api_key not in answer.body
    assert ALICE.secret not in answer.body


@tries("GET", "/worlds")
def _(live: LiveExchange) -> None:
    send(live, request())
    assert get(live, "/worlds") == [{"name": "default", "scenario": "Alice's", "calls": 1}]


@tries("POST", "/worlds")
def _(live: LiveExchange) -> None:
    mine = post(live, "/worlds", status=201)
    assert (mine["name"], mine["prefix"], mine["scenario"], mine["accounts"]) == ("w1", "/w/w1", "Alice's", [1])
    assert mine["keys"][0]["api_key"] != ALICE.api_key
    named = post(live, "/worlds", {"scenario": "margin-call", "name": "mine", "seed": 7}, status=201)
    assert (named["name"], named["seed"], named["now"]) == ("mine", 7, "2026-03-02T09:00:00.000Z")
    assert [one["says"][:13] for one in named["upcoming"]][:1] == ["ETH is negati"]
    toml = 'title = "Sent"\n[[accounts]]\nuid = 5\n[[accounts.keys]]\ntype = "HMAC"\nsecret = "s"\n'
    toml += f'api_key = "{"k" * 64}"\n'
    as_toml = {"Content-Type": "application/toml"}
    sent = post(live, "/worlds?name=sent&seed=3&fresh_keys=false", toml.encode(), 201, headers=as_toml)
    assert (sent["name"], sent["seed"]) == ("sent", 3)
    assert sent["keys"] == [{"api_key": "k" * 64, "type": "HMAC", "secret": "s"}]
    again = post(live, "/worlds", {"toml": toml, "name": "again"}, status=201)
    assert again["accounts"] == [5]
    for world in ("w1", "mine", "sent", "again"):
        assert send(live, signed(live.exchange.worlds.by_name[world], real_ms=now_of(live, world))) == 200


def now_of(live: LiveExchange, world: str) -> int:
    """Give the machine's time at which a world's clock reads what it reads now."""
    told = get(live, f"/worlds/{world}/clock")
    real_ms: int = told["now_ms"] - told["ahead_of_machine_ms"]
    return real_ms


@tries("GET", "/worlds/{world}")
def _(live: LiveExchange) -> None:
    told = get(live, WORLD)
    assert told["keys"] == [{"api_key": ALICE.api_key, "type": "HMAC", "secret": ALICE.secret}]
    assert (told["now_ms"], told["calls"], told["happened"], told["upcoming"]) == (NOW_MS, 0, [], [])
    assert (told["limits"]["papi_weight_per_ip"], told["behaviour"]["no_loan"]) == (6_000, "zero")


@tries("POST", "/worlds/{world}")
def _(live: LiveExchange) -> None:
    changes = {"limits": {"sapi_weight_per_uid": 400}, "behaviour": {"no_loan": "refuse"}}
    told = post(live, WORLD, changes)
    assert (told["limits"]["sapi_weight_per_uid"], told["limits"]["papi_weight_per_ip"]) == (400, 6_000)
    assert send(live, request("SAPI")) == 429
    post(live, WORLD, {"limits": {"sapi_weight_per_uid": 4_000}})
    post(live, LOAN, {"amount": "0"})
    assert send(live, request("SAPI")) == 400
    assert live.exchange.world.behaviour.no_loan == "refuse"


@tries("DELETE", "/worlds/{world}")
def _(live: LiveExchange) -> None:
    post(live, "/worlds", {"name": "gone"}, status=201)
    post(live, "/worlds/gone/snapshots", status=201)
    assert delete(live, "/worlds/gone") == {"deleted": "gone"}
    assert (call(live.url, "GET", "/worlds/gone").status, live.exchange.worlds.snapshots) == (404, {})
    refusal = call(live.url, "DELETE", WORLD)
    assert (refusal.status, refusal.body) == (409, {"error": "the default world ends with its server"})


@tries("GET", "/worlds/{world}/snapshots")
def _(live: LiveExchange) -> None:
    post(live, "/worlds", {"name": "other"}, status=201)
    for world in ("default", "other", "default"):
        post(live, f"/worlds/{world}/snapshots", status=201)
    assert (get(live, f"{WORLD}/snapshots"), get(live, "/worlds/other/snapshots")) == (["s1", "s3"], ["s2"])


@tries("POST", "/worlds/{world}/snapshots")
def _(live: LiveExchange) -> None:
    assert post(live, f"{WORLD}/snapshots", status=201) == {"id": "s1"}


@tries("POST", "/worlds/{world}/snapshots/{snapshot}/revert")
def _(live: LiveExchange) -> None:
    post(live, f"{WORLD}/snapshots", status=201)
    for _ in range(2):
        post(live, f"{WORLD}/clock", {"advance_ms": 5})
        post(live, f"{WORLD}/faults", LATENCY, status=201)
        send(live, request())
        told = post(live, f"{WORLD}/snapshots/s1/revert")
        assert (told["now_ms"], told["calls"], get(live, f"{WORLD}/faults")) == (NOW_MS, 0, [])
        assert get(live, f"{WORLD}/journal") == []
    post(live, "/worlds", {"name": "other"}, status=201)
    assert call(live.url, "POST", "/worlds/other/snapshots/s1/revert").status == 404


@tries("DELETE", "/worlds/{world}/snapshots/{snapshot}")
def _(live: LiveExchange) -> None:
    post(live, f"{WORLD}/snapshots", status=201)
    assert delete(live, f"{WORLD}/snapshots/s1") == {"deleted": "s1"}
    assert call(live.url, "POST", f"{WORLD}/snapshots/s1/revert").status == 404
    assert post(live, f"{WORLD}/snapshots", status=201) == {"id": "s2"}


@tries("GET", "/worlds/{world}/accounts/{uid}/{held}")
def _(live: LiveExchange) -> None:
    assert get(live, LOAN) == {"asset": "BUSD", "amount": "579.45"}
    assert [record["startTime"] for record in get(live, RECORDS)] == [NOW_MS - 500]


@tries("POST", "/worlds/{world}/accounts/{uid}/{held}")
def _(live: LiveExchange) -> None:
    assert post(live, LOAN, {"asset": "USDT", "amount": "1"}) == {"asset": "USDT", "amount": "1"}
    assert post(live, RECORDS, [RECORD]) == [RECORD]
    assert get(live, LOAN)["amount"] == "1"
    assert send(live, request()) == 200
    assert b'"total":0' in live.exchange.world.journal.entries[-1].reply.body


@tries("POST", "/worlds/{world}/accounts/{uid}/{held}/add")
def _(live: LiveExchange) -> None:
    assert [record["startTime"] for record in post(live, f"{RECORDS}/add", [RECORD])] == [NOW_MS - 500, 1]
    assert post(live, f"{LOAN}/add", {"amount": "3"}) == {"asset": "BUSD", "amount": "3"}


@tries("GET", "/state")
def _(live: LiveExchange) -> None:
    post(live, "/worlds", {"name": "other"}, status=201)
    state = get(live, "/state")
    assert (state["version"], [world["name"] for world in state["worlds"]]) == (1, ["default", "other"])
    assert state["worlds"][0]["scenario"]["accounts"][0]["loan"] == {"asset": "BUSD", "amount": "579.45"}


@tries("GET", "/worlds/{world}/clock")
def _(live: LiveExchange) -> None:
    told = get(live, f"{WORLD}/clock")
    assert told.pop("ahead_of_machine_ms") < 0
    assert told == {"now_ms": NOW_MS, "now": "2026-01-01T00:00:30.000Z", "rate": 0.0, "is_frozen": True}


@tries("POST", "/worlds/{world}/clock")
def _(live: LiveExchange) -> None:
    clock = f"{WORLD}/clock"
    assert post(live, clock, {"advance_ms": 120_000})["now_ms"] == NOW_MS + 120_000
    assert post(live, clock, {"set": "2025-01-08T00:00:00Z"})["now"] == "2025-01-08T00:00:00.000Z"
    assert post(live, clock, {"set": 5_000, "advance_ms": -1})["now_ms"] == 4_999
    skewed = post(live, clock, {"skew_ms": -90_000})
    assert (skewed["ahead_of_machine_ms"], skewed["rate"]) == (-90_000, 1.0)
    assert post(live, clock, {"real": True})["ahead_of_machine_ms"] == 0
    assert post(live, clock, {"freeze": True})["is_frozen"]
    assert post(live, clock, {"set": 7, "rate": 60})["rate"] == 60.0
    assert call(live.url, "GET", "/api/v3/time", prefix="").body["serverTime"] >= 7


@tries("GET", "/worlds/{world}/faults")
def _(live: LiveExchange) -> None:
    post(live, f"{WORLD}/faults", LATENCY, status=201)
    send(live, request())
    (fault,) = get(live, f"{WORLD}/faults")
    assert (fault["name"], fault["met"], fault["struck"], fault["effect"]["type"]) == ("f1", 1, 1, "latency")


@tries("POST", "/worlds/{world}/faults")
def _(live: LiveExchange) -> None:
    overloaded = {"effect": {"type": "documented", "answer": "overloaded"}, "endpoint": "pm_loan", "times": 1}
    assert post(live, f"{WORLD}/faults", overloaded, status=201)["name"] == "f1"
    assert [send(live, request(gateway)) for gateway in ("PAPI", "SAPI", "SAPI")] == [200, 503, 200]
    assert post(live, f"{WORLD}/faults", LATENCY | {"name": "slow"}, status=201)["name"] == "slow"
    refusal = call(live.url, "POST", f"{WORLD}/faults", LATENCY | {"name": "slow"})
    assert (refusal.status, refusal.body) == (409, {"error": "there is a fault 'slow' already, or will be"})


@tries("DELETE", "/worlds/{world}/faults")
def _(live: LiveExchange) -> None:
    for _ in range(2):
        post(live, f"{WORLD}/faults", LATENCY, status=201)
    assert (delete(live, f"{WORLD}/faults"), get(live, f"{WORLD}/faults")) == ({"deleted": 2}, [])


@tries("DELETE", "/worlds/{world}/faults/{fault}")
def _(live: LiveExchange) -> None:
    post(live, f"{WORLD}/faults", LATENCY, status=201)
    assert delete(live, f"{WORLD}/faults/f1") == {"deleted": "f1"}
    assert call(live.url, "DELETE", f"{WORLD}/faults/f1").status == 404
    assert post(live, f"{WORLD}/faults", LATENCY, status=201)["name"] == "f2"


@tries("GET", "/worlds/{world}/journal")
def _(live: LiveExchange) -> None:
    for gateway, timestamp in (("PAPI", NOW_MS), ("SAPI", NOW_MS), ("SAPI", 1)):
        send(live, request(gateway, timestamp=timestamp))
    journal = f"{WORLD}/journal"
    assert [one["seq"] for one in get(live, journal)] == [1, 2, 3]
    assert [one["seq"] for one in get(live, f"{journal}?gateway=SAPI&status=200")] == [2]
    assert [one["seq"] for one in get(live, f"{journal}?code=-1021")] == [3]
    assert [one["seq"] for one in get(live, f"{journal}?refused_by=&after_seq=1")] == [2]
    assert [one["seq"] for one in get(live, f"{journal}?last=2")] == [2, 3]
    (last,) = get(live, f"{journal}?last=1&timing")
    assert last["checks"]["timestamp_is_late"] == "refused"
    assert last["timing"]["took_us"] >= 0
    assert len(get(live, f"{journal}?format=curl")) == 3
    assert get(live, f"{journal}?format=curl&last=1")[0].startswith(f"curl -g -i -H 'X-MBX-APIKEY: {ALICE.api_key}' ")
    assert len(get(live, f"{journal}?format=har&status=200")["log"]["entries"]) == 2
    assert request().target.rpartition("=")[2] not in json.dumps(get(live, journal))


@tries("DELETE", "/worlds/{world}/journal")
def _(live: LiveExchange) -> None:
    send(live, request())
    assert (delete(live, f"{WORLD}/journal"), get(live, f"{WORLD}/journal")) == ({"deleted": 1}, [])
    send(live, request())
    assert [one["seq"] for one in get(live, f"{WORLD}/journal")] == [2]


@tries("GET", "/worlds/{world}/journal/follow")
def _(live: LiveExchange) -> None:
    with following(live) as events, following(live, query="?gateway=SAPI&timing") as loans:
        for gateway in ("PAPI", "SAPI"):
            send(live, request(gateway))
        assert [events.entry()["endpoint"] for _ in range(2)] == ["negative_balance_exchange_record", "pm_loan"]
        told = loans.entry()
        assert (told["seq"], told["endpoint"], "timing" in told) == (2, "pm_loan", True)
        assert b"Content-Type: text/event-stream\r\n" in events.headers


@tries("POST", "/worlds/{world}/journal/verify")
def _(live: LiveExchange) -> None:
    send(live, request())
    verify = f"{WORLD}/journal/verify"
    assert post(live, verify, {"match": {"status": 200}, "count": 1})["holds"]
    failed = post(live, verify, {"match": {"status": 418}})
    assert (failed["holds"], failed["nearest"]) == (False, [{"seq": 1, "differs": {"status": [418, 200]}}])
    assert post(live, verify, {"order": [{"gateway": "PAPI"}, {"gateway": "SAPI"}]})["matched"] == 1


@tries("POST", "/worlds/{world}/journal/wait")
def _(live: LiveExchange) -> None:
    wait = f"{WORLD}/journal/wait"
    over = post(live, wait, {"timeout_s": 0})
    assert over == {"holds": False, "matched": 0, "entries": []}
    with Waiting(live, {"match": {"gateway": "SAPI"}, "count": 2}) as answer:
        for gateway in ("SAPI", "PAPI", "SAPI"):
            assert not answer.done()
            send(live, request(gateway))
    heard = answer.result().body
    assert (heard["holds"], [one["seq"] for one in heard["entries"]]) == (True, [1, 3])
    assert post(live, wait, {"count": 3, "timeout_s": 600})["holds"]


@tries("GET", "/worlds/{world}/journal/{seq}/explain")
def _(live: LiveExchange) -> None:
    send(live, request("SAPI", timestamp=1))
    told = get(live, f"{WORLD}/journal/1/explain")
    assert (told["call"]["refused_by"], told["faults"]) == ("timestamp_is_late", [])
    assert request("SAPI", timestamp=1).target.rpartition("=")[2] not in json.dumps(told)
    assert ALICE.secret not in json.dumps(told)


# What is asked of it costs nothing and is written nowhere.


def test_the_control_is_no_call(live: LiveExchange) -> None:
    """Whatever is asked of mockex itself: no weight, no entry, no metric, no fault that strikes."""
    post(live, f"{WORLD}/faults", LATENCY, status=201)
    for path in ("", "/", "/health", "/nothing", "?x=1", "/%2e%2e/papi/v1/ping", f"{WORLD}/journal"):
        call(live.url, "GET", path)
        call(live.url, "PATCH", path)
    world = live.exchange.world
    assert (world.journal.written, world.meter.windows, dict(world.verdicts)) == (0, {}, {})
    assert [armed.met for armed in world.faults.values()] == [0]


@pytest.mark.parametrize(
    ("target", "is_it"),
    [
        ("/_mockex", True),
        ("/_mockex?x", True),
        ("/_mockex/", True),
        ("/_mockex/x", True),
        ("/_mockexx", False),
        ("/w/default/_mockex/", False),
        ("/%5Fmockex/", False),
        ("/papi/v1/ping", False),
    ],
)
def test_what_means_mockex_itself(target: str, is_it: bool) -> None:
    """Its prefix alone, and what is below it; the rest is the exchange's."""
    assert is_control(target) is is_it


def test_a_target_with_a_host_is_the_same_target(live: LiveExchange) -> None:
    """As a client sends it that takes the server for a proxy."""
    assert call(live.url, "GET", "/health", prefix=f"{live.url}/_mockex").status == 200
    assert live.exchange.world.journal.written == 0


# The worlds that it opens.


def test_a_world_from_the_default_has_its_seed_and_its_beginning(live: LiveExchange) -> None:
    """Opened without a word it is the default's scenario anew: its data, whatever became of the default's."""
    post(live, LOAN, {"amount": "7"})
    world = post(live, "/worlds", status=201)
    assert get(live, f"/worlds/{world['name']}/accounts/1/loan")["amount"] == "579.45"


def test_a_named_scenario_is_read_once(live: LiveExchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a thousand worlds of a scenario that comes with mockex, the first reads its file; each has keys of its own."""
    read = []
    really = scenarios.read_named
    monkeypatch.setattr(scenarios, "read_named", lambda name: read.append(name) or really(name))  # type: ignore[func-returns-value]
    keys = {post(live, "/worlds", {"scenario": "fractional"}, status=201)["keys"][0]["api_key"] for _ in range(5)}
    assert (len(keys), len(read)) == (5, read.count("fractional"))
    assert len(read) <= 1


def test_the_journal_of_a_world_tells_where_it_is_found(live: LiveExchange) -> None:
    """A curl line of another world than the default has its prefix, so that it works whatever key it carries."""
    post(live, "/worlds", {"name": "mine"}, status=201)
    send(live, signed(live.exchange.worlds.by_name["mine"]))
    (line,) = get(live, "/worlds/mine/journal?format=curl")
    assert f"{live.url}/w/mine/sapi/v1/portfolio/pmLoan?" in line


def test_the_timeline_is_told_and_happens(live: LiveExchange) -> None:
    """When the clock is moved, what is due has happened when that answers; the world tells what is still to come."""
    post(live, "/worlds", {"scenario": "margin-call", "name": "story"}, status=201)
    post(live, "/worlds/story/clock", {"set": "2026-03-02T10:05:30Z"})
    told = get(live, "/worlds/story")
    assert (len(told["happened"]), len(told["upcoming"])) == (7, 3)
    assert get(live, "/worlds/story/accounts/354937010/loan")["amount"] == "1250.75000000"
    assert [fault["name"] for fault in get(live, "/worlds/story/faults")] == ["overload"]
    assert is_a_sentence(call(live.url, "POST", "/worlds/story/faults", LATENCY | {"name": "overload"})) == 409


def test_an_exchange_can_be_served_again() -> None:
    """After its end the same exchange is served on another socket, and can be followed again."""
    live = LiveExchange(alice.scenario(clock=ClockSpec(frozen_at=NOW_MS)))
    for written in (0, 1):
        with live, following(live) as events:
            assert live.exchange.world.journal.written == written
            send(live, request())
            assert events.entry()["seq"] == written + 1


def test_what_is_answered_is_not_kept_by_browsers(live: LiveExchange) -> None:
    """No answer of the control is to be found in a cache later."""
    answers = [call(live.url, "GET", path) for path in ("/health", "/nothing", WORLD)]
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    connection = connected(live.url)
    for _ in range(3):  # one connection is enough for many
        connection.request("GET", "/_mockex/health")
        assert said(connection.getresponse()).status == 200
    connection.close()
