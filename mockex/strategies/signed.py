"""Signed requests that are let in: who may call what in a world, and how a call is written."""

from collections.abc import Callable, Sequence
from urllib.parse import quote_plus

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from msgspec import Struct, structs

from mockex.core.bounds import MAX_CLOCK_MS
from mockex.core.call import gather
from mockex.core.endpoint import Route
from mockex.core.pipeline import findings
from mockex.core.scenario import AnyKey
from mockex.core.wire import Request
from mockex.core.world import World
from mockex.signer import Signer
from mockex.strategies.arguments import check_names, check_whole
from mockex.strategies.held import PLAIN_MS
from mockex.strategies.sent import ROUTES, SIGNED, Parameters, parameters

IP = "127.0.0.1"

LATER = {"signature_is_missing", "parameter_is_malformed"}
"""What is wrong with a call only because it has not been written in full."""

STATE = {"ip_is_banned", "weight_is_over_the_limit"}
"""What a request hears for what was asked before it, and not for what it asks."""


class Caller(Struct, frozen=True, kw_only=True):
    """A key that calls an endpoint of a world at a time."""

    world: World
    route: Route
    key: AnyKey
    signer: Signer
    real_ms: int
    now_ms: int

    @property
    def allowed_ips(self) -> list[str]:
        """The IPs that the key may be used from; none where it may be used from all."""
        return sorted(self.world.keys[self.key.api_key].allowed_ips)


class Draft(Struct, frozen=True, kw_only=True):
    """A call before it is written; its defaults are what is right.

    Of the parameters, those from `in_body` on are sent in the body. `signature` makes the signature of a payload, or
    None to send none; it stands `from_last` places before the last.
    """

    caller: Caller
    parameters: Parameters
    ip: str
    method: str | None = None
    path: str | None = None
    has_other_key: bool = False
    api_key: str | None = None
    in_body: int | None = None
    signature: Callable[[str], str | None] | None = None
    from_last: int = 0


def written(draft: Draft) -> Request:
    """Write a call and sign it."""
    caller, endpoint = draft.caller, draft.caller.route.endpoint
    segments = [f"{quote_plus(name)}={quote_plus(value)}" for name, value in draft.parameters.items()]
    query, body = segments[: draft.in_body], segments[draft.in_body :] if draft.in_body is not None else []
    signature = (draft.signature or caller.signer.signature)("&".join(query) + "&".join(body))
    if signature is not None:
        last = body or query
        last.insert(len(last) - draft.from_last, f"signature={quote_plus(signature)}")
    return Request(
        method=draft.method or endpoint.method,
        target=f"{draft.path or endpoint.path}?{'&'.join(query)}",
        received_at_ms=caller.real_ms,
        ip=draft.ip,
        api_key=draft.api_key if draft.has_other_key else caller.key.api_key,
        body="&".join(body).encode(),
    )


@st.composite
def drafts(draw: st.DrawFn, caller: Caller, changes: dict[str, str | None] | None = None) -> Draft:
    """Draw a call that is right but for what `changes` say of its parameters; None leaves one out."""
    return Draft(
        caller=caller,
        parameters=draw(parameters(caller.route, caller.now_ms, changes)),
        ip=draw(st.sampled_from(caller.allowed_ips) if caller.allowed_ips else _ips),
    )


_ips = st.just(IP) | st.ip_addresses().map(str)


def signed_requests(
    world: World, *, endpoints: Sequence[str] = SIGNED, real_ms: int = PLAIN_MS
) -> st.SearchStrategy[Request]:
    """Draw requests that the world, as it now is, lets in at `real_ms` of the machine's time, if weight is left.

    The signature is the last parameter, unless the world lets it stand anywhere. Raises InvalidArgument where no key of
    the world may call any of the `endpoints`. Shrinks to the first key that may, its timestamp the time of the world.
    """
    check_call(world, endpoints, real_ms)
    admitted = [caller for caller in callers(world, endpoints, real_ms) if not defects(caller)]
    if not admitted:
        raise InvalidArgument(f"Expected `world` to have a key that may call one of {', '.join(endpoints)}")
    return st.sampled_from(admitted).flatmap(_signed)


def check_call(world: object, endpoints: object, real_ms: object) -> None:
    """Refuse what cannot be called. Raises InvalidArgument."""
    if not isinstance(world, World):
        raise InvalidArgument(f"Expected `world` to be a World, got {world!r}")
    check_names("endpoints", endpoints, SIGNED)
    check_whole("real_ms", real_ms, 0, MAX_CLOCK_MS)


@st.composite
def _signed(draw: st.DrawFn, caller: Caller) -> Request:
    draft = draw(drafts(caller))
    return written(anywhere(draft, draw(_places)) if may_stand_anywhere(caller) else draft)


_places = st.just(0) | st.integers(0, 9)


def may_stand_anywhere(caller: Caller) -> bool:
    """Say whether the world takes a signature that is not the last parameter."""
    return caller.world.behaviour.signature_position == "any"


def anywhere(draft: Draft, from_last: int) -> Draft:
    """Put the signature before the last so many parameters, of those that there are."""
    return structs.replace(draft, from_last=min(from_last, len(draft.parameters)))


def callers(world: World, endpoints: Sequence[str], real_ms: int) -> list[Caller]:
    """List who may sign what in a world as it now is; a key whose private half is not known signs nothing.

    The endpoint with the fewest parameters comes first, for its calls are the plainest.
    """
    now_ms = world.now_ms(real_ms)
    keys = [key for account in world.scenario.accounts for key in account.keys]
    return [
        Caller(world=world, route=ROUTES[name], key=key, signer=signer, real_ms=real_ms, now_ms=now_ms)
        for key in keys
        if (signer := _signer_of(key)) is not None
        for name in sorted(endpoints, key=lambda name: len(ROUTES[name].parameters))
    ]


def _signer_of(key: AnyKey) -> Signer | None:
    try:
        return Signer.of(key)
    except (OSError, ValueError):
        return None


def defects(caller: Caller) -> set[str]:
    """Ask the gateway what it would refuse a call of the caller's for, however right the request itself is."""
    endpoint = caller.route.endpoint
    bare = Request(
        method=endpoint.method,
        target=f"{endpoint.path}?timestamp={caller.now_ms}",
        received_at_ms=caller.real_ms,
        ip=next(iter(caller.allowed_ips), IP),
        api_key=caller.key.api_key,
    )
    steps = findings(gather(bare, caller.world, caller.world.catalogue))
    return {step.name for step, refuses in steps if refuses} - LATER - STATE
