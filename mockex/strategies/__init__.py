"""Hypothesis strategies: what an exchange may hold, what it may be sent, and what may happen.

They need `hypothesis` (`pip install mockex[hypothesis]`), compose, and shrink to the plain case.
"""

from mockex.strategies.happens import clock_skews, clock_specs, effects, fault_plans, faults, moments, timelines
from mockex.strategies.held import amounts, assets, balances, details, loans, record_lists, records
from mockex.strategies.keys import api_keys
from mockex.strategies.refused import Wrong, wrong_requests
from mockex.strategies.sent import queries, ranges, recv_windows, timestamps
from mockex.strategies.signed import signed_requests
from mockex.strategies.worlds import accounts, behaviours, exchanges, limits, scenarios, worlds
from mockex.strategies.wrong import (
    bad_longs,
    bad_ranges,
    bad_recv_windows,
    bad_signatures,
    bad_timestamps,
    early_timestamps,
    late_timestamps,
)

__all__ = [
    "Wrong",
    "accounts",
    "amounts",
    "api_keys",
    "assets",
    "bad_longs",
    "bad_ranges",
    "bad_recv_windows",
    "bad_signatures",
    "bad_timestamps",
    "balances",
    "behaviours",
    "clock_skews",
    "clock_specs",
    "details",
    "early_timestamps",
    "effects",
    "exchanges",
    "fault_plans",
    "faults",
    "late_timestamps",
    "limits",
    "loans",
    "moments",
    "queries",
    "ranges",
    "record_lists",
    "records",
    "recv_windows",
    "scenarios",
    "signed_requests",
    "timelines",
    "timestamps",
    "worlds",
    "wrong_requests",
]
