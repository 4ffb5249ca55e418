"""Declared faults: off by default, seeded, which calls they strike, what each documented one says, how they compose."""

from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect, json, structs

from mockex import scenarios
from mockex.core.bounds import MAX_DELAY_MS, MAX_PIECES
from mockex.core.dice import roll
from mockex.core.documented import DOCUMENTED
from mockex.core.effects import Documented, Effect, Hostile, spoiled
from mockex.core.exchange import Exchange
from mockex.core.faults import Fault
from mockex.core.gateway import Check
from mockex.core.hostile import CutBody, Html, JsonIs, NoRetryAfter, Redirect, Stage
from mockex.core.hostile_wire import BadChunk, Drip, HangUp, Informational, Latency, Reset, SlowBody, WrongContentLength
from mockex.core.outage import AnswerName, Outage
from mockex.core.raw import body_begins_at, raw, raw_head, script_of, split
from mockex.core.refusals import Codeless
from mockex.core.weight import Limits
from mockex.core.wire import Delivery, Reply, Wait
from mockex.core.world import open_world
from mockex.endpoints import CATALOGUE
from mockex.errors import ScenarioError
from mockex.faults_page import EXAMPLES, FACTS, GIVEN, MORE, ON_A_REFUSAL, REFUSAL, SAMPLE
from mockex.gateways import GATEWAYS, PAPI, SAPI
from tests.alice import ALICE, NOW_MS, heard, key, request, scenario

BUSY = Documented("overloaded")
BOB = key("bob")


def stormy(*faults: Fault, seed: int = 0, limits: Limits | None = None) -> Exchange:
    """Open Alice's and Bob's exchange with these faults."""
    spec = scenario(
        {"uid": 1, "keys": (ALICE,)}, {"uid": 2, "keys": (BOB,)}, faults=faults, limits=limits or Limits(), seed=seed
    )
    return Exchange(CATALOGUE, open_world("default", spec, CATALOGUE, NOW_MS))


def struck(live: Exchange, calls: int = 12, gateway: str = "PAPI") -> list[int]:
    """Say which of so many calls did not get their 200."""
    return [nth for nth in range(1, calls + 1) if live.handle(request(gateway)).status != 200]


def test_nothing_is_on_by_default() -> None:
    """No scenario but the one of bad weather declares a fault, and a world without one delivers as usual."""
    assert [name for name in scenarios.names() if scenarios.read(name).faults] == ["bad-weather"]
    live = stormy()
    assert live.handle(request()).delivery is None
    assert [entry.faults for entry in live.world.journal] == [()]


