"""The job thread goes on after a restart, and tidies by the hour."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from appliance.model.allowances import ALLOWANCE_MINUTES
from appliance.model.bindings import AxbTerms
from appliance.model.records import CallRecord, Mode, Role
from appliance.operations.jobs import HISTORY_KEPT, TIDY_EVERY, Jobs
from appliance.store import Store
from appliance.store.ledger import Ledger
from drivers.clock import ManualClock

X, A, B = "+8617000000001", "+8613912340001", "+8613912340002"


def until(seen: Any) -> None:
    end = monotonic() + 30
    while not seen():
        assert monotonic() < end


def test_what_a_stop_left_is_done_after_the_next_start(tmp_path: Path) -> None:
    store = Store(tmp_path / "box.db", clock=ManualClock())
    store.start()
    try:
        idle = Jobs(store, ManualClock())
        task = idle.submit("release", [X], {})
        assert idle.tasks.get(task.task_id).state == "running"

        jobs = Jobs(store, ManualClock())
        jobs.start()
        until(lambda: jobs.tasks.get(task.task_id).state == "failed")
        assert "is not enrolled" in str(jobs.tasks.items(task.task_id)[0].reason)
        assert jobs.stop(10)
    finally:
        store.stop(5)


def test_old_history_goes_and_a_nearly_used_allowance_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ManualClock()
    store = Store(tmp_path / "box.db", clock=clock)
    store.start()
    jobs = Jobs(store, clock)
    caplog.set_level(logging.WARNING, "appliance.operations.usage")
    now = clock.now()

    def furnish(db: Any) -> None:
        app = store.applications.add(db, "shop", Mode.AXB)
        number = store.numbers.enrol(db, X, iccid="8986", role=Role.NUMBER, app_id=app.app_id)
        store.numbers.update(db, number.number_id, settings={ALLOWANCE_MINUTES: 10})
        store.bindings.bind_axb(db, app, AxbTerms(a=A, b=B, x=X), now)
        record = CallRecord(
            session_id="s", icid="i", app_id=app.app_id, mode=Mode.AXB, bind_number=X, dialled=X,
            shown=X, call_in_at=now, answered_at=now, ended_at=now + timedelta(minutes=9),
        )  # fmt: skip
        store.calls.open(db, record)

    def said() -> list[str]:
        return [entry.getMessage() for entry in caplog.records if entry.name.endswith("usage")]

    store.write(furnish)
    try:
        jobs.start()
        until(said)
        assert said() == ["SIM of +861*****0001: 90 % of the month's allowance is used."]
        assert len(Ledger(store.reader).bindings(10)) == 1
        clock.advance(TIDY_EVERY)
        clock.advance(HISTORY_KEPT.total_seconds())
        until(lambda: Ledger(store.reader).bindings(10) == [])
        assert jobs.stop(10)
        assert len(said()) == 1  # a new month has begun since
    finally:
        jobs.stop(10)
        store.stop(5)
