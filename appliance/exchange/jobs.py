"""What the delivery sends at a time, and how it is set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.exchange.notifier import fees
from appliance.model.records import UrlKind
from appliance.store.outbox import Push

FEES_PER_PUSH = 50
"""Call records in one push at most. behaviour §2"""
FEWER_FEES = 7
"""By how much fewer call records share a push after each failure: 50, 7, 1."""


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """How pushes are sent.

    Args:
        workers: Threads that send, 2-64.
        per_application: How many of them one application may keep busy, 1-``workers``; one URL of
            it all but one of these.
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
    def lane(self) -> tuple[int, UrlKind]:
        """The application and which of its URLs."""
        return self.pushes[0].app_id, self.pushes[0].url

    @property
    def retry(self) -> bool:
        """Whether it carries what failed before."""
        return self.pushes[0].failed

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

    Call records share requests; everything else has one of its own. Records that failed before
    share with their like alone, and with fewer each time, so that one which its receiver refuses or
    hangs on holds up no new one, and the others only until it stands alone.
    """
    jobs: list[Job] = []
    open_jobs: dict[int, list[Push]] = {}  # failed attempts -> records of a job that has room
    for push in pushes:
        if push.kind != "fee":
            jobs.append(Job((push,)))
            continue
        failures = push.attempts if push.failed else 0
        batch = open_jobs.setdefault(failures, [])
        batch.append(push)
        if len(batch) == max(1, FEES_PER_PUSH // FEWER_FEES**failures):
            jobs.append(Job(tuple(open_jobs.pop(failures))))
    jobs += [Job(tuple(batch)) for batch in open_jobs.values()]
    return sorted(jobs, key=lambda job: (job.pushes[0].due_at, job.pushes[0].push_id))
