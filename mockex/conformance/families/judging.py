"""What judges share: the usual questions to a run, asked in the same words."""

import re

from mockex.conformance.requirement import Judgement, Unseen
from mockex.conformance.run import Asked, Run, ToldError
from mockex.fuzzing import verdicts

OK = 200
ENDPOINTS = {"loan": "pm_loan", "records": "negative_balance_exchange_record"}
"""What a question is asked of."""


def right_values(run: Run) -> Judgement:
    """Every question must be answered, and with what is true."""
    for asked in run.asked:
        if asked.told.error is not None:
            return f"{named(asked)} came to nothing: {said(asked)}{why(run, asked)}"
        if sentence := verdicts.wrong_value(run.call(asked)):
            return f"{named(asked)}: {sentence}"
    return None


def let_in(run: Run) -> Judgement:
    """Every question must end with a call that the exchange lets in; what the client makes of the answer is no matter.

    For what is judged before there is an answer: a client that cannot read one fails where answers are judged.
    """
    for asked in run.asked:
        calls = [entry for entry in asked.entries if entry.endpoint == ENDPOINTS[asked.ask.what]]
        if not calls:
            return f"{named(asked)} made no call that could be read: {outcome(asked)}"
        if calls[-1].status != OK:
            return f"{named(asked)} came to nothing: {outcome(asked)}{why(run, asked)}"
    return None


def own_errors(run: Run) -> Judgement:
    """Every question must come to an error of the client's own, in bounded time, and to no result."""
    for asked in run.asked:
        if asked.told.error is None:
            return f"{named(asked)} gave {shown(asked.told.value)}, and no error"
        if sentence := not_own(asked):
            return sentence
    return None


def not_own(asked: Asked) -> str | None:
    """Say that what came out is no error of the client's own, or that nothing came; None where a value did."""
    error = asked.told.error
    if error is None or (error.own and not error.is_endless and not error.is_lost):
        return None
    if error.is_endless or error.is_lost:
        return f"{named(asked)}: {said(asked)}"
    return f"{named(asked)}: {error.type} came out, which is no error of the client's own"


def shown(value: object) -> str:
    """Show a value in a few words, however long or deep it is."""
    try:
        text = repr(value)
    except RecursionError:
        return "lists in lists, deeper than can be shown"
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}… ({len(text)} characters)"


MAX_SHOWN = 200


def retried(run: Run) -> Unseen | None:
    """Say that no call was made a second time, where that is so."""
    return Unseen("it did not try a second time") if len(run.signed) <= len(run.asked) else None


def why(run: Run, asked: Asked) -> str:
    """Say why the exchange refused the last of a question's calls that it refused for what the client sent, if any."""
    explained = [entry.seq for entry in asked.entries if entry.seq in run.diagnoses]
    return f" (call {explained[-1]}: {run.diagnoses[explained[-1]].sentence})" if explained else ""


def named(asked: Asked) -> str:
    """Name a question."""
    return f"asked for its {asked.ask.what}, it" if not asked.entries else f"call {asked.entries[-1].seq}"


def outcome(asked: Asked) -> str:
    """Give what a question came to."""
    return f"it gave {shown(asked.told.value)}" if asked.told.error is None else said(asked)


def said(asked: Asked) -> str:
    """Give what an error says, in one line."""
    error = asked.told.error
    assert error is not None
    return last_words(error)[:MAX_SHOWN]


def last_words(error: ToldError) -> str:
    """Give the last line in which an error says something; where it was raised, and what it has in it, are indented."""
    lines = [line for line in error.text.strip().splitlines() if not line[:1].isspace() and _WORD.search(line)]
    return lines[-1] if lines else error.type


_WORD = re.compile(r"\w")
_FRAME = re.compile(r"\s+(File \"|at )")


def stands_in(number: int | None, text: str) -> bool:
    """Say whether a number stands in what an error says, which is not where it was raised."""
    said = "\n".join(line for line in text.splitlines() if not _FRAME.match(line))
    return re.search(rf"(?<![0-9.]){number}(?![0-9])", said) is not None
