"""The control on a real socket: every route of it, its mistakes, who may use it, and how it ends."""

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from mockex import __version__, scenarios
from mockex.core.bounds import JOURNAL_LENGTH, MAX_LISTENERS
from mockex.core.scenario import ClockSpec
from mockex.core.world import World
from mockex.endpoints import CATALOGUE
from mockex.openapi import description
from mockex.server.control import MAX_BODY_BYTES, ROUTES, is_control
from mockex.server.control import journal as journal_routes
from mockex.server.control.asking import Asked, Route
from mockex.testing import LiveExchange
from tests import alice
from tests.alice import ALICE, NOW_MS, request
from tests.wire.controlling import PATIENCE_S, Said, call, connected, following, said, send
from tests.worldly import signed

LATENCY = {"effect": {"type": "latency", "ms": 1}}
WORLD = "/worlds/default"
LOAN = f"{WORLD}/accounts/1/loan"
RECORDS = f"{WORLD}/accounts/1/records"
RECORD = {
    "startTime": 1,
    "endTime": 2,
    "details": [{"asset": "ETH", "negativeBalance": 1.50, "negativeMaxThreshold": 0}],
}


@pytest.fixture
def live() -> Iterator[LiveExchange]:
    """Serve Alice's exchange."""
    with LiveExchange(alice.scenario()) as exchange:
        yield exchange


def get(live: LiveExchange, path: str, **about: Any) -> Any:
    """Ask for something that is there."""
    answer = call(live.url, "GET", path, **about)
    assert answer.status == 200, answer.body
    return answer.body


def post(live: LiveExchange, path: str, body: Any = None, status: int = 200, **about: Any) -> Any:
    """Post something that is right."""
    answer = call(live.url, "POST", path, body, **about)
    assert answer.status == status, answer.body
    return answer.body


def delete(live: LiveExchange, path: str) -> Any:
    """Delete something that is there."""
    answer = call(live.url, "DELETE", path)
    assert answer.status == 200, answer.body
    return answer.body


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
    assert live.world.behaviour.no_loan == "refuse"


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
    assert b'"total":0' in live.world.journal.entries[-1].reply.body


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
    with waiting(live, {"match": {"gateway": "SAPI"}, "count": 2}) as answer:
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


class waiting:  # noqa: N801 - it is used as a function
    """`with waiting(live, wanted) as answer:` waits for calls in another thread from when this is entered on."""

    def __init__(self, live: LiveExchange, wanted: dict[str, Any], world: str = "default") -> None:
        self.live, self.wanted, self.world = live, {"timeout_s": 600} | wanted, world

    def __enter__(self) -> "Future[Said]":
        self.pool = ThreadPoolExecutor(1)
        path = f"/worlds/{self.world}/journal/wait"
        listeners = self.live.exchange.worlds.by_name[self.world].journal.listeners
        before = len(listeners)
        answer = self.pool.submit(call, self.live.url, "POST", path, self.wanted)
        while len(listeners) == before and not answer.done():
            get(self.live, "/health")
        return answer

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown()


# What is asked of it costs nothing and is written nowhere.


def test_the_control_is_no_call(live: LiveExchange) -> None:
    """Whatever is asked of mockex itself: no weight, no entry, no metric, no fault that strikes."""
    post(live, f"{WORLD}/faults", LATENCY, status=201)
    for path in ("", "/", "/health", "/nothing", "?x=1", "/%2e%2e/papi/v1/ping", f"{WORLD}/journal"):
        call(live.url, "GET", path)
        call(live.url, "PATCH", path)
    world = live.world
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
    assert live.world.journal.written == 0


# Mistakes.

