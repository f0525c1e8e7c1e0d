"""Tells applications when a private number of theirs can't be used, and when it can again.

Only states that this watch has set itself are changed by it: one that an operator set stays.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from appliance.exchange.notifier import number_status
from appliance.exchange.registry import LineState, LineStatus
from appliance.model.availability import (
    DELETED,
    GONE,
    NORMAL,
    UNAVAILABLE,
    Condition,
    Patience,
    Verdict,
    Watch,
)
from appliance.model.numbers import mask
from appliance.model.records import Application, Number, Role, UrlKind
from appliance.store import Store
from drivers.clock import Clock, Timer

_log = logging.getLogger(__name__)

SEEN = "seen"
"""Setting of a number whose SIM was in a line of the box at least once."""
SET_BY = "status_by"
"""Setting of a number: whose its state is; ``line`` for this watch."""
BY_LINE = "line"
TELLS_STATUS = "push_number_status"
"""Switch of an application: states go to its call status URL when it has no number URL."""
PER_PUSH = 100
"""Numbers in one push at most. behaviour §4"""

_BROKEN_SIMS = frozenset({LineState.SIM})


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """How numbers are watched.

    Args:
        every: Seconds between two looks.
        patience: How long a state has to last.
    """

    every: float = 5.0
    patience: Patience = field(default_factory=Patience)


class NumberWatch:
    """Looks at the lines every few seconds.

    Args:
        lines: Returns every line as it is now.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: WatchSettings,
        lines: Callable[[], list[LineStatus]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._lines = lines
        self._watch = Watch(settings.patience)
        self._timer: Timer | None = None
        self._ending = False

    def start(self) -> None:
        """Begin to look."""
        self._ending = False
        self._timer = self._clock.after(self._settings.every, self._look)

    def stop(self) -> None:
        """Look no more."""
        self._ending = True
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        """Have the writer compare what the lines show with what it holds. On the timer thread."""
        if self._ending:
            return
        self._timer = self._clock.after(self._settings.every, self._look)
        shown = {line.msisdn: condition_of(line) for line in self._lines() if line.msisdn}
        now, monotonic = self._clock.now(), self._clock.monotonic()

        def work(db: Database) -> None:
            self._compare(db, shown, now, monotonic)

        self._store.post(work, _done)

    def _compare(
        self, db: Database, shown: dict[str, Condition], now: datetime, monotonic: float
    ) -> None:
        numbers = {
            number.msisdn: number
            for number in self._store.numbers.all(db)
            if number.role is Role.NUMBER
        }
        for msisdn in shown.keys() & numbers.keys():
            if SEEN not in numbers[msisdn].settings:
                numbers[msisdn] = self._store.numbers.update(
                    db, numbers[msisdn].number_id, settings={SEEN: True}
                )
        # What was never plugged in cannot have been lost: its enrolment came before its SIM.
        conditions = {
            msisdn: shown.get(msisdn, GONE)
            for msisdn, number in numbers.items()
            if SEEN in number.settings
        }
        changed = [
            self._change(db, numbers[msisdn], verdict)
            for msisdn, verdict in self._watch.look(conditions, monotonic).items()
            if _differs(numbers[msisdn], verdict)
        ]
        tell_statuses(self._store, db, changed, now)

    def _change(self, db: Database, number: Number, verdict: Verdict) -> Number:
        _log.warning(
            "number %s: state %d, cause %s", mask(number.msisdn), verdict.status, verdict.cause
        )
        by = None if verdict.status == NORMAL else BY_LINE
        return self._store.numbers.update(
            db,
            number.number_id,
            status=verdict.status,
            cause=verdict.cause,
            settings={SET_BY: by},
        )


def condition_of(line: LineStatus) -> Condition:
    """Return what a line shows of itself."""
    return Condition(
        in_service=line.state is LineState.READY,
        sim_fails=line.state in _BROKEN_SIMS,
        barred=line.denied,
        forwarding=line.forwarding,
    )


def tell_statuses(store: Store, db: Database, numbers: Sequence[Number], now: datetime) -> None:
    """Enter the pushes about these numbers, each as it is now. In a writer transaction."""
    by_application: dict[int, list[Number]] = defaultdict(list)
    for number in numbers:
        if number.app_id is not None:
            by_application[number.app_id].append(number)
    for app_id, changed in by_application.items():
        application = store.applications.by_id(app_id, db)
        url = None if application is None else status_url(application)
        if url is None:
            continue
        for some in _at_most(changed, PER_PUSH):
            body = number_status((each.msisdn, each.status, each.cause) for each in some)
            store.outbox.enqueue(
                db,
                app_id=app_id,
                url=url,
                kind="numStatus",
                order_key=f"numbers-{app_id}",
                body=body,
                now=now,
            )


def tell_deleted(store: Store, db: Database, number: Number, now: datetime) -> None:
    """Enter the push about a number that was taken away. In a writer transaction."""
    gone = replace(number, status=UNAVAILABLE, cause=DELETED)
    tell_statuses(store, db, [gone], now)


def status_url(application: Application) -> UrlKind | None:
    """Return where states are told: the number URL, else with its switch the status URL. §4"""
    if UrlKind.NUMBER in application.urls:
        return UrlKind.NUMBER
    switched = application.settings.get(TELLS_STATUS) is True
    return UrlKind.STATUS if switched and UrlKind.STATUS in application.urls else None


def _differs(number: Number, verdict: Verdict) -> bool:
    """Return whether the number's state has to be changed, which only its setter may."""
    if (number.status, number.cause) == (verdict.status, verdict.cause):
        return False
    return number.status == NORMAL or number.settings.get(SET_BY) == BY_LINE


def _at_most(numbers: Sequence[Number], most: int) -> Iterable[Sequence[Number]]:
    for start in range(0, len(numbers), most):
        yield numbers[start : start + most]


def _done(_: Any, error: BaseException | None) -> None:
    if error is not None:
        _log.error("the numbers' states were not compared: %s", error)
