"""The reference client with one mistake in it, time and again, each with what it must be caught for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from math import inf
from typing import Any, NamedTuple
from unittest.mock import patch

import aiohttp

from mockex.signer import Signer
from mockex.testing import answers, client
from mockex.testing.answers import ClientError, Record
from mockex.testing.client import SPAN_MS, Client, Host

RIGHT_SPANS, RIGHT_UNDERSTOOD, RIGHT_RECORDS = client.spans, client.understood, answers.records
RIGHT_LOAN, RIGHT_SIGNED, RIGHT_GET = answers.loan, Client._signed, aiohttp.ClientSession.get


class Variant(NamedTuple):
    """A mistake: what is wrong, what is put in whose place, and the verdict that must come of it."""

    mistake: str
    verdict: str
    owner: Any
    name: str
    wrong: Any

    @contextmanager
    def made(self) -> Iterator[None]:
        """Make the mistake for as long as the `with` lasts."""
        with patch.object(self.owner, self.name, self.wrong):
            yield


def overlapping(start_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """Begin each range where the one before ends."""
    while end_ms - start_ms >= SPAN_MS:
        yield end_ms - SPAN_MS, end_ms
        end_ms -= SPAN_MS
    yield start_ms, end_ms


def with_gaps(start_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """Leave a millisecond out between two ranges."""
    for start, end in RIGHT_SPANS(start_ms, end_ms):
        yield (start + 1, end) if start != start_ms else (start, end)


def quarterly(start_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """Take three months for 93 days."""
    while end_ms - start_ms > 93 * 86_400_000:
        yield end_ms - 93 * 86_400_000 + 1, end_ms
        end_ms -= 93 * 86_400_000
    yield start_ms, end_ms


def stamped_once(self: Client, query: str, host: Host) -> str:
    """Use a signed query again, if there is one."""
    signed: dict[str, str] = self.__dict__.setdefault("_once", {})
    return signed.setdefault(query, RIGHT_SIGNED(self, query, host))


def sent_sorted(self: Client, query: str, host: Host) -> str:
    """Sort the parameters once they are signed."""
    return "&".join(sorted(RIGHT_SIGNED(self, query, host).split("&")))


def with_floats(text: str) -> Any:
    """Let a float come between."""
    return Decimal(float(text))


def letting_out(heard: Any, read: Callable[[bytes], Any]) -> Any:
    """Let the reader's own errors out."""
    return read(heard.body) if heard.status == client.OK and not heard.failure else RIGHT_UNDERSTOOD(heard, read)


def nothing_for_empty(body: bytes) -> list[Record]:
    """Take an empty answer for no records."""
    return RIGHT_RECORDS(body) if body else []


def one_for_each_start(body: bytes) -> list[Record]:
    """Take two records that begin together for one."""
    return list({record.start_ms: record for record in RIGHT_RECORDS(body)}.values())


def oldest_first(body: bytes) -> list[Record]:
    """Turn the records around."""
    return RIGHT_RECORDS(body)[::-1]


def unquoted(self: Signer, query: str) -> str:
    """Leave base64 as it is."""
    return f"{query}&signature={self.signature(query)}"


def telling_secrets(heard: Any, read: Callable[[bytes], Any]) -> Any:
    """Tell in an error what the call was signed with."""
    said = RIGHT_UNDERSTOOD(heard, read)
    if isinstance(said, ClientError):
        said.args = (*said.args, SIGNERS[-1].secret or SIGNERS[-1].private_key)
    return said


SIGNERS: list[Signer] = []
"""Those of the clients that were made, the latest last."""


def forgetting_codes(heard: Any, read: Callable[[bytes], Any]) -> Any:
    """Tell no code, but for the one that the client itself heeds."""
    said = RIGHT_UNDERSTOOD(heard, read)
    if isinstance(said, ClientError) and said.code != client.TIMESTAMP:
        said.code = None
    return said


def no_debt_is_no_answer(body: bytes) -> Any:
    """Take a loan of 0 for a mistake."""
    loan = RIGHT_LOAN(body)
    if not loan.amount:
        raise ValueError("no amount")
    return loan


def following(self: aiohttp.ClientSession, url: Any, **how: Any) -> Any:
    """Go where an answer says."""
    return RIGHT_GET(self, url, **{**how, "allow_redirects": True})


async def not_waiting(*_: object) -> None:
    """Wait for nothing."""


async def hoping(_client: Client, host: Host, _deadline_s: float) -> None:
    """Correct a clock to what it was."""
    host.offset_s = 0.0


def always(_: object) -> bool:
    """Try again, whatever was said."""
    return True


def believing_total(body: bytes) -> list[Record]:
    """Give nothing where an answer is not what the page shows."""
    try:
        return RIGHT_RECORDS(body)
    except ValueError:
        return []


VARIANTS = [
    Variant("ranges overlap by a millisecond", "wrong-value", client, "spans", overlapping),
    Variant("ranges leave a millisecond out", "wrong-value", client, "spans", with_gaps),
    Variant("ranges of 93 days", "its-own-fault", client, "spans", quarterly),
    Variant("ranges are never cut", "its-own-fault", client, "spans", lambda start, end: [(start, end)]),
    Variant("a retry is stamped as the first try", "stale-timestamp", Client, "_signed", stamped_once),
    Variant("parameters are sorted after signing", "its-own-fault", Client, "_signed", sent_sorted),
    Variant("base64 is not percent-encoded", "its-own-fault", Signer, "signed", unquoted),
    Variant("numbers go through floats", "wrong-value", answers, "exact", with_floats),
    Variant("the reader's errors come out", "alien-error", client, "understood", letting_out),
    Variant("an empty answer means no records", "wrong-value", answers, "records", nothing_for_empty),
    Variant("an unreadable answer means no records", "wrong-value", answers, "records", believing_total),
    Variant("records that begin together are one", "wrong-value", answers, "records", one_for_each_start),
    Variant("records come oldest first", "wrong-value", answers, "records", oldest_first),
    Variant("the code is not told", "code-lost", client, "understood", forgetting_codes),
    Variant("an error tells the secret", "secret-told", client, "understood", telling_secrets),
    Variant("a loan of 0 is a mistake", "fails-for-nothing", answers, "loan", no_debt_is_no_answer),
    Variant("redirects are followed", "key-sent-elsewhere", aiohttp.ClientSession, "get", following),
    Variant("Retry-After is not waited for", "asks-while-limited", Client, "_wait_for", not_waiting),
    Variant("a Retry-After is milliseconds", "asks-while-limited", client, "wait_s", lambda *_: 0.06),
    Variant("-1021 is refused for good", "clock-not-corrected", client, "TIMESTAMP", -9_999),
    Variant("the clock is corrected to what it was", "clock-not-corrected", Client, "_set_clock", hoping),
    Variant("what was refused is tried again", "asks-again-in-vain", ClientError, "is_passing", property(always)),
    Variant("tries have no end", "too-many-tries", client, "PAUSES_S", (0.25,) * 40),
    Variant("it waits as long as it is told to", "endless", Client, "_deadline_s", lambda _: inf),
    Variant("a ban is a refusal like others", "asks-while-banned", client, "BANNED", 419),
]
