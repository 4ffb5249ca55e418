"""The exchange: one pure function from a request to its reply."""

from mockex.core.call import Call, gather
from mockex.core.clock import http_date
from mockex.core.endpoint import Catalogue
from mockex.core.gateway import Step
from mockex.core.pipeline import Levy, Verdict, Write, admit, findings
from mockex.core.refusals import Facts, Sheet
from mockex.core.weight import Tally
from mockex.core.wire import Reply, Request, printable
from mockex.core.world import World


class Exchange:
    """The catalogue of endpoints and the world that they tell of."""

    def __init__(self, catalogue: Catalogue, world: World) -> None:
        self.catalogue = catalogue
        self.world = world

    def handle(self, request: Request) -> Reply:
        """Answer a request as the gateway would; the only thing that changes is the world's meter."""
        call = gather(request, self.world, self.catalogue)
        verdict = judge(call)
        return refuse(call, verdict) if verdict.says else answer(call, verdict)

    def explain(self, request: Request) -> list[Step]:
        """Name every step that would refuse the request, in the gateway's order, and change nothing."""
        return [step for step, refuses in findings(gather(request, self.world, self.catalogue)) if refuses]


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
    sheet = Sheet(
        http_date(call.now_ms // 1_000), call.gateway.content_type, str(len(body)), used_weight(call, verdict)
    )
    return Reply(200, call.gateway.answers(sheet), body)


def refuse(call: Call, verdict: Verdict) -> Reply:
    """Say no in the gateway's words."""
    says, tally = verdict.says, verdict.tally
    assert says is not None
    body = says.body(facts_of(call, tally))
    content_type = says.content_type or call.gateway.content_type
    sheet = Sheet(http_date(call.now_ms // 1_000), content_type, str(len(body)), used_weight(call, verdict))
    headers = (says.headers or call.gateway.refuses)(sheet)
    if tally and tally.retry_after_s:
        headers["Retry-After"] = str(tally.retry_after_s)
    return Reply(says.status, headers, body)


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


def used_weight(call: Call, verdict: Verdict) -> dict[str, str]:
    """Name the weight that the minute has used, this call's included; nothing where nothing was charged."""
    if verdict.tally is None or call.route is None or not verdict.tally.used:
        return {}
    used = str(verdict.tally.used)
    budget = call.gateway.budgets[call.route.endpoint.weight.per]
    return dict.fromkeys(budget.headers, used)
