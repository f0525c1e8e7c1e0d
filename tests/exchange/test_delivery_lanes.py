"""What fails or hangs holds up neither another address of its application nor what is new."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from appliance.exchange.delivery import Delivery
from appliance.model.records import UrlKind
from tests.exchange.delivery_rig import MINUTE, SETTINGS, Open, Rig, silent, status
from tests.exchange.receiver import Request

FOUR = replace(SETTINGS, workers=12, per_application=4)


def kinds_of(request: Request) -> set[str]:
    body = request.json
    return {one["call"] for one in body.get("feeLst", [body])}


class Hanging:
    """A server that says nothing to some requests, and 200 to the others."""

    def __init__(self, rig: Rig, hangs: Callable[[set[str]], bool]) -> None:
        self._rig = rig
        self._hangs = hangs
        self.count = self._timed_out = 0
        self.never = threading.Event()

    def __call__(self, request: Request) -> None:
        if not self._hangs(kinds_of(request)):
            request.answer(200)
            return
        self.count += 1
        with self._delivery._changed:
            self._delivery._changed.notify_all()
        silent(self.never)(request)

    @property
    def _delivery(self) -> Delivery:
        assert self._rig.delivery is not None
        return self._rig.delivery

    def time_out_until(self, settled: Callable[[], bool]) -> None:
        """Let one request after the other fail by its deadline until ``settled``."""
        while not settled():
            self._rig.until(lambda: self.count > self._timed_out or settled())
            failed = self._delivery.counters()["failed"]
            self._timed_out = self.count
            self._rig.clock.advance(5.1)
            # What began while the clock was being moved may have failed before it was counted here.
            self._rig.until(
                lambda old=failed: (
                    self._delivery.counters()["failed"] > old
                    or self.count > self._timed_out
                    or settled()
                )
            )


def test_an_address_that_hangs_leaves_a_worker_to_the_others(rig: Rig, receive: Open) -> None:
    never = threading.Event()
    hanging, texts, records = receive(silent(never)), receive(), receive()
    rig.settings = replace(FOUR, reply_timeout=60)
    app = rig.app(hanging.url, cdr=records.url, sms=texts.url)
    for number in range(20):
        rig.push(app, call=f"call-{number}")
    rig.start()
    hanging.wait(3)

    # No time passes: what hangs goes on hanging.
    rig.until_state(rig.push(app, "sms", call="text", url=UrlKind.SMS), "delivered")
    rig.until_state(rig.push(app, "fee", call="other"), "delivered")
    assert rig.delivery is not None
    assert rig.delivery.counters()["failed"] == 0
    never.set()


def test_retries_that_hang_leave_a_worker_to_new_events(rig: Rig, receive: Open) -> None:
    hanging = Hanging(rig, lambda calls: any(call.startswith("bad") for call in calls))
    receiver = receive(hanging)
    rig.settings = FOUR
    app = rig.app(receiver.url)
    bad = [rig.push(app, call=f"bad-{number}") for number in range(8)]
    rig.start()
    hanging.time_out_until(lambda: all(rig.row(each).attempts == 1 for each in bad))
    rig.clock.advance(MINUTE)
    rig.until(lambda: rig.delivery is not None and rig.delivery.counters()["busy"] == 1)

    for number in range(6):
        rig.until_state(rig.push(app, call=f"good-{number}"), "delivered")
    assert all(rig.row(each).attempts == 1 for each in bad)
    hanging.never.set()


def test_a_record_that_is_refused_takes_new_records_with_it_no_more(
    rig: Rig, receive: Open
) -> None:
    def no_poison(request: Request) -> None:
        request.answer(500 if "poison" in kinds_of(request) else 200)

    receiver = receive(no_poison)
    app = rig.app(receiver.url)
    rows = [rig.push(app, "fee", call=f"call-{n}") for n in range(5)]
    poison = rig.push(app, "fee", call="poison")
    rig.start()
    rig.until_attempts(poison, 1)
    assert len(receiver.wait(1)) == 1  # all six in one

    # Due in the same moment as the poison's retry, and not in one push with it.
    rig.clock.advance(MINUTE - 1)
    later = [rig.push(app, "fee", call=f"later-{n}") for n in range(3)]
    for row in later:
        assert rig.until_state(row, "delivered").attempts == 1
    rig.clock.advance(2)
    rig.until_attempts(poison, 2)
    rig.clock.advance(4 * MINUTE)
    for row in rows:
        assert rig.until_state(row, "delivered").attempts <= 3
    rig.until_attempts(poison, 3)
    fresh = rig.push(app, "fee", call="fresh")
    assert rig.until_state(fresh, "delivered").attempts == 1

    # By hand they share requests again.
    receiver.behave = status(200)
    before = len(receiver.requests)
    more = [rig.push(app, "fee", call=f"more-{n}") for n in range(3)]
    for row in more:
        rig.until_state(row, "delivered")
    pushes = [*rows, *more]
    count = len(receiver.requests)
    assert count > before
    rig.store.write(lambda db: rig.store.outbox.replay(db, rig.clock.now(), push_ids=pushes))
    receiver.wait(count + 1)
    assert len(receiver.requests[count].json["feeLst"]) == len(pushes)


def test_records_that_hang_are_told_apart_too(rig: Rig, receive: Open) -> None:
    hanging = Hanging(rig, lambda calls: "poison" in calls)
    receiver = receive(hanging)
    rig.settings = FOUR
    app = rig.app(receiver.url)
    rows = [rig.push(app, "fee", call=f"call-{n}") for n in range(20)]
    poison = rig.push(app, "fee", call="poison")
    rig.start()
    for attempt, minutes in enumerate((0, 1, 4), start=1):
        rig.clock.advance(minutes * MINUTE)
        hanging.time_out_until(lambda n=attempt: rig.row(poison).attempts == n)
    for row in rows:
        assert rig.until_state(row, "delivered").attempts <= 3
    hanging.never.set()
