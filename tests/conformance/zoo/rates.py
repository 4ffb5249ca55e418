"""Broken clients that RATE requirements catch."""

from collections.abc import Mapping
from typing import Any

from mockex.testing import client as module
from mockex.testing.answers import TOO_MANY, BannedError, ClientError, LimitedError
from mockex.testing.client import BANNED, Client, Heard, Host
from tests.conformance.broken import Broken

RIGHT_INIT = Client.__init__
RIGHT_HOLD = Client._hold
RIGHT_TRY = Client._try
RIGHT_WAIT_FOR = Client._wait_for
RIGHT_WEIGHTS = module.weights


def waits_not(_error: ClientError, _retry_after: str, _now_s: float) -> float:
    """Never wait."""
    return 0.0


def waits_a_second(_error: ClientError, _retry_after: str, _now_s: float) -> float:
    """Wait a second, whatever Retry-After says."""
    return 1.0


def waits_as_it_reads(_error: ClientError, retry_after: str, _now_s: float) -> float:
    """Take whatever Retry-After says for a number."""
    return float(retry_after)


async def asks_though_banned(self: Client, target: str, timeout_s: float) -> Heard:
    """Ask a second time after a 418."""
    heard = await RIGHT_TRY(self, target, timeout_s)
    return await RIGHT_TRY(self, target, timeout_s) if heard.status == BANNED else heard


async def hammers(self: Client, target: str, timeout_s: float) -> Heard:
    """Ask again and again after a 429 that does not say for how long to wait."""
    heard = await RIGHT_TRY(self, target, timeout_s)
    for _ in range(6):
        if heard.status == TOO_MANY and not heard.retry_after:
            heard = await RIGHT_TRY(self, target, timeout_s)
    return heard


async def loses_patience(self: Client, target: str, _timeout_s: float) -> Heard:
    """Give each try up soon, and make four of one."""
    heard = Heard()
    for _ in range(4):
        if heard.status is None:
            heard = await RIGHT_TRY(self, target, 0.1)
    return heard


def one_host(self: Client, *args: Any, **how: Any) -> None:
    """Take both gateways for one."""
    RIGHT_INIT(self, *args, **how)
    self._papi = self._api


def holds_for_envelopes(self: Client, host: Host, error: LimitedError | BannedError, retry_after: str) -> None:
    """Obey only a refusal that has a code."""
    if error.code is not None:
        RIGHT_HOLD(self, host, error, retry_after)


def tells_no_wait(self: Client, host: Host, error: LimitedError | BannedError, retry_after: str) -> None:
    """Keep to itself for how long to wait."""
    RIGHT_HOLD(self, host, error, retry_after)
    error.retry_after_s = None


def tells_milliseconds(self: Client, host: Host, error: LimitedError | BannedError, retry_after: str) -> None:
    """Tell milliseconds for seconds."""
    RIGHT_HOLD(self, host, error, retry_after)
    error.retry_after_s = (error.retry_after_s or 0) * 1_000


def loses_the_status(self: Client, host: Host, error: LimitedError | BannedError, retry_after: str) -> None:
    """Keep to itself what the status was."""
    RIGHT_HOLD(self, host, error, retry_after)
    error.status = None


async def forgets_bans(self: Client, host: Host, deadline_s: float) -> None:
    """Wait for limits alone."""
    if not isinstance(host.hold, BannedError):
        await RIGHT_WAIT_FOR(self, host, deadline_s)


async def sleeps_it_out(self: Client, target: str, timeout_s: float) -> Heard:
    """Sleep for as long as it is told, whatever that is."""
    heard = await RIGHT_TRY(self, target, timeout_s)
    if heard.status == TOO_MANY and heard.retry_after.isdigit():
        await self._sleep(float(heard.retry_after))
    return heard


def weights_of_papi(headers: Mapping[str, str]) -> dict[str, int]:
    """Know one gateway's header alone."""
    return {name: value for name, value in RIGHT_WEIGHTS(headers).items() if "SAPI" not in name}


def weights_as_numbers(headers: Mapping[str, str]) -> dict[str, int]:
    """Take whatever stands in a header for a number."""
    return {name.upper(): int(value) for name, value in headers.items() if module.WEIGHT.fullmatch(name)}


RATE: tuple[Broken, ...] = (
    Broken("RATE-RETRY-AFTER", "it does not wait", module, "wait_s", waits_not),
    Broken("RATE-RETRY-AFTER", "it waits for a second, whatever it is told", module, "wait_s", waits_a_second),
    Broken("RATE-REAL", "it waits for a second, whatever it is told", module, "wait_s", waits_a_second),
    Broken("RATE-BAN", "it asks again when it is banned", Client, "_try", asks_though_banned),
    Broken("RATE-BAN-OTHER", "it takes both gateways for one", Client, "__init__", one_host),
    Broken("RATE-ODD-BODY", "it obeys only what has a code", Client, "_hold", holds_for_envelopes),
    Broken("RATE-ODD-BODY", "it asks again when it is banned", Client, "_try", asks_though_banned),
    Broken("RATE-REMEMBERS", "it forgets bans", Client, "_wait_for", forgets_bans),
    Broken("RATE-NO-RETRY-AFTER", "it hammers", Client, "_try", hammers),
    Broken("RATE-ODD-RETRY-AFTER", "it takes anything for a number", module, "wait_s", waits_as_it_reads),
    Broken("RATE-ODD-RETRY-AFTER", "it sleeps out whatever it is told", Client, "_try", sleeps_it_out),
    Broken("RATE-TIMEOUTS", "it loses its patience, and asks again", Client, "_try", loses_patience),
    Broken("RATE-IN-VAIN", "it tries everything again", ClientError, "is_passing", True),
    Broken("RATE-FLOOD", "it tries twenty times", module, "PAUSES_S", (0.25,) * 20),
    Broken("RATE-SURFACES", "its error has no status", Client, "_hold", loses_the_status),
    Broken("RATE-TELLS", "its error does not tell how long", Client, "_hold", tells_no_wait),
    Broken("RATE-TELLS", "its error tells milliseconds", Client, "_hold", tells_milliseconds),
    Broken("RATE-WEIGHT", "it knows one gateway's header", module, "weights", weights_of_papi),
    Broken("RATE-ODD-WEIGHT", "it takes anything for a number", module, "weights", weights_as_numbers),
)
