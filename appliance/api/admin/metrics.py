"""Prometheus metrics of the box, collected when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from appliance.api.admin.context import RunsLines
from appliance.store import Store


class BoxCollector(Collector):
    """What store and exchange know at this moment."""

    def __init__(self, store: Store, exchange: RunsLines) -> None:
        self._store = store
        self._exchange = exchange

    def describe(self) -> Iterable[Metric]:
        """Return nothing: the families depend on what is plugged in."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every family."""
        yield from self._exchange.metrics()
        yield from _lines(self._exchange.lines())
        yield _by_label(
            "simveil_outbox_pushes", "Pushes not delivered", "state", self._store.outbox.depth()
        )
        yield _by_label("simveil_texts", "Texts by state", "state", self._store.messages.counts())
        bindings = GaugeMetricFamily("simveil_bindings", "Bindings in force")
        bindings.add_metric([], sum(self._store.numbers.bound().values()))
        yield bindings


def _by_label(name: str, words: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _lines(lines: Iterable[Any]) -> Iterator[Metric]:
    signal = GaugeMetricFamily("simveil_line_signal_dbm", "Signal", labels=["iccid"])
    queue = GaugeMetricFamily("simveil_line_queue", "Texts that wait", labels=["iccid"])
    for line in lines:
        name = [str(line.iccid or "")]
        if line.signal_dbm is not None:
            signal.add_metric(name, line.signal_dbm)
        queue.add_metric(name, line.queue)
    yield from (signal, queue)


def registry(store: Store, exchange: RunsLines) -> CollectorRegistry:
    """Return a registry of the box's own, with what is collected on demand."""
    made = CollectorRegistry()
    made.register(BoxCollector(store, exchange))
    return made
