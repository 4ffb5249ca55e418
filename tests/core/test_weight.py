"""Weight: whose budget, when it begins anew, what it costs to go on asking."""

from typing import Any

import pytest
from msgspec import structs

from mockex.core.exchange import Exchange
from mockex.core.weight import Bucket, Limits, Meter, ban_ms
from tests.alice import ALICE, IP, NOW_MS, exchange, key, request

USED = {"PAPI": "X-MBX-USED-WEIGHT-1M", "SAPI": "X-SAPI-USED-UID-WEIGHT-1M"}
SMALL = Limits(papi_weight_per_ip=200, sapi_weight_per_uid=1_000, offences_before_ban=5)
MINUTE = 60_000


def ask(world: Exchange, gateway: str, after_ms: int = 0, **changes: Any) -> tuple[int, str | None, str | None]:
    """Ask some milliseconds later; gives status, used weight and Retry-After."""
    world.world.clock.anchor_ms = NOW_MS + after_ms
    reply = world.handle(request(gateway, **{"timestamp": NOW_MS + after_ms, **changes}))
    return reply.status, reply.headers.get(USED[gateway]), reply.headers.get("Retry-After")


@pytest.mark.parametrize(("gateway", "step"), [("PAPI", 100), ("SAPI", 500)])
def test_the_third_call_is_one_too_many(gateway: str, step: int) -> None:
    """The header counts the call itself; the limit itself is allowed; Retry-After reaches the next UTC minute."""
    world = exchange(limits=SMALL)
    assert ask(world, gateway) == (200, str(step), None)
    assert ask(world, gateway) == (200, str(2 * step), None)
    assert ask(world, gateway) == (429, str(3 * step), "30")
    assert ask(world, gateway, 29_999) == (429, str(4 * step), "1")
    assert ask(world, gateway, 30_000) == (200, str(step), None)


def test_papi_has_one_budget_for_an_ip_and_all_its_paths() -> None:
    """Time costs 1 of the same budget; another IP has its own; another key of the same IP has not."""
    bob = key("bob")
    world = exchange({"uid": 1, "keys": (ALICE,)}, {"uid": 2, "keys": (bob,)})
    time = structs.replace(request(), target="/papi/v1/time", api_key=None)
    assert world.handle(time).headers[USED["PAPI"]] == "1"
    assert ask(world, "PAPI")[1] == "101"
    assert ask(world, "PAPI", by=bob)[1] == "201"
    assert ask(world, "PAPI", ip="192.0.2.2")[1] == "100"


def test_sapi_has_one_budget_for_an_endpoint_and_a_uid() -> None:
    """Another IP shares it, another key of the UID shares it, another UID has its own."""
    other, bob = key("other"), key("bob")
    world = exchange({"uid": 1, "keys": (ALICE, other)}, {"uid": 2, "keys": (bob,)})
    assert ask(world, "SAPI")[1] == "500"
    assert ask(world, "SAPI", ip="192.0.2.2")[1] == "1000"
    assert ask(world, "SAPI", by=other)[1] == "1500"
    assert ask(world, "SAPI", by=bob)[1] == "500"


def test_who_is_charged_for_a_refusal() -> None:
    """PAPI charges before it looks at the key, SAPI only who is let in; what is no endpoint costs nothing."""
    world = exchange()
    assert ask(world, "PAPI", api_key="x")[:2] == (401, "100")
    assert ask(world, "PAPI", timestamp=1)[:2] == (400, "200")
    assert ask(world, "PAPI", startTime="x")[:2] == (400, "300")
    assert ask(world, "PAPI", target="/papi/v1/nothing")[:2] == (404, None)
    assert ask(world, "PAPI", method="POST")[:2] == (404, None)
    assert ask(world, "PAPI")[:2] == (200, "400")
    assert ask(world, "SAPI", api_key="x")[:2] == (400, None)
    assert ask(world, "SAPI", timestamp=1)[:2] == (400, None)
    assert ask(world, "SAPI", target="/sapi/v1/nothing")[:2] == (404, None)
    assert ask(world, "SAPI")[:2] == (200, "500")


