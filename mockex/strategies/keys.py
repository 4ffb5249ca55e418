"""API keys of all three types, with both halves, so that whoever draws one can sign with it."""

from collections.abc import Sequence
from functools import cache, lru_cache
from hashlib import sha256
from typing import get_args

from hypothesis import strategies as st
from msgspec import structs

from mockex.core.account import KeyType, Permission
from mockex.core.scenario import AnyKey, Ed25519Key, HmacKey, KeySpec, RsaKey
from mockex.scenarios import key_type, read
from mockex.signer import Signer
from mockex.strategies.arguments import check_names, check_strategies

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KEY_CHARS = 64
PAIRS = 64
"""How many Ed25519 pairs there are; making one takes a moment, so the second time it is remembered."""

KEY_TYPES: tuple[KeyType, ...] = get_args(KeyType)
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)
USUAL_PERMISSIONS = next(one.default for one in structs.fields(KeySpec) if one.name == "permissions")

Rights = tuple[tuple[Permission, ...], tuple[str, ...]]

_SECRETS = ("secret", " ", "密钥 é", "a+b/c==", "-" * 200, "line\n")


def api_keys(
    *,
    types: Sequence[KeyType] = KEY_TYPES,
    permissions: st.SearchStrategy[tuple[Permission, ...]] | None = None,
    allowed_ips: st.SearchStrategy[tuple[str, ...]] | None = None,
) -> st.SearchStrategy[AnyKey]:
    """Draw API keys of the `types`, with both halves; RSA pairs come from a pool of one, for they are slow to make.

    Shrinks to a key of the first type, usual in its permissions, that every IP may use.
    """
    check_names("types", types, KEY_TYPES)
    check_strategies(permissions=permissions, allowed_ips=allowed_ips)
    given_rights = st.tuples(
        PERMISSION_SETS if permissions is None else permissions, ALLOWED_IPS if allowed_ips is None else allowed_ips
    )
    is_usual = permissions is None and allowed_ips is None
    rights = st.just((USUAL_PERMISSIONS, ())) | given_rights if is_usual else given_rights
    # A secret is drawn for every type: were one shorter to draw than HMAC, all would shrink to it.
    return st.builds(_key, st.sampled_from(types), ANY_NUMBER, ANY_SECRET, rights)


def _key(kind: KeyType, number: int, secret: str, rights: Rights) -> AnyKey:
    name, (permissions, ips) = _name(number), rights
    if kind == "HMAC":
        return HmacKey(api_key=name, secret=secret, permissions=permissions, allowed_ips=ips)
    pair, shape = (_documented_pair("RSA"), RsaKey) if kind == "RSA" else (_ed25519_pair(number % PAIRS), Ed25519Key)
    public, private = pair
    return shape(api_key=name, public_key=public, private_key=private, permissions=permissions, allowed_ips=ips)


def _name(number: int) -> str:
    """Write a number as the 64 letters and digits of an API key."""
    digits = ""
    while number:
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits.rjust(KEY_CHARS, ALPHABET[0])


@cache
def _documented_pair(kind: KeyType) -> tuple[str, str]:
    """Take the test key of a type that comes with mockex, beside its scenarios."""
    accounts = read("documented").accounts
    (key,) = (key for account in accounts for key in account.keys if key_type(key) == kind)
    assert isinstance(key, RsaKey | Ed25519Key)
    assert key.public_key is not None
    private_key = Signer.of(key).private_key
    assert private_key is not None
    return key.public_key, private_key


@lru_cache(maxsize=PAIRS)
def _ed25519_pair(seed: int) -> tuple[str, str]:
    """Make an Ed25519 key pair from a number: public and private half in PEM."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = Ed25519PrivateKey.from_private_bytes(sha256(b"%d" % seed).digest())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return public.decode(), private.decode()


ANY_NUMBER = st.integers(0, len(ALPHABET) ** KEY_CHARS - 1)
ANY_SECRET = st.sampled_from(_SECRETS) | st.text(min_size=1, max_size=KEY_CHARS)
PERMISSION_SETS = st.just(USUAL_PERMISSIONS) | st.lists(st.sampled_from(PERMISSIONS), unique=True).map(tuple)
ALLOWED_IPS = st.just(()) | st.lists(st.ip_addresses().map(str), min_size=1, max_size=3).map(tuple)
