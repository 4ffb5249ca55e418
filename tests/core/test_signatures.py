"""Signatures: over the characters as sent, by the key's own algorithm, and nothing else passes."""

import tomllib
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from msgspec import structs

from mockex import scenarios
from mockex.core.exchange import Exchange
from mockex.core.params import read_params
from mockex.core.scenario import Behaviour
from mockex.core.signing import hmac_verifier
from mockex.core.wire import Request, as_bytes
from mockex.core.world import open_world, verifier_of
from mockex.endpoints import CATALOGUE
from mockex.signer import Signer
from tests.alice import ALICE, NOW_MS, PAPI_PATH, RANGE, SAPI_PATH, exchange, heard, query_of, request

VECTORS = tomllib.loads((Path(__file__).parents[2] / "fixtures" / "signatures.toml").read_text())["vector"]
DOCUMENTED = scenarios.read("documented")
KEYS = DOCUMENTED.accounts[0].keys
TIMESTAMP = f"timestamp={NOW_MS}"


def ask(query: str, path: str = SAPI_PATH, body: bytes = b"") -> tuple[int, int | None]:
    """Send a query to Alice's exchange as it is written here."""
    target = f"{path}?{query}"
    return heard(
        exchange().handle(Request(method="GET", target=target, received_at_ms=NOW_MS, api_key=ALICE.api_key, body=body))
    )


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["source"][:40])
def test_printed_vectors(vector: dict[str, Any]) -> None:
    """A printed digest passes just where it is right; those that Binance prints wrongly are refused."""
    query, body, digest = vector["query"], vector["body"], vector["digest"]
    signed = read_params(query if body else f"{query}&signature={digest}", f"{body}&signature={digest}" if body else "")
    verify = hmac_verifier(vector["secret"])
    assert verify(as_bytes(signed.payload), signed.signature or "") is vector["is_right"]
    assert verify(as_bytes(signed.payload), digest.upper()) is vector["is_right"]


@pytest.mark.parametrize("key", KEYS, ids=scenarios.key_type)
def test_each_type_of_key_is_let_in(key: Any) -> None:
    """The exchange admits what the private half of each documented key signs, and nothing once a character changes."""
    world = open_world("default", DOCUMENTED, CATALOGUE, NOW_MS)
    signer = Signer.of(key)
    query = signer.signed(TIMESTAMP)

    def status(sent: str) -> tuple[int, int | None]:
        target = f"{SAPI_PATH}?{sent}"
        call = Request(method="GET", target=target, received_at_ms=NOW_MS, api_key=key.api_key)
        return heard(Exchange(CATALOGUE, world).handle(call))

    assert status(query) == (200, None)
    assert status(query.replace(TIMESTAMP, f"timestamp={NOW_MS + 1}")) == (400, -1022)


def test_the_type_of_the_key_decides() -> None:
    """A signature made by another type of key fails, whatever it looks like; each key accepts its own alone."""
    payload = TIMESTAMP
    signatures = [Signer.of(key).signature(payload) for key in KEYS]
    verdicts = [[verifier_of(key)(payload.encode(), signature) for signature in signatures] for key in KEYS]
    assert verdicts == [[row == column for column in range(3)] for row in range(3)]


@pytest.mark.parametrize("key", KEYS, ids=scenarios.key_type)
@pytest.mark.parametrize(
    "junk", ["", "0", "é" * 64, "=" * 64, "A" * 10_000, "\udcff" * 64, "0" * 63, "zz" * 32, "AA=A"]
)
def test_junk_is_no_signature(key: Any, junk: str) -> None:
    """Whatever stands for a signature, verifying it says no and does not raise."""
    assert verifier_of(key)(b"timestamp=1", junk) is False


