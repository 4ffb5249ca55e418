"""Exchanges and requests to measure the core with, without any socket."""

from collections.abc import Callable, Iterable, Sequence
from time import perf_counter_ns
from typing import Any

from msgspec import structs

from mockex.core.exchange import Exchange
from mockex.core.faults import Fault
from mockex.core.scenario import Scenario
from mockex.core.wire import Request
from mockex.core.world import open_world
from mockex.endpoints import CATALOGUE
from tests.bench.workload import Question, scenario, signed_calls

HTTP_OK = 200


def exchange_of(spec: Scenario | None = None, faults: Iterable[Fault] = ()) -> Exchange:
    """Open an exchange of the benchmark's scenario, with the stopwatch that a server has."""
    spec = structs.replace(spec or scenario(), faults=tuple(faults))
    return Exchange(CATALOGUE, open_world("default", spec, CATALOGUE, 0), perf_counter_ns)


def requests_of(question: Question) -> list[Request]:
    """Make the calls what the core is handed."""
    (api_key,) = question.headers.values()
    written = zip(question.targets, question.requests(), strict=True)
    return [
        Request(
            method="GET",
            target=target,
            received_at_ms=0,
            api_key=api_key,
            lines=request.partition(b"\r\n")[2].removesuffix(b"\r\n"),
        )
        for target, request in written
    ]


def all_handled(exchange: Exchange, requests: Sequence[Request], status: int = HTTP_OK) -> Callable[[], Any]:
    """Give what hands all requests to the core; each kind of call is tried once, and must be answered so."""
    assert exchange.handle(requests[0]).status == status
    handle = exchange.handle

    def handled() -> None:
        for request in requests:
            handle(request)

    return handled


def ordinary() -> list[Request]:
    """Give the benchmark's own calls."""
    return requests_of(signed_calls())
