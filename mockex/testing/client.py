"""The reference client: small, and all that a good client of this exchange does.

    async with Client("https://…", Signer(api_key="…", secret="…")) as client:
        loan = await client.loan()

It signs the very characters it sends, anew for every try; waits as long as it is told to, and asks nothing while it is
banned; follows no redirect; corrects its clock; and whatever goes wrong is a ClientError, within bounded time.
"""

import asyncio
import re
import ssl
import time as machine
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TypeVar
from urllib.parse import urlencode

import aiohttp
from msgspec import Struct, field
from yarl import URL

from mockex.signer import Signer
from mockex.testing import answers
from mockex.testing.answers import (
    TOO_MANY,
    BannedError,
    ClientError,
    Detail,
    LimitedError,
    Loan,
    Record,
    RefusedError,
    UnreachableError,
    UnreadableError,
)

__all__ = [
    "BannedError",
    "Client",
    "ClientError",
    "Detail",
    "LimitedError",
    "Loan",
    "Record",
    "RefusedError",
    "UnreachableError",
    "UnreadableError",
]

T = TypeVar("T")
OK, REFUSALS, BANNED, TIMESTAMP = 200, 400, 418, -1021
PAUSES_S = (0.25, 0.5, 1.0)
"""Four tries, because each is charged, and who goes on asking is banned."""
SHORTEST_TRY_S = 0.25
"""A try that has less time than that is charged, and may not be heard."""

MAX_BODY_BYTES = 64 << 20
SPAN_MS = 89 * 86_400_000
"""No three calendar months are shorter, whatever their days: a range of these is short enough on every reading."""
FIRST_BAN_S, LONGEST_BAN_S = 120.0, 259_200.0
SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,9})?")
UNTIL = re.compile(r"banned until ([0-9]{13})\b")
WEIGHT = re.compile(r"x-(mbx-used|sapi-used-(ip|uid))-weight(-1[a-z])?", re.IGNORECASE)
COUNT = re.compile(r"[0-9]{1,18}")
SURELY_NOT_EARLY_S = 0.5
"""The exchange refuses timestamps a second ahead of its clock, but takes those as late as recvWindow."""


class Host(Struct):
    """One of the exchange's hosts, with what a client remembers of it; all times are the client's own.

    `offset_s` is how far its clock is ahead, `corrected` how often it was found out; `asked_s` when it was asked last.
    `hold` says why nothing is to be asked until `hold_until_s`. Calls take turns, so that each knows what the one
    before has heard: many at once would hit a limit together, and be banned; one correction is enough for all of them.
    """

    time_path: str
    offset_s: float = 0.0
    corrected: int = 0
    asked_s: float = 0.0
    hold_until_s: float = 0.0
    hold: LimitedError | BannedError | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    correction: asyncio.Lock = field(default_factory=asyncio.Lock)


class Heard(Struct):
    """An answer, as far as it came; `failure` names what broke it off."""

    status: int | None = None
    retry_after: str = ""
    body: bytes = b""
    failure: str = ""


