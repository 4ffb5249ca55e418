"""The page docs/faults.md, made from the two lists of faults: `python -m mockex.faults_page` prints it."""

from collections.abc import Iterator
from inspect import cleandoc
from typing import Any, get_args

from msgspec import NODEFAULT, Struct, inspect, json, structs

from mockex.core.documented import DOCUMENTED
from mockex.core.effects import Documented, Effect, Hostile, spoiled
from mockex.core.faults import Fault
from mockex.core.outage import Outage
from mockex.core.raw import script_of
from mockex.core.refusals import Facts, Says
from mockex.core.wire import Delivery, Reply, Wait
from mockex.gateways import PAPI, SAPI

HEAD = f"""# Faults

What can be declared to go wrong: nothing does unless a scenario, its timeline or a test says so. There are two lists,
and what is on the one is never on the other: **documented** answers, which the exchange's own pages name, and
**hostile** ones, which networks and gateways give. This page is made from the code (`make docs`); a test keeps it
current.

A fault is an `effect` and which calls it strikes:
{{fields}}
Chance is a function of the seed, the fault's name and the number of the call, so a run is replayed from its seed.

## Several faults on one call

{cleandoc(spoiled.__doc__ or "").partition(chr(10) * 2)[2]}

A documented answer is what the others spoil. Of two the first is given, but one from the edge comes before all others:
it is given before anything is checked or charged. Any other is given after the call was answered, and costs what the
call costs.

```toml
title = "A 429 that comes late, as HTML, and drips"

[[faults]]
effect = {{{{ type = "documented", answer = "too-many-requests" }}}}

[[faults]]
effect = {{{{ type = "html" }}}}

[[faults]]
effect = {{{{ type = "latency", ms = 200 }}}}

[[faults]]
effect = {{{{ type = "drip", every_ms = 5, piece_bytes = 64 }}}}
```
"""
GIVEN: dict[str, dict[str, Any]] = {
    "latency": {"ms": 250},
    "slow-body": {"ms": 250},
    "drip": {"every_ms": 10, "piece_bytes": 64},
    "hang-up": {"body_bytes": 5},
    "wrong-content-length": {"by": 10},
    "empty": {"status": 202},
    "html": {"status": 429},
    "json-is": {"shape": "duplicate-key"},
    "body-is": {"text": '{"total":1,"rows":[]}', "content_type": "text/plain"},
    "odd-weight": {"value": "-1"},
    "odd-retry-after": {"value": "soon"},
    "redirect": {"to": "http://127.0.0.1:8091/"},
}
"""What the examples are given, those that are not to show the defaults."""

EXAMPLES: dict[str, Hostile] = {
    kind.__struct_config__.tag: kind(**GIVEN.get(kind.__struct_config__.tag, {})) for kind in get_args(Hostile)
}
"""One of each hostile effect by its name, in the order of the page."""

MORE = {
    "hang-up": (
        "With `nth_on_connection = 2` the connection that was kept alive is closed at its second request, without an "
        "answer: what a client meets that reuses a connection just when the exchange gives it up."
    )
}
SAMPLE = Reply(
    200,
    {"Content-Type": "application/json", "Content-Length": "21", "Connection": "keep-alive"}
    | {"X-MBX-USED-WEIGHT-1M": "100"},
    b'{"total":0,"rows":[]}',
)
REFUSAL = Reply(429, {**SAMPLE.headers, "Retry-After": "30"}, b'{"code":-1003,"msg":""}')
ON_A_REFUSAL = {"no-retry-after", "odd-retry-after", "json-is"}
FACTS = Facts(
    ip="192.0.2.1",
    path="/papi/v1/portfolio/negative-balance-exchange-record",
    now_ms=1_767_225_630_000,
    accepts_html=True,
    parameter="",
    limit=6_000,
    banned_until_ms=1_767_225_750_000,
)


def page() -> str:
    """Write the whole page."""
    parts = [HEAD.format(fields=_fields(Fault)), "## Documented\n", _fields(Documented)]
    parts += [_outage(outage) for outage in DOCUMENTED]
    parts += ["## Hostile\n", *(_hostile(name, effect) for name, effect in EXAMPLES.items())]
    return "\n".join(parts)


