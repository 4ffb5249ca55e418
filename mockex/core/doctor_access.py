"""The doctor on what stands before the parameters: path, method, body, API key, IP, permission and account."""

import re
from difflib import get_close_matches
from itertools import islice
from urllib.parse import unquote

from mockex.core.call import Call
from mockex.core.checks import API_KEY_CHARS
from mockex.core.diagnosis import Case, Remark, cut, specs_of
from mockex.core.scenario import HmacKey
from mockex.core.wire import as_text

_COMPARED_KEYS = 500
_COMPARED_CHARS = 200
_KEY_NAMES = {
    "x-mbx-apikey",
    "x-mbx-api-key",
    "apikey",
    "api-key",
    "api_key",
    "x-api-key",
    "mbx-apikey",
    "authorization",
}
_NOTHING = {"none", "null", "undefined", "nil", ""}


def get_carries_a_body(case: Case) -> Remark:
    """Say which parameters stand in the body."""
    body = as_text(case.call.request.body)
    names = [name for name in ("timestamp", "signature", "recvWindow") if name in body]
    what = f" ({', '.join(names)} among it)" if names else ""
    return Remark(
        f"A GET must not carry a body, and this one has {len(case.call.request.body)} bytes{what}: put the parameters "
        "in the query (`params=`, not `data=` or `json=`) and sign the query.",
        "body-on-get",
        {"body_bytes": str(len(case.call.request.body))},
    )


_PATHS = (
    ("stray-slash", "slashes count", lambda path: re.sub("/+", "/", f"/{path.strip('/')}")),
    ("path-case", "upper and lower case count", str.lower),
    ("path-encoded", "percent escapes count", unquote),
    ("path-prefix", "its beginning counts", lambda path: path.rpartition("/")[2].lower()),
)
"""What a mistaken path and the right one have in common: the mistake's id, the reason, and what is compared."""


def path_is_unknown(case: Case) -> Remark:
    """Name the nearest path that is known."""
    path = case.call.path[:_COMPARED_CHARS]
    known = list(case.call.world.catalogue.routes)
    for mistake, why, plain in _PATHS:
        near = next((one for one in known if plain(one) == plain(path)), None)
        if near:
            return Remark(f"There is no path {path!r}, {why}: ask for {near}.", mistake, {"nearest_path": near})
    for near in get_close_matches(path, known, n=1, cutoff=0.6):
        sentence = f"There is no path {path!r}: the nearest one that mockex answers is {near}."
        return Remark(sentence, "path-typo", {"nearest_path": near})
    return Remark(
        f"There is no path {path!r} on {case.call.gateway.name}, nor one that mockex knows and that looks like it."
    )


def method_is_wrong(case: Case) -> Remark:
    """Name the methods that the path has."""
    names = ", ".join(case.call.world.catalogue.routes.get(case.call.path, ())) or "GET"
    return Remark(
        f"The path is right and the method {case.call.request.method[:20]!r} is not: ask with {names}.",
        "wrong-method",
        {"methods": names},
    )


def api_key_is_malformed(case: Case) -> Remark:
    """Say what a malformed API key has that a key must not have, or where else it was sent."""
    call, api_key = case.call, case.call.request.api_key
    if api_key is None or api_key.strip().lower() in _NOTHING:
        return _no_api_key(call, api_key)
    facts = {"length": str(len(api_key))}
    shape = f"it has {len(api_key)} characters where a key is {API_KEY_CHARS} letters and digits"
    if _is_a_secret(call, api_key):
        return _secret_as_key(facts)
    if api_key != api_key.strip():
        return Remark(
            f"The API key has white space or a newline around it: strip what was read; {shape}.",
            "api-key-with-white-space",
            facts,
        )
    if api_key[0] in "\"'" or api_key[-1] in "\"'":
        return Remark(f"The API key stands in quotes: send it without them; {shape}.", "api-key-in-quotes", facts)
    if any(mark in api_key.lower() for mark in ("your", "${", "<", "{{", "api_key", "apikey", "changeme")):
        return Remark(f"The API key is a placeholder that nothing was put into; {shape}.", "api-key-placeholder", facts)
    if api_key.lower().startswith(("bearer ", "basic ")):
        return Remark(
            "The API key stands behind a word like Bearer: send the bare key in X-MBX-APIKEY.",
            "api-key-behind-a-word",
            facts,
        )
    if len(api_key) > SHORTEST_PIECE and any(spec.api_key.startswith(api_key) for spec in specs_of(call)):
        return Remark(f"The API key is the start of one that is known, and cut off; {shape}.", "api-key-cut", facts)
    odd = "".join(sorted({c for c in api_key if not (c.isascii() and c.isalnum())}))[:10]
    return Remark(f"The API key is malformed: {shape}{f', and it contains {odd!r}' if odd else ''}.", None, facts)


SHORTEST_PIECE = 16
"""How much of a key must be there to say that it is a key cut off."""


