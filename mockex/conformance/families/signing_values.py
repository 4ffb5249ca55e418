"""SIG, the parameters: what the caller asks for arrives, each of it once, and nothing that nobody asked for."""

from mockex.conformance.case import NOW_MS, AnyStep, Ask, Case, Disturb, record
from mockex.conformance.families.judging import let_in, outcome
from mockex.conformance.families.sent import OWN, TIMING, Sent, asked_for, parameters, signed_calls
from mockex.conformance.requirement import Judgement, Requirement, Unseen
from mockex.conformance.run import Run
from mockex.core.effects import Documented
from mockex.core.faults import Fault
from mockex.testing.journal import JournalEntry

HOUR_MS = 3_600_000
RECORDS = (record(NOW_MS - HOUR_MS, "ETH", "18", "5"), record(NOW_MS - 2 * HOUR_MS, "BNB", "1.10264488", "0"))
LOAN, LIST = Ask(), Ask(what="records")
RETRIED: tuple[AnyStep, ...] = (Disturb(fault=Fault(effect=Documented("overloaded"), times=1)), LOAN)

LISTED = frozenset((*TIMING, *(name for names in OWN.values() for name in names)))
"""All that a page lists; what a caller adds may be empty, or say what it likes."""

NOTHING = frozenset({"", "None", "null", "nil", "undefined", "NaN", "[object Object]"})
"""What is left of a value that was not there."""

HEADER = "x-mbx-apikey"
KEY_NAMES = frozenset({"apikey", "api_key", "api-key", HEADER})
UNNAMED_CHARACTERS = 100
"""A value longer than this is not told whole."""

ENCODING_SENTENCE = (
    "The signature is over the raw string as sent, and any non-ASCII character must be percent-encoded before signing."
)
ENCODING_SOURCE = (
    "PM-GI: SIGNED endpoint security; percent-encoding: SPOT-REST, SPOT-CL 2025-12-17 [documented for spot; carried to "
    "PAPI: decided]"
)


def arrives_as_asked(run: Run) -> Judgement:
    """What the caller adds arrives as it was said, and the call is let in."""
    return arrives_whole(run) or let_in(run)


def arrives_whole(run: Run) -> Judgement:
    """What the caller adds arrives as it was said."""
    for asked in run.asked:
        calls = asked_for(asked.entries, asked.ask)
        if not calls and (error := asked.told.error) is not None and error.own and error.status is None:
            return Unseen(f"it would not send {_told(asked.ask.parameters)}")
        if not calls:
            return f"asked to send {_told(asked.ask.parameters)}, it made no call that could be read: {outcome(asked)}"
        for entry in calls:
            if mistake := _is_changed(entry, asked.ask):
                return f"call {entry}: {mistake}"
    return None


def _is_changed(entry: JournalEntry, ask: Ask) -> str | None:
    """Say what arrived otherwise than it was asked, or bare; a client may leave out a value that is empty."""
    sent = parameters(entry)
    for name, wanted in ask.parameters.items():
        found = [one.value for one in sent if one.name == name]
        if found != [wanted] and (found or wanted):
            return f"{_told({name: wanted})} was asked, and the exchange reads {_listed(sent, name)}"
    bare = [one.raw for one in sent if one.name != "signature" and not one.raw.isascii()]
    return f"{bare[0]!r} was not percent-encoded" if bare else None


def _names(sent: list[Sent]) -> set[str]:
    return {one.name for one in sent}


def _listed(sent: list[Sent], name: str) -> str:
    found = [one.value for one in sent if one.name == name]
    return " and ".join(_told({name: value}) for value in found) or f"no {name}"


def _told(some: dict[str, str]) -> str:
    return ", ".join(f"{name}={_short(value)}" for name, value in some.items()) or "nothing"


def _short(value: str) -> str:
    text = repr(value)
    return text if len(text) <= UNNAMED_CHARACTERS else f"{text[:20]}… ({len(value)} characters)"


def nothing_left_over(run: Run) -> Judgement:
    """No parameter of a page's is sent without a value, or with the name of nothing for one."""
    calls = signed_calls(run)
    for entry in calls:
        for one in parameters(entry):
            if one.name in LISTED and one.value in NOTHING:
                return f"call {entry} carries {one.raw!r}, which says nothing"
    return None if calls else Unseen("no signed call was made")


