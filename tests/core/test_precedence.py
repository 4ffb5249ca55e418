"""The order in which each gateway checks: a request that is wrong in every way, mended one thing at a time."""

import itertools
from typing import Any

import pytest
from msgspec import Struct, structs

from mockex.core.call import gather
from mockex.core.endpoint import Catalogue
from mockex.core.exchange import Exchange, judge
from mockex.core.gateway import Gateway, Step
from mockex.core.scenario import Behaviour
from mockex.core.weight import Ban, Bucket, Limits
from mockex.core.wire import Request
from mockex.core.world import open_world
from mockex.endpoints import CATALOGUE
from mockex.gateways import PAPI, SAPI
from mockex.signer import Signer
from tests.alice import IP, NOW_MS, PATHS, heard, key, query_of, scenario

STRANGER = key("stranger")
ELSEWHERE = key("elsewhere", allowed_ips=("203.0.113.9",), permissions=())
POWERLESS = key("powerless", permissions=())
CLASSIC = key("classic")
ALICE = key("alice")

EVERYTHING_WRONG: dict[str, Any] = {
    "path": "unknown",
    "method": "POST",
    "body": b"x=1",
    "is_banned": True,
    "is_over_limit": True,
    "key": key("short"),
    "api_key": "too-short",
    "timestamp": None,
    "signature": None,
    "recvWindow": "5e3",
    "startTime": None,
    "endTime": None,
    "asset": None,
    "no_loan": "refuse",
}

Row = tuple[str, int, int | None, dict[str, Any]]

TIME_AND_SIGNATURE: list[Row] = [
    # heard by which check, status, code; then mended by
    ("timestamp_is_missing", 400, -1102, {"timestamp": NOW_MS - 5_001}),
    ("signature_is_missing", 400, -1102, {"signature": "wrong, not last"}),
    ("recv_window_is_malformed", 400, -1102, {"recvWindow": 60_001, "timestamp": NOW_MS - 60_002}),
    ("recv_window_is_too_large", 400, -1131, {"recvWindow": 60_000}),
    ("timestamp_is_late", 400, -1021, {"timestamp": NOW_MS + 1_000}),
    ("timestamp_is_early", 400, -1021, {"timestamp": NOW_MS + 999}),
    ("signature_is_not_last", 400, -1022, {"signature": "wrong"}),
    ("signature_is_wrong", 400, -1022, {"signature": "right"}),
]

PAPI_ROWS: list[Row] = [
    ("ip_is_banned", 418, -1003, {"is_banned": False}),
    ("path_is_unknown", 404, None, {"path": "known"}),
    ("method_is_wrong", 404, None, {"method": "GET", "body": b""}),
    ("weight_is_over_the_limit", 429, -1003, {"is_over_limit": False}),
    ("api_key_is_malformed", 401, -2014, {"api_key": None, "key": STRANGER}),
    ("api_key_is_unknown", 401, -2015, {"key": ELSEWHERE}),
    ("ip_is_not_allowed", 401, -2015, {"key": POWERLESS}),
    ("permission_is_missing", 401, -2015, {"key": CLASSIC}),
    ("account_is_no_portfolio_margin_account", 401, -2015, {"key": ALICE}),
    *TIME_AND_SIGNATURE,
    ("parameter_is_malformed", 400, -1102, {"startTime": 1736184913252}),
    ("parameter_is_malformed", 400, -1102, {"endTime": 1736184913251}),
    ("start_is_after_end", 400, -1023, {"endTime": NOW_MS}),
    ("interval_is_too_big", 400, -1127, {"endTime": 1736184913252}),
]

SAPI_ROWS: list[Row] = [
    ("get_carries_a_body", 403, None, {"body": b""}),
    ("ip_is_banned", 418, -1003, {"is_banned": False}),
    ("path_is_unknown", 404, None, {"path": "known", "method": "POST"}),
    ("method_is_wrong", 405, None, {"method": "GET"}),
    ("api_key_is_malformed", 400, -2014, {"api_key": None, "key": STRANGER}),
    ("api_key_is_unknown", 400, -2008, {"key": ELSEWHERE}),
    *TIME_AND_SIGNATURE,
    ("ip_is_not_allowed", 400, -2015, {"key": POWERLESS}),
    ("permission_is_missing", 400, -2015, {"key": CLASSIC}),
    ("weight_is_over_the_limit", 429, -1003, {"is_over_limit": False}),
    ("account_is_no_portfolio_margin_account", 400, -21001, {"key": ALICE}),
    ("parameter_is_malformed", 400, -1102, {"asset": "BUSD"}),
    ("owes_nothing", 400, -21004, {"no_loan": "zero"}),
]

TABLES = [pytest.param(PAPI, PAPI_ROWS, id="PAPI"), pytest.param(SAPI, SAPI_ROWS, id="SAPI")]

EXCLUSIVE = {
    # no call is wrong in both ways, so that neither order can be told from the other
    ("PAPI", "path_is_unknown", "method_is_wrong"),
    ("SAPI", "path_is_unknown", "method_is_wrong"),
    ("PAPI", "method_is_wrong", "weight_is_over_the_limit"),
    ("SAPI", "method_is_wrong", "api_key_is_malformed"),
    ("PAPI", "api_key_is_malformed", "api_key_is_unknown"),
    ("SAPI", "api_key_is_malformed", "api_key_is_unknown"),
    ("PAPI", "api_key_is_unknown", "ip_is_not_allowed"),
    ("PAPI", "recv_window_is_malformed", "recv_window_is_too_large"),
    ("SAPI", "recv_window_is_malformed", "recv_window_is_too_large"),
    ("PAPI", "timestamp_is_late", "timestamp_is_early"),
    ("SAPI", "timestamp_is_late", "timestamp_is_early"),
    ("PAPI", "parameter_is_malformed", "the endpoint's own checks"),
}