SAMPLES: dict[str, Any] = {
    "default": "default",
    "snapshot": "s1",
    "uid": "1",
    "held": "loan",
    "fault": "f1",
    "seq": "1",
}
BODIES: dict[str, Any] = {
    "/worlds/{world}/faults": LATENCY,
    "/worlds/{world}/accounts/{uid}/{held}": {"amount": "1"},
    "/worlds/{world}/accounts/{uid}/{held}/add": {"amount": "1"},
}
UNKNOWN = [
    (route, name)
    for route in ROUTES
    for name in ("world", "snapshot", "uid", "held", "fault", "seq")
    if f"{{{name}}}" in route.path
]


@pytest.mark.parametrize(("route", "unknown"), UNKNOWN, ids=lambda one: one if isinstance(one, str) else one.summary)
@pytest.mark.parametrize("sent", ["nobody", "..%2f", "%ff", "0", "9" * 5_000])
def test_an_unknown_id_is_a_404(route: Route, unknown: str, sent: str, live_for_all: LiveExchange) -> None:
    """Whichever part of a path is nobody's, the answer is a 404 with one sentence."""
    path = route.path
    for name, value in {"world": "default", **SAMPLES, unknown: sent}.items():
        path = path.replace(f"{{{name}}}", value)
    answer = call(live_for_all.url, route.method, path, BODIES.get(route.path))
    assert is_a_sentence(answer) == 404


@pytest.fixture(scope="module")
def live_for_all() -> Iterator[LiveExchange]:
    """Serve an exchange that has a snapshot, a fault and an entry, for all the tests that break nothing."""
    with LiveExchange(alice.scenario()) as exchange:
        post(exchange, f"{WORLD}/snapshots", status=201)
        post(exchange, f"{WORLD}/faults", LATENCY, status=201)
        send(exchange, request())
        yield exchange


def is_a_sentence(answer: Said) -> int:
    """See that a mistake is told as JSON with one sentence; gives the status."""
    assert 400 <= answer.status < 500
    assert answer.headers["content-type"] == "application/json"
    assert [*answer.body] == ["error"]
    assert answer.body["error"]
    assert "\n" not in answer.body["error"]
    assert "Traceback" not in answer.body["error"]
    return answer.status


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "PROPFIND"])
def test_a_wrong_method_is_a_405(path: str, method: str, live_for_all: LiveExchange) -> None:
    """It is told which are right, in the sentence and in Allow."""
    right = [route.method for route in ROUTES if route.path == path]
    if method in right:
        return
    answer = call(live_for_all.url, method, path.replace("{", "").replace("}", ""))
    assert is_a_sentence(answer) == 405
    assert answer.headers["allow"] == ", ".join(right)
    assert answer.body["error"].endswith(f"takes {' or '.join(right)}, not {method}")


