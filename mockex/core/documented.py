"""Answers that the exchange's pages name and that no client can provoke: outages, edge blocks, limits out of turn."""

from typing import get_args

from mockex.core.edge import (
    BAD_GATEWAY,
    BAD_GATEWAY_OF_THE_LOAD_BALANCER,
    GATEWAY_TIMEOUT,
    RESTRICTED_LOCATION,
    cloudfront_page,
)
from mockex.core.outage import AnswerName, InTurn, Outage
from mockex.core.refusals import Codeless, Mark, Refusal, Says


def _same(says: Says | InTurn) -> tuple[Says | InTurn, Says | InTurn]:
    return says, says


DOCUMENTED: tuple[Outage, ...] = (
    Outage(
        "unknown-error",
        "Execution unknown: the request may have been carried out. JSON without a code.",
        *_same(Codeless(503, "Unknown error, please check your request or try again later.")),
        Mark.OBSERVED,
        "PM-GI; fapi: daisy613/LHPControl#16; carried to PAPI and SAPI",
    ),
    Outage(
        "service-unavailable",
        "Failed: the request was not carried out, and the service may be away for a while.",
        *_same(Codeless(503, "Service Unavailable.")),
        Mark.DOCUMENTED,
        "PM-GI; JSON without a code inferred from `unknown-error`; carried to SAPI",
    ),
    Outage(
        "internal-error",
        "Failed: the request was not carried out and may be sent again.",
        *_same(Codeless(503, "Internal error; unable to process your request. Please try again.")),
        Mark.DOCUMENTED,
        "PM-GI; JSON without a code inferred from `unknown-error`; carried to SAPI",
    ),
    Outage(
        "overloaded",
        "Failed: the gateway is overloaded and did not carry the request out.",
        Refusal(
            503,
            -1008,
            "Request throttled by system-level protection. Reduce-only/close-position orders are exempt. "
            "Please try again.",
        ),
        Refusal(
            503, -1008, "Spot server is currently overloaded with other requests. Please try again in a few minutes."
        ),
        Mark.DOCUMENTED,
        "PM-GI, PM-ERR, PRO-ERR",
    ),
    Outage(
        "unknown",
        "Execution unknown: an error that the exchange itself cannot name.",
        Refusal(500, -1000, "An unknown error occured while processing the request."),
        Refusal(500, -1000, "An unknown error occurred while processing the request."),
        Mark.OBSERVED,
        "SAPI: rotki/rotki#4781; PAPI, with its page's spelling: PM-ERR",
    ),
    Outage(
        "disconnected",
        "Failed: the same sentence as `internal-error`, with its code.",
        *_same(Refusal(503, -1001, "Internal error; unable to process your request. Please try again.")),
        Mark.DOCUMENTED,
        "PM-ERR, PRO-ERR; the status from PM-GI's list of 503s, carried to SAPI",
    ),
    Outage(
        "unauthorized",
        "Failed: the exchange does not let this caller do this; trying again does not help.",
        Refusal(401, -1002, "You are not authorized to execute this request."),
        Refusal(400, -1002, "You are not authorized to execute this request."),
        Mark.DOCUMENTED,
        "PM-ERR, PRO-ERR; the statuses inferred from -2015",
    ),
    Outage(
        "too-many-requests",
        "Not carried out: the limit is reached although the client's own count says otherwise; wait.",
        *_same(InTurn("weight_is_over_the_limit")),
        Mark.OBSERVED,
        "each gateway's own 429: docs/fidelity.md",
        tells_to_wait=True,
    ),
    Outage(
        "too-many-requests-queued",
        "Not carried out: too many requests of this client wait already; send fewer at once.",
        *_same(Refusal(429, -1003, "Too many requests queued.")),
        Mark.DOCUMENTED,
        "PM-ERR, PRO-ERR",
        tells_to_wait=True,
    ),
    Outage(
        "ip-banned",
        "Not carried out: the IP is banned, perhaps for what a neighbour did; send nothing until then.",
        *_same(InTurn("ip_is_banned")),
        Mark.OBSERVED,
        "each gateway's own 418: docs/fidelity.md",
        is_from_the_edge=True,
        tells_to_wait=True,
    ),
    Outage(
        "server-busy",
        "Failed: the server is busy; wait and try again.",
        *_same(Refusal(503, -1004, "Server is busy, please wait and try again")),
        Mark.DOCUMENTED,
        "PRO-ERR; carried to PAPI, whose page gives -1004 to `This IP is already on the white list`; status decided",
    ),
    Outage(
        "unexpected-response",
        "Execution unknown: the message bus answered something unexpected.",
        *_same(
            Refusal(500, -1006, "An unexpected response was received from the message bus. Execution status unknown.")
        ),
        Mark.DOCUMENTED,
        "PM-ERR, PRO-ERR; the status inferred",
    ),
    Outage(
        "timeout",
        "Execution unknown: the backend did not answer in time; ask what became of it before sending it again.",
        *_same(
            Refusal(
                504,
                -1007,
                "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
            )
        ),
        Mark.DOCUMENTED,
        "PM-ERR, PRO-ERR; the status inferred",
    ),
    Outage(
        "ip-cannot-access-route",
        "Failed: this IP may not use the route; trying again does not help.",
        *_same(Refusal(400, -1011, "This IP cannot access this route.")),
        Mark.DOCUMENTED,
        "PM-ERR; carried to SAPI; the status decided",
    ),
    Outage(
        "too-many-orders",
        "Not carried out: the limit on new orders, which has no Retry-After.",
        *_same(Refusal(429, -1015, "Too many new orders.")),
        Mark.DOCUMENTED,
        "PM-ERR, PRO-ERR; no Retry-After: PRO-GI",
    ),
    Outage(
        "service-shutting-down",
        "Failed: the service is being taken away; trying again does not help.",
        *_same(Refusal(400, -1016, "This service is no longer available.")),
        Mark.DOCUMENTED,
        "PM-ERR, PRO-ERR; the status decided",
    ),
    Outage(
        "unsupported-operation",
        "Failed: the exchange does not do this; trying again does not help.",
        *_same(Refusal(400, -1020, "This operation is not supported.")),
        Mark.DOCUMENTED,
        "PM-ERR, PRO-ERR; the status decided",
    ),
    Outage(
        "timestamp-late",
        "Failed: the request was late on its way or the client's clock is behind; correct it and sign anew.",
        *_same(Refusal(400, -1021, "Timestamp for this request is outside of the recvWindow.")),
        Mark.OBSERVED,
        "PM-GI; fapi: binance-futures-connector-python#204; SAPI inferred",
    ),
    Outage(
        "timestamp-early",
        "Failed: the client's clock is ahead, or the exchange's has jumped; correct it and sign anew.",
        *_same(Refusal(400, -1021, "Timestamp for this request was 1000ms ahead of the server's time.")),
        Mark.OBSERVED,
        "PM-GI; spot: bmino/binance-triangle-arbitrage#51; SAPI: ccxt/binance-api-node#452",
    ),
    Outage(
        "not-found-authenticated-or-authorized",
        "Failed: one of three things is wrong, and the exchange does not say which.",
        Refusal(401, -1099, "Not found, authenticated, or authorized"),
        Refusal(400, -1099, "Not found, authenticated, or authorized"),
        Mark.DOCUMENTED,
        "PRO-ERR; carried to PAPI; the statuses inferred from -2015",
    ),
    Outage(
        "request-occur-unknown-error",
        "Execution unknown: a 5xx whose sentence is the exchange's own English. JSON without a code.",
        *_same(Codeless(500, "Request occur unknown error.")),
        Mark.DOCUMENTED,
        "PM-GI; JSON without a code inferred from `unknown-error`; carried to SAPI",
    ),
    Outage(
        "endpoint-gone",
        "Failed: the endpoint has been removed; trying again does not help.",
        *_same(Refusal(400, -21015, "ENDPOINT_GONE")),
        Mark.DOCUMENTED,
        "PRO-ERR; the name as msg inferred from -21001; carried to PAPI; the status inferred",
    ),
    Outage(
        "business-error",
        "Failed for a reason of the account; the code is a positive number.",
        Refusal(400, 51122, "Portfolio Margin account users cannot use this function."),
        Refusal(500, 2, "The size of assets should not larger than 20"),
        Mark.OBSERVED,
        "PAPI: a positive code with 400, NH3, the text of 51122 documented; SAPI: a positive code with 500, NH3",
    ),
    Outage(
        "bad-gateway",
        "Execution unknown: nginx got no answer from the gateway behind it. HTML.",
        *_same(BAD_GATEWAY),
        Mark.OBSERVED,
        "sammchardy/python-binance#1198; carried to PAPI",
        is_from_the_edge=True,
    ),
    Outage(
        "bad-gateway-of-the-load-balancer",
        "Execution unknown: the load balancer got no answer. HTML.",
        *_same(BAD_GATEWAY_OF_THE_LOAD_BALANCER),
        Mark.OBSERVED,
        "fapi: binance-futures-connector-python#168; carried to PAPI and SAPI",
        is_from_the_edge=True,
    ),
    Outage(
        "gateway-timeout",
        "Execution unknown: nginx waited for the gateway behind it in vain. HTML.",
        *_same(GATEWAY_TIMEOUT),
        Mark.INFERRED,
        "nginx's own page, beside `bad-gateway`",
        is_from_the_edge=True,
    ),
    Outage(
        "restricted-location",
        "Not carried out: the IP is in a country that the exchange does not serve. The code is 0.",
        *_same(RESTRICTED_LOCATION),
        Mark.OBSERVED,
        "FS:52905379611, FS:17225435944; carried to PAPI",
        is_from_the_edge=True,
    ),
    Outage(
        "request-blocked",
        "Not carried out: the web application firewall took the request for an attack. HTML.",
        *_same(cloudfront_page("Request blocked.")),
        Mark.OBSERVED,
        "spot's host: JKorf/Binance.Net#115, tellor-io/telliot#69; carried to PAPI",
        is_from_the_edge=True,
    ),
)
BY_NAME = {outage.name: outage for outage in DOCUMENTED}
assert set(BY_NAME) == set(get_args(AnswerName))
