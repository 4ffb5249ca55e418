"""What happens in a world at a time of its clock: entries of the scenario, made true when the clock has passed them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct, structs

from mockex.core.account import Permission
from mockex.core.bounds import MAX_CLOCK_MS
from mockex.core.clock import Moment, moment_ms
from mockex.core.faults import Fault

if TYPE_CHECKING:
    from mockex.core.world import World


class Happening(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that happens `at` a moment, or `after_s` seconds from the world's beginning on.

    `account` says whose affair it is: what it then holds for an endpoint, and whether it still is a Portfolio Margin
    account. A `key` is given other `permissions`. `faults` begin; with `lasts_s` they end again.
    """

    says: str = ""
    at: Moment | None = None
    after_s: Annotated[float, Meta(ge=0)] | None = None
    account: int | None = None
    portfolio_margin: bool | None = None
    key: str | None = None
    permissions: tuple[Permission, ...] | None = None
    faults: tuple[Fault, ...] = ()
    lasts_s: Annotated[float, Meta(gt=0)] | None = None

    def __post_init__(self) -> None:
        """Refuse what has no time, or two."""
        if (self.at is None) == (self.after_s is None):
            raise ValueError("Expected either `at` or `after_s`")

    def at_ms(self, opened_ms: int) -> int:
        """Say when it happens in a world that was opened at this time of its own clock."""
        return moment_ms(self.at) if self.at is not None else opened_ms + round((self.after_s or 0) * 1_000)


def catch_up(world: World, now_ms: int) -> None:
    """Let everything happen that is due, in its order."""
    while world.happened < len(world.timeline) and world.timeline[world.happened][0] <= now_ms:
        at_ms, happening = world.timeline[world.happened]
        happen(world, happening, at_ms)
        world.happened += 1
    upcoming = world.timeline[world.happened :]
    world.next_ms = upcoming[0][0] if upcoming else MAX_CLOCK_MS + 1


def happen(world: World, happening: Happening, at_ms: int) -> None:
    """Make one thing true."""
    if happening.account is not None:
        account = world.accounts[happening.account]
        if happening.portfolio_margin is not None:
            account.is_portfolio_margin = happening.portfolio_margin
        for endpoint in world.catalogue.endpoints:
            news = getattr(happening, endpoint.held_as, None) if endpoint.held_as else None
            if news is not None:
                account.holds[endpoint.name] = endpoint.becomes(account.holds[endpoint.name], news)
    if happening.key is not None and happening.permissions is not None:
        key = world.keys[happening.key]
        world.keys[key.api_key] = structs.replace(key, permissions=frozenset(happening.permissions))
    until_ms = at_ms + round(happening.lasts_s * 1_000) if happening.lasts_s else MAX_CLOCK_MS
    for fault in happening.faults:
        world.arm(structs.replace(fault, since_ms=max(fault.since_ms, at_ms), until_ms=min(fault.until_ms, until_ms)))


def mistakes(timeline: tuple[Happening, ...], uids: set[int], keys: set[str]) -> str | None:
    """Say which account or key of a timeline is nobody's, or None."""
    for number, happening in enumerate(timeline):
        if happening.account is not None and happening.account not in uids:
            return f"Expected `timeline[{number}].account` to be the uid of an account, got `{happening.account}`"
        if happening.key is not None and happening.key not in keys:
            return f"Expected `timeline[{number}].key` to be the api_key of an account, got `{happening.key}`"
    return None
