"""The scenario `margin-call` tells one account's whole story: from a negative balance to a repaid loan."""

import json
from datetime import UTC, datetime

import pytest

from mockex import scenarios
from mockex.core.exchange import Exchange
from mockex.core.wire import Reply, Request
from mockex.core.world import open_world
from mockex.core.worlds import Snapshot
from mockex.endpoints import CATALOGUE
from mockex.signer import Signer
from tests.alice import NOW_MS, PATHS, query_of

PAPI_DENIED = (401, -2015)
OVERLOADED = (503, -1008)
FIRST = '{"asset":"ETH","negativeBalance":4.25,"negativeMaxThreshold":1.5}'
SECOND = (
    '{"asset":"ETH","negativeBalance":31.875,"negativeMaxThreshold":1.5},'
    '{"asset":"BNB","negativeBalance":12.00000001,"negativeMaxThreshold":0}'
)


class Story:
    """The account, asked with its first key or with its second, at a time of that morning."""

    def __init__(self) -> None:
        spec = scenarios.read("margin-call")
        self.exchange = Exchange(CATALOGUE, open_world("default", spec, CATALOGUE, NOW_MS))
        self.signers = [Signer.of(key) for key in spec.accounts[0].keys]
        self.begins_ms = self.exchange.world.clock.now_ms(NOW_MS)

    @property
    def now_ms(self) -> int:
        """The time on the account's clock."""
        return self.exchange.world.clock.now_ms(NOW_MS)

    def at(self, time: str) -> None:
        """Move the clock on to a time of that day."""
        moment = datetime.fromisoformat(f"2026-03-02T{time}").replace(tzinfo=UTC)
        self.exchange.world.clock.advance(round(moment.timestamp() * 1_000) - self.now_ms, NOW_MS)

    def ask(self, gateway: str, by: int = 0) -> Reply:
        """Ask for the loan, or for the records from the beginning of the story until now."""
        span = {"startTime": self.begins_ms, "endTime": self.now_ms} if gateway == "PAPI" else {}
        query = self.signers[by].signed(query_of(span | {"timestamp": self.now_ms}))
        target, api_key = f"{PATHS[gateway]}?{query}", self.signers[by].api_key
        return self.exchange.handle(Request(method="GET", target=target, received_at_ms=NOW_MS, api_key=api_key))

    def records(self) -> list[str]:
        """Give the details of each record, as they are written."""
        body = self.ask("PAPI").body.decode()
        assert json.loads(body)["total"] == body.count('"details"')
        return [row.partition("]")[0] for row in body.split('"details":[')[1:]]

    def owes(self, by: int = 0) -> tuple[str, str]:
        """Give asset and amount of the loan."""
        loan = json.loads(self.ask("SAPI", by).body)
        return loan["asset"], loan["amount"]

    def refused(self, gateway: str, by: int = 0) -> tuple[int, int]:
        """Give status and code of a refusal."""
        reply = self.ask(gateway, by)
        return reply.status, json.loads(reply.body)["code"]

    def save(self) -> Snapshot:
        """Save the account as it is."""
        return self.exchange.worlds.snapshot("default")

    def go_back(self, snapshot: Snapshot) -> None:
        """Let the account be what it was."""
        self.exchange.worlds.revert("default", snapshot.id)


@pytest.fixture
def told() -> Story:
    """Give the story from its beginning."""
    return Story()


def test_the_whole_story(told: Story) -> None:
    """Each thing is true from its moment on, and not a millisecond before."""
    assert (told.records(), told.owes()) == ([], ("USDT", "0"))
    told.at("09:10:00")
    assert told.records() == []  # it has begun, and has not ended
    told.at("09:13:20.499")
    assert told.records() == []
    told.at("09:13:20.500")
    assert told.records() == [FIRST]
    told.at("09:59:59.999")
    assert (told.records(), told.owes()) == ([SECOND, FIRST], ("USDT", "0"))
    told.at("10:00:00")
    assert told.owes() == ("USDT", "1250.75000000")
    told.at("10:00:29.999")
    assert told.records() == [SECOND, FIRST]
    told.at("10:00:30")
    assert told.refused("PAPI") == PAPI_DENIED
    assert told.owes() == ("USDT", "1250.75000000")
    told.at("10:05:00")
    assert (told.refused("PAPI"), told.refused("SAPI"), told.refused("SAPI", by=1)) == (OVERLOADED,) * 3
    told.at("10:06:29.999")
    assert told.refused("SAPI") == OVERLOADED
    told.at("10:06:30")
    assert told.owes() == told.owes(by=1) == ("USDT", "1250.75000000")
    told.at("10:30:00")
    assert told.owes() == ("USDT", "500.25000000")
    told.at("10:59:59.999")
    assert told.refused("PAPI") == PAPI_DENIED
    told.at("11:00:00")
    assert told.records() == [SECOND, FIRST]
    told.at("11:30:00")
    assert (told.records(), told.owes()) == ([SECOND, FIRST], ("USDT", "0"))


def test_the_second_key_never_had_the_permission(told: Story) -> None:
    """A key for reading alone sees the loan all morning, and the records never."""
    for time in ("09:00:00", "10:00:00", "11:30:00"):
        told.at(time)
        assert told.refused("PAPI", by=1) == PAPI_DENIED
        assert told.ask("SAPI", by=1).status == 200


def test_going_back_makes_it_untrue(told: Story) -> None:
    """After a revert nothing has happened, and all of it happens again, with the same bytes."""
    beginning = told.save()
    tellings = []
    for _ in range(3):
        heard: list[tuple[int, bytes]] = []
        for time in ("09:00:00", "09:30:00", "10:00:10", "10:01:00", "10:06:00", "10:31:00", "11:30:00"):
            told.at(time)
            heard += [(reply.status, reply.body) for reply in (told.ask("PAPI"), told.ask("SAPI"))]
        tellings.append(heard)
        told.go_back(beginning)
        assert (told.records(), told.owes()) == ([], ("USDT", "0"))
        told.go_back(beginning)
    assert tellings[0] == tellings[1] == tellings[2]


def test_whoever_comes_late_finds_all_of_it_in_one_step(told: Story) -> None:
    """A clock that is moved past everything at once makes everything true in its order."""
    told.at("12:00:00")
    assert (told.records(), told.owes()) == ([SECOND, FIRST], ("USDT", "0"))
    assert told.exchange.world.happened == len(told.exchange.world.timeline) == 10
    assert told.exchange.world.next_ms > told.now_ms


def test_every_moment_says_what_it_is() -> None:
    """Each thing that happens is told in words, and in the order of time."""
    timeline = scenarios.read("margin-call").timeline
    assert all(happening.says for happening in timeline)
    moments = [happening.at_ms(0) for happening in timeline]
    assert moments == sorted(moments)
