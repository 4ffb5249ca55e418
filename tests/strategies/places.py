"""Worlds with a key for every way of being refused, whose clock stands still."""

from functools import cache

from mockex.core.scenario import Behaviour
from mockex.core.world import World, open_world
from mockex.endpoints import CATALOGUE
from mockex.endpoints.pm_loan import Loan
from tests.alice import ALICE, NOW_MS, key, scenario

ELSEWHERE = key("elsewhere", allowed_ips=("203.0.113.9", "2001:db8::9"))
POWERLESS = key("powerless", permissions=())
CLASSIC = key("classic")


@cache
def world(*, is_strict: bool = False) -> World:
    """Open one; a strict one wants the signature last, and refuses who owes nothing, as Bob does not."""
    accounts = (
        {"uid": 1, "keys": (ALICE, ELSEWHERE, POWERLESS)},
        {"uid": 2, "keys": (CLASSIC,), "portfolio_margin": False},
        {"uid": 3, "keys": (key("bob"),), "loan": Loan("BUSD", "0.01")},
    )
    behaviour = Behaviour(signature_position="last", no_loan="refuse") if is_strict else Behaviour()
    return open_world("drawn", scenario(*accounts, behaviour=behaviour), CATALOGUE, NOW_MS)
