"""Who may control mockex: who has the token; without one, this machine alone, and no page of another site in it."""

from hmac import compare_digest
from http import HTTPStatus

from aiohttp import hdrs, web

from mockex.server.listening import is_loopback

FORWARDED = (hdrs.FORWARDED, hdrs.X_FORWARDED_FOR, hdrs.X_FORWARDED_HOST, "X-Real-IP", hdrs.VIA)


class RefusedError(Exception):
    """A call that is not answered: a sentence, a status, and headers that belong to it."""

    def __init__(self, sentence: str, status: HTTPStatus, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.headers = headers or {}


def admit(request: web.BaseRequest, token: str | None) -> None:
    """Let a call in. Raises RefusedError."""
    if token is not None:
        _ask_for(token, request)
        return
    if not is_loopback(request.remote or "") or any(name in request.headers for name in FORWARDED):
        raise RefusedError("mockex is controlled from its own machine alone, or with a token", HTTPStatus.FORBIDDEN)
    # A page of another site can have its own name resolved to this machine; then the name still stands in Host.
    hosts = request.headers.getall(hdrs.HOST, [])
    if len(hosts) != 1 or not is_loopback(host_name(hosts[0])):
        raise RefusedError(
            "mockex is controlled under the name of its own machine alone, as http://127.0.0.1, or with a token",
            HTTPStatus.FORBIDDEN,
        )
    origin = request.headers.get(hdrs.ORIGIN)
    site = request.headers.get("Sec-Fetch-Site", "none")
    if origin not in (None, f"http://{hosts[0]}") or site not in ("none", "same-origin"):
        raise RefusedError("mockex is not controlled by pages of other sites", HTTPStatus.FORBIDDEN)


def _ask_for(token: str, request: web.BaseRequest) -> None:
    scheme, _, sent = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    right = compare_digest(sent.strip().encode("utf-8", "surrogateescape"), token.encode("utf-8", "surrogateescape"))
    if scheme.lower() != "bearer" or not right:
        raise RefusedError(
            "mockex wants its control token: Authorization: Bearer …",
            HTTPStatus.UNAUTHORIZED,
            {"WWW-Authenticate": 'Bearer realm="mockex"'},
        )


def host_name(host: str) -> str:
    """Take the port and the brackets off a Host header."""
    name = host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    return name.lower()
