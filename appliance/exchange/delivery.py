"""Delivers the outbox: a scheduler that sees what is due, and workers that send it.

Rows are read from the database each time, never kept; what is in memory is only what is on its way.
A row is marked after the answer, and is on its way until that mark is on the disk. So a crash can
repeat a push whose answer was lost with it, and nothing else can.

Nobody waits for a stranger, nor for what fails: see ``lanes.py``.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlite_utils import Database

from appliance.exchange.jobs import FEES_PER_PUSH, DeliverySettings, Job, jobs_of
from appliance.exchange.lanes import Lanes
from appliance.exchange.posting import Post, PostFailed, Reply, tls_context
from appliance.exchange.signing import push_headers
from appliance.exchange.witness import Told, Witness
from appliance.model.records import Application, UrlKind
from appliance.store.outbox import Outbox
from drivers.clock import Clock, Timer

_log = logging.getLogger(__name__)

SLOW_SECONDS = 1.0
"""A URL whose answers take longer is served by the half of the pool that may be slow."""
NEW_FOR = timedelta(minutes=5)
"""How long a row that has not failed goes past older ones that have."""
LOOK_AGAIN_SECONDS = 5.0
"""How soon rows that are due but must still wait for another row are looked at again."""
LOOK_ANYWAY_SECONDS = 60.0
"""… and everything else: the clock may be set while a row waits for its time."""
PLANNING_TIME = timedelta(seconds=0.5)
"""Longer than it takes to plan."""
SAVE_AGAIN_SECONDS = 1.0
"""How soon an outcome that the store refused is offered to it again."""
FORGET_EVERY = 3600.0
STOP_MARGIN = 0.5
"""Seconds of a stop's timeout that are kept for the outcomes of attempts that had to be cut."""


class _Applications(Protocol):
    def by_id(self, app_id: int) -> Application | None: ...


class DeliveryStore(Protocol):
    """What the delivery needs of the store."""

    @property
    def applications(self) -> _Applications:
        """The applications' repository."""

    @property
    def outbox(self) -> Outbox:
        """The outbox."""

    def post(
        self,
        work: Callable[[Database], Any],
        done: Callable[[Any, BaseException | None], None] | None = None,
    ) -> None:
        """Write without waiting; ``done`` is called after the commit and must only enqueue."""


