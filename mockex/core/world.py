"""A world: one isolated exchange, with its accounts and keys, clock, limits, behaviour, meter, faults and journal."""

from collections import Counter
from typing import Any

import msgspec
from msgspec import Struct, structs

from mockex.core.account import Account, Key
from mockex.core.bounds import MAX_CLOCK_MS, MAX_FAULTS
from mockex.core.clock import Clock, moment_ms
from mockex.core.endpoint import Catalogue
from mockex.core.faults import Armed, Fault
from mockex.core.journal import Journal
from mockex.core.scenario import AccountSpec, AnyKey, Behaviour, ClockSpec, HmacKey, RsaKey, Scenario
from mockex.core.signing import Verifier, ed25519_verifier, hmac_verifier, rsa_verifier
from mockex.core.timeline import Happening, catch_up
from mockex.core.weight import Limits, Meter


class World(Struct, kw_only=True):
    """A running scenario.

    `timeline` is what will happen or has, in its order and with its time on the world's clock; `happened` counts what
    has, and `next_ms` is when the next is due. `armed` counts the faults ever declared; names never recur.
    `verdicts` counts calls by gateway, endpoint and the step that refused; no revert takes it back.
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

    def now_ms(self, real_ms: int) -> int:
        """Read the world's clock at a time of the machine, and let happen what is due."""
        now_ms = self.clock.now_ms(real_ms)
        if now_ms >= self.next_ms:
            catch_up(self, now_ms)
        return now_ms

    def arm(self, fault: Fault) -> Armed:
        """Declare a fault; gives it with its name. Raises ValueError where the name is taken or there are too many."""
        if len(self.faults) >= MAX_FAULTS:
            raise ValueError(f"a world has at most {MAX_FAULTS} faults")
        self.armed += 1
        name = fault.name or f"f{self.armed}"
        if name in self.faults:
            raise ValueError(f"there is a fault {name!r} already")
        armed = self.faults[name] = Armed(name, fault)
        return armed

    def copied(self) -> "World":
        """Copy all that can change; what never does, and the journal, is shared."""
        return structs.replace(
            self,
            clock=structs.replace(self.clock),
            accounts={uid: structs.replace(one, holds=dict(one.holds)) for uid, one in self.accounts.items()},
            keys=dict(self.keys),
            meter=self.meter.copied(),
            faults={name: structs.replace(armed) for name, armed in self.faults.items()},
        )

    def become(self, saved: "World") -> None:
        """Take over all that can change from a copy, which stays as it is."""
        fresh = saved.copied()
        for name in CHANGING:
            setattr(self, name, getattr(fresh, name))


CHANGING = tuple(
    name
    for name in World.__struct_fields__
    if name not in ("name", "scenario", "catalogue", "seed", "opened_ms", "timeline", "journal", "verdicts")
)


def open_world(name: str, scenario: Scenario, catalogue: Catalogue, real_ms: int, seed: int | None = None) -> World:
    """Run a scenario, whose files are read and whose data is generated, from this time of the machine on."""
    clock = _clock(scenario.clock, real_ms)
    opened_ms = clock.now_ms(real_ms)
    timeline = [(happening.at_ms(opened_ms), happening) for happening in scenario.timeline]
    world = World(
        name=name,
        scenario=scenario,
        catalogue=catalogue,
        seed=scenario.seed if seed is None else seed,
        opened_ms=opened_ms,
        timeline=tuple(sorted(timeline, key=lambda entry: entry[0])),
        journal=Journal(),
        clock=clock,
        limits=scenario.limits,
        behaviour=scenario.behaviour,
        accounts={spec.uid: _account(spec, catalogue) for spec in scenario.accounts},
        keys={key.api_key: _key(key, spec.uid) for spec in scenario.accounts for key in spec.keys},
        meter=Meter(),
        faults={},
        next_ms=min((at_ms for at_ms, _ in timeline), default=MAX_CLOCK_MS + 1),
    )
    for fault in scenario.faults:
        world.arm(fault)
    return world


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
