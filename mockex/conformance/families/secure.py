"""NET over TLS: the same faults behind encryption, and certificates that are none to trust."""

from mockex.conformance.case import Ask, Calm, Case, Disturb, Drop
from mockex.conformance.families.ending import makes_nothing_of_it, recovers, wrong_end
from mockex.conformance.families.judging import last_words, named, right_values, shown
from mockex.conformance.requirement import Judgement, Requirement
from mockex.conformance.run import Run
from mockex.core.effects import Effect
from mockex.core.faults import Fault
from mockex.core.hostile_wire import HangUp, Reset
from mockex.testing.certificates import Certificate

LOAN = Ask()


def struck(name: str, effect: Effect) -> Case:
    """Make a case: asked over TLS while the network is bad, and again when it is well."""
    return Case(name=name, is_tls=True, steps=(Disturb(fault=Fault(effect=effect)), LOAN, Calm(), LOAN))


def presented(name: str, certificate: Certificate) -> Case:
    """Make a case: asked over TLS, by an exchange with a certificate that is not to be trusted."""
    return Case(name=name, is_tls=True, certificate=certificate, steps=(LOAN,))


def trusts_nobody_else(run: Run) -> Judgement:
    """No call may be made to who cannot prove to be the exchange; any error will do, asked or as it is made."""
    for entry in run.entries:
        key = " with its key" if entry.api_key is not None else ""
        return f"call {entry} was made{key}, to a server whose certificate is not to be trusted"
    if (error := run.opened.error) is not None and (error.is_endless or error.is_lost):
        return f"as it was made: {last_words(error)}"
    for asked in run.asked:
        if sentence := wrong_end(run, asked):
            return sentence
        if asked.told.error is None:
            return f"{named(asked)} gave {shown(asked.told.value)}, and nobody was there to be asked"
    return None


SECURE: tuple[Requirement, ...] = (
    Requirement(
        id="NET-TLS",
        title="It asks over TLS",
        sentence="The exchange is asked over https:// alone.",
        source="PM-GI, PRO-GI: the base endpoints [documented]",
        server="Serves over TLS, and closes idle connections between two questions.",
        wire="Each question arrives.",
        tells="The value.",
        cases=(
            Case(name="two questions", is_tls=True, steps=(LOAN, LOAN)),
            Case(name="closed while idle", is_tls=True, steps=(LOAN, Drop(), LOAN)),
        ),
        judge=right_values,
    ),
    Requirement(
        id="NET-TLS-RESET",
        title="A connection over TLS that is reset ends the call",
        sentence="A GET may be repeated when the connection fails before its answer was read; what comes is no answer.",
        source="RFC 9110, 9.2.2 Idempotent Methods; 9112, 9.8 TLS Connection Closure",
        server="Resets the connection (RST) of every call, before its answer or within the body.",
        wire="The call ends, repeated or not.",
        tells="An error, in bounded time; when all is well again, the value.",
        cases=(
            struck("reset before any answer", Reset()),
            struck("reset within the body", Reset(body_bytes=10)),
        ),
        judge=recovers,
    ),
    Requirement(
        id="NET-TLS-HANG-UP",
        title="A connection over TLS that is closed too early ends the call",
        sentence="A message that ends before its Content-Length must be considered incomplete.",
        source="RFC 9112, 6.3 Message Body Length; 9.8 TLS Connection Closure",
        server="Closes the connection of every call: with no answer, or within the body.",
        wire="The call ends, repeated or not.",
        tells="An error, in bounded time; when all is well again, the value.",
        cases=(
            struck("closed with no answer", HangUp()),
            struck("closed within the body", HangUp(body_bytes=10)),
        ),
        judge=makes_nothing_of_it,
    ),
    Requirement(
        id="NET-TLS-TRUST",
        title="It makes no call to who cannot prove to be the exchange",
        sentence="A client must check the server's identity, and end the connection where it does not match.",
        source="RFC 9110, 4.3.4 https Certificate Verification",
        server="Shows a certificate of an unknown authority, one for another host, or an expired one.",
        wire="No call arrives: no key, and no signature.",
        tells="An error, to who asks, or to who makes the client.",
        cases=(
            presented("by an unknown authority", "unknown"),
            presented("for another host", "misnamed"),
            presented("expired", "expired"),
        ),
        judge=trusts_nobody_else,
    ),
)
