"""Grading a client: every requirement's cases are played, each judged, side by side where the client has lanes."""

import platform
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from queue import SimpleQueue

from msgspec import json, structs

from mockex import __version__
from mockex.conformance.case import Case, Disturb, Wait
from mockex.conformance.families import REQUIREMENTS
from mockex.conformance.families.judging import last_words, shown
from mockex.conformance.harness import harness_mistake
from mockex.conformance.hiding import hidden, hiding, hiding_secrets, readable
from mockex.conformance.playing import play
from mockex.conformance.rehearsal import rehearse
from mockex.conformance.requirement import Requirement, Unseen, needs_of
from mockex.conformance.results import CaseResult, Report, Result, Verdict
from mockex.conformance.run import Client, Run, Told, ToldError
from mockex.errors import MockexError

LISTEN_S = 0.5
"""How long is waited at a stretch: Python hears of a signal that comes just before a wait only after it."""

MAX_SAID = 200
"""So many characters of what an error says are told."""

Heard = Callable[[Requirement, CaseResult], None]
"""Hears of each case as it ends, in any thread."""

Job = tuple[Requirement, Case]


def grade(
    clients: Sequence[Client],
    requirements: Sequence[Requirement] = REQUIREMENTS,
    *,
    seed: int = 0,
    edition: str = "",
    heard: Heard = lambda _requirement, _result: None,
    stop: Callable[[], None] = lambda: None,
) -> Report:
    """Grade a client, of which there may be several processes, each a lane; what interrupts it lets `stop` end them."""
    rehearse()
    started_at, began_s = datetime.now(UTC), time.monotonic()
    free: SimpleQueue[Client] = SimpleQueue()
    for client in clients:
        free.put(client)

    def judged(jobs: Sequence[Job]) -> list[CaseResult]:
        with _taken(free) as client:
            case_began_s = time.monotonic()
            results = judge_alike(jobs, client)
        took_s = round(time.monotonic() - case_began_s, 3)
        for (requirement, _), result in zip(jobs, results, strict=True):
            heard(requirement, result)
        return [structs.replace(result, took_s=took_s) for result in results]

    jobs = [(requirement, case) for requirement in requirements for case in requirement.cases]
    ended = iter(_side_by_side(judged, jobs, len(clients), stop))
    return Report(
        client=readable(clients[0].name),
        version=readable(clients[0].version),
        mockex=__version__,
        edition=edition,
        seed=seed,
        took_s=round(time.monotonic() - began_s, 1),
        started_at=started_at.isoformat(timespec="seconds"),
        python=platform.python_version(),
        platform=platform.platform(terse=True),
        features=tuple(sorted(clients[0].features)),
        results=tuple(_result_of(one, tuple(next(ended) for _ in one.cases)) for one in requirements),
    )


def _side_by_side(
    judged: Callable[[Sequence[Job]], list[CaseResult]], jobs: Sequence[Job], count: int, stop: Callable[[], None]
) -> list[CaseResult]:
    """Judge all, those first that may take long, so that nothing is waited for alone at the end; what is alike once."""
    alike: dict[bytes, list[int]] = {}
    for place, (_, case) in enumerate(jobs):
        alike.setdefault(json.encode(structs.replace(case, name="")), []).append(place)
    longest_first = sorted(alike.values(), key=lambda places: may_take(jobs[places[0]][1]), reverse=True)
    with ThreadPoolExecutor(count, thread_name_prefix="lane") as lanes:
        try:
            futures = [lanes.submit(judged, [jobs[place] for place in places]) for places in longest_first]
            for future in _ended(futures):
                future.result()
        except BaseException:
            lanes.shutdown(wait=False, cancel_futures=True)
            stop()
            raise
    ended = [
        pair
        for places, one in zip(longest_first, futures, strict=True)
        for pair in zip(places, one.result(), strict=True)
    ]
    return [result for _, result in sorted(ended, key=itemgetter(0))]


def _ended(futures: "Sequence[Future[list[CaseResult]]]") -> "set[Future[list[CaseResult]]]":
    """Give those that have ended, once all have, or one has failed; a signal is heard meanwhile, whenever it comes."""
    while True:
        done, others = wait(futures, LISTEN_S, FIRST_EXCEPTION)
        if not others or any(one.exception() for one in done):
            return done


