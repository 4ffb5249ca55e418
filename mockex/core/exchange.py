"""The exchange: one pure function from a request to its reply."""

from collections.abc import Callable

from msgspec import json, structs

from mockex.core.call import Call, gather
from mockex.core.clock import http_date
from mockex.core.documented import BY_NAME
from mockex.core.effects import Documented, Effect, spoiled
from mockex.core.endpoint import Catalogue
from mockex.core.faults import Armed, struck_by
from mockex.core.gateway import Step
from mockex.core.head import Head, Sheet
from mockex.core.journal import Entry
from mockex.core.pipeline import Levy, Verdict, Write, admit, findings
from mockex.core.raw import with_header
from mockex.core.refusals import Facts
from mockex.core.weight import MINUTE_MS, Tally, seconds_until
from mockex.core.wire import Reply, Request, printable
from mockex.core.world import World
from mockex.core.worlds import Worlds

UNASKED = Verdict(None, None, None)
"""What came of a call that never got past the edge."""


class Exchange:
    """The catalogue of endpoints and the worlds that they tell of.

    `stopwatch` reads the machine's time in nanoseconds for the journal; without one no call takes any.
    """

    def __init__(self, catalogue: Catalogue, world: World, stopwatch: Callable[[], int] = lambda: 0) -> None:
        self.catalogue = catalogue
        self.worlds = Worlds(world)
        self.stopwatch = stopwatch

    @property
    def world(self) -> World:
        """The default world."""
        return self.worlds.default

    def handle(self, request: Request) -> Reply:
        """Answer a request as the gateway would; what changes is the meter, the faults' counters and the journal."""
        began_ns = self.stopwatch()
        world, asked = self.worlds.of(request)
        if world is None:
            return no_such_world(request)
        call = gather(asked, world, self.catalogue)
        struck = struck_by(world.faults.values(), call) if world.faults else []
        effects = [armed.fault.effect for armed in struck]
        documented = documented_of(effects) if effects else None
        verdict = UNASKED if documented and is_from_the_edge(documented) else judge(call)
        said = out_of_turn(documented, call, verdict.tally) if documented else verdict
        reply = refuse(call, said) if said.says else answer(call, said)
        if struck:
            reply = spoil(effects, reply, request)
        entry = entry_of(call, verdict, struck, reply, self.stopwatch() - began_ns)
        world.verdicts[entry.gateway, entry.endpoint, entry.refused_by] += 1
        world.journal.write(entry)
        return reply

    def explain(self, request: Request) -> list[Step]:
        """Name every step that would refuse the request, in the gateway's order, and change nothing."""
        world, asked = self.worlds.of(request)
        if world is None:
            return []
        return [step for step, refuses in findings(gather(asked, world, self.catalogue)) if refuses]


def no_such_world(request: Request) -> Reply:
    """Say loudly that a URL's prefix names no world."""
    body = json.encode({"error": f"there is no world {printable(request.target.split('/')[2])!r}"})
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "keep-alive"}
    return Reply(404, headers, body)


def documented_of(effects: list[Effect]) -> Documented | None:
    """Choose the documented answer that is said: the first, but one from the edge comes before all others."""
    documented = [effect for effect in effects if isinstance(effect, Documented)]
    return min(documented, key=lambda one: not is_from_the_edge(one), default=None)


def is_from_the_edge(effect: Documented) -> bool:
    """Say whether the answer is given before anything is checked or charged."""
    return BY_NAME[effect.answer].is_from_the_edge


