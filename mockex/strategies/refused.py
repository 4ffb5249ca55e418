"""Requests that are wrong in exactly one way, each with the name of the step that must refuse it."""

from collections.abc import Callable, Sequence

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from msgspec import Struct, structs

from mockex.core.bounds import DEFAULT_RECV_WINDOW_MS
from mockex.core.checks import API_KEY_CHARS
from mockex.core.wire import Request
from mockex.core.world import World
from mockex.endpoints import CATALOGUE
from mockex.strategies import wrong
from mockex.strategies.arguments import check_names
from mockex.strategies.held import PLAIN_MS
from mockex.strategies.keys import ALPHABET
from mockex.strategies.sent import SIGNED, range_parameters, recv_windows
from mockex.strategies.signed import Caller, Draft, anywhere, callers, check_call, defects, drafts, written


class Wrong(Struct, frozen=True):
    """A request, and the name of the one step of its gateway that refuses it."""

    request: Request
    refused_by: str


Way = Callable[[st.DrawFn, Caller], Draft]
"""Draws a call that is right but for one thing."""


def _path_is_unknown(draw: st.DrawFn, caller: Caller) -> Draft:
    path = caller.route.endpoint.path
    near = [path + "x", path + "/", path.upper(), path.replace("/", "//", 1), path[:-1], path.replace("o", "%6F", 1)]
    return structs.replace(draw(drafts(caller)), path=draw(st.sampled_from(near)))