HUGE = 10**30


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("/worlds", b"{", "the body is not JSON: Input data was truncated"),
        ("/worlds", b"\xff", "the body is not JSON"),
        ("/worlds", b'{"name": "\xff"}', "the body is not JSON"),
        ("/worlds", b'{"name": "\\ud800"}', "the body is not JSON"),
        ("/worlds", b"[]", "expected `object`, got `array`"),
        ("/worlds", b"[" * 100_000, "expected `object`, got `array`"),
        ("/worlds", {"nmae": "x"}, "object contains unknown field `nmae` (did you mean 'name'?)"),
        ("/worlds", {"name": 5}, "at name: expected `str | null`, got `int`"),
        ("/worlds", {"name": "a b"}, "'a b' is no name for a world"),
        ("/worlds", {"seed": -1}, "at seed: expected `int` >= 0"),
        ("/worlds", {"seed": HUGE}, "at seed: "),
        ("/worlds", {"scenario": "margincall"}, "no scenario is called 'margincall' (did you mean 'margin-call'?)"),
        ("/worlds", {"scenario": "../pyproject"}, "no scenario is called '../pyproject'"),
        ("/worlds", {"scenario": "x\0"}, "no scenario is called"),
        ("/worlds", {"toml": "title = "}, "toml: is not TOML"),
        ("/worlds", {"toml": 'titel = "x"'}, "(did you mean 'title'?)"),
        ("/worlds", {"toml": "x", "scenario": "quiet"}, "not both"),
        ("/worlds", {"toml": "a=" + "[" * 5_000}, "toml: is not TOML"),
        (WORLD, {"limits": {"papi_weight": 1}}, "unknown field `papi_weight` (did you mean 'papi_weight_per_ip'?)"),
        (WORLD, {"limits": {"first_ban_s": 0}}, "expected 1 <= `first_ban_s` <= `longest_ban_s`"),
        (WORLD, {"limits": {"papi_weight_per_ip": HUGE}}, "at limits[...]: "),
        (WORLD, {"behaviour": {"no_loan": "zreo"}}, "at no_loan: invalid enum value 'zreo' (did you mean 'zero'?)"),
        (WORLD, {"limit": {}}, "(did you mean 'limits'?)"),
        (f"{WORLD}/clock", {"fereze": True}, "(did you mean 'freeze'?)"),
        (f"{WORLD}/clock", {"set": "yesterday"}, "at set: "),
        (f"{WORLD}/clock", {"set": "2025-01-08T00:00:00"}, "timezone"),
        (f"{WORLD}/clock", {"set": 1, "real": True}, "a clock is either skewed, or real, or set"),
        (f"{WORLD}/clock", {"freeze": True, "rate": 2}, "a clock is either frozen or runs at a rate"),
        (f"{WORLD}/clock", {"rate": -1}, "at rate: expected `float` >= 0.0"),
        (f"{WORLD}/clock", {"rate": 1e308}, "at rate: expected `float` <= 86400.0"),
        (f"{WORLD}/clock", b'{"rate": 1e999}', "at rate: number out of range"),
        (f"{WORLD}/clock", {"advance_ms": HUGE}, "at advance_ms: "),
        (f"{WORLD}/faults", b"", "object missing required field `effect`"),
        (f"{WORLD}/faults", {"effect": {"type": "latnecy"}}, "(did you mean 'latency'?)"),
        (f"{WORLD}/faults", {"effect": {"type": "documented", "answer": "overlaoded"}}, "(did you mean 'overloaded'?)"),
        (f"{WORLD}/faults", {**LATENCY, "chance": 2}, "at chance: expected `float` <= 1.0"),
        (f"{WORLD}/faults", {**LATENCY, "nht": 2}, "(did you mean 'nth'?)"),
        (LOAN, b"", "the body is not JSON"),
        (LOAN, {"amount": 5}, "at amount: expected `str`, got `int`"),
        (LOAN, {"amuont": "5"}, "(did you mean 'amount'?)"),
        (RECORDS, {}, "expected `array`, got `object`"),
        (RECORDS, [{"startTime": 1}], "at [0]: object missing required field `endTime`"),
        (RECORDS, b"[" * 100_000, "expected `object`, got `array`"),
        (f"{WORLD}/journal/verify", {"match": {"stauts": 1}}, "(did you mean 'status'?)"),
        (f"{WORLD}/journal/verify", {"count": 1, "at_most": 1}, "expected either `count`"),
        (f"{WORLD}/journal/wait", {"count": 0}, "at count: expected `int` >= 1"),
        (f"{WORLD}/journal/wait", {"count": JOURNAL_LENGTH + 1}, "at count: expected `int` <= 1000"),
        (f"{WORLD}/journal/wait", {"timeout_s": 601}, "at timeout_s: expected `float` <= 600.0"),
    ],
)
def test_a_mistake_is_answered_in_a_sentence(path: str, body: Any, sentence: str, live_for_all: LiveExchange) -> None:
    """Where it is, what was expected, and which word was probably meant; never a 500."""
    answer = call(live_for_all.url, "POST", path, body)
    assert is_a_sentence(answer) == 400
    assert sentence in answer.body["error"]


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (f"{WORLD}/journal?stauts=400", "there is no 'stauts' in the query here (did you mean 'status'?)"),
        (f"{WORLD}/journal?status=x", "at status: expected `int"),
        (f"{WORLD}/journal?last=0", "expected `last` to be a number above 0, got '0'"),
        (f"{WORLD}/journal?last=%D9%A1", "expected `last` to be a number above 0"),
        (f"{WORLD}/journal?last={'9' * 5_000}", "expected `last` to be a number above 0"),
        (
            f"{WORLD}/journal?format=hra",
            "expected `format` to be one of json, curl, har, got 'hra' (did you mean 'har'?)",
        ),
        (f"{WORLD}/journal/follow?last=1", "there is no 'last' in the query here"),
        (f"{WORLD}/journal/follow?uid=x", "at uid: expected `int"),
        ("/health?x=1", "there is no 'x' in the query here"),
    ],
)
def test_a_mistaken_query_is_answered_in_a_sentence(path: str, sentence: str, live_for_all: LiveExchange) -> None:
    """What is not known in a query is not passed over in silence."""
    answer = call(live_for_all.url, "GET", path)
    assert is_a_sentence(answer) == 400
    assert sentence in answer.body["error"]


