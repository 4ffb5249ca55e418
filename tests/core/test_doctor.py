"""The doctor: for each refusal a sentence to act on, the likely mistake, and never a secret."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json, structs

from mockex.core.call import gather
from mockex.core.clock import Clock
from mockex.core.doctor import SPECIALISTS, Diagnosis, diagnose, diagnose_entry
from mockex.core.doctor_values import SHAPES
from mockex.core.exchange import Exchange
from mockex.core.gateway import Check, way_of
from mockex.core.journal import Entry
from mockex.core.refusals import Mark, Refusal
from mockex.core.scenario import Behaviour
from mockex.core.signing import hmac_signature
from mockex.core.weight import Ban, Limits
from mockex.core.wire import Request, as_bytes
from mockex.endpoints import CATALOGUE
from tests.alice import ALICE, IP, NOW_MS, PAPI_PATH, SAPI_PATH, exchange, key, request
from tests.core.test_totality import behaviours, keys, limits, requests, world

ELSEWHERE = key("elsewhere", allowed_ips=("203.0.113.9",))
LOCAL = key("local", allowed_ips=("127.0.0.1",))
POWERLESS = key("powerless", permissions=("enableReading",))
CLASSIC = key("classic")
ACCOUNTS = (
    {"uid": 1, "keys": (ALICE, ELSEWHERE, LOCAL, POWERLESS)},
    {"uid": 2, "keys": (CLASSIC,), "portfolio_margin": False},
)
PAST_MS = 1_700_000_000_000


def told(call: Request, live: Exchange | None = None, earlier: tuple[Entry, ...] = ()) -> list[Diagnosis]:
    """Ask the doctor."""
    live = live or exchange(*ACCOUNTS)
    return diagnose(gather(call, live.world, live.catalogue), earlier)


def lived(live: Exchange, calls: list[Request]) -> tuple[Entry, ...]:
    """Make calls, and read them from the journal."""
    for call in calls:
        live.handle(call)
    return tuple(live.world.journal)


def papi(**changes: Any) -> Request:
    """Make a right request to PAPI, but for the changes."""
    return request("PAPI", **changes)


def sapi(**changes: Any) -> Request:
    """Make a right request to SAPI, but for the changes."""
    return request("SAPI", **changes)


def bare(query: str, path: str = PAPI_PATH, **about: Any) -> Request:
    """Make a request with a query as it is written, and no signature."""
    return Request(
        **{"method": "GET", "received_at_ms": NOW_MS, "ip": IP, "api_key": ALICE.api_key, **about},
        target=f"{path}?{query}",
    )


def header(name: str, value: str) -> dict[str, Any]:
    """Give a header beside which there is none of the API key."""
    return {"lines": f"{name}: {value}\r\n".encode()}


# the first check, its mistake, a part of the sentence, the request
ROWS: list[tuple[str, str | None, str, Request]] = [
    ("get_carries_a_body", "body-on-get", "timestamp", sapi(body=b"timestamp=1")),
    ("path_is_unknown", "path-case", SAPI_PATH, sapi(target="/sapi/v1/portfolio/pmloan?x=1")),
    ("path_is_unknown", "stray-slash", SAPI_PATH, sapi(target="/sapi/v1//portfolio/pmLoan/")),
    ("path_is_unknown", "path-encoded", SAPI_PATH, sapi(target="/sapi/v1/portfolio/pm%4Coan")),
    ("path_is_unknown", "path-prefix", SAPI_PATH, sapi(target="/papi/v1/pmLoan")),
    ("path_is_unknown", "path-typo", PAPI_PATH, papi(target="/papi/v1/portfolio/negative-balance-exchange-records")),
    ("path_is_unknown", None, "nor one that mockex knows", papi(target="/papi/zzz")),
    ("method_is_wrong", "wrong-method", "ask with GET", papi(method="POST")),
    ("api_key_is_malformed", "api-key-not-sent", "X-MBX-APIKEY", papi(api_key=None)),
    ("api_key_is_malformed", "api-key-not-sent", "'undefined'", papi(api_key="undefined")),
    ("api_key_is_malformed", "api-key-in-parameters", "'apiKey'", papi(api_key=None, apiKey=ALICE.api_key)),
    (
        "api_key_is_malformed",
        "api-key-in-another-header",
        "'X-MBX-API-KEY'",
        papi(api_key=None, **header("X-MBX-API-KEY", "a")),
    ),
    ("api_key_is_malformed", "api-key-with-white-space", "65 characters", papi(api_key=f"{ALICE.api_key}\n")),
    ("api_key_is_malformed", "api-key-in-quotes", "66 characters", papi(api_key=f'"{ALICE.api_key}"')),
    ("api_key_is_malformed", "api-key-placeholder", "placeholder", papi(api_key="<your api key>")),
    ("api_key_is_malformed", "api-key-behind-a-word", "Bearer", papi(api_key=f"Bearer {ALICE.api_key}")),
    ("api_key_is_malformed", "api-key-cut", "63 characters", papi(api_key=ALICE.api_key[:-1])),
    ("api_key_is_malformed", "secret-as-api-key", "swapped", papi(api_key=ALICE.secret)),
    ("api_key_is_malformed", None, "'-'", papi(api_key="a-b")),
    ("api_key_is_unknown", None, "'default'", papi(api_key="0" * 64)),
    ("api_key_is_unknown", "api-key-case", "letter case", papi(api_key=ALICE.api_key.upper())),
    ("api_key_is_unknown", "api-key-typo", "character or two", papi(api_key=ALICE.api_key.replace("c", "k"))),
    ("ip_is_not_allowed", None, "restricted to 203.0.113.9", papi(by=ELSEWHERE)),
    (
        "ip_is_not_allowed",
        "forwarded-ip-not-believed",
        "proxy",
        papi(by=ELSEWHERE, **header("X-Forwarded-For", "1.1.1.1, 203.0.113.9")),
    ),
    ("ip_is_not_allowed", "ipv6-for-ipv4", "IPv6", papi(by=LOCAL, ip="::1")),
    ("permission_is_missing", "permission-missing", "enablePortfolioMarginTrading", papi(by=POWERLESS)),
    ("account_is_no_portfolio_margin_account", "classic-account", "UID 2", papi(by=CLASSIC)),
    ("timestamp_is_missing", "not-sent", "add it", papi(timestamp=None)),
    ("timestamp_is_missing", "misnamed", "'timeStamp'", papi(timestamp=None, timeStamp=NOW_MS)),
    ("timestamp_is_missing", "misnamed", "'ts'", papi(timestamp=None, ts=NOW_MS)),
    ("timestamp_is_missing", "misnamed", "'timestmap'", papi(timestamp=None, timestmap=NOW_MS)),
    ("timestamp_is_missing", "html-escaped", "&amp;", papi(timestamp=None, **{"amp;timestamp": NOW_MS})),
    ("timestamp_is_missing", "html-entity", "×tamp", papi(timestamp=None, recvWindow=f"5000×tamp={NOW_MS}")),
    ("timestamp_is_missing", "json-body", "JSON", papi(timestamp=None, body=b'{"timestamp": 1}')),
    ("timestamp_is_missing", "empty", "is empty", papi(timestamp="")),
    ("timestamp_is_missing", "none", "as text", papi(timestamp="None")),
    ("timestamp_is_missing", "with-white-space", "white space", papi(timestamp=f"%20{NOW_MS}")),
    ("timestamp_is_missing", "in-quotes", "quotes", papi(timestamp=f"%22{NOW_MS}%22")),
    ("timestamp_is_missing", "negative", "negative", papi(timestamp=-1)),
    ("timestamp_is_missing", "with-decimals", "decimal point", papi(timestamp=f"{NOW_MS}.0")),
    ("timestamp_is_missing", "scientific-notation", "scientific", papi(timestamp="1.7e12")),
    ("timestamp_is_missing", "thousands-separators", "thousands", papi(timestamp=f"{NOW_MS:,}")),
    ("timestamp_is_missing", "date-for-number", "date", papi(timestamp="2026-01-01T00:00:00Z")),
    ("timestamp_is_missing", "too-large", "LONG", papi(timestamp=2**63)),
    ("timestamp_is_missing", None, "ASCII digits", papi(timestamp="soon")),
    ("signature_is_missing", "not-sent", "signature was not sent", bare(f"timestamp={NOW_MS}")),
    ("signature_is_missing", "misnamed", "'sign'", bare(f"timestamp={NOW_MS}&sign=ab")),
    ("signature_is_missing", "empty", "empty", bare(f"timestamp={NOW_MS}&signature=")),
    ("recv_window_is_malformed", "zero", "is 0", papi(recvWindow=0)),
    ("recv_window_is_malformed", "with-decimals", "decimal point", papi(recvWindow="5000.0")),
    ("recv_window_is_too_large", "recv-window-too-large", "at most 60000;", papi(recvWindow=60_001)),
    ("recv_window_is_too_large", "recv-window-too-large", "microseconds", papi(recvWindow=5_000_000)),
    ("timestamp_is_late", "timestamp-in-seconds", f"{NOW_MS} instead of", papi(timestamp=NOW_MS // 1_000)),
    ("timestamp_is_early", "timestamp-in-microseconds", f"{NOW_MS} instead of", papi(timestamp=NOW_MS * 1_000)),
    ("timestamp_is_early", "timestamp-in-nanoseconds", f"{NOW_MS} instead of", papi(timestamp=NOW_MS * 1_000_000)),
    ("timestamp_is_late", "time-zone", "5 h 30 min behind", papi(timestamp=NOW_MS - 19_800_000 - 700)),
    ("timestamp_is_early", "time-zone", "2 h ahead", papi(timestamp=NOW_MS + 7_200_000 - 700)),
    ("timestamp_is_early", "time-zone", "5 h 45 min ahead", papi(timestamp=NOW_MS + 20_700_000)),
    ("timestamp_is_late", "clock-behind", "at least 5001", papi(timestamp=NOW_MS - 5_001)),
    ("timestamp_is_late", "clock-behind", "not even the largest", papi(timestamp=NOW_MS - 61_001)),
    ("timestamp_is_late", "clock-behind", "recvWindow 10 ms", papi(timestamp=NOW_MS - 11, recvWindow=10)),
    ("timestamp_is_early", "clock-ahead", "1.000 s ahead", papi(timestamp=NOW_MS + 1_000)),
    ("timestamp_is_early", "clock-ahead", "GET /papi/v1/time", papi(timestamp=NOW_MS + 123_456)),
    ("timestamp_is_early", "clock-ahead", "GET /api/v3/time", sapi(timestamp=NOW_MS + 123_456)),
    ("timestamp_is_late", "another-clock", "ahead of", papi(timestamp=PAST_MS, received_at_ms=PAST_MS + 9)),
    ("parameter_is_malformed", "misnamed", "'starttime'", papi(startTime=None, starttime=NOW_MS)),
    ("parameter_is_malformed", "misnamed", "'end_time'", papi(endTime=None, end_time=NOW_MS)),
    ("parameter_is_malformed", "with-decimals", "endTime has a decimal point", papi(endTime=f"{NOW_MS}.5")),
    ("parameter_is_malformed", "not-sent", "wrong too: endTime", papi(startTime=None, endTime=None)),
    ("start_is_after_end", "range-swapped", "1.000 s after", papi(startTime=NOW_MS, endTime=NOW_MS - 1_000)),
    ("start_is_after_end", "end-time-in-seconds", "in seconds", papi(endTime=NOW_MS // 1_000)),
    ("interval_is_too_big", "range-too-long", "three calendar months", papi(startTime=NOW_MS - 100 * 86_400_000)),
    ("interval_is_too_big", "start-time-in-seconds", "in seconds", papi(startTime=NOW_MS // 1_000)),
]


@pytest.mark.parametrize(
    ("check", "mistake", "part", "call"), ROWS, ids=[f"{row[0]}-{row[1]}-{n}" for n, row in enumerate(ROWS)]
)
def test_a_refusal_is_explained(check: str, mistake: str | None, part: str, call: Request) -> None:
    """The first diagnosis names the check, the mistake and what the client's author needs to know, in one sentence."""
    first = told(call)[0]
    assert (first.check, first.mistake) == (check, mistake)
    assert part in first.sentence
    assert first.sentence.endswith(".")
    assert not re.search(r"[.!?] [A-Z]", first.sentence)


