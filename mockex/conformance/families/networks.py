"""NET: whatever the network does, a call ends, and ends rightly: reset, hung up on, stalled, dripping, cut, garbled."""

from mockex.conformance.case import NOW_MS, Ask, Calm, Case, Disturb, record
from mockex.conformance.families.connections import CONNECTIONS
from mockex.conformance.families.ending import NOT_MET, makes_nothing_of_it, own_error, recovers
from mockex.conformance.families.judging import right_values
from mockex.conformance.families.secure import SECURE
from mockex.conformance.requirement import Judgement, Requirement
from mockex.conformance.run import Run
from mockex.core.bounds import MAX_DELAY_MS
from mockex.core.effects import Effect
from mockex.core.faults import Fault
from mockex.core.hostile import BodyIs, Redirect
from mockex.core.hostile_wire import (
    BadChunk,
    BrokenGzip,
    Drip,
    HangUp,
    Informational,
    Latency,
    Reset,
    SlowBody,
    WrongContentLength,
)

RECORDS = (record(NOW_MS - 3_600_000), record(NOW_MS - 7_200_000, "BNB", "1.10264488", "0"))
LOAN, ROWS = Ask(), Ask(what="records")
ENDS = "A value that is true, or an error, in bounded time; when all is well again, the value."
ERROR = "An error, in bounded time; when all is well again, the value."
INCOMPLETE = "A message that ends before its Content-Length, or within a chunk, must be considered incomplete."


def struck(name: str, *effects: Effect, ask: Ask = LOAN) -> Case:
    """Make a case: asked while the network is bad, and again when it is well."""
    faults = tuple(Disturb(fault=Fault(effect=effect)) for effect in effects)
    return Case(name=name, records=RECORDS, steps=(*faults, ask, Calm(), ask))


def comes_through(run: Run) -> Judgement:
    """What was slowed, or had something ahead of it, is understood all the same."""
    return right_values(run) if any(entry.faults for entry in run.entries) else NOT_MET


def key_stays(run: Run) -> Judgement:
    """Neither key nor signature may come to where a redirect points."""
    for entry in run.elsewhere:
        if entry.api_key is not None or "signature=" in entry.target:
            what = "key" if entry.api_key is not None else "signature"
            return f"it followed a redirect to another server, and sent its {what} there: {entry.method} {entry.path}"
    return makes_nothing_of_it(run)


ANOTHER = '{"asset":"USDT","amount":"999"}'
TWO_ANSWERS = (
    '{"asset":"USDT","amount":"250.5"}HTTP/1.1 200 OK\r\n'
    f"Content-Type: application/json\r\nContent-Length: {len(ANOTHER)}\r\n\r\n{ANOTHER}"
)
BEHIND_THE_FIRST = len(TWO_ANSWERS) - TWO_ANSWERS.index("HTTP/1.1")

