"""The search for the mistake that a client made in signing: by its signature, within a budget."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from mockex.core.account import Key
from mockex.core.call import Call
from mockex.core.diagnosis import specs_of
from mockex.core.payload_mistakes import PAYLOADS, PayloadMistake
from mockex.core.scenario import AnyKey, HmacKey, PublicKeySpec, RsaKey
from mockex.core.signature_mistakes import (
    DIGESTS,
    FORMS_OF_BASE64,
    FORMS_OF_HEX,
    OTHER_KEY,
    RSA_HASH,
    RSA_PSS,
    SECRETS,
    FormMistake,
    Mistake,
)
from mockex.core.signature_ways import Digest, Fits, from_hex, from_loose_base64, hmac_sha256
from mockex.core.signed_payloads import Sent
from mockex.core.wire import as_bytes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

BUDGET = 6_000_000
"""What one search may cost, in about the time that it takes to hash a byte; some 10 ms."""

MAX_SEARCHED_CHARS = 16_384
_HMAC_COST, _RSA_COST, _ED25519_COST = 900, 20_000, 40_000
_VARIANTS, _DEAR_VARIANTS, _PAIRED_VARIANTS = 800, 8, 3
_OTHER_KEYS = 10

Readings = dict[bytes, FormMistake | None]
"""What the client's signature may mean in bytes, each with the mistake in its form, if there is one."""


class Way(Struct, frozen=True):
    """One way to sign: what is wrong with it, whether the client's signature could have come so, what a try costs."""

    mistake: Mistake | None
    read: Callable[[bytes], tuple[bool, FormMistake | None]]
    cost: int


class Found(Struct, frozen=True):
    """What reproduces the client's signature: the payload, and the mistakes that lead to it."""

    payload: str
    mistakes: tuple[Mistake, ...]


def writing_cost(payload: str) -> int:
    """Say what it costs to put a payload together."""
    return len(payload) + 200 * payload.count("&")


class Purse:
    """What is left to spend on a search."""

    def __init__(self, left: int) -> None:
        self.left = left

    def pays(self, way: Way, payload: str) -> bool:
        """Pay for one try, if there is enough left."""
        self.left -= way.cost + 2 * len(payload)
        return self.left >= 0


def search(call: Call, spec: AnyKey | None, sent: Sent) -> Found | None:
    """Try each mistake alone, then each payload with each other mistake, as far as the budget goes."""
    ways = list(_ways(call, spec))
    if not ways or len(sent.payload) > MAX_SEARCHED_CHARS:
        return None
    purse = Purse(BUDGET)
    most = _VARIANTS if ways[0].cost == _HMAC_COST else _DEAR_VARIANTS
    for way, payload, mistake in _tries(ways, sent, most, purse):
        if not purse.pays(way, payload):
            return None
        fits, form = way.read(as_bytes(payload))
        if fits:
            return Found(payload, tuple(one for one in (mistake, way.mistake, form) if one))
    return None


def _tries(ways: list[Way], sent: Sent, most: int, purse: Purse) -> Iterator[tuple[Way, str, PayloadMistake | None]]:
    """List what is tried, from one mistake to two."""
    yield from ((way, sent.payload, None) for way in ways)
    paired: list[tuple[PayloadMistake, str]] = []
    seen = {sent.payload}
    for mistake in PAYLOADS:
        for n, payload in enumerate(islice(mistake.signed(sent), most)):
            purse.left -= writing_cost(payload)
            if payload not in seen:
                seen.add(payload)
                yield ways[0], payload, mistake
                if n < _PAIRED_VARIANTS:
                    paired.append((mistake, payload))
            if purse.left < 0:
                return
    yield from ((way, payload, mistake) for mistake, payload in paired for way in ways[1:])


def _ways(call: Call, spec: AnyKey | None) -> Iterator[Way]:
    """List the ways to sign that a client may have taken, the right one first."""
    signature = call.params.signature or ""
    if isinstance(spec, HmacKey):
        yield from _hmac_ways(call, spec, _readings(signature, from_hex, FORMS_OF_HEX))
    elif spec is not None and call.key is not None:
        yield from _public_key_ways(call, spec, _readings(signature, whole_base64, FORMS_OF_BASE64))


