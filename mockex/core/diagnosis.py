"""A diagnosis: why one step refuses a call, in a sentence to act on, and never with a secret in it."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote, quote_plus

from msgspec import Struct

from mockex.core.bounds import MAX_CLOCK_MS
from mockex.core.call import Call
from mockex.core.journal import Entry
from mockex.core.masking import signatures
from mockex.core.scenario import AnyKey, HmacKey
from mockex.core.signing import hmac_signature
from mockex.core.wire import as_bytes, printable

SHORTEST_SECRET = 6
"""A secret of fewer characters stands in any sentence by chance, and is not looked for."""

MAX_FACT_CHARS = 2_000
_SHOWN_CHARS = 8
_OPAQUE = re.compile(r"[0-9A-Za-z_]{64,}")


class Diagnosis(Struct, frozen=True):
    """Why one step refuses a call.

    `check` is the step's name, `code` what the client heard, or would hear, for it. `mistake` is the stable id of a
    known mistake that explains the refusal; of two at once it names both, joined by `+`.
    """

    check: str
    code: int | None
    sentence: str
    mistake: str | None = None
    facts: dict[str, str] = {}


class Remark(Struct, frozen=True):
    """What a specialist says of a refused call."""

    sentence: str
    mistake: str | None = None
    facts: dict[str, str] = {}


class Case(Struct, frozen=True):
    """A call with what the doctor may look at beside it: the calls before it."""

    call: Call
    earlier: Sequence[Entry] = ()


def spec_of(call: Call) -> AnyKey | None:
    """Find what the scenario says of the call's key; None where the key came from elsewhere."""
    if call.key is None:
        return None
    return next((spec for spec in specs_of(call) if spec.api_key == call.key.api_key), None)


def specs_of(call: Call) -> Iterator[AnyKey]:
    """List what the scenario says of every key of the call's world."""
    return (spec for account in call.world.scenario.accounts for spec in account.keys)


def cut(text: str) -> str:
    """Show the start of a key, a signature or the like."""
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"


def moment(ms: int) -> str:
    """Write milliseconds since 1970 as a date and time of UTC, as far as there is one."""
    if not 0 <= ms <= MAX_CLOCK_MS:
        return f"{ms} ms"
    second = datetime.fromtimestamp(ms // 1_000, UTC)
    return f"{second:%Y-%m-%dT%H:%M:%S}.{ms % 1_000:03}Z"


def span(ms: int) -> str:
    """Write how long something is, in the units that a person would use."""
    seconds, rest = divmod(abs(ms), 1_000)
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds}.{rest:03} s" if seconds else f"{rest} ms"
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    return " ".join(f"{n} {unit}" for n, unit in units if n)


def veiled(call: Call, diagnosis: Diagnosis) -> Diagnosis:
    """Take out every secret of the call's world, and cut keys and signatures to their first characters."""
    texts = (diagnosis.sentence, *diagnosis.facts.values())
    secrets, opaque = _secrets_in("\n".join(texts), call), sorted(set(_opaque(call)), key=len, reverse=True)
    sentence, *values = (_veiled(text, secrets, opaque) for text in texts)
    facts = dict(zip(diagnosis.facts, values, strict=True))
    return Diagnosis(diagnosis.check, diagnosis.code, sentence, diagnosis.mistake, facts)


def _secrets_in(text: str, call: Call) -> list[str]:
    """Find the secrets that a client has sent in the open, in whatever letter case and encoding; the longest first."""
    small = text.lower()
    found = [form for secret in _secrets(call) for form in _forms(secret) if form.lower() in small]
    return sorted(set(found), key=len, reverse=True)


def _secrets(call: Call) -> Iterator[str]:
    for spec in specs_of(call):
        if isinstance(spec, HmacKey):
            yield spec.secret
        elif spec.private_key:
            yield from (line for line in spec.private_key.splitlines() if not line.startswith("-----"))


def _forms(secret: str) -> tuple[str, ...]:
    if len(secret) < SHORTEST_SECRET:
        return ()
    if secret.isascii() and secret.isalnum():
        return (secret,)
    return secret, secret.strip() or secret, quote(secret), quote(secret, safe=""), quote_plus(secret)


def _veiled(text: str, secrets: list[str], opaque: list[str]) -> str:
    for secret in secrets:
        text = re.sub(re.escape(secret), "[secret]", text, flags=re.IGNORECASE)
    for long in opaque:
        text = re.sub(re.escape(long), lambda match: cut(match[0]), text, flags=re.IGNORECASE)
    text = _OPAQUE.sub(lambda match: cut(match[0]), printable(text))
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text if len(text) <= MAX_FACT_CHARS else f"{text[:MAX_FACT_CHARS]}…"


def _opaque(call: Call) -> Iterator[str]:
    """Give what is cut wherever it stands: the key, whatever may be a signature, and what it should have been."""
    signature = call.params.signature or ""
    spec = spec_of(call)
    right = hmac_signature(as_bytes(call.params.payload), spec.secret) if isinstance(spec, HmacKey) else ""
    sent = (signature, quote_plus(as_bytes(signature)), *signatures(call.request))
    for text in (call.request.api_key or "", right, *sent):
        if len(text) > _SHOWN_CHARS * 2:
            yield text
