"""A world: one isolated exchange, with its accounts and keys, clock, limits, behaviour, meter, faults and journal."""

import re
from collections import Counter
from itertools import count
from typing import Any

import msgspec
from msgspec import Struct, structs

from mockex.core.account import Account, Key
from mockex.core.bounds import MAX_CLOCK_MS, MAX_FAULTS
from mockex.core.clock import Clock, moment_ms
from mockex.core.endpoint import Catalogue, Endpoint
from mockex.core.faults import Armed, Fault
from mockex.core.journal import Journal
from mockex.core.scenario import AccountSpec, AnyKey, Behaviour, ClockSpec, HmacKey, RsaKey, Scenario
from mockex.core.signing import Verifier, ed25519_verifier, hmac_verifier, rsa_verifier
from mockex.core.timeline import Happening, catch_up, named
from mockex.core.weight import Limits, Meter

_MINTED = re.compile("[a-z]([0-9]{1,18})")


class ConflictError(ValueError):
    """Something cannot be opened or declared: its name is taken, or there are too many already."""


def minted(name: str) -> int:
    """Give the number of a name that mockex itself could have given, as 7 for `f7`; 0 for any other."""
    match = _MINTED.fullmatch(name)
    return int(match[1]) if match else 0


class World(Struct, kw_only=True):
    """A running scenario.

    `timeline` is what will happen or has, in its order and with its time on the world's clock; `happened` counts what
    has, and `next_ms` is when the next is due. `armed` counts the faults ever declared, and no revert takes it back, so
    that no `fN` comes twice. `verdicts` counts calls by gateway, endpoint and the step that refused, for ever too.
    """

    name: str
    scenario: Scenario
    catalogue: Catalogue
    seed: int
    opened_ms: int
    timeline: tuple[tuple[int, Happening], ...]
    journal: Journal
    clock: Clock
    limits: Limits
    behaviour: Behaviour
    accounts: dict[int, Account]
    keys: dict[str, Key]
    meter: Meter
    faults: dict[str, Armed]
    verdicts: Counter[tuple[str, str | None, str | None]] = msgspec.field(default_factory=Counter)
    armed: int = 0
    happened: int = 0
    next_ms: int = 0

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets of its keys, which no journal tells; of a private key each line."""
        keys = [key for account in self.scenario.accounts for key in account.keys]
        lines = (line for key in keys if not isinstance(key, HmacKey) for line in (key.private_key or "").splitlines())
        return (
            *(key.secret for key in keys if isinstance(key, HmacKey)),
            *(line for line in lines if not line.startswith("-----")),
        )

    def now_ms(self, real_ms: int) -> int:
        """Read the world's clock at a time of the machine, and let happen what is due."""
        now_ms = self.clock.now_ms(real_ms)
        if now_ms >= self.next_ms:
            catch_up(self, now_ms)
        return now_ms

    def hold(self, uid: int, endpoint: Endpoint, held: Any) -> None:
        """Let an account hold this for an endpoint, instead of what it held."""
        account = self.accounts[uid]
        self.accounts[uid] = structs.replace(account, holds={**account.holds, endpoint.name: held})

    def add(self, uid: int, endpoint: Endpoint, news: Any) -> None:
        """Let an account hold for an endpoint what news make of what it held."""
        self.hold(uid, endpoint, endpoint.becomes(self.accounts[uid].holds[endpoint.name], news))

    def arm(self, fault: Fault) -> Armed:
        """Declare a fault; gives it with its name, `fN` where it has none. Raises ConflictError."""
        if len(self.faults) >= MAX_FAULTS:
            raise ConflictError(f"a world has at most {MAX_FAULTS} faults")
        name = fault.name or next(name for n in count(self.armed + 1) if self._is_free(name := f"f{n}"))
        if not self._is_free(name):
            raise ConflictError(f"there is a fault {name!r} already, or will be")
        self.armed = max(self.armed, minted(name))
        armed = self.faults[name] = Armed(name, fault)
        return armed

    def _is_free(self, name: str) -> bool:
        """Say whether no fault has the name, nor will have it by the timeline."""
        return name not in self.faults and not any(
            name == fault.name for _, happening in self.timeline for fault in happening.faults
        )

    def copied(self) -> "World":
        """Copy all that can change; what never does, and the journal, is shared."""
        return structs.replace(
            self,
            clock=structs.replace(self.clock),
            accounts=dict(self.accounts),
            keys=dict(self.keys),
            meter=self.meter.copied(),
            faults={name: structs.replace(armed) for name, armed in self.faults.items()},
        )

    def become(self, saved: "World") -> None:
        """Take over all that can change from a copy, which stays as it is."""
        fresh = saved.copied()
        for name in CHANGING:
            setattr(self, name, getattr(fresh, name))


