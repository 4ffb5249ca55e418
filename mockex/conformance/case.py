"""A case: what the exchange holds, and what happens one after the other; all that is needed to repeat it."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from mockex.core.account import KeyType
from mockex.core.faults import Fault
from mockex.core.scenario import Behaviour
from mockex.core.weight import Limits
from mockex.endpoints.negative_balance_exchange_record import Detail, Record
from mockex.endpoints.pm_loan import Loan
from mockex.testing.certificates import Certificate

NOW_MS = 1_767_225_600_000
"""The beginning of 2026: the time of a case, for a client that takes its time from its target."""

DAY_MS = 86_400_000


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="do"):
    """What is done next."""


class Ask(Step, frozen=True, kw_only=True, tag="ask"):
    """Ask the client for its loan, or for its records within [start_ms, end_ms]; it sends `parameters` along."""

    what: Literal["loan", "records"] = "loan"
    start_ms: int = NOW_MS - DAY_MS
    end_ms: int = NOW_MS
    parameters: dict[str, str] = {}


class Together(Step, frozen=True, kw_only=True, tag="together"):
    """Ask one instance of the client several things at once."""

    asks: tuple[Ask, ...]


class Disturb(Step, frozen=True, kw_only=True, tag="disturb"):
    """Let calls meet a fault. A redirect to port 1 leads to another exchange, whose journal is looked at."""

    fault: Fault


class Calm(Step, frozen=True, kw_only=True, tag="calm"):
    """Let no fault strike any more."""


class Wait(Step, frozen=True, kw_only=True, tag="wait"):
    """Let time go by, for the exchange and for the client."""

    s: Annotated[float, Meta(ge=0)]


class Skew(Step, frozen=True, kw_only=True, tag="skew"):
    """Let the exchange's clock be so far ahead of the client's, or behind."""

    ms: int


class Owe(Step, frozen=True, kw_only=True, tag="owe"):
    """Let the account owe something else."""

    loan: Loan


class Drop(Step, frozen=True, kw_only=True, tag="drop"):
    """Close the connections that the client keeps alive, as gateways do with idle ones."""


AnyStep = Ask | Together | Disturb | Calm | Wait | Skew | Owe | Drop


class Case(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One account with one key, in an exchange of its own, and what is done; `recv_window_ms` None is the client's.

    `is_tls` serves it over TLS, with a `certificate` that is right or not. Once the client was closed, its connections
    have `close_s` to be.
    """

    name: str
    key: KeyType = "HMAC"
    recv_window_ms: int | None = None
    loan: Loan = Loan(asset="USDT", amount="250.5")
    records: tuple[Record, ...] = ()
    limits: Limits = Limits()
    behaviour: Behaviour = Behaviour()
    is_tls: bool = False
    certificate: Certificate = "right"
    close_s: Annotated[float, Meta(ge=0, le=60)] = 0.05
    steps: tuple[AnyStep, ...] = ()

    @property
    def asks(self) -> tuple[Ask, ...]:
        """All that the client is asked, in order."""
        found: list[Ask] = []
        for step in self.steps:
            found += [step] if isinstance(step, Ask) else step.asks if isinstance(step, Together) else []
        return tuple(found)


def record(start_ms: int, asset: str = "ETH", balance: str = "1.5", threshold: str = "0.5") -> Record:
    """Make a record of one asset that took a minute; numbers stand in the answer as they are written here."""
    detail = Detail(asset=asset, negative_balance=Decimal(balance), negative_max_threshold=Decimal(threshold))
    return Record(start_time=start_ms, end_time=start_ms + 60_000, details=(detail,))
