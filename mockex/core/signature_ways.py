"""How a client may have signed otherwise: another secret, another algorithm, another form of the digest."""

import hashlib
import hmac
import re
from base64 import b64decode, b64encode, urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from urllib.parse import quote, unquote

from mockex.core.call import Call
from mockex.core.diagnosis import specs_of
from mockex.core.scenario import HmacKey

Digest = Callable[[bytes], bytes]
Fits = Callable[[bytes, bytes], bool]
"""Says whether raw signature bytes fit a payload; never raises."""

_OTHER_KEYS = 100
_HASHES = ("sha512", "sha384", "sha1", "md5", "sha3_256", "blake2s")


def white_space(secret: str, _call: Call) -> Iterator[str]:
    """White space or a byte order mark around it."""
    yield from (f"{secret}{end}" for end in ("\n", "\r\n", " ", "\t", "\r"))
    yield from (f" {secret}", f" {secret} ", f"\ufeff{secret}", f"\n{secret}", secret.strip(), secret.replace(" ", ""))


def in_quotes(secret: str, _call: Call) -> Iterator[str]:
    """Quotes around it."""
    yield from (f'"{secret}"', f"'{secret}'", f"b'{secret}'", f"`{secret}`", f"<{secret}>", f"${{{secret}}}")


def other_case(secret: str, _call: Call) -> Iterator[str]:
    """In lower or upper case."""
    yield from (secret.lower(), secret.upper(), secret.swapcase())


def the_api_key(_secret: str, call: Call) -> Iterator[str]:
    """The API key."""
    yield call.request.api_key or ""


def nothing(_secret: str, _call: Call) -> Iterator[str]:
    """A variable that was not set."""
    yield from ("", "None", "null", "undefined", "secret", "your_secret_key", "YOUR_API_SECRET", "API_SECRET")


def cut_off(secret: str, _call: Call) -> Iterator[str]:
    """A part of it."""
    yield from (secret[:-1], secret[1:], secret[:32], secret[:16], secret.partition("#")[0], secret.partition("=")[2])


def re_encoded(secret: str, _call: Call) -> Iterator[str | bytes]:
    """Encoded, though the exchange takes its characters as they are."""
    raw = secret.encode()
    yield from (b64encode(raw), raw.hex(), quote(secret, safe=""), unquote(secret), hashlib.sha256(raw).hexdigest())
    yield from (hashlib.sha256(raw).digest(), hashlib.md5(raw, usedforsecurity=False).hexdigest(), f"{secret}&")
    yield raw.decode().encode("utf-16-le")


def decoded(secret: str, _call: Call) -> Iterator[bytes]:
    """Decoded from base64 or hex, though the exchange takes its characters as they are."""
    for read in (from_base64, from_hex):
        raw = read(secret)
        if raw:
            yield raw


def of_another_key(secret: str, call: Call) -> Iterator[str]:
    """The secret of another key of the world."""
    others = (spec.secret for spec in specs_of(call) if isinstance(spec, HmacKey))
    yield from islice((other for other in others if other != secret), _OTHER_KEYS)


def hmac_sha256(secret: bytes) -> Digest:
    """The right algorithm."""
    return lambda payload: hmac.digest(secret, payload, "sha256")


def another_hash(secret: bytes) -> Iterator[Digest]:
    """HMAC with another hash than SHA-256."""
    for name in _HASHES:
        yield partial(_hmac, secret, name)


def _hmac(secret: bytes, name: str, payload: bytes) -> bytes:
    return hmac.digest(secret, payload, name)


def hash_without_key(_secret: bytes) -> Iterator[Digest]:
    """A plain hash."""
    for name in ("sha256", "sha512", "sha1", "md5"):
        yield partial(_hash, name, b"", b"")


def glued(secret: bytes) -> Iterator[Digest]:
    """A plain hash of secret and payload behind each other."""
    for name in ("sha256", "md5"):
        for between in (b"", b"&", b"&secret="):
            yield partial(_hash, name, b"", between + secret)
            yield partial(_hash, name, secret + between, b"")


def _hash(name: str, before: bytes, behind: bytes, payload: bytes) -> bytes:
    return hashlib.new(name, before + payload + behind, usedforsecurity=False).digest()


def swapped(secret: bytes) -> Iterator[Digest]:
    """The payload as the key and the secret as the message."""
    yield lambda payload: hmac.digest(payload, secret, "sha256")


def signed_twice(secret: bytes) -> Iterator[Digest]:
    """The digest, or its hex, signed or hashed again."""
    yield lambda payload: hmac.digest(secret, hmac.digest(secret, payload, "sha256").hex().encode(), "sha256")
    yield lambda payload: hmac.digest(secret, hmac.digest(secret, payload, "sha256"), "sha256")
    yield lambda payload: hashlib.sha256(hmac.digest(secret, payload, "sha256")).digest()


def from_hex(text: str) -> bytes | None:
    """Read hex digits in pairs, and nothing else."""
    return bytes.fromhex(text) if re.fullmatch("([0-9A-Fa-f]{2})+", text) else None


def from_base64(text: str) -> bytes | None:
    """Read base64 as it must be."""
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError):
        return None


def from_loose_base64(text: str) -> bytes | None:
    """Read base64 without its padding."""
    return from_base64(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))


def from_base64url(text: str) -> bytes | None:
    """Read the base64 of URLs, with - and _."""
    if not re.fullmatch("[0-9A-Za-z_-]+=*", text) or not re.search("[-_]", text):
        return None
    try:
        return urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except (Base64Error, ValueError):
        return None


def from_spaced_base64(text: str) -> bytes | None:
    """Read base64 whose + became spaces."""
    return from_loose_base64(text.replace(" ", "+")) if " " in text else None


def from_base64_lines(text: str) -> bytes | None:
    """Read base64 in lines."""
    return from_base64("".join(text.split())) if re.search(r"[\r\n]", text) else None


def from_hex_with_separators(text: str) -> bytes | None:
    """Read AB-CD-…, as C#'s BitConverter writes."""
    return from_hex(re.sub("[-: ,]", "", text)) if re.fullmatch("[0-9A-Fa-f]{2}([-: ,][0-9A-Fa-f]{2})+", text) else None


def from_short_hex(text: str) -> bytes | None:
    """Read hex whose leading zeros are missing, as a big integer writes."""
    return bytes.fromhex(text.zfill(64)) if re.fullmatch("[0-9A-Fa-f]{56,63}", text) else None


def from_decorated(text: str) -> bytes | None:
    """Read hex or base64 with quotes, white space, 0x or the like around it."""
    bare = re.sub(r"""^(\s|["'`\[{<]|b'|0x|sha256=)+|(\s|["'`\]}>])+$""", "", text)
    return (from_hex(bare) or from_base64(bare)) if bare != text else None


def from_twice_percent_encoded(text: str) -> bytes | None:
    """Read what is still percent-encoded."""
    return (from_hex(unquote(text)) or from_base64(unquote(text))) if "%" in text else None


def from_base64_of_text(text: str) -> bytes | None:
    """Read base64 of hex or of base64."""
    try:
        inner = (from_base64(text) or b"").decode("ascii")
    except UnicodeDecodeError:
        return None
    return from_hex(inner) or from_base64(inner) or None
