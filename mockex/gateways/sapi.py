"""The SAPI gateway (api.binance.com/sapi, behind CloudFront): charges only who is authenticated, never answers 401."""

from mockex.core import checks
from mockex.core.gateway import Barred, Budget, Charge, Check, EndpointChecks, Gateway
from mockex.core.head import Sheet
from mockex.core.refusals import Mark, Refusal, SpringError
from mockex.core.weight import Scope
from mockex.gateways import cloudfront, words

_INVALID_KEY = Refusal(400, -2015, words.INVALID_KEY + ".")


def _answers(sheet: Sheet) -> dict[str, str]:
    """Order and spelling observed on a 200 of api.binance.com/sapi in July 2026."""
    return {
        "Content-Type": sheet.content_type,
        "Content-Length": sheet.length,
        "Connection": "keep-alive",
        "Date": sheet.date,
        "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
        "Server": "nginx",
        **sheet.weight,
        "Strict-Transport-Security": "max-age=31536000; includeSubdomains",
        "X-Frame-Options": "SAMEORIGIN",
        "X-Xss-Protection": "1; mode=block",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'self'",
        "X-Content-Security-Policy": "default-src 'self'",
        "X-WebKit-CSP": "default-src 'self'",
        "Cache-Control": "no-cache, no-store, must-revalidate",
        "Pragma": "no-cache",
        "Expires": "0",
        "Access-Control-Allow-Origin": "*",
        "X-Cache": "Miss from cloudfront",
        **cloudfront.TRACE,
    }


def _refuses(sheet: Sheet) -> dict[str, str]:
    """The same on a 4xx, without Access-Control-* (observed)."""
    headers = _answers(sheet)
    del headers["Access-Control-Allow-Methods"], headers["Access-Control-Allow-Origin"]
    headers["X-Cache"] = "Error from cloudfront"
    return headers


STEPS = (
    Check(
        checks.get_carries_a_body,
        cloudfront.BAD_REQUEST,
        Mark.DOCUMENTED,
        "CloudFront's own rule; the page: binance-us-api-docs#14",
    ),
    Barred(
        words.BANNED_FROM_THE_HOST,
        Mark.DECIDED,
        "that there are bans is documented (PRO-GI); the text is spot's: ccxt/ccxt#14639",
    ),
    Check(
        checks.path_is_unknown,
        SpringError(404, "Not Found", "No message available"),
        Mark.OBSERVED,
        "binance.us: FS:10450903821; a fragment of it on binance.com: FS:59029853022",
    ),
    Check(
        checks.method_is_wrong,
        SpringError(405, "Method Not Allowed", "No message available"),
        Mark.INFERRED,
        "what Spring answers; nobody published one",
    ),
    Check(
        checks.api_key_is_malformed,
        Refusal(400, -2014, words.API_KEY_FORMAT),
        Mark.OBSERVED,
        "NH2, FS:70979008552. What a key looks like is decided",
    ),
    Check(
        checks.api_key_is_unknown,
        Refusal(400, -2008, "Invalid Api-Key ID."),
        Mark.OBSERVED,
        "ccxt/ccxt#16616, #16777; sammchardy/python-binance#1155",
    ),
    Check(
        checks.timestamp_is_missing,
        words.malformed("timestamp"),
        Mark.INFERRED,
        "after the key: FS:70979008552; text: NH4",
    ),
    Check(
        checks.signature_is_missing,
        words.malformed("signature"),
        Mark.INFERRED,
        "text: NH4; the order is decided",
    ),
    Check(
        checks.recv_window_is_malformed,
        words.malformed("recvWindow"),
        Mark.DECIDED,
        "text: NH4",
    ),
    Check(
        checks.recv_window_is_too_large,
        words.RECV_WINDOW_TOO_LARGE,
        Mark.DOCUMENTED,
        "PRO-ERR; the text observed on spot: rainner/binance-watch#34",
    ),
    Check(
        checks.timestamp_is_late,
        words.LATE,
        Mark.INFERRED,
        "PRO-GI; observed on spot and fapi",
    ),
    Check(
        checks.timestamp_is_early,
        words.EARLY,
        Mark.INFERRED,
        "PRO-GI; the text: ccxt/binance-api-node#452",
    ),
    Check(
        checks.signature_is_not_last,
        words.BAD_SIGNATURE,
        Mark.DECIDED,
        'only where `signature_position = "last"`; PRO-GI has no such rule',
    ),
    Check(
        checks.signature_is_wrong,
        words.BAD_SIGNATURE,
        Mark.OBSERVED,
        "FS:68890380806, JKorf/Binance.Net#795",
    ),
    Check(checks.ip_is_not_allowed, _INVALID_KEY, Mark.OBSERVED, "NH1"),
    Check(checks.permission_is_missing, _INVALID_KEY, Mark.OBSERVED, "NH1"),
    Charge(
        Refusal(429, -1003, "Too many requests; current request has limited."),
        words.BANNED_FROM_THE_HOST,
        Mark.OBSERVED,
        "charged after authentication and before parameters: NH1, NH4; text: ccxt/ccxt#6905",
    ),
    Check(
        checks.account_is_no_portfolio_margin_account,
        Refusal(400, -21001, "USER_IS_NOT_UNIACCOUNT"),
        Mark.OBSERVED,
        "weak, on the sibling /sapi/v1/portfolio/account: FS:71103257777",
    ),
    Check(
        checks.parameter_is_malformed,
        words.malformed("{parameter}"),
        Mark.OBSERVED,
        "NH4; the order of the parameters is inferred",
    ),
    EndpointChecks(),
)

SAPI = Gateway(
    name="SAPI",
    prefix="/sapi/",
    steps=STEPS,
    budgets={
        Scope.IP: Budget(
            "sapi_weight_per_ip",
            per_endpoint=True,
            headers=("X-SAPI-USED-IP-WEIGHT-1M",),
            mark=Mark.OBSERVED,
            source="12,000 a minute, each endpoint its own: PRO-GI, NH3",
        ),
        Scope.UID: Budget(
            "sapi_weight_per_uid",
            per_endpoint=True,
            headers=("X-SAPI-USED-UID-WEIGHT-1M",),
            mark=Mark.OBSERVED,
            source="180,000 a minute, each endpoint its own: PRO-GI, NH3",
        ),
    },
    content_type="application/json;charset=UTF-8",
    answers=_answers,
    refuses=_refuses,
)