def test_every_check_has_a_specialist_and_a_row() -> None:
    """No check of a gateway or endpoint is without one; what rows cannot show has a test of its own below."""
    routes = [route for methods in CATALOGUE.routes.values() for route in methods.values()]
    names = {step.name for route in routes for step in route.steps}
    assert names - set(SPECIALISTS) == {"the endpoint's own checks"} & names
    own_tests = {
        "ip_is_banned",
        "weight_is_over_the_limit",
        "signature_is_not_last",
        "owes_nothing",
        "signature_is_wrong",
    }
    assert {row[0] for row in ROWS} | own_tests == set(SPECIALISTS)


def test_every_shape_of_a_value_has_a_row() -> None:
    """No pattern stands in the table that no value here has."""
    assert {shape[0] for shape in SHAPES} <= {row[1] for row in ROWS}


@pytest.mark.parametrize("gateway", ["PAPI", "SAPI"])
def test_a_right_call_has_no_diagnosis(gateway: str) -> None:
    """Where nothing is wrong, nothing is said."""
    assert told(request(gateway)) == []


def test_everything_wrong_is_told_in_the_gateway_s_order() -> None:
    """Each step that would refuse has its diagnosis, with the code that the client hears for it."""
    call = structs.replace(papi(recvWindow=60_001, timestamp=NOW_MS + 5_000, startTime=None), ip="198.51.100.1")
    live = exchange({"uid": 1, "keys": (structs.replace(ELSEWHERE, api_key=ALICE.api_key, permissions=()),)})
    assert [(one.check, one.code) for one in told(call, live)] == [
        ("ip_is_not_allowed", -2015),
        ("permission_is_missing", -2015),
        ("recv_window_is_too_large", -1131),
        ("timestamp_is_early", -1021),
        ("signature_is_wrong", -1022),
        ("parameter_is_malformed", -1102),
    ]


