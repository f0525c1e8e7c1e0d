"""What became of bindings and what a SIM has used, told from what stands in the database."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from appliance.errors import BadInput, NotFound
from appliance.model.bindings import AxbTerms
from appliance.model.records import CallRecord, Mode, Role
from appliance.store import Store
from appliance.store.aliases import Aliases
from appliance.store.ledger import Ledger
from appliance.store.tasks import Tasks
from drivers.clock import ManualClock

X, TRUNK, A, B = "+8617000000001", "+8617000000009", "+8613912340001", "+8613912340002"


def furnish(store: Store) -> Any:
    def work(db: Database) -> Any:
        app = store.applications.add(db, "shop", Mode.AXB, sms=True)
        store.numbers.enrol(
            db, X, iccid="89860001", role=Role.NUMBER, app_id=app.app_id, city="0755", sms=True
        )
        store.numbers.enrol(db, TRUNK, iccid="89860009", role=Role.TRUNK)
        return app

    return store.write(work)


def test_every_end_of_a_binding_is_told_whatever_brought_it_about(store: Store) -> None:
    app, now = furnish(store), store.clock.now()

    def bind(duration: int) -> str:
        terms = AxbTerms(a=A, b=B, x=X, duration=duration)
        return store.write(lambda db: store.bindings.bind_axb(db, app, terms, now).subscription_id)

    first = bind(0)
    store.write(lambda db: store.bindings.remove(db, app, first))
    second = bind(60)  # of a clock that stands long ago: its time has come by the system's
    store.write(lambda db: store.bindings.end_lapsed(db, now + timedelta(seconds=61)))
    third = bind(0)
    store.write(lambda db: store.numbers.release(db, X))

    told = Ledger(store.reader).bindings(100)

    assert [(one.event, one.subscription_id) for one in reversed(told)] == [
        ("bound", first),
        ("unbound", first),
        ("bound", second),
        ("expired", second),
        ("bound", third),
        ("unbound", third),
    ]
    assert {(one.x, one.a, one.b, one.mode, one.app_id) for one in told} == {
        (X, A, B, "AXB", app.app_id)
    }
    assert len(Ledger(store.reader).bindings(100, event="bound", party=A, x=X)) == 3
    assert Ledger(store.reader).bindings(100, party="+8613900000000") == []
    assert store.write(lambda db: Ledger(store.reader).forget(db, now)) == 0
    assert store.write(lambda db: Ledger(store.reader).forget(db, now + timedelta(days=9999))) == 6


def test_minutes_are_billed_to_the_sim_whose_number_was_shown(store: Store) -> None:
    app, now = furnish(store), store.clock.now()
    for serial, (shown, talk) in enumerate([(X, 61), (X, 60), (TRUNK, 1), (X, None), (X, 0)]):
        ended = now + timedelta(seconds=100)
        record = CallRecord(
            session_id=f"s{serial}", icid=f"i{serial}", app_id=app.app_id, mode=Mode.AXB,
            bind_number=X, dialled=X, caller=A, callee=B, shown=shown, call_in_at=now,
            answered_at=None if talk is None else ended - timedelta(seconds=talk), ended_at=ended,
        )  # fmt: skip

        def write(db: Database, record: CallRecord = record) -> None:
            store.calls.open(db, record)

        store.write(write)

    used = Ledger(store.reader).used(now)

    assert {number: one.minutes for number, one in used.items()} == {X: 4, TRUNK: 1}
    assert Ledger(store.reader).used(now + timedelta(seconds=1)) == {}


def test_an_alias_stands_for_one_number_of_its_application(store: Store) -> None:
    app = furnish(store)
    aliases, old = Aliases(store.reader), "+8617099999999"

    store.write(lambda db: aliases.add(db, old, X))

    assert aliases.resolve(old, app.app_id) == X
    assert aliases.resolve(old, app.app_id + 1) is None
    assert aliases.resolve(X, app.app_id) is None
    assert aliases.all() == {X: [old]}
    with pytest.raises(BadInput, match="itself enrolled"):
        store.write(lambda db: aliases.add(db, TRUNK, X))
    with pytest.raises(NotFound):
        store.write(lambda db: aliases.add(db, old, "+8617055555555"))
    store.write(lambda db: aliases.remove(db, old))
    with pytest.raises(NotFound):
        store.write(lambda db: aliases.remove(db, old))
    assert aliases.all() == {}


def test_a_task_ends_with_its_last_item_and_its_failures_can_be_tried_again(store: Store) -> None:
    tasks, now = Tasks(store.reader), store.clock.now()
    task = store.write(lambda db: tasks.add(db, "release", [X, TRUNK, X], {"a": 1}, now))
    assert (task.total, task.state, task.arguments) == (2, "running", {"a": 1})

    def settle(position: int, **how: Any) -> None:
        store.write(lambda db: tasks.settle(db, task.task_id, position, now, **how))

    settle(1, note="done")
    assert tasks.get(task.task_id).state == "running"
    with pytest.raises(BadInput, match="still runs"):
        store.write(lambda db: tasks.resubmit(db, task.task_id))
    settle(2, reason="it rains")
    assert tasks.get(task.task_id).state == "partly"
    assert [item.subject for item in tasks.items(task.task_id, "failed")] == [TRUNK]

    again = store.write(lambda db: tasks.resubmit(db, task.task_id))
    assert (again.state, again.done, again.failed) == ("running", 1, 0)
    found = tasks.waiting()
    assert found is not None
    assert (found[1].subject, found[1].attempts) == (TRUNK, 1)
    settle(2)
    assert tasks.get(task.task_id).state == "done"
    assert tasks.waiting() is None
    with pytest.raises(BadInput, match="nothing of task"):
        store.write(lambda db: tasks.resubmit(db, task.task_id))
    with pytest.raises(NotFound):
        tasks.items(99)
    for wrong in ([], [f"+86{n}" for n in range(5001)]):
        with pytest.raises(BadInput, match="1 to 5000"):
            store.write(lambda db, wrong=wrong: tasks.add(db, "sms", wrong, {}, now))


def test_what_was_used_before_a_time_and_after_it_is_all(tmp_path: Path) -> None:
    clock = ManualClock()
    store = Store(tmp_path / "used.db", clock=clock)
    store.start()
    try:
        now = clock.now()
        begun = [now - timedelta(hours=hours) for hours in (700, 60, 30, 2, 0.1)]

        def write(db: Database) -> None:
            for number, at in enumerate(begun):
                ended = None if at == begun[-1] else at + timedelta(seconds=61)
                record = CallRecord(
                    session_id=f"s{number}", icid=f"i{number}", app_id=None, mode=None,
                    bind_number="+8617000000001", dialled="+8617000000001",
                    shown="+8617000000001", call_in_at=at, answered_at=at, ended_at=ended,
                )  # fmt: skip
                store.calls.open(db, record)

        store.write(write)
        ledger, since = Ledger(store.reader), now - timedelta(days=27)
        whole = ledger.used_by("+8617000000001", "8986", since, now)
        mark = now - timedelta(hours=25)
        before = ledger.used_by("+8617000000001", "8986", since, now, until=mark)
        after = ledger.used_by("+8617000000001", "8986", mark, now)
        assert (before.minutes, after.minutes, whole.minutes) == (4, 8, 12)
    finally:
        store.stop(5)