def _outage(outage: Outage) -> str:
    edge = ", from the edge" if outage.is_from_the_edge else ""
    papi, sapi = _said(outage.says(PAPI)), _said(outage.says(SAPI))
    said = papi if papi == sapi else f"PAPI:\n\n{papi}\nSAPI:\n\n{sapi}"
    effect = Documented(outage.name)
    return (
        f"### `{outage.name}`\n\n{outage.sentence}\n\n{outage.mark}{edge}: {outage.source}\n\n{said}\n{_toml(effect)}"
    )


def _said(says: Says) -> str:
    text = says.body(FACTS).decode().replace("\r\n", "\n").rstrip()
    return f"```\n{says.status}\n{text}\n```\n"


def _hostile(name: str, effect: Hostile) -> str:
    about = cleandoc(type(effect).__doc__ or "")
    more = f"\n\n{MORE[name]}" if name in MORE else ""
    sample = REFUSAL if name in ON_A_REFUSAL else SAMPLE
    wire = "\n".join(_shown(spoiled(sample, [effect])))
    return f"### `{name}`\n\n{about}{more}\n{_fields(type(effect))}\n```\n{wire}\n```\n\n{_toml(effect)}"


def _shown(reply: Reply) -> Iterator[str]:
    """Show what goes over the wire, a line for each line, and pauses in brackets."""
    delivery = reply.delivery or Delivery()
    for part in (*delivery.before, *script_of(reply)):
        yield f"[{part.ms} ms]" if isinstance(part, Wait) else _readable(part)
    if delivery.then != "keep":
        yield "[the connection is closed]" if delivery.then == "close" else "[the connection is reset]"


def _readable(raw: bytes) -> str:
    text = raw.decode("latin-1").replace("\r\n", "\n").removesuffix("\n")
    return "".join(char if char == "\n" or " " <= char <= "~" else f"\\x{ord(char):02x}" for char in text)


def _toml(effect: Effect) -> str:
    defaults = {field.name: field.default for field in structs.fields(effect)}
    values = {name: value for name, value in structs.asdict(effect).items() if value != defaults[name]}
    about = {"type": effect.__struct_config__.tag, **values}
    pairs = ", ".join(f"{name} = {json.encode(value).decode()}" for name, value in about.items())
    title = values.get("answer", about["type"])
    return f'```toml\ntitle = "{title}"\n\n[[faults]]\neffect = {{ {pairs} }}\n```\n'


def _fields(shape: type[Struct]) -> str:
    """Write the table of the fields, if there are any."""
    described = inspect.type_info(shape)
    assert isinstance(described, inspect.StructType)
    if not described.fields:
        return ""
    rows = [(f"`{field.encode_name}`", _type(field.type), _default(field)) for field in described.fields]
    lines = [("field", "type", "default"), ("---", "---", "---"), *rows]
    return "\n" + "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _default(field: inspect.Field) -> str:
    if field.default is NODEFAULT:
        return "must be given"
    return "" if field.default is None else f"`{json.encode(field.default).decode()}`"


def _type(described: Any) -> str:
    match described:
        case inspect.UnionType(types=types) if any(isinstance(one, inspect.StructType) for one in types):
            return "one of those below"
        case inspect.UnionType(types=types):
            return ", ".join(_type(one) for one in types if not isinstance(one, inspect.NoneType))
        case inspect.LiteralType(values=values):
            shown = [f"`{json.encode(one).decode()}`" for one in sorted(values, key=str)]
            return ", ".join(shown) if len(shown) < MANY else "a name below"
        case inspect.IntType(ge=ge, le=le) | inspect.FloatType(ge=ge, le=le):
            least = ge if ge is not None else f"above {described.gt}" if described.gt is not None else ""
            return f"number, {least} to {le}" if le is not None else f"number, from {least}"
        case _:
            return "text"


MANY = 20

if __name__ == "__main__":
    print(page(), end="")
