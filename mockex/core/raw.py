"""A reply as bytes: how it is rendered, and how it is split, cut and slowed where a declared fault says so."""

from typing import Literal

from msgspec import structs

from mockex.core.head import Head, head_of
from mockex.core.wire import Delivery, Reply, Wait

Script = tuple[bytes | Wait, ...]
Then = Literal["keep", "close", "reset"]
BODILESS = (204, 304)
"""Of these a client takes what stands behind the head for the next answer (RFC 9112, 6.3)."""
SEVERITY: dict[Then, int] = {"keep": 0, "close": 1, "reset": 2}


def raw_head(reply: Reply) -> bytes:
    """Render the status line and the headers, with the empty line behind them."""
    if isinstance(reply.head, Head):
        return reply.head.raw(reply.status)
    return head_of(reply.status, reply.head).encode("utf-8", "replace")


def script_of(reply: Reply) -> Script:
    """Give what goes on the wire: the script that a fault wrote, or head and body."""
    if reply.delivery is not None and reply.delivery.script is not None:
        return reply.delivery.script
    return (raw_head(reply), reply.body) if reply.body else (raw_head(reply),)


def raw(reply: Reply) -> bytes:
    """Give all bytes of what goes on the wire."""
    return b"".join(part for part in script_of(reply) if isinstance(part, bytes))


def body_begins_at(reply: Reply) -> int:
    """Count the bytes ahead of the body."""
    head, separator, _ = raw(reply).partition(b"\r\n\r\n")
    return len(head) + len(separator)


def split(script: Script, at: int) -> tuple[Script, Script]:
    """Split after so many bytes; a pause just there belongs to what is before it."""
    before: list[bytes | Wait] = []
    for number, part in enumerate(script):
        if isinstance(part, Wait):
            before.append(part)
        elif len(part) <= at:
            before.append(part)
            at -= len(part)
        else:
            rest = (part[at:], *script[number + 1 :])
            return (*before, part[:at]) if at else tuple(before), rest
    return tuple(before), ()


def delivered(
    reply: Reply,
    *,
    before: Script | None = None,
    script: Script | None = None,
    then: Then = "keep",
) -> Reply:
    """Change how a reply is put on the wire; what is None stays, and the harshest ending holds."""
    old = reply.delivery or Delivery()
    return structs.replace(
        reply,
        delivery=Delivery(
            before=old.before if before is None else before,
            script=old.script if script is None else script,
            then=max(old.then, then, key=SEVERITY.__getitem__),
        ),
    )


def with_body(reply: Reply, body: bytes, status: int | None = None) -> Reply:
    """Give the reply another body with its right length, and another status if there is one; it may allow no body."""
    status = reply.status if status is None else status
    if status in BODILESS:
        return Reply(status, without_header(reply, "Content-Length").head, b"", reply.delivery)
    return Reply(status, {**reply.headers, "Content-Length": str(len(body))}, body, reply.delivery)


def with_header(reply: Reply, name: str, value: str) -> Reply:
    """Give the reply a header, in the place of one that it has of this name."""
    return structs.replace(reply, head={**reply.headers, name: value})


def without_header(reply: Reply, name: str) -> Reply:
    """Take a header away."""
    return structs.replace(reply, head={other: value for other, value in reply.headers.items() if other != name})
