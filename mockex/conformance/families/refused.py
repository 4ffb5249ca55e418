"""ERR, first part: what the exchange refuses becomes an error that tells its code, its status and its words."""

import re
from collections.abc import Callable

from mockex.conformance.families.judging import named, own_errors, said, shown, stands_in
from mockex.conformance.families.struck import last_answer, refusal, struck
from mockex.conformance.requirement import Judgement, Requirement, Unseen
from mockex.conformance.run import Run, ToldError
from mockex.core.effects import Documented
from mockex.core.hostile import BodyIs
from mockex.testing.journal import JournalEntry

_WORDLESS = re.compile(r"[^0-9a-z]+")
_UNPRINTABLE = ("<exception str() failed>", "<unprintable ", "[object Object]")
_AROUND = ("Traceback ", "The above exception ", "During handling of ")


def tells(wrong: Callable[[JournalEntry, ToldError], str | None]) -> Callable[[Run], Judgement]:
    """Make a judge of what the errors tell of the answers they stand for."""

    def judge(run: Run) -> Judgement:
        for asked in run.asked:
            error, answer = asked.told.error, last_answer(asked)
            if answer is None:
                return Unseen("it asked nothing of the exchange")
            if error is None:
                return f"{named(asked)} was refused, and gave {shown(asked.told.value)}, and no error"
            if error.is_endless or error.is_lost:
                return f"{named(asked)}: {said(asked)}"
            if sentence := wrong(answer, error):
                return f"call {answer}: {sentence}"
        return None

    return judge


def code_kept(answer: JournalEntry, error: ToldError) -> str | None:
    """Is the code another than the exchange's? One that stands in the text alone is told, too."""
    is_told = str(error.code) == str(answer.code) or (error.code is None and stands_in(answer.code, error.text))
    return None if is_told else f"the exchange's code is {answer.code}, and the error tells {error.code}"


def status_kept(answer: JournalEntry, error: ToldError) -> str | None:
    """Is the status another than that of the answer? One that stands in the text alone is told, too."""
    is_told = str(error.status) == str(answer.status) or (error.status is None and stands_in(answer.status, error.text))
    return None if is_told else f"the status is {answer.status}, and the error tells {error.status}"


def msg_kept(answer: JournalEntry, error: ToldError) -> str | None:
    """Are the exchange's words missing? Quotes, blanks and capitals may be others."""
    msg = answer.json["msg"]
    return None if _words(msg) in _words(error.text) else f"{msg!r} is not in what the error says"


def _words(text: str) -> str:
    return _WORDLESS.sub("", text.lower())


def says_something(_: JournalEntry, error: ToldError) -> str | None:
    """Does the error say nothing when it is printed, or cannot it be printed at all?"""
    if any(mark in error.text for mark in _UNPRINTABLE):
        return f"its error, {error.type}, cannot be printed"
    lines = [line.strip() for line in error.text.splitlines() if line.strip() and not line[0].isspace()]
    names = {error.type, error.type.rpartition(".")[2], f"{error.type}:", f"{error.type.rpartition('.')[2]}:"}
    if all(line in names or line.startswith(_AROUND) for line in lines):
        return f"its error, {error.type}, says nothing when it is printed"
    return None


def own_or_waiting(run: Run) -> Judgement:
    """The errors must be the client's own; one that still waits, because of a 429, is judged by RATE."""
    for asked in run.asked:
        error, answer = asked.told.error, last_answer(asked)
        if error is not None and error.is_endless and answer is not None and answer.status == TOO_MANY:
            return Unseen("it waits, and tries again, for longer than a case takes")
    return own_errors(run)


TOO_MANY = 429


def no_code_made_up(run: Run) -> Judgement:
    """The errors must be the client's own, and tell no code where the exchange said none; the status may stand in."""
    if sentence := own_errors(run):
        return sentence
    for asked in run.asked:
        error, answer = asked.told.error, last_answer(asked)
        others = [] if answer is None else [one for one in answer.json.values() if one != answer.status]
        if error is not None and error.code is not None and str(error.code) in map(str, others):
            return f"{named(asked)}: the exchange said no code, and the error tells {error.code} for one"
    return None


