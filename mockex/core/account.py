"""Accounts of a running world and their API keys."""

from typing import Any

from msgspec import Struct

from mockex.core.signing import Verifier


class Account(Struct):
    """One account: its UID, its kind, and what it holds for each endpoint, by the endpoint's name."""

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