def _method_is_wrong(draw: st.DrawFn, caller: Caller) -> Draft:
    known = CATALOGUE.routes[caller.route.endpoint.path]
    methods = [one for one in ("POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "GET", "get") if one not in known]
    return structs.replace(draw(drafts(caller)), method=draw(st.sampled_from(methods)))


def _get_carries_a_body(draw: st.DrawFn, caller: Caller) -> Draft:
    draft = draw(drafts(caller))
    return structs.replace(draft, in_body=draw(st.integers(0, len(draft.parameters) - 1)))


def _api_key_is_malformed(draw: st.DrawFn, caller: Caller) -> Draft:
    right = caller.key.api_key
    near = [None, "", right[:-1], right + "0", f" {right[1:]}", f"{right[:-1]}-", f"{right[:-1]}é", f'"{right}"']
    return structs.replace(draw(drafts(caller)), has_other_key=True, api_key=draw(st.sampled_from(near)))


def _api_key_is_unknown(draw: st.DrawFn, caller: Caller) -> Draft:
    strange = st.just("0" * API_KEY_CHARS) | st.text(ALPHABET, min_size=API_KEY_CHARS, max_size=API_KEY_CHARS)
    strange |= st.sampled_from([caller.key.api_key.swapcase(), caller.key.api_key[::-1]])
    unknown = strange.filter(lambda name: name not in caller.world.keys)
    return structs.replace(draw(drafts(caller)), has_other_key=True, api_key=draw(unknown))


def _ip_is_not_allowed(draw: st.DrawFn, caller: Caller) -> Draft:
    others = (st.just("127.0.0.1") | st.ip_addresses().map(str)).filter(lambda ip: ip not in caller.allowed_ips)
    return structs.replace(draw(drafts(caller)), ip=draw(others))


def _timestamp_is_missing(draw: st.DrawFn, caller: Caller) -> Draft:
    return draw(drafts(caller, {"timestamp": draw(st.none() | wrong.bad_longs())}))


def _signature_is_missing(draw: st.DrawFn, caller: Caller) -> Draft:
    nothing = draw(st.sampled_from([None, ""]))
    return structs.replace(draw(drafts(caller)), signature=lambda _: nothing)


def _recv_window_is_malformed(draw: st.DrawFn, caller: Caller) -> Draft:
    return draw(drafts(caller, {"recvWindow": draw(wrong.malformed_recv_windows())}))


def _recv_window_is_too_large(draw: st.DrawFn, caller: Caller) -> Draft:
    return draw(drafts(caller, {"recvWindow": str(draw(wrong.too_large_recv_windows()))}))


def _timestamp_is_late(draw: st.DrawFn, caller: Caller) -> Draft:
    recv_window_ms = draw(
        (st.none() | recv_windows()).filter(lambda ms: (ms or DEFAULT_RECV_WINDOW_MS) < caller.now_ms)
    )
    late = wrong.late_timestamps(now_ms=caller.now_ms, recv_window_ms=recv_window_ms or DEFAULT_RECV_WINDOW_MS)
    sent = {"timestamp": str(draw(late)), "recvWindow": None if recv_window_ms is None else str(recv_window_ms)}
    return draw(drafts(caller, sent))


def _timestamp_is_early(draw: st.DrawFn, caller: Caller) -> Draft:
    return draw(drafts(caller, {"timestamp": str(draw(wrong.early_timestamps(now_ms=caller.now_ms)))}))


def _signature_is_not_last(draw: st.DrawFn, caller: Caller) -> Draft:
    return anywhere(draw(drafts(caller)), draw(st.integers(1, 9)))


def _signature_is_wrong(draw: st.DrawFn, caller: Caller) -> Draft:
    draft = draw(drafts(caller))
    bad = draw(wrong.bad_signatures(signer=caller.signer, payload=payload_of(draft)))
    return structs.replace(draft, signature=lambda _: bad)


def payload_of(draft: Draft) -> str:
    """Give what a call without a body is signed over."""
    return written(structs.replace(draft, signature=lambda _: None)).target.partition("?")[2]


def _parameter_is_malformed(draw: st.DrawFn, caller: Caller) -> Draft:
    names = [one.name for one in caller.route.parameters if one.is_mandatory]
    return draw(drafts(caller, {draw(st.sampled_from(names)): draw(st.none() | wrong.bad_longs())}))


def _start_is_after_end(draw: st.DrawFn, caller: Caller) -> Draft:
    return draw(drafts(caller, {**range_parameters(draw(wrong.reversed_ranges(now_ms=caller.now_ms)))}))


def _interval_is_too_big(draw: st.DrawFn, caller: Caller) -> Draft:
    return draw(drafts(caller, {**range_parameters(draw(wrong.too_big_ranges(now_ms=caller.now_ms)))}))


def _is_refused_anyway(draw: st.DrawFn, caller: Caller) -> Draft:
    return draw(drafts(caller))


WAYS: dict[str, Way] = {
    "signature_is_wrong": _signature_is_wrong,
    "signature_is_missing": _signature_is_missing,
    "signature_is_not_last": _signature_is_not_last,
    "timestamp_is_missing": _timestamp_is_missing,
    "timestamp_is_late": _timestamp_is_late,
    "timestamp_is_early": _timestamp_is_early,
    "recv_window_is_malformed": _recv_window_is_malformed,
    "recv_window_is_too_large": _recv_window_is_too_large,
    "parameter_is_malformed": _parameter_is_malformed,
    "start_is_after_end": _start_is_after_end,
    "interval_is_too_big": _interval_is_too_big,
    "api_key_is_malformed": _api_key_is_malformed,
    "api_key_is_unknown": _api_key_is_unknown,
    "ip_is_not_allowed": _ip_is_not_allowed,
    "method_is_wrong": _method_is_wrong,
    "path_is_unknown": _path_is_unknown,
    "get_carries_a_body": _get_carries_a_body,
    "permission_is_missing": _is_refused_anyway,
    "account_is_no_portfolio_margin_account": _is_refused_anyway,
    "owes_nothing": _is_refused_anyway,
}
"""How to be refused by a step: what a client is most likely to get wrong first."""


def can_be_refused(caller: Caller, name: str) -> bool:
    """Say whether a call of the caller's can be wrong in this way, and in no other."""
    if name not in {step.name for step in caller.route.steps}:
        return False
    if WAYS[name] is _is_refused_anyway:
        return defects(caller) == {name}
    if defects(caller):
        return False
    match name:
        case "ip_is_not_allowed":
            return bool(caller.allowed_ips)
        case "signature_is_not_last":
            return caller.world.behaviour.signature_position == "last"
        case "timestamp_is_late":
            return caller.now_ms > 1
        case "parameter_is_malformed":
            return any(one.is_mandatory for one in caller.route.parameters)
        case _:
            return True


def wrong_requests(
    world: World,
    *,
    endpoints: Sequence[str] = SIGNED,
    refused_by: Sequence[str] | None = None,
    real_ms: int = PLAIN_MS,
) -> st.SearchStrategy[Wrong]:
    """Draw requests that are wrong in exactly one way, with the step of that name that refuses them.

    They are wrong in every way that the world, as it now is, has a key for, or in those that `refused_by` names. Raises
    InvalidArgument where there is none. Bans and used weight are not a request's own, and are left out. Shrinks to a
    request whose signature is 64 zeros.
    """
    check_call(world, endpoints, real_ms)
    if refused_by is not None:
        check_names("refused_by", refused_by, tuple(WAYS))
    asked = [name for name in WAYS if refused_by is None or name in refused_by]
    known = callers(world, endpoints, real_ms)
    ways = [(name, able) for name in asked if (able := [one for one in known if can_be_refused(one, name)])]
    if not ways:
        raise InvalidArgument(f"Expected `world` to have a key that can be refused by one of {', '.join(asked)}")
    return st.sampled_from(ways).flatmap(lambda way: _wrong(way[0], st.sampled_from(way[1])))


@st.composite
def _wrong(draw: st.DrawFn, name: str, able: st.SearchStrategy[Caller]) -> Wrong:
    return Wrong(written(WAYS[name](draw, draw(able))), name)