WHICH = [
    ({}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    ({"nth": 2}, [2]),
    ({"every": 5}, [5, 10]),
    ({"times": 3}, [1, 2, 3]),
    ({"every": 4, "times": 2}, [4, 8]),
    ({"endpoint": "pm_loan"}, []),
    ({"gateway": "SAPI"}, []),
    ({"gateway": "PAPI", "nth": 12}, [12]),
    ({"api_key": BOB.api_key}, []),
    ({"api_key": ALICE.api_key, "nth": 1}, [1]),
    ({"since_ms": NOW_MS + 1}, []),
    ({"until_ms": NOW_MS}, []),
    ({"since_ms": NOW_MS, "until_ms": NOW_MS + 1, "nth": 3}, [3]),
    ({"nth_on_connection": 2}, []),
    ({"nth_on_connection": 1, "nth": 1}, [1]),
]


@pytest.mark.parametrize(("which", "strikes"), WHICH, ids=lambda one: str(one)[:60])
def test_which_calls_a_fault_strikes(which: dict[str, Any], strikes: list[int]) -> None:
    """Endpoint, gateway, key, time, connection, nth, every and times each say it, alone and together."""
    assert struck(stormy(Fault(effect=BUSY, **which))) == strikes


def test_only_calls_that_a_fault_is_meant_for_are_counted() -> None:
    """The second call of Bob's is struck, however often Alice calls, and the counters say so."""
    live = stormy(Fault(effect=BUSY, api_key=BOB.api_key, nth=2))
    statuses = [live.handle(request(by=by)).status for by in (ALICE, BOB, ALICE, ALICE, BOB, BOB)]
    assert statuses == [200, 200, 200, 200, 503, 200]
    (armed,) = live.world.faults.values()
    assert (armed.met, armed.struck) == (3, 1)


def test_call_to_no_endpoint_is_struck_by_what_names_none() -> None:
    """It is a call at its gateway still; a fault of an endpoint does not count it, whichever came first."""
    faults = (Fault(effect=BUSY, name="loans", endpoint="pm_loan"), Fault(effect=BUSY, name="all", gateway="SAPI"))
    live = stormy(*faults)
    live.handle(structs.replace(request("SAPI"), target="/sapi/v1/nothing"))
    assert [entry.faults for entry in live.world.journal] == [("all",)]
    assert [armed.met for armed in live.world.faults.values()] == [0, 1]


def test_chance_is_a_function_of_the_seed() -> None:
    """The same seed strikes the same calls, another others, and each as the dice of its number say."""
    fault = Fault(effect=BUSY, name="maybe", chance=0.3)
    runs = {seed: struck(stormy(fault, seed=seed), calls=50) for seed in (0, 1)}
    assert struck(stormy(fault, seed=0), calls=50) == runs[0] != runs[1]
    assert runs[0] == [nth for nth in range(1, 51) if roll(0, "maybe", nth) < 0.3]
    assert 5 < len(runs[0]) < 25


def test_calls_that_are_not_meant_do_not_move_the_dice() -> None:
    """A call of another endpoint between two does not change what the second hears."""
    live, quiet = (stormy(Fault(effect=BUSY, name="maybe", chance=0.5, gateway="PAPI")) for _ in range(2))
    alone = [quiet.handle(request()).status for _ in range(20)]
    among = []
    for _ in range(20):
        live.handle(request("SAPI"))
        among.append(live.handle(request()).status)
    assert among == alone


def test_an_answer_from_the_edge_costs_nothing() -> None:
    """It has no weight header, and the next call's weight is its own alone."""
    live = stormy(Fault(effect=Documented("request-blocked"), times=2))
    assert [heard(live.handle(request())) for _ in range(2)] == [(403, None)] * 2
    assert not [name for name in live.handle(request()).headers if name == "Retry-After"]
    assert [entry.reply.headers.get("X-MBX-USED-WEIGHT-1M") for entry in live.world.journal] == [None, None, "100"]


def test_any_other_documented_answer_costs_what_the_call_costs() -> None:
    """It has the weight header of the call whose answer it takes the place of."""
    live = stormy(Fault(effect=BUSY, times=2))
    weights = [live.handle(request()).headers["X-MBX-USED-WEIGHT-1M"] for _ in range(3)]
    assert weights == ["100", "200", "300"]


def test_the_edge_comes_before_all_others_and_else_the_first() -> None:
    """Of several documented answers one is given, and the journal names all that struck."""
    edge, timeout = Documented("restricted-location"), Documented("timeout")
    assert heard(stormy(Fault(effect=BUSY), Fault(effect=timeout)).handle(request())) == (503, -1008)
    live = stormy(Fault(effect=timeout), Fault(effect=BUSY), Fault(effect=edge))
    assert heard(live.handle(request())) == (451, 0)
    assert [entry.faults for entry in live.world.journal] == [("f1", "f2", "f3")]


def test_the_journal_keeps_the_verdict_apart_from_the_fault() -> None:
    """A call that was refused and struck is written down with the step that refused it and the fault."""
    live = stormy(Fault(effect=BUSY, name="busy"))
    assert heard(live.handle(request(signature="bad"))) == (503, -1008)
    (entry,) = live.world.journal
    assert (entry.refused_by, entry.faults) == ("signature_is_wrong", ("busy",))


@pytest.mark.parametrize("gateway", [PAPI, SAPI], ids=lambda gateway: gateway.name)
@pytest.mark.parametrize("outage", DOCUMENTED, ids=lambda outage: outage.name)
def test_every_documented_answer_is_given(outage: Outage, gateway: Any) -> None:
    """Status and body are the table's, with the call's own facts, and a wait only where one is told."""
    live = stormy(Fault(effect=Documented(outage.name)))
    reply = live.handle(request(gateway.name))
    says = outage.says(gateway)
    assert reply.status == says.status >= 400
    wait_s = {(True, True): 120, (True, False): 30}.get((outage.tells_to_wait, outage.is_from_the_edge))
    assert reply.headers.get("Retry-After") == (str(wait_s) if wait_s else None)
    limit = live.world.limits.papi_weight_per_ip if gateway is PAPI else live.world.limits.sapi_weight_per_uid
    path = request(gateway.name).target.partition("?")[0]
    until_ms = NOW_MS + (wait_s or 0) * 1_000
    facts = structs.replace(FACTS, path=path, banned_until_ms=until_ms, limit=limit)
    assert reply.body == says.body(facts)
    assert reply.headers["Content-Length"] == str(len(reply.body))


def test_a_wait_can_be_declared() -> None:
    """`retry_after_s` is the header and the end of the ban; 0 leaves it out."""
    for wait_s in (7, 0):
        reply = stormy(Fault(effect=Documented("ip-banned", wait_s))).handle(request())
        assert reply.headers.get("Retry-After") == ("7" if wait_s else None)
        assert str(NOW_MS + wait_s * 1_000).encode() in reply.body
    busy = stormy(Fault(effect=Documented("overloaded", 3))).handle(request())
    assert busy.headers["Retry-After"] == "3"


def test_a_limit_out_of_turn_names_a_limit_that_could_be_true() -> None:
    """Where nothing was charged because the key is wrong or the path nobody's, the gateway's own limit is named."""
    wrongs: list[dict[str, Any]] = [{"target": "/papi/v1/nothing"}, {"api_key": "short"}, {}]
    for changes in wrongs:
        reply = stormy(Fault(effect=Documented("too-many-requests"))).handle(request(**changes))
        assert b"is 6000 requests per minute" in reply.body


def test_the_table_is_in_order() -> None:
    """Every name stands once, with a sentence on what became of the call, a source, and words the gateways also use."""
    assert [outage.name for outage in DOCUMENTED] == list(get_args(AnswerName))
    for outage in DOCUMENTED:
        assert outage.sentence.startswith(("Execution unknown: ", "Failed: ", "Failed for ", "Not carried out: "))
        assert outage.source
        assert outage.mark
    said = {(step.says.status, step.says) for step in PAPI.steps + SAPI.steps if isinstance(step, Check)}
    for name in ("timestamp-late", "timestamp-early"):
        (outage,) = (one for one in DOCUMENTED if one.name == name)
        assert {(400, outage.papi), (400, outage.sapi)} <= said
    for gateway in GATEWAYS:
        assert all(outage.says(gateway).status >= 400 for outage in DOCUMENTED)


def test_an_answer_without_a_code_is_the_observed_one() -> None:
    """The 503 that was published has time, path and msg, in that order, and no code (daisy613/LHPControl#16)."""
    says = Codeless(503, "Unknown error, please check your request or try again later.")
    facts = structs.replace(FACTS, now_ms=1609300986882, path="/fapi/v1/positionRisk")
    assert says.body(facts) == (
        b'{"timestamp":1609300986882,"path":"/fapi/v1/positionRisk",'
        b'"msg":"Unknown error, please check your request or try again later."}'
    )


def test_effects_compose_by_stage_whatever_their_order() -> None:
    """An odd body is framed, what is framed drips, what drips breaks off, and all of it waits for what goes ahead."""
    effects: list[Effect] = [Latency(5), HangUp(9), Drip(1, 400), Html(status=429), Informational()]
    reply = spoiled(SAMPLE, effects)
    assert (reply.status, reply.body[:6]) == (429, b"<html>")
    delivery = reply.delivery
    assert delivery is not None
    assert delivery.before == (Wait(5), b"HTTP/1.1 103 Early Hints\r\nLink: </>; rel=preconnect\r\n\r\n")
    assert delivery.then == "close"
    assert raw(reply) == raw_head(spoiled(SAMPLE, [Html(status=429)])) + b"<html><bo"
    backwards = spoiled(SAMPLE, effects[::-1])
    assert backwards.delivery is not None
    assert structs.replace(backwards, delivery=structs.replace(backwards.delivery, before=delivery.before)) == reply


def test_a_wrong_length_is_that_of_the_spoilt_body() -> None:
    """What is framed is what is answered after all, however late it was declared."""
    reply = spoiled(SAMPLE, [WrongContentLength(by=1), JsonIs(shape="null")])
    assert b"Content-Length: 5\r\n" in raw(reply)
    assert raw(reply).endswith(b"\r\n\r\nnull")


def test_a_documented_answer_is_what_the_others_spoil() -> None:
    """A 429 out of turn without its Retry-After, cut in its middle: three faults of one call."""
    faults = [Fault(effect=effect) for effect in (NoRetryAfter(), CutBody(), Documented("too-many-requests"))]
    reply = stormy(*faults).handle(request())
    assert (reply.status, reply.headers.get("Retry-After")) == (429, None)
    with pytest.raises(msgspec.DecodeError):
        json.decode(reply.body)


def test_the_harshest_ending_holds() -> None:
    """A reset is harsher than a close, in whichever order, and a later effect of a stage is the one that is seen."""
    pairs: list[list[Effect]] = [[Reset(3), HangUp(2)], [HangUp(2), Reset(3)], [BadChunk(), Reset(2)]]
    for effects in pairs:
        delivery = spoiled(SAMPLE, effects).delivery
        assert delivery is not None
        assert delivery.then == "reset"
    assert raw(spoiled(SAMPLE, [HangUp(9), HangUp(2)])).endswith(b'\r\n\r\n{"')
    assert spoiled(SAMPLE, [JsonIs(shape="list"), Html()]).body.startswith(b"<html>")


def test_pauses_add_up_but_not_without_end() -> None:
    """However many faults delay an answer, all pauses together are no longer than the longest that one may make."""
    reply = spoiled(SAMPLE, [Latency(MAX_DELAY_MS - 3), Latency(1), Drip(every_ms=1), SlowBody(MAX_DELAY_MS)])
    delivery = reply.delivery
    assert delivery is not None
    assert delivery.script is not None
    pauses = [part.ms for part in (*delivery.before, *delivery.script) if isinstance(part, Wait)]
    assert sum(pauses) == MAX_DELAY_MS
    assert pauses[:4] == [MAX_DELAY_MS - 3, 1, 1, 1]


def test_a_drip_has_not_too_many_pieces() -> None:
    """A large answer drips in larger pieces, and nothing of it is lost."""
    large = structs.replace(SAMPLE, body=b"x" * (3 * MAX_PIECES))
    reply = spoiled(large, [Drip(every_ms=0)])
    assert len([part for part in script_of(reply) if isinstance(part, bytes)]) <= MAX_PIECES + 1
    assert raw(reply) == raw(large)


def test_the_connection_header_is_the_client_s() -> None:
    """What a fault renders itself says close to a client that closes, and a HEAD gets no body."""
    live = stormy(Fault(effect=SlowBody(1)))
    assert b"Connection: close\r\n" in raw(live.handle(request(keep_alive=False)))
    assert b"Connection: keep-alive\r\n" in raw(live.handle(request()))
    assert raw(live.handle(request(method="HEAD"))).endswith(b"\r\n\r\n")


ELSEWHERE = [
    "https://127.0.0.1/",
    "http://example.com/",
    "http://127.0.0.1@example.com/",
    "http://localhost.example.com/",
    "http://127.0.0.1:99999/",
    "http://[::1/",
    "http://example.com\\@127.0.0.1/",
    "http://10.0.0.1/",
    "//127.0.0.1/",
    "ftp://localhost/",
    "",
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_no_redirect_leads_off_this_machine(url: str) -> None:
    """Only http:// with a loopback host is a redirect's target."""
    with pytest.raises(ValueError, match="loopback"):
        Redirect(url)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"type": "redirect", "to": url}, Effect)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8091/", "http://localhost", "http://[::1]:1/x?y=z", "http://127.9.9.9"]
)
def test_a_redirect_leads_elsewhere_on_this_machine(url: str) -> None:
    """Any loopback address will do."""
    assert spoiled(SAMPLE, [Redirect(url)]).headers["Location"] == url


