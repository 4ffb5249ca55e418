"""Every scenario that comes with mockex does what its story says."""

from decimal import Decimal
from pathlib import Path

import pytest

from mockex import scenarios
from mockex.core.scenario import HmacKey, PublicKeySpec
from tests.alice import NOW_MS
from tests.scenarios.walking import HERE, Walk, read, refusal

TOLD: set[str] = set()
MINUTE_MS = 60_000


def tells(name: str) -> pytest.MarkDecorator:
    """Make a test of a scenario's story, which is told by walking it."""
    TOLD.add(name)
    return pytest.mark.parametrize("walk", [pytest.param(name, id=name)], indirect=True)


@pytest.fixture
def walk(request: pytest.FixtureRequest) -> Walk:
    """Open the scenario."""
    return Walk(request.param)


@tells("documented")
def test_documented(walk: Walk) -> None:
    """All three keys get, byte for byte, what the two documentation pages show."""
    assert [scenarios.key_type(key) for key in walk.keys] == ["HMAC", "RSA", "Ed25519"]
    for key in walk.keys:
        records = walk.ask("PAPI", key, startTime=1736184913252, endTime=1736263046841)
        assert records.status == 200
        assert records.body == (
            b'{"total":2,"rows":[{"startTime":1736263046841,"endTime":1736263248179,"details":[{"asset":"ETH",'
            b'"negativeBalance":18,"negativeMaxThreshold":5}]},{"startTime":1736184913252,"endTime":1736184965474,'
            b'"details":[{"asset":"BNB","negativeBalance":1.10264488,"negativeMaxThreshold":0}]}]}'
        )
        assert walk.ask("SAPI", key).body == b'{"asset":"BUSD","amount":"579.45"}'
    assert read(walk.ask("PAPI", startTime=1736184913253, endTime=1736263046840)) == {"total": 0, "rows": []}


@tells("quiet")
def test_quiet(walk: Walk) -> None:
    """An account that nothing happened to is answered with 200, an empty list, and an amount of "0"."""
    assert walk.ask("PAPI").body == b'{"total":0,"rows":[]}'
    assert walk.ask("SAPI").body == b'{"asset":"BUSD","amount":"0"}'


@tells("fractional")
def test_fractional(walk: Walk) -> None:
    """Not a digit is lost or added, nothing has an exponent, and records of one millisecond keep their order."""
    assert walk.ask("PAPI", startTime=1767225599999, endTime=1767225600000).body == (
        b'{"total":3,"rows":['
        b'{"startTime":1767225600000,"endTime":1767225600000,"details":[{"asset":"ETH",'
        b'"negativeBalance":1.123456789012345678,"negativeMaxThreshold":0.5}]},'
        b'{"startTime":1767225600000,"endTime":1767225660000,"details":[{"asset":"SHIB",'
        b'"negativeBalance":123456789012.000000000000000001,"negativeMaxThreshold":0.000000000000000001},'
        b'{"asset":"BNB","negativeBalance":9007199254740993,"negativeMaxThreshold":0}]},'
        b'{"startTime":1767225599999,"endTime":1767225600000,"details":[]}]}'
    )
    assert walk.ask("SAPI").body == b'{"asset":"USDT","amount":"0.123456789012345678"}'
    # What the story promises: a client that reads floats or integers gets these wrong.
    (eth, shib, _) = read(walk.ask("PAPI", startTime=1767225599999, endTime=1767225600000))["rows"]
    assert Decimal(float(eth["details"][0]["negativeBalance"])) != eth["details"][0]["negativeBalance"]
    assert float(shib["details"][1]["negativeBalance"]) != shib["details"][1]["negativeBalance"]


@tells("bankruptcy-loan")
def test_bankruptcy_loan(walk: Walk) -> None:
    """The liquidated account sees its loan in USDT with all its zeros; its owner's other account hears -21004."""
    liquidated, other = walk.keys
    assert walk.ask("SAPI", liquidated).body == b'{"asset":"USDT","amount":"12345.67800000"}'
    assert refusal(walk.ask("SAPI", other)) == (400, -21004, "USER_NO_LIABILITY")
    (record,) = read(walk.ask("PAPI", liquidated, startTime=1773063420250, endTime=1773063672750))["rows"]
    assert record["endTime"] == 1773063672750
    assert [detail["asset"] for detail in record["details"]] == ["BTC", "USDT"]
    assert read(walk.ask("PAPI", other, startTime=1773063420250, endTime=1773063672750))["total"] == 0


