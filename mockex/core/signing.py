"""Signatures: HMAC-SHA256 in hex, RSA PKCS#1 v1.5 with SHA-256 and Ed25519 in base64; the key decides which."""

import hmac
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from functools import lru_cache

from mockex.core.bounds import MAX_SIGNATURE_CHARS

Verifier = Callable[[bytes, str], bool]
"""Says whether a signature, decoded from its form, fits the payload; never raises."""


def hmac_signature(payload: bytes, secret: str) -> str:
    """Sign with an HMAC secret: 64 hex digits in lower case."""
    return hmac.digest(secret.encode(), payload, "sha256").hex()


def private_key_signature(payload: bytes, pem: str) -> str:
    """Sign with an RSA or Ed25519 private key in PEM: base64, not yet percent-encoded. Raises ValueError for others."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

    key = _private_key(pem)
    if isinstance(key, rsa.RSAPrivateKey):
        return b64encode(key.sign(payload, padding.PKCS1v15(), hashes.SHA256())).decode()
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return b64encode(key.sign(payload)).decode()
    raise ValueError("the private key is neither RSA nor Ed25519")


@lru_cache(maxsize=16)
def _private_key(pem: str) -> object:
    """Read a private key; once, because reading an RSA key takes longer than thirty signatures. Raises ValueError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(pem.encode(), password=None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(str(error)) from None


def hmac_verifier(secret: str) -> Verifier:
    """Verify hex digests in either case (documented: "The signature is not case sensitive"), in constant time."""
    keyed = hmac.new(secret.encode(), digestmod="sha256")  # a copy of it is a third cheaper than to begin anew

    def verify(payload: bytes, signature: str) -> bool:
        if len(signature) != 64 or not signature.isascii():  # noqa: PLR2004 - SHA-256 has 32 bytes
            return False
        digest = keyed.copy()
        digest.update(payload)
        return hmac.compare_digest(digest.hexdigest(), signature.lower())

    return verify


def rsa_verifier(pem: str) -> Verifier:
    """Verify base64 signatures of an RSA public key in PEM; the key is read when the first signature comes."""
    return _public_key_verifier(lambda: _rsa_check(pem))


def ed25519_verifier(pem: str) -> Verifier:
    """Verify base64 signatures of an Ed25519 public key in PEM; the key is read when the first signature comes."""
    return _public_key_verifier(lambda: _ed25519_check(pem))


def _public_key_verifier(read_key: Callable[[], Callable[[bytes, bytes], None]]) -> Verifier:
    check: Callable[[bytes, bytes], None] | None = None

    def verify(payload: bytes, signature: str) -> bool:
        nonlocal check
        if len(signature) > MAX_SIGNATURE_CHARS:
            return False
        try:
            raw = b64decode(signature, validate=True)
        except (Base64Error, ValueError):
            return False
        if check is None:
            check = read_key()
        from cryptography.exceptions import InvalidSignature

        try:
            check(raw, payload)
        except InvalidSignature:
            return False
        return True

    return verify


def _rsa_check(pem: str) -> Callable[[bytes, bytes], None]:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = load_pem_public_key(pem.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("not an RSA public key")
    return lambda signature, payload: key.verify(signature, payload, padding.PKCS1v15(), hashes.SHA256())


def _ed25519_check(pem: str) -> Callable[[bytes, bytes], None]:
    from cryptography.hazmat.primitives.asymmetric import ed25519
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = load_pem_public_key(pem.encode())
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise TypeError("not an Ed25519 public key")
    return key.verify


def public_key_type(pem: str) -> str:
    """Name the type of a public key in PEM: RSA, Ed25519, or what else it is."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return "no public key in PEM"
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA"
    return "Ed25519" if isinstance(key, ed25519.Ed25519PublicKey) else "another type"
