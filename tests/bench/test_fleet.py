"""A run goes on whatever becomes of one of its servers, asks them turn and turn about, and leaves no process behind."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec import structs

from tests.bench import fleet, homes, loading, peers
from tests.bench.fleet import Seat, all_running, many_calls, one_round, seated, timed_starts
from tests.bench.homes import Home, MissingError
from tests.bench.loading import LEVELS, Counted, Level
from tests.bench.processes import members
from tests.bench.servers import Server, named

RAW = named("raw")
ENDS_AT_ONCE = structs.replace(RAW, name="moto", command=("{python}", "-c", "import sys; sys.exit('no such option')"))
ANSWERS_WRONGLY = structs.replace(named("aiohttp"), command=(*named("aiohttp").command[:-1], "/elsewhere"))


def silent(_: str) -> None:
    """Say nothing."""


def at_once(*_: object) -> Counted:
    """Stand in for a load generator."""
    return Counted(1_000, 1e6, 10, 20, 0, 0)


def seats_of(*servers: Server) -> list[Seat]:
    """Seat servers; what is said on the way is dropped."""
    return seated(servers, silent)


def test_who_cannot_be_had_says_why_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is neither started nor loaded."""

    def missing() -> Home:
        raise MissingError("java is not installed on this machine")

    monkeypatch.setitem(homes.HOMES, "wiremock", missing)
    said: list[str] = []
    seats = seated([named("wiremock"), RAW], said.append)
    timed_starts(seats, 1, silent)
    assert said == ["wiremock: java is not installed on this machine"]
    assert [seat.row.wrong for seat in seats] == ["java is not installed on this machine", ""]
    assert [len(seat.row.answered_ms) for seat in seats] == [0, 1]


def test_starts_are_timed_but_for_the_first() -> None:
    """Which warms what is cached; a server is connectable before it answers."""
    (seat,) = seats_of(RAW)
    timed_starts([seat], 2, silent)
    pairs = list(zip(seat.row.connectable_ms, seat.row.answered_ms, strict=True))
    assert len(pairs) == 2
    assert all(0 < connectable <= answered for connectable, answered in pairs)


def test_a_server_that_fails_is_left_out_and_the_others_go_on() -> None:
    """Whether it ends at its start or answers something else; its row says what it did."""
    seats = seats_of(ENDS_AT_ONCE, ANSWERS_WRONGLY, RAW)
    with all_running(seats, at_once, silent):
        one_round(seats, at_once, LEVELS[:1], 1, silent)
    ended, wrong, raw = (seat.row for seat in seats)
    assert ended.wrong == "does not start: it ended with 1: no such option"
    assert wrong.wrong.startswith("does not start: its first answer is 'HTTP/1.1 404 Not Found'")
    assert (ended.loads, wrong.loads, raw.wrong, len(raw.loads["64"])) == ({}, {}, "", 1)
    assert raw.idle_mib is not None
    assert raw.idle_mib > 5


def test_who_is_not_what_it_is_measured_as_is_found_out() -> None:
    """A server that is to run on uvloop must say so when it is ready."""
    (seat,) = seats_of(structs.replace(RAW, prints=r'"loop": ?"uvloop"'))
    timed_starts([seat], 1, silent)
    assert seat.row.wrong == 'does not say "loop": ?"uvloop"'
    assert named("mockex-fast").prints == r'"loop": ?"uvloop"'


def test_a_server_that_goes_wrong_between_rounds_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample of its answers is read before each round, not only at the start."""
    (seat,) = seats_of(RAW)
    with all_running([seat], at_once, silent):
        one_round([seat], at_once, LEVELS[:1], 1, silent)
        monkeypatch.setattr(loading, "is_right", lambda *_: False)
        one_round([seat], at_once, LEVELS[:1], 1, silent)
    assert seat.row.wrong.startswith("answers something else")
    assert len(seat.row.loads["64"]) == 1


def test_servers_are_asked_turn_and_turn_about() -> None:
    """At one level one after the other, then at the next, for the share of the time that a level has."""
    asked: list[tuple[int, str, float]] = []

    def recorded(port: int, level: Level, seconds: float, _calls: Sequence[bytes]) -> Counted:
        asked.append((port, level.name, seconds))
        return at_once()

    seats = seats_of(RAW, structs.replace(RAW, name="aiohttp"))
    with all_running(seats, recorded, silent):
        asked.clear()
        one_round(seats, recorded, LEVELS[1:3], 2, silent)
    one, other = (seat.port for seat in seats)
    assert asked == [(one, "16", 2), (other, "16", 2), (one, "1", 1), (other, "1", 1)]


def test_an_interrupted_run_leaves_no_process_behind() -> None:
    """All servers were alive at once, and all of them are ended."""
    seats = seats_of(RAW, RAW)
    sessions: list[int] = []

    def interrupted() -> None:
        with all_running(seats, at_once, silent):
            sessions.extend(seat.process.pid for seat in seats if seat.process)
            assert [len(members(session)) for session in sessions] == [1, 1]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [members(session) for session in sessions] == [[], []]


def test_many_calls_are_weighed() -> None:
    """Load goes on until there are enough, and the memory before and after is kept."""
    (seat,) = seats_of(RAW)
    many_calls(seat, at_once, 1, silent, many=2_500)
    assert seat.row.million is not None
    assert seat.row.million.calls == 3_000
    assert abs(seat.row.million.after_mib - seat.row.million.before_mib) < 5


def test_folders_of_servers_are_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the configuration and the log in them."""
    seen: list[Path] = []

    def configured(folder: Path, port: int) -> None:
        seen.append(folder)
        peers.configured(folder, port)

    monkeypatch.setattr(fleet, "configured", configured)
    timed_starts(seats_of(RAW), 1, silent)
    assert len(seen) == 2
    assert not any(folder.exists() for folder in seen)