def test_sapi_charges_what_it_refuses_after_authentication() -> None:
    """An account that is no Portfolio Margin account pays for its -21001."""
    world = exchange({"uid": 1, "keys": (ALICE,), "portfolio_margin": False})
    assert ask(world, "SAPI")[:2] == (400, "500")


@pytest.mark.parametrize("gateway", ["PAPI", "SAPI"])
def test_going_on_asking_is_a_ban(gateway: str) -> None:
    """After the first 429 and five more the IP is banned for two minutes, from that gateway alone."""
    world = exchange(limits=SMALL)
    statuses = [ask(world, gateway)[0] for _ in range(2 + 1 + 5)]
    assert statuses == [200, 200, 429, 429, 429, 429, 429, 429]
    assert ask(world, gateway)[::2] == (418, "120")
    other = "SAPI" if gateway == "PAPI" else "PAPI"
    assert ask(world, other)[0] == 200
    assert ask(world, gateway, ip="192.0.2.2")[0] == (200 if gateway == "PAPI" else 429)
    assert ask(world, gateway, 120_000)[0] == 200


def test_asking_during_a_ban_moves_its_end() -> None:
    """A request a minute into the ban hears the new end; whoever keeps quiet is let in when the ban ends."""
    world = exchange(limits=structs.replace(SMALL, offences_before_ban=0))
    for _ in range(3):
        ask(world, "PAPI")
    assert ask(world, "PAPI")[::2] == (418, "120")
    reply = world.handle(request())
    assert f"banned until {NOW_MS + 120_000}.".encode() in reply.body
    assert ask(world, "PAPI", MINUTE)[::2] == (418, "120")
    assert ask(world, "PAPI", MINUTE + 119_999)[::2] == (418, "120")
    assert ask(world, "PAPI", MINUTE + 239_999)[0] == 200


def test_a_ban_hears_of_no_weight() -> None:
    """418 comes before the charge: no used-weight header, and the budget is untouched."""
    world = exchange(limits=structs.replace(SMALL, offences_before_ban=0))
    for _ in range(4):
        ask(world, "PAPI")
    assert ask(world, "PAPI") == (418, None, "120")
    assert world.world.meter.used(Bucket("PAPI", "", IP), NOW_MS) == 400


def test_bans_grow_from_two_minutes_to_three_days() -> None:
    """Each ban is twice as long as the one before, and the longest is three days."""
    minutes = [ban_ms(nth, Limits()) / MINUTE for nth in range(1, 15)]
    assert minutes[:5] == [2, 4, 8, 16, 32]
    assert minutes[10:] == [2048, 4096, 4320, 4320]
    assert ban_ms(1_000_000, Limits()) == 3 * 24 * 60 * MINUTE


def test_the_second_ban_is_longer() -> None:
    """Who is banned again after a ban waits four minutes."""
    world = exchange(limits=structs.replace(SMALL, offences_before_ban=0))
    first = [ask(world, "PAPI")[::2] for _ in range(4)]
    second = [ask(world, "PAPI", 200_000)[::2] for _ in range(4)]
    assert first[-1] == (418, "120")
    assert second[-1] == (418, "240")


def test_offences_are_counted_in_one_minute() -> None:
    """Five in one minute and five in the next are no ban."""
    world = exchange(limits=SMALL)
    statuses = [ask(world, "PAPI", after)[0] for after in (0, 30_000) for _ in range(2 + 5)]
    assert 418 not in statuses
    assert statuses.count(429) == 10


def test_the_meter_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many IPs ask and offend, only so many are remembered."""
    monkeypatch.setattr("mockex.core.weight.MAX_WINDOWS", 50)
    meter = Meter()
    for number in range(500):
        meter.charge(Bucket("PAPI", "", number), 2, 1, ip=str(number), now_ms=NOW_MS, limits=Limits())
    assert (len(meter.windows), len(meter.bans)) == (50, 50)
