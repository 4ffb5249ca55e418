"""`mockex sign` and `mockex curl`: what is signed is just what was given, by the key that was given."""

import hmac
import json
import socket
from base64 import b64decode, encodebytes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote_plus

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from mockex import scenarios
from mockex.core.scenario import HmacKey, PublicKeySpec
from mockex.core.world import verifier_of
from tests.cli.running import PM_LOAN, mockex, refused, serving

QUERY = "recvWindow=5000&symbol=%E6%AF%94&&x=a+b=c&timestamp=1"
SECRET = "a-secret-that-must-not-show"
DOCUMENTED_LOAN = '{"asset":"BUSD","amount":"579.45"}\n'


def documented() -> tuple[Any, ...]:
    """Give the three keys of `documented`."""
    return scenarios.read("documented").accounts[0].keys


def arguments_of(key: Any) -> list[str]:
    """Give the options that name a key."""
    if isinstance(key, HmacKey):
        return ["--secret", key.secret]
    assert isinstance(key, PublicKeySpec)
    return ["--private-key-file", str(key.private_key_file)]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve `documented`."""
    with serving("--port", "0", "--json") as server:
        yield server.hello()["url"]


@pytest.mark.parametrize("key", documented(), ids=scenarios.key_type)
def test_signature_fits_by_every_type_of_key(key: Any) -> None:
    """The query comes back as it was written, and the exchange's own verifier takes the signature behind it."""
    told = mockex("sign", QUERY, *arguments_of(key))
    assert (told.stderr, told.returncode) == ("", 0)
    query, _, signature = told.stdout.rstrip("\n").rpartition("&signature=")
    assert query == QUERY
    verify = verifier_of(key)
    assert verify(QUERY.encode(), unquote_plus(signature))
    assert not verify(QUERY.encode() + b" ", unquote_plus(signature))
    if not isinstance(key, HmacKey):
        assert signature.isascii()
        assert not set("+/=") & set(signature), "base64 is percent-encoded, or its + would be read as a space"
        assert b64decode(unquote_plus(signature), validate=True)


def test_documented_example_of_the_exchange() -> None:
    """Without a key the query is signed by the exchange's own example; the digest is the one that its page prints."""
    query = (
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
    )
    told = mockex("sign", query)
    assert told.stdout == f"{query}&signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71\n"
    assert mockex("sign", "").stdout.startswith("signature=")


def test_bytes_that_are_no_utf8_are_signed_as_they_are() -> None:
    """What a shell hands over is signed, whatever it is."""
    told = mockex("sign", "a=\udcff", "--secret", "s")
    signature = hmac.digest(b"s", b"a=\xff", "sha256").hex()
    assert (told.stdout, told.stderr, told.returncode) == (f"a=\udcff&signature={signature}\n", "", 0)


def test_empty_secret_is_not_replaced_by_another() -> None:
    """An empty secret, as of a shell's variable that is not set, is a mistake, and signs nothing by another key."""
    assert "secret" in refused("sign", "a=b", "--secret", "")


def ec_key() -> bytes:
    """Make an EC key."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def ec_key_of_a_curve_that_nobody_knows() -> bytes:
    """Make an EC key and change the last number of its curve's name."""
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    curve = bytes.fromhex("06082a8648ce3d030107")
    assert curve in key
    return b"-----BEGIN PRIVATE KEY-----\n%b-----END PRIVATE KEY-----\n" % encodebytes(
        key.replace(curve, curve[:-1] + b"\x02")
    )


def locked_key() -> bytes:
    """Make an Ed25519 key with a password."""
    locked = BestAvailableEncryption(b"password")
    return ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)


def public_key() -> bytes:
    """Make the other half of an Ed25519 key."""
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "pem",
    [ec_key, ec_key_of_a_curve_that_nobody_knows, locked_key, public_key, SECRET.encode, f"{SECRET} é".encode],
    ids=["EC", "EC of an unknown curve", "with a password", "public", "no PEM", "no ASCII"],
)
def test_private_key_that_cannot_sign_is_refused(pem: Callable[[], bytes], tmp_path: Path) -> None:
    """What is no RSA or Ed25519 private key is refused in one sentence that shows nothing of it."""
    file = tmp_path / "private.pem"
    file.write_bytes(pem())
    sentence = refused("sign", "a=b", "--private-key-file", str(file))
    assert "PEM" in sentence or str(file) in sentence
    assert SECRET not in sentence


