"""The doctor on a real socket: a client makes each known mistake, and asks mockex why it was refused."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus
from urllib.request import urlopen

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mockex.core.scenario import HmacKey, RsaKey
from mockex.core.signature_mistakes import MISTAKES
from mockex.core.signing import hmac_signature
from mockex.core.wire import Request, as_bytes
from mockex.testing import LiveExchange
from tests.alice import ALICE, PAPI_PATH, request, scenario
from tests.core import test_doctor as access
from tests.core import test_doctor_signatures as signatures
from tests.wire.line import talk

TARGETS_OF_NO_HTTP = {" ", "\n", "\0"}
NOT_FROM_HERE = {"forwarded-ip-not-believed", "ipv6-for-ipv4", "another-clock"}
"""Mistakes of another IP or of another hour, which a client of this test cannot make."""


def can_be_sent(call: Request) -> bool:
    """Say whether HTTP lets such a target through; what it does not is refused before a gateway hears of it."""
    is_one_line = call.api_key is None or "\n" not in call.api_key
    return is_one_line and call.target.isascii() and not TARGETS_OF_NO_HTTP & set(call.target)


def as_sent(call: Request) -> bytes:
    """Write a request as a client would."""
    headers = [(name, value) for name, value in call.headers if name.lower() != b"host"]
    if call.api_key is not None and call.api_key.strip():
        headers.append((b"X-MBX-APIKEY", as_bytes(call.api_key)))
    if call.body:
        headers.append((b"Content-Length", b"%d" % len(call.body)))
    lines = [b"%b %b HTTP/1.1" % (call.method.encode(), as_bytes(call.target)), b"Host: 127.0.0.1:8090"]
    lines += [b"%b: %b" % header for header in headers]
    return b"\r\n".join([*lines, b"Connection: close", b"", call.body])


def heard_and_explained(live: LiveExchange, call: Request) -> dict[str, Any]:
    """Make a call on a socket, and ask over HTTP why it was refused: gives the first diagnosis."""
    (answer,) = talk(live, as_sent(call))
    assert 400 <= answer.status < 500
    seq = live.exchange.world.journal.written
    with urlopen(f"{live.url}/_mockex/worlds/default/journal/{seq}/explain") as said:  # noqa: S310 - loopback
        told = json.load(said)
    assert told["call"]["status"] == answer.status
    first: dict[str, Any] = told["diagnoses"][0]
    return first


@pytest.fixture(scope="module")
def clinic() -> Iterator[LiveExchange]:
    """Serve the accounts that the doctor's tests have, on their frozen clock."""
    with LiveExchange(scenario(*access.ACCOUNTS)) as live:
        yield live


ACCESS = [row for row in access.ROWS if can_be_sent(row[3]) and row[1] not in NOT_FROM_HERE]


@pytest.mark.parametrize(("check", "mistake", "part", "call"), ACCESS, ids=[f"{row[0]}-{row[1]}" for row in ACCESS])
def test_a_refusal_on_a_socket_is_explained(
    clinic: LiveExchange, check: str, mistake: str | None, part: str, call: Request
) -> None:
    """What the core's tests show holds for what a client really sends."""
    clinic.exchange.world.meter.windows.clear()
    clinic.exchange.world.journal.entries.clear()
    first = heard_and_explained(clinic, call)
    assert (first["check"], first["mistake"]) == (check, mistake)
    assert part in first["sentence"]


def signed_wrongly() -> Iterator[tuple[str, tuple[Any, ...], Request]]:
    """Give each known mistake in signing: its name, the keys of the account, the call."""
    other = (HmacKey(api_key=ALICE.api_key, secret=signatures.SECRET), signatures.OTHER)
    alice = (ALICE, signatures.OTHER)
    for mistake, signed in signatures.BODY_ROWS:
        body = f"{signatures.TS}&signature={hmac_signature(signed.encode(), ALICE.secret)}".encode()
        yield mistake, alice, request("PAPI", target=f"{PAPI_PATH}?{signatures.PAPI_QUERY}", body=body)
    for mistake, by, sign in signatures.PUBLIC_ROWS:
        payload = next(
            payload
            for payload in (f"{signatures.TS}&n={n}" for n in range(10_000))
            if {"+", "/"} <= set(signatures.text(signatures.by_ed25519(payload.encode())))
        )
        signature = quote_plus(sign(payload.encode()))
        yield mistake, private_keys(), signatures.sapi(f"{payload}&signature={signature}", by)
    for mistake, signed, sent in signatures.PAYLOAD_ROWS:
        yield mistake, alice, signatures.sapi(f"{sent}&signature={hmac_signature(as_bytes(signed), ALICE.secret)}")
    for mistake, secret in signatures.SECRET_ROWS:
        raw = secret.encode() if isinstance(secret, str) else secret
        digest = hmac.digest(raw, signatures.TS.encode(), "sha256").hex()
        yield mistake, other, signatures.sapi(f"{signatures.TS}&signature={digest}")
    for mistake, sign in signatures.DIGEST_ROWS:
        payload = next(
            payload
            for payload in (f"n={n}&{signatures.TS}" for n in range(10_000))
            if signatures.mac(payload.encode()).hex().startswith("0")
            and "-" in urlsafe_b64encode(signatures.mac(payload.encode())).decode()
        )
        yield mistake, other, signatures.sapi(f"{payload}&signature={quote_plus(sign(payload.encode()))}")


def private_keys() -> tuple[Any, ...]:
    """Give an account's keys of all types, and one of a stranger."""
    spki = PublicFormat.SubjectPublicKeyInfo
    public = signatures.STRANGER.public_key().public_bytes(Encoding.PEM, spki).decode()
    stranger = RsaKey(api_key="stranger".ljust(64, "0"), public_key=public)
    return (ALICE, signatures.RSA_KEY, signatures.ED25519_KEY, stranger)


WRONGLY = [row for row in signed_wrongly() if can_be_sent(row[2])]


@pytest.mark.parametrize(("mistake", "keys", "call"), WRONGLY, ids=[row[0] for row in WRONGLY])
def test_a_wrong_signature_on_a_socket_is_explained(mistake: str, keys: tuple[Any, ...], call: Request) -> None:
    """The mistake that reproduces the client's digest is named, and the secret is not."""
    with LiveExchange(scenario({"uid": 1, "keys": keys})) as live:
        live.exchange.handle(request("PAPI", by=keys[0], timestamp=signatures.EARLIER_MS))
        first = heard_and_explained(live, call)
    assert (first["check"], first["mistake"]) == ("signature_is_wrong", mistake)
    assert keys[0].secret not in json.dumps(first)


def test_nearly_every_mistake_is_made_here() -> None:
    """What HTTP does not let through is all that is left to the core's tests."""
    made = {row[0] for row in WRONGLY}
    assert {mistake.id for mistake in MISTAKES} - made <= {"parameters-behind-signature"}