def test_a_mistake_of_toml_is_answered_in_a_sentence(live_for_all: LiveExchange) -> None:
    """Also where the scenario is the body and the rest is the query."""
    headers = {"Content-Type": "application/toml"}
    for path, body, sentence in (
        ("/worlds?nmae=x", b"", "there is no 'nmae' in the query here (did you mean 'name'?)"),
        ("/worlds?seed=x", b"", "at seed: expected `int"),
        ("/worlds", b"\xff", "'utf-8' codec can't decode"),
        ("/worlds", b"", "toml: object missing required field `title`"),
        ("/worlds", PEM_FILE, "a scenario that is sent names no files; expected `public_key` inline"),
        ("/worlds", PEM_WRONG, "expected the PEM of an RSA public key, got no public key in PEM"),
    ):
        answer = call(live_for_all.url, "POST", path, body, headers=headers)
        assert is_a_sentence(answer) == 400
        assert sentence in answer.body["error"]


PEM_FILE = b'title = "x"\n[[accounts]]\nuid = 1\n[[accounts.keys]]\ntype = "RSA"\npublic_key_file = "/etc/passwd"\n'
PEM_FILE += b'api_key = "%b"\n' % (b"a" * 64)
PEM_WRONG = PEM_FILE.replace(b'public_key_file = "/etc/passwd"', b'public_key = "x"')


def test_a_conflict_is_a_409(live: LiveExchange) -> None:
    """A name that is taken, a key that is another world's."""
    post(live, "/worlds", {"name": "mine"}, status=201)
    for body, sentence in (
        ({"name": "mine"}, "there is a world 'mine' already"),
        ({"fresh_keys": False}, "belongs to the world 'default' already; ask for fresh keys"),
    ):
        answer = call(live.url, "POST", "/worlds", body)
        assert is_a_sentence(answer) == 409
        assert sentence in answer.body["error"]
    assert call(live.url, "GET", "/worlds/mien").body["error"] == "there is no world 'mien' (did you mean 'mine'?)"


def test_a_huge_body_is_a_413(live_for_all: LiveExchange) -> None:
    """Up to the limit it is read; beyond it its sender still hears a sentence."""
    most = call(live_for_all.url, "POST", LOAN, b" " * (MAX_BODY_BYTES - 16) + b'{"amount": "12"}')
    more = call(live_for_all.url, "POST", LOAN, b" " * (MAX_BODY_BYTES + 1))
    assert most.status == 200
    assert is_a_sentence(more) == 413
    assert more.body["error"] == "a body has at most 16 MiB"


