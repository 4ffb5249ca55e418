"""`mockex explain`: of a call in a journal, and of a URL without any server."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mockex import scenarios
from mockex.cli.explain import explained
from mockex.signer import Signer
from mockex.testing import LiveExchange
from tests.cli.controlling import NEW_YEAR, NEW_YEAR_MS, Controlled
from tests.cli.running import PM_LOAN, mockex, refused

SECRET = "a secret+that/must=not show"
QUERY = f"timestamp={NEW_YEAR_MS}"
WRONG = "f" * 64
NOWHERE = {"MOCKEX_URL": "http://127.0.0.1:1"}


@pytest.fixture
def control() -> Iterator[Controlled]:
    """Serve `documented`, whose clock stands still."""
    with LiveExchange("documented") as exchange:
        yield Controlled(exchange)


def offline(*arguments: str, **variables: str) -> str:
    """Explain a URL with no server anywhere; gives all that is printed, and sees that no secret is in it."""
    done = mockex("explain", *arguments, "--at", NEW_YEAR, variables=NOWHERE | variables)
    assert (done.stderr, done.returncode) == ("", 0)
    for form in (SECRET, "a%20secret", "a+secret", base64.b64encode(SECRET.encode()).decode(), "BEGIN PRIVATE"):
        assert form not in done.stdout
    return done.stdout


def test_last_refused_call_is_explained(control: Controlled) -> None:
    """Without a number it is the last call that was refused; with one, that very call."""
    control.loan(signature=WRONG)
    control.loan(recvWindow=60_001)
    control.loan()
    last = control.run("explain").splitlines()[0]
    assert last == f"call 2: GET {PM_LOAN} → 400 -1131 recv_window_is_too_large"
    assert "call 1: " in control.run("explain", "1")
    assert "signature_is_wrong" in control.run("explain", "1")
    assert control.run("explain", "3") == f"call 3: GET {PM_LOAN} → 200\n\nIt was admitted: every check passed it.\n"
    assert control.said("explain")["call"]["seq"] == 2
    assert control.exchange.exchange.world.journal.written == 3


def test_fault_is_explained(control: Controlled) -> None:
    """A call that was admitted and spoiled is not taken for a refusal."""
    control.run("fault", "add", "overloaded", "name=busy")
    control.loan()
    assert "busy" in control.run("explain")


def test_nothing_to_explain_is_a_sentence(control: Controlled) -> None:
    """A journal without a refusal, a number that is nobody's, and options that belong to a URL are sentences."""
    assert control.refused("explain") == "no call in the journal of 'default' was refused"
    assert control.refused("explain", "7") == "the journal of 'default' has no call '7'"
    assert control.refused("explain", "7", "--at", "1") == "--at goes with a URL"


def test_diagnoses_are_written_sentence_first() -> None:
    """The sentence stands first, then check, mistake and facts; what else is wrong stands below a line of its own."""
    call: dict[str, Any] = {"seq": 3, "method": "GET", "target": "/x?signature=1", "status": 400, "code": -1022}
    wrong = {
        "check": "signature_is_wrong",
        "code": -1022,
        "sentence": "The signature fits the parameters in sorted order; sign them in the order in which they are sent.",
        "mistake": "sorted",
        "facts": {"payload as sent": "b=1&a=2", "payload that was signed": "a=2&b=1\x1b[2J"},
    }
    other: dict[str, Any] = {
        "check": "timestamp_is_late",
        "code": None,
        "sentence": "It is late.",
        "mistake": None,
        "facts": {},
    }
    said = {"call": call | {"refused_by": "signature_is_wrong"}, "faults": [], "diagnoses": [wrong, other]}
    assert explained(said).splitlines() == [
        "call 3: GET /x → 400 -1022 signature_is_wrong",
        "",
        "The signature fits the parameters in sorted order; sign them in the order in which they are sent.",
        "  check                    signature_is_wrong (-1022)",
        "  mistake                  sorted",
        "  payload as sent          b=1&a=2",
        "  payload that was signed  a=2&b=1\N{REPLACEMENT CHARACTER}[2J",
        "",
        "Mended, it would be refused all the same:",
        "",
        "It is late.",
        "  check  timestamp_is_late",
    ]


