"""Which request may have a worker now, so that nobody waits for what hangs or fails.

A lane is one application's one URL. An application has at most ``per_application`` workers and one
lane of it all of them but one, so that an address that hangs leaves the others theirs. A lane that
failed or was slow last time is troubled: it has fewer, an application's troubled lanes share them,
and all troubled lanes together have one half of the pool. Of a lane's workers one half at most
sends again what failed before; the rest is for what is new.
"""

from __future__ import annotations

from collections import Counter

from appliance.exchange.jobs import DeliverySettings, Job
from appliance.model.records import UrlKind

TROUBLED_WORKERS = 2
"""Workers for the lanes of one application that failed or were slow last time."""

Lane = tuple[int, UrlKind]


class Lanes:
    """Who is being served. No locks: its owner has one."""

    def __init__(self, settings: DeliverySettings) -> None:
        self._workers = settings.workers
        self._per_application = settings.per_application
        self._share = max(1, settings.per_application - 1)
        self._busy: Counter[Lane] = Counter()
        self._retries: Counter[Lane] = Counter()
        self._troubled: set[Lane] = set()

    def busy(self) -> int:
        """Return how many workers are taken."""
        return self._busy.total()

    def has_room(self, lane: Lane, *, retry: bool) -> bool:
        """Whether one more request of ``lane`` may begin.

        Args:
            retry: It carries what failed before.
        """
        own = self._of(lane[0])
        if self.busy() >= self._workers or own.total() >= self._per_application:
            return False
        most = self._share
        if lane in self._troubled:
            most = min(most, TROUBLED_WORKERS)
            if sum(own[each] for each in self._troubled if each[0] == lane[0]) >= most:
                return False
            half = max(1, self._workers // 2)
            if sum(self._busy[each] for each in self._troubled) >= half:
                return False
        if self._busy[lane] >= most:
            return False
        return not retry or self._retries[lane] < max(1, most // 2)

    def take(self, job: Job) -> None:
        """Give a worker to ``job``."""
        self._busy[job.lane] += 1
        self._retries[job.lane] += job.retry

    def give_back(self, job: Job) -> None:
        """Take the worker back."""
        for counter, freed in ((self._busy, 1), (self._retries, int(job.retry))):
            counter[job.lane] -= freed
            if not counter[job.lane]:
                del counter[job.lane]

    def judge(self, lane: Lane, *, troubled: bool) -> None:
        """Record how the last request of ``lane`` went."""
        (self._troubled.add if troubled else self._troubled.discard)(lane)

    def _of(self, app_id: int) -> Counter[Lane]:
        return Counter({lane: busy for lane, busy in self._busy.items() if lane[0] == app_id})
