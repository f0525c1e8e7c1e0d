"""Tasks on disk: a batch over many numbers, an item for each, settled one by one."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlite_utils import Database

from appliance.errors import BadInput, NotFound
from appliance.store.rows import (
    Row,
    json_text,
    select,
    select_one,
    select_value,
    text_time,
    time_text,
)

TaskKind = Literal["transfer", "release", "sms"]
TaskState = Literal["running", "done", "partly", "failed"]
ItemState = Literal["waiting", "done", "failed"]

MOST_ITEMS = 5_000
"""Numbers in one task; the cloud's console takes as many in one list. behaviour §8"""


@dataclass(frozen=True, slots=True)
class Task:
    """A batch.

    Args:
        arguments: What its kind needs beside the numbers, such as the application that gets them.
        total: Items; ``done`` and ``failed`` of them are settled.
    """

    task_id: int
    kind: TaskKind
    arguments: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None
    total: int
    done: int
    failed: int

    @property
    def state(self) -> TaskState:
        """``running`` until every item is settled; then whether all, some or none were done."""
        if self.finished_at is None:
            return "running"
        if not self.failed:
            return "done"
        return "partly" if self.done else "failed"


@dataclass(frozen=True, slots=True)
class Item:
    """One number of a task; ``reason`` says why it failed, ``note`` what was done."""

    position: int
    subject: str
    state: ItemState
    reason: str | None
    note: str | None
    attempts: int
    settled_at: datetime | None


_TASK = """
    SELECT t.*, count(i.position) AS total, ifnull(sum(i.state = 'done'), 0) AS done,
        ifnull(sum(i.state = 'failed'), 0) AS failed
    FROM tasks AS t LEFT JOIN task_items AS i ON i.task_id = t.id
"""


class Tasks:
    """Repository of tasks. Methods taking ``db`` first run inside a writer transaction.

    Args:
        reader: Returns the calling thread's reading connection.
    """

    def __init__(self, reader: Callable[[], Database]) -> None:
        self._reader = reader

    def add(
        self,
        db: Database,
        kind: TaskKind,
        subjects: Sequence[str],
        arguments: dict[str, Any],
        now: datetime,
    ) -> Task:
        """Enter a task whose items wait; a subject that is named twice counts once.

        Raises:
            BadInput: No subject, or more than 5,000.
        """
        once = list(dict.fromkeys(subjects))
        if not 1 <= len(once) <= MOST_ITEMS:
            raise BadInput(f"a task has 1 to {MOST_ITEMS} numbers, not {len(once)}")
        cursor = db.conn.execute(
            "INSERT INTO tasks (kind, arguments, created_at) VALUES (?, ?, ?)",
            (kind, json_text(arguments), time_text(now)),
        )
        task_id = cast(int, cursor.lastrowid)
        db.conn.executemany(
            "INSERT INTO task_items (task_id, position, subject) VALUES (?, ?, ?)",
            [(task_id, position, subject) for position, subject in enumerate(once, 1)],
        )
        return self._found(db, task_id)

    def settle(
        self,
        db: Database,
        task_id: int,
        position: int,
        now: datetime,
        *,
        note: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Settle an item: done, or failed when there is a ``reason``. The last ends the task."""
        db.conn.execute(
            "UPDATE task_items SET state = ?, reason = ?, note = ?, settled_at = ?,"
            " attempts = attempts + 1 WHERE task_id = ? AND position = ?",
            ("failed" if reason else "done", reason, note, time_text(now), task_id, position),
        )
        db.conn.execute(
            "UPDATE tasks SET finished_at = ? WHERE id = ? AND NOT EXISTS"
            " (SELECT 1 FROM task_items WHERE task_id = tasks.id AND state = 'waiting')",
            (time_text(now), task_id),
        )

    def resubmit(self, db: Database, task_id: int) -> Task:
        """Let the items that failed wait again.

        Raises:
            NotFound: No such task.
            BadInput: It still runs, or nothing of it failed.
        """
        task = self._found(db, task_id)
        if task.state == "running":
            raise BadInput(f"task {task_id} still runs")
        if not task.failed:
            raise BadInput(f"nothing of task {task_id} failed")
        db.conn.execute(
            "UPDATE task_items SET state = 'waiting', reason = NULL, settled_at = NULL"
            " WHERE task_id = ? AND state = 'failed'",
            (task_id,),
        )
        db.conn.execute("UPDATE tasks SET finished_at = NULL WHERE id = ?", (task_id,))
        return self._found(db, task_id)

    def forget(self, db: Database, before: datetime) -> int:
        """Delete tasks that ended before a time, with their items; return how many."""
        sql = "DELETE FROM tasks WHERE finished_at < ?"
        return int(db.conn.execute(sql, (time_text(before),)).rowcount)

    def waiting(self, db: Database | None = None) -> tuple[Task, Item] | None:
        """Return the next item to be done, the oldest task first; None when all is settled."""
        source = db or self._reader()
        row = select_one(
            source,
            "SELECT * FROM task_items WHERE state = 'waiting' ORDER BY task_id, position LIMIT 1",
        )
        return None if row is None else (self._found(source, row["task_id"]), _item(row))

    def get(self, task_id: int, db: Database | None = None) -> Task:
        """Return one task. Raises NotFound."""
        return self._found(db or self._reader(), task_id)

    def recent(self, limit: int) -> list[Task]:
        """Return the newest tasks first."""
        sql = f"{_TASK} GROUP BY t.id ORDER BY t.id DESC LIMIT ?"
        return [_task(row) for row in select(self._reader(), sql, (limit,))]

    def items(self, task_id: int, state: ItemState | None = None) -> list[Item]:
        """Return a task's items in their order, or those in one state. Raises NotFound."""
        db = self._reader()
        if not select_value(db, "SELECT 1 FROM tasks WHERE id = ?", (task_id,)):
            raise NotFound(f"there is no task {task_id}")
        sql = (
            "SELECT * FROM task_items WHERE task_id = :task AND (:state IS NULL OR state = :state)"
        )
        rows = select(db, f"{sql} ORDER BY position", {"task": task_id, "state": state})
        return [_item(row) for row in rows]

    def _found(self, db: Database, task_id: int) -> Task:
        row = select_one(db, f"{_TASK} WHERE t.id = ? GROUP BY t.id", (task_id,))
        if row is None:
            raise NotFound(f"there is no task {task_id}")
        return _task(row)


def _task(row: Row) -> Task:
    return Task(
        task_id=row["id"],
        kind=row["kind"],
        arguments=json.loads(row["arguments"]),
        created_at=cast(datetime, text_time(row["created_at"])),
        finished_at=text_time(row["finished_at"]),
        total=row["total"],
        done=row["done"],
        failed=row["failed"],
    )


def _item(row: Row) -> Item:
    return Item(
        position=row["position"],
        subject=row["subject"],
        state=row["state"],
        reason=row["reason"],
        note=row["note"],
        attempts=row["attempts"],
        settled_at=text_time(row["settled_at"]),
    )