def test_hex_in_upper_case_passes_and_changed_base64_does_not() -> None:
    """HMAC's hex may come in either case; base64 is case-sensitive."""
    signature = Signer.of(ALICE).signature(TIMESTAMP)
    assert ask(f"{TIMESTAMP}&signature={signature.upper()}") == (200, None)
    ed25519 = KEYS[2]
    signed = Signer.of(ed25519).signature(TIMESTAMP)
    assert verifier_of(ed25519)(TIMESTAMP.encode(), signed) is True
    assert verifier_of(ed25519)(TIMESTAMP.encode(), signed.swapcase()) is False


def test_a_bare_plus_in_base64_is_a_space() -> None:
    """A base64 signature must be percent-encoded: form decoding turns its + into a space."""
    signer = Signer.of(KEYS[1])
    query, signature = next(
        (query, signature)
        for query in (f"{TIMESTAMP}&nonce={n}" for n in range(100))
        if "+" in (signature := signer.signature(query))
    )
    world = open_world("default", DOCUMENTED, CATALOGUE, NOW_MS)

    def status(sent: str) -> tuple[int, int | None]:
        target = f"{SAPI_PATH}?{query}&signature={sent}"
        call = Request(method="GET", target=target, received_at_ms=NOW_MS, api_key=signer.api_key)
        return heard(Exchange(CATALOGUE, world).handle(call))

    assert status(quote_plus(signature)) == (200, None)
    assert status(signature) == (400, -1022)


def test_the_payload_is_what_was_sent() -> None:
    """Order, encoding, empty and unknown parameters are signed as sent; a sorted or decoded payload is another one."""
    signer = Signer.of(ALICE)
    for query in (
        f"z=1&{TIMESTAMP}&a=%7e%2B+x&empty=&&bare",
        f"&{TIMESTAMP}",
        f"{TIMESTAMP}&name=J%C3%BCrgen",
        f"{TIMESTAMP}&name=Jürgen",
        f"{TIMESTAMP}&name=\udcff",
        f"{TIMESTAMP}&recvWindow=5000&recvWindow=junk",
    ):
        assert ask(signer.signed(query)) == (200, None), query
    signature = signer.signature(f"a=1&{TIMESTAMP}")
    assert ask(f"{TIMESTAMP}&a=1&signature={signature}") == (400, -1022)
    signature = signer.signature(f"{TIMESTAMP}&a=~")
    assert ask(f"{TIMESTAMP}&a=%7E&signature={signature}") == (400, -1022)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_the_signature_may_stand_anywhere(position: int) -> None:
    """The payload is everything but the signature, wherever that stands; under the switch it must be the last."""
    segments = [TIMESTAMP, "recvWindow=5000"]
    signature = f"signature={Signer.of(ALICE).signature('&'.join(segments))}"
    segments.insert(position, signature)
    assert ask("&".join(segments)) == (200, None)
    strict = exchange(behaviour=Behaviour(signature_position="last"))
    call = structs.replace(request("SAPI"), target=f"{SAPI_PATH}?{'&'.join(segments)}")
    assert heard(strict.handle(call)) == ((200, None) if position == len(segments) - 1 else (400, -1022))


def test_query_and_body_are_joined_by_nothing() -> None:
    """On PAPI a GET's body is part of the payload, behind the query with no & between; the query's value wins."""
    signer = Signer.of(ALICE)
    query, body = query_of(RANGE | {"recvWindow": 5000}), f"recvWindow=70000&{TIMESTAMP}"
    right = f"{body}&signature={signer.signature(query + body)}".encode()
    joined = f"{body}&signature={signer.signature(f'{query}&{body}')}".encode()
    assert ask(query, PAPI_PATH, right) == (200, None)
    assert ask(query, PAPI_PATH, joined) == (400, -1022)


def test_an_empty_signature_is_a_missing_one() -> None:
    """`signature=` is -1102, and not a wrong signature."""
    assert ask(f"{TIMESTAMP}&signature=") == (400, -1102)
    assert ask(f"{TIMESTAMP}&signature={b64encode(b'x').decode()}") == (400, -1022)
