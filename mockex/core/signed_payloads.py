"""What a client may have signed instead of what it sent: other parts, another order, something around it."""

import hashlib
import json
import re
from collections.abc import Iterator
from html import escape
from itertools import combinations, permutations

from msgspec import Struct

from mockex.core.wire import as_bytes, as_text

MANY_SEGMENTS = 24
"""From so many segments on, only the short lists of what may have been signed are tried."""

_HOSTS = ("papi.binance.com", "api.binance.com")
NOTHING = ("", "None", "null", "undefined")
"""How languages write nothing."""

_DRAWN_TWICE_MS = 250


class Sent(Struct, frozen=True):
    """What was sent, in its raw characters; `payload`, `segments`, `query` and `body` are without the signature."""

    payload: str
    segments: list[str]
    query: str
    body: str
    before_signature: str
    method: str
    path: str
    hosts: tuple[str, ...]
    api_key: str
    values: dict[str, str]
    names: tuple[str, ...]
    earlier_timestamps: tuple[str, ...]
    earlier_payloads: tuple[str, ...]

    @property
    def few(self) -> bool:
        """Whether there are so few segments that their subsets and orders can be tried."""
        return len(self.segments) <= MANY_SEGMENTS


Payloads = Iterator[str]


def _with_timestamp(sent: Sent, timestamp: str) -> str:
    return "&".join(
        f"timestamp={timestamp}" if segment.startswith("timestamp=") else segment for segment in sent.segments
    )


def ends_in_a_newline(sent: Sent) -> Payloads:
    """`echo` instead of `printf`."""
    yield from (f"{sent.payload}{end}" for end in ("\n", "\r\n", " ", "\0"))


def leading_question_mark(sent: Sent) -> Payloads:
    """Signed with the `?`, or sent with two of them and signed without."""
    yield f"?{sent.payload}"
    yield sent.payload.removeprefix("?")


def stray_ampersand(sent: Sent) -> Payloads:
    """Signed with an `&` at an end that was not sent, or without one that was."""
    yield f"{sent.payload}&"
    yield f"&{sent.payload}"
    yield sent.payload.strip("&")
    yield re.sub("&+", "&", sent.payload).strip("&")


def signature_in_payload(sent: Sent) -> Payloads:
    """Signed with a `signature` parameter in the payload."""
    for value in ("", "None", "null", "undefined"):
        yield f"{sent.payload}&signature={value}"
        yield f"signature={value}&{sent.payload}"
    yield f"{sent.payload}&signature"
    yield "&".join(sorted([*sent.segments, "signature="]))


def before_signature_alone(sent: Sent) -> Payloads:
    """Signed only what stands before the signature."""
    yield sent.before_signature


def query_alone(sent: Sent) -> Payloads:
    """The body was left out."""
    yield sent.query


def body_alone(sent: Sent) -> Payloads:
    """The query was left out."""
    if sent.body:
        yield sent.body


def joined_by_ampersand(sent: Sent) -> Payloads:
    """Query and body with an & or the like between them."""
    if sent.body:
        yield from (f"{sent.query}{between}{sent.body}" for between in ("&", "?", "\n"))


def body_first(sent: Sent) -> Payloads:
    """The body before the query."""
    if sent.body:
        yield f"{sent.body}{sent.query}"
        yield f"{sent.body}&{sent.query}"


def in_sorted_order(sent: Sent) -> Payloads:
    """Sorted by name, one way or another."""
    segments = sent.segments
    yield "&".join(sorted(segments))
    yield "&".join(sorted(segments, key=lambda segment: segment.partition("=")[0]))
    yield "&".join(sorted(segments, key=str.lower))
    yield "&".join(sorted(segments, reverse=True))


def html_escaped(sent: Sent) -> Payloads:
    """`&amp;` for `&`, and the `×` that `&times` becomes."""
    yield escape(sent.payload)
    yield sent.payload.replace("&timestamp", "×tamp")
    yield sent.payload.replace("&amp;", "&")


def _put_in(sent: Sent, added: tuple[str, ...]) -> Payloads:
    """Put a segment at the end, at the start, or in between."""
    segments = sent.segments
    places = [len(segments), *range(min(len(segments), MANY_SEGMENTS))]
    for segment in added:
        for place in places:
            yield "&".join([*segments[:place], segment, *segments[place:]])


def _not_sent(sent: Sent) -> list[str]:
    return [name for name in dict.fromkeys(("recvWindow", *sent.names)) if name not in sent.values]


def with_nothing_left_out(sent: Sent) -> Payloads:
    """Signed with a None that was dropped before sending."""
    yield from _put_in(sent, tuple(f"{name}={nothing}" for name in _not_sent(sent) for nothing in NOTHING))


def lost_after_signing(sent: Sent) -> Payloads:
    """Signed with a parameter that was not sent."""
    windows = ("5000", "60000", "10000", "6000", "1000", "20000", "30000")
    yield from _put_in(sent, tuple(f"recvWindow={ms}" for ms in windows if "recvWindow" not in sent.values))


def nothing_at_all(_sent: Sent) -> Payloads:
    """Signed the empty string."""
    yield ""


def of_an_earlier_call(sent: Sent) -> Payloads:
    """The whole signature is an earlier call's."""
    yield from sent.earlier_payloads


def earlier_timestamp(sent: Sent) -> Payloads:
    """Signed with an earlier call's timestamp."""
    yield from (_with_timestamp(sent, time) for time in sent.earlier_timestamps)


