"""One world as a test holds it: its URL and keys, its clock, faults, journal and data, and the reason why."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from mockex import scenarios
from mockex.core.account import KeyType
from mockex.core.diagnosis import Diagnosis
from mockex.core.effects import Effect
from mockex.core.faults import Fault
from mockex.core.scenario import Scenario
from mockex.endpoints.negative_balance_exchange_record import Record
from mockex.endpoints.pm_loan import Loan
from mockex.errors import MockexError
from mockex.server.control import ENCODER
from mockex.signer import Signer
from mockex.testing.account import LiveAccount
from mockex.testing.clock import LiveClock
from mockex.testing.faults import LiveFaults
from mockex.testing.journal import JournalEntry, LiveJournal
from mockex.testing.reach import OfWorld, Question, Reach, understood
from mockex.testing.report import forgotten, refuse_surprises, report
from mockex.testing.told import Snapshot, ToldWorld, signer_of

DEFAULT = "default"
Source = str | Path | Scenario
"""A scenario: by its name, by its file, or a value."""


class LiveWorld:
    """One world, as a test holds it; `with exchange.world(…) as world:` opens one and closes it.

    `url` is where it is asked, whatever key a call carries. What it holds for its first account is at hand as `loan`,
    `records` and `add_record`, for any other by `account(uid)`.
    """

    def __init__(self, reach: Reach, name: str) -> None:
        self.reach = reach
        self.name = name
        self.of = OfWorld(reach, name)
        self.clock = LiveClock(self.of)
        self.faults = LiveFaults(self.of)
        self.journal = LiveJournal(self.of)
        self.verify = self.journal.verify
        self.expected: set[int] = set()
        self._is_closed = False

    def __repr__(self) -> str:
        """Tell where it is."""
        return f"{type(self).__name__}({self.name!r} at {self.reach.url or 'no address yet'})"

    @property
    def url(self) -> str:
        """Where the world is asked; clients that drop a URL's path reach it by its keys, but for calls without one.

        Raises MockexError where nobody serves it yet.
        """
        if not self.reach.url:
            raise MockexError("the exchange has no URL before it is served: enter it, `with` or `async with`")
        return self.reach.url if self.name == DEFAULT else f"{self.reach.url}/w/{self.name}"

    @property
    def told(self) -> ToldWorld:
        """What the world says of itself now."""
        return self.of.ask("GET", "", ToldWorld)

    @cached_property
    def opened(self) -> ToldWorld:
        """What the world said of itself first: its seed, accounts and keys never change."""
        return self.told

    @property
    def seed(self) -> int:
        """What its chance depends on."""
        return self.opened.seed

    def signers(self) -> list[Signer]:
        """Give a signer for every key, in the scenario's order. Raises ValueError where a private half is not known."""
        return [signer_of(key) for key in self.opened.keys]

    def signer(self, key_type: KeyType | None = None) -> Signer:
        """Give the signer of the first key, or of the first of a type. Raises MockexError where there is none."""
        for key in self.opened.keys:
            if key_type in (None, key.type):
                return signer_of(key)
        raise MockexError(f"the world {self.name!r} has no {key_type or ''} key")

    def signed_url(self, path: str, by: Signer | None = None, **parameters: object) -> str:
        """Write the URL of a call that is right now: with this key's signature and, unless given, a timestamp.

        A parameter that is None is left out, and so is `timestamp=None`.
        """
        parameters.setdefault("timestamp", self.clock.now_ms)
        query = urlencode({name: value for name, value in parameters.items() if value is not None})
        return f"{self.url}{path}?{(by or self.signer()).signed(query)}"

    def account(self, uid: int | None = None) -> LiveAccount:
        """Give an account, the first one where none is named. Raises MockexError where there is none."""
        if uid is None and not self.opened.accounts:
            raise MockexError(f"the world {self.name!r} has no account")
        return LiveAccount(self.of, self.opened.accounts[0] if uid is None else uid)

    @property
    def loan(self) -> Loan:
        """What the first account still owes."""
        return self.account().loan

    @loan.setter
    def loan(self, loan: Loan | dict[str, Any]) -> None:
        self.account().loan = loan

    @property
    def records(self) -> tuple[Record, ...]:
        """The auto exchanges of the first account."""
        return self.account().records

    @records.setter
    def records(self, records: Iterable[Record | dict[str, Any]]) -> None:
        self.account().records = records

    def add_record(self, record: Record | dict[str, Any]) -> None:
        """Let the first account hold one auto exchange more."""
        self.account().add_record(record)

    def change(self, *, limits: dict[str, int] | None = None, behaviour: dict[str, str] | None = None) -> None:
        """Change limits or behaviour, as `change(limits={"papi_weight_per_ip": 100})`. Raises MockexError."""
        self.of.ask("POST", "", object, {"limits": limits or {}, "behaviour": behaviour or {}})

    def snapshot(self) -> Snapshot:
        """Save the world as it is."""
        id_ = self.of.ask("POST", "/snapshots", dict[str, str])["id"]
        return Snapshot(self.of, id_, self.expected, frozenset(self.expected))

    def explain(self, call: JournalEntry | int | None = None) -> list[Diagnosis]:
        """Say why a call was refused, the reason that its client heard first; without one, the last refused call.

        Empty where every check passed it. Raises MockexError where there is no such call.
        """
        if call is None:
            call = next((one for one in reversed(list(self.journal)) if one.refused_by or one.faults), None)
            if call is None:
                raise MockexError(f"no call in the journal of {self.name!r} was refused")
        seq = call.seq if isinstance(call, JournalEntry) else call
        return self.of.ask("GET", f"/journal/{seq}/explain", _Explained).diagnoses

    def surprises(self) -> list[JournalEntry]:
        """List the refusals that were not expected, of the calls that the journal knows."""
        return [one for one in self.journal if one.refused_by and one.seq not in self.expected]

    @contextmanager
    def refuses(self, **match: Any) -> Iterator[None]:
        """Expect such a refusal within the `with`, as `refuses(code=-1022)`: strict worlds let it pass.

        Raises AssertionError where there was none.
        """
        before = self.told.calls
        try:
            yield
        except Exception:  # it may be what the test expects, further out
            with suppress(MockexError):
                self._expect(match, before)
            raise
        if not self._expect(match, before):
            lost = forgotten(self)
            known = f"; of {lost} that were, the journal knows no more" if lost else ""
            raise AssertionError(f"no call was refused with {match}{known}\n{report(self)}")

    def _expect(self, match: dict[str, Any], after_seq: int) -> bool:
        found = {one.seq for one in self.journal.where(**match, after_seq=after_seq) if one.refused_by}
        self.expected |= found
        return bool(found)

    def open(self, scenario: Source | None = None, **about: Any) -> "LiveWorld":
        """Open another world on the same server, as `world` does, that stays until it is closed."""
        return opened(self.reach, scenario, **about)

    @contextmanager
    def world(self, scenario: Source | None = None, *, strict: bool = False, **about: Any) -> Iterator["LiveWorld"]:
        """Open another world on the same server for as long as the `with` lasts: see `opened` for what it takes.

        A strict one raises AssertionError where a call was refused that nobody expected. An error that passes is given
        a note of the last calls.
        """
        world = self.open(scenario, **about)
        try:
            yield world
            if strict:
                refuse_surprises(world)
        except BaseException as error:
            if isinstance(error, Exception):
                error.add_note(report(world))
            with suppress(MockexError):  # that the server has gone says less than why the test ends
                world.close()
            raise
        world.close()

    def close(self) -> None:
        """Delete the world, unless it was closed here before. Raises MockexError, and so do later questions to it."""
        if not self._is_closed:
            self.of.ask("DELETE", "", object)
            self._is_closed = True