@pytest.mark.parametrize("way", ["option", "variable"])
def test_url_is_explained_by_a_secret(way: str) -> None:
    """The secret, as an option or a variable, decides whether the gateway would take the signature; it never shows."""
    options = ("--secret", SECRET) if way == "option" else ()
    variables = {"MOCKEX_SECRET": SECRET} if way == "variable" else {}
    signed = Signer(api_key="", secret=SECRET).signed(QUERY)
    right = offline(f"https://api.binance.com{PM_LOAN}?{signed}", *options, **variables)
    assert right == f"GET {PM_LOAN} → 200\n\nIt was admitted: every check passed it.\n"
    wrong = offline(f"https://api.binance.com{PM_LOAN}?{QUERY}&signature={WRONG}", *options, **variables)
    assert wrong.startswith(f"GET {PM_LOAN} → 400 -1022 signature_is_wrong\n")


@pytest.mark.parametrize("number", [1, 2])
def test_url_is_explained_by_a_private_key(number: int) -> None:
    """A private key of either type stands for its public half."""
    key = scenarios.read("documented").accounts[0].keys[number]
    options = ("--private-key-file", str(key.private_key_file))  # type: ignore[union-attr] # they are key pairs
    signed = Signer.of(key).signed(QUERY)
    assert "→ 200\n" in offline(f"{PM_LOAN}?{signed}", *options)
    assert "-1022 signature_is_wrong" in offline(f"{PM_LOAN}?recvWindow=5&{signed}", *options)


def test_secret_never_shows_even_where_the_call_carries_it() -> None:
    """A client that sends its secret by mistake does not have it printed, in any encoding, as text or as JSON."""
    sent = "a%20secret%2Bthat%2Fmust%3Dnot%20show"
    url = f"{PM_LOAN}?{QUERY}&secret={sent}&signature={WRONG}"
    said = json.loads(offline(url, "--secret", SECRET, "--body", f"secret={SECRET}", "--json"))
    assert "[secret]" in said["call"]["target"]
    assert "[secret]" in said["call"]["body"]
    offline(url, "--secret", SECRET)


def test_call_is_explained_as_it_is_described() -> None:
    """Time, key, method, body and a world's prefix are part of the call."""
    signed = Signer(api_key="", secret=SECRET).signed(QUERY)
    url, secret = f"http://127.0.0.1:1/w/other{PM_LOAN}?{signed}", ("--secret", SECRET)
    assert "→ 200\n" in offline(url, *secret)
    assert "-2014 api_key_is_malformed" in offline(url, *secret, "--api-key", "mine")
    assert " method_is_wrong\n" in offline(url, *secret, "--method", "post")
    late = mockex("explain", url, *secret, "--at", str(NEW_YEAR_MS + 5_001), variables=NOWHERE)
    assert "-1021 timestamp_is_late" in late.stdout
    now = mockex("explain", url, *secret, variables=NOWHERE)
    assert "-1021 timestamp_is_late" in now.stdout
    assert "400 -1102" in offline("/papi/v1/portfolio/negative-balance-exchange-record?" + signed, *secret)


def test_what_cannot_be_explained_is_a_sentence(tmp_path: Path) -> None:
    """What is no URL, no key that signs, or two keys at once is told, without what is in the key."""
    file = tmp_path / "key.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert "'papi' is neither a URL" in refused("explain", "papi?x=1")
    assert "RSA or Ed25519" in refused("explain", PM_LOAN, "--private-key-file", str(file))
    assert "not by both" in refused("explain", PM_LOAN, "--private-key-file", str(file), "--secret", SECRET)
    assert refused("explain", PM_LOAN, "--secret", "") == "the secret is empty"
    assert "no clock" in refused("explain", PM_LOAN, "--at", "9" * 16)
    file.write_text(SECRET)
    assert SECRET not in refused("explain", PM_LOAN, "--private-key-file", str(file))
