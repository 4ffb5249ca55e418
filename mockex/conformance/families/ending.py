"""Judging how a call ends: in bounded time, with a right value or an error, and for good."""

from mockex.conformance.families.judging import named, said, shown
from mockex.conformance.requirement import Judgement, Unseen
from mockex.conformance.run import Asked, Run
from mockex.fuzzing import verdicts
from mockex.fuzzing.case import is_spoilt

NOT_MET = Unseen("no call met what was to happen")


def ends_well(run: Run) -> Judgement:
    """Every question must end in bounded time, with what is true or with an error, whosever it is."""
    if not any(entry.faults for entry in run.entries):
        return NOT_MET
    return next(filter(None, (wrong_end(run, asked) for asked in run.asked)), None)


def recovers(run: Run) -> Judgement:
    """Besides, the last question, when all is well again, must be answered."""
    return ends_well(run) or well_again(run)


def makes_nothing_of_it(run: Run) -> Judgement:
    """Besides, no answer that was not whole may become a result."""
    for asked in run.asked:
        calls = run.call(asked).signed
        if asked.told.error is None and calls and all(map(is_spoilt, calls)):
            return f"{named(asked)} gave {shown(asked.told.value)}, though no answer to it was whole"
    return recovers(run)


def wrong_end(run: Run, asked: Asked) -> str | None:
    """Say what is wrong with how a question ended, or None."""
    error = asked.told.error
    if error is None:
        sentence = verdicts.wrong_value(run.call(asked))
        return sentence and f"{named(asked)}: {sentence}"
    if error.is_endless or error.is_lost:
        return f"{named(asked)}: {said(asked)}"
    return None


def own_error(run: Run) -> Judgement:
    """What comes out of a failure must be an error of the client's own; how else its calls end is asked elsewhere."""
    met = [asked for asked in run.asked if any(entry.faults for entry in asked.entries)]
    if not met:
        return NOT_MET
    ended = [one for one in met if one.told.error and not one.told.error.is_endless and not one.told.error.is_lost]
    for asked in ended:
        error = asked.told.error
        if error is not None and not error.own:
            return f"{named(asked)}: {error.type} came out, which is no error of the client's own: {said(asked)}"
    return None if ended else Unseen("no error came of it")


def well_again(run: Run) -> Judgement:
    """Say whether the last question, which met nothing bad, came to nothing."""
    last = run.asked[-1]
    if last.told.error is None or any(entry.faults for entry in last.entries):
        return None
    if not last.entries:
        return Unseen("it did not ask again")
    return f"{named(last)} met nothing bad any more, and yet came to nothing: {said(last)}"
