"""The PAPI gateway (papi.binance.com, a Tengine): charges the IP before it looks at the key, and answers 401."""

from mockex.core import checks
from mockex.core.gateway import Barred, Budget, Charge, Check, EndpointChecks, Gateway
from mockex.core.head import Sheet
from mockex.core.refusals import Mark, Page, Refusal
from mockex.core.weight import Scope
from mockex.gateways import words

_BANNED = Refusal(
    418,
    -1003,
    "Way too many requests; IP({ip}) banned until {banned_until_ms}. "
    "Please use the websocket for live updates to avoid bans.",
)
_INVALID_KEY = Refusal(401, -2015, words.INVALID_KEY + ", request ip: {ip}")


def _answers(sheet: Sheet) -> dict[str, str]:
    """Order and spelling observed on a 200 of papi.binance.com in July 2026."""
    return {
        "Date": sheet.date,
        "Content-Type": sheet.content_type,
        "Content-Length": sheet.length,
        "Connection": "keep-alive",
        "Server": "Tengine",
        **sheet.weight,
        "x-response-time": "1ms",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Headers": "*,clienttype,Content-Type,lang,x-ui-request-trace,bnc-uuid",
        "Content-Security-Policy": "default-src 'self'",
        "cache-control": "no-cache, no-store, must-revalidate",
        "expires": "0",
        "pragma": "no-cache",
        "strict-transport-security": "max-age=31536000; includeSubdomains",
        "x-content-type-options": "nosniff",
        "x-frame-options": "SAMEORIGIN",
        "x-xss-protection": "1; mode=block",
    }


def _refuses(sheet: Sheet) -> dict[str, str]:
    """The shorter set observed on a 400 of papi.binance.com."""
    return {
        "Date": sheet.date,
        "Content-Type": sheet.content_type,
        "Content-Length": sheet.length,
        "Connection": "keep-alive",
        "Server": "Tengine",
        **sheet.weight,
        "x-response-time": "1ms",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
    }


def _not_found(sheet: Sheet) -> dict[str, str]:
    """The headers seen beside the 404 page: no weight."""
    return {
        "Date": sheet.date,
        "Content-Type": sheet.content_type,
        "Content-Length": sheet.length,
        "Connection": "keep-alive",
        "Server": "Tengine",
        "X-Frame-Options": "SAMEORIGIN",
        "X-Xss-Protection": "1; mode=block",
        "X-Content-Type-Options": "nosniff",
    }


NOT_FOUND = Page(
    404,
    "text/html",
    "<!DOCTYPE html>\n<!-- saved from url=(0032)https://www.binance.com/en/error -->\n<html>\n<head>\n"
    "<title>Binance</title>\n</head>\n<body>\n</body>\n</html>\n",
    headers=_not_found,
)
"""The start and the title of the real page are known; the rest of its 1,434 bytes is not, and is left out."""

STEPS = (
    Barred(
        _BANNED,
        Mark.OBSERVED,
        "fapi: FS:54924257040, FS:66350564102; carried to PAPI",
    ),
    Check(checks.path_is_unknown, NOT_FOUND, Mark.OBSERVED, "NH4, FS:60984346205, FS:55676316389"),
    Check(checks.method_is_wrong, NOT_FOUND, Mark.OBSERVED, "fapi: FS:68890380806; carried to PAPI"),
    Charge(
        Refusal(
            429,
            -1003,
            "Too many requests; current limit of IP({ip}) is {limit} requests per minute. "
            "Please use the websocket for live updates to avoid polling the API.",
        ),
        _BANNED,
        Mark.OBSERVED,
        "charged before authentication: NH1; text: FS:67119338500, with PAPI's number",
    ),
    Check(
        checks.api_key_is_malformed,
        Refusal(401, -2014, words.API_KEY_FORMAT),
        Mark.OBSERVED,
        "fapi: FS:61620993952; carried to PAPI. What a key looks like is decided",
    ),
    Check(checks.api_key_is_unknown, _INVALID_KEY, Mark.INFERRED, "from the case of the IP"),
    Check(checks.ip_is_not_allowed, _INVALID_KEY, Mark.OBSERVED, "NH1, ccxt/ccxt#20905"),
    Check(checks.permission_is_missing, _INVALID_KEY, Mark.OBSERVED, "ccxt/ccxt#22397"),
    Check(
        checks.account_is_no_portfolio_margin_account,
        _INVALID_KEY,
        Mark.OBSERVED,
        "ccxt/ccxt#22397, FS:69048684318",
    ),
    Check(
        checks.timestamp_is_missing,
        words.malformed("timestamp"),
        Mark.OBSERVED,
        "fapi: FS:70695740132, JKorf/Binance.Net#399; carried to PAPI",
    ),
    Check(
        checks.signature_is_missing,
        words.malformed("signature"),
        Mark.INFERRED,
        "after the timestamp, as on fapi: FS:70695740132",
    ),
    Check(
        checks.recv_window_is_malformed,
        words.malformed("recvWindow"),
        Mark.DECIDED,
        "the text for a malformed value: NH5",
    ),
    Check(
        checks.recv_window_is_too_large,
        words.RECV_WINDOW_TOO_LARGE,
        Mark.DECIDED,
        "the maximum is documented; the text observed on spot: rainner/binance-watch#34",
    ),
    Check(
        checks.timestamp_is_late,
        words.LATE,
        Mark.OBSERVED,
        "PM-GI; fapi: binance-futures-connector-python#204",
    ),
    Check(
        checks.timestamp_is_early,
        words.EARLY,
        Mark.OBSERVED,
        "PM-GI; spot: bmino/binance-triangle-arbitrage#51",
    ),
    Check(
        checks.signature_is_not_last,
        words.BAD_SIGNATURE,
        Mark.DECIDED,
        'only where `signature_position = "last"`: PM-GI, Binance_Futures_python#25',
    ),
    Check(
        checks.signature_is_wrong,
        words.BAD_SIGNATURE,
        Mark.OBSERVED,
        "fapi: FS:57518068941; carried to PAPI",
    ),
    Check(
        checks.parameter_is_malformed,
        words.malformed("{parameter}"),
        Mark.OBSERVED,
        "NH5; the order of the parameters is inferred",
    ),
    EndpointChecks(),
)

PAPI = Gateway(
    name="PAPI",
    prefix="/papi/",
    steps=STEPS,
    budgets={
        Scope.IP: Budget(
            "papi_weight_per_ip",
            per_endpoint=False,
            headers=("X-MBX-USED-WEIGHT-1M",),
            mark=Mark.OBSERVED,
            source="6,000 a minute: PM-GI; one pool for all paths: NH1, NH3",
        )
    },
    content_type="application/json",
    answers=_answers,
    refuses=_refuses,
)
