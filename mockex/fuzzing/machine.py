"""The state machine that drives a client through worlds: what may happen, and after each call the judgement."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any, ClassVar

from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from msgspec import Struct

from mockex.core.effects import Documented
from mockex.core.faults import Fault
from mockex.core.hostile import Redirect
from mockex.endpoints.negative_balance_exchange_record import Record
from mockex.endpoints.pm_loan import Loan
from mockex.fuzzing.asking import Asking, text_of
from mockex.fuzzing.case import HOSTILE, Case, Claims, Question, truth_of_loan, truth_of_records
from mockex.fuzzing.drawn import DAY_MS, NOW_MS, Weather, ranges_of, weathers, worlds_to_ask
from mockex.fuzzing.target import Target
from mockex.fuzzing.verdicts import TELL_TO_WAIT, judge, told_to_wait_ms
from mockex.strategies import clock_skews, loans, records
from mockex.testing import LiveExchange, LiveWorld
from mockex.testing.journal import JournalEntry
from mockex.testing.report import report

PLAIN = settings(
    max_examples=100,
    stateful_step_count=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


class Suite(Struct, frozen=True, kw_only=True):
    """A client, how it is made and judged, and where: `server` holds its worlds, a redirect leads to `elsewhere`."""

    make: Callable[[Target], Any]
    errors: type[Exception] | tuple[type[Exception], ...]
    code_of: Callable[[Any], Any]
    status_of: Callable[[Any], Any]
    claims: Claims
    server: LiveWorld
    elsewhere: LiveWorld


class ClientMachine(RuleBasedStateMachine):
    """One world and one client of it. What is true is `loan` and `records`; all else is what the exchange may do."""

    suite: ClassVar[Suite]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.held_until_ms: dict[tuple[str, int], int] = {}
        self.aheads_ms = [0]
        self.may_misjudge = False
        self.asked: Question | None = None
        self.faults = 0
        self.seen = 0

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        """Open a world, and make its client."""
        claims = self.suite.claims
        drawn = data.draw(worlds_to_ask(claims.key_types), label="world")
        self.loan: Loan = drawn.account.loan
        self.records: list[Record] = list(drawn.account.records)
        self.world = self.stack.enter_context(self.suite.server.world(drawn.scenario))
        signer = self.world.signer()
        self.target = Target(self.world, signer, claims.patience_s)
        self.secrets = [signer.secret] if signer.secret else (signer.private_key or "").splitlines()[1:-1]
        self.asking = Asking(self.suite.make(self.target), claims.real_s)
        self.stack.callback(self.asking.close)

    @rule()
    def ask_for_the_loan(self) -> None:
        """The client asks what its account owes."""
        self.ask(Question())

    @rule(weather=weathers())
    def ask_for_the_loan_in(self, weather: Weather) -> None:
        """The client asks while something is wrong."""
        self.disturb(weather)
        self.ask_for_the_loan()

    @rule(data=st.data(), weather=weathers())
    def ask_for_records_in(self, data: st.DataObject, weather: Weather) -> None:
        """The client asks for records while something is wrong."""
        self.disturb(weather)
        self.ask_for_records(data)

    @rule(data=st.data())
    def ask_for_records(self, data: st.DataObject) -> None:
        """The client asks for the exchanges of a range, of whatever length."""
        starts = sorted({record.start_time for record in self.records})
        self.ask(Question(range=data.draw(ranges_of(starts), label="range")))

    @precondition(lambda self: self.asked is not None)
    @rule()
    def ask_again(self) -> None:
        """The client asks for the same once more."""
        assert self.asked is not None
        self.ask(self.asked)

    @rule(loan=loans())
    def owe(self, loan: Loan) -> None:
        """The account's debt changes."""
        self.loan = self.world.loan = loan

    @rule(record=records(since_ms=NOW_MS - 400 * DAY_MS, until_ms=NOW_MS))
    def exchange(self, record: Record) -> None:
        """A negative balance is exchanged."""
        self.records.append(record)
        self.world.add_record(record)

    @rule(seconds=st.sampled_from([1, 60, 120]) | st.integers(0, 7_200))
    def advance(self, seconds: int) -> None:
        """Time goes by."""
        self.world.clock.advance(seconds=seconds)

    @precondition(lambda self: self.suite.claims.on_its_clock)
    @rule(ahead_ms=clock_skews())
    def skew(self, ahead_ms: int) -> None:
        """The client's clock goes wrong, or right again; what it was told to wait until, it can no longer know.

        Where it goes back, a wait that was over may begin anew.
        """
        self.may_misjudge |= bool(self.held_until_ms)
        self.target.ahead_ms = ahead_ms
        self.aheads_ms.append(ahead_ms)
        self.held_until_ms.clear()

    @rule()
    def calm(self) -> None:
        """Whatever was wrong with the network is over."""
        self.world.faults.clear()

    def disturb(self, weather: Weather) -> None:
        """Let the next calls meet a fault; it stays as long as it has not struck so often as it may."""
        effect = weather.effect
        if isinstance(effect, Redirect):
            effect = Redirect(f"{self.suite.elsewhere.url}/stolen", effect.status)
        self.faults += 1
        kind = "documented" if isinstance(effect, Documented) else HOSTILE
        fault = Fault(effect=effect, name=f"{kind}-{self.faults}", times=weather.times, every=weather.every)
        self.world.faults.add(fault)

    def ask(self, question: Question) -> None:
        """Ask the client, and judge what it does."""
        __tracebackhide__ = True
        suite, target = self.suite, self.target
        target.slept_s = 0.0
        self.asked = question
        suite.elsewhere.journal.clear()
        may_be_waiting = self.may_misjudge or self.is_held()
        value, error = self.asking.ask(question)
        entries = self.world.journal.where(after_seq=self.seen)
        self.seen = entries[-1].seq if entries else self.seen
        is_own = isinstance(error, suite.errors)
        case = Case(
            question=question,
            truth=truth_of_loan(self.loan)
            if question.range is None
            else truth_of_records(self.records, *question.range),
            value=value,
            error=error,
            is_own_error=is_own,
            code=suite.code_of(error) if is_own else None,
            status=suite.status_of(error) if is_own else None,
            text=text_of(error),
            entries=entries,
            elsewhere=list(suite.elsewhere.journal),
            claims=suite.claims,
            ahead_ms=(0, target.ahead_ms, *(target.ahead_ms - earlier for earlier in self.aheads_ms)),
            held_until_ms=dict(self.held_until_ms),
            may_be_waiting=may_be_waiting,
            secrets=self.secrets,
        )
        try:
            judge(case)
        except AssertionError as finding:
            finding.add_note(report(self.world))
            raise
        note(f"it gave {value!r}" if error is None else f"it raised {type(error).__name__}")
        self.remember(entries)

    def remember(self, entries: Sequence[JournalEntry]) -> None:
        """Remember until when the client was told to wait, and whether it may have understood something else.

        A ban is told as a time of the exchange's, too, which comes later on a clock that is behind.
        """
        may_know = self.suite.claims.on_its_clock and not self.target.ahead_ms
        for entry in entries:
            if ms := told_to_wait_ms(entry):
                self.held_until_ms[entry.gateway, entry.status] = entry.at_ms + ms
            if entry.status in TELL_TO_WAIT and not (ms and may_know):
                self.may_misjudge = True

    def is_held(self) -> bool:
        """Say whether there is a time that the client was told to wait for, and that is not yet there."""
        return any(until_ms > self.world.clock.now_ms for until_ms in self.held_until_ms.values())

    def teardown(self) -> None:
        """Let client and world end."""
        self.stack.close()


