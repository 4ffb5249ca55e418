"""The scenario format: these Structs are it; `mockex schema` prints their JSON Schema.

What an account holds for an endpoint is the endpoint's own affair, so the type of a whole scenario is made from the
catalogue.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, cast

from msgspec import Meta, Struct, defstruct

from mockex.core.account import ApiKey, KeyType, Permission
from mockex.core.bounds import MAX_FAULTS
from mockex.core.clock import Moment, moment_ms
from mockex.core.endpoint import Endpoint
from mockex.core.faults import Fault
from mockex.core.timeline import Happening, mistakes
from mockex.core.weight import Limits


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a scenario file; a name that is not known is a mistake."""


class Behaviour(Part, frozen=True, kw_only=True):
    """Where sources contradict each other and a client would notice: which of them the exchange follows.

    `signature_position`: whether `signature` may stand anywhere or must be the last parameter. `no_loan`: whether an
    account that owes nothing shows an amount of 0 (the endpoint's page) or hears -21004 (a FAQ of Binance).
    """

    signature_position: Literal["any", "last"] = "any"
    no_loan: Literal["zero", "refuse"] = "zero"


class ClockSpec(Part, frozen=True, kw_only=True):
    """The exchange's clock: still at `frozen_at`, or `offset_ms` from the machine's, running `rate` times as fast."""

    frozen_at: Moment | None = None
    offset_ms: int = 0
    rate: Annotated[float, Meta(ge=0, le=86_400)] = 1.0

    def __post_init__(self) -> None:
        """Refuse a clock that both stands still and runs."""
        if self.frozen_at is not None and (self.offset_ms or self.rate != 1.0):
            raise ValueError("Expected either `frozen_at`, or `offset_ms` and `rate`, not both")


class KeySpec(Part, frozen=True, kw_only=True):
    """One API key; without `allowed_ips` every IP may use it."""

    api_key: ApiKey
    permissions: tuple[Permission, ...] = ("enableReading", "enablePortfolioMarginTrading")
    allowed_ips: tuple[str, ...] = ()


class HmacKey(KeySpec, frozen=True, kw_only=True, tag="HMAC", tag_field="type"):
    """A key that signs with a shared secret."""

    secret: Annotated[str, Meta(min_length=1)]


class PublicKeySpec(KeySpec, frozen=True, kw_only=True):
    """A key that signs with a private key; the exchange needs its public half, inline or in a file, in PEM.

    The private half may be named too, so that mockex can hand it to tests. Files are found from the scenario's folder.
    """

    public_key: str | None = None
    public_key_file: str | None = None
    private_key: str | None = None
    private_key_file: str | None = None

    def __post_init__(self) -> None:
        """Refuse a key without its public half, or with two of them."""
        if (self.public_key is None) == (self.public_key_file is None):
            raise ValueError("Expected either `public_key` or `public_key_file`")


class RsaKey(PublicKeySpec, frozen=True, kw_only=True, tag="RSA", tag_field="type"):
    """A key that signs RSA PKCS#1 v1.5 with SHA-256."""


class Ed25519Key(PublicKeySpec, frozen=True, kw_only=True, tag="Ed25519", tag_field="type"):
    """A key that signs Ed25519."""


AnyKey = HmacKey | RsaKey | Ed25519Key


class GenerateForAccount(Part, frozen=True, kw_only=True):
    """What is generated for an account from the seed: records that begin within [`since`, `until`], a loan, keys."""

    records: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    since: Moment | None = None
    until: Moment | None = None
    loan: bool = False
    keys: tuple[KeyType, ...] = ()

    def __post_init__(self) -> None:
        """Refuse records without the time they belong to."""
        if self.records and (self.since is None or self.until is None or moment_ms(self.since) > moment_ms(self.until)):
            raise ValueError("Expected `since` <= `until`, because `records` are to be generated between them")
        if self.since is not None and moment_ms(self.since) < 0:
            raise ValueError("Expected `since` to be at least 1970-01-01T00:00:00Z")


class GenerateAccounts(Part, frozen=True, kw_only=True):
    """What is generated beside the accounts that are written out: whole accounts, each with what `each` says."""

    accounts: Annotated[int, Meta(ge=0, le=10_000)] = 0
    each: GenerateForAccount = GenerateForAccount(keys=("HMAC",))


class AccountSpec(Part, frozen=True, kw_only=True):
    """One account."""

    uid: Annotated[int, Meta(ge=1, le=(1 << 63) - 1)]
    portfolio_margin: bool = True
    keys: tuple[AnyKey, ...] = ()
    generate: GenerateForAccount | None = None


class Scenario(Part, frozen=True, kw_only=True):
    """A whole exchange in one file."""

    title: Annotated[str, Meta(min_length=1, max_length=120)]
    story: str = ""
    seed: Annotated[int, Meta(ge=0, le=(1 << 63) - 1)] = 0
    clock: ClockSpec = ClockSpec()
    limits: Limits = Limits()
    behaviour: Behaviour = Behaviour()
    generate: GenerateAccounts | None = None
    accounts: tuple[AccountSpec, ...] = ()
    faults: tuple[Fault, ...] = ()
    timeline: tuple[Happening, ...] = ()

    def __post_init__(self) -> None:
        """Refuse two accounts with one UID, two keys with one name, and a timeline that speaks of nobody."""
        _refuse_twins("uid", (account.uid for account in self.accounts))
        _refuse_twins("api_key", (key.api_key for account in self.accounts for key in account.keys))
        faults = [*self.faults, *(fault for happening in self.timeline for fault in happening.faults)]
        later = [fault.name for happening in self.timeline for fault in happening.faults if fault.name]
        _refuse_twins("name", [*{fault.name for fault in self.faults if fault.name}, *later])
        if len(faults) > MAX_FAULTS:
            raise ValueError(f"Expected at most {MAX_FAULTS} faults, got {len(faults)}")
        keys = {key.api_key for account in self.accounts for key in account.keys}
        if mistake := mistakes(self.timeline, {account.uid for account in self.accounts}, keys):
            raise ValueError(mistake)


def _refuse_twins(name: str, values: Iterable[object]) -> None:
    seen: set[object] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"Expected every `{name}` once, got `{value}` twice")
        seen.add(value)


def scenario_type(endpoints: Iterable[Endpoint]) -> type[Scenario]:
    """Make the type of a scenario whose accounts may hold something for each of these endpoints."""
    held = [
        (endpoint.held_as, endpoint.holds, endpoint.nothing) for endpoint in endpoints if endpoint.held_as is not None
    ]
    account = _extended("Account", AccountSpec, held)
    happening = _extended("Happening", Happening, [(name, shape | None, None) for name, shape, _ in held])
    parts = [("accounts", tuple[account, ...], ()), ("timeline", tuple[happening, ...], ())]  # type: ignore[valid-type]
    return cast("type[Scenario]", _extended("Scenario", Scenario, parts))


def _extended(name: str, part: type[Struct], fields: list[tuple[str, Any, Any]]) -> type[Struct]:
    return defstruct(
        name,
        fields,
        bases=(part,),
        namespace={"__doc__": part.__doc__},
        module=__name__,
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
