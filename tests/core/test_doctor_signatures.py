"""The doctor on -1022: a client that makes each known mistake, and the name that the doctor has for it."""

import base64
import hashlib
import hmac
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from msgspec import structs

from mockex import scenarios
from mockex.core.call import gather
from mockex.core.doctor import Diagnosis, diagnose
from mockex.core.exchange import Exchange
from mockex.core.journal import Entry
from mockex.core.scenario import ClockSpec, HmacKey, RsaKey
from mockex.core.signature_mistakes import MISTAKES
from mockex.core.signing import hmac_signature
from mockex.core.wire import Reply, Request, as_bytes
from mockex.core.world import open_world
from mockex.endpoints import CATALOGUE
from mockex.signer import Signer
from tests.alice import ALICE, NOW_MS, PAPI_PATH, RANGE, SAPI_PATH, exchange, key, query_of, request

TS = f"timestamp={NOW_MS}"
EARLIER_MS = NOW_MS - 4_000
PAPI_QUERY = query_of(RANGE)

# mistake                       signed                                  sent
PAYLOAD_ROWS = [
    ("trailing-newline", f"{TS}\n", TS),
    ("leading-question-mark", f"?{TS}", TS),
    ("leading-question-mark", f"a=1&{TS}", f"?a=1&{TS}"),
    ("stray-ampersand", f"{TS}&", TS),
    ("stray-ampersand", f"a=1&{TS}", f"a=1&&{TS}"),
    ("signature-in-payload", f"{TS}&signature=", TS),
    ("signature-in-payload", f"{TS}&signature=None", TS),
    ("sorted", f"recvWindow=5000&{TS}", f"{TS}&recvWindow=5000"),
    ("sorted", f"B=2&a=1&{TS}", f"a=1&B=2&{TS}"),
    ("sorted", f"a=1&a-b=2&{TS}", f"{TS}&a-b=2&a=1"),
    ("sorted", f"a=1&B=2&{TS}", f"{TS}&B=2&a=1"),
    ("sent-encoded-twice", f"x=a%20b&{TS}", f"x=a%2520b&{TS}"),
    ("plus-for-space", f"x=a%20b&{TS}", f"x=a+b&{TS}"),
    ("plus-for-space", f"x=a+b&{TS}", f"x=a%20b&{TS}"),
    ("percent-case", f"x=%2f&{TS}", f"x=%2F&{TS}"),
    ("signed-decoded", f"x=a/b c&{TS}", f"x=a%2Fb%20c&{TS}"),
    ("signed-encoded", f"x=J%C3%BCrgen&{TS}", f"x=Jürgen&{TS}"),
    ("signed-encoded", f"x=a%2Fb~&{TS}", f"x=a/b~&{TS}"),
    ("signed-encoded-twice", f"x=a%252Fb&{TS}", f"x=a%2Fb&{TS}"),
    ("separators-encoded", quote(f"a=1&{TS}", safe=""), f"a=1&{TS}"),
    ("number-format", f"{TS}.0", TS),
    ("number-format", "a=1&timestamp=1.76722563E12", f"a=1&{TS}"),
    ("number-format", f"limit=10&{TS}", f"limit=10.0&{TS}"),
    ("boolean-format", f"archived=True&{TS}", f"archived=true&{TS}"),
    ("empty-values", TS, f"asset=&{TS}"),
    ("empty-values", TS, f"asset=None&{TS}"),
    ("none-left-out", f"recvWindow=None&{TS}", TS),
    ("none-left-out", f"{TS}&recvWindow=", TS),
    ("nothing-signed", "", TS),
    ("timestamp-of-an-earlier-call", f"recvWindow=5000&timestamp={EARLIER_MS}", f"recvWindow=5000&{TS}"),
    ("signature-of-an-earlier-call", f"{PAPI_QUERY}&timestamp={EARLIER_MS}", TS),
    ("timestamp-in-another-unit", f"timestamp={NOW_MS // 1_000}", TS),
    ("added-after-signing", TS, f"{TS}&recvWindow=5000&fresh=1"),
    ("added-after-signing", "a=1&d=4", f"a=1&{TS}&d=4&recvWindow=5000"),
    ("path-in-payload", f"{SAPI_PATH}?{TS}", TS),
    ("path-in-payload", f"GET{SAPI_PATH}?{TS}", TS),
    ("url-in-payload", f"https://api.binance.com{SAPI_PATH}?{TS}", TS),
    ("url-in-payload", f"http://127.0.0.1:8090{SAPI_PATH}?{TS}", TS),
    ("api-key-in-payload", f"{ALICE.api_key}{TS}", TS),
    ("api-key-in-payload", f"apiKey={ALICE.api_key}&{TS}", TS),
    ("scheme-of-bybit", f"{NOW_MS}{ALICE.api_key}5000a=1", f"a=1&recvWindow=5000&{TS}"),
    ("scheme-of-okx", f"{NOW_MS}GET{SAPI_PATH}?a=1", f"a=1&{TS}"),
    ("json-signed", f'{{"a":"x","timestamp":{NOW_MS}}}', f"a=x&{TS}"),
    ("json-signed", str({"a": "x", "timestamp": NOW_MS}), f"a=x&{TS}"),
    ("quotes-signed", f'"{TS}"', TS),
    ("html-escaped", f"a=1&amp;{TS}", f"a=1&{TS}"),
    ("other-separators", f"a1timestamp{NOW_MS}", f"a=1&{TS}"),
    ("payload-in-other-case", f"recvwindow=5000&{TS}", f"recvWindow=5000&{TS}"),
    ("charset", TS.encode("utf-16-le").decode(), TS),
    ("hashed-first", hashlib.sha256(TS.encode()).hexdigest(), TS),
    ("lost-after-signing", f"recvWindow=5000&{TS}", TS),
    ("other-order", f"b=2&{TS}&a=1", f"{TS}&b=2&a=1"),
    ("timestamp-drawn-twice", f"timestamp={NOW_MS - 3}", TS),
    ("timestamp-drawn-twice", f"timestamp={NOW_MS + 41}", TS),
]

