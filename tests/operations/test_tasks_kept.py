"""Tasks that have ended go with the history; one that runs stays."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from appliance.errors import NotFound
from appliance.store import Store
from appliance.store.rows import select_value
from appliance.store.tasks import Tasks
from drivers.clock import ManualClock

X = "+8617000000001"


def test_a_task_is_kept_for_a_while_after_its_end(tmp_path: Path) -> None:
    clock = ManualClock()
    store = Store(tmp_path / "box.db", clock=clock)
    store.start()
    try:
        tasks, now = Tasks(store.reader), clock.now()
        old = store.write(lambda db: tasks.add(db, "release", [X, "hello"], {}, now)).task_id
        late = store.write(lambda db: tasks.add(db, "release", [X], {}, now)).task_id
        open_ = store.write(lambda db: tasks.add(db, "release", [X], {}, now)).task_id

        def settle(task: int, position: int, days: int) -> None:
            at = now + timedelta(days=days)
            store.write(lambda db: tasks.settle(db, task, position, at, note="done"))

        settle(old, 1, 1)
        settle(old, 2, 2)
        settle(late, 1, 4)
        before = now + timedelta(days=3)
        assert store.write(lambda db: tasks.forget(db, before)) == 1
        assert [task.task_id for task in tasks.recent(9)] == [open_, late]
        assert select_value(store.reader(), "SELECT count(*) FROM task_items") == 2
        with pytest.raises(NotFound):
            tasks.items(old)
    finally:
        store.stop(5)
