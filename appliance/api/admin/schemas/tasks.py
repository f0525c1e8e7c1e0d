"""Tasks over many numbers, as the admin interface takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from appliance.api.admin.schemas.base import PRINTABLE, Identity, Limit, Schema
from appliance.store.tasks import MOST_ITEMS

Numbers = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE)]],
    Field(min_length=1, max_length=MOST_ITEMS),
]


class TransferNew(Schema):
    """Give numbers to an application; their bindings end. ``from_app`` refuses those of others."""

    numbers: Numbers
    app: str
    from_app: str | None = None


class ReleaseNew(Schema):
    """Forget numbers; those with bindings fail unless these may end."""

    numbers: Numbers
    from_app: str | None = None
    end_bindings: bool = False


class TextsNew(Schema):
    """Switch texts of numbers; off also switches off their bindings."""

    numbers: Numbers
    on: bool
    from_app: str | None = None


class TaskList(Schema):
    """The newest tasks."""

    limit: Limit = 100


class TaskChoice(Schema):
    """One task."""

    task_id: Identity


class ResultFilter(TaskChoice):
    """Which of a task's results."""

    state: Literal["waiting", "done", "failed"] | None = None


class Task(Schema):
    """A batch over numbers; ``partly``: some were done and some failed."""

    task_id: int
    kind: Literal["transfer", "release", "sms"]
    state: Literal["running", "done", "partly", "failed"]
    created_at: datetime
    finished_at: datetime | None
    total: int
    done: int
    failed: int


class Result(Schema):
    """What became of one number; ``reason`` says why it failed."""

    number: str
    state: Literal["waiting", "done", "failed"]
    reason: str | None
    note: str | None
    attempts: int
    settled_at: datetime | None
