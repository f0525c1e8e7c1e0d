from __future__ import annotations

from drivers.at.commands import Command
from drivers.at.queue import Job, JobQueue, Procedure, Urgency
from drivers.errors import Cancelled, DriverError


def steps() -> Procedure:
    yield Command("AT")


def job(name: str, urgency: Urgency = Urgency.CARE) -> Job:
    return Job(steps(), lambda _v, _e: None, name, urgency)


def names(queue: JobQueue) -> list[str]:
    found = []
    while (next_job := queue.pop()) is not None:
        found.append(next_job.name)
    return found


def test_three_waiting_leave_in_the_order_in_which_they_came() -> None:
    queue = JobQueue()
    for name in ("first", "second", "third"):
        queue.push(job(name))

    assert names(queue) == ["first", "second", "third"]


def test_the_urgent_overtake_but_not_each_other() -> None:
    queue = JobQueue()
    for name, urgency in (
        ("care", Urgency.CARE),
        ("text", Urgency.MESSAGE),
        ("call 1", Urgency.CALL),
        ("call 2", Urgency.CALL),
        ("cause", Urgency.AT_ONCE),
    ):
        queue.push(job(name, urgency))

    assert names(queue) == ["cause", "call 1", "call 2", "text", "care"]


def test_what_is_taken_back_is_handed_out_once() -> None:
    queue = JobQueue()
    kept, taken = job("kept"), job("taken")
    queue.push(kept)
    queue.push(taken)
    taken.cancelled = True

    assert queue.cancelled() == [taken]
    assert queue.cancelled() == []
    assert names(queue) == ["kept"]


def test_what_waits_too_long_is_handed_out() -> None:
    queue = JobQueue()
    patient, hasty = job("patient"), job("hasty")
    hasty.deadline = 5.0
    queue.push(patient)
    queue.push(hasty)

    assert queue.next_deadline() == 5.0
    assert queue.expired(4.9) == []
    assert queue.expired(5.0) == [hasty]
    assert queue.next_deadline() == float("inf")


def test_an_outcome_is_reported_once() -> None:
    outcomes: list[tuple[object, DriverError | None]] = []
    only = Job(steps(), lambda value, error: outcomes.append((value, error)), "only")
    only.finish(1, None)
    only.finish(None, Cancelled("late"))

    assert outcomes == [(1, None)]
