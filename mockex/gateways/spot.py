"""The spot gateway (api.binance.com/api), as far as clients meet it before a signed call: ping and time."""

from mockex.core import checks
from mockex.core.gateway import Barred, Budget, Charge, Check, Gateway
from mockex.core.head import Sheet
from mockex.core.refusals import Mark, Page, Refusal
from mockex.core.weight import Scope
from mockex.gateways import cloudfront, words

_NOT_FOUND = Page(404, "text/html", "<html><body><h2>404 Not found</h2></body></html>", html_only=True)


def _headers(sheet: Sheet) -> dict[str, str]:
    return {
        "Content-Type": sheet.content_type,
        "Content-Length": sheet.length,
        "Connection": "keep-alive",
        "Date": sheet.date,
        "Server": "nginx",
        "x-mbx-uuid": "00000000-0000-0000-0000-000000000000",
        **sheet.weight,
        "Strict-Transport-Security": "max-age=31536000; includeSubdomains",
        "X-Frame-Options": "SAMEORIGIN",
        "X-Xss-Protection": "1; mode=block",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'self'",
        "Cache-Control": "no-cache, no-store, must-revalidate",
        "Pragma": "no-cache",
        "Expires": "0",
        "X-Cache": "Miss from cloudfront",
        **cloudfront.TRACE,
    }


def _refuses(sheet: Sheet) -> dict[str, str]:
    return _headers(sheet) | {"X-Cache": "Error from cloudfront"}


STEPS = (
    Check(checks.get_carries_a_body, cloudfront.BAD_REQUEST, Mark.DOCUMENTED, "CloudFront's own rule, as on SAPI"),
    Barred(words.BANNED_FROM_THE_HOST, Mark.OBSERVED, "SPOT-ERR; ccxt/ccxt#14639"),
    Check(checks.path_is_unknown, _NOT_FOUND, Mark.DOCUMENTED, "SPOT-CL 2023-12-04"),
    Check(checks.method_is_wrong, _NOT_FOUND, Mark.DECIDED, "as an unknown path"),
    Charge(
        Refusal(
            429,
            -1003,
            "Too much request weight used; current limit is {limit} request weight per 1 MINUTE. "
            "Please use WebSocket Streams for live updates to avoid polling the API.",
        ),
        words.BANNED_FROM_THE_HOST,
        Mark.DOCUMENTED,
        "SPOT-ERR",
    ),
)

SPOT = Gateway(
    name="SPOT",
    prefix="/api/",
    steps=STEPS,
    budgets={
        Scope.IP: Budget(
            "spot_weight_per_ip",
            per_endpoint=False,
            headers=("x-mbx-used-weight", "x-mbx-used-weight-1m"),
            mark=Mark.DOCUMENTED,
            source="6,000 a minute: SPOT-REST; header names: ccxt/ccxt#8450",
        )
    },
    content_type="application/json;charset=UTF-8",
    answers=_headers,
    refuses=_refuses,
)
