"""What the core takes for a call: alone, beside an HMAC, under faults, among worlds."""

import hmac
from collections.abc import Callable, Iterator

from mockex.core.effects import Documented
from mockex.core.exchange import Exchange
from mockex.core.faults import Fault
from mockex.core.hostile_wire import Latency
from mockex.core.wire import Request
from mockex.endpoints import CATALOGUE
from tests.bench.figures import Cost
from tests.bench.inside.calls import all_handled, exchange_of, ordinary, requests_of
from tests.bench.inside.timing import ratio_of, timed, turn_about
from tests.bench.workload import Question, key_of, scenario, signed_calls

TURNS, TURNS_QUICK = 60, 20
UNAVAILABLE = 503
WORLDS = 1_000

ELSEWHERE = Fault(effect=Latency(ms=1), endpoint="pm_loan")
FAULTS: dict[str, tuple[str, tuple[Fault, ...], int]] = {
    "none": ("no fault", (), 200),
    "one": ("one fault, of another endpoint", (ELSEWHERE,), 200),
    "ten": ("ten faults, of another endpoint", (ELSEWHERE,) * 10, 200),
    "latency": ("a latency of 0 ms", (Fault(effect=Latency(ms=0)),), 200),
    "documented": (
        "a documented 503 instead of the answer",
        (Fault(effect=Documented("service-unavailable")),),
        UNAVAILABLE,
    ),
    "chance": (
        "a documented 503, with a chance of 1 in 10",
        (Fault(effect=Documented("service-unavailable"), chance=0.1),),
        0,
    ),
}


def costs(*, quick: bool) -> Iterator[Cost]:
    """Measure one call after the other."""
    turns = TURNS_QUICK if quick else TURNS
    yield from one_call(turns)
    if not quick:
        yield from under_faults(turns)
        yield from among_worlds(turns)


def one_call(turns: int) -> Iterator[Cost]:
    """Time a call beside the verification of its signature alone, which no exchange can do without."""
    question = signed_calls()
    count = len(question.targets)
    times = turn_about(
        {"call": all_handled(exchange_of(), requests_of(question)), "hmac": all_verified(question)}, turns
    )
    yield Cost("handle", "one call in the core (`Exchange.handle`)", min(times["call"]) / count)
    yield Cost("hmac", "the verification of its signature alone", min(times["hmac"]) / count)
    yield Cost(
        "handle/hmac", "one call in the core, in verifications of a signature", ratio_of(times, "call", "hmac"), "×"
    )


def all_verified(question: Question) -> Callable[[], object]:
    """Give what verifies the signatures of all calls, as quickly as Python can."""
    key = key_of(scenario()).secret.encode()
    signed = [target.partition("?")[2].rpartition("&signature=")[::2] for target in question.targets]
    pairs = [(payload.encode(), signature) for payload, signature in signed]

    def verified() -> None:
        for payload, signature in pairs:
            assert hmac.compare_digest(hmac.digest(key, payload, "sha256").hex(), signature)

    return verified


def under_faults(turns: int) -> Iterator[Cost]:
    """Time a call under each plan of faults."""
    requests = ordinary()
    handled = {}
    for name, (_, faults, status) in FAULTS.items():
        exchange = exchange_of(faults=faults)
        handled[name] = all_handled(exchange, requests, status or exchange.handle(requests[0]).status)
    times = turn_about(handled, turns)
    for name, (title, _, _) in FAULTS.items():
        yield Cost(f"faults.{name}", f"one call, {title}", min(times[name]) / len(requests))


def among_worlds(turns: int) -> Iterator[Cost]:
    """Time opening worlds, and a call to one of a thousand beside a call to the only one."""
    alone, crowded = exchange_of(), exchange_of()
    spec = crowded.world.scenario

    def opened() -> None:
        crowded.worlds.open(spec, CATALOGUE, 0, fresh_keys=True)

    opening_us = timed(opened, WORLDS)
    yield Cost("world.core", "a fresh world in the core, keys and all", opening_us)
    requests = of_all_worlds(crowded)
    cases = {"alone": all_handled(alone, ordinary()), "crowded": all_handled(crowded, requests)}
    times = turn_about(cases, turns)
    yield Cost("worlds.1", "one call, one world", min(times["alone"]) / len(ordinary()))
    yield Cost("worlds.1000", "one call, each to another of 1,000 worlds", min(times["crowded"]) / len(requests))
    yield Cost("worlds.1000/1", "1,000 worlds against one", ratio_of(times, "crowded", "alone"), "×")


def of_all_worlds(exchange: Exchange) -> list[Request]:
    """Make a call to each world but the default one."""
    worlds = list(exchange.worlds.by_name.values())[1:]
    return [requests_of(signed_calls(count=1, key=key_of(world.scenario)))[0] for world in worlds]