@tells("not-a-pm-account")
def test_not_a_pm_account(walk: Walk) -> None:
    """Each key hears its own refusal on each gateway, and the last is let in from the one IP that it is for."""
    classic, powerless, elsewhere = walk.keys
    papi = (401, -2015, f"Invalid API-key, IP, or permissions for action, request ip: {HERE}")
    sapi = (400, -2015, "Invalid API-key, IP, or permissions for action.")
    assert [refusal(walk.ask("PAPI", key)) for key in walk.keys] == [papi, papi, papi]
    assert refusal(walk.ask("SAPI", classic)) == (400, -21001, "USER_IS_NOT_UNIACCOUNT")
    assert [refusal(walk.ask("SAPI", key)) for key in (powerless, elsewhere)] == [sapi, sapi]
    assert [walk.ask(gateway, elsewhere, "203.0.113.7").status for gateway in ("PAPI", "SAPI")] == [200, 200]
    assert refusal(walk.ask("PAPI", elsewhere, "203.0.113.70"))[2].endswith("request ip: 203.0.113.70")


@tells("rate-storm")
@pytest.mark.parametrize("gateway", ["PAPI", "SAPI"])
def test_rate_storm(walk: Walk, gateway: str) -> None:
    """Two calls a minute are answered, the next two hear 429, the fifth is banned for two minutes, later for four."""
    # Each minute of the exchange is one of the clock; this one has 30 seconds left.
    heard = [walk.ask(gateway) for _ in range(5)]
    assert [reply.status for reply in heard] == [200, 200, 429, 429, 418]
    assert [reply.headers.get("Retry-After") for reply in heard] == [None, None, "30", "30", "120"]
    assert [refusal(reply)[1] for reply in heard[2:]] == [-1003, -1003, -1003]
    assert str(NOW_MS + 120_000) in refusal(heard[4])[2]
    walk.wait(119)
    asked_too_early = walk.ask(gateway)
    assert (asked_too_early.status, asked_too_early.headers["Retry-After"]) == (418, "120")
    walk.wait(120)
    heard = [walk.ask(gateway) for _ in range(5)]
    assert [reply.status for reply in heard] == [200, 200, 429, 429, 418]
    assert heard[4].headers["Retry-After"] == "240"


@tells("rate-storm")
def test_rate_storm_is_over_for_who_waits(walk: Walk) -> None:
    """Who waits for as long as Retry-After says is let in, every time; and neither gateway's storm is the other's."""
    for _ in range(3):
        assert [walk.ask("SAPI").status for _ in range(3)] == [200, 200, 429]
        assert [walk.ask("PAPI").status for _ in range(2)] == [200, 200]
        refused = walk.ask("PAPI")
        assert refused.status == 429
        walk.wait(int(refused.headers["Retry-After"]))
    assert walk.ask("SAPI").body == b'{"asset":"BUSD","amount":"579.45"}'


