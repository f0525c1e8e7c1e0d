"""Prometheus metrics of the box, collected when they are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from appliance.api.admin.context import RunsLines
from appliance.model.subscription import RADIO_NAMES
from appliance.operations.pool import pool
from appliance.operations.usage import usage
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
        yield from _upkeep(self._store, self._exchange)
        yield _by_label("simveil_texts", "Texts by state", "state", self._store.messages.counts())
        bindings = GaugeMetricFamily("simveil_bindings", "Bindings in force")
        bindings.add_metric([], self._store.bindings.living(self._exchange.desk.now()))
        yield bindings


def _by_label(name: str, words: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _lines(lines: Iterable[Any]) -> Iterator[Metric]:
    signal = GaugeMetricFamily("simveil_line_signal_dbm", "Signal", labels=["iccid"])
    queue = GaugeMetricFamily("simveil_line_queue", "Texts that wait", labels=["iccid"])
    shown = GaugeMetricFamily(
        "simveil_line_condition", "What a line shows", labels=["iccid", "condition"]
    )
    recent = GaugeMetricFamily(
        "simveil_line_recovery_steps",
        "Of the last twenty steps of a line's recovery",
        labels=["iccid", "step", "outcome"],
    )
    for line in lines:
        name = [str(line.iccid or "")]
        if line.signal_dbm is not None:
            signal.add_metric(name, line.signal_dbm)
        queue.add_metric(name, line.queue)
        for found in getattr(line, "conditions", ()):
            shown.add_metric([*name, found.name], 1)
        counted = Counter((s.rung.value, s.outcome.value) for s in getattr(line, "steps", ()))
        for (rung, outcome), count in counted.items():
            recent.add_metric([*name, rung, outcome], count)
    yield from (signal, queue, shown, recent)


def _upkeep(store: Store, exchange: RunsLines) -> Iterator[Metric]:
    """What idle lines were found to be: radio, findings, credit, the pool of second lines."""
    label = ["iccid"]
    families = {
        "status": GaugeMetricFamily(
            "simveil_line_registration", "<stat> of registration (TS 27.007 §7.2)", labels=label
        ),
        "rsrp": GaugeMetricFamily("simveil_line_rsrp_dbm", "RSRP on LTE", labels=label),
    }
    warmth = GaugeMetricFamily("simveil_line_celsius", "Temperature of the module", labels=label)
    attached = GaugeMetricFamily(
        "simveil_line_attached",
        "Radio access, cell and operator of a line; always 1",
        labels=["iccid", "rat", "area", "cell", "operator"],
    )
    lines = exchange.lines()
    for line in lines:
        if line.iccid and line.celsius is not None:
            warmth.add_metric([line.iccid], line.celsius)
    operators = {line.iccid: line.operator for line in lines}
    for iccid, radio in exchange.desk.radio().items():
        for name, family in families.items():
            value = getattr(radio, name)
            if value is not None:
                family.add_metric([iccid], value)
        rat = "" if radio.act is None else RADIO_NAMES.get(radio.act, str(radio.act))
        names = [iccid, rat, radio.area or "", radio.cell or "", operators.get(iccid) or ""]
        attached.add_metric(names, 1)
    yield from (*families.values(), warmth, attached)
    found = GaugeMetricFamily(
        "simveil_line_findings",
        "What is wrong with a SIM, by the code of its sentence; always 1",
        labels=["iccid", "subject", "code"],
    )
    for each in exchange.desk.findings.every():
        found.add_metric([each.iccid, each.subject, each.code], 1)
    yield found
    credit = GaugeMetricFamily(
        "simveil_sim_credit", "Credit as last told, in the currency's unit", labels=label
    )
    for balance in exchange.desk.balances():
        if balance.amount is not None:
            credit.add_metric([balance.iccid], balance.amount / 100)
    yield credit
    yield from _pool(store, exchange)
    yield from _allowances(store, exchange.desk.now(), exchange.desk.zone)
    yield _by_label(
        "simveil_inbox_unread", "Texts nobody has read", "line", store.messages.unread()
    )


def _pool(store: Store, exchange: RunsLines) -> Iterator[Metric]:
    last = pool(store, exchange.desk.now(), 2)[0]  # the last whole hour
    for name, words, value in (
        ("erlang", "Traffic of second lines in the last whole hour", last.erlang),
        ("blocked", "Calls of that hour that found every second line busy", last.blocked),
        ("none", "Calls of that hour for which there was no second line", last.none),
    ):
        family = GaugeMetricFamily(f"simveil_second_lines_{name}", words)
        family.add_metric([], value)
        yield family
    trunks = GaugeMetricFamily("simveil_trunks_ready", "Trunks that can be lent")
    ready = [line for line in exchange.lines() if line.role == "trunk" and line.state == "ready"]
    trunks.add_metric([], len(ready))
    yield trunks


def _allowances(store: Store, now: datetime, zone: tzinfo) -> Iterator[Metric]:
    """What SIMs have used of what their plans hold."""
    used = GaugeMetricFamily(
        "simveil_sim_used",
        "Used since the month of its plan began",
        labels=["iccid", "of"],
    )
    share = GaugeMetricFamily(
        "simveil_sim_allowance_percent", "Largest share of its allowance", labels=["iccid"]
    )
    for use in usage(store, store.numbers.all(), now, zone):
        iccid = use.number.iccid
        used.add_metric([iccid, "minutes"], use.used.minutes)
        used.add_metric([iccid, "parts"], use.used.parts)
        if use.percent is not None:
            share.add_metric([iccid], use.percent)
    yield from (used, share)


def registry(store: Store, exchange: RunsLines) -> CollectorRegistry:
    """Return a registry of the box's own, with what is collected on demand."""
    made = CollectorRegistry()
    made.register(BoxCollector(store, exchange))
    return made
