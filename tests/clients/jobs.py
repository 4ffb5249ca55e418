"""What the drivers are told: each key of a scenario with its own private half, and with one that is not its own."""

from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mockex.scenarios import key_type
from mockex.signer import Signer
from mockex.testing import LiveExchange

KEY_TYPES = ("HMAC", "RSA", "Ed25519")
RANGE = {"startTime": 1736184913252, "endTime": 1736263046841}
"""From the older record to the newer one, both included."""


def jobs(exchange: LiveExchange, folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Write the jobs, by "right" or "wrong" and the key's type; private keys lie in the folder."""
    keys = {
        key_type(key): Signer.of(key) for account in exchange.exchange.world.scenario.accounts for key in account.keys
    }
    assert tuple(keys) == KEY_TYPES
    signers = {("right", name): signer for name, signer in keys.items()}
    signers |= {("wrong", name): _with_another_half(signer, name) for name, signer in keys.items()}
    return {
        (half, name): {"url": exchange.url, "key_type": name, "range": RANGE}
        | _as_told(signer, folder / f"{half}-{name}.pem")
        for (half, name), signer in signers.items()
    }


def _as_told(signer: Signer, file: Path) -> dict[str, str | None]:
    if signer.private_key is None:
        return {"api_key": signer.api_key, "secret": signer.secret, "private_key_file": None}
    file.write_text(signer.private_key, encoding="ascii")
    return {"api_key": signer.api_key, "secret": None, "private_key_file": str(file)}


def _with_another_half(signer: Signer, name: str) -> Signer:
    if name == "HMAC":
        return Signer(api_key=signer.api_key, secret="not the secret")
    private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
    private = rsa.generate_private_key(65_537, 2_048) if name == "RSA" else ed25519.Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Signer(api_key=signer.api_key, private_key=pem.decode("ascii"))
