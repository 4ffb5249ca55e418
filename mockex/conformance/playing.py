"""Playing a case: an exchange of its own is opened, the client asked, the exchange disturbed, all of it kept."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import structs

from mockex import scenarios
from mockex.conformance.case import NOW_MS, AnyStep, Ask, Calm, Case, Disturb, Drop, Owe, Skew, Together, Wait
from mockex.conformance.run import Asked, Client, Run, Told
from mockex.core.diagnosis import Diagnosis
from mockex.core.effects import Documented, Effect
from mockex.core.faults import Fault
from mockex.core.hostile import Redirect
from mockex.core.masking import is_in, sent
from mockex.core.scenario import ClockSpec, Scenario
from mockex.endpoints.pm_loan import Loan
from mockex.fuzzing.case import HOSTILE, Value, truth_of_loan, truth_of_records
from mockex.fuzzing.target import Target
from mockex.fuzzing.verdicts import CLOCK, ITS_OWN_FAULT
from mockex.signer import Signer
from mockex.testing import LiveExchange
from mockex.testing.certificates import Authority
from mockex.testing.journal import JournalEntry

PATIENCE_S = 600.0
"""How long one question may wait on the world's clock."""

MAX_EXPLAINED = 10
"""So many refused calls are explained: who fails as often, fails for the same reason."""

SETTLE_S = 0.05
"""How long a client that reports at once may take to end what it has begun: to close a connection, say."""


def play(case: Case, client: Client) -> Run:
    """Play a case with a client that lives as long as it lasts. What the client does wrong is in the run."""
    is_still = "clock" in client.features
    with ExitStack() as stack:
        exchange, ca_file = served(case, stack, is_still=is_still)
        elsewhere = stack.enter_context(LiveExchange("quiet")) if _redirects(case) else None
        signer = exchange.signer(case.key)
        about: Any = {"key_type": case.key, "recv_window_ms": case.recv_window_ms, "ca_file": ca_file}
        target = Target(exchange, signer, PATIENCE_S, **about)
        playing = _Playing(case, client, target, exchange, elsewhere)
        opened = client.open(target)
        try:
            if opened.error is None:
                for step in case.steps:
                    playing.take(step)
            connections = playing.connections()
        finally:
            shown = client.close()
        secrets = secrets_of(signer)
        calls = exchange.exchange.world.journal
        entries = list(exchange.journal)
        return Run(
            case=case,
            features=client.features,
            opened=opened,
            asked=playing.asked,
            entries=entries,
            elsewhere=[] if elsewhere is None else list(elsewhere.journal),
            shown=shown,
            secrets=secrets,
            exposed=[call.seq for call in calls if is_in(secrets, *sent(call.request))],
            ahead_ms=playing.ahead_ms,
            connected=sum(call.request.nth_on_connection == 1 for call in calls),
            connections=connections,
            left_open=playing.connections(case.close_s),
            diagnoses=diagnoses_of(exchange, entries),
        )


def served(case: Case, stack: ExitStack, *, is_still: bool) -> tuple[LiveExchange, str | None]:
    """Serve the exchange of a case until the stack ends; gives it with the file of its authority, if it has one."""
    scenario = scenario_of(case, is_still=is_still)
    if not case.is_tls:
        return stack.enter_context(LiveExchange(scenario)), None
    authority = Authority(Path(stack.enter_context(TemporaryDirectory())))
    exchange = LiveExchange(scenario, tls=authority.context(case.certificate))
    return stack.enter_context(exchange), str(authority.ca_file)