def _no_api_key(call: Call, api_key: str | None) -> Remark:
    """Say where the key went that did not stand in its header."""
    named = next((name for name in call.params.values if name.lower() in _KEY_NAMES), None)
    if named:
        return Remark(
            f"The API key was sent as the parameter {named!r}: send it in the header X-MBX-APIKEY.",
            "api-key-in-parameters",
        )
    headers = (name.decode("latin-1") for name, _ in call.request.headers)
    named = next((name for name in headers if name.lower() in _KEY_NAMES and name.lower() != "x-mbx-apikey"), None)
    if named:
        return Remark(
            f"The API key was sent in the header {named!r}: its name is X-MBX-APIKEY.", "api-key-in-another-header"
        )
    what = "was not sent" if api_key is None else f"is {api_key!r}"
    return Remark(
        f"The header X-MBX-APIKEY {what}: send the API key in it, with every signed call.", "api-key-not-sent"
    )


def api_key_is_unknown(case: Case) -> Remark:
    """Say what a well-formed key that nobody has may be instead."""
    call, api_key = case.call, case.call.request.api_key or ""
    if _is_a_secret(call, api_key):
        return _secret_as_key({})
    known = [spec.api_key for spec in islice(specs_of(call), _COMPARED_KEYS)]
    facts = {"known_keys": ", ".join(cut(key) for key in known[:5]) or "none", "world": call.world.name}
    if any(key.lower() == api_key.lower() for key in known):
        return Remark(
            "The API key is known in other letter case: send it exactly as it was given.", "api-key-case", facts
        )
    if any(sum(a != b for a, b in zip(key, api_key, strict=False)) in (1, 2) for key in known):
        return Remark(
            "The API key differs from a known one in a character or two: copy it again.", "api-key-typo", facts
        )
    return Remark(
        f"No account of the world {call.world.name!r} has the API key {cut(api_key)}: it belongs to another world or "
        f"to the real exchange, or the scenario does not declare it; known here: {facts['known_keys']}.",
        None,
        facts,
    )


def _is_a_secret(call: Call, text: str) -> bool:
    return any(isinstance(spec, HmacKey) and spec.secret == text for spec in specs_of(call))


def _secret_as_key(facts: dict[str, str]) -> Remark:
    return Remark(
        "The API key header holds a secret: API key and secret are swapped; and on the real exchange, that secret "
        "would now have to be replaced.",
        "secret-as-api-key",
        facts,
    )


def ip_is_not_allowed(case: Case) -> Remark:
    """Say which IP the exchange saw and which ones the key allows."""
    call = case.call
    allowed = call.key.allowed_ips if call.key else frozenset[str]()
    listed = ", ".join(sorted(allowed))
    facts = {"ip": call.request.ip, "allowed_ips": listed}
    forwarded = {
        value.decode("latin-1").rpartition(",")[2].strip()
        for name, value in call.request.headers
        if name.lower() == b"x-forwarded-for"
    }
    if forwarded & allowed:
        return Remark(
            f"The exchange saw the IP {call.request.ip!r} and not the allowed one in X-Forwarded-For, which it "
            "believes only behind a proxy: start it so, or allow the IP that it sees.",
            "forwarded-ip-not-believed",
            facts,
        )
    if call.request.ip.startswith("::ffff:") or (call.request.ip == "::1" and "127.0.0.1" in allowed):
        return Remark(
            f"The client came over IPv6 as {call.request.ip!r} and the key allows {listed}: connect to the IPv4 "
            "address, or allow this one too.",
            "ipv6-for-ipv4",
            facts,
        )
    return Remark(
        f"The key is restricted to {listed} and the call came from {call.request.ip!r}: allow that IP or ask from "
        "another.",
        None,
        facts,
    )


def permission_is_missing(case: Case) -> Remark:
    """Name the permission that is missing and those that are there."""
    call = case.call
    needed = (call.endpoint.permission if call.endpoint else None) or "another permission"
    has = ", ".join(sorted(call.key.permissions)) if call.key and call.key.permissions else "none"
    return Remark(
        f"The key lacks the permission {needed}, which the endpoint needs: it has {has}.",
        "permission-missing",
        {"needed": needed, "has": has},
    )


def account_is_no_portfolio_margin_account(case: Case) -> Remark:
    """Say whose account is none of Portfolio Margin."""
    uid = str(case.call.account.uid) if case.call.account else "?"
    return Remark(
        f"The key is right and its account (UID {uid}) is no Portfolio Margin account: ask with a key of one that is, "
        "or set `portfolio_margin = true` in the scenario.",
        "classic-account",
        {"uid": uid},
    )


def owes_nothing(_case: Case) -> Remark:
    """Say that the client did nothing wrong."""
    return Remark(
        'The call is right and the account owes nothing, which this world (`no_loan = "refuse"`) says with -21004: '
        "treat it as a loan of 0.",
        "no-loan",
    )
