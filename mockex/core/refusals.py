"""How the exchange says no: an envelope of code and msg, or a page where a gateway sends no envelope."""

from enum import StrEnum

from msgspec import Struct, json, structs

from mockex.core.head import HeaderSet


class Mark(StrEnum):
    """How much is known of a rule."""

    DOCUMENTED = "documented"
    """Binance's own pages say so."""
    OBSERVED = "observed"
    """Somebody published what a real host answered."""
    INFERRED = "inferred"
    """It follows from what is documented or observed elsewhere."""
    DECIDED = "decided"
    """Nobody knows; mockex has chosen, and docs/unknowns.md lists it."""


class Facts(Struct, frozen=True, gc=False):
    """What a refusal may quote of the call that it refuses."""

    ip: str
    path: str
    now_ms: int
    accepts_html: bool
    parameter: str
    limit: int
    banned_until_ms: int


class Envelope(Struct):
    """The body of every refusal that has a code: `code` first, compact, no newline (observed)."""

    code: int
    msg: str


class Refusal(Struct, frozen=True):
    """An HTTP status with the envelope `{"code":…,"msg":…}`; `{fact}` in the msg is filled in from the Facts."""

    status: int
    code: int
    msg: str
    content_type: str | None = None
    headers: HeaderSet | None = None

    def body(self, facts: Facts) -> bytes:
        """Render the envelope."""
        msg = self.msg.format_map(structs.asdict(facts)) if "{" in self.msg else self.msg
        return json.encode(Envelope(self.code, msg))


class Page(Struct, frozen=True):
    """An HTTP status with a page; `headers` are its own where it comes from the edge and not from the gateway.

    With `html_only` the body is left out for a client whose Accept does not name text/html.
    """

    status: int
    content_type: str
    text: str
    headers: HeaderSet | None = None
    html_only: bool = False

    def body(self, facts: Facts) -> bytes:
        """Render the page."""
        return b"" if self.html_only and not facts.accepts_html else self.text.encode()


class SpringError(Struct, frozen=True):
    """The JSON that Spring answers with where no controller of the gateway answers."""

    status: int
    error: str
    message: str
    content_type: str | None = None
    headers: HeaderSet | None = None

    def body(self, facts: Facts) -> bytes:
        """Render the error with the time and the path of the call."""
        fields = {"timestamp": facts.now_ms, "status": self.status, "error": self.error, "message": self.message}
        return json.encode(fields | {"path": facts.path})


class Codeless(Struct, frozen=True):
    """The JSON of the futures gateway that has a msg and no code (observed on fapi)."""

    status: int
    msg: str
    content_type: str | None = None
    headers: HeaderSet | None = None

    def body(self, facts: Facts) -> bytes:
        """Render time, path and msg."""
        return json.encode({"timestamp": facts.now_ms, "path": facts.path, "msg": self.msg})


Says = Refusal | Page | SpringError | Codeless
"""What a gateway says no with."""