# mistake                       signed
BODY_ROWS = [
    ("body-joined-with-ampersand", f"{PAPI_QUERY}&{TS}"),
    ("body-before-query", f"{TS}{PAPI_QUERY}"),
    ("body-left-out", PAPI_QUERY),
    ("query-left-out", TS),
]

SECRET = "c2VjcmV0IG9mIGFsaWNl"
OTHER = key("bob")

SECRET_ROWS: list[tuple[str, str | bytes]] = [
    ("secret-with-white-space", f"{SECRET}\n"),
    ("secret-with-white-space", f" {SECRET}"),
    ("secret-in-quotes", f'"{SECRET}"'),
    ("api-key-as-secret", ALICE.api_key),
    ("secret-in-other-case", SECRET.lower()),
    ("secret-not-set", ""),
    ("secret-not-set", "undefined"),
    ("secret-cut", SECRET[:-1]),
    ("secret-encoded", b64encode(SECRET.encode())),
    ("secret-encoded", hashlib.sha256(SECRET.encode()).hexdigest()),
    ("secret-decoded", base64.b64decode(SECRET)),
    ("secret-of-another-key", OTHER.secret),
]


def mac(payload: bytes, name: str = "sha256") -> bytes:
    """Make the raw HMAC of a payload by the secret."""
    return hmac.digest(SECRET.encode(), payload, name)


DIGEST_ROWS: list[tuple[str, Callable[[bytes], str]]] = [
    ("another-hash", lambda payload: mac(payload, "sha512").hex()),
    ("another-hash", lambda payload: mac(payload, "sha1").hex()),
    ("another-hash", lambda payload: mac(payload, "md5").hex()),
    ("another-hash+base64-for-hex", lambda payload: b64encode(mac(payload, "sha512")).decode()),
    ("key-and-message-swapped", lambda payload: hmac.digest(payload, SECRET.encode(), "sha256").hex()),
    ("hash-without-key", lambda payload: hashlib.sha256(payload).hexdigest()),
    ("secret-glued-to-payload", lambda payload: hashlib.sha256(payload + SECRET.encode()).hexdigest()),
    ("secret-glued-to-payload", lambda payload: hashlib.sha256(SECRET.encode() + payload).hexdigest()),
    ("signed-twice", lambda payload: mac(mac(payload).hex().encode()).hex()),
    ("hex-with-separators", lambda payload: mac(payload).hex("-").upper()),
    ("leading-zeros-left-out", lambda payload: mac(payload).hex().lstrip("0")),
    ("signature-decorated", lambda payload: f'"{mac(payload).hex()}"'),
    ("signature-decorated", lambda payload: f"{mac(payload).hex()}\n"),
    ("signature-decorated", lambda payload: f"0x{mac(payload).hex()}"),
    ("base64-of-text", lambda payload: b64encode(mac(payload).hex().encode()).decode()),
    ("base64-for-hex", lambda payload: b64encode(mac(payload)).decode()),
    ("base64url-for-hex", lambda payload: urlsafe_b64encode(mac(payload)).decode()),
    ("signature-encoded-twice", lambda payload: quote(b64encode(mac(payload)).decode(), safe="")),
]

