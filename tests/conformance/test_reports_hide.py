"""No report holds a secret or a whole signature, whatever the client tells, and wherever it tells it."""

import base64
import re
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, unquote
from urllib.request import Request, urlopen

import pytest
from msgspec import structs

from mockex.conformance import InProcess, grade
from mockex.conformance.case import Ask, Case, Disturb
from mockex.conformance.reports import FORMS, written
from mockex.conformance.reports.markdown import matrix_of
from mockex.conformance.reports.terminal import as_text
from mockex.conformance.requirement import Requirement
from mockex.conformance.results import Report
from mockex.conformance.run import Run
from mockex.core.account import KeyType
from mockex.core.faults import Fault
from mockex.core.hostile import Redirect
from mockex.fuzzing import Target

PIECE = 12
KEYS: tuple[KeyType, ...] = ("HMAC", "RSA", "Ed25519")


class TellingError(Exception):
    """What the client below raises."""


class Teller:
    """A client that signs as it should, sends its secret along, and tells all that it knows."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.told: list[str] = []

    def loan(self) -> Any:
        """Send it all, follow where it is led, and raise it all."""
        target, secrets = self.target, secret_lines(self.target)
        signed = target.signer.signed(
            f"recvWindow=60000&timestamp={int(target.time() * 1000)}&note={quote(secrets[0])}"
        )
        signature = signed.rpartition("=")[2]
        unsent = target.signer.signed("timestamp=1")
        self.told[:] = [*secrets, unsent.rpartition("=")[2], signature, unquote(signature)]
        headers = {"X-MBX-APIKEY": target.api_key, "X-Note": secrets[-1]}
        asked = Request(f"{target.url}/sapi/v1/portfolio/pmLoan?{signed}", headers=headers)  # noqa: S310 - loopback
        try:
            urlopen(asked).close()  # noqa: S310
        except HTTPError as error:
            error.close()
        raise TellingError("\n".join([*tellings(secrets, signature, signed), unsent]))


def secret_lines(target: Target) -> list[str]:
    """Give the secret, or the lines of the private key."""
    return [target.secret] if target.secret else (target.private_key or "").splitlines()[1:-1]


def tellings(secrets: list[str], signature: str, signed: str) -> list[str]:
    """Tell secrets and signature as they are, spelled otherwise, wrapped otherwise, and cut."""
    whole = "".join(secrets)
    return [
        *secrets,
        quote(whole, safe=""),
        base64.b64encode(secrets[0].encode()).decode(),
        secrets[0].encode().hex(),
        repr({"secret": whole}),
        "/".join(whole[place : place + 40] for place in range(0, len(whole), 40)),
        f"{whole[:30]}…",
        signed,
        f"the signature: {unquote(signature)}",
        repr(("signature", signature)),
        f"{signature} {unquote(signature)}",
    ]


def tells_all(run: Run) -> str:
    """Judge in the client's own words, and those of what it gave."""
    return "\n".join(error.text for error in run.errors)


def graded(key: KeyType) -> tuple[Report, list[str]]:
    """Grade the teller; gives the report, and what must not be in it."""
    tellers: list[Teller] = []

    def made(target: Target) -> Teller:
        tellers.append(Teller(target))
        return tellers[-1]

    steps = (Ask(), Disturb(fault=Fault(effect=Redirect(to="http://127.0.0.1:1/"))), Ask())
    requirement = Requirement(
        id="SAFE-TEST",
        title="It tells",
        sentence="x",
        source="x",
        server="x",
        wire="x",
        cases=(Case(name="all", key=key, steps=steps),),
        judge=tells_all,
    )
    report = grade([InProcess(made, errors=TellingError)], [requirement])
    return structs.replace(report, command=("client",)), tellers[0].told


@pytest.mark.parametrize("key", KEYS)
def test_no_report_tells_what_the_client_does(key: KeyType) -> None:
    """No form holds twelve characters of a secret in a row, in any spelling, or more of a signature than a journal."""
    report, told = graded(key)
    (case,) = report.results[0].cases
    assert case.verdict == "FAIL"
    assert case.elsewhere, "the redirect leads to another exchange, which knows nothing of the secret"
    assert "signature=" in case.entries[0].target
    *secrets, unsent, signature, plain = told
    secret = "".join(secrets)
    forbidden = {secret[place : place + PIECE] for place in range(len(secret) - PIECE)}
    forbidden |= {secrets[0].encode().hex(), base64.b64encode(secrets[0].encode()).decode()[:40]}
    forbidden |= {text[place : place + 20] for text in (unsent, signature, plain) for place in (0, 8, len(text) - 20)}
    for text in (*(written(report, form) for form in FORMS), matrix_of([report]), as_text(report)):
        flat = re.sub(r"\s|&#?\w+;|\\[nu]", "", text)
        assert [piece for piece in forbidden if piece in text or piece in flat] == []


def test_what_is_no_secret_stays() -> None:
    """The names of checks, the API key, the case and the sentence around a secret are told as they were."""
    report, _ = graded("HMAC")
    (case,) = report.results[0].cases
    assert "TellingError" in case.sentence
    assert "the signature: " in case.sentence
    assert case.entries[0].api_key is not None
    assert len(case.entries[0].api_key) == 64
    assert case.entries[0].checks["signature_is_wrong"] == "passed"
    assert case.case.name == "all"
