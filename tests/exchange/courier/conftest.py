"""A line of an application, and a relation on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appliance.model.records import Application, Mode, Role, UrlKind
from appliance.store import Store
from drivers.clock import ManualClock
from tests.exchange.courier.shop import A, B, X, Y, bind
from tests.exchange.text_line import TextLine


@pytest.fixture
def app(text_store: Store) -> Application:
    def make(db: object) -> Application:
        app = text_store.applications.add(
            db, "shop", Mode.AXB, sms=True, urls={UrlKind.SMS: "http://127.0.0.1:9/sms"}
        )
        for number, x in enumerate((X, Y)):
            text_store.numbers.enrol(
                db, x, iccid=f"898600{x[-6:]}", role=Role.NUMBER, app_id=app.app_id, sms=number >= 0
            )
        return app

    return text_store.write(make)


@pytest.fixture
def line(text_store: Store, manual_clock: ManualClock, app: Application) -> Iterator[TextLine]:
    line = TextLine(text_store, manual_clock, X)
    line.ready()
    yield line
    line.work()


@pytest.fixture
def bound(text_store: Store, app: Application) -> str:
    return bind(text_store, app, A, B, user_data="order-1")
