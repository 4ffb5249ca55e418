"""A world: one isolated exchange, with its accounts and keys, clock, limits, behaviour and meter."""

from msgspec import Struct

from mockex.core.account import Account, Key
from mockex.core.clock import Clock
from mockex.core.endpoint import Catalogue
from mockex.core.scenario import AccountSpec, AnyKey, Behaviour, ClockSpec, HmacKey, RsaKey, Scenario, moment_ms
from mockex.core.signing import Verifier, ed25519_verifier, hmac_verifier, rsa_verifier
from mockex.core.weight import Limits, Meter


class World(Struct, kw_only=True):
    """A running scenario."""

    name: str
    scenario: Scenario
    clock: Clock
    limits: Limits
    behaviour: Behaviour
    accounts: dict[int, Account]
    keys: dict[str, Key]
    meter: Meter


def open_world(name: str, scenario: Scenario, catalogue: Catalogue, real_ms: int) -> World:
    """Run a scenario, whose files are read and whose data is generated, from this time of the machine on."""
    accounts = {spec.uid: _account(spec, catalogue) for spec in scenario.accounts}
    keys = {key.api_key: _key(key, spec.uid) for spec in scenario.accounts for key in spec.keys}
    return World(
        name=name,
        scenario=scenario,
        clock=_clock(scenario.clock, real_ms),
        limits=scenario.limits,
        behaviour=scenario.behaviour,
        accounts=accounts,
        keys=keys,
        meter=Meter(),
    )


def _clock(spec: ClockSpec, real_ms: int) -> Clock:
    if spec.frozen_at is not None:
        return Clock(moment_ms(spec.frozen_at), real_ms, 0.0)
    return Clock(real_ms + spec.offset_ms, real_ms, spec.rate)


def _account(spec: AccountSpec, catalogue: Catalogue) -> Account:
    holds = {
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
