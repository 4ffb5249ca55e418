"""Broken clients that ERR requirements catch."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from mockex.testing import answers, client
from mockex.testing.answers import BannedError, ClientError, LimitedError, Loan, RefusedError
from mockex.testing.client import Client, Heard
from tests.conformance.broken import Broken

RIGHT_ASK = Client._ask
RIGHT_ENVELOPE = answers.envelope
RIGHT_UNDERSTOOD = client.understood
Read = Callable[[bytes], Any]


async def refusal_raised_plain(self: Client, *about: Any) -> Any:
    """Let a refusal out as something else."""
    try:
        return await RIGHT_ASK(self, *about)
    except (RefusedError, LimitedError, BannedError) as error:
        raise ValueError(str(error)) from None


def strict_envelope(body: bytes) -> tuple[int | None, str]:
    """Believe that every refusal is an envelope."""
    said = json.loads(body)
    return said["code"], said["msg"]


def decoded_envelope(body: bytes) -> tuple[int | None, str]:
    """Believe that every refusal is JSON."""
    said = json.loads(body)
    return (said.get("code"), said.get("msg", "")) if isinstance(said, dict) else (None, "")


def object_envelope(body: bytes) -> tuple[int | None, str]:
    """Believe that all JSON is an object."""
    try:
        said = json.loads(body)
    except ValueError:
        return None, ""
    return said.get("code"), str(said.get("msg", ""))


def first_number(body: bytes) -> tuple[int | None, str]:
    """Take the first number of a refusal for its code."""
    code, msg = RIGHT_ENVELOPE(body)
    try:
        return next(iter(json.loads(body).values())), msg
    except (ValueError, AttributeError, StopIteration):
        return code, msg


def negative_codes(body: bytes) -> tuple[int | None, str]:
    """Believe that codes are below zero."""
    code, msg = RIGHT_ENVELOPE(body)
    return (None, "") if (code or 0) > 0 else (code, msg)


def words_with_codes(body: bytes) -> tuple[int | None, str]:
    """Keep the words of what has a code, and of nothing else."""
    code, msg = RIGHT_ENVELOPE(body)
    return code, msg if code is not None else ""


def error_by_code(heard: Heard, read: Read) -> Any:
    """Choose the error from a table that does not have all codes."""
    error = RIGHT_UNDERSTOOD(heard, read)
    if isinstance(error, RefusedError) and not isinstance(error, LimitedError | BannedError):
        raise {None: error, -1021: error, -1022: error, -1000: error}[error.code]
    return error


def status_of_spot(heard: Heard, read: Read) -> Any:
    """Tell the status that the spot exchange has for a code."""
    error = RIGHT_UNDERSTOOD(heard, read)
    if isinstance(error, ClientError) and error.code in {-2014, -2015}:
        error.status, error.args = 401, (401, *error.args[1:])
    return error


def nothing_for_nothing(heard: Heard, read: Read) -> Any:
    """Give None for an answer that is empty."""
    return RIGHT_UNDERSTOOD(heard, read) if heard.body else None


def fine_below_300(heard: Heard, read: Read) -> Any:
    """Take every 2xx without a body for a success."""
    return True if heard.status in (202, 204) else RIGHT_UNDERSTOOD(heard, read)


def uncaught(heard: Heard, read: Read) -> Any:
    """Let a reader's own errors out."""
    return read(heard.body) if heard.status == client.OK else RIGHT_UNDERSTOOD(heard, read)


def no_loan_for_nonsense(heard: Heard, read: Read) -> Any:
    """Give a loan of 0 where none can be read."""
    said = RIGHT_UNDERSTOOD(heard, read)
    return Loan("BUSD", Decimal(0)) if isinstance(said, answers.UnreadableError) else said


def any_json(body: bytes) -> Any:
    """Hand over whatever JSON it is."""
    try:
        said = json.loads(body)
    except RecursionError:
        raise ValueError from None
    return answers.Loan(said["asset"], Decimal(said["amount"])) if isinstance(said, dict) and said else said


def through_floats(text: str) -> Decimal:
    """Read a number by way of a float."""
    return Decimal(float(text))


def recursive_read(body: bytes, shape: type) -> Any:
    """Read as deep as it goes."""
    said = json.loads(body, parse_float=answers.exact, parse_constant=answers.exact)
    return msgspec.convert(said, shape, builtin_types=(Decimal,))


def unprintable(self: ClientError) -> str:
    """Fail while an error is printed."""
    return " ".join(self.args)


def silent(_: ClientError) -> str:
    """Say nothing."""
    return ""


ERR: tuple[Broken, ...] = (
    Broken("ERR-ENVELOPE", "a refusal comes out as a ValueError", Client, "_ask", refusal_raised_plain),
    Broken("ERR-ENVELOPE", "the table of errors has not all codes", client, "understood", error_by_code),
    Broken("ERR-CODE", "the code is left out", answers, "envelope", lambda body: (None, RIGHT_ENVELOPE(body)[1])),
    Broken("ERR-STATUS", "the status is that of another gateway", client, "understood", status_of_spot),
    Broken("ERR-MSG", "the msg is left out", answers, "envelope", lambda body: (RIGHT_ENVELOPE(body)[0], "")),
    Broken("ERR-POSITIVE", "codes are below zero", answers, "envelope", negative_codes),
    Broken("ERR-NO-CODE", "every refusal has a code", answers, "envelope", strict_envelope),
    Broken("ERR-NO-CODE", "the first member is the code", answers, "envelope", first_number),
    Broken("ERR-SPRING", "the first member is the code", answers, "envelope", first_number),
    Broken("ERR-503", "the msg is kept with a code alone", answers, "envelope", words_with_codes),
    Broken("ERR-TEXT", "errors cannot be printed", ClientError, "__str__", unprintable),
    Broken("ERR-TEXT", "errors say nothing", ClientError, "__str__", silent),
    Broken("ERR-EMPTY", "an empty body is None", client, "understood", nothing_for_nothing),
    Broken("ERR-HTML", "every refusal is JSON", answers, "envelope", decoded_envelope),
    Broken("ERR-CUT", "the reader's errors come out", client, "understood", uncaught),
    Broken("ERR-SHAPE", "all JSON is an object", answers, "envelope", object_envelope),
    Broken("ERR-SHAPE", "all JSON is handed over", answers, "loan", any_json),
    Broken("ERR-NAN", "NaN is a number", answers, "exact", Decimal),
    Broken("ERR-HUGE", "numbers are floats on their way", answers, "exact", through_floats),
    Broken("ERR-DEEP", "a reader runs out of depth", answers, "_read", recursive_read),
    Broken("ERR-NO-CONTENT", "every 2xx is a success", client, "understood", fine_below_300),
    Broken("ERR-NOTHING-MADE-UP", "nonsense is a loan of 0", client, "understood", no_loan_for_nonsense),
    Broken("ERR-NOTHING-MADE-UP", "all JSON is handed over", answers, "loan", any_json),
)