def may_take(case: Case) -> tuple[float, int]:
    """Say what makes a case last: the waits in it, and after them its disturbances, which clients may wait for."""
    return (
        sum(step.s for step in case.steps if isinstance(step, Wait)),
        sum(isinstance(step, Disturb) for step in case.steps),
    )


@contextmanager
def _taken(free: "SimpleQueue[Client]") -> Iterator[Client]:
    client = free.get()
    try:
        yield client
    finally:
        free.put(client)


def _result_of(one: Requirement, cases: tuple[CaseResult, ...]) -> Result:
    texts = {name: getattr(one, name) for name in ("sentence", "source", "server", "wire", "tells")}
    return Result(id=one.id, title=one.title, severity=one.severity, cases=cases, **texts)


def judge_case(requirement: Requirement, case: Case, client: Client) -> CaseResult:
    """Play one case, and judge what came of it by one requirement; what fails of the harness itself is a FAULT."""
    (result,) = judge_alike([(requirement, case)], client)
    return result


def judge_alike(jobs: Sequence[Job], client: Client) -> list[CaseResult]:
    """Play once what differs in nothing but its name, and judge what came of it by each requirement that asks it."""
    asked = [requirement.is_asked_of(client.features, case) for requirement, case in jobs]
    run = _played(jobs[0][1], client) if any(asked) else None
    return [
        _unsupported(requirement, case, client) if run is None or not is_asked else _judged(requirement, case, run)
        for (requirement, case), is_asked in zip(jobs, asked, strict=True)
    ]


def _unsupported(requirement: Requirement, case: Case, client: Client) -> CaseResult:
    lacking = ", ".join(sorted((requirement.needs | needs_of(case)) - client.features))
    return CaseResult(case=case, verdict="UNSUPPORTED", sentence=f"the client does not claim {lacking}")


def _played(case: Case, client: Client) -> Run | str:
    """Play a case; gives a sentence where that could not be, or where mockex itself was wrong."""
    try:
        return play(case, client)
    except MockexError as error:
        return readable(str(error))
    except Exception as error:  # noqa: BLE001 - one case that cannot be played is no reason to lose the others
        return f"it could not be played: {_own_mistake(error)}"


def _judged(requirement: Requirement, case: Case, run: Run | str) -> CaseResult:
    if isinstance(run, str):
        return CaseResult(case=case, verdict="FAULT", sentence=run)
    run = structs.replace(run, case=case)
    if mistake := harness_mistake(run):
        return _result(run, "FAULT", mistake)
    if run.opened.error is not None and case.certificate == "right":  # who asks as it begins may see a wrong one then
        return _result(run, "FAIL", f"it could not be made: {_last_line(run.opened.error)}")
    try:
        judgement = requirement.judge(run)
    except Exception as error:  # noqa: BLE001 - a judge that fails says nothing of the client
        return _result(run, "FAULT", f"its judge failed: {_own_mistake(error)}")
    if isinstance(judgement, Unseen):
        return _result(run, "UNSEEN", judgement.why)
    return _result(run, "PASS") if judgement is None else _result(run, "FAIL", judgement)


def _own_mistake(error: Exception) -> str:
    line = traceback.extract_tb(error.__traceback__)[-1]
    return readable(f"{type(error).__name__}: {error} ({Path(line.filename).name}, line {line.lineno})")


def _result(run: Run, verdict: Verdict, sentence: str = "") -> CaseResult:
    hide, hide_secrets = hiding(run), hiding_secrets(run.secrets)
    told = [one.told for one in run.asked] if run.opened.error is None else [run.opened]
    return CaseResult(
        case=run.case,
        verdict=verdict,
        sentence=hide(sentence),
        told=tuple(hide(in_words(one)) for one in told),
        entries=hidden(run.entries, hide_secrets),
        elsewhere=hidden(run.elsewhere, hide_secrets),
        diagnoses={seq: hide(why.sentence) for seq, why in run.diagnoses.items()},
    )


def in_words(told: Told) -> str:
    """Say what a client told, in one line."""
    if told.error is None:
        return f"value {shown(told.value)}"
    error = told.error
    about = ", ".join(
        f"{name} {said}" for name, said in (("code", error.code), ("status", error.status)) if said is not None
    )
    return f"error {error.type}{f' ({about})' if about else ''}: {_last_line(error)}"


def _last_line(error: ToldError) -> str:
    """Give what an error says, in one line."""
    line = last_words(error)
    return line if len(line) <= MAX_SAID else f"{line[:MAX_SAID]}…"