@pytest.mark.parametrize("key", documented(), ids=scenarios.key_type)
def test_curl_is_let_in_by_every_type_of_key(key: Any, url: str) -> None:
    """A call signed by a key ends with 0 and prints the answer alone."""
    told = mockex("curl", PM_LOAN, "--url", url, "--api-key", key.api_key, *arguments_of(key))
    assert (told.stdout, told.stderr, told.returncode) == (DOCUMENTED_LOAN, "", 0)


def test_curl_sends_parameters_and_shows_headers(url: str) -> None:
    """Parameters go into the query; `-i` prints status and headers too; the URL may end with a slash."""
    path = "/papi/v1/portfolio/negative-balance-exchange-record"
    told = mockex("curl", "-i", path, "startTime=1736263046841", "endTime=1736263046841", "--url", f"{url}/")
    assert (told.stderr, told.returncode) == ("", 0)
    head, _, body = told.stdout.rstrip("\n").rpartition("\n")
    assert head.startswith("HTTP 200\n")
    assert "X-MBX-USED-WEIGHT-1M: " in head
    assert json.loads(body)["total"] == 1


def test_curl_ends_with_1_where_it_is_refused(url: str) -> None:
    """A refusal is printed like an answer, and its exit code is 1; a timestamp that was given is sent."""
    told = mockex("curl", PM_LOAN, "timestamp=1", "--url", url)
    assert (json.loads(told.stdout)["code"], told.stderr, told.returncode) == (-1021, "", 1)
    told = mockex("curl", "/sapi/v1/portfolio/pmloan", "--url", url)
    assert (json.loads(told.stdout)["status"], told.stderr, told.returncode) == (404, "", 1)


def test_variables_name_the_key_and_the_server(url: str) -> None:
    """The options can be given as variables, where a secret does not show in the list of processes."""
    by_secret, rsa, _ = documented()
    told = mockex("sign", "a=b", variables={"MOCKEX_SECRET": by_secret.secret})
    assert told.stdout == mockex("sign", "a=b").stdout
    by_rsa = {"MOCKEX_URL": url, "MOCKEX_API_KEY": rsa.api_key, "MOCKEX_PRIVATE_KEY_FILE": rsa.private_key_file}
    assert mockex("curl", PM_LOAN, variables=by_rsa).stdout == DOCUMENTED_LOAN
    assert json.loads(mockex("curl", PM_LOAN, variables=by_rsa | {"MOCKEX_API_KEY": "k" * 64}).stdout)["code"] == -2008


@contextmanager
def stranger(answer: bytes) -> Iterator[str]:
    """Listen at a port, and answer the first call with these bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def say() -> None:
            calling, _ = listening.accept()
            with calling:
                calling.recv(65_536)
                calling.sendall(answer)

        thread = Thread(target=say)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            thread.join()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n<html>", "does not tell the time as an exchange does"),
        (b'HTTP/1.1 200 OK\r\n\r\n{"serverTime":"soon"}', "does not tell the time as an exchange does"),
        (b"HTTP/1.1 200 OK\r\n\r\n[]", "does not tell the time as an exchange does"),
        (b"\x00\x01 this is no HTTP\r\n\r\n", "no answer from"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}", "does not tell the time as an exchange does"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:none/\r\n\r\n", ""),
        (b"", "no answer from"),
    ],
)
def test_stranger_at_the_port_is_told_of(answer: bytes, sentence: str) -> None:
    """A server that is no exchange, or speaks no HTTP, is told of in one sentence, in which no secret shows."""
    with stranger(answer) as url:
        told = refused("curl", "/x", "--url", url, "--secret", SECRET)
    assert sentence in told
    assert SECRET not in told


@pytest.mark.parametrize("api_key", ["two\nlines", "schlüssel€"])
def test_api_key_that_no_header_can_carry_is_refused(api_key: str, url: str) -> None:
    """A key that cannot stand in a header is one sentence, too, and the secret beside it does not show."""
    assert SECRET not in refused("curl", PM_LOAN, "--url", url, "--api-key", api_key, "--secret", SECRET)