class Client:
    """A client of one account; `async with Client(url, signer) as client:` holds its connections.

    One try lasts `timeout_s` at most, and a whole call, its waits included, `patience_s` by the client's own clock.
    `time` tells that clock in seconds since 1970, and `sleep` waits on it. `ca_file` is whom to trust over TLS, if not
    whom the machine trusts. `used_weight` is what the exchange's headers said last, by their names in capitals.
    """

    def __init__(
        self,
        url: str,
        signer: Signer,
        *,
        recv_window_ms: int = 5_000,
        timeout_s: float = 10.0,
        patience_s: float = 60.0,
        ca_file: str | None = None,
        time: Callable[[], float] = machine.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.used_weight: dict[str, int] = {}
        self._url = str(URL(url)).rstrip("/")
        self._signer = signer
        self._recv_window_ms = recv_window_ms
        self._timeout_s = timeout_s
        self._patience_s = patience_s
        self._ca_file = ca_file
        self._time = time
        self._sleep = sleep
        self._papi = Host("/papi/v1/time")
        self._api = Host("/api/v3/time")

    async def __aenter__(self) -> "Client":
        trust = True if self._ca_file is None else ssl.create_default_context(cafile=self._ca_file)
        self._session = aiohttp.ClientSession(
            # no try inherits what an earlier one left in a connection, nor one that the exchange has closed
            connector=aiohttp.TCPConnector(force_close=True, ssl=trust),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity"},
            auto_decompress=False,
            middlewares=(sent_once,),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def loan(self) -> Loan:
        """Ask what the account owes. Raises ClientError, as all calls do."""
        return await self._ask(self._api, "/sapi/v1/portfolio/pmLoan", "", answers.loan, self._deadline_s())

    async def records(self, start_ms: int, end_ms: int, **parameters: str) -> list[Record]:
        """Ask for the auto exchanges that began in [start_ms, end_ms], however long that is; newest first.

        `parameters` that the exchange's page does not list go along, percent-encoded and signed.
        """
        more = urlencode(parameters) + "&" if parameters else ""
        path, deadline_s = "/papi/v1/portfolio/negative-balance-exchange-record", self._deadline_s()
        found: list[Record] = []
        for start, end in spans(start_ms, end_ms):
            query = f"startTime={start}&endTime={end}&{more}"
            found += await self._ask(self._papi, path, query, answers.records, deadline_s)
        return found

    def _deadline_s(self) -> float:
        return self._time() + self._patience_s

    async def _ask(self, host: Host, path: str, query: str | None, read: Callable[[bytes], T], deadline_s: float) -> T:
        """Try until there is an answer, or no use in trying; what has no query is not signed."""
        may_set_clock, pauses = query is not None, iter(PAUSES_S)
        error: ClientError = UnreachableError(None, None, "no time was left to ask")
        while True:
            async with host.turn:
                await self._wait_for(host, deadline_s)
                left_s = deadline_s - self._time()
                if left_s < SHORTEST_TRY_S:
                    raise error
                host.asked_s, corrected = self._time(), host.corrected
                target = path if query is None else f"{path}?{self._signed(query, host)}"
                heard = await self._try(target, min(self._timeout_s, left_s))
                answer = understood(heard, read)
                if isinstance(answer, LimitedError | BannedError):
                    self._hold(host, answer, heard.retry_after)
            if not isinstance(answer, ClientError):
                return answer
            error = answer
            if error.code == TIMESTAMP and may_set_clock:
                may_set_clock = False
                async with host.correction:
                    if host.corrected == corrected:
                        await self._set_clock(host, deadline_s)
            elif not error.is_passing or (pause_s := next(pauses, None)) is None:
                raise error
            elif not isinstance(error, LimitedError):  # whose own wait comes first
                if self._time() + pause_s + SHORTEST_TRY_S > deadline_s:
                    raise error
                await self._sleep(pause_s)

    def _signed(self, query: str, host: Host) -> str:
        timestamp = round((self._time() + host.offset_s) * 1_000)
        return self._signer.signed(f"{query}recvWindow={self._recv_window_ms}&timestamp={timestamp}")

    async def _try(self, target: str, timeout_s: float) -> Heard:
        """Ask once, and give as much of an answer as comes; a status is worth having even where its body is not."""
        heard, body = Heard(), bytearray()
        url, timeout = URL(self._url + target, encoded=True), aiohttp.ClientTimeout(total=timeout_s)
        headers = self._signer.headers if url.raw_query_string else {}  # who asks for the time needs no key
        try:
            async with self._session.get(url, headers=headers, allow_redirects=False, timeout=timeout) as response:
                heard.status = response.status
                heard.retry_after = response.headers.get("Retry-After", "")
                self.used_weight |= weights(response.headers)
                async for some in response.content.iter_any():
                    body += some
                    if len(body) > MAX_BODY_BYTES:
                        break
        except (aiohttp.ClientError, OSError, UnsentError) as error:
            heard.failure = str(error) if isinstance(error, UnsentError) else type(error).__name__
        heard.body = bytes(body)
        return heard

    def _hold(self, host: Host, error: LimitedError | BannedError, retry_after: str) -> None:
        """Remember how long nothing is to be asked; a ban is not forgotten for a limit."""
        now_s = self._time()
        error.retry_after_s = wait_s(error, retry_after, now_s + host.offset_s)
        is_banned = isinstance(host.hold, BannedError) and now_s < host.hold_until_s
        if isinstance(error, BannedError) or not is_banned:
            host.hold = type(error)(error.status, error.code, error.msg)  # one that drags no traceback along
            host.hold_until_s = now_s + error.retry_after_s

    async def _wait_for(self, host: Host, deadline_s: float) -> None:
        """Wait until the host may be asked, where that is worth it. Raises LimitedError or BannedError."""
        now_s = self._time()
        if host.hold is None or now_s >= host.hold_until_s:
            return
        if isinstance(host.hold, BannedError) or host.hold_until_s + SHORTEST_TRY_S > deadline_s:
            hold = host.hold
            raise type(hold)(hold.status, hold.code, hold.msg, retry_after_s=host.hold_until_s - now_s)
        await self._sleep(host.hold_until_s - now_s)

    async def _set_clock(self, host: Host, deadline_s: float) -> None:
        """Ask the host's time; half of the way there and back has gone by since, but rather late than early."""
        server_time_ms = await self._ask(host, host.time_path, None, answers.server_time_ms, deadline_s)
        heard_s = self._time()
        host.offset_s = server_time_ms / 1_000 + min((heard_s - host.asked_s) / 2, SURELY_NOT_EARLY_S) - heard_s
        host.corrected += 1


class UnsentError(Exception):
    """A try went wrong; aiohttp does not know this error, and so does not send the same request again by itself."""


async def sent_once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from its own second try, which would have the timestamp and the signature of the first."""
    try:
        return await send(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        name = type(error).__name__
    raise UnsentError(name)


def spans(start_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """Cut a range, both ends included, into such as the exchange takes; the newest first, no millisecond in two."""
    while end_ms - start_ms >= SPAN_MS:
        yield end_ms - SPAN_MS + 1, end_ms
        end_ms -= SPAN_MS
    yield start_ms, end_ms


def understood(heard: Heard, read: Callable[[bytes], T]) -> T | ClientError:
    """Say what was heard: a value, or an error that is not raised yet, so that it drags no other along."""
    status = heard.status
    if status is None or (status == OK and heard.failure):
        return UnreachableError(None, None, f"no whole answer: {heard.failure}")
    if status == OK:
        try:
            return read(heard.body)
        except ValueError as mistake:
            says = str(mistake)
        return UnreadableError(status, None, f"not what the page shows: {says}")
    if status < REFUSALS:
        return UnreadableError(status, None, "neither an answer nor a refusal")
    kind = {TOO_MANY: LimitedError, BANNED: BannedError}.get(status, RefusedError)
    return kind(status, *answers.envelope(heard.body))


def wait_s(error: LimitedError | BannedError, retry_after: str, now_s: float) -> float:
    """Say how long not to ask, at a time of the exchange; a Retry-After that says nothing is no leave to go on."""
    told_s = float(retry_after) if SECONDS.fullmatch(retry_after) else 0.0
    if isinstance(error, LimitedError):
        return told_s or max(60 - now_s % 60, 1.0)
    until = UNTIL.search(error.msg)
    until_s = int(until[1]) / 1_000 - now_s if until else 0.0
    return min(max(told_s, until_s), LONGEST_BAN_S) or FIRST_BAN_S


def weights(headers: Mapping[str, str]) -> dict[str, int]:
    """Read the used weights; the largest where one is said twice, and none where it is no number."""
    used: dict[str, int] = {}
    for name, value in headers.items():
        if WEIGHT.fullmatch(name) and COUNT.fullmatch(value):
            used[name.upper()] = max(int(value), used.get(name.upper(), 0))
    return used
