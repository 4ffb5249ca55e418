"""Mistakes in calls to mockex itself, each answered in one sentence, and who may make such calls at all."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockex.core.bounds import JOURNAL_LENGTH
from mockex.server.control import MAX_BODY_BYTES, ROUTES
from mockex.server.control.asking import Route
from mockex.testing import LiveExchange
from tests import alice
from tests.alice import request
from tests.wire.controlling import (
    LATENCY,
    LOAN,
    PATIENCE_S,
    RECORDS,
    WORLD,
    call,
    connected,
    get,
    is_a_sentence,
    post,
    send,
)

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
        ("/worlds", b'{"name": "\xff"}', "codec can't decode byte 0xff"),
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
