"""What a task does with each of its numbers: checked first, then done, or refused in words."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlite_utils import Database

from appliance.errors import BadInput
from appliance.exchange.number_watch import tell_deleted
from appliance.model.numbers import mask, normalise
from appliance.model.records import Number, Role
from appliance.store import Store
from appliance.store.rows import select_value, time_text
from appliance.store.tasks import Task


def perform(
    store: Store,
    db: Database,
    task: Task,
    subject: str,
    in_call: Collection[str],
    now: datetime,
) -> str:
    """Do one item of a task, in a writer's transaction; return what was done, in words.

    Args:
        subject: The number as it was given.
        in_call: Numbers that carry a call at this moment.

    Raises:
        BadInput: The number does not pass its check; the text says why.
    """
    number = _checked(store, db, subject, task, in_call)
    if task.kind == "transfer":
        return _transfer(store, db, task, number)
    if task.kind == "release":
        return _release(store, db, task, number, now)
    return _switch_texts(store, db, task, number, now)


def _checked(
    store: Store, db: Database, subject: str, task: Task, in_call: Collection[str]
) -> Number:
    try:
        msisdn = normalise(subject)
    except BadInput:
        raise BadInput("this is not a telephone number") from None
    number = store.numbers.by_msisdn(msisdn, db)
    if number is None:
        raise BadInput(f"{mask(msisdn)} is not enrolled")
    if number.role is not Role.NUMBER and task.kind != "release":
        raise BadInput("it is a trunk and belongs to no application")
    wanted = task.arguments.get("from_app_id")
    if wanted is not None and number.app_id != wanted:
        raise BadInput("it belongs to another application than was said")
    if task.kind != "sms" and msisdn in in_call:
        raise BadInput("it carries a call; try again when it has ended")
    return number


def _transfer(store: Store, db: Database, task: Task, number: Number) -> str:
    target = task.arguments["app_id"]
    if number.app_id == target:
        raise BadInput("it belongs to that application already")
    ended = _bound(db, number)
    store.numbers.transfer(db, number.msisdn, target)
    return f"{ended} bindings ended"


def _release(store: Store, db: Database, task: Task, number: Number, now: datetime) -> str:
    ended = _bound(db, number)
    if ended and not task.arguments.get("end_bindings"):
        raise BadInput(f"{ended} bindings stand on it; remove them first, or say that they may end")
    store.numbers.release(db, number.msisdn)
    tell_deleted(store, db, number, now)
    return f"{ended} bindings ended"


def _switch_texts(store: Store, db: Database, task: Task, number: Number, now: datetime) -> str:
    """Switch texts of a number; switching off also switches off its bindings. behaviour §8"""
    on = bool(task.arguments["on"])
    store.numbers.update(db, number.number_id, sms=on)
    if on:
        return "texts are on"
    cursor = db.conn.execute(
        "UPDATE bindings SET private_sms = 0, changed = ? WHERE number_id = ?"
        " AND ifnull(private_sms, 1) = 1",
        (time_text(now), number.number_id),
    )
    return f"texts are off, on {cursor.rowcount} bindings too"


def _bound(db: Database, number: Number) -> int:
    sql = "SELECT bound FROM numbers WHERE id = ?"
    return int(select_value(db, sql, (number.number_id,)) or 0)