def test_a_body_that_is_no_http_is_a_400(live: LiveExchange) -> None:
    """Chunks that are none are told of, and who hangs up in the middle of a body is no mistake of mockex."""
    url = urlsplit(live.url)
    head = f"POST /_mockex{LOAN} HTTP/1.1\r\nHost: {url.netloc}\r\n"
    with socket.create_connection((url.hostname, url.port), timeout=PATIENCE_S) as line:
        line.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n".encode())
        assert line.recv(1 << 16).split(b" ")[1] == b"400"
    with socket.create_connection((url.hostname, url.port), timeout=PATIENCE_S) as line:
        line.sendall(f"{head}Content-Length: 5\r\n\r\nabc".encode())
    assert get(live, "/health")["status"] == "ok"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ["name", "seed", "toml", "scenario", "fresh_keys", "limits", "behaviour", "effect", "chance", "nth", "set"]
FIELDS += ["advance_ms", "skew_ms", "rate", "freeze", "match", "count", "order", "timeout_s", "asset", "amount"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([route for route in ROUTES if route.takes is not None and "wait" not in route.path]),
    st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=3) | json_values,
)
def test_whatever_is_sent_is_answered(live_for_all: LiveExchange, route: Route, body: Any) -> None:
    """Any JSON to any route: either it is right, or it is one sentence; never a 500."""
    path = route.path
    for name, value in {"world": "default", **SAMPLES}.items():
        path = path.replace(f"{{{name}}}", value)
    answer = call(live_for_all.url, route.method, path, json.dumps(body).encode())
    assert answer.status in (200, 201) or is_a_sentence(answer) in (400, 404, 409)


# Who may control it.


@pytest.mark.parametrize("host", ["127.0.0.1:8090", "localhost", "LocalHost:1", "[::1]:8090", "127.9.9.9"])
def test_this_machine_may(live_for_all: LiveExchange, host: str) -> None:
    """Under any of its own names."""
    assert call(live_for_all.url, "GET", "/health", headers={"Host": host}).status == 200
    same = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    assert call(live_for_all.url, "GET", "/health", headers=same).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8090"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "[evil]"},
        {"Host": "192.0.2.1"},
        {"Host": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
    ],
    ids=str,
)
def test_other_sites_and_proxies_may_not(live_for_all: LiveExchange, headers: dict[str, str]) -> None:
    """Neither a page in this machine's browser, whatever its name resolves to, nor who comes through a proxy."""
    answer = call(live_for_all.url, "POST", f"{WORLD}/snapshots", headers=headers)
    assert is_a_sentence(answer) == 403


def test_two_hosts_and_none_may_not(live_for_all: LiveExchange) -> None:
    """A Host that is missing or doubled is nobody's name."""
    for hosts in ([], ["127.0.0.1", "evil.example"]):
        connection = connected(live_for_all.url)
        connection.putrequest("GET", "/_mockex/health", skip_host=True)
        for host in hosts:
            connection.putheader("Host", host)
        connection.endheaders()
        assert connection.getresponse().status in (400, 403)
        connection.close()


# Waiting and following.


def test_a_waiter_does_not_hear_of_what_was_taken_back(live: LiveExchange) -> None:
    """A revert takes back the calls that matched, and the waiter goes on waiting for as many."""
    post(live, f"{WORLD}/snapshots", status=201)
    with waiting(live, {"count": 2}) as answer:
        send(live, request())
        post(live, f"{WORLD}/snapshots/s1/revert")
        send(live, request())
        assert not answer.done()
        send(live, request())
    assert [one["seq"] for one in answer.result().body["entries"]] == [1, 2]
    assert live.world.journal.listeners == []


def test_a_deleted_world_ends_who_listens_to_it(live: LiveExchange) -> None:
    """Its followers' streams end as streams do, its waiters hear that it does not hold; others go on."""
    post(live, "/worlds", {"name": "gone"}, status=201)
    with following(live, "gone") as events, following(live) as others, waiting(live, {}, "gone") as answer:
        delete(live, "/worlds/gone")
        assert (events.next(), events.ended) == ("", True)
        assert (answer.result().status, answer.result().body["holds"]) == (200, False)
        send(live, request())
        assert others.entry()["seq"] == 1