def test_a_secret_as_well_formed_key() -> None:
    """A secret that looks like a key is known for what it is, and not shown."""
    hidden = "S3cr3t" * 10 + "abcd"
    live = exchange({"uid": 1, "keys": (structs.replace(ALICE, secret=hidden),)})
    (diagnosis,) = told(papi(api_key=hidden), live)
    assert (diagnosis.check, diagnosis.mistake) == ("api_key_is_unknown", "secret-as-api-key")
    assert hidden[:8] not in repr(diagnosis)


def test_the_signature_must_be_last() -> None:
    """Under the switch, what stands behind the signature is named."""
    live = exchange(*ACCOUNTS, behaviour=Behaviour(signature_position="last"))
    signature = hmac_signature(f"timestamp={NOW_MS}&recvWindow=5000".encode(), ALICE.secret)
    (diagnosis,) = told(bare(f"signature={signature}&timestamp={NOW_MS}&recvWindow=5000", SAPI_PATH), live)
    assert diagnosis.check == "signature_is_not_last"
    assert "timestamp, recvWindow stands behind it" in diagnosis.sentence


def test_an_account_that_owes_nothing() -> None:
    """-21004 is no mistake of the client, and the sentence says so."""
    (diagnosis,) = told(sapi(), exchange(*ACCOUNTS, behaviour=Behaviour(no_loan="refuse")))
    assert (diagnosis.check, diagnosis.code) == ("owes_nothing", -21004)
    assert "The call is right" in diagnosis.sentence


