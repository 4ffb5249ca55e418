"""What happens in a world at a time of its clock: entries of the scenario, made true when the clock has passed them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct, structs

from mockex.core.account import Permission
from mockex.core.bounds import MAX_CLOCK_MS
from mockex.core.clock import Moment, moment_ms
from mockex.core.faults import Armed, Fault

if TYPE_CHECKING:
    from mockex.core.world import World


MAX_S = MAX_CLOCK_MS / 1_000


class Happening(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that happens `at` a moment, or `after_s` seconds from the world's beginning on.

    `account` says whose affair it is: what it then holds for an endpoint, and whether it still is a Portfolio Margin
    account. A `key` is given other `permissions`. `faults` begin; with `lasts_s` they end again.
    """

    says: str = ""
    at: Moment | None = None
    after_s: Annotated[float, Meta(ge=0, le=MAX_S)] | None = None
    account: int | None = None
    portfolio_margin: bool | None = None
    key: str | None = None
    permissions: tuple[Permission, ...] | None = None
    faults: tuple[Fault, ...] = ()
    lasts_s: Annotated[float, Meta(gt=0, le=MAX_S)] | None = None

    def __post_init__(self) -> None:
        """Refuse what has no time, or two, and what would say something of nobody."""
        if (self.at is None) == (self.after_s is None):
            raise ValueError("Expected either `at` or `after_s`")
        if (self.key is None) != (self.permissions is None):
            raise ValueError("Expected `key` and `permissions` together")
        if self.lasts_s is not None and not self.faults:
            raise ValueError("Expected `lasts_s` beside the `faults` that it ends")
        held = (name for name in self.__struct_fields__ if name not in Happening.__struct_fields__)
        affairs = [name for name in ("portfolio_margin", *held) if getattr(self, name) is not None]
        if (self.account is not None) != bool(affairs):
            raise ValueError("Expected `account` and what becomes of it together")

    def at_ms(self, opened_ms: int) -> int:
        """Say when it happens in a world that was opened at this time of its own clock."""
        return moment_ms(self.at) if self.at is not None else opened_ms + round((self.after_s or 0) * 1_000)


def named(
    faults: tuple[Fault, ...], timeline: tuple[Happening, ...]
) -> tuple[tuple[Fault, ...], tuple[Happening, ...]]:
    """Name the faults of a scenario that have no name: `fN` and `tN` by their places, the same after every revert."""
    if not faults and not timeline:
        return faults, timeline
    news = [fault for happening in timeline for fault in happening.faults]
    taken = {fault.name for fault in (*faults, *news)}
    f_names, t_names = _free_names("f", taken), _free_names("t", taken)
    return _with_names(faults, f_names), tuple(
        structs.replace(one, faults=_with_names(one.faults, t_names)) if one.faults else one for one in timeline
    )


def _free_names(letter: str, taken: set[str | None]) -> Iterator[str]:
    return (name for n in count(1) if (name := f"{letter}{n}") not in taken)


def _with_names(faults: tuple[Fault, ...], names: Iterator[str]) -> tuple[Fault, ...]:
    return tuple(fault if fault.name else structs.replace(fault, name=next(names)) for fault in faults)


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
        if happening.portfolio_margin is not None:
            account = world.accounts[happening.account]
            world.accounts[account.uid] = structs.replace(account, is_portfolio_margin=happening.portfolio_margin)
        for endpoint in world.catalogue.endpoints:
            news = getattr(happening, endpoint.held_as, None) if endpoint.held_as else None
            if news is not None:
                world.add(happening.account, endpoint, news)
    if happening.key is not None and happening.permissions is not None:
        key = world.keys[happening.key]
        world.keys[key.api_key] = structs.replace(key, permissions=frozenset(happening.permissions))
    lasts_ms = round(happening.lasts_s * 1_000) if happening.lasts_s else MAX_CLOCK_MS
    until_ms = min(at_ms + lasts_ms, MAX_CLOCK_MS)
    for fault in happening.faults:
        begun = structs.replace(fault, since_ms=max(fault.since_ms, at_ms), until_ms=min(fault.until_ms, until_ms))
        assert begun.name is not None
        world.faults[begun.name] = Armed(begun.name, begun)


def mistakes(timeline: tuple[Happening, ...], uids: set[int], keys: set[str]) -> str | None:
    """Say which account or key of a timeline is nobody's, or None."""
    for number, happening in enumerate(timeline):
        if happening.account is not None and happening.account not in uids:
            return f"Expected `timeline[{number}].account` to be the uid of an account, got `{happening.account}`"
        if happening.key is not None and happening.key not in keys:
            return f"Expected `timeline[{number}].key` to be the api_key of an account, got `{happening.key}`"
    return None
