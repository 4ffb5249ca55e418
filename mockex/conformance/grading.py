"""Grading a client: every requirement's cases are played, each judged, side by side where the client has lanes."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue

from mockex import __version__
from mockex.conformance.case import Case
from mockex.conformance.families import REQUIREMENTS
from mockex.conformance.families.judging import shown
from mockex.conformance.harness import harness_mistake
from mockex.conformance.playing import play
from mockex.conformance.protocol import AdapterError
from mockex.conformance.requirement import Requirement, Unseen
from mockex.conformance.results import CaseResult, Report, Result, Verdict
from mockex.conformance.run import Client, Run, Told

Heard = Callable[[Requirement, CaseResult], None]
"""Hears of each case as it ends, in any thread."""


def grade(
    clients: Sequence[Client],
    requirements: Sequence[Requirement] = REQUIREMENTS,
    *,
    seed: int = 0,
    edition: str = "",
    heard: Heard = lambda _requirement, _result: None,
) -> Report:
    """Grade a client, of which there may be several processes, each a lane. Raises what its first opening raises."""
    began_s = time.monotonic()
    free: SimpleQueue[Client] = SimpleQueue()
    for client in clients:
        free.put(client)

    def judged(of: tuple[Requirement, Case]) -> CaseResult:
        requirement, case = of
        with _taken(free) as client:
            result = judge_case(requirement, case, client)
        heard(requirement, result)
        return result

    jobs = [(requirement, case) for requirement in requirements for case in requirement.cases]
    with ThreadPoolExecutor(len(clients), thread_name_prefix="lane") as lanes:
        ended = list(lanes.map(judged, jobs))
    return Report(
        client=clients[0].name,
        version=clients[0].version,
        mockex=__version__,
        edition=edition,
        seed=seed,
        took_s=round(time.monotonic() - began_s, 1),
        results=list(_by_requirement(requirements, zip(jobs, ended, strict=True))),
    )


@contextmanager
def _taken(free: "SimpleQueue[Client]") -> Iterator[Client]:
    client = free.get()
    try:
        yield client
    finally:
        free.put(client)


def _by_requirement(
    requirements: Sequence[Requirement], ended: Iterable[tuple[tuple[Requirement, Case], CaseResult]]
) -> Iterator[Result]:
    cases: dict[str, list[CaseResult]] = {requirement.id: [] for requirement in requirements}
    for (requirement, _), result in ended:
        cases[requirement.id].append(result)
    for one in requirements:
        yield Result(id=one.id, title=one.title, severity=one.severity, cases=cases[one.id])


def judge_case(requirement: Requirement, case: Case, client: Client) -> CaseResult:
    """Play one case, and judge what came of it by one requirement."""
    if not requirement.is_asked_of(client.features, case):
        return CaseResult(case=case, verdict="UNSUPPORTED")
    try:
        run = play(case, client)
    except AdapterError as error:
        return CaseResult(case=case, verdict="FAULT", sentence=str(error))
    if mistake := harness_mistake(run):
        return _result(run, "FAULT", mistake)
    if run.opened.error is not None:
        return _result(run, "FAIL", f"it could not be made: {run.opened.error.text or run.opened.error.type}")
    judgement = requirement.judge(run)
    if isinstance(judgement, Unseen):
        return _result(run, "UNSEEN", judgement.why)
    return _result(run, "PASS") if judgement is None else _result(run, "FAIL", judgement)


def _result(run: Run, verdict: Verdict, sentence: str = "") -> CaseResult:
    return CaseResult(
        case=run.case,
        verdict=verdict,
        sentence=sentence,
        told=[in_words(one.told) for one in run.asked],
        entries=run.entries,
        elsewhere=run.elsewhere,
    )


def in_words(told: Told) -> str:
    """Say what a client told, in one line."""
    if told.error is None:
        return f"value {shown(told.value)}"
    error = told.error
    about = ", ".join(
        f"{name} {said}" for name, said in (("code", error.code), ("status", error.status)) if said is not None
    )
    return f"error {error.type}{f' ({about})' if about else ''}"