class _Explained(Struct):
    diagnoses: list[Diagnosis]


def opened(
    reach: Reach,
    scenario: Source | None = None,
    *,
    name: str | None = None,
    seed: int | None = None,
    fresh_keys: bool = True,
    frozen_at: datetime | str | int | None = None,
    faults: Iterable[str | Effect | Fault] = (),
    limits: dict[str, int] | None = None,
    behaviour: dict[str, str] | None = None,
) -> LiveWorld:
    """Open a world of a scenario: by its name, by its file, or a value; the default world's where there is none.

    With `fresh_keys` its keys are its own: a function of seed and name. Raises MockexError, and then none stays open.
    """
    if isinstance(faults, str):
        raise MockexError(f"expected a list of faults, as [{faults!r}], got {faults!r}")
    wanted = {"name": name, "seed": seed, "fresh_keys": fresh_keys, **_said_of(scenario)}
    told = understood(reach, reach.ask(Question("POST", "/worlds", body=ENCODER.encode(wanted))), ToldWorld)
    world = LiveWorld(reach, told.name)
    world.opened = told
    try:
        if frozen_at is not None:
            world.clock.freeze(frozen_at)
        for fault in faults:
            world.faults.add(fault)
        if limits or behaviour:
            world.change(limits=limits, behaviour=behaviour)
    except BaseException:
        world.close()
        raise
    return world


def _said_of(scenario: Source | None) -> dict[str, Any]:
    """Say to a server, which reads no files for others, what a new world runs. Raises MockexError."""
    if not isinstance(scenario, str | Path | Scenario | None):
        raise MockexError(f"expected a scenario, by its name, its file or its value, got {scenario!r}")
    if scenario is None or (isinstance(scenario, str) and not scenarios.is_file(scenario)):
        return {"scenario": scenario}
    spec = scenarios.of_value(scenario) if isinstance(scenario, Scenario) else scenarios.read(scenario)
    return {"spec": scenarios.self_contained(spec)}