class LoanOf(Struct, frozen=True):
    """pmLoan has no parameters of its own; here it has one, so that SAPI's order can be walked to its end."""

    asset: str


def the_catalogue(gateway: Gateway) -> Catalogue:
    """Take the catalogue with this order of checks."""
    others = [one for one in CATALOGUE.endpoints if one.gateway.name != gateway.name]
    own = [structs.replace(one, gateway=gateway) for one in CATALOGUE.endpoints if one.gateway.name == gateway.name]
    own = [structs.replace(one, query=LoanOf) if one.name == "pm_loan" else one for one in own]
    gateways = [gateway if one.name == gateway.name else one for one in CATALOGUE.gateways]
    return Catalogue([*own, *others], gateways)


def the_exchange(state: dict[str, Any], gateway: Gateway) -> Exchange:
    """Open an exchange in the state that the row asks for, with this order of checks."""
    catalogue = the_catalogue(gateway)
    spec = scenario(
        {"uid": 1, "keys": (ALICE,)},
        {"uid": 2, "keys": (CLASSIC, ELSEWHERE, POWERLESS), "portfolio_margin": False},
        behaviour=Behaviour(signature_position="last", no_loan=state["no_loan"]),
        limits=Limits(papi_weight_per_ip=100, sapi_weight_per_uid=500, offences_before_ban=100),
    )
    world = open_world("default", spec, catalogue, NOW_MS)
    if state["is_banned"]:
        world.meter.bans[gateway.name, IP] = Ban(bans=1, until_ms=NOW_MS + 1)
    if state["is_over_limit"]:
        minute = NOW_MS // 60_000
        world.meter.windows[Bucket("PAPI", "", IP)] = (minute, 1)
        for uid in (0, 1, 2):
            world.meter.windows[Bucket("SAPI", "pm_loan", uid)] = (minute, 1)
    return Exchange(catalogue, world)


def the_request(state: dict[str, Any], gateway: Gateway) -> Request:
    """Write the request that the row asks for."""
    names = ("startTime", "endTime", "recvWindow", "timestamp", "asset")
    query = query_of({name: state[name] for name in names})
    signature = state["signature"]
    if signature == "right":
        query = Signer.of(state["key"]).signed(query)
    elif signature == "wrong":
        query += f"&signature={'0' * 64}"
    elif signature == "wrong, not last":
        query = f"signature={'0' * 64}&{query}"
    path = PATHS[gateway.name] + ("x" if state["path"] == "unknown" else "")
    return Request(
        method=state["method"],
        target=f"{path}?{query}",
        received_at_ms=NOW_MS,
        ip=IP,
        api_key=state["api_key"] or state["key"].api_key,
        body=state["body"],
    )


def walk(gateway: Gateway, rows: list[Row]) -> list[tuple[str, int, int | None]]:
    """Mend one thing after the other; gives what was heard before each mending, and at last."""
    state = EVERYTHING_WRONG | ({"method": "GET"} if gateway.name == "SAPI" else {})
    story = []
    for *_, mend in [*rows, ("", 0, None, {})]:
        request = the_request(state, gateway)
        status, code = heard(the_exchange(state, gateway).handle(request))
        fresh = the_exchange(state, gateway)
        step = judge(gather(request, fresh.world, fresh.catalogue)).step
        story.append((step.name if step else "admitted", status, code))
        state = state | mend
    return story


@pytest.mark.parametrize(("gateway", "rows"), TABLES)
def test_each_mending_uncovers_the_next_refusal(gateway: Gateway, rows: list[Row]) -> None:
    """Every row hears its own refusal, and the request that has been mended throughout is admitted."""
    assert walk(gateway, rows) == [*(row[:3] for row in rows), ("admitted", 200, None)]


@pytest.mark.parametrize(("gateway", "rows"), TABLES)
def test_the_table_names_every_check_of_the_gateway(gateway: Gateway, rows: list[Row]) -> None:
    """No check of the gateway, nor of its endpoint, is missing in the table."""
    (route,) = the_catalogue(gateway).routes[PATHS[gateway.name]].values()
    assert list(dict.fromkeys(row[0] for row in rows)) == [step.name for step in route.steps]


def neighbours(gateway: Gateway) -> list[tuple[int, str, str]]:
    """List the pairs of checks that stand beside each other."""
    names = [step.name for step in gateway.steps]
    return [(n, *pair) for n, pair in enumerate(itertools.pairwise(names))]


@pytest.mark.parametrize(
    ("gateway", "rows", "first"),
    [
        pytest.param(gateway, rows, n, id=f"{gateway.name}: {second} before {first}")
        for gateway, rows in ((PAPI, PAPI_ROWS), (SAPI, SAPI_ROWS))
        for n, first, second in neighbours(gateway)
        if (gateway.name, first, second) not in EXCLUSIVE
    ],
)
def test_two_checks_swapped_turn_the_table_red(gateway: Gateway, rows: list[Row], first: int) -> None:
    """The table is a guard: a gateway with any two neighbours swapped does not walk it."""
    steps: list[Step] = list(gateway.steps)
    steps[first], steps[first + 1] = steps[first + 1], steps[first]
    swapped = structs.replace(gateway, steps=tuple(steps))
    assert walk(swapped, rows) != [*(row[:3] for row in rows), ("admitted", 200, None)]