def another_unit(sent: Sent) -> Payloads:
    """Signed with the timestamp in seconds or microseconds."""
    timestamp = sent.values.get("timestamp", "")
    if re.fullmatch("[0-9]{4,20}", timestamp, re.ASCII):
        ms = int(timestamp)
        for text in (ms // 1_000, f"{ms // 1_000}.0", ms / 1_000, f"{ms / 1_000:.3f}", ms * 1_000, ms * 1_000_000):
            yield _with_timestamp(sent, str(text))


def drawn_twice(sent: Sent) -> Payloads:
    """Signed with a timestamp some milliseconds from the one sent."""
    timestamp = sent.values.get("timestamp", "")
    if re.fullmatch("[0-9]{4,20}", timestamp, re.ASCII):
        ms = int(timestamp)
        for off in range(1, _DRAWN_TWICE_MS + 1):
            yield _with_timestamp(sent, str(ms - off))
            yield _with_timestamp(sent, str(ms + off))


def added_after_signing(sent: Sent) -> Payloads:
    """Signed before one, two, or the last parameters were added."""
    segments = sent.segments
    for n in range(min(len(segments), 200)):
        yield "&".join(segments[:n] + segments[n + 1 :])
    for n in range(min(len(segments), 200) - 1, 0, -1):
        yield "&".join(segments[:n])
        yield "&".join(segments[n:])
    if sent.few:
        for one, other in combinations(range(len(segments)), 2):
            yield "&".join(segment for n, segment in enumerate(segments) if n not in (one, other))


def with_the_path(sent: Sent) -> Payloads:
    """Signed with path, or method and path."""
    for between in ("?", "", "&", "\n"):
        for method in ("", sent.method, f"{sent.method} ", f"{sent.method}\n"):
            yield f"{method}{sent.path}{between}{sent.payload}"
    yield f"{sent.path.lstrip('/')}?{sent.payload}"
    yield sent.path


def with_the_url(sent: Sent) -> Payloads:
    """Signed the whole URL."""
    for host in (*sent.hosts, *_HOSTS):
        yield from (f"{start}{host}{sent.path}?{sent.payload}" for start in ("https://", "http://", ""))


def with_the_api_key(sent: Sent) -> Payloads:
    """Signed with the API key in the payload."""
    key = sent.api_key
    yield from (f"{key}{between}{sent.payload}" for between in ("", "&", "\n"))
    yield from (f"{sent.payload}{between}{key}" for between in ("", "&", "\n"))
    for name in ("apiKey", "api_key", "apikey", "X-MBX-APIKEY", "accessKey"):
        yield from _put_in(sent, (f"{name}={key}",))
        yield "&".join(sorted([*sent.segments, f"{name}={key}"]))


def like_bybit(sent: Sent) -> Payloads:
    """timestamp + key + recvWindow + query, as Bybit has it."""
    timestamp, window = sent.values.get("timestamp", ""), sent.values.get("recvWindow", "")
    own = "&".join(one for one in sent.segments if one.partition("=")[0] not in ("timestamp", "recvWindow"))
    for query in (sent.payload, own):
        for recv in (window, "5000", ""):
            yield f"{timestamp}{sent.api_key}{recv}{query}"


def like_okx(sent: Sent) -> Payloads:
    """timestamp + method + path + query, as OKX, KuCoin and Bitget have it."""
    timestamp = sent.values.get("timestamp", "")
    own = "&".join(one for one in sent.segments if not one.startswith("timestamp="))
    for query in (f"?{sent.payload}", sent.payload, f"?{own}", ""):
        yield f"{timestamp}{sent.method}{sent.path}{query}"
        yield f"{timestamp}{sent.path}{query}"


def as_json(sent: Sent) -> Payloads:
    """Signed JSON of the parameters, or the like."""
    texts = {name: value for name, value in sent.values.items() if name != "signature"}
    numbers = {name: int(v) if re.fullmatch("[0-9]{1,20}", v, re.ASCII) else v for name, v in texts.items()}
    for values in (numbers, texts):
        for in_order in (False, True):
            for separators in ((",", ":"), (", ", ": ")):
                yield json.dumps(values, separators=separators, sort_keys=in_order)
        yield json.dumps(values, indent=2)
        yield str(values)
        yield str(list(values.items()))


def quoted(sent: Sent) -> Payloads:
    """Signed with quotes around it, as JSON or the repr of bytes have them."""
    yield f'"{sent.payload}"'
    yield f"'{sent.payload}'"
    yield f"b'{sent.payload}'"


def other_separators(sent: Sent) -> Payloads:
    """Joined otherwise, or only the values."""
    segments = sent.segments
    values = [segment.partition("=")[2] for segment in segments]
    glued = [segment.replace("=", "", 1) for segment in segments]
    for parts in (segments, glued, values, sorted(segments), sorted(glued)):
        yield from (between.join(parts) for between in ("", "&", ",", ", ", ";", "|", "\n"))


def hashed_first(sent: Sent) -> Payloads:
    """Hashed, and the hash signed."""
    digest = hashlib.sha256(as_bytes(sent.payload))
    yield digest.hexdigest()
    yield as_text(digest.digest())
    yield digest.hexdigest().upper()


def other_order(sent: Sent) -> Payloads:
    """Any other order, where there are few parameters; one parameter moved where there are more."""
    segments = sent.segments
    if len(segments) <= 6:  # noqa: PLR2004 - 720 orders
        yield from ("&".join(order) for order in permutations(segments))
    elif sent.few:
        for n, segment in enumerate(segments):
            rest = segments[:n] + segments[n + 1 :]
            yield from ("&".join([*rest[:place], segment, *rest[place:]]) for place in range(len(segments)))
