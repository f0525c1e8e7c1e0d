"""Rows of the outbox: kept until answered, in order where order is asked for, easy to find."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from appliance.model.records import Application, Mode, UrlKind
from appliance.store import Store
from appliance.store.outbox import AFTER_PATIENCE, Push, Which
from drivers.clock import ManualClock

MINUTE = timedelta(minutes=1)
SCHEDULE = (MINUTE, 4 * MINUTE)


@pytest.fixture
def told(store: Store) -> Application:
    urls = {UrlKind.STATUS: "http://127.0.0.1/s", UrlKind.CDR: "http://127.0.0.1/c"}
    return store.write(lambda db: store.applications.add(db, "told", Mode.AXB, urls=urls))


@pytest.fixture
def push(store: Store, told: Application, clock: ManualClock) -> Callable[..., int]:
    def enqueue(kind: str = "callin", key: str = "call-1", **more: Any) -> int:
        url = UrlKind.CDR if kind == "fee" else UrlKind.STATUS
        values = {"app_id": told.app_id, "url": url, "now": clock.now(), "body": {"k": kind}}
        found = store.write(
            lambda db: store.outbox.enqueue(db, kind=kind, order_key=key, **{**values, **more})
        )
        assert found is not None
        return found

    return enqueue


def due(store: Store, now: datetime, **more: Any) -> list[int]:
    return [row.push_id for row in store.outbox.due(now, 100, **more)]


def fail(store: Store, push_id: int, now: datetime) -> int:
    return store.write(
        lambda db: store.outbox.mark_failed(
            db, [push_id], now, schedule=SCHEDULE, error="HTTP 500", http_status=500
        )
    )


def deliver(store: Store, push_id: int, now: datetime) -> None:
    store.write(lambda db: store.outbox.mark_delivered(db, [push_id], now))


def row(store: Store, push_id: int) -> Push:
    found = store.outbox.get(push_id)
    assert found is not None
    return found


def test_a_push_without_a_url_is_not_kept(
    store: Store, told: Application, clock: ManualClock
) -> None:
    def enqueue(app_id: int) -> int | None:
        return store.write(
            lambda db: store.outbox.enqueue(
                db,
                app_id=app_id,
                url=UrlKind.SMS,
                kind="sms",
                order_key="x",
                body={},
                now=clock.now(),
            )
        )

    assert enqueue(told.app_id) is None
    assert enqueue(999) is None
    assert store.outbox.recent(10) == []


def test_a_row_comes_back_as_it_was_put_in(
    store: Store, told: Application, clock: ManualClock, push: Callable[..., int]
) -> None:
    push_id = push(body={"text": "中文 😀", "n": 1})
    assert row(store, push_id) == Push(
        push_id=push_id,
        app_id=told.app_id,
        url=UrlKind.STATUS,
        kind="callin",
        order_key="call-1",
        body={"text": "中文 😀", "n": 1},
        state="due",
        attempts=0,
        created_at=clock.now(),
        due_at=clock.now(),
    )


def test_real_numbers_stand_in_one_table_only(store: Store, push: Callable[..., int]) -> None:
    body = {
        "called": "+8613900000002",
        "list": [{"number": "+8613900000003", "n": 1, "t": "call +8613900000002", "#": "x"}],
        "empty": {},
    }
    push_id = push(body=body)
    (stored,) = store.reader().query("SELECT body FROM outbox")
    assert '"+86' not in stored["body"]
    assert row(store, push_id).body == body
    assert store.outbox.recent(1)[0].body == store.outbox.due(store.clock.now(), 1)[0].body == body


def test_only_the_oldest_of_a_group_is_due(
    store: Store, clock: ManualClock, push: Callable[..., int]
) -> None:
    first, second, other = push("callin"), push("callout"), push("callin", "call-2")
    fee = push("fee")
    now = clock.now()
    assert due(store, now) == [first, other, fee]
    assert due(store, now, skip=[first, fee]) == [other]
    deliver(store, first, now)
    assert due(store, now) == [second, other, fee]


def test_what_comes_behind_a_retry_waits_with_it(
    store: Store, clock: ManualClock, push: Callable[..., int]
) -> None:
    first, second = push("callin"), push("callout")
    now = clock.now()
    assert fail(store, first, now) == 0
    third, other = push("answer"), push("callin", "call-2")
    assert due(store, now) == [other]
    assert {row(store, each).due_at for each in (first, second, third)} == {now + MINUTE}
    assert store.outbox.next_due(now) == now + MINUTE

    later = now + MINUTE
    assert due(store, later) == [other, first]
    deliver(store, first, later)
    assert due(store, later) == [other, second]


def test_the_schedule_counts_from_the_first_attempt_and_ends_parked(
    store: Store, clock: ManualClock, push: Callable[..., int]
) -> None:
    push_id, now = push(), clock.now()
    fail(store, push_id, now)
    fail(store, push_id, now + MINUTE + timedelta(seconds=20))
    assert row(store, push_id).due_at == now + 4 * MINUTE
    assert fail(store, push_id, now + 4 * MINUTE) == 1
    found = row(store, push_id)
    assert (found.state, found.attempts, found.http_status, found.error) == (
        "parked",
        3,
        500,
        "HTTP 500",
    )
    assert store.outbox.depth() == {"due": 0, "parked": 1}
    assert fail(store, push_id, now) == 0


def test_replay_starts_a_new_schedule(
    store: Store, clock: ManualClock, told: Application, push: Callable[..., int]
) -> None:
    parked, delivered = push(key="a"), push(key="b")
    now = clock.now()
    store.write(lambda db: store.outbox.mark_failed(db, [parked], now, schedule=(), error="gone"))
    deliver(store, delivered, now)
    assert due(store, now) == []

    def replay(**which: Any) -> int:
        return store.write(lambda db: store.outbox.replay(db, now, **which))

    assert replay(which=Which(app_id=told.app_id + 1)) == 0
    made = row(store, parked).created_at
    for nothing in (
        Which(kind="fee"),
        Which(order_key="b"),
        Which(since=made + MINUTE),
        Which(until=made),
    ):
        assert replay(which=nothing) == 0
        assert store.outbox.recent(9, "parked", which=nothing) == []
    some = Which(told.app_id, row(store, parked).kind, "a", made, made + MINUTE)
    assert [push.push_id for push in store.outbox.recent(9, which=some)] == [parked]
    assert replay(which=some) == 1
    assert due(store, now) == [parked]
    assert replay(which=Which(until=made + MINUTE), delivered=True) == 1
    assert due(store, now) == [parked, delivered]
    store.write(lambda db: store.outbox.mark_failed(db, [parked], now, schedule=(), error="gone"))
    deliver(store, delivered, now)
    assert replay() == 1
    assert due(store, now) == [parked]
    assert replay(push_ids=[parked, delivered]) == 1
    assert due(store, now) == [parked, delivered]
    fail(store, parked, now)
    assert row(store, parked).due_at == now + MINUTE


def test_after_waits_for_a_first_attempt_but_not_for_ever(
    store: Store, clock: ManualClock, push: Callable[..., int]
) -> None:
    disconnect = push("disconnect")
    fee = push("fee", after=disconnect)
    now = clock.now()
    assert due(store, now) == [disconnect]
    assert due(store, now + AFTER_PATIENCE) == [disconnect, fee]
    fail(store, disconnect, now)
    assert due(store, now) == [fee]


def test_each_application_is_found_once_whatever_its_backlog(
    store: Store, clock: ManualClock, told: Application, push: Callable[..., int]
) -> None:
    other = store.write(
        lambda db: store.applications.add(
            db, "other", Mode.AXB, urls={UrlKind.STATUS: "http://127.0.0.1/o"}
        )
    )
    for number in range(50):
        push(key=f"call-{number}")
    push(app_id=other.app_id)
    now = clock.now()
    assert store.outbox.applications_due(now) == [told.app_id, other.app_id]
    assert len(due(store, now, app_id=other.app_id)) == 1
    assert due(store, now, app_id=other.app_id, url=UrlKind.CDR) == []
    assert store.outbox.applications_due(now - MINUTE) == []


def test_a_delivered_row_is_delivered_once(
    store: Store, clock: ManualClock, push: Callable[..., int]
) -> None:
    push_id, now = push(), clock.now()
    deliver(store, push_id, now)
    deliver(store, push_id, now + MINUTE)
    found = row(store, push_id)
    assert (found.attempts, found.delivered_at, found.http_status) == (1, now, 200)


def test_old_delivered_rows_are_forgotten_and_others_are_not(
    store: Store, clock: ManualClock, push: Callable[..., int]
) -> None:
    old, waiting = push(key="a"), push(key="b")
    deliver(store, old, clock.now())
    before = clock.now() + MINUTE
    assert store.write(lambda db: store.outbox.forget_delivered(db, before)) == 1
    assert [found.push_id for found in store.outbox.recent(10)] == [waiting]


def test_new_rows_are_announced(store: Store, clock: ManualClock, push: Callable[..., int]) -> None:
    told: list[None] = []
    store.outbox.listen(lambda: told.append(None))
    push()
    assert len(told) == 1
    store.outbox.listen(None)
    push()
    assert len(told) == 1


def test_recent_filters(store: Store, clock: ManualClock, push: Callable[..., int]) -> None:
    first, second = push(key="a"), push(key="b")
    deliver(store, first, clock.now())
    assert [found.push_id for found in store.outbox.recent(10)] == [second, first]
    assert [found.push_id for found in store.outbox.recent(10, "delivered")] == [first]
    assert len(store.outbox.recent(1)) == 1


def test_the_schema_refuses_nonsense(store: Store, push: Callable[..., int]) -> None:
    push_id = push()
    for change in ("state = 'lost'", "state = 'delivered'", "attempts = -1", "body = '{'"):
        with pytest.raises(sqlite3.IntegrityError):
            store.write(
                lambda db, change=change: db.conn.execute(
                    f"UPDATE outbox SET {change} WHERE id = ?", [push_id]
                )
            )


def test_a_long_backlog_is_read_by_its_indexes(store: Store, push: Callable[..., int]) -> None:
    """No question of the delivery reads the whole table."""
    plans: list[str] = []
    reader = store.reader()

    def explain(statement: str) -> None:
        if "FROM outbox" in statement and not statement.startswith("EXPLAIN"):
            plans.append(statement)

    reader.conn.set_trace_callback(explain)
    now = store.clock.now()
    store.outbox.due(now, 10, app_id=1, url=UrlKind.CDR)
    store.outbox.due(now, 10, app_id=1)
    store.outbox.applications_due(now)
    store.outbox.next_due(now)
    reader.conn.set_trace_callback(None)
    assert len(plans) == 4
    for statement in plans:
        steps = reader.conn.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
        scans = [step[3] for step in steps if step[3].startswith("SCAN") and "outbox" in step[3]]
        assert all("USING" in scan and "INDEX" in scan for scan in scans), steps