class _Playing:
    """A case while it is played."""

    def __init__(
        self, case: Case, client: Client, target: Target, exchange: LiveExchange, elsewhere: LiveExchange | None
    ) -> None:
        self.client = client
        self.target = target
        self.is_still = "clock" in client.features
        self.exchange = exchange
        self.elsewhere = elsewhere
        self.loan: Loan = case.loan
        self.records = case.records
        self.asked: list[Asked] = []
        self.ahead_ms = [0]
        self.lost: Told | None = None

    def take(self, step: AnyStep) -> None:
        """Do what is next."""
        match step:
            case Ask():
                self.ask((step,))
            case Together():
                self.ask(step.asks)
            case Disturb():
                self.exchange.faults.add(self._declared(step.fault))
            case Calm():
                self.exchange.faults.clear()
            case Wait():
                self.wait(step.s)
            case Skew():
                self.skew(step.ms)
            case Owe():
                self.loan = self.exchange.loan = step.loan
            case Drop():
                self.exchange.drop()
                time.sleep(SETTLE_S)  # an idle connection was closed long before; who is told at once may not know yet

    def wait(self, seconds: float) -> None:
        """Let time go by, for exchange and client."""
        if self.is_still:
            self.exchange.clock.advance(seconds=seconds)
        else:
            time.sleep(seconds)

    def skew(self, ms: int) -> None:
        """Let the client be behind, or the exchange ahead where the client has the machine's time."""
        if self.is_still:
            self.target.ahead_ms = -ms
        else:
            self.exchange.clock.skew(milliseconds=ms)
        self.ahead_ms.append(ms)

    def ask(self, asks: Sequence[Ask]) -> None:
        """Ask, and keep what was told beside what is true; who has once been given up is not asked any more."""
        self.target.slept_s = 0.0
        seen = self.exchange.told.calls
        began_s = time.perf_counter()
        told = self.client.ask(asks) if self.lost is None else [self.lost] * len(asks)
        self.lost = next((one for one in told if one.error and (one.error.is_endless or one.error.is_lost)), None)
        took_s = time.perf_counter() - began_s
        entries = self.exchange.journal.where(after_seq=seen)
        for ask, said in zip(asks, told, strict=True):
            self.asked.append(Asked(ask=ask, truth=self._truth(ask), told=said, entries=entries, took_s=took_s))

    def connections(self, within_s: float = SETTLE_S) -> int:
        """Count the connections that the client holds open, once it has had a moment."""
        until_s = time.monotonic() + within_s
        while self.exchange.connections and time.monotonic() < until_s:
            time.sleep(SETTLE_S / 10)
        return self.exchange.connections

    def _truth(self, ask: Ask) -> Value:
        if ask.what == "loan":
            return truth_of_loan(self.loan)
        return truth_of_records(self.records, ask.start_ms, ask.end_ms)

    def _declared(self, fault: Fault) -> Fault:
        """Name a fault by its kind, which judges read, and lead a redirect to where it is looked for."""
        effect: Effect = fault.effect
        if isinstance(effect, Redirect) and self.elsewhere is not None:
            effect = structs.replace(effect, to=f"{self.elsewhere.url}/stolen")
        kind = "documented" if isinstance(effect, Documented) else HOSTILE
        return structs.replace(fault, effect=effect, name=f"{kind}-{fault.name or len(self.exchange.faults) + 1}"[:64])


def _redirects(case: Case) -> bool:
    return any(isinstance(step, Disturb) and isinstance(step.fault.effect, Redirect) for step in case.steps)


def scenario_of(case: Case, *, is_still: bool) -> Scenario:
    """Make the exchange of a case; its clock stands still where the client's does, too."""
    keys = tuple(
        key
        for account in scenarios.read("documented").accounts
        for key in account.keys
        if scenarios.key_type(key) == case.key
    )
    account: Any = scenarios.account_type()
    shape: Any = scenarios.file_type()
    scenario: Scenario = shape(
        title=case.name,
        clock=ClockSpec(frozen_at=NOW_MS) if is_still else ClockSpec(),
        limits=case.limits,
        behaviour=case.behaviour,
        accounts=(account(uid=1, keys=keys, loan=case.loan, records=case.records),),
    )
    return scenario


def diagnoses_of(exchange: LiveExchange, entries: Sequence[JournalEntry]) -> dict[int, Diagnosis]:
    """Have the first calls that were refused for what the client sent explained."""
    refused = [entry for entry in entries if entry.refused_by in ITS_OWN_FAULT | CLOCK]
    explained = ((entry.seq, exchange.explain(entry)) for entry in refused[:MAX_EXPLAINED])
    return {seq: diagnoses[0] for seq, diagnoses in explained if diagnoses}


def secrets_of(signer: Signer) -> tuple[str, ...]:
    """Give what must stand nowhere: the secret, or each line of the private key."""
    if signer.secret is not None:
        return (signer.secret,)
    return tuple((signer.private_key or "").splitlines()[1:-1])
