"""What the interfaces count for the metrics."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter


class Requests:
    """Answers of the mirrored interface by operation and result code.

    Args:
        registry: Where they are exposed.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._answers = Counter(
            "simveil_api_requests_total",
            "Answers of the mirrored interface",
            ["operation", "code"],
            registry=registry,
        )

    def count(self, operation: str, code: str) -> None:
        """Count one answer."""
        self._answers.labels(operation, code).inc()
