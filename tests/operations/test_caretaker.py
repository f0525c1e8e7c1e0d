"""What ends by itself: the timer removes it, whatever its mode, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from appliance.model.bindings import AxbTerms
from appliance.model.bindings_ax import AxTerms
from appliance.model.bindings_axe import MINUTES, AxeTerms
from appliance.model.bindings_axyb import AxybTerms, YbTerms
from appliance.model.records import Application, Mode, Role
from appliance.operations.caretaker import Caretaker
from appliance.store import Store
from drivers.clock import ManualClock

TABLES = ("bindings", "temporary_callees", "call_backs", "yb_relations", "axe_terms", "axyb_terms")
A, B, N = "+8613900000001", "+8613900000002", "+8613900000003"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    made = Store(tmp_path / "simveil.db", clock=clock)
    made.start()
    yield made
    made.stop()


def counts(store: Store) -> dict[str, int]:
    """Return the rows of each table, everything posted before having been written."""

    def read(db: Database) -> dict[str, int]:
        sql = "SELECT count(*) FROM "
        return {table: db.execute(sql + table).fetchall()[0][0] for table in TABLES}

    return store.write(read)


def test_everything_ends_at_its_own_time_and_only_that(store: Store, clock: ManualClock) -> None:
    def found(db: Database, mode: Mode) -> Application:
        app = store.applications.add(db, mode, mode)
        for last in (1, 2):
            x = f"+8617{list(Mode).index(mode)}0000000{last}"
            store.numbers.enrol(db, x, iccid=x, role=Role.NUMBER, app_id=app.app_id, city="0755")
        return app

    def work(db: Database) -> None:
        now = clock.now()
        axb, ax, axe, axyb = (found(db, mode) for mode in (Mode.AXB, Mode.AX, Mode.AXE, Mode.AXYB))
        store.bindings.bind_axb(db, axb, AxbTerms(A, B, duration=100), now)
        store.ax.bind(db, ax, AxTerms(A, area_code="0755"), now)
        store.ax.set_callee(db, ax, B, now, seconds=50, a=A)
        terms = AxeTerms(A, area_code="0755", unit=MINUTES, bind_time=3, call_back_time=1)
        extension = store.axe.bind(db, axe, terms, now)
        store.axe.remember_caller(db, extension.subscription_id, N, now)
        relation = store.axyb.bind(db, axyb, AxybTerms(A, "0755", duration=240), now)
        half = YbTerms(B, duration=70)
        store.axyb.bind_yb(db, axyb, relation.subscription_id, half, now)

    store.write(work)
    caretaker = Caretaker(store, clock)
    caretaker.start()
    seen: list[tuple[int, ...]] = []
    for _ in range(250):
        clock.advance(1)
        rows = tuple(counts(store).values())
        if not seen or rows != seen[-1]:
            seen.append(rows)
    caretaker.stop()
    assert seen == [
        (4, 1, 1, 1, 1, 1),
        (4, 0, 1, 1, 1, 1),  # the temporary callee after 50 s
        (4, 0, 0, 1, 1, 1),  # the call-back record after a minute
        (4, 0, 0, 0, 1, 1),  # YB after 70 s
        (3, 0, 0, 0, 1, 1),  # AXB after 100 s
        (2, 0, 0, 0, 0, 1),  # AXE after three minutes
        (1, 0, 0, 0, 0, 0),  # AXYB after four; AX has no end
    ]
    clock.advance(5)
    assert tuple(counts(store).values()) == seen[-1]