@tells("skewed-clock")
def test_skewed_clock(walk: Walk) -> None:
    """The machine's time hears -1021 on both gateways, whatever the recvWindow, until the exchange's time is asked."""
    early = (400, -1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    assert [refusal(walk.ask(gateway)) for gateway in ("PAPI", "SAPI")] == [early, early]
    assert refusal(walk.ask("SAPI", recvWindow=60_000)) == early
    for path in ("/api/v3/time", "/papi/v1/time"):
        server_ms = read(walk.send(path))["serverTime"]
        assert server_ms == walk.machine_ms - 90_000
    assert walk.ask("SAPI", timestamp=server_ms).body == b'{"asset":"BUSD","amount":"0.00000001"}'
    assert walk.ask("PAPI", timestamp=server_ms).body == b'{"total":0,"rows":[]}'
    walk.wait(60)
    assert read(walk.send("/api/v3/time"))["serverTime"] == walk.machine_ms - 90_000
    # "A client that only ever corrects a clock that lags never gets through."
    assert refusal(walk.ask("SAPI", timestamp=walk.machine_ms + 90_000)) == early


@tells("long-history")
def test_long_history_is_more_than_one_question_may_ask_for(walk: Walk) -> None:
    """All 14 months at once are refused on every account; a loan was generated beside the records."""
    since, until = 1754006400000, 1790812799999
    assert refusal(walk.ask("PAPI", startTime=since, endTime=until)) == (400, -1127, "Lookup interval is too big.")
    assert Decimal(read(walk.ask("SAPI"))["amount"]) > 0


def an_hour_of_bad_weather(seed: int | None = None) -> list[tuple[int, bytes, object]]:
    """Ask both gateways in turn, 30 times in half a minute; gives what was heard, and how it was put on the wire."""
    walk = Walk("bad-weather", seed)
    heard: list[tuple[int, bytes, object]] = []
    for number in range(30):
        reply = walk.ask("SAPI" if number % 2 else "PAPI", startTime=1767225600000, endTime=1767225660000)
        heard.append((reply.status, reply.body, reply.delivery))
        walk.wait(1)
    return heard


@tells("bad-weather")
def test_bad_weather(walk: Walk) -> None:
    """Every third call to PAPI is spoilt, and more; who asks again gets every answer; the seed alone decides."""
    heard = an_hour_of_bad_weather()
    papi, sapi = heard[::2], heard[1::2]
    right = b'{"total":1,"rows":[{"startTime":1767225600000,"endTime":1767225660000,"details":[{"asset":"ETH",'
    assert [status for status, _, _ in papi[2::3]] == [503] * 5
    assert any(status == 200 and body.startswith(right) and not delivery for status, body, delivery in papi)
    assert (200, b'{"asset":"BUSD","amount":"12.5"}', None) in sapi
    assert len({(status, repr(delivery)) for status, _, delivery in sapi}) > 3
    assert an_hour_of_bad_weather() == heard
    assert an_hour_of_bad_weather(8) != heard
    assert walk.exchange.world.seed == 7


def told_in_a_file_of_its_own() -> set[str]:
    """Name the scenarios whose story is long."""
    files = {path.stem.removeprefix("test_").replace("_", "-") for path in Path(__file__).parent.glob("test_*.py")}
    return files & set(scenarios.names())


def test_every_scenario_is_told() -> None:
    """There is a story for every file, and a file for every story."""
    folder = Path(__file__).parents[2] / "scenarios"
    assert sorted(path.stem for path in folder.iterdir()) == sorted(TOLD | told_in_a_file_of_its_own())
    assert sorted(path.stem for path in folder.iterdir()) == scenarios.names()


@pytest.mark.parametrize("name", scenarios.names())
def test_every_scenario_is_fit_to_be_shown(name: str) -> None:
    """Each has a title and a story; its keys are nobody's: plainly ours, or the documentation's own example."""
    spec = scenarios.read(name)
    scenarios.check_keys(scenarios.folder() / f"{name}.toml", spec)
    assert not spec.title.endswith(".")
    assert spec.story.strip().endswith(".")
    for account in spec.accounts:
        for key in account.keys:
            assert key.api_key.startswith(
                ("mockex", "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A")
            )
            if isinstance(key, HmacKey):
                assert key.secret.startswith(
                    ("mockex", "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j")
                )
            else:
                assert isinstance(key, PublicKeySpec)
                assert "TEST-ONLY" in str(key.private_key_file)


def test_no_two_scenarios_share_an_account() -> None:
    """UIDs and API keys are used once in all files, so that two scenarios can never be mistaken for each other."""
    accounts = [account for name in scenarios.names() for account in scenarios.read(name).accounts]
    uids = [account.uid for account in accounts]
    api_keys = [key.api_key for account in accounts for key in account.keys]
    assert len(set(uids)) == len(uids)
    assert len(set(api_keys)) == len(api_keys)
