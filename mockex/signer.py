"""Signing as a client must: over the very characters that are sent."""

from pathlib import Path
from urllib.parse import quote_plus

from msgspec import Struct

from mockex.core.scenario import AnyKey, HmacKey
from mockex.core.signing import hmac_signature, private_key_signature
from mockex.core.wire import as_bytes


class Signer(Struct, frozen=True, kw_only=True):
    """An API key with what signs for it: an HMAC secret, or an RSA or Ed25519 private key in PEM."""

    api_key: str
    secret: str | None = None
    private_key: str | None = None

    @classmethod
    def of(cls, key: AnyKey) -> "Signer":
        """Make the signer of a scenario's key. Raises ValueError where its private half is not known."""
        if isinstance(key, HmacKey):
            return cls(api_key=key.api_key, secret=key.secret)
        if key.private_key is not None:
            return cls(api_key=key.api_key, private_key=key.private_key)
        if key.private_key_file is not None:
            return cls(api_key=key.api_key, private_key=Path(key.private_key_file).read_text(encoding="ascii"))
        raise ValueError(f"the private half of {key.api_key} is not known")

    def __repr__(self) -> str:
        """Tell the key and how it signs, and nothing to sign with: failing tests print what they hold."""
        return f"Signer(api_key={self.api_key!r}, {'HMAC' if self.secret is not None else 'a private key'})"

    @property
    def headers(self) -> dict[str, str]:
        """The header that names the key, for whatever sends the signed query."""
        return {"X-MBX-APIKEY": self.api_key}

    def signature(self, payload: str) -> str:
        """Sign a payload; base64 is not yet percent-encoded."""
        if self.secret is not None:
            return hmac_signature(as_bytes(payload), self.secret)
        return private_key_signature(as_bytes(payload), self.private_key or "")

    def signed(self, query: str) -> str:
        """Put the signature behind a query, percent-encoded."""
        return f"{query}{'&' if query else ''}signature={quote_plus(self.signature(query))}"
