"""The questions that gateways ask about a call, each pure and total; which are asked, and when, is the gateway's.

A question says True where something is wrong, and abstains (says False) where that is another question's business.
"""

from mockex.core.bounds import EARLIEST_TIMESTAMP_AHEAD_MS, MAX_RECV_WINDOW_MS
from mockex.core.call import Call
from mockex.core.wire import as_bytes

API_KEY_CHARS = 64


def get_carries_a_body(call: Call) -> bool:
    """Does a GET carry a body?"""
    return call.request.method == "GET" and bool(call.request.body)


def path_is_unknown(call: Call) -> bool:
    """Is there no such path? Case, slashes and percent escapes count."""
    return not call.path_is_known


def method_is_wrong(call: Call) -> bool:
    """Is the path known, but not with this method?"""
    return call.path_is_known and call.route is None


def api_key_is_malformed(call: Call) -> bool:
    """Is the X-MBX-APIKEY header missing, or not 64 letters and digits?"""
    return call.is_signed and call.key is None and not _is_well_formed(call.request.api_key)


def api_key_is_unknown(call: Call) -> bool:
    """Does no account have this well-formed key?"""
    return call.is_signed and call.key is None and _is_well_formed(call.request.api_key)


def _is_well_formed(api_key: str | None) -> bool:
    return api_key is not None and len(api_key) == API_KEY_CHARS and api_key.isascii() and api_key.isalnum()


def ip_is_not_allowed(call: Call) -> bool:
    """Is the key restricted to other IPs?"""
    return call.key is not None and bool(call.key.allowed_ips) and call.request.ip not in call.key.allowed_ips


def permission_is_missing(call: Call) -> bool:
    """Does the key lack the permission that the endpoint needs?"""
    if call.key is None or call.route is None:
        return False
    permission = call.route.endpoint.permission
    return permission is not None and permission not in call.key.permissions


def account_is_no_portfolio_margin_account(call: Call) -> bool:
    """Does the key belong to an account that is no Portfolio Margin account?"""
    return call.account is not None and not call.account.is_portfolio_margin


def timestamp_is_missing(call: Call) -> bool:
    """Is the timestamp missing, empty, or no LONG?"""
    return call.is_signed and call.timestamp_ms is None


def signature_is_missing(call: Call) -> bool:
    """Is the signature missing or empty?"""
    return call.is_signed and not call.params.signature


def recv_window_is_malformed(call: Call) -> bool:
    """Was a recvWindow sent that is empty, zero, negative or no LONG?"""
    return call.is_signed and call.recv_window_ms is None


def recv_window_is_too_large(call: Call) -> bool:
    """Is the recvWindow above 60,000 ms? 60,000 itself is allowed."""
    return call.is_signed and call.recv_window_ms is not None and call.recv_window_ms > MAX_RECV_WINDOW_MS


def timestamp_is_late(call: Call) -> bool:
    """Is the timestamp older than the recvWindow? `serverTime - timestamp <= recvWindow` passes."""
    if not call.is_signed or call.timestamp_ms is None or call.recv_window_ms is None:
        return False
    return call.now_ms - call.timestamp_ms > call.recv_window_ms


def timestamp_is_early(call: Call) -> bool:
    """Is the timestamp 1,000 ms ahead of the server, or more? `timestamp < serverTime + 1000` passes."""
    if not call.is_signed or call.timestamp_ms is None:
        return False
    return call.timestamp_ms >= call.now_ms + EARLIEST_TIMESTAMP_AHEAD_MS


def signature_is_not_last(call: Call) -> bool:
    """Does something follow the signature, in a world whose `signature_position` is "last"?"""
    if not call.is_signed or not call.params.signature:
        return False
    return call.world.behaviour.signature_position == "last" and not call.params.signature_is_last


def signature_is_wrong(call: Call) -> bool:
    """Does the signature not fit the characters that were sent, by the algorithm of the key's type?"""
    if call.key is None or not call.params.signature:
        return False
    return not call.key.verify(as_bytes(call.params.payload), call.params.signature)


def parameter_is_malformed(call: Call) -> bool:
    """Is a mandatory parameter of the endpoint missing, empty or malformed, or an optional one malformed?"""
    return bool(call.bad_parameters)