def test_the_facts_of_a_late_timestamp() -> None:
    """Server time, timestamp, age and the inequality that failed are all there, and exact."""
    first = told(papi(timestamp=NOW_MS - 5_001))[0]
    assert (
        first.facts
        | {
            "server_time_ms": str(NOW_MS),
            "server_time": "2026-01-01T00:00:30.000Z",
            "timestamp_ms": str(NOW_MS - 5_001),
            "age_ms": "5001",
            "inequality": f"serverTime - timestamp <= recvWindow: {NOW_MS} - {NOW_MS - 5_001} = 5001, not <= 5000",
        }
        == first.facts
    )


def test_a_retry_with_the_same_timestamp() -> None:
    """The call that had the timestamp first is named; another key's call is not."""
    live = exchange(*ACCOUNTS)
    stale = papi(timestamp=NOW_MS - 6_000)
    others = structs.replace(stale, api_key=CLASSIC.api_key)
    earlier = lived(live, [papi(), others, structs.replace(stale, received_at_ms=NOW_MS)])
    first = told(stale, live, earlier)[0]
    assert (first.mistake, first.facts["call"]) == ("timestamp-sent-before", "3")
    assert told(stale, live, earlier[:2])[0].mistake == "clock-behind"


def test_a_check_that_no_specialist_knows() -> None:
    """An endpoint's own new check is explained by its question."""

    def moon_is_full(_call: Any) -> bool:
        """Is the moon full?"""
        return True

    step = Check(moon_is_full, Refusal(400, -7, "Full moon."), Mark.DECIDED, "nobody")
    live = exchange(*ACCOUNTS)
    call = gather(papi(), live.world, live.catalogue)
    assert call.route is not None
    call = structs.replace(call, route=structs.replace(call.route, way=way_of((*call.route.steps, step))))
    (diagnosis,) = diagnose(call)
    assert (diagnosis.check, diagnosis.code) == ("moon_is_full", -7)
    assert "Is the moon full?" in diagnosis.sentence


