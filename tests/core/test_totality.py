"""Whatever is asked, the core answers: no check raises, and the verdict is the first refusal of the explanation."""

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import json, structs

from mockex.core.call import gather
from mockex.core.exchange import Exchange, judge
from mockex.core.gateway import Check
from mockex.core.scenario import Behaviour
from mockex.core.weight import Limits
from mockex.core.wire import Request
from mockex.endpoints import CATALOGUE
from mockex.signer import Signer
from tests.alice import ALICE, IP, NOW_MS, PAPI_PATH, SAPI_PATH, exchange, key, request

raw = st.text(
    st.characters(exclude_characters="#", max_codepoint=0x2FF) | st.sampled_from("\udc80\udcff%&=+"), max_size=20
)
names = st.sampled_from(["timestamp", "recvWindow", "signature", "startTime", "endTime", "times%74amp", ""]) | raw
numbers = st.sampled_from(
    [NOW_MS, NOW_MS - 5_000, NOW_MS + 1_000, 60_000, 60_001, 0, -1, 2**63 - 1, 2**63, 10**30]
).map(str)
segments = st.tuples(names, numbers | raw).map("=".join) | raw
queries = st.lists(segments, max_size=8).map("&".join)
paths = (
    st.sampled_from(
        [PAPI_PATH, SAPI_PATH, "/api/v3/time", "/papi/v1/ping", "/sapi/v1/no", "/papi/v1/no", "/api/no", "/"]
    )
    | raw
)
keys = [ALICE, key("elsewhere", allowed_ips=("203.0.113.9",)), key("powerless", permissions=()), key("classic")]


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Draw any request, often nearly right, shrinking to a bare GET."""
    query = draw(queries)
    by = draw(st.sampled_from(keys))
    if draw(st.booleans()):
        query = f"{query}&timestamp={NOW_MS}&startTime={draw(numbers)}&endTime={draw(numbers)}"
        query = Signer.of(by).signed(query)
    return Request(
        method=draw(st.sampled_from(["GET", "POST", "HEAD", "BREW"])),
        target=draw(paths) + draw(st.sampled_from(["", "?"])) + query,
        received_at_ms=NOW_MS,
        ip=draw(st.sampled_from([IP, "", "::1"])),
        api_key=draw(st.sampled_from([by.api_key, None, "", "x" * 64, "é" * 64]) | raw),
        accept=draw(raw),
        body=draw(st.just(b"") | st.binary(max_size=30)),
    )


def world(limits: Limits, behaviour: Behaviour) -> Exchange:
    """Open a world with a key of every kind."""
    first = {"uid": 1, "keys": tuple(keys[:3])}
    return exchange(
        first, {"uid": 2, "keys": (keys[3],), "portfolio_margin": False}, limits=limits, behaviour=behaviour
    )


limits = st.builds(
    Limits,
    papi_weight_per_ip=st.sampled_from([6_000, 100, 0]),
    sapi_weight_per_uid=st.sampled_from([180_000, 500, 0]),
    offences_before_ban=st.just(0),
)
behaviours = st.builds(
    Behaviour, signature_position=st.sampled_from(["any", "last"]), no_loan=st.sampled_from(["zero", "refuse"])
)


@given(st.lists(requests(), min_size=1, max_size=5), limits, behaviours)
@example([Request(method="GET", target="/sapi/\udcff", received_at_ms=0)], Limits(), Behaviour())
def test_every_request_has_its_reply(calls: list[Request], limit: Limits, behaviour: Behaviour) -> None:
    """The reply's body has its length, JSON where JSON is said, and a status that a gateway answers."""
    live = world(limit, behaviour)
    for call in calls:
        reply = live.handle(call)
        assert reply.status in {200, 400, 401, 403, 404, 405, 418, 429}
        assert reply.headers["Content-Length"] == str(len(reply.body))
        if reply.headers["Content-Type"].startswith("application/json"):
            json.decode(reply.body)
        "".join(f"{name}: {value}" for name, value in reply.headers.items()).encode("ascii")


@given(st.lists(requests(), min_size=1, max_size=5), limits, behaviours)
def test_the_verdict_is_the_first_refusal_of_the_explanation(
    calls: list[Request], limit: Limits, behaviour: Behaviour
) -> None:
    """`explain` names every step that would refuse, changes nothing, and its first is what the call hears."""
    live = world(limit, behaviour)
    for call in calls:
        explained = live.explain(call)
        assert live.explain(call) == explained
        verdict = judge(gather(call, live.world, live.catalogue))
        assert verdict.step == (explained[0] if explained else None)


@given(requests())
def test_every_check_is_total(call: Request) -> None:
    """Any check of any gateway has a yes or no for any call, its own gateway's or not."""
    live = world(Limits(), Behaviour())
    gathered = gather(call, live.world, live.catalogue)
    steps = [step for gateway in CATALOGUE.gateways for step in gateway.steps]
    checks = [step for step in steps if isinstance(step, Check)] + [c for e in CATALOGUE.endpoints for c in e.checks]
    assert {type(check.asks(gathered)) for check in checks} == {bool}


@given(requests(), st.integers(0, 2**62))
def test_the_core_has_no_clock_and_no_chance(call: Request, received_at_ms: int) -> None:
    """Two exchanges of the same scenario give the same bytes for the same request, whenever it is."""
    call = structs.replace(call, received_at_ms=received_at_ms)
    assert world(Limits(), Behaviour()).handle(call) == world(Limits(), Behaviour()).handle(call)


def test_explaining_costs_nothing() -> None:
    """A right call that is explained has not been charged, nor written down."""
    live = world(Limits(), Behaviour())
    assert live.explain(request("PAPI")) == live.explain(request("SAPI")) == []
    assert (live.world.meter.windows, live.world.journal.written) == ({}, 0)