def out_of_turn(effect: Documented, call: Call, tally: Tally | None) -> Verdict:
    """Say a documented answer with a limit and a wait that could be true."""
    outage, limits = BY_NAME[effect.answer], call.world.limits
    says, wait_s = outage.says(call.gateway), effect.retry_after_s or 0
    if effect.retry_after_s is None and outage.tells_to_wait:
        next_minute_ms = (call.now_ms // MINUTE_MS + 1) * MINUTE_MS
        wait_s = limits.first_ban_s if outage.is_from_the_edge else seconds_until(next_minute_ms, call.now_ms)
    used, limit = (tally.used, tally.limit) if tally else (0, 0)
    limit = limit or next(getattr(limits, budget.limit) for budget in call.gateway.budgets.values())
    return Verdict(None, says, Tally(used, limit, wait_s, call.now_ms + wait_s * 1_000))


def spoil(effects: list[Effect], reply: Reply, request: Request) -> Reply:
    """Do to a reply what declared faults say; what they render themselves is as HEAD and Connection want it."""
    if not request.keep_alive:
        reply = with_header(reply, "Connection", "close")
    return spoiled(structs.replace(reply, body=b"") if request.method == "HEAD" else reply, effects)


def entry_of(call: Call, verdict: Verdict, struck: list[Armed], reply: Reply, took_ns: int) -> Entry:
    """Write down a call."""
    return Entry(
        seq=call.world.journal.written + 1,
        at_ms=call.now_ms,
        request=call.request,
        endpoint=call.route.endpoint.name if call.route else None,
        gateway=call.gateway.name,
        uid=call.key.uid if call.key else None,
        refused_by=verdict.step.name if verdict.step else None,
        tally=verdict.tally,
        faults=tuple(armed.name for armed in struck),
        reply=reply,
        took_ns=took_ns,
    )


def judge(call: Call) -> Verdict:
    """Lead the call through its steps and carry out what they ask to be written."""
    steps = admit(call)
    try:
        write = next(steps)
        while True:
            write = steps.send(carry_out(write, call))
    except StopIteration as end:
        verdict: Verdict = end.value
        return verdict


def carry_out(write: Write, call: Call) -> Tally:
    """Write to the world's meter."""
    ip, world = call.request.ip, call.world
    if isinstance(write, Levy):
        return world.meter.charge(
            write.bucket, write.weight, write.limit, ip=ip, now_ms=call.now_ms, limits=world.limits
        )
    return world.meter.rearm(call.gateway.name, ip, call.now_ms, world.limits)


def answer(call: Call, verdict: Verdict) -> Reply:
    """Answer an admitted call from what its account holds."""
    assert call.route is not None
    body = call.route.endpoint.answer(call.held, call.query, call.now_ms)
    return Reply(200, Head(call.gateway.answers, sheet_of(call, verdict, call.gateway.content_type, body)), body)


def refuse(call: Call, verdict: Verdict) -> Reply:
    """Say no in the gateway's words."""
    says, tally = verdict.says, verdict.tally
    assert says is not None
    body = says.body(facts_of(call, tally))
    sheet = sheet_of(call, verdict, says.content_type or call.gateway.content_type, body)
    reply = Reply(says.status, Head(says.headers or call.gateway.refuses, sheet), body)
    return with_header(reply, "Retry-After", str(tally.retry_after_s)) if tally and tally.retry_after_s else reply


def facts_of(call: Call, tally: Tally | None) -> Facts:
    """Gather what a refusal may quote."""
    return Facts(
        ip=call.request.ip,
        path=printable(call.path),
        now_ms=call.now_ms,
        accepts_html="text/html" in call.request.accept,
        parameter=call.bad_parameters[0] if call.bad_parameters else "",
        limit=tally.limit if tally else 0,
        banned_until_ms=tally.banned_until_ms if tally else 0,
    )


def sheet_of(call: Call, verdict: Verdict, content_type: str, body: bytes) -> Sheet:
    """Say what the headers tell: of the weight, what the minute has used, and nothing where nothing was charged."""
    date, length, tally = http_date(call.now_ms // 1_000), str(len(body)), verdict.tally
    if tally is None or call.route is None or not tally.used:
        return Sheet(date, content_type, length)
    budget = call.gateway.budgets[call.route.endpoint.weight.per]
    return Sheet(date, content_type, length, str(tally.used), budget.headers)