def only_what_was_asked(run: Run) -> Judgement:
    """No parameter is sent that neither the endpoint's page lists nor the caller added."""
    callers = {name for ask in run.case.asks for name in ask.parameters}
    calls = signed_calls(run)
    for entry in calls:
        own = {*TIMING, *OWN[entry.endpoint or ""]}
        own |= callers if entry.endpoint == "negative_balance_exchange_record" else set()
        if more := [one.raw for one in parameters(entry) if one.name not in own]:
            return f"call {entry} carries {more[0]!r}, which its page does not list and nobody asked for"
    return None if calls else Unseen("no signed call was made")


def each_once(run: Run) -> Judgement:
    """No call says one parameter twice."""
    calls = signed_calls(run)
    for entry in calls:
        sent = parameters(entry)
        if twice := [one.name for n, one in enumerate(sent) if one.name in _names(sent[:n])]:
            return f"call {entry} says {twice[0]} {sum(one.name == twice[0] for one in sent)} times"
    return None if calls else Unseen("no signed call was made")


def key_in_one_header(run: Run) -> Judgement:
    """The API key stands in one header, and not in the URL."""
    for entry in run.entries:
        if entry.api_key and entry.api_key in entry.target:
            return f"call {entry} has its API key in the URL"
        if named_so := [one.name for one in parameters(entry) if one.name.lower() in KEY_NAMES]:
            return f"call {entry} has a parameter {named_so[0]!r}, and the key belongs into the header X-MBX-APIKEY"
    calls = signed_calls(run)
    for entry in calls:
        count = sum(name.lower() == HEADER for name, _ in entry.request_headers)
        if count != 1:
            return f"call {entry} has {count or 'no'} X-MBX-APIKEY header{'s' if count else ''}, not one"
    return None if calls else Unseen("no signed call was made")


def in_the_query(run: Run) -> Judgement:
    """No GET carries a body."""
    calls = [entry for entry in run.entries if entry.method == "GET"]
    for entry in calls:
        if entry.body:
            return f"call {entry} has a body of {len(entry.body)} characters, and is a GET"
    return None if calls else Unseen("no GET was made")


def _sending(*some: tuple[str, dict[str, str]]) -> tuple[Case, ...]:
    return tuple(Case(name=name, records=RECORDS, steps=(Ask(what="records", parameters=sent),)) for name, sent in some)


PLAIN = (
    Case(name="both questions", records=RECORDS, steps=(LOAN, LIST)),
    Case(name="each question twice", records=RECORDS, steps=(LIST, LOAN, LIST, LOAN)),
    Case(name="a retry", steps=RETRIED),
    Case(name="both questions, with an RSA key", key="RSA", records=RECORDS, steps=(LOAN, LIST)),
)

