"""Metrics of how a box is looked after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from appliance.operations.findings import Inspector
from appliance.store import Store
from appliance.store.identity import Identity


class CareCollector(Collector):
    """Findings, backup, certificate, disk and generation at this moment."""

    def __init__(self, store: Store, inspector: Inspector) -> None:
        self._store = store
        self._inspector = inspector

    def describe(self) -> Iterable[Metric]:
        """Return nothing: what there is depends on what is wrong."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every family."""
        findings = GaugeMetricFamily("simveil_findings", "What is wrong", labels=["code"])
        for code, count in Counter(one.code for one in self._inspector.findings()).items():
            findings.add_metric([code], count)
        yield findings
        age = self._inspector.backup_age()
        yield _one("simveil_backup_age_seconds", "Age of the last good nightly backup", age)
        ends = self._inspector.certificate_ends()
        yield _one(
            "simveil_certificate_end_timestamp_seconds",
            "When the certificate of the mirrored interface ends",
            None if ends is None else ends.timestamp(),
        )
        percent = self._inspector.disk_percent()
        yield _one("simveil_disk_used_percent", "How full the data disk is", percent)
        generation = Identity(self._store.reader).generation()
        yield _one("simveil_generation", "Restores of these data, and one", generation.number)


def _one(name: str, words: str, value: float | None) -> Metric:
    family = GaugeMetricFamily(name, words)
    if value is not None:
        family.add_metric([], value)
    return family
