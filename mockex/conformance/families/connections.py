"""NET, over more than one call: repeated GETs, connections that are kept, reused, closed by either side, or leaked."""

from mockex.conformance.case import Ask, Calm, Case, Disturb, Drop, Together
from mockex.conformance.families.ending import ends_well, recovers, wrong_end
from mockex.conformance.families.judging import right_values
from mockex.conformance.requirement import Judgement, Requirement, Unseen
from mockex.conformance.run import Run
from mockex.core.effects import Documented, Effect
from mockex.core.faults import Fault
from mockex.core.hostile_wire import HangUp, Latency, Reset
from mockex.fuzzing.verdicts import ITS_OWN_FAULT

LOAN = Ask()
MANY = 20
FEW = MANY // 2
"""Who asks one thing after the other needs one connection; more than this for MANY questions is a leak."""
SLOW_MS = 3_000
"""Long enough to be beside all others, or to be given up; and it ends: NET-STALL is about what does not."""
CLOSED_S = 2.0
"""How long a client's connections may take to be closed when it was."""


def once(name: str, effect: Effect) -> Case:
    """Make a case: the first call meets a failure that passes, and a second question is asked."""
    return Case(name=name, steps=(Disturb(fault=Fault(effect=effect, times=1)), LOAN, Calm(), LOAN))


def repeats_safely(run: Run) -> Judgement:
    """What is sent again must be let in, and the next question be answered."""
    for entry in run.signed:
        if entry.refused_by in ITS_OWN_FAULT:
            return f"call {entry} was refused for what the client sent: it came after one that met a failure"
    return recovers(run)


def leaks_none(run: Run) -> Judgement:
    """After many calls, failed ones among them, few connections are open."""
    for asked in run.asked:
        if sentence := wrong_end(run, asked):
            return sentence
    if run.connections > FEW:
        return f"asked {len(run.asked)} things, one after the other, it holds {run.connections} connections open"
    return None if len(run.signed) >= MANY else Unseen(f"it made {len(run.signed)} calls only")


def keeps(run: Run) -> Judgement:
    """Connections are used again, unless the client says with each call that it will not."""
    if says_close := [entry for entry in run.entries if _closes(entry.request_headers)]:
        return None if len(says_close) == len(run.entries) else Unseen("it keeps some connections, and closes others")
    if run.connected >= len(run.entries):
        return (
            f"each of its {len(run.entries)} calls came on a connection of its own, though it asked to have them kept"
        )
    return right_values(run)


def _closes(headers: tuple[tuple[str, str], ...]) -> bool:
    return any(name.lower() == "connection" and "close" in value.lower() for name, value in headers)


def closes_all(run: Run) -> Judgement:
    """A client that has ended holds no connection."""
    if run.left_open:
        return (
            f"it has been closed, and {CLOSED_S:g} s later still holds {run.left_open} of its {run.connected} "
            "connections open"
        )
    return right_values(run)


CONNECTIONS: tuple[Requirement, ...] = (
    Requirement(
        id="NET-REPEAT",
        title="A GET that met a passing failure is repeated safely, or told of",
        sentence="A GET may be repeated when its answer was not read; what is sent must be signed rightly.",
        source="RFC 9110, 9.2.2 Idempotent Methods; general info: SIGNED endpoint security [documented]",
        server="Hangs up on the first call, resets it, or answers 502 as nginx does.",
        wire="What is repeated is let in.",
        tells="The value, or an error; to the next question, the value.",
        cases=(
            once("hung up on", HangUp()),
            once("reset", Reset()),
            once("502 of nginx", Documented("bad-gateway")),
        ),
        judge=repeats_safely,
    ),
    Requirement(
        id="NET-STALE",
        title="A kept connection that was closed meanwhile costs no call",
        severity="SHOULD",
        sentence="Either side may close an idle connection at any time; a client repeats an idempotent call by itself.",
        source="RFC 9112, 9.5 and 9.3.1 Retrying Requests",
        server="Closes idle connections between two questions; or as the second call of a connection comes.",
        wire="The next question is asked on another connection; sent again, it may be signed anew, or the same.",
        tells="The value.",
        cases=(
            Case(name="closed while idle", steps=(LOAN, Drop(), LOAN, Drop(), LOAN)),
            Case(
                name="closed as the next call comes",
                steps=(Disturb(fault=Fault(effect=HangUp(), nth_on_connection=2)), LOAN, LOAN, LOAN),
            ),
        ),
        judge=right_values,
    ),
    Requirement(
        id="NET-LEAK",
        title="Connections are not leaked",
        sentence="A connection whose answer was read, or given up, is used again or closed: there are only so many.",
        source="plain correctness [decided]",
        server="Answers every second of 20 calls, and refuses the others.",
        wire=f"No more than {FEW} connections are open after the last answer.",
        tells="The value, or an error.",
        cases=(
            Case(
                name="every second call is refused",
                steps=(Disturb(fault=Fault(effect=Documented("endpoint-gone"), every=2)), *(LOAN for _ in range(MANY))),
            ),
        ),
        judge=leaks_none,
    ),
    Requirement(
        id="NET-KEEP",
        title="Connections are used again",
        severity="INFO",
        sentence="HTTP/1.1 keeps connections unless told otherwise; each new one costs a handshake, and two with TLS.",
        source="RFC 9112, 9.3 Persistence",
        server="Keeps connections.",
        wire="Fewer connections than calls; or each call says `Connection: close`.",
        cases=(Case(name="five questions", steps=(LOAN, LOAN, LOAN, LOAN, LOAN)),),
        judge=keeps,
    ),
    Requirement(
        id="NET-CLOSE",
        title="A client that has been closed holds no connection",
        severity="INFO",
        sentence="Who makes a client anew for each task runs out of sockets where the old ones keep theirs.",
        source="plain correctness [decided]",
        server="Keeps connections.",
        wire=f"All connections are closed {CLOSED_S:g} s after the client, or sooner.",
        cases=(Case(name="two questions", close_s=CLOSED_S, steps=(LOAN, LOAN)),),
        judge=closes_all,
    ),
    Requirement(
        id="NET-SETTLES",
        title="Of several questions at once, each ends",
        sentence="What one call meets on the network must not leave another waiting for ever.",
        source="plain correctness",
        server=f"Hangs up on every second call, resets every third, or answers the first after {SLOW_MS / 1_000:g} s.",
        wire="Each call ends.",
        tells="For each question the value, or an error.",
        cases=(
            Case(
                name="every second is hung up on",
                steps=(Disturb(fault=Fault(effect=HangUp(), every=2)), Together(asks=(LOAN,) * 6)),
            ),
            Case(
                name="every third is reset",
                steps=(Disturb(fault=Fault(effect=Reset(), every=3)), Together(asks=(LOAN, Ask(what="records")) * 3)),
            ),
            Case(
                name="the first takes its time",
                steps=(
                    Disturb(fault=Fault(effect=Latency(ms=SLOW_MS), times=1)),
                    Together(asks=(LOAN, Ask(what="records")) * 3),
                ),
            ),
        ),
        judge=ends_well,
    ),
)