SIGNED_VALUES: tuple[Requirement, ...] = (
    Requirement(
        id="SIG-ENCODING",
        title="What the caller adds is percent-encoded, and signed as it is sent",
        sentence=ENCODING_SENTENCE,
        source=ENCODING_SOURCE,
        server="Ignores the parameter, which no page lists, but verifies it with the rest.",
        wire="Decoded, the parameter is exactly what was asked, and the call passes the signature check.",
        cases=_sending(
            ("a blank", {"note": "to be continued"}),
            ("blanks at both ends", {"note": " a "}),
            ("a plus sign", {"note": "1+1"}),
            ("letters beyond ASCII", {"note": "Café Zürich"}),
            ("a character beyond 16 bits", {"note": "😀"}),
            ("a percent sign, and what looks encoded", {"note": "100% of %41 %2B"}),
            ("quotes, brackets and a backslash", {"note": '["a",{"b":\'c\'}]\\'}),
            ("what some encode and some do not", {"note": "~!*'().-_/:@,;$"}),
        ),
        judge=arrives_as_asked,
    ),
    Requirement(
        id="SIG-INJECT",
        title="A value cannot become a parameter, a header or the end of the query",
        sentence="Whatever a caller asks for is one parameter's value: &, =, #, ? and line breaks in it are "
        "percent-encoded.",
        source="RFC 3986, section 2.2; SPOT-REST on percent-encoding [documented]",
        server="Reads the query as a form, and headers line by line.",
        wire="Decoded, there is one parameter with the whole value, and no more parameters or headers than without it.",
        cases=_sending(
            ("another parameter", {"note": "1&endTime=0"}),
            ("a parameter that is there already", {"note": "1&recvWindow=1&timestamp=1"}),
            ("a signature", {"note": "1&signature=0"}),
            ("an equals sign", {"note": "a=b==c"}),
            ("a fragment", {"note": "1#2"}),
            ("a question mark", {"note": "1?endTime=0"}),
            ("a line break and a header", {"note": "1\r\nX-Injected: 1"}),
            ("what is encoded already", {"note": "1%26endTime%3D0"}),
        ),
        judge=arrives_whole,
    ),
    Requirement(
        id="SIG-UNUSUAL",
        title="Unusual values and names arrive as they are",
        sentence=ENCODING_SENTENCE,
        source=ENCODING_SOURCE,
        server="Ignores the parameter, which no page lists, but verifies it with the rest.",
        wire="Decoded, the parameter is what was asked (one that is empty may be left out), and the call passes the "
        "signature check.",
        cases=_sending(
            ("an empty value", {"note": ""}),
            ("500 characters", {"note": "vwxyz" * 100}),
            ("digits with leading zeros", {"note": "007"}),
            ("what looks like another number", {"note": "1.50e3"}),
            ("words that languages know", {"note": "null", "flag": "true", "other": "None"}),
            ("names that sort first and last", {"zone": "UTC", "asset": "BNB", "Asset": "ETH"}),
        ),
        judge=arrives_as_asked,
    ),
    Requirement(
        id="SIG-UNSENT",
        title="Nothing is sent for a value that is not there",
        sentence="An optional parameter is left out where it has no value: `orderId=&timestamp=…` is a listed cause "
        "of -1022, and an empty or malformed recvWindow is refused with -1102.",
        source="dev.binance.vision/t/176 [observed]; -1102: decided",
        server="Refuses what is empty or no number.",
        wire="No parameter of the page's is empty, or says None, null or undefined.",
        is_passive=True,
        cases=PLAIN,
        judge=nothing_left_over,
    ),
    Requirement(
        id="SIG-KNOWN",
        title="Only parameters that the page lists, or the caller adds, are sent",
        severity="SHOULD",
        sentence="Too many parameters; expected '6' and received '8': spot refuses parameters that it does not read "
        "(-1101, -1104).",
        source="binance-api-postman#236, connector-python#172 [observed on spot]; on PAPI and SAPI they were never "
        "seen refused [inferred]",
        server="Ignores what it does not know, but verifies it.",
        wire="Each call has the endpoint's own parameters, recvWindow, timestamp and signature, and the caller's.",
        cases=(
            *PLAIN,
            Case(
                name="the loan, after records with a parameter of the caller's",
                records=RECORDS,
                steps=(Ask(what="records", parameters={"note": "1"}), LOAN, LIST),
            ),
        ),
        judge=only_what_was_asked,
    ),
    Requirement(
        id="SIG-ONCE",
        title="Each parameter is sent once",
        severity="SHOULD",
        sentence="Spot answers -1101, Duplicate values for parameter 'recvWindow'. What counts on PAPI and SAPI nobody "
        "knows; where query and body say it, the query wins.",
        source="FS:14033109031 [observed on spot]; PM-GI: the query wins [documented]",
        server="Takes the first [decided], and verifies all that was sent.",
        wire="No call says one parameter twice.",
        is_passive=True,
        cases=PLAIN,
        judge=each_once,
    ),
    Requirement(
        id="SIG-HEADER",
        title="The API key travels in the header X-MBX-APIKEY, and nowhere else",
        sentence="API-keys are passed into the REST API via the X-MBX-APIKEY header.",
        source="PM-GI, PRO-GI: endpoint security type [documented]",
        server="Looks for the key in that header alone, in whatever letter case its name is.",
        wire="Each signed call has that header once, and no URL has the key.",
        is_passive=True,
        cases=PLAIN,
        judge=key_in_one_header,
    ),
    Requirement(
        id="SIG-QUERY",
        title="A GET has its parameters in the query, and no body",
        sentence="For GET endpoints, parameters must be sent as a query string. CloudFront answers a GET with a body "
        "with 403.",
        source="PM-GI, PRO-GI: general information on endpoints; CloudFront's own rule [documented]",
        server="PAPI signs over the body too; SAPI answers 403 with a page [documented].",
        wire="No GET has a body.",
        is_passive=True,
        cases=(
            Case(name="the records", records=RECORDS, steps=(LIST,)),
            Case(name="the loan", steps=(LOAN,)),
            Case(name="a retry", steps=RETRIED),
        ),
        judge=in_the_query,
    ),
)
