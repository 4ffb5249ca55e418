"""What a gateway would say to a URL, without any server: a world with this one key hears it, and is asked why."""

import re
from pathlib import Path
from time import time_ns
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec
from msgspec import json

from mockex import scenarios
from mockex.cli.sign import signer
from mockex.core.bounds import MAX_CLOCK_MS
from mockex.core.call import gather
from mockex.core.doctor import diagnose
from mockex.core.exchange import Exchange
from mockex.core.telling import told
from mockex.core.wire import Request, as_bytes
from mockex.core.world import World, open_world
from mockex.endpoints import CATALOGUE
from mockex.errors import MockexError
from mockex.signer import Signer

A_KEY = "explained".ljust(64, "0")
WORLD_PREFIX = re.compile(r"^/w/[^/]+(?=/)")
ORIGIN = re.compile(r"^https?://[^/?#]*", re.IGNORECASE)
SHORTEST_HIDDEN = 6
"""A shorter secret stands in any text by chance."""


def judged(
    url: str,
    *,
    api_key: str | None,
    secret: str | None,
    private_key_file: Path | None,
    at: int | None,
    method: str,
    body: str,
) -> dict[str, Any]:
    """Say what a gateway would answer and why, in the words of the control API; no secret is in them."""
    by = signer(api_key, secret, private_key_file)
    now_ms = time_ns() // 1_000_000 if at is None else at
    if now_ms > MAX_CLOCK_MS:
        raise MockexError(f"--at {at}: no clock of the exchange gets there")
    world = world_of(by, now_ms)
    request = Request(
        method=method.upper(),
        target=target_of(url),
        received_at_ms=now_ms,
        api_key=by.api_key,
        body=as_bytes(body),
        accept="*/*",
    )
    Exchange(CATALOGUE, world).handle(request)
    entry = world.journal.entries[-1]
    diagnoses = []
    if entry.refused_by:
        diagnoses = diagnose(gather(request, world, CATALOGUE), (), refused_by=entry.refused_by)
    call = told(entry)
    del call["seq"]
    return without(by, {"call": call, "faults": [], "diagnoses": diagnoses})


def target_of(url: str) -> str:
    """Take path and query out of a URL; the rest of it says where, and not what. Raises MockexError."""
    target = ORIGIN.sub("", url).partition("#")[0]
    if target.startswith("?"):
        target = f"/{target}"
    if not target.startswith("/"):
        raise MockexError(f"{url.partition('?')[0]!r} is neither a URL, nor a path, nor the number of a call")
    return WORLD_PREFIX.sub("", target)


def world_of(by: Signer, now_ms: int) -> World:
    """Open a world that stands still at a time, with one account that may do everything, and this key."""
    api_key = by.api_key if re.fullmatch("[A-Za-z0-9]{64}", by.api_key) else A_KEY
    key: dict[str, str] = {"api_key": api_key}
    if by.secret is not None:
        key |= {"type": "HMAC", "secret": by.secret}
    else:
        kind, public_key = public_half(by.private_key or "")
        key |= {"type": kind, "public_key": public_key, "private_key": by.private_key or ""}
    spec = {"title": "explained", "clock": {"frozen_at": now_ms}, "accounts": [{"uid": 1, "keys": [key]}]}
    try:
        scenario = msgspec.convert(spec, scenarios.file_type())
    except msgspec.ValidationError as error:
        raise MockexError(f"the key cannot be used: {error}") from None
    return open_world("default", scenario, CATALOGUE, now_ms)


def public_half(private_key: str) -> tuple[str, str]:
    """Give the type of a private key, and its public half in PEM. Raises MockexError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    from mockex.core.signing import public_key_type

    try:
        key = load_pem_private_key(private_key.encode(), password=None).public_key()
        public_key = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        public_key = ""
    kind = public_key_type(public_key)
    if kind not in ("RSA", "Ed25519"):
        raise MockexError("expected an RSA or Ed25519 private key in PEM, without a password")
    return kind, public_key


def without(by: Signer, said: dict[str, Any]) -> dict[str, Any]:
    """Give what is said as plain data, without the secret, should the call itself carry it."""
    text = json.encode(said).decode()
    secret = by.secret or ""
    if len(secret) >= SHORTEST_HIDDEN:
        for form in sorted({secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}, key=len, reverse=True):
            text = text.replace(json.encode(form).decode()[1:-1], "[secret]")
    plain: dict[str, Any] = json.decode(text)
    return plain