@pytest.mark.parametrize("value", ["a\r\nb", "a\n", "é", "\x00"])
def test_no_header_value_breaks_out_of_its_line(value: str) -> None:
    """A value with a line's end or no ASCII is refused where faults are read."""
    for effect in ({"type": "odd-weight", "value": value}, {"type": "odd-retry-after", "value": value}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(effect, Effect)


WRONG = [
    ('endpoint = "pm_lone"', "faults[0].endpoint: there is no endpoint 'pm_lone' (did you mean 'pm_loan'?)"),
    ('gateway = "SAPY"', "faults[0].gateway: there is no gateway 'SAPY' (did you mean 'SAPI'?)"),
    ('gateway = "x"', "faults[0].gateway: there is no gateway 'x'; there are PAPI, SAPI, SPOT"),
    ('effect = { type = "latancy", ms = 1 }', "(did you mean 'latency'?)"),
    ('effect = { type = "documented", answer = "over-loaded" }', "(did you mean 'overloaded'?)"),
    ('effect = { type = "latency", ms = 600001 }', "<= 600000"),
    ("chance = 0", "> 0"),
    (
        'name = "twin"\n[[faults]]\neffect = { type = "reset" }\nname = "twin"',
        "faults[1].name: faults[0] is called 'twin'",
    ),
]


@pytest.mark.parametrize(("line", "sentence"), WRONG)
def test_a_wrong_fault_is_refused_with_its_file_and_place(line: str, sentence: str) -> None:
    """The message names the file, the place in it, and the nearest known word."""
    effect = "" if line.startswith("effect") else 'effect = { type = "reset" }\n'
    with pytest.raises(ScenarioError) as told:
        scenarios.parse(f'title = "x"\n[[faults]]\n{effect}{line}\n', Path("here.toml"))
    assert str(told.value).startswith("here.toml: at faults[")
    assert sentence in str(told.value)


def test_a_wrong_fault_of_a_timeline_is_refused_too() -> None:
    """Its place is within the timeline's entry."""
    text = 'title = "x"\n[[timeline]]\nafter_s = 1\nfaults = [{ effect = { type = "reset" }, gateway = "sapi" }]\n'
    with pytest.raises(ScenarioError, match=r"at timeline\[0\]\.faults\[0\]\.gateway: there is no gateway 'sapi'"):
        scenarios.parse(text, Path("here.toml"))


names = st.sampled_from(["Content-Type", "Content-Length", "Retry-After", "X-MBX-USED-WEIGHT-1M", "x-sapi-used-é", ""])
replies = st.builds(
    Reply,
    st.integers(200, 599),
    st.dictionaries(names, st.text(max_size=5)),
    st.binary(max_size=40) | st.sampled_from([SAMPLE.body, REFUSAL.body, b"{}", b'{"a":1e999}']),
)


def values(described: Any) -> st.SearchStrategy[Any]:
    """Draw what a field of an effect may be, its bounds the likeliest."""
    match described:
        case inspect.UnionType(types=types):
            return st.one_of(*map(values, types))
        case inspect.LiteralType(values=those):
            return st.sampled_from(list(those))
        case inspect.IntType(ge=ge, le=le):
            return st.integers(ge, le) | st.sampled_from([ge, max(ge or 0, 1), le or 10**9])
        case inspect.NoneType():
            return st.none()
        case _:
            return st.sampled_from(["http://127.0.0.1/", "", "-1", "Fri, 20 Nov 2026 00:00:00 GMT"])


def effects_of(shape: type[Any]) -> st.SearchStrategy[Any]:
    """Draw an effect of one kind, as a scenario file could declare it."""
    described = inspect.type_info(shape)
    assert isinstance(described, inspect.StructType)
    if shape is Redirect:
        return st.just(Redirect("http://127.0.0.1/"))
    return st.builds(shape, **{field.name: values(field.type) for field in described.fields})


hostile = st.one_of(*map(effects_of, get_args(Hostile)))


@given(replies, st.lists(hostile, max_size=4))
def test_any_faults_on_any_reply_have_a_reply(reply: Reply, effects: list[Effect]) -> None:
    """No combination raises, pauses without end, or loses the reply's status."""
    spoilt = spoiled(reply, effects)
    assert 200 <= spoilt.status <= 599
    delivery = spoilt.delivery or Delivery()
    waits = [part.ms for part in (*delivery.before, *(delivery.script or ())) if isinstance(part, Wait)]
    assert sum(waits) <= MAX_DELAY_MS
    assert delivery.then == "keep" or delivery.script is not None
    assert msgspec.convert(msgspec.to_builtins(effects), list[Effect]) == effects


@given(st.lists(st.binary(max_size=9) | st.builds(Wait, st.integers(0, 9)), max_size=5), st.integers(0, 40))
def test_a_script_is_split_and_nothing_is_lost(script: list[bytes | Wait], at: int) -> None:
    """The first part has just so many bytes, both together have all, and no pause goes missing."""
    first, rest = split(tuple(script), at)
    flat = [b"".join(part for part in one if isinstance(part, bytes)) for one in (script, first, rest)]
    assert flat[1] + flat[2] == flat[0]
    assert len(flat[1]) == min(at, len(flat[0]))
    waits = [[part for part in one if isinstance(part, Wait)] for one in (script, first, rest)]
    assert waits[1] + waits[2] == waits[0]


def test_every_effect_says_what_it_does_and_when() -> None:
    """Each has a sentence, a name in small letters and a stage, and spoils the sample; the page knows no other."""
    assert {*GIVEN, *MORE, *ON_A_REFUSAL} <= EXAMPLES.keys()
    for effect in EXAMPLES.values():
        assert (type(effect).__doc__ or "").partition("\n")[0].endswith(".")
        assert str(effect.__struct_config__.tag).replace("-", "").islower()
        assert effect.stage in Stage
        sample = REFUSAL if isinstance(effect, NoRetryAfter) else SAMPLE
        assert spoiled(sample, [effect]) != sample
        assert body_begins_at(sample) == len(raw_head(sample))


def test_bad_weather_does_what_its_story_says() -> None:
    """Every third call of PAPI hears -1008 unless the network got it first, and whoever goes on asking is answered."""
    spec = scenarios.read("bad-weather")
    world = open_world("default", spec, CATALOGUE, NOW_MS)
    live, signing_key = Exchange(CATALOGUE, world), spec.accounts[0].keys[0]
    for gateway, right in (("PAPI", b'{"total":1'), ("SAPI", b'{"asset":"BUSD","amount":"12.5"}')):
        times = {"startTime": 1767225600000, "endTime": 1767225600000} if gateway == "PAPI" else {}
        calls = [live.handle(request(gateway, by=signing_key, **times)) for _ in range(30)]  # type: ignore[arg-type]
        whole = [call for call in calls if call.body.startswith(right) and (call.delivery or Delivery()).then == "keep"]
        assert 8 < len(whole) < 25
        assert {call.status for call in calls} == {200, 429, 503} if gateway == "PAPI" else {200, 503}
    assert {name for entry in world.journal for name in entry.faults} == set(world.faults) - {"stale"}
    assert [struck for entry in list(world.journal)[2:30:3] for struck in entry.faults].count("throttled") == 10
