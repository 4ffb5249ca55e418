"""Parameters as nobody should send them: twice, by the thousand, too long, badly escaped, of any bytes."""

import pytest

from mockex.testing import LiveExchange, Signer
from tests import alice
from tests.wire.line import PAPI, SAPI, Answer, ask, is_the_page, last, papi_target

ALICE = Signer.of(alice.ALICE)
TIMESTAMP = f"timestamp={alice.NOW_MS}"
RANGE = alice.query_of(alice.RANGE)


def sapi(exchange: LiveExchange, query: str) -> Answer:
    """Ask SAPI with a query that is signed as it is."""
    return ask(exchange, last(f"{alice.SAPI_PATH}?{ALICE.signed(query)}".encode()))


def papi(exchange: LiveExchange, query: str, body: bytes = b"") -> Answer:
    """Ask PAPI with a query and a body, both signed as they are; the signature goes into the query."""
    return ask(exchange, last(papi_target(query, body), body=body))


def test_the_first_of_a_name_counts(exchange: LiveExchange) -> None:
    """Of a parameter that is sent twice the first is read, and both are signed."""
    assert sapi(exchange, f"{TIMESTAMP}&timestamp=1&timestamp=x").status == 200
    assert sapi(exchange, f"timestamp=x&{TIMESTAMP}").code == -1102
    assert papi(exchange, f"{RANGE}&{TIMESTAMP}&startTime=x&endTime=").status == 200
    assert papi(exchange, f"startTime=x&{RANGE}&{TIMESTAMP}").code == -1102


def test_the_first_signature_counts(exchange: LiveExchange) -> None:
    """A second signature is neither read nor signed."""
    assert ask(exchange, last(SAPI + b"&signature=x")).status == 200
    assert ask(exchange, last(SAPI.replace(b"?", b"?signature=x&"))).code == -1022


@pytest.mark.parametrize("name", ["", "a", "recvWindow"])
def test_thousands_of_parameters_are_one_query(exchange: LiveExchange, name: str) -> None:
    """A query full of parameters, empty ones or one name over and over, is answered and signed as any other."""
    many = f"&{name}=5000" * (7_800 // len(f"&{name}=5000"))
    assert sapi(exchange, TIMESTAMP + many).status == 200


def test_a_body_full_of_parameters_is_read(exchange: LiveExchange) -> None:
    """A hundred thousand parameters in a body are part of the payload, and what counts among them is found."""
    names = b"".join(b"&p%x=%x" % (n, n) for n in range(60_000))
    assert papi(exchange, RANGE, names + f"&{TIMESTAMP}".encode()).status == 200


@pytest.mark.parametrize("digits", ["0" * 10_000, "9" * 10_000, str(alice.NOW_MS) + "0" * 10_000])
def test_a_timestamp_of_ten_thousand_digits_is_malformed(exchange: LiveExchange, digits: str) -> None:
    """In a body it hears -1102; in a query it makes the target too long. Nobody makes a number of it."""
    assert papi(exchange, RANGE, f"timestamp={digits}".encode()).code == -1102
    too_long = last(f"{alice.SAPI_PATH}?timestamp={digits}".encode())
    assert is_the_page(ask(exchange, too_long), "414 Request-URI Too Large")


ESCAPES = [
    "%",
    "%%",
    "%z",
    "%zz",
    "%0",
    "%00",
    "%c0%80",
    "%ff",
    "%ed%a0%80",
    "%u0031",
    "+",
    "%2B",
    "%0d%0a",
    "%26",
    "%3D",
    "=",
]


@pytest.mark.parametrize("escape", ESCAPES)
def test_an_odd_escape_is_signed_as_sent(exchange: LiveExchange, escape: str) -> None:
    """In the name or the value of a parameter that nobody asks for, it does nothing but stand in the payload."""
    assert sapi(exchange, f"{TIMESTAMP}&x={escape}").status == 200
    assert sapi(exchange, f"{TIMESTAMP}&{escape}=x&{escape}").status == 200
    assert sapi(exchange, f"{escape}&{TIMESTAMP}").status == 200


@pytest.mark.parametrize("escape", [*ESCAPES, "%D9%A1", "%EF%BC%91", "%B2"])
def test_an_odd_escape_is_no_number(exchange: LiveExchange, escape: str) -> None:
    """A LONG that is nothing but an escape, digits of other scripts included, is malformed."""
    assert sapi(exchange, f"timestamp={escape}").code == -1102
    assert sapi(exchange, f"{TIMESTAMP}&recvWindow={escape}").code == -1102
    assert papi(exchange, f"startTime={escape}&endTime=1&{TIMESTAMP}").code == -1102


NO_SIGNATURES = [*ESCAPES, "%C3%A9" * 64, "%ff" * 64, "A" * 64, "A" * 4_096, "=" * 88, "AAAA" * 16 + "=", "+" * 64]


@pytest.mark.parametrize("signature", NO_SIGNATURES, ids=lambda signature: signature[:8])
def test_no_signature_is_refused_with_keys_of_all_types(exchange: LiveExchange, signature: str) -> None:
    """What is no hex, no base64, no ASCII, too short or too long is a wrong signature, and no more than that."""
    keys = {key.api_key for key in exchange.signers()}
    assert len(keys) == 4
    for key in keys:
        raw = last(f"{alice.SAPI_PATH}?{TIMESTAMP}&signature={signature}".encode())
        assert ask(exchange, raw.replace(ALICE.api_key.encode(), key.encode())).code == -1022


@pytest.mark.parametrize("escape", ESCAPES)
def test_an_odd_escape_is_no_path(exchange: LiveExchange, escape: str) -> None:
    """A path with an escape in it is another path, and SAPI quotes it as it was sent."""
    answer = ask(exchange, last(f"{alice.SAPI_PATH}{escape}".encode()))
    assert answer.status == 404
    assert answer.body.endswith(f'"path":"{alice.SAPI_PATH}{escape}"}}'.encode())
    assert ask(exchange, last(f"{alice.PAPI_PATH}{escape}".encode())).status == 404
    assert ask(exchange, last(f"/_mockex/{escape}".encode())).status == 404


@pytest.mark.parametrize(
    "target",
    ["/w", "/w/", "/w//", "/w/?", "/w/%00", "/w/nowhere", "/w/%ff/sapi/v1/portfolio/pmLoan", "/w/" + "x" * 8_000],
)
def test_a_world_that_is_none_is_not_found(exchange: LiveExchange, target: str) -> None:
    """A path that begins like a world's, but names none, hears 404."""
    assert ask(exchange, last(target.encode())).status == 404


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"x=\xc3\x28", b"%ff=\x00", b"\r\n\r\n", b"x=1&y=%", bytes(range(256)), "é=ö".encode()]
)
def test_a_body_of_any_bytes_is_signed_as_sent(exchange: LiveExchange, body: bytes) -> None:
    """On PAPI a body belongs to the payload of a GET byte for byte, be it text or not."""
    query = PAPI.partition(b"?")[2].partition(b"&signature=")[0].decode()
    assert papi(exchange, query, body).status == 200
    assert ask(exchange, last(PAPI, body=body)).code == -1022
