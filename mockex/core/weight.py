"""Weight: the budgets of a world in fixed UTC minutes, and the bans of those who go on asking."""

from enum import StrEnum

from msgspec import Struct, structs

from mockex.core.bounds import MAX_LONG, MAX_WINDOWS

MINUTE_MS = 60_000
NO_WINDOW = (-1, 0)
"""The minute and the weight of a budget that nothing was charged to."""


class Scope(StrEnum):
    """Whose budget a call is charged to."""

    IP = "IP"
    UID = "UID"


class Weight(Struct, frozen=True):
    """What one call costs, and whom."""

    units: int
    per: Scope


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The limits of the gateways: weight per minute, and when and for how long an IP is banned."""

    papi_weight_per_ip: int = 6_000
    sapi_weight_per_ip: int = 12_000
    sapi_weight_per_uid: int = 180_000
    spot_weight_per_ip: int = 6_000
    offences_before_ban: int = 5
    first_ban_s: int = 120
    longest_ban_s: int = 259_200

    def __post_init__(self) -> None:
        """Refuse limits that no minute and no ban can have."""
        for name in self.__struct_fields__:
            if getattr(self, name) < 0:
                raise ValueError(f"Expected `{name}` to be at least 0")
            if getattr(self, name) > MAX_LONG:
                raise ValueError(f"Expected `{name}` to be at most {MAX_LONG}")
        if self.first_ban_s < 1 or self.longest_ban_s < self.first_ban_s:
            raise ValueError("Expected 1 <= `first_ban_s` <= `longest_ban_s`")


class Bucket(Struct, frozen=True):
    """One budget of one minute: which gateway and endpoint, and whose."""

    gateway: str
    pool: str
    owner: str | int


class Tally(Struct, frozen=True, gc=False):
    """What the meter reads after a charge, or says of a ban; a time of 0 means that there is none to wait for."""

    used: int
    limit: int
    retry_after_s: int = 0
    banned_until_ms: int = 0

    @property
    def is_over(self) -> bool:
        """Whether the call must hear a 429 or a 418."""
        return self.retry_after_s > 0


class Ban(Struct):
    """What is remembered of an IP at one gateway: the offences of one minute, the bans so far, the last one's end."""

    minute: int = -1
    offences: int = 0
    bans: int = 0
    until_ms: int = 0


class Meter:
    """All budgets and bans of one world."""

    def __init__(self) -> None:
        self.windows: dict[Bucket, tuple[int, int]] = {}
        self.bans: dict[tuple[str, str], Ban] = {}

    def copied(self) -> "Meter":
        """Copy all budgets and bans."""
        copy = Meter()
        copy.windows = dict(self.windows)
        copy.bans = {key: structs.replace(ban) for key, ban in self.bans.items()}
        return copy

    def charge(self, bucket: Bucket, weight: int, limit: int, *, ip: str, now_ms: int, limits: Limits) -> Tally:
        """Add the weight of a call, those over the limit included (decided), and count the offence where it is over."""
        minute = now_ms // MINUTE_MS
        last, used = self.windows.get(bucket, NO_WINDOW)
        used = weight + (used if last == minute else 0)
        if last < 0 and len(self.windows) >= MAX_WINDOWS:
            del self.windows[next(iter(self.windows))]
        self.windows[bucket] = (minute, used)
        if used <= limit:
            return Tally(used, limit)
        banned_until_ms = self._offend(bucket.gateway, ip, now_ms, limits)
        end_ms = banned_until_ms or (minute + 1) * MINUTE_MS
        return Tally(used, limit, seconds_until(end_ms, now_ms), banned_until_ms)

    def used(self, bucket: Bucket, now_ms: int) -> int:
        """Read the weight used in the minute of `now_ms` (observed: fixed UTC minutes)."""
        minute, used = self.windows.get(bucket, NO_WINDOW)
        return used if minute == now_ms // MINUTE_MS else 0

    def banned_until_ms(self, gateway: str, ip: str, now_ms: int) -> int:
        """Say until when the IP is banned from the gateway; 0 where it is not."""
        if not self.bans:
            return 0
        ban = self.bans.get((gateway, ip))
        return ban.until_ms if ban and now_ms < ban.until_ms else 0

    def rearm(self, gateway: str, ip: str, now_ms: int, limits: Limits) -> Tally:
        """Move the end of a ban out, because its IP asked during it (observed), and say when it ends."""
        ban = self.bans[gateway, ip]
        ban.until_ms = max(ban.until_ms, now_ms + ban_ms(ban.bans, limits))
        return Tally(0, 0, seconds_until(ban.until_ms, now_ms), ban.until_ms)

    def _offend(self, gateway: str, ip: str, now_ms: int, limits: Limits) -> int:
        """Count a request over the limit; give the end of the ban that it begins, or 0."""
        ban = self.bans.get((gateway, ip))
        if ban is None:
            if len(self.bans) >= MAX_WINDOWS:
                del self.bans[next(iter(self.bans))]
            ban = self.bans[gateway, ip] = Ban()
        if ban.minute != now_ms // MINUTE_MS:
            ban.minute, ban.offences = now_ms // MINUTE_MS, 0
        ban.offences += 1
        if ban.offences <= limits.offences_before_ban + 1:
            return 0
        ban.offences = 0
        ban.bans += 1
        ban.until_ms = now_ms + ban_ms(ban.bans, limits)
        return ban.until_ms


def ban_ms(nth: int, limits: Limits) -> int:
    """Say how long an IP's nth ban lasts: twice the one before, up to the longest (documented: 2 minutes to 3 days)."""
    return 1_000 * min(limits.first_ban_s << min(nth - 1, 32), limits.longest_ban_s)


def seconds_until(end_ms: int, now_ms: int) -> int:
    """Round the wait up, so that who waits that long is let in."""
    return max(1, -(-(end_ms - now_ms) // 1_000))
