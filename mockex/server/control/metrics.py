"""Prometheus metrics: calls by verdict, for each world; the client library is loaded when they are first asked for."""

from collections.abc import Iterator
from typing import Any

from mockex.core.exchange import Exchange

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(exchange: Exchange) -> bytes:
    """Write the metrics as Prometheus reads them."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry()
    registry.register(_Collector(exchange))
    text: bytes = generate_latest(registry)
    return text


class _Collector:
    """Reads the counters of the worlds when it is asked."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def collect(self) -> Iterator[Any]:
        """Give the metric families."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        calls = CounterMetricFamily(
            "mockex_calls",
            "Calls by world, gateway, endpoint and verdict.",
            labels=["world", "gateway", "endpoint", "verdict"],
        )
        worlds = self.exchange.worlds.by_name
        for world in worlds.values():
            for (gateway, endpoint, verdict), count in world.verdicts.items():
                calls.add_metric([world.name, gateway, endpoint or "", verdict or "admitted"], count)
        yield calls
        yield GaugeMetricFamily("mockex_worlds", "Worlds that are open.", value=len(worlds))