NET: tuple[Requirement, ...] = (
    Requirement(
        id="NET-RESET",
        title="A reset connection ends the call",
        sentence="A GET may be repeated when the connection fails before its answer was read; what comes is no answer.",
        source="RFC 9110, 9.2.2 Idempotent Methods; 9112, 9.5 Failures and Timeouts",
        server="Resets the connection (RST) of every call, before its answer or within the body.",
        wire="The call ends, repeated or not.",
        tells=ENDS,
        cases=(
            struck("reset before any answer", Reset()),
            struck("reset within the body", Reset(body_bytes=10)),
            struck("reset within the records", Reset(body_bytes=40), ask=ROWS),
        ),
        judge=recovers,
    ),
    Requirement(
        id="NET-HANG-UP",
        title="A connection that is closed too early ends the call",
        sentence=INCOMPLETE,
        source="RFC 9112, 6.3 Message Body Length",
        server="Closes the connection of every call: with no answer, after the headers, or within the body.",
        wire="The call ends, repeated or not.",
        tells=ERROR,
        cases=(
            struck("closed with no answer", HangUp()),
            struck("closed after the headers", HangUp(body_bytes=0)),
            struck("closed within the body", HangUp(body_bytes=10)),
            struck("closed within the records", HangUp(body_bytes=40), ask=ROWS),
        ),
        judge=makes_nothing_of_it,
    ),
    Requirement(
        id="NET-STALL",
        title="A call that nobody answers is given up",
        severity="SHOULD",
        sentence="Who waits for an answer without a limit of time hangs for good where a gateway dies.",
        source="plain correctness; RFC 9112, 9.5: a client that waits no longer closes it [inferred]; 30 s [decided]",
        server="Takes the call, and says nothing for ten minutes; or sends the headers, and no body.",
        wire="The call is given up within the time that a question has here: 30 s, if nothing else is said.",
        tells=f"{ERROR} Who can be given a time limit is given one well below 30 s.",
        cases=(
            struck("no headers come", Latency(ms=MAX_DELAY_MS)),
            struck("headers come, and no body", SlowBody(ms=MAX_DELAY_MS)),
        ),
        judge=makes_nothing_of_it,
    ),
    Requirement(
        id="NET-DRIP",
        title="An answer may come in pieces",
        sentence="How the bytes of a message are cut into packets says nothing; it ends where its length says.",
        source="RFC 9112, 6.3 Message Body Length; RFC 9293, 3.8: TCP keeps no boundaries",
        server="Sends its answers byte by byte, or in small pieces with pauses.",
        wire="The call is answered.",
        tells="The value.",
        cases=(
            struck("byte by byte", Drip(every_ms=0)),
            struck("byte by byte, the records", Drip(every_ms=0), ask=ROWS),
            struck("in pieces with pauses", Drip(every_ms=5, piece_bytes=50), ask=ROWS),
        ),
        judge=comes_through,
    ),
    Requirement(
        id="NET-TRICKLE",
        title="A call ends though a byte comes now and then",
        severity="SHOULD",
        sentence="A limit that each byte sets back is none: an answer can trickle for hours.",
        source="plain correctness [decided]",
        server="Sends two bytes a second, for minutes.",
        wire="The call is given up.",
        tells=ERROR,
        cases=(struck("two bytes a second", Drip(every_ms=500)),),
        judge=makes_nothing_of_it,
    ),
    Requirement(
        id="NET-SHORT",
        title="A body shorter than its Content-Length is no answer",
        sentence=INCOMPLETE,
        source="RFC 9112, 6.3 Message Body Length",
        server="Announces 20 bytes more than it sends, and closes.",
        wire="The call ends, repeated or not.",
        tells=ERROR,
        cases=(
            struck("a loan", WrongContentLength(by=20)),
            struck("records", WrongContentLength(by=20), ask=ROWS),
        ),
        judge=makes_nothing_of_it,
    ),
    Requirement(
        id="NET-LONG",
        title="What is left in a connection is no answer to the next question",
        sentence="What follows a complete answer, with no request for it, must not be taken for another answer.",
        source="RFC 9112, 6.3: a client that receives such must not process, cache, or forward it as a response",
        server="Sends more than Content-Length says, the rest of a body or another answer, and keeps the connection.",
        wire="The next question is asked, on the same connection or another.",
        tells="Never what was left over; to the last question, the value.",
        cases=(
            Case(
                name="the rest of a body",
                steps=(Disturb(fault=Fault(effect=WrongContentLength(by=-4), times=1)), LOAN, Calm(), LOAN, LOAN),
            ),
            Case(
                name="a whole answer",
                steps=(
                    Disturb(fault=Fault(effect=BodyIs(text=TWO_ANSWERS), times=1)),
                    Disturb(fault=Fault(effect=WrongContentLength(by=-BEHIND_THE_FIRST), times=1)),
                    Disturb(fault=Fault(effect=SlowBody(ms=30), times=1)),  # so it all comes with the body, not before
                    LOAN,
                    Calm(),
                    LOAN,
                    LOAN,
                ),
            ),
        ),
        judge=recovers,
    ),
    Requirement(
        id="NET-CHUNK",
        title="A body whose chunks are broken is no answer",
        sentence=INCOMPLETE,
        source="RFC 9112, 8 Handling Incomplete Messages",
        server="Sends half of the body as a chunk, then a chunk whose size is no number.",
        wire="The call ends, repeated or not.",
        tells=ERROR,
        cases=(struck("a loan", BadChunk()), struck("records", BadChunk(), ask=ROWS)),
        judge=makes_nothing_of_it,
    ),
    Requirement(
        id="NET-GZIP",
        title="A body that cannot be decompressed ends the call",
        sentence="PAPI compresses where the client takes it; what does not decompress is no answer.",
        source="dev.binance.vision/t/176, ccxt/ccxt#18853 [observed]; RFC 1952, 2.3.1: CRC32",
        server="Sends every body as gzip, with a wrong checksum.",
        wire="The call ends, repeated or not.",
        tells=ENDS,
        cases=(struck("a loan", BrokenGzip()), struck("records", BrokenGzip(), ask=ROWS)),
        judge=recovers,
    ),
    Requirement(
        id="NET-1XX",
        title="Informational answers ahead of the real one do no harm",
        severity="SHOULD",
        sentence="A client must be able to parse 1xx answers ahead of the final one, even if it does not expect one.",
        source="RFC 9110, 15.2; the exchange was never seen to send one, hence no MUST [decided]",
        server="Sends 100, 102 or 103 ahead of each answer.",
        wire="The call is answered.",
        tells="The value.",
        cases=(
            struck("100 Continue", Informational(status=100)),
            struck("102 Processing", Informational(status=102)),
            struck("103 Early Hints, five times", Informational(status=103, times=5)),
        ),
        judge=comes_through,
    ),
    Requirement(
        id="NET-REDIRECT",
        title="A redirect does not carry key or signature to another server",
        sentence="The exchange does not redirect these calls; who follows a redirect hands its key to whoever sent it.",
        source="RFC 9110, 15.4: fields that carry credentials are removed where a redirect leads elsewhere",
        server="Answers every call with a redirect to another server of this machine.",
        wire="No call with the key, or a signature, comes to the other server.",
        tells="An error.",
        cases=tuple(
            struck(f"status {status}", Redirect(to="http://127.0.0.1:1", status=status))
            for status in (301, 302, 303, 307, 308)
        ),
        judge=key_stays,
    ),
    Requirement(
        id="NET-OWN",
        title="What networks do becomes an error of the client's own",
        sentence="Who asks a client catches the errors of that client; those of its libraries are not part of it.",
        source="plain correctness [decided]",
        server="Resets each call, hangs up on it, says nothing, breaks off its body, or spoils its chunks or its gzip.",
        wire="The call ends, repeated or not.",
        tells="An error of a type of the client's own, wherever an error comes out.",
        cases=(
            struck("a reset", Reset()),
            struck("no answer", HangUp()),
            struck("a call that was given up", Latency(ms=MAX_DELAY_MS)),
            struck("half a body", HangUp(body_bytes=10)),
            struck("a body shorter than announced", WrongContentLength(by=20)),
            struck("a broken chunk", BadChunk()),
            struck("a broken gzip", BrokenGzip()),
        ),
        judge=own_error,
    ),
    *CONNECTIONS,
    *SECURE,
)
