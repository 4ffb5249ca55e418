"""What a client may not do, as questions to one call of it; the first that is answered is the finding."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from mockex.endpoints.negative_balance_exchange_record import SHORTEST_THREE_MONTHS_MS
from mockex.fuzzing.case import SIGNED, Case, Value, is_spoilt, loan_said, records_said, rounded, timestamp_of
from mockex.fuzzing.target import EndlessError
from mockex.testing.journal import JournalEntry

FRESH_MS = 200
"""How far a timestamp may be from the client's own clock, which the machine's time may move a little."""

ITS_OWN_FAULT = frozenset(
    {
        "api_key_is_malformed",
        "api_key_is_unknown",
        "get_carries_a_body",
        "interval_is_too_big",
        "method_is_wrong",
        "parameter_is_malformed",
        "path_is_unknown",
        "recv_window_is_malformed",
        "recv_window_is_too_large",
        "signature_is_missing",
        "signature_is_not_last",
        "signature_is_wrong",
        "timestamp_is_missing",
    }
)
"""The checks that refuse no call of a good client, whatever happens."""

CLOCK = frozenset({"timestamp_is_late", "timestamp_is_early"})
OK, TOO_MANY, BANNED, FAILURE = 200, 429, 418, 500
TELL_TO_WAIT = (TOO_MANY, BANNED)


class FindingError(AssertionError):
    """What is wrong with a client; `verdict` is the id of the question that found it."""

    def __init__(self, verdict: str, sentence: str) -> None:
        super().__init__(f"{verdict}: {sentence}")
        self.verdict = verdict


def endless(case: Case) -> str | None:
    """Does a call wait without end?"""
    return str(case.error) if isinstance(case.error, EndlessError) else None


def key_sent_elsewhere(case: Case) -> str | None:
    """Does it carry its key to another address, because an answer told it to go there?"""
    if any(entry.api_key for entry in case.elsewhere):
        return "it followed a redirect, and sent its key, and a signature, to another server"
    return None


def secret_told(case: Case) -> str | None:
    """Does its error tell a secret?"""
    if any(secret in case.text for secret in case.secrets):
        return f"the secret stands in what {type(case.error).__name__} says"
    return None


def its_own_fault(case: Case) -> str | None:
    """Does it send what no exchange would let in?"""
    for entry in case.entries:
        is_unsplit = entry.refused_by == "interval_is_too_big" and not case.claims.splits_ranges
        if entry.refused_by in ITS_OWN_FAULT and not is_unsplit:
            return f"call {entry} was refused for what the client sent"
    return None


def asks_while_banned(case: Case) -> str | None:
    """Does it go on asking while its IP is banned?"""
    return _asks_too_early(case, BANNED, "is banned")


def asks_while_limited(case: Case) -> str | None:
    """Does it ask again before the time is over that a 429 told it to wait?"""
    return _asks_too_early(case, TOO_MANY, "was told to wait")


def _asks_too_early(case: Case, status: int, how: str) -> str | None:
    claims = case.claims
    held = dict(case.held_until_ms) if claims.remembers_limits and claims.on_its_clock else {}
    until_ms = {gateway: ms for (gateway, why), ms in held.items() if why == status}
    unseen_ms = 0 if claims.on_its_clock else claims.real_s * 1_000  # it may have waited on the machine's clock
    for entry in case.entries:
        if entry.endpoint in SIGNED and entry.at_ms + unseen_ms < until_ms.get(entry.gateway, 0):
            wait_s = (until_ms[entry.gateway] - entry.at_ms) / 1_000
            return f"call {entry} was made while its client {how}, {wait_s:g} s too early"
        if (ms := told_to_wait_ms(entry)) and entry.status == status:
            until_ms[entry.gateway] = entry.at_ms + ms
    return None


def told_to_wait_ms(entry: JournalEntry) -> int:
    """Say for how long the exchange itself told the client to wait; 0 where it did not, or a fault spoilt it."""
    if entry.status not in TELL_TO_WAIT or is_spoilt(entry):
        return 0
    return int(entry.headers.get("Retry-After", "0")) * 1_000


def stale_timestamp(case: Case) -> str | None:
    """Does a try carry the timestamp of an earlier one?"""
    if not case.claims.on_its_clock:
        return None
    for entry in case.signed:
        timestamp_ms = timestamp_of(entry)
        if timestamp_ms is None or entry.refused_by not in (None, *CLOCK):
            continue
        age_ms = min(abs(entry.at_ms + ahead_ms - timestamp_ms) for ahead_ms in case.ahead_ms)
        if age_ms > FRESH_MS:
            return f"call {entry} has a timestamp {age_ms} ms off: it was stamped before the client waited"
    return None


def too_many_tries(case: Case) -> str | None:
    """Does one call become a flood?"""
    tries, most = len(case.signed), case.claims.tries * case.question.parts
    return f"one call became {tries} on the wire" if tries > most else None


def asks_again_in_vain(case: Case) -> str | None:
    """Does it ask again what was refused for good?"""
    for entry, after in pairwise(case.signed):
        is_for_good = TOO_MANY != entry.status != BANNED and 400 <= entry.status < FAILURE  # noqa: PLR2004
        if is_for_good and entry.code not in (-1021, None) and not is_spoilt(entry) and _asks(after) == _asks(entry):
            return f"call {entry} was refused for good, and was made again"
    return None


def _asks(entry: JournalEntry) -> list[str]:
    """Give what a call asks for: its target without what is new in each try."""
    path, _, query = entry.target.partition("?")
    return [path, *(one for one in query.split("&") if not one.startswith(("timestamp=", "signature=")))]


def alien_error(case: Case) -> str | None:
    """Does an error come out that is none of its own?"""
    if case.error is None or case.is_own_error or isinstance(case.error, EndlessError):
        return None
    kind = f"{type(case.error).__module__}.{type(case.error).__qualname__}"
    return f"{kind} came out, which is no error of the client: {case.text.strip().splitlines()[-1][:200]}"


def wrong_value(case: Case) -> str | None:
    """Does it give out what is not true?"""
    if case.error is not None:
        return None
    try:
        said = loan_said(case.value) if case.question.range is None else records_said(case.value)
    except (ValueError, TypeError) as mistake:
        return f"it gave {case.value!r}, which is no answer: {mistake}"
    truth = case.truth
    if not case.claims.keeps_decimals:
        said, truth = rounded(said), rounded(truth)
    if said == truth:
        return None
    if case.question.range is not None and _is_as_many(said, truth):
        is_sorted = all(one[0] >= after[0] for one, after in pairwise(said))  # no page orders those that begin together
        return "the records are not newest first" if case.claims.keeps_order and not is_sorted else None
    return f"it gave {_short(said)}, and {_short(truth)} is true"


def _is_as_many(said: Value, truth: Value) -> bool:
    try:
        return Counter(said) == Counter(truth)
    except TypeError:  # a list, where a time should be
        return False


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 400 else f"{text[:400]}… ({len(text)} characters)"  # noqa: PLR2004


def clock_not_corrected(case: Case) -> str | None:
    """Does a clock that is wrong stop it for good?"""
    late = [entry for entry in case.signed if entry.refused_by in CLOCK]
    is_disturbed = any(entry.faults or (entry.status != OK and entry not in late) for entry in case.entries)
    if not late or not case.claims.resynchronises or is_disturbed:
        return None
    told = [entry.seq for entry in case.entries if entry not in case.signed]
    again = any(entry.seq > seq > late[0].seq for entry in late for seq in told)
    if again or (case.error is not None and case.signed[-1] in late):
        return f"call {late[-1]} was refused for its timestamp, and the clock was not corrected"
    return None


def fails_for_nothing(case: Case) -> str | None:
    """Does it fail though nothing went wrong?"""
    asked, claims = case.question.range, case.claims
    if case.error is None or not case.is_calm:
        return None
    if not case.signed:
        is_long = asked is not None and asked[1] - asked[0] > SHORTEST_THREE_MONTHS_MS
        may_refuse = asked is not None and (asked[0] > asked[1] or (is_long and not claims.splits_ranges))
        return None if case.may_be_waiting or may_refuse else f"it did not even ask: {case.text.strip()[-200:]}"
    return f"every call was answered rightly, and yet it failed: {case.text.strip().splitlines()[-1][:200]}"


def code_lost(case: Case) -> str | None:
    """Does its error keep back what the exchange said?"""
    if case.error is None or not case.claims.tells_codes or not case.entries:
        return None
    last = case.entries[-1]
    if last.endpoint not in SIGNED or last.status < 400 or is_spoilt(last):  # noqa: PLR2004
        return None
    if case.status == last.status and last.code in (None, case.code):
        return None
    return f"the exchange said {last.status} {last.code}, and the error tells {case.status} {case.code}"


VERDICTS: dict[str, Callable[[Case], str | None]] = {
    "endless": endless,
    "key-sent-elsewhere": key_sent_elsewhere,
    "secret-told": secret_told,
    "its-own-fault": its_own_fault,
    "asks-while-banned": asks_while_banned,
    "asks-while-limited": asks_while_limited,
    "stale-timestamp": stale_timestamp,
    "too-many-tries": too_many_tries,
    "asks-again-in-vain": asks_again_in_vain,
    "alien-error": alien_error,
    "wrong-value": wrong_value,
    "clock-not-corrected": clock_not_corrected,
    "fails-for-nothing": fails_for_nothing,
    "code-lost": code_lost,
}
"""The questions in their order: what is worst, or explains most, comes first."""


def judge(case: Case) -> None:
    """Ask every question of a call. Raises FindingError for the first that is answered."""
    __tracebackhide__ = True  # the note tells more than these lines
    for verdict, question in VERDICTS.items():
        sentence = question(case)
        if sentence is not None:
            raise FindingError(verdict, sentence)
