"""What our own servers on other frameworks check of a call: its HMAC signature, and nothing else."""

import hashlib
import hmac

REFUSED = b'{"code":-1022,"msg":"Signature for this request is not valid."}'


def is_signed(query: bytes, secret: bytes) -> bool:
    """Verify the signature that stands last in a query."""
    payload, separator, signature = query.rpartition(b"&signature=")
    return bool(separator) and hmac.compare_digest(
        hmac.digest(secret, payload, hashlib.sha256).hex(), signature.decode("ascii", "replace")
    )