LATE = Documented("timestamp-late")
SIGNATURE = refusal(400, -1022, "Signature for this request is not valid.")
TIMESTAMP = refusal(400, -1102, "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed.")
KEY_FORMAT = "API-key format invalid."
KEY = "Invalid API-key, IP, or permissions for action"
FORMAT_PAPI, FORMAT_SAPI = refusal(401, -2014, KEY_FORMAT), refusal(400, -2014, KEY_FORMAT)
KEY_PAPI, KEY_SAPI = refusal(401, -2015, f"{KEY}, request ip: 192.0.2.1"), refusal(400, -2015, f"{KEY}.")
NO_ACCOUNT = refusal(400, -21001, "USER_IS_NOT_UNIACCOUNT")
INTERVAL = refusal(400, -1127, "Lookup interval is too big.")

FEW = (
    struck("PAPI: -1022, the signature", "records", SIGNATURE),
    struck("PAPI: -2015, the key", "records", KEY_PAPI),
    struck("PAPI: -1000, unknown, with 500", "records", Documented("unknown")),
    struck("SAPI: -1102, a parameter", "loan", TIMESTAMP),
    struck("SAPI: -2015, the key", "loan", KEY_SAPI),
    struck("SAPI: -21001, no such account", "loan", NO_ACCOUNT),
)
MORE = (
    struck("PAPI: -1021 again and again, whatever the clock is set to", "records", LATE),
    struck("PAPI: -1102, a parameter", "records", TIMESTAMP),
    struck("PAPI: -1127, the interval", "records", INTERVAL),
    struck("PAPI: -2014, the key's format", "records", FORMAT_PAPI),
    struck("SAPI: -1021 again and again, whatever the clock is set to", "loan", LATE),
    struck("SAPI: -1022, the signature", "loan", SIGNATURE),
    struck("SAPI: -2014, the key's format", "loan", FORMAT_SAPI),
    struck("SAPI: -1000, unknown, with 500", "loan", Documented("unknown")),
)
LIMITED = (
    struck("PAPI: -1003, the limit", "records", Documented("too-many-requests", retry_after_s=1)),
    struck("SAPI: -1003, the limit", "loan", Documented("too-many-requests", retry_after_s=1)),
)
UNAVAILABLE = (
    struck("unknown", "records", Documented("unknown-error")),
    struck("failed: unavailable", "records", Documented("service-unavailable")),
    struck("failed: internal error", "records", Documented("internal-error")),
)
SPRING = (
    '{"timestamp":1762640732886,"status":404,"error":"Not Found","message":"No message available",'
    '"path":"/sapi/v1/portfolio/pmLoan"}'
)
ENVELOPE = "A refusal is a JSON object with the two members code, a number, and msg, a string, on PAPI and SAPI alike."
OBSERVED = "NH2, NH4; binance/binance-connector-python#113, binance/binance-futures-connector-python#204 [observed]"