RSA_KEY, ED25519_KEY = scenarios.read("documented").accounts[0].keys[1:3]
STRANGER = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def by_rsa(payload: bytes) -> bytes:
    """Sign as the RSA key must, raw."""
    return base64.b64decode(Signer.of(RSA_KEY).signature(payload.decode()))


def by_ed25519(payload: bytes) -> bytes:
    """Sign as the Ed25519 key must, raw."""
    return base64.b64decode(Signer.of(ED25519_KEY).signature(payload.decode()))


def rsa_private() -> rsa.RSAPrivateKey:
    """Read the documented private key."""
    private = load_pem_private_key(private_pem().encode(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    return private


def private_pem() -> str:
    """Give the documented private key in PEM."""
    return str(Signer.of(RSA_KEY).private_key)


def text(raw: bytes) -> str:
    """Write base64."""
    return b64encode(raw).decode()


PSS = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)

PUBLIC_ROWS: list[tuple[str, Any, Callable[[bytes], str]]] = [
    ("hex-for-base64", RSA_KEY, lambda payload: by_rsa(payload).hex()),
    ("hex-for-base64", ED25519_KEY, lambda payload: by_ed25519(payload).hex()),
    ("plus-became-space", ED25519_KEY, lambda payload: text(by_ed25519(payload)).replace("+", " ")),
    ("base64url-for-base64", ED25519_KEY, lambda payload: urlsafe_b64encode(by_ed25519(payload)).decode()),
    ("lines-in-base64", RSA_KEY, lambda payload: base64.encodebytes(by_rsa(payload)).decode()),
    ("padding-left-out", RSA_KEY, lambda payload: text(by_rsa(payload)).rstrip("=")),
    ("base64-of-text", ED25519_KEY, lambda payload: text(text(by_ed25519(payload)).encode())),
    ("signature-decorated", ED25519_KEY, lambda payload: f"'{text(by_ed25519(payload))}'"),
    ("signature-encoded-twice", ED25519_KEY, lambda payload: quote(text(by_ed25519(payload)), safe="")),
    ("rsa-pss", RSA_KEY, lambda payload: text(rsa_private().sign(payload, PSS, hashes.SHA256()))),
    (
        "rsa-another-hash",
        RSA_KEY,
        lambda payload: text(rsa_private().sign(payload, padding.PKCS1v15(), hashes.SHA512())),
    ),
    (
        "private-key-of-another-key",
        RSA_KEY,
        lambda payload: text(STRANGER.sign(payload, padding.PKCS1v15(), hashes.SHA256())),
    ),
    ("wrong-algorithm-for-key", RSA_KEY, lambda payload: mac(payload).hex()),
    ("wrong-algorithm-for-key", RSA_KEY, lambda payload: text(by_ed25519(payload))),
    ("wrong-algorithm-for-key", ED25519_KEY, lambda payload: text(by_rsa(payload))),
    ("hashed-first", ED25519_KEY, lambda payload: text(by_ed25519(hashlib.sha256(payload).hexdigest().encode()))),
    ("sorted", RSA_KEY, lambda payload: text(by_rsa("&".join(sorted(payload.decode().split("&"))).encode()))),
]

TABLES: tuple[Sequence[tuple[Any, ...]], ...] = (PAYLOAD_ROWS, BODY_ROWS, SECRET_ROWS, DIGEST_ROWS, PUBLIC_ROWS)


def world_of(*keys: Any) -> Exchange:
    """Open a world with these keys."""
    return exchange({"uid": 1, "keys": keys})


def told(live: Exchange, call: Request, earlier: tuple[Entry, ...] = ()) -> Diagnosis:
    """Give the diagnosis of a wrong signature, which is the only one."""
    (diagnosis,) = diagnose(gather(call, live.world, live.catalogue), earlier)
    assert (diagnosis.check, diagnosis.code) == ("signature_is_wrong", -1022)
    return diagnosis


def sapi(query: str, by: Any = ALICE) -> Request:
    """Ask SAPI with a query as it is written."""
    return Request(
        method="GET",
        target=f"{SAPI_PATH}?{query}",
        received_at_ms=NOW_MS,
        api_key=by.api_key,
        lines=b"Host: 127.0.0.1:8090\r\n",
    )


def an_earlier_call() -> Entry:
    """Give the journal's entry of a call that Alice made four seconds earlier."""
    past = request("PAPI", timestamp=EARLIER_MS)
    return Entry(
        7, EARLIER_MS, past, "negative_balance_exchange_record", "PAPI", 1, None, None, (), Reply(200, {}, b"")
    )


@pytest.mark.parametrize(("mistake", "signed", "sent"), PAYLOAD_ROWS)
def test_another_payload_was_signed(mistake: str, signed: str, sent: str) -> None:
    """The mistake is named, and both payloads are shown."""
    signature = hmac_signature(as_bytes(signed), ALICE.secret)
    diagnosis = told(exchange(), sapi(f"{sent}&signature={signature}"), (an_earlier_call(),))
    assert diagnosis.mistake == mistake
    assert diagnosis.facts["sent_payload"] == sent
    assert diagnosis.facts["signature"] == f"{signature[:8]}…"
    shown = diagnosis.facts["signed_payload"].replace("\\n", "\n").replace("\\x00", "\0")
    assert shown == signed or "…" in shown


def test_parameters_behind_the_signature() -> None:
    """Who signs before the last parameter is known hears which one stands behind the signature."""
    signature = hmac_signature(b"recvWindow=5000", ALICE.secret)
    diagnosis = told(exchange(), sapi(f"recvWindow=5000&signature={signature}&{TS}"))
    assert diagnosis.mistake == "parameters-behind-signature"
    assert TS in diagnosis.sentence


@pytest.mark.parametrize(("mistake", "signed"), BODY_ROWS)
def test_a_body_is_part_of_the_payload(mistake: str, signed: str) -> None:
    """On PAPI a body counts, behind the query and with nothing in between."""
    body = f"{TS}&signature={hmac_signature(signed.encode(), ALICE.secret)}".encode()
    live = exchange()
    call = Request(
        method="GET", target=f"{PAPI_PATH}?{PAPI_QUERY}", received_at_ms=NOW_MS, api_key=ALICE.api_key, body=body
    )
    assert told(live, call).mistake == mistake


@pytest.mark.parametrize(("mistake", "secret"), SECRET_ROWS)
def test_another_secret_was_used(mistake: str, secret: str | bytes) -> None:
    """The mistake is named, and neither secret is shown."""
    raw = secret.encode() if isinstance(secret, str) else secret
    live = world_of(HmacKey(api_key=ALICE.api_key, secret=SECRET), OTHER)
    signature = hmac.digest(raw, TS.encode(), "sha256").hex()
    diagnosis = told(live, sapi(f"{TS}&signature={signature}"))
    assert diagnosis.mistake == mistake
    for hidden in (SECRET, OTHER.secret, signature):
        assert hidden not in repr(diagnosis)


@pytest.mark.parametrize(("mistake", "sign"), DIGEST_ROWS)
def test_another_digest_was_sent(mistake: str, sign: Callable[[bytes], str]) -> None:
    """The algorithm or form that the client used is named."""
    live = world_of(HmacKey(api_key=ALICE.api_key, secret=SECRET))
    payload = next(
        payload
        for payload in (f"n={n}&{TS}" for n in range(10_000))
        if mac(payload.encode()).hex().startswith("0") and "-" in urlsafe_b64encode(mac(payload.encode())).decode()
    )
    signature = sign(payload.encode())
    assert told(live, sapi(f"{payload}&signature={quote_plus(signature)}")).mistake == mistake


@pytest.mark.parametrize(("mistake", "by", "sign"), PUBLIC_ROWS)
def test_another_signature_of_a_private_key_was_sent(mistake: str, by: Any, sign: Callable[[bytes], str]) -> None:
    """Algorithms and forms are told apart for RSA and Ed25519 keys too."""
    public = STRANGER.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    live = world_of(ALICE, RSA_KEY, ED25519_KEY, RsaKey(api_key="stranger".ljust(64, "0"), public_key=public))
    payload = next(
        payload
        for payload in (f"{TS}&n={n}" for n in range(10_000))
        if "+" in text(by_ed25519(payload.encode())) and "/" in text(by_ed25519(payload.encode()))
    )
    assert told(live, sapi(f"{payload}&signature={quote_plus(sign(payload.encode()))}", by)).mistake == mistake


def test_every_known_mistake_has_a_row() -> None:
    """No mistake stands in the data that no client here makes."""
    made = {part for table in TABLES for row in table for part in row[0].split("+")} | {"parameters-behind-signature"}
    assert made == {mistake.id for mistake in MISTAKES}


def test_two_mistakes_at_once() -> None:
    """Sorted, and by a secret with a newline: both are named, in one sentence."""
    signature = hmac_signature(f"recvWindow=5000&{TS}".encode(), f"{ALICE.secret}\n")
    diagnosis = told(exchange(), sapi(f"{TS}&recvWindow=5000&signature={signature}"))
    assert diagnosis.mistake == "sorted+secret-with-white-space"
    assert "sorted order" in diagnosis.sentence
    assert "newline" in diagnosis.sentence


def test_the_sentence_names_what_differs() -> None:
    """What was added, and which earlier call a timestamp is of, stands in the sentence."""
    signature = hmac_signature(TS.encode(), ALICE.secret)
    added = told(exchange(), sapi(f"{TS}&recvWindow=5000&fresh=1&signature={signature}"))
    assert added.sentence.startswith("`recvWindow=5000` and `fresh=1` came in after signing")
    signature = hmac_signature(f"timestamp={EARLIER_MS}".encode(), ALICE.secret)
    retry = told(exchange(), sapi(f"{TS}&signature={signature}"), (an_earlier_call(),))
    assert "the timestamp of call 7 " in retry.sentence


def test_what_nobody_knows_is_said_to_be_unknown() -> None:
    """A signature of nothing in particular gets no mistake's name, and the payload to compare with."""
    diagnosis = told(exchange(), sapi(f"{TS}&signature={'ab' * 32}"))
    assert diagnosis.mistake is None
    assert diagnosis.facts["sent_payload"] == TS
    assert "abababab…" in diagnosis.sentence
    short = told(exchange(), sapi(f"{TS}&signature=abc"))
    assert "it has 3 characters" in short.sentence


def test_a_key_that_fits_by_now() -> None:
    """A refusal that would be none today is not explained by a mistake."""
    live = exchange()
    call = gather(request("SAPI"), live.world, live.catalogue)
    (diagnosis,) = diagnose(call, refused_by="signature_is_wrong")
    assert diagnosis.mistake is None
    assert "fits by now" in diagnosis.sentence


@pytest.mark.parametrize(
    "query",
    [
        "&".join(f"p{n}=a%2Fb+c" for n in range(500)),
        "&".join("=" for _ in range(4_000)),
        f"x={'%41' * 2_500}",
        "&".join(f"{n}=1000000" for n in range(24)),
    ],
)
def test_the_search_is_bounded(query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many parameters there are, a few thousand digests over a few megabytes are all that is computed."""
    hashed: list[int] = []
    digest = hmac.digest

    def counting(secret: bytes, payload: bytes, name: str) -> bytes:
        hashed.append(len(payload))
        return digest(secret, payload, name)

    monkeypatch.setattr(hmac, "digest", counting)
    assert told(exchange(), sapi(f"{TS}&{query}&signature={'ab' * 32}")).mistake is None
    assert len(hashed) < 9_000
    assert sum(hashed) < 5_000_000


def test_a_body_too_long_to_search_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """A megabyte is not hashed a thousand times."""
    hashed: list[int] = []
    digest = hmac.digest
    live = exchange()
    target = f"{PAPI_PATH}?{PAPI_QUERY}&{TS}&signature={'ab' * 32}"
    call = Request(method="GET", target=target, received_at_ms=NOW_MS, api_key=ALICE.api_key, body=b"a=1&" * 250_000)

    def counting(secret: bytes, payload: bytes, name: str) -> bytes:
        hashed.append(len(payload))
        return digest(secret, payload, name)

    monkeypatch.setattr(hmac, "digest", counting)
    assert told(live, call).mistake is None
    assert sum(hashed) < 8_000_000


def test_a_key_that_the_scenario_does_not_name() -> None:
    """A key from elsewhere has no secret to try; the doctor says what it can."""
    live = exchange()
    fresh = open_world(
        "fresh", structs.replace(live.world.scenario, accounts=(), clock=ClockSpec(frozen_at=NOW_MS)), CATALOGUE, NOW_MS
    )
    fresh.keys, fresh.accounts = live.world.keys, live.world.accounts
    call = gather(sapi(f"{TS}&signature={'ab' * 32}"), fresh, CATALOGUE)
    (diagnosis,) = diagnose(call)
    assert diagnosis.mistake is None
    assert diagnosis.facts["key_type"] == "unknown"