class Delivery:
    """The threads ``notify-0`` (scheduler) and ``notify-1`` … ``notify-<workers>``."""

    def __init__(
        self,
        store: DeliveryStore,
        clock: Clock,
        settings: DeliverySettings,
        witness: Witness | None = None,
    ) -> None:
        self._witness = witness or Witness()
        self._store = store
        self._clock = clock
        self._settings = settings
        self._schedule = tuple(timedelta(minutes=each) for each in settings.retry_minutes)
        self._tls = tls_context(settings.verify, settings.ca_file)
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._changed = threading.Condition(threading.Lock())
        # Under _changed:
        self._looking = False
        self._ending = False
        self._commit_awaited = False
        self._on_their_way: dict[int, int] = {}  # push id -> application id
        self._lanes = Lanes(settings)
        self._posts: set[Post] = set()
        self._counts: Counter[str] = Counter()
        self._timer: Timer | None = None
        self._forget_timer: Timer | None = None
        self._turn = 0

    def start(self) -> None:
        """Start the threads; what is due from before leaves at once."""
        self._threads = [
            threading.Thread(
                target=self._supervise, args=(work,), name=f"notify-{number}", daemon=True
            )
            for number, work in enumerate([self._plan, *[self._send] * self._settings.workers])
        ]
        self._looking = True
        self._store.outbox.listen(self._enqueued)
        for thread in self._threads:
            thread.start()
        self._forget()

    def stop(self, timeout: float) -> bool:
        """Begin nothing new, let attempts end within ``timeout`` seconds, and cut the others.

        A push that was cut stays due: it is sent again after the next start. Return False when a
        thread did not end in time. The store must still be running.
        """
        until = time.monotonic() + timeout
        self._store.outbox.listen(None)
        with self._changed:
            self._ending = True
            self._changed.notify_all()
            for timer in (self._timer, self._forget_timer):
                if timer is not None:
                    timer.cancel()
        for _ in self._threads:
            self._jobs.put(None)
        self._wait_until(lambda: not self._posts, until - STOP_MARGIN)
        with self._changed:
            cut = list(self._posts)
        for post in cut:
            post.abort("the box stops")
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        self._wait_until(lambda: not self._on_their_way, until)
        return not any(thread.is_alive() for thread in self._threads)

    def counters(self) -> dict[str, int]:
        """Return what is ``busy`` now, and totals since the start.

        They are ``attempts`` (requests), ``delivered``, ``failed`` and ``parked`` (pushes), and
        ``deaths`` (failures of a thread of this delivery, which began again).
        """
        with self._changed:
            return {
                **{name: self._counts[name] for name in _COUNTED},
                "busy": self._lanes.busy(),
            }

    def look(self) -> None:
        """Have the outbox looked at now; any thread."""
        with self._changed:
            self._looking = True
            self._changed.notify_all()

    def _enqueued(self) -> None:
        """On the writer thread, before the commit: look once that commit is done."""
        with self._changed:
            if self._commit_awaited:
                return
            self._commit_awaited = True
        self._store.post(lambda _db: None, self._committed)

    def _committed(self, _value: object, _error: BaseException | None) -> None:
        with self._changed:
            self._commit_awaited = False
        self.look()

    # --- the scheduler --------------------------------------------------------------------------

    def _supervise(self, work: Callable[[], None]) -> None:
        """Run ``work`` until it returns; a failure of it is logged and it begins again."""
        while True:
            try:
                work()
            except Exception:  # noqa: BLE001 - pushes go on whatever one of them did
                _log.exception("%s failed and begins again", threading.current_thread().name)
                with self._changed:
                    self._counts["deaths"] += 1
                    if self._changed.wait_for(lambda: self._ending, SAVE_AGAIN_SECONDS):
                        return
                    self._looking = True
            else:
                return

    def _plan(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._looking or self._ending, LOOK_AGAIN_SECONDS)
                if self._ending:
                    return
                if not self._looking:
                    continue
                self._looking = False
            self._dispatch()

    def _dispatch(self) -> None:
        """Hand out what is due, one job for each application in turn while workers are free."""
        now = self._clock.now()
        waiting = self._store.outbox.applications_due(now)
        self._turn += 1
        pivot = self._turn % len(waiting) if waiting else 0
        offers = {app_id: self._due_jobs(app_id) for app_id in waiting[pivot:] + waiting[:pivot]}
        while any(offers.values()):
            for jobs in offers.values():
                chosen = next((job for job in jobs if self._hand_out(job)), None)
                if chosen is None:
                    jobs.clear()
                else:
                    jobs.remove(chosen)
        self._come_back(now, waiting=bool(waiting))

    def _come_back(self, now: datetime, *, waiting: bool) -> None:
        """Look again when the next row falls due, sooner while due rows wait for others."""
        following = self._store.outbox.next_due(now)
        seconds = (following - now).total_seconds() if following else None
        if seconds is not None:
            seconds = min(seconds, LOOK_ANYWAY_SECONDS)
        if waiting:
            seconds = min(seconds or LOOK_AGAIN_SECONDS, LOOK_AGAIN_SECONDS)
        with self._changed:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None
            if seconds is not None and not self._ending:
                self._timer = self._clock.after(seconds, self.look)
            if self._clock.now() - now > PLANNING_TIME:
                self._looking = True  # the clock was set meanwhile: the timer was reckoned wrongly

    def _due_jobs(self, app_id: int) -> list[Job]:
        with self._changed:
            open_urls = [url for url in UrlKind if self._lanes.has_room((app_id, url), retry=False)]
            skip = [push for push, owner in self._on_their_way.items() if owner == app_id]
        now, most = self._clock.now(), self._settings.per_application
        pushes = []
        for url in open_urls:
            limit = most * FEES_PER_PUSH if url is UrlKind.CDR else most
            found = self._store.outbox.due(now, limit, app_id=app_id, url=url, skip=skip)
            if len(found) == limit and any(push.failed for push in found):
                new = self._store.outbox.due(
                    now, limit, app_id=app_id, url=url, skip=skip, new_since=now - NEW_FOR
                )
                known = {push.push_id for push in found}
                found += [push for push in new if push.push_id not in known]
            pushes += found
        return jobs_of(sorted(pushes, key=lambda push: (push.due_at, push.push_id)))

    def _hand_out(self, job: Job) -> bool:
        """Give ``job`` to a worker, if one may have it."""
        with self._changed:
            if not self._lanes.has_room(job.lane, retry=job.retry):
                return False
            self._lanes.take(job)
            for push_id in job.push_ids:
                self._on_their_way[push_id] = job.app_id
        self._jobs.put(job)
        return True

    # --- the workers ----------------------------------------------------------------------------

    def _send(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self._attempt(job)
            except Exception:  # noqa: BLE001 - a push that cannot be made must not hold others up
                _log.exception("application %d: a push could not be made", job.app_id)
                self._failed(job, "the box could not make the request", None)
            finally:
                with self._changed:
                    self._lanes.give_back(job)
                    self._looking = True
                    self._changed.notify_all()

    def _attempt(self, job: Job) -> None:
        with self._changed:
            if self._ending:
                self._forget_job(job)
                return
        application = self._store.applications.by_id(job.app_id)
        url = application.urls.get(job.pushes[0].url) if application else None
        if application is None or url is None:
            self._failed(job, "the application has no such URL any more", None, final=True)
            return
        began, at = self._clock.monotonic(), self._clock.now()
        post = self._prepare(application, url, job)
        reply: Reply | None = None
        error = ""
        try:
            with self._changed:
                self._posts.add(post)
                self._counts["attempts"] += 1
            reply = post.run()
        except PostFailed as failure:
            error = str(failure)
        finally:
            with self._changed:
                self._posts.discard(post)
                self._changed.notify_all()
        took, status = self._clock.monotonic() - began, reply.status if reply else None
        told = None
        if self._witness.watched:
            told = _told(job, at, post, reply, error, took)
        self._judge(job, status, error, troubled=took > SLOW_SECONDS or status != 200, told=told)

    def _prepare(self, application: Application, url: str, job: Job) -> Post:
        headers = {
            "Content-Type": "application/json;charset=UTF-8",
            **push_headers(
                application.sign, application.key, application.secret, self._clock.now()
            ),
        }
        body = json.dumps(job.body(), ensure_ascii=False).encode("utf-8", "replace")
        return Post(
            url,
            body,
            headers,
            clock=self._clock,
            timeout=self._settings.reply_timeout,
            tls=self._tls,
        )

    def _judge(
        self, job: Job, status: int | None, error: str, *, troubled: bool, told: Told | None
    ) -> None:
        with self._changed:
            self._lanes.judge(job.lane, troubled=troubled)
            if status is None and self._ending:
                # Cut by the stop: no fault of the application, and no attempt of its schedule.
                self._forget_job(job)
                return
        if status == 200:
            self._save(job, lambda db: self._delivered(db, job), told)
        else:
            self._failed(job, error or f"the answer was HTTP {status}", status, told=told)

    def _delivered(self, db: Database, job: Job) -> Counter[str]:
        self._store.outbox.mark_delivered(db, job.push_ids, self._clock.now())
        return Counter(delivered=len(job.pushes))

    def _failed(
        self,
        job: Job,
        error: str,
        status: int | None,
        *,
        final: bool = False,
        told: Told | None = None,
    ) -> None:
        schedule = () if final else self._schedule

        def mark(db: Database) -> Counter[str]:
            parked = self._store.outbox.mark_failed(
                db,
                job.push_ids,
                self._clock.now(),
                schedule=schedule,
                error=error,
                http_status=status,
            )
            return Counter(failed=len(job.pushes), parked=parked)

        _log.warning("application %d: push of %s failed: %s", job.app_id, job.pushes[0].kind, error)
        self._save(job, mark, told)

    def _save(
        self, job: Job, mark: Callable[[Database], Counter[str]], told: Told | None = None
    ) -> None:
        """Have the outcome written; until it is on the disk the rows count as on their way."""

        def done(counted: Counter[str] | None, error: BaseException | None) -> None:
            if error is not None:
                _log.error("an outcome of a push was not saved: %s", error)
                if not self._ending:
                    self._clock.after(SAVE_AGAIN_SECONDS, lambda: self._save(job, mark, told))
                    return
            elif told is not None:
                self._witness.note(told)
            with self._changed:
                self._counts.update(counted or {})
                self._forget_job(job)

        self._store.post(mark, done)

    def _forget_job(self, job: Job) -> None:
        """Under the lock: the rows are no longer on their way."""
        for push_id in job.push_ids:
            self._on_their_way.pop(push_id, None)
        self._looking = True
        self._changed.notify_all()

    # --- housekeeping ---------------------------------------------------------------------------

    def _forget(self) -> None:
        """Delete delivered rows that are old, and come back in an hour."""
        before = self._clock.now() - timedelta(days=self._settings.keep_delivered_days)
        self._store.post(lambda db: self._store.outbox.forget_delivered(db, before))
        with self._changed:
            if not self._ending:
                self._forget_timer = self._clock.after(FORGET_EVERY, self._forget)

    def _wait_until(self, settled: Callable[[], bool], until: float) -> None:
        with self._changed:
            self._changed.wait_for(settled, max(0.0, until - time.monotonic()))


def _told(
    job: Job, at: datetime, post: Post, reply: Reply | None, error: str, seconds: float
) -> Told:
    """Return what a watcher is shown of an attempt."""
    return Told(
        at=at,
        app_id=job.app_id,
        url=job.pushes[0].url.value,
        target=post.url,
        kind=job.pushes[0].kind,
        push_ids=tuple(job.push_ids),
        headers=post.headers,
        body=post.body.decode(),
        status=reply.status if reply else None,
        reply=reply.body.decode(errors="replace") if reply else "",
        error=error or None,
        seconds=seconds,
    )


_COUNTED = ("attempts", "delivered", "failed", "parked", "deaths")