def fuzz(
    make: Callable[[Target], Any],
    *,
    errors: type[Exception] | tuple[type[Exception], ...],
    claims: Claims = Claims(),  # noqa: B008 - it is frozen
    code_of: Callable[[Any], Any] = lambda error: getattr(error, "code", None),
    status_of: Callable[[Any], Any] = lambda error: getattr(error, "status", None),
    server: LiveWorld | None = None,
    settings: settings = PLAIN,
) -> None:
    """Drive a client through worlds, clocks, budgets and faults. Raises FindingError, with the shortest way to it.

    `make(target)` makes a client that has `loan()` and `records(start_ms, end_ms)`, functions or coroutines; it may be
    a context manager. `errors` are the client's own, and `code_of` and `status_of` read them. Without a `server` there
    is one for as long as it takes.
    """
    serving: AbstractContextManager[LiveWorld] = LiveExchange("quiet") if server is None else nullcontext(server)
    with serving as one, LiveExchange("quiet") as elsewhere:
        suite = Suite(
            make=make,
            errors=errors,
            code_of=code_of,
            status_of=status_of,
            claims=claims,
            server=one,
            elsewhere=elsewhere,
        )
        run_state_machine_as_test(type("Client", (ClientMachine,), {"suite": suite}), settings=settings)
