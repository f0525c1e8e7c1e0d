"""What the delivery sends at a time, and how it is set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.exchange.notifier import fees
from appliance.store.outbox import Push

FEES_PER_PUSH = 50
"""Call records in one push at most. behaviour §2"""


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """How pushes are sent.

    Args:
        workers: Threads that send, 2-64.
        per_application: How many of them one application may keep busy, 1-``workers``.
        reply_timeout: Seconds for a whole attempt. [unknown] behaviour §0: not published.
        retry_minutes: Times of the re-pushes. behaviour §0: +1, +4, +9, +106, +203, +300.
            [inferred] They count from the first attempt: the last four lie 97 minutes apart.
            Texts and number states use the same times. [unknown]
        verify: Check certificates of https targets, with ``ca_file`` (PEM) or the system's
            authorities.
        keep_delivered_days: How long delivered rows are kept for the record.
    """

    workers: int = 12
    per_application: int = 4
    reply_timeout: float = 5.0
    retry_minutes: tuple[float, ...] = (1, 4, 9, 106, 203, 300)
    verify: bool = True
    ca_file: Path | None = None
    keep_delivered_days: float = 31


@dataclass(frozen=True, slots=True)
class Job:
    """One request: one push, or up to 50 call records of one application."""

    pushes: tuple[Push, ...]

    @property
    def app_id(self) -> int:
        """Whose it is."""
        return self.pushes[0].app_id

    @property
    def push_ids(self) -> list[int]:
        """The rows that it settles."""
        return [push.push_id for push in self.pushes]

    def body(self) -> dict[str, Any]:
        """Return the JSON body."""
        if self.pushes[0].kind == "fee":
            return fees(push.body for push in self.pushes)
        return self.pushes[0].body


def jobs_of(pushes: list[Push]) -> list[Job]:
    """Return the requests that carry these rows of one application, in their order.

    Call records share requests; everything else has one of its own.
    """
    records = [push for push in pushes if push.kind == "fee"]
    batches = iter(range(0, len(records), FEES_PER_PUSH))
    jobs: list[Job] = []
    for push in pushes:
        if push.kind != "fee":
            jobs.append(Job((push,)))
        elif push in records[::FEES_PER_PUSH]:
            start = next(batches)
            jobs.append(Job(tuple(records[start : start + FEES_PER_PUSH])))
    return jobs