LASTING = ("name", "scenario", "catalogue", "seed", "opened_ms", "timeline", "journal", "verdicts", "armed")
CHANGING = tuple(name for name in World.__struct_fields__ if name not in LASTING)


class Blueprint(Struct, frozen=True):
    """A scenario made ready once: what all worlds of it begin with, and share as long as nothing happens to it."""

    scenario: Scenario
    catalogue: Catalogue
    accounts: dict[int, Account]
    keys: dict[str, Key]


def blueprint_of(scenario: Scenario, catalogue: Catalogue) -> Blueprint:
    """Make a scenario ready, whose files are read and whose data is generated."""
    return Blueprint(
        scenario,
        catalogue,
        {spec.uid: _account(spec, catalogue) for spec in scenario.accounts},
        {key.api_key: _key(key, spec.uid) for spec in scenario.accounts for key in spec.keys},
    )


def open_world(name: str, scenario: Scenario, catalogue: Catalogue, real_ms: int, seed: int | None = None) -> World:
    """Run a scenario, whose files are read and whose data is generated, from this time of the machine on."""
    return begun(name, blueprint_of(scenario, catalogue), real_ms, scenario.seed if seed is None else seed)


def begun(name: str, blueprint: Blueprint, real_ms: int, seed: int, opened_ms: int | None = None) -> World:
    """Run what is ready from this time of the machine on; `opened_ms` is its own time then, where that lies back."""
    scenario = blueprint.scenario
    clock = _clock(scenario.clock, real_ms)
    opened_ms = clock.now_ms(real_ms) if opened_ms is None else opened_ms
    faults, happenings = named(scenario.faults, scenario.timeline)
    timeline = [(happening.at_ms(opened_ms), happening) for happening in happenings]
    return World(
        name=name,
        scenario=scenario,
        catalogue=blueprint.catalogue,
        seed=seed,
        opened_ms=opened_ms,
        timeline=tuple(sorted(timeline, key=lambda entry: entry[0])),
        journal=Journal(),
        clock=clock,
        limits=scenario.limits,
        behaviour=scenario.behaviour,
        accounts=dict(blueprint.accounts),
        keys=dict(blueprint.keys),
        meter=Meter(),
        faults={fault.name: Armed(fault.name, fault) for fault in faults if fault.name},
        armed=max((minted(fault.name or "") for fault in faults), default=0),
        next_ms=min((at_ms for at_ms, _ in timeline), default=MAX_CLOCK_MS + 1),
    )


def _clock(spec: ClockSpec, real_ms: int) -> Clock:
    if spec.frozen_at is not None:
        return Clock(moment_ms(spec.frozen_at), real_ms, 0.0)
    return Clock(real_ms + spec.offset_ms, real_ms, spec.rate)


def _account(spec: AccountSpec, catalogue: Catalogue) -> Account:
    holds: dict[str, Any] = {
        endpoint.name: endpoint.stock(getattr(spec, endpoint.held_as))
        for endpoint in catalogue.endpoints
        if endpoint.held_as is not None
    }
    return Account(spec.uid, spec.portfolio_margin, holds)


def _key(spec: AnyKey, uid: int) -> Key:
    return Key(spec.api_key, uid, verifier_of(spec), frozenset(spec.permissions), frozenset(spec.allowed_ips))


def verifier_of(spec: AnyKey) -> Verifier:
    """Choose what verifies a key's signatures, by the key's type alone (observed)."""
    if isinstance(spec, HmacKey):
        return hmac_verifier(spec.secret)
    public_key = spec.public_key or ""
    return rsa_verifier(public_key) if isinstance(spec, RsaKey) else ed25519_verifier(public_key)