def _hmac_ways(call: Call, spec: HmacKey, readings: Readings) -> Iterator[Way]:
    secret = spec.secret.encode()
    yield _by_digest(None, hmac_sha256(secret), readings)
    for mistake in SECRETS:
        for other in mistake.secrets(spec.secret, call):
            raw = other.encode() if isinstance(other, str) else other
            if raw != secret:
                yield _by_digest(mistake, hmac_sha256(raw), readings)
    sizes = {len(raw) for raw in readings}
    for kind in DIGESTS:
        for digest in kind.digests(secret):
            if len(digest(b"")) in sizes:
                yield _by_digest(kind, digest, readings)


def _public_key_ways(call: Call, spec: PublicKeySpec, readings: Readings) -> Iterator[Way]:
    cost = _RSA_COST if isinstance(spec, RsaKey) else _ED25519_COST
    others = (one.api_key for one in specs_of(call) if type(one) is type(spec) and one.api_key != spec.api_key)
    for api_key in (spec.api_key, *islice(others, _OTHER_KEYS)):
        key = call.world.keys.get(api_key)
        if key is not None:
            mistake = None if api_key == spec.api_key else OTHER_KEY
            yield _by_check(mistake, _fits(key), readings, cost)
    if isinstance(spec, RsaKey):
        yield from (_by_check(mistake, fits, readings, cost) for mistake, fits in _rsa_ways(spec))


def _fits(key: Key) -> Fits:
    return lambda payload, raw: key.verify(payload, b64encode(raw).decode())


def whole_base64(text: str) -> bytes | None:
    """Read base64 as an RSA or Ed25519 signature must be written, in whole groups of four characters."""
    return from_loose_base64(text) if len(text) % 4 == 0 and " " not in text else None


def _readings(signature: str, right: Callable[[str], bytes | None], forms: tuple[FormMistake, ...]) -> Readings:
    readings: Readings = {}
    for form, read in ((None, right), *((form, form.read) for form in forms)):
        raw = read(signature)
        if raw:
            readings.setdefault(raw, form)
    return readings


def _by_digest(mistake: Mistake | None, digest: Digest, readings: Readings) -> Way:
    def read(payload: bytes) -> tuple[bool, FormMistake | None]:
        raw = digest(payload)
        return raw in readings, readings.get(raw)

    return Way(mistake, read, _HMAC_COST)


def _by_check(mistake: Mistake | None, fits: Fits, readings: Readings, cost: int) -> Way:
    def read(payload: bytes) -> tuple[bool, FormMistake | None]:
        for raw, form in readings.items():
            if fits(payload, raw):
                return True, form
        return False, None

    return Way(mistake, read, cost * max(len(readings), 1))


def _rsa_ways(spec: PublicKeySpec) -> Iterator[tuple[Mistake, Fits]]:
    """List the other paddings and hashes of RSA; none without the library that knows them."""
    try:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        key = load_pem_public_key((spec.public_key or "").encode())
    except (ImportError, ValueError):
        return
    if not isinstance(key, rsa.RSAPublicKey):
        return
    others: tuple[HashAlgorithm, ...] = (hashes.SHA1(), hashes.SHA512(), hashes.SHA384(), hashes.MD5())  # noqa: S303
    for one in (hashes.SHA256(), *others[:2]):
        yield RSA_PSS, _rsa_fits(key, padding.PSS(padding.MGF1(one), padding.PSS.AUTO), one)
    for one in others:
        yield RSA_HASH, _rsa_fits(key, padding.PKCS1v15(), one)


def _rsa_fits(key: RSAPublicKey, padding: AsymmetricPadding, algorithm: HashAlgorithm) -> Fits:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    def fits(payload: bytes, raw: bytes) -> bool:
        try:
            key.verify(raw, payload, padding, algorithm)
        except (InvalidSignature, UnsupportedAlgorithm, ValueError):
            return False
        return True

    return fits
