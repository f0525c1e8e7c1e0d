"""Calls on disk: they come back as written, are told of once, and stay closed."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from appliance.errors import NotFound
from appliance.model.records import CallRecord, Mode
from appliance.store import Store
from drivers.clock import ManualClock
from tests.store.conftest import person

X = "+8617000000001"
A, B = person(1), person(2)


@pytest.fixture
def record(clock: ManualClock) -> CallRecord:
    return CallRecord(
        session_id="s-1",
        icid="i-1",
        app_id=None,
        mode=Mode.AXB,
        bind_number=X,
        dialled=X,
        subscription_id="sub-1",
        caller=A,
        callee=B,
        shown=X,
        call_in_at=clock.now(),
        legs={"a": {"line": X, "index": 1}, "joined": False},
        notes=("one", "two"),
    )


def save(store: Store, record: CallRecord) -> bool:
    return store.write(lambda db: store.calls.save(db, record))


def ended(record: CallRecord, clock: ManualClock) -> CallRecord:
    return replace(record, ended_at=clock.now(), state_code=0, ended_by="caller", recorded=True)


def test_a_record_comes_back_as_it_was(
    store: Store, record: CallRecord, clock: ManualClock
) -> None:
    full = replace(
        ended(record, clock),
        strategy="bridge",
        forward_at=clock.now() + timedelta(seconds=1),
        alerting_at=clock.now() + timedelta(seconds=2),
        answered_at=clock.now() + timedelta(seconds=3, microseconds=5),
        q850=17,
        release_point=8102,
        sip_status=486,
        record_started_at=clock.now(),
        record_file="260301080000.wav",
        record_sha256="ab",
        extension="12",
        user_data="x",
    )
    store.write(lambda db: store.calls.open(db, full))
    assert store.calls.get("s-1") == full
    assert store.calls.get("other") is None


def test_people_stand_by_their_ids_only(store: Store, record: CallRecord) -> None:
    save(store, record)
    rows = store.reader().conn.execute("SELECT * FROM calls").fetchall()
    assert A not in str(rows)
    assert B not in str(rows)


def test_a_withheld_caller_is_nobody(store: Store, record: CallRecord) -> None:
    save(store, replace(record, caller=None, callee=None))
    found = store.calls.get("s-1")
    assert found is not None
    assert (found.caller, found.callee) == (None, None)


def test_save_enters_then_updates(store: Store, record: CallRecord) -> None:
    assert save(store, record)
    assert save(store, replace(record, strategy="conference"))
    assert [found.strategy for found in store.calls.recent(10)] == ["conference"]


def test_single_fields_are_changed_by_name(store: Store, record: CallRecord) -> None:
    save(store, record)
    store.write(lambda db: store.calls.update(db, "s-1", q850=21, callee=person(9)))
    found = store.calls.get("s-1")
    assert found is not None
    assert (found.q850, found.callee) == (21, person(9))
    with pytest.raises(NotFound, match="s-2"):
        store.write(lambda db: store.calls.update(db, "s-2", q850=21))
    with pytest.raises(ValueError, match="colour"):
        store.write(lambda db: store.calls.update(db, "s-1", colour="red"))


def test_an_event_is_told_once(store: Store, record: CallRecord, clock: ManualClock) -> None:
    save(store, record)
    store.write(lambda db: store.calls.tell(db, "s-1", "callin", clock.now(), 7))
    assert [(e.kind, e.push_id, e.at) for e in store.calls.events("s-1")] == [
        ("callin", 7, clock.now())
    ]
    assert store.write(lambda db: store.calls.told(db, "s-1", "callin")) is not None
    assert store.write(lambda db: store.calls.told(db, "s-1", "answer")) is None
    with pytest.raises(sqlite3.IntegrityError):
        store.write(lambda db: store.calls.tell(db, "s-1", "callin", clock.now(), 8))


def test_a_closed_call_is_finished_and_stays_as_it_is(
    store: Store, record: CallRecord, clock: ManualClock
) -> None:
    save(store, record)
    assert [found.session_id for found in store.calls.unfinished()] == ["s-1"]
    save(store, ended(record, clock))
    assert store.write(lambda db: store.calls.close(db, "s-1"))
    assert store.calls.unfinished() == []
    assert not save(store, replace(record, ended_at=clock.now(), state_code=8102))
    found = store.calls.get("s-1")
    assert found is not None
    assert found.state_code == 0
    assert not store.write(lambda db: store.calls.close(db, "s-1"))


def test_a_call_cannot_be_closed_before_its_end(store: Store, record: CallRecord) -> None:
    save(store, record)
    with pytest.raises(sqlite3.IntegrityError):
        store.write(lambda db: store.calls.close(db, "s-1"))


def test_unfinished_calls_come_oldest_first(
    store: Store, record: CallRecord, clock: ManualClock
) -> None:
    for number in (3, 1, 2):
        at = clock.now() + timedelta(minutes=number)
        save(store, replace(record, session_id=f"s-{number}", icid=f"i-{number}", call_in_at=at))
    assert [found.session_id for found in store.calls.unfinished()] == ["s-1", "s-2", "s-3"]
    assert store.write(store.calls.unfinished) == store.calls.unfinished()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["s-2", "s-1", "s-0"]),
        ({"party": B}, ["s-2", "s-1", "s-0"]),
        ({"party": person(71)}, ["s-1"]),
        ({"party": person(99)}, []),
        ({"number": X}, ["s-1", "s-0"]),
        ({"number": "+8617000000002"}, ["s-2"]),
        ({"app_id": 5}, []),
    ],
)
def test_recent_calls_can_be_chosen(
    store: Store,
    record: CallRecord,
    clock: ManualClock,
    wanted: dict[str, Any],
    found: list[str],
) -> None:
    for number in range(3):
        line = "+8617000000002" if number == 2 else X
        save(
            store,
            replace(
                record,
                session_id=f"s-{number}",
                icid=f"i-{number}",
                caller=person(70 + number),
                bind_number=line,
                dialled=line,
                call_in_at=clock.now() + timedelta(minutes=number),
            ),
        )
    assert [call.session_id for call in store.calls.recent(10, **wanted)] == found
    since = clock.now() + timedelta(minutes=1)
    assert [call.session_id for call in store.calls.recent(1, since=since)] == ["s-2"]
    assert [call.session_id for call in store.calls.recent(9, until=since)] == ["s-0"]
