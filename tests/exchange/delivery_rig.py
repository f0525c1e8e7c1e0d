"""A store, its delivery on manual time, and applications that listen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from appliance.exchange.delivery import Delivery
from appliance.exchange.jobs import DeliverySettings
from appliance.model.records import Application, Mode, UrlKind
from appliance.store import Store
from appliance.store.outbox import Push
from drivers.clock import ManualClock
from tests.exchange.receiver import Receiver, Request

SETTINGS = DeliverySettings(workers=6, per_application=2)
MINUTE = 60.0
Open = Callable[..., Receiver]


class Rig:
    """A store, its delivery, and applications that listen."""

    def __init__(self, store: Store, clock: ManualClock) -> None:
        self.store = store
        self.clock = clock
        self.settings = SETTINGS
        self.delivery: Delivery | None = None
        self._apps = 0

    def app(self, url: str, *, sign: str = "aksk", **urls: str) -> Application:
        self._apps += 1
        kinds = dict.fromkeys((UrlKind.STATUS, UrlKind.CDR, UrlKind.SMS), url)
        kinds |= {UrlKind(kind): target for kind, target in urls.items()}
        return self.store.write(
            lambda db: self.store.applications.add(
                db, f"app-{self._apps}", Mode.AXB, sms=True, sign=sign, urls=kinds
            )
        )

    def push(
        self,
        app: Application,
        kind: str = "callin",
        *,
        call: str = "call-1",
        url: UrlKind | None = None,
        after: int | None = None,
        **body: Any,
    ) -> int:
        target = url or (UrlKind.CDR if kind == "fee" else UrlKind.STATUS)
        push_id = self.store.write(
            lambda db: self.store.outbox.enqueue(
                db,
                app_id=app.app_id,
                url=target,
                kind=kind,
                order_key=call,
                body={"eventType": kind, "call": call, **body},
                now=self.clock.now(),
                after=after,
            )
        )
        assert push_id is not None
        return push_id

    def start(self, *, clock: Any = None, store: Any = None) -> Delivery:
        self.delivery = Delivery(store or self.store, clock or self.clock, self.settings)
        self.delivery.start()
        return self.delivery

    def row(self, push_id: int) -> Push:
        row = self.store.outbox.get(push_id)
        assert row is not None
        return row

    def until(self, settled: Callable[[], bool], timeout: float = 10.0) -> None:
        """Wait for what the delivery writes."""
        assert self.delivery is not None
        until = time.monotonic() + timeout
        while not settled():
            assert time.monotonic() < until, "it did not come to that in time"
            with self.delivery._changed:
                self.delivery._changed.wait(0.05)

    def until_state(self, push_id: int, state: str, attempts: int | None = None) -> Push:
        def settled() -> bool:
            row = self.row(push_id)
            return row.state == state and attempts in (None, row.attempts)

        self.until(settled)
        return self.row(push_id)

    def until_attempts(self, push_id: int, attempts: int) -> Push:
        self.until(lambda: self.row(push_id).attempts >= attempts)
        return self.row(push_id)


def status(code: int) -> Callable[[Request], None]:
    return lambda request: request.answer(code)


def silent(until: threading.Event) -> Callable[[Request], None]:
    """Take a request and say nothing until the end of the test."""
    return lambda request: (until.wait(20), request.reset())[1]