REFUSED: tuple[Requirement, ...] = (
    Requirement(
        id="ERR-ENVELOPE",
        title="A refusal becomes an error of the client's own",
        sentence=ENVELOPE,
        source=OBSERVED,
        server="Refuses every call for what is asked, with a code, a msg and the status of its gateway.",
        wire="As many tries as the client thinks are of use.",
        tells="An error of a type of the client's own, and no result.",
        cases=(*FEW, *MORE, *LIMITED),
        judge=own_or_waiting,
    ),
    Requirement(
        id="ERR-CODE",
        title="The error tells the exchange's code",
        sentence="Errors consist of an error code and a message. Codes are universal, but messages can vary.",
        source="PRO-ERR [documented]; carried to PAPI [inferred]",
        server="Refuses every call for what is asked.",
        wire="As many tries as the client thinks are of use.",
        tells="The code, as a value of the error or at least in its text.",
        cases=(*FEW, *MORE),
        judge=tells(code_kept),
    ),
    Requirement(
        id="ERR-STATUS",
        title="The error tells the HTTP status",
        severity="SHOULD",
        sentence="SAPI answers 400 where PAPI answers 401: who does not tell the status cannot tell them apart.",
        source="NH1, NH2, FS:70979008552 [observed]",
        server="Refuses with the status of its gateway.",
        wire="As many tries as the client thinks are of use.",
        tells="The status, as a value of the error or at least in its text.",
        cases=(*FEW, *(case for case in MORE if "-2014" in case.name)),
        judge=tells(status_kept),
    ),
    Requirement(
        id="ERR-MSG",
        title="The error repeats what the exchange said",
        severity="SHOULD",
        sentence="The msg names the parameter, or the IP, that the code does not.",
        source="PAPI -2015 with the caller's IP: NH1; -1102 with the parameter: NH4 [observed]",
        server="Refuses, with a msg that says more than the code.",
        wire="As many tries as the client thinks are of use.",
        tells="The msg, somewhere in the error's text.",
        cases=tuple(case for case in FEW if "-1000" not in case.name),
        judge=tells(msg_kept),
    ),
    Requirement(
        id="ERR-POSITIVE",
        title="A positive code is an error, too",
        sentence="Errors of the account have positive codes: on PAPI with status 400, on SAPI with 400 or 500.",
        source="NH3 [observed]; the text of 51122: PM-ERR [documented]",
        server="Refuses with the codes 51122 and 2.",
        wire="As many tries as the client thinks are of use.",
        tells="An error, with the code.",
        cases=(
            struck("PAPI: 51122 with 400", "records", Documented("business-error")),
            struck("SAPI: 2 with 500", "loan", Documented("business-error")),
        ),
        judge=tells(code_kept),
    ),
    Requirement(
        id="ERR-NO-CODE",
        title="A refusal without a code becomes an error of the client's own",
        sentence="The 503 of the futures gateway is JSON with timestamp, path and msg, and has no code.",
        source="fapi: daisy613/LHPControl#16 [observed]; carried to PAPI and SAPI [inferred]",
        server="Answers 503, with JSON that has no code, or whose code is null.",
        wire="As many tries as the client thinks are of use.",
        tells="An error of its own; no other number of the answer for its code.",
        cases=(
            struck("PAPI: 503", "records", Documented("unknown-error")),
            struck("SAPI: 503", "loan", Documented("unknown-error")),
            struck("PAPI: 500", "records", Documented("request-occur-unknown-error")),
            struck("a code that is null", "records", BodyIs('{"code":null,"msg":null}', 503)),
        ),
        judge=no_code_made_up,
    ),
    Requirement(
        id="ERR-SPRING",
        title="A path that SAPI does not know becomes an error of the client's own",
        sentence="SAPI's 404 is the JSON of Spring, with timestamp, status, error, message and path: no code, no msg.",
        source="binance.us: FS:10450903821; a fragment of it on binance.com: FS:59029853022 [observed]",
        server="Answers 404 in Spring's words.",
        wire="As many tries as the client thinks are of use.",
        tells="An error of its own, whose code is not the timestamp.",
        cases=(struck("404 in Spring's JSON", "loan", BodyIs(SPRING, 404)),),
        judge=no_code_made_up,
    ),
    Requirement(
        id="ERR-503",
        title="The error tells whether a 503 means failed or unknown",
        severity="SHOULD",
        sentence=(
            "A 503 whose msg is `Unknown error, please check your request or try again later.` may have been carried "
            "out; one that says `Service Unavailable.` or `Internal error; …` has failed."
        ),
        source="PM-GI [documented]",
        server="Answers 503 with one of the three msgs and no code: nothing but the msg tells them apart.",
        wire="As many tries as the client thinks are of use.",
        tells="The msg, somewhere in the error's text.",
        cases=UNAVAILABLE,
        judge=tells(msg_kept),
    ),
    Requirement(
        id="ERR-TEXT",
        title="An error can be printed, and says something",
        severity="SHOULD",
        sentence="Who reads a log must see what went wrong; the type of an error alone does not tell.",
        source="plain correctness [decided]",
        server="Refuses, with an envelope, with JSON that has no code, with a page, and with nothing at all.",
        wire="As many tries as the client thinks are of use.",
        tells="Some words beside the error's type.",
        cases=(
            struck("an envelope", "loan", KEY_SAPI),
            struck("JSON without a code", "records", Documented("unknown-error")),
            struck("a page", "records", Documented("bad-gateway")),
            struck("no body", "loan", BodyIs("", 400)),
        ),
        judge=tells(says_something),
    ),
)
