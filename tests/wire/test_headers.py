"""What is compared byte for byte: the names of headers in spelling and order, and the lengths of bodies."""

from typing import Any

import pytest

from mockex.testing import LiveExchange
from tests import alice
from tests.wire.line import KEY, PAPI, SAPI, ask, last, line_to, nginx_page, request

# The orders are those observed on the real hosts in July 2026.
PAPI_200 = [
    "Date",
    "Content-Type",
    "Content-Length",
    "Connection",
    "Server",
    "X-MBX-USED-WEIGHT-1M",
    "x-response-time",
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Headers",
    "Content-Security-Policy",
    "cache-control",
    "expires",
    "pragma",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
    "x-xss-protection",
]
PAPI_REFUSAL = PAPI_200[:9]
PAPI_404 = [*PAPI_200[:5], "X-Frame-Options", "X-Xss-Protection", "X-Content-Type-Options"]
SAPI_200 = [
    "Content-Type",
    "Content-Length",
    "Connection",
    "Date",
    "Access-Control-Allow-Methods",
    "Server",
    "X-SAPI-USED-UID-WEIGHT-1M",
    "Strict-Transport-Security",
    "X-Frame-Options",
    "X-Xss-Protection",
    "X-Content-Type-Options",
    "Content-Security-Policy",
    "X-Content-Security-Policy",
    "X-WebKit-CSP",
    "Cache-Control",
    "Pragma",
    "Expires",
    "Access-Control-Allow-Origin",
    "X-Cache",
    "Via",
    "X-Amz-Cf-Pop",
    "X-Amz-Cf-Id",
]
SAPI_REFUSAL = [name for name in SAPI_200 if not name.startswith(("Access-Control", "X-SAPI"))]
CLOUDFRONT = ["Server", "Date", "Content-Type", "Content-Length", "Connection", "X-Cache", *SAPI_200[-3:]]
NGINX = ["Server", "Date", "Content-Type", "Content-Length", "Connection"]

NO_KEY = b"X-Nothing: x"
STRANGER = b"X-MBX-APIKEY: " + b"x" * 64
JSON, JSON_UTF8 = "application/json", "application/json;charset=UTF-8"

ANSWERS = {
    "PAPI 200": (PAPI, KEY, 200, JSON, PAPI_200),
    "PAPI 400": (PAPI[:-1], KEY, 400, JSON, PAPI_REFUSAL),
    "PAPI 401": (PAPI, NO_KEY, 401, JSON, PAPI_REFUSAL),
    "PAPI 404": (b"/papi/v1/unknown", KEY, 404, "text/html", PAPI_404),
    "SAPI 200": (SAPI, KEY, 200, JSON_UTF8, SAPI_200),
    "SAPI 400": (SAPI[:-1], KEY, 400, JSON_UTF8, SAPI_REFUSAL),
    "SAPI 404": (b"/sapi/v1/unknown", KEY, 404, JSON_UTF8, SAPI_REFUSAL),
}


@pytest.mark.parametrize(("target", "key", "status", "content_type", "names"), ANSWERS.values(), ids=ANSWERS)
def test_header_names_keep_spelling_and_order(
    exchange: LiveExchange, target: bytes, key: bytes, status: int, content_type: str, names: list[str]
) -> None:
    """The names of the headers, and nothing between or behind them, are those of the real gateway."""
    answer = ask(exchange, last(target).replace(KEY, key))
    assert (answer.status, answer.header("Content-Type")) == (status, content_type)
    assert answer.names == names
    assert answer.header("Connection") == "close"


def test_cloudfronts_own_page_has_cloudfronts_own_headers(exchange: LiveExchange) -> None:
    """A GET with a body is not heard by SAPI at all: CloudFront's headers stand alone."""
    answer = ask(exchange, last(SAPI, body=b"x=1"))
    assert (answer.status, answer.names) == (403, CLOUDFRONT)


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        (b"\x00", "400 Bad Request"),
        (b"GET /" + b"x" * 9_000, "414 Request-URI Too Large"),
        (request(PAPI, b"Content-Length: 2", b"Content-Length: 2"), "400 Bad Request"),
    ],
)
def test_nginx_page_is_nginx_own(exchange: LiveExchange, raw: bytes, title: str) -> None:
    """Reason, headers and page of what the door turns away are nginx's, to the last byte."""
    answer = ask(exchange, raw)
    assert f"{answer.status} {answer.reason}" == title
    assert answer.names == NGINX
    assert answer.header("Connection") == "close"
    assert answer.body == nginx_page(title)


def test_an_open_connection_is_named_so(exchange: LiveExchange) -> None:
    """Where the client does not ask to close, Connection stands in its place and says keep-alive."""
    with line_to(exchange) as line:
        for target, names in ((PAPI, PAPI_200), (SAPI, SAPI_200), (b"/papi/", PAPI_404), (b"/sapi/", SAPI_REFUSAL)):
            line.send(request(target))
            answer = line.answer()
            assert (answer.names, answer.header("Connection")) == (names, "keep-alive")


def asked(gateway: str, **changes: Any) -> bytes:
    """Write the target of a signed call with these parameters."""
    return alice.request(gateway, **changes).target.encode()


BODIES = {
    46: (SAPI, NO_KEY, '{"code":-2014,"msg":"API-key format invalid."}'),
    42: (SAPI, STRANGER, '{"code":-2008,"msg":"Invalid Api-Key ID."}'),
    92: (
        PAPI,
        STRANGER,
        '{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action, request ip: 127.0.0.1"}',
    ),
    63: (SAPI[:-1], KEY, '{"code":-1022,"msg":"Signature for this request is not valid."}'),
    79: (
        asked("SAPI", timestamp=alice.NOW_MS - 5_001),
        KEY,
        '{"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}',
    ),
    88: (
        asked("SAPI", timestamp=alice.NOW_MS + 1_000),
        KEY,
        '{"code":-1021,"msg":"Timestamp for this request was 1000ms ahead of the server\'s time."}',
    ),
    98: (
        asked("SAPI", timestamp=None),
        KEY,
        '{"code":-1102,"msg":"Mandatory parameter \'timestamp\' was not sent, was empty/null, or malformed."}',
    ),
    60: (asked("SAPI", recvWindow=60_001), KEY, '{"code":-1131,"msg":"\'recvWindow\' must be less than 60000."}'),
    34: (SAPI, KEY, '{"asset":"BUSD","amount":"579.45"}'),
    21: (asked("PAPI", startTime=0, endTime=1), KEY, '{"total":0,"rows":[]}'),
}


@pytest.mark.parametrize(("length", "case"), BODIES.items(), ids=map(str, BODIES))
def test_bodies_are_exact_to_the_byte(exchange: LiveExchange, length: int, case: tuple[bytes, bytes, str]) -> None:
    """An envelope is compact JSON, code first, of just so many bytes as were counted on the real hosts."""
    target, key, body = case
    answer = ask(exchange, last(target).replace(KEY, key))
    assert answer.body.decode() == body
    assert answer.header("Content-Length") == str(len(answer.body)) == str(length)