def test_who_spent_the_budget() -> None:
    """429 names who called what how often in this minute, the heaviest first, and when it begins anew."""
    live = exchange(*ACCOUNTS, limits=Limits(papi_weight_per_ip=301, offences_before_ban=100))
    ping = Request(method="GET", target="/papi/v1/ping", received_at_ms=NOW_MS, ip=IP)
    elsewhere = structs.replace(papi(), ip="198.51.100.1")
    calls = [ping, elsewhere, papi(by=CLASSIC), papi(), papi(), sapi(), papi()]
    first = told(papi(), live, lived(live, calls))[0]
    assert (first.check, first.code, first.mistake) == ("weight_is_over_the_limit", -1003, "budget-spent")
    assert first.facts["spent_by"] == (
        "3 of 5 calls by key alice000… to negative_balance_exchange_record (weight 300), 1 of them refused; "
        "1 of 5 calls by key classic0… to negative_balance_exchange_record (weight 100); "
        "1 of 5 calls without a key to papi_ping (weight 1)"
    )
    assert (first.facts["limit"], first.facts["used"], first.facts["weight"]) == ("301", "401", "100")
    assert first.facts["begins_anew_ms"] == str(NOW_MS + 30_000)
    assert "wait 30.000 s" in first.sentence


def test_a_budget_of_sapi_is_the_account_s() -> None:
    """SAPI's UID budget counts by account, and calls of another minute do not count."""
    live = exchange(*ACCOUNTS, limits=Limits(sapi_weight_per_uid=500))
    live.world.clock = Clock(NOW_MS - 31_000, NOW_MS - 31_000)
    before = structs.replace(sapi(timestamp=NOW_MS - 31_000), received_at_ms=NOW_MS - 31_000)
    first = told(sapi(), live, lived(live, [before, sapi()]))[0]
    assert first.facts["spent_by"] == "1 of 1 calls by key alice000… to pm_loan (weight 500)"
    assert "UID 1 has on SAPI at pm_loan" in first.sentence


def test_who_was_banned() -> None:
    """418 says how the ban came about and when it ends."""
    live = exchange(*ACCOUNTS, limits=Limits(papi_weight_per_ip=100, offences_before_ban=1))
    entries = lived(live, [papi() for _ in range(5)])
    assert [entry.refused_by for entry in entries] == [None, *["weight_is_over_the_limit"] * 3, "ip_is_banned"]
    first = told(papi(), live, entries)[0]
    assert (first.check, first.code, first.mistake) == ("ip_is_banned", -1003, "asked-on-after-429")
    assert (first.facts["calls_over_the_limit"], first.facts["calls_during_bans"]) == ("3", "1")
    assert first.facts["banned_until_ms"] == str(NOW_MS + 120_000)
    assert "in 2 min" in first.sentence


def test_a_call_of_the_journal_is_diagnosed_by_its_own_refusal_first() -> None:
    """The meter and the clock may have moved since; what refused then is said first, at the time it was."""
    live = exchange(*ACCOUNTS, limits=Limits(papi_weight_per_ip=100, offences_before_ban=100))
    late = papi(timestamp=NOW_MS - 6_000)
    first, admitted, over = lived(live, [late, sapi(), papi()])
    live.world.meter.bans["PAPI", IP] = Ban(bans=1, until_ms=NOW_MS + 9_000)
    live.world.clock = Clock(NOW_MS + 1_000, NOW_MS)
    call = gather(late, live.world, live.catalogue)
    checks = ["timestamp_is_late", "ip_is_banned", "weight_is_over_the_limit"]
    assert [one.check for one in diagnose(call, refused_by="timestamp_is_late")] == checks
    told_now = diagnose_entry(first, live.world)
    assert [one.check for one in told_now] == checks
    assert told_now[0].facts["age_ms"] == "6000"
    assert [("read" in one.facts) for one in told_now] == [False, True, True]
    assert diagnose_entry(admitted, live.world) == []
    live.world.meter.bans.clear()
    live.world.meter.windows.clear()
    (meter_is_fresh,) = diagnose_entry(over, live.world)
    assert meter_is_fresh.facts["spent_by"].startswith("1 of 1 calls")


