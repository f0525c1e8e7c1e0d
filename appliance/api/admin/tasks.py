"""Batches over many numbers: transfer, release, texts; their results, and the failed once more."""

from __future__ import annotations

from typing import Any

from appliance.api.admin.context import Box, operation
from appliance.api.admin.schemas import tasks as schemas
from appliance.errors import BadInput
from appliance.store import tasks


def _answer(task: tasks.Task) -> schemas.Task:
    return schemas.Task.model_validate(task)


def _numbers(box: Box, given: list[str]) -> list[str]:
    """Return numbers in E.164; what is none stays as it is, and fails in words of its own."""
    found = []
    for text in given:
        try:
            found.append(box.number(text))
        except BadInput:
            found.append(text)
    return found


def _arguments(box: Box, from_app: str | None, **more: Any) -> dict[str, Any]:
    return {**more, **({"from_app_id": box.app_id(from_app)} if from_app else {})}


def transfer(box: Box, given: schemas.TransferNew) -> schemas.Task:
    """Give numbers to another application, as a task; their bindings end."""
    arguments = _arguments(box, given.from_app, app_id=box.app(given.app).app_id)
    return _answer(box.jobs.submit("transfer", _numbers(box, given.numbers), arguments))


def release(box: Box, given: schemas.ReleaseNew) -> schemas.Task:
    """Forget numbers, as a task; each is checked first."""
    arguments = _arguments(box, given.from_app, end_bindings=given.end_bindings)
    return _answer(box.jobs.submit("release", _numbers(box, given.numbers), arguments))


def texts(box: Box, given: schemas.TextsNew) -> schemas.Task:
    """Switch texts of numbers on or off, as a task."""
    arguments = _arguments(box, given.from_app, on=given.on)
    return _answer(box.jobs.submit("sms", _numbers(box, given.numbers), arguments))


def every(box: Box, given: schemas.TaskList) -> list[schemas.Task]:
    """List tasks, the newest first."""
    return [_answer(task) for task in box.jobs.tasks.recent(given.limit)]


def show(box: Box, given: schemas.TaskChoice) -> schemas.Task:
    """Show one task."""
    return _answer(box.jobs.tasks.get(given.task_id))


def results(box: Box, given: schemas.ResultFilter) -> list[schemas.Result]:
    """List what became of each number of a task."""
    return [
        schemas.Result(
            number=item.subject,
            state=item.state,
            reason=item.reason,
            note=item.note,
            attempts=item.attempts,
            settled_at=item.settled_at,
        )
        for item in box.jobs.tasks.items(given.task_id, given.state)
    ]


def resubmit(box: Box, given: schemas.TaskChoice) -> schemas.Task:
    """Try again what failed."""
    return _answer(box.jobs.resubmit(given.task_id))


OPERATIONS = (
    operation(
        "POST", "/tasks/transfer", "Give many away", schemas.TransferNew, schemas.Task, transfer
    ),
    operation("POST", "/tasks/release", "Release many", schemas.ReleaseNew, schemas.Task, release),
    operation("POST", "/tasks/sms", "Switch texts of many", schemas.TextsNew, schemas.Task, texts),
    operation("GET", "/tasks", "List them", schemas.TaskList, list[schemas.Task], every),
    operation("GET", "/tasks/{task_id}", "Show one", schemas.TaskChoice, schemas.Task, show),
    operation(
        "GET",
        "/tasks/{task_id}/results",
        "What became of each number",
        schemas.ResultFilter,
        list[schemas.Result],
        results,
    ),
    operation(
        "POST",
        "/tasks/{task_id}/resubmit",
        "Try the failed again",
        schemas.TaskChoice,
        schemas.Task,
        resubmit,
    ),
)