def test_the_end_of_the_server_ends_who_listens() -> None:
    """At once and in an orderly way: the stream has its last chunk, the waiter its answer."""
    with LiveExchange(alice.scenario()) as live:
        with following(live) as events, waiting(live, {}) as answer:
            live.__exit__()
            assert (events.next(), events.ended) == ("", True)
            assert (answer.result().status, answer.result().body["holds"]) == (200, False)
        live.__enter__()


def test_a_follower_that_has_gone_is_forgotten(live: LiveExchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who hears nothing for a while is told something, and so it is found out who has gone."""
    monkeypatch.setattr(journal_routes, "STILL_HERE_S", 0.001)
    with following(live) as events:
        assert events.next() == ": still here"
        assert len(live.world.journal.listeners) == 1
    while live.world.journal.listeners:
        get(live, "/health")


def test_there_are_not_too_many_listeners(live: LiveExchange) -> None:
    """One more than the limit hears a 409, be it a follower or a waiter."""
    live.world.journal.listeners += [lambda _: None] * MAX_LISTENERS
    for method, path in (("GET", "follow"), ("POST", "wait")):
        assert is_a_sentence(call(live.url, method, f"{WORLD}/journal/{path}")) == 409


def asked(world: World, live: LiveExchange) -> Asked:
    """Ask for a journal in this process."""
    return Asked(live.exchange, NOW_MS, live.url, {"world": world.name}, {}, None)


async def test_a_slow_follower_hears_how_much_it_lost() -> None:
    """In the place of what it lost; and what comes after is told again."""
    live = LiveExchange(alice.scenario())
    world = live.world
    events = journal_routes.follow(asked(world, live))
    assert await anext(events) == b": following\n\n"
    live.exchange.handle(request())
    (entry,) = world.journal
    for seq in range(2, JOURNAL_LENGTH + 6):
        world.journal.write(structs.replace(entry, seq=seq))
    told = [await anext(events) for _ in range(JOURNAL_LENGTH + 1)]
    assert [event.partition(b"\n")[0] for event in told[-2:]] == [b"id: %d" % JOURNAL_LENGTH, b"event: lost"]
    assert told[-1] == b"event: lost\ndata: 5\n\n"
    world.journal.write(structs.replace(entry, seq=JOURNAL_LENGTH + 6))
    assert (await anext(events)).startswith(b"id: %d\n" % (JOURNAL_LENGTH + 6))
    await events.aclose()  # type: ignore[attr-defined]
    assert world.journal.listeners == []


async def test_a_follower_of_a_world_that_has_gone_meanwhile_hears_its_end() -> None:
    """Also where the world was deleted between the question and the first event."""
    live = LiveExchange(alice.scenario())
    world = live.exchange.worlds.open(live.world.scenario, CATALOGUE, NOW_MS, fresh_keys=True)
    events = journal_routes.follow(asked(world, live))
    live.exchange.worlds.close(world.name)
    assert [event async for event in events] == [b": following\n\n"]


async def test_a_waiter_that_is_cancelled_listens_no_more() -> None:
    """As when its connection is cut off at the server's end."""
    live = LiveExchange(alice.scenario())
    wanted = structs.replace(asked(live.world, live), body=journal_routes.Wait(timeout_s=600.0))
    task = asyncio.create_task(journal_routes.wait(wanted))
    await asyncio.sleep(0)
    assert len(live.world.journal.listeners) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert live.world.journal.listeners == []


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
            assert live.world.journal.written == written
            send(live, request())
            assert events.entry()["seq"] == written + 1


def test_what_is_answered_is_not_kept_by_browsers(live_for_all: LiveExchange) -> None:
    """No answer of the control is to be found in a cache later."""
    answers = [call(live_for_all.url, "GET", path) for path in ("/health", "/nothing", WORLD)]
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    connection = connected(live_for_all.url)
    for _ in range(3):  # one connection is enough for many
        connection.request("GET", "/_mockex/health")
        assert said(connection.getresponse()).status == 200
    connection.close()