def test_a_ban_that_is_over() -> None:
    """An old 418 can be explained after its ban has ended."""
    live = exchange(*ACCOUNTS, limits=Limits(papi_weight_per_ip=0, offences_before_ban=0))
    entries = lived(live, [papi() for _ in range(3)])
    live.world.meter.bans.clear()
    assert "the ban is over by now" in diagnose_entry(entries[-1], live.world)[0].sentence


def test_a_declared_fault_is_no_mistake() -> None:
    """A call that was admitted and spoiled is said to be so."""
    live = exchange(*ACCOUNTS)
    entry = structs.replace(lived(live, [papi()])[0], faults=("overload",))
    (diagnosis,) = diagnose_entry(entry, live.world)
    assert (diagnosis.check, diagnosis.facts) == ("fault", {"faults": "overload"})


def test_a_secret_that_the_client_sent_is_not_repeated() -> None:
    """Wherever a client puts a secret, in whatever encoding, it does not come back; nor does the right signature."""
    right = hmac_signature(f"timestamp={NOW_MS}".encode(), ALICE.secret)
    for query in (
        f"{ALICE.secret}=1",
        f"secret={ALICE.secret}",
        "secret=secret%20of%20alice",
        "secret=SECRET+OF+ALICE",
        f"recvWindow={ALICE.secret}",
        f"Signature={right}",
    ):
        sent = f"timestamp={NOW_MS}&{query}"
        expected = hmac_signature(as_bytes(sent), ALICE.secret)
        for call in (bare(f"{sent}&signature={'ab' * 32}"), bare(f"{sent}&again={expected}"), papi(api_key=query)):
            shown = repr(told(call)).lower()
            for hidden in (ALICE.secret, "secret+of+alice", "secret%20of%20alice", right, expected):
                assert hidden.lower() not in shown
    assert "[secret]" in repr(told(bare(f"timestamp={NOW_MS}&x={ALICE.secret}&signature={'ab' * 32}")))


def test_what_is_shown_has_a_limit() -> None:
    """A fact is at most 2,001 characters long, whatever was sent, and can be printed."""
    long = told(bare(f"timestamp={NOW_MS}&x={'%0A,' * 2_000}\x07\udcff&signature=abc"))
    for one in long:
        for text in (one.sentence, *one.facts.values()):
            assert len(text) <= 2_001
            assert text.isprintable()


@given(st.lists(requests(), min_size=1, max_size=4), limits, behaviours, st.booleans())
def test_the_doctor_is_total_keeps_secrets_and_changes_nothing(
    calls: list[Request], limit: Limits, behaviour: Behaviour, sends_a_secret: bool
) -> None:
    """Every drawn call is diagnosed just where it is refused, in print, and neither secret nor signature is told."""
    live = world(limit, behaviour)
    if sends_a_secret:
        calls = [structs.replace(call, target=f"{call.target}&{keys[0].secret}={keys[1].secret}") for call in calls]
    entries = lived(live, calls)
    for entry in entries:
        call = gather(entry.request, live.world, live.catalogue)
        before = live.explain(entry.request)
        diagnoses = diagnose(call, entries)
        assert live.explain(entry.request) == before
        assert [one.check for one in diagnoses] == [step.name for step in before]
        assert diagnose(call, entries) == diagnoses
        own = diagnose_entry(entry, live.world)
        assert [one.check for one in own[:1]] == ([entry.refused_by] if entry.refused_by else [])
        shown = json.encode([*diagnoses, *own]).decode()
        for one in keys:
            assert one.secret not in shown
            assert hmac_signature(as_bytes(call.params.payload), one.secret) not in shown
        if len(call.params.signature or "") > 16:
            assert str(call.params.signature) not in shown
