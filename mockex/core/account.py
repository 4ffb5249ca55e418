"""Accounts of a running world and their API keys."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from mockex.core.signing import Verifier

Permission = Literal[
    "enableReading",
    "enablePortfolioMarginTrading",
    "enableSpotAndMarginTrading",
    "enableMargin",
    "enableFutures",
    "enableVanillaOptions",
    "enableInternalTransfer",
    "permitsUniversalTransfer",
    "enableWithdrawals",
    "enableFixApiTrade",
    "enableFixReadOnly",
]
"""A key's permissions, in the words of `GET /sapi/v1/account/apiRestrictions` (observed)."""

KeyType = Literal["HMAC", "RSA", "Ed25519"]

ApiKey = Annotated[str, Meta(pattern="^[A-Za-z0-9]{64}$(?!\\n)", description="64 letters and digits")]


class Account(Struct, frozen=True):
    """One account: its UID, its kind, and what it holds for each endpoint, by the endpoint's name.

    It is never changed, only replaced in its world, so that worlds and snapshots may share it.
    """

    uid: int
    is_portfolio_margin: bool
    holds: dict[str, Any]


class Key(Struct, frozen=True):
    """One API key of an account, with what its signatures are verified by; an empty `allowed_ips` allows every IP."""

    api_key: str
    uid: int
    verify: Verifier
    permissions: frozenset[str]
    allowed_ips: frozenset[str]
