"""The gateways: each one's order of checks, wording, budgets and headers, as data."""

from mockex.gateways.papi import PAPI
from mockex.gateways.sapi import SAPI
from mockex.gateways.spot import SPOT

__all__ = ["GATEWAYS", "PAPI", "SAPI", "SPOT"]

GATEWAYS = (PAPI, SAPI, SPOT)
"""The first answers for every path that is nobody's."""
