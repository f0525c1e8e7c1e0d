"""A real database file per test, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.model.records import Application, Mode, Role
from appliance.store import Store
from drivers.clock import ManualClock


def enrol(store: Store, app: Application | None, last: int, city: str | None = None) -> str:
    """Enrol the X with these last digits (or a trunk without an application)."""
    msisdn = f"+861700000{last:04d}"
    store.write(
        lambda db: store.numbers.enrol(
            db,
            msisdn,
            iccid=f"8986000000000000{last:04d}",
            role=Role.TRUNK if app is None else Role.NUMBER,
            app_id=None if app is None else app.app_id,
            city=city,
            sms=True,
        )
    )
    return msisdn


def person(last: int) -> str:
    """Return a person's mobile number."""
    return f"+861390000{last:04d}"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def open_store(tmp_path: Path, clock: ManualClock) -> Iterator[Callable[[], Store]]:
    opened: list[Store] = []

    def open_one() -> Store:
        store = Store(tmp_path / "simveil.db", clock=clock)
        store.start()
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        store.stop()


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Store:
    return open_store()


@pytest.fixture
def app(store: Store) -> Application:
    return store.write(
        lambda db: store.applications.add(db, "shop", Mode.AXB, record=True, sms=True)
    )
