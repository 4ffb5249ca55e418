"""What came of a case: what the client told of each question, and what was on the wire meanwhile."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from mockex.conformance.case import Ask, Case
from mockex.core.diagnosis import Diagnosis
from mockex.fuzzing.case import SIGNED, Claims, Question, Value
from mockex.fuzzing.case import Case as Call
from mockex.fuzzing.target import Target
from mockex.testing.journal import JournalEntry

FEATURES: dict[str, str] = {
    "loan": "asks for the loan",
    "records": "asks for the records of a range",
    "HMAC": "signs with HMAC keys",
    "RSA": "signs with RSA keys",
    "Ed25519": "signs with Ed25519 keys",
    "clock": "takes time and waits from its target, not from the machine",
    "recv_window": "takes its recvWindow from who makes it",
    "parameters": "sends parameters that its caller adds to a question for records",
    "together": "can be asked several things at once, on one instance",
    "splits_ranges": "asks for more than three months in parts",
    "resynchronises": "corrects its clock after -1021",
    "retry_after": "tells in its errors for how long not to ask",
    "used_weight": "tells the used weight that came with an answer",
    "tls": "takes the file of a certificate authority, and asks https:// URLs",
}
"""What a client may claim to do; a requirement that needs what is not claimed is not asked of it."""

COMMAND = "$ "
"""How a command line begins among what is shown of a client."""


class ToldError(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An error as the client reports it.

    `own` says that it is of a type of the client's own. `text` is all that it says, its traceback included.
    `is_endless` says that the call had not ended when it was given up, and `is_lost` that the client's process had.
    """

    type: str
    own: bool = False
    code: Any = None
    status: Any = None
    retry_after_s: float | None = None
    text: str = ""
    is_endless: bool = False
    is_lost: bool = False


class Told(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a client tells: a value, or an error; numbers that are not whole are Decimals, as they were written."""

    value: Any = None
    error: ToldError | None = None
    used_weight: dict[str, Any] | None = None


class Client(Protocol):
    """Any client, in this process or another, as the harness asks it. One instance lives from `open` to `close`."""

    name: str
    version: str
    features: frozenset[str]

    def open(self, target: Target) -> Told:
        """Make the client; what it tells is the error that came of it, if any."""

    def ask(self, asks: Sequence[Ask]) -> list[Told]:
        """Ask one thing, or several at once."""

    def close(self) -> list[str]:
        """Let the instance end; gives all that it wrote or showed meanwhile, where a secret must not stand."""


class Asked(Struct, frozen=True, kw_only=True):
    """One question: what the client told, what is true, and the calls made meanwhile.

    `took_s` is the machine's time. Of what was asked together each has all calls.
    """

    ask: Ask
    truth: Value
    told: Told
    entries: Sequence[JournalEntry]
    took_s: float = 0.0


class Run(Struct, frozen=True, kw_only=True):
    """All that came of a case.

    `entries` are all calls, also those made while the client was opened or after it was given up; `elsewhere` those at
    the exchange that redirects lead to. `shown` is what could be seen of the client from outside; the command lines
    among it begin with COMMAND. `exposed` are the numbers of the calls in which a secret stood. `ahead_ms` lists how
    far the exchange's clock was ahead of the client's. Its calls came on `connected` connections; `connections` is how
    many it held open after its last answer, `left_open` how many once it had been closed.
    `diagnoses` say, by the number of a call, why it was refused for what the client sent.
    """

    case: Case
    features: frozenset[str]
    opened: Told = Told()
    asked: Sequence[Asked] = ()
    entries: Sequence[JournalEntry] = ()
    elsewhere: Sequence[JournalEntry] = ()
    shown: Sequence[str] = ()
    secrets: Sequence[str] = ()
    exposed: Sequence[int] = ()
    ahead_ms: Sequence[int] = (0,)
    connected: int = 0
    connections: int = 0
    left_open: int = 0
    diagnoses: Mapping[int, Diagnosis] = {}

    @property
    def signed(self) -> list[JournalEntry]:
        """The calls that ask for what was asked, or should; without those for the exchange's time."""
        return [entry for entry in self.entries if entry.endpoint in SIGNED or entry.endpoint is None]

    @property
    def errors(self) -> list[ToldError]:
        """The errors that came out, in order."""
        return [one.told.error for one in self.asked if one.told.error is not None]

    def call(self, asked: Asked) -> Call:
        """Give a question as the fuzzing verdicts see it, so that they can be asked of it too."""
        error = asked.told.error
        return Call(
            question=Question() if asked.ask.what == "loan" else Question((asked.ask.start_ms, asked.ask.end_ms)),
            truth=asked.truth,
            value=asked.told.value,
            error=None if error is None else ReportedError(error.type),
            is_own_error=error is not None and error.own,
            code=error and error.code,
            status=error and error.status,
            text="" if error is None else f"{error.text or error.type}\n",
            entries=asked.entries,
            elsewhere=self.elsewhere,
            claims=Claims(
                on_its_clock="clock" in self.features,
                resynchronises="resynchronises" in self.features,
                splits_ranges="splits_ranges" in self.features,
            ),
            secrets=self.secrets,
        )


class ReportedError(Exception):
    """Stands for an error that a client told of."""
