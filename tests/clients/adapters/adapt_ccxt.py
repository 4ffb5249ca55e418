"""Adapts ccxt: its synchronous client, or with the argument `async` its asynchronous one."""

import json
import re
import sys
from typing import Any
from urllib.parse import urlsplit

import ccxt
import ccxt.async_support
from adapting import ALL_KEYS, Adapter, Question, speak, weights

NEG = ("portfolio/negative-balance-exchange-record", ["papi"], "GET")
FEATURES = (*ALL_KEYS, "recv_window", "parameters", "used_weight")
STATUS = re.compile(r"binance ([1-5][0-9]{2}) ")


def made(module: Any, question: Question) -> Any:
    """Make a client all of whose addresses are the exchange's; a private key goes where the secret would."""
    secret = question.get("secret") or question.get("private_key")
    options = {"recvWindow": question["recv_window_ms"]} if "recv_window_ms" in question else {}
    trust = {"cafile": question["ca_file"]} if "ca_file" in question else {}
    client = module.binance({"apiKey": question["api_key"], "secret": secret, "options": options, **trust})
    url = question["url"]
    client.urls["api"] = {name: url + urlsplit(path).path for name, path in client.urls["api"].items()}
    return client


def described(error: Any) -> dict[str, Any]:
    """Find the exchange's code, or the status, in the error's text: ccxt has no attribute for either."""
    text = str(error)
    try:
        code = json.loads(text[text.index("{") :])["code"]
    except (ValueError, KeyError, TypeError):
        code = None
    status = STATUS.match(text)
    return {"code": code, "status": int(status[1]) if status else None}


if __name__ == "__main__":
    is_async = "async" in sys.argv[1:]
    module = ccxt.async_support if is_async else ccxt
    speak(
        Adapter(
            package="ccxt",
            name="ccxt async" if is_async else "ccxt",
            features=(*FEATURES, "together", "tls") if is_async else FEATURES,  # only the one takes a `cafile`
            made=lambda question: made(module, question),
            loan=lambda client: client.sapi_get_portfolio_pmloan(),
            records=lambda client, start_ms, end_ms, parameters: client.request(
                *NEG, {"startTime": start_ms, "endTime": end_ms, **parameters}
            ),
            errors=(ccxt.BaseError,),
            described=described,
            closed=lambda client: client.close() if is_async else client.session.close(),
            used_weight=lambda client: weights(client.last_response_headers),
        )
    )
