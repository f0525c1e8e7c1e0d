"""Texts on disk: what the indexes refuse, what a report fits, what is forgotten."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from appliance.model.records import Application
from appliance.store import Store
from appliance.store.messages import Text
from appliance.store.received import PartKey, digest_of
from appliance.store.sends import Send
from drivers.clock import ManualClock
from tests.store.conftest import person

X, ICCID = "+8617000000001", "89860000000000000001"
A, B, C = person(1), person(2), person(3)
DAY = timedelta(days=1)


@pytest.fixture
def enter(store: Store, app: Application, clock: ManualClock) -> Callable[..., Text]:
    serial = iter(range(1000))

    def add(**more: Any) -> Text:
        values = {
            "identifier": f"id-{next(serial)}",
            "app_id": app.app_id,
            "x": X,
            "arrived": X,
            "sender": A,
            "recipient": B,
            "body": "中文",
            "direction": 1,
            "parts": 2,
            "reference": 7,
            "received_at": clock.now(),
        }
        return store.write(lambda db: store.messages.add(db, **{**values, **more}))

    return add


@pytest.fixture
def begin(store: Store, clock: ManualClock) -> Callable[..., None]:
    def note(text: Text, part: int = 1, attempt: int = 1, recipient: str = B) -> None:
        store.write(
            lambda db: store.messages.sends.begin(
                db,
                text_id=text.text_id,
                part=part,
                attempt=attempt,
                iccid=ICCID,
                recipient=recipient,
                now=clock.now(),
            )
        )

    return note


@pytest.fixture
def settle(store: Store, clock: ManualClock) -> Callable[..., bool]:
    def write(text: Text, state: str, part: int = 1, attempt: int = 1, **more: Any) -> bool:
        return store.write(
            lambda db: store.messages.sends.settle(
                db,
                text_id=text.text_id,
                part=part,
                attempt=attempt,
                state=state,
                now=clock.now(),
                **more,
            )
        )

    return write


def sends(store: Store, text: Text) -> list[Send]:
    return store.write(lambda db: store.messages.sends.of_text(db, text.text_id))


def test_a_text_comes_back_as_it_was_put_in(
    store: Store, app: Application, clock: ManualClock, enter: Callable[..., Text]
) -> None:
    text = enter(subscription_id="sub", user_data="data", incomplete=True)
    assert store.messages.get(text.text_id) == text
    assert (text.sender, text.recipient, text.x, text.arrived) == (A, B, X, X)
    assert (text.state, text.send_result, text.finished_at) == ("relaying", None, None)
    assert (text.incomplete, text.received_at) == (True, clock.now())
    assert store.messages.relaying(X) == [text]
    assert store.messages.relaying(A) == []


def test_a_text_is_finished_once(
    store: Store, clock: ManualClock, enter: Callable[..., Text]
) -> None:
    text = enter()

    def finish(state: str, result: int) -> bool:
        return store.write(
            lambda db: store.messages.finish(db, text.text_id, state, result, clock.now())
        )

    assert finish("sent", 0)
    assert not finish("unknown", 5)
    found = store.messages.get(text.text_id)
    assert (found.state, found.send_result, found.finished_at) == ("sent", 0, clock.now())
    assert store.messages.counts() == {"sent": 1}


def test_real_numbers_stand_in_one_table_only(
    store: Store, enter: Callable[..., Text], begin: Callable[..., None]
) -> None:
    begin(enter())
    for table in ("texts", "sends", "received", "operator_inbox"):
        for row in store.reader().query(f"SELECT * FROM {table}"):
            assert not [value for value in row.values() if str(value).startswith("+86")]


def test_texts_can_be_listed(store: Store, app: Application, enter: Callable[..., Text]) -> None:
    first, second = enter(), enter(sender=C, recipient=None, parts=0, refused=2)
    assert store.messages.recent(10) == [second, first]
    assert store.messages.recent(1) == [second]
    assert store.messages.recent(10, state="refused") == [second]
    assert store.messages.recent(10, party=B) == [first]
    assert store.messages.recent(10, party=person(99)) == []
    assert store.messages.recent(10, app_id=app.app_id + 1) == []


@pytest.mark.parametrize("state", ["accepted", "unknown"])
def test_the_schema_refuses_a_second_send_of_what_was_or_may_have_been_sent(
    enter: Callable[..., Text],
    begin: Callable[..., None],
    settle: Callable[..., bool],
    state: str,
) -> None:
    text = enter()
    begin(text)
    assert settle(text, state)
    with pytest.raises(sqlite3.IntegrityError):
        begin(text, attempt=2)
    with pytest.raises(sqlite3.IntegrityError):
        begin(text, attempt=2, recipient=C)


def test_a_certain_failure_may_be_followed_by_another_attempt(
    store: Store,
    enter: Callable[..., Text],
    begin: Callable[..., None],
    settle: Callable[..., bool],
) -> None:
    text = enter()
    begin(text)
    assert settle(text, "failed", error="congestion")
    begin(text, attempt=2)
    assert settle(text, "accepted", attempt=2, reference=9)
    assert not settle(text, "failed", attempt=2)
    assert [(send.attempt, send.state, send.error) for send in sends(store, text)] == [
        (1, "failed", "congestion"),
        (2, "accepted", None),
    ]


def test_one_open_send_to_one_person(
    enter: Callable[..., Text], begin: Callable[..., None], settle: Callable[..., bool]
) -> None:
    one, two, three = enter(), enter(), enter(recipient=C)
    begin(one)
    with pytest.raises(sqlite3.IntegrityError):
        begin(two)
    begin(three, recipient=C)
    settle(one, "accepted")
    begin(two)


def test_an_attempt_noted_again_replaces_itself(
    store: Store, enter: Callable[..., Text], begin: Callable[..., None]
) -> None:
    text = enter()
    begin(text)
    begin(text)
    assert len(sends(store, text)) == 1


def test_the_expected_reference_follows_the_last_one_and_wraps(
    store: Store,
    enter: Callable[..., Text],
    begin: Callable[..., None],
    settle: Callable[..., bool],
) -> None:
    first, second = enter(), enter()
    begin(first)
    settle(first, "accepted", reference=255)
    begin(second)
    assert [send.expected_reference for send in sends(store, second)] == [0]


class Reports:
    """Matches reports as a service centre sends them."""

    def __init__(self, store: Store, clock: ManualClock) -> None:
        self.store = store
        self.clock = clock

    def __call__(
        self, reference: int, *, status: int = 0, recipient: str = B, late: float | None = 0
    ) -> tuple[Send, bool] | None:
        now = self.clock.now()
        stamp = None if late is None else now - timedelta(seconds=late)
        return self.store.write(
            lambda db: self.store.messages.sends.report(
                db,
                iccid=ICCID,
                recipient=recipient,
                reference=reference,
                stamp=stamp,
                status=status,
                now=now,
            )
        )


@pytest.fixture
def report(store: Store, clock: ManualClock) -> Reports:
    return Reports(store, clock)


def test_a_report_fits_recipient_and_reference(
    enter: Callable[..., Text],
    begin: Callable[..., None],
    settle: Callable[..., bool],
    report: Reports,
) -> None:
    text = enter()
    begin(text)
    settle(text, "accepted", reference=9)
    assert report(9, recipient=C) is None
    assert report(8) is None
    send, settled = report(9, status=0x46)
    assert (send.text_id, send.report_status, send.state, settled) == (
        text.text_id,
        0x46,
        "accepted",
        False,
    )


def test_of_two_with_one_reference_the_time_decides(
    clock: ManualClock,
    enter: Callable[..., Text],
    begin: Callable[..., None],
    settle: Callable[..., bool],
    report: Reports,
) -> None:
    old = enter()
    begin(old)
    settle(old, "accepted", reference=9)
    clock.advance(3600)
    new = enter()
    begin(new)
    settle(new, "accepted", reference=9)
    assert report(9, late=3600)[0].text_id == old.text_id
    assert report(9)[0].text_id == new.text_id
    assert report(9, late=None)[0].text_id == new.text_id


@pytest.mark.parametrize("reference", [10, 77])
def test_an_open_send_is_settled_by_a_report_in_its_time(
    store: Store,
    enter: Callable[..., Text],
    begin: Callable[..., None],
    settle: Callable[..., bool],
    report: Reports,
    reference: int,
) -> None:
    before = enter()
    begin(before)
    settle(before, "accepted", reference=9)
    text = enter()
    begin(text)
    assert report(reference, late=3600) is None
    send, settled = report(reference)
    assert (send.text_id, send.state, send.reference, settled) == (
        text.text_id,
        "accepted",
        reference,
        True,
    )
    assert not settle(text, "unknown")


def test_a_late_report_of_an_accepted_send_does_not_settle_an_open_one(
    store: Store,
    enter: Callable[..., Text],
    begin: Callable[..., None],
    settle: Callable[..., bool],
    report: Reports,
) -> None:
    before, text = enter(), enter()
    begin(before)
    settle(before, "accepted", reference=9)
    begin(text)
    assert report(9)[0].text_id == before.text_id
    assert [send.state for send in sends(store, text)] == ["writing"]


def test_a_report_after_the_declaration_is_kept_but_changes_nothing(
    enter: Callable[..., Text],
    begin: Callable[..., None],
    settle: Callable[..., bool],
    report: Reports,
) -> None:
    text = enter()
    begin(text)
    settle(text, "unknown")
    send, settled = report(5)
    assert (send.state, send.report_status, settled) == ("unknown", 0, False)


def test_a_report_of_days_ago_fits_nothing(
    clock: ManualClock,
    enter: Callable[..., Text],
    begin: Callable[..., None],
    settle: Callable[..., bool],
    report: Reports,
) -> None:
    text = enter()
    begin(text)
    settle(text, "accepted", reference=9)
    clock.advance(4 * 24 * 3600)
    assert report(9) is None


# --- received ------------------------------------------------------------------------------------


def receive(store: Store, raw: str, slot: int | None = 3, sender: str = A) -> int:
    return store.write(
        lambda db: store.messages.received.add(
            db,
            iccid=ICCID,
            line=X,
            raw=raw,
            now=store.clock.now(),
            storage=None if slot is None else "ME",
            slot=slot,
            sender=sender,
        )
    )


def seen(store: Store, raw: str, slot: int = 3, storage: str = "ME") -> int | None:
    return store.write(
        lambda db: store.messages.received.seen(
            db,
            iccid=ICCID,
            storage=storage,
            slot=slot,
            digest=digest_of(raw),
            now=store.clock.now(),
        )
    )


def test_the_same_pdu_in_the_same_slot_is_the_same_until_its_deletion_is_confirmed(
    store: Store,
) -> None:
    assert seen(store, "AA") is None
    received_id = receive(store, "AA")
    assert seen(store, "aa") == received_id
    assert seen(store, "AA", slot=4) is None
    assert seen(store, "AA", storage="SM") is None
    store.write(lambda db: store.messages.received.mark_deleted(db, received_id, store.clock.now()))
    assert seen(store, "AA") is None


def test_another_pdu_in_the_slot_proves_that_the_former_is_gone(store: Store) -> None:
    receive(store, "AA")
    assert seen(store, "BB") is None
    receive(store, "BB")
    assert seen(store, "AA") is None


def test_a_slot_holds_one_message(store: Store) -> None:
    receive(store, "AA")
    with pytest.raises(sqlite3.IntegrityError):
        receive(store, "BB")
    receive(store, "CC", slot=None)
    receive(store, "DD", slot=None)


def test_parts_wait_as_a_set_and_are_released(store: Store, clock: ManualClock) -> None:
    key = PartKey(X, A, 7, 2, wide=False)
    received = store.messages.received
    first = receive(store, "AA")
    store.write(lambda db: received.hold(db, first, key, 1, "AA", first))

    def held(which: PartKey) -> list[tuple[int, int, str]]:
        parts = store.write(lambda db: received.open_parts(db, which, clock.now() - DAY))
        return [(part.set_id, part.seq, part.raw) for part in parts]

    assert held(key) == [(first, 1, "AA")]
    assert held(PartKey(X, B, 7, 2, wide=False)) == []
    assert held(PartKey(X, A, 7, 2, wide=True)) == []
    assert store.messages.unread_sets() == 1

    again = receive(store, "AB", slot=4)
    with pytest.raises(sqlite3.IntegrityError):
        store.write(lambda db: received.hold(db, again, key, 1, "AB", first))

    assert store.write(lambda db: received.overdue_sets(db, X, clock.now() - DAY)) == []
    clock.advance(DAY.total_seconds())
    ((sender, parts),) = store.write(lambda db: received.overdue_sets(db, X, clock.now() - DAY))
    assert (sender, [part.raw for part in parts]) == (A, ["AA"])
    store.write(lambda db: received.hold(db, again, key, 2, "AB", first))
    store.write(lambda db: received.release(db, [first, again]))
    assert held(key) == []
    assert store.messages.unread_sets() == 0

    store.write(lambda db: received.mark_deleted(db, first, clock.now()))
    clock.advance(1)
    assert store.write(lambda db: received.forget(db, clock.now())) == 1


def test_old_rows_are_forgotten_unless_needed(store: Store, clock: ManualClock) -> None:
    received = store.messages.received
    undeleted, direct = receive(store, "AA"), receive(store, "BB", slot=None)
    clock.advance(1)
    later = clock.now()
    assert store.write(lambda db: received.forget(db, later)) == 1
    assert seen(store, "AA") == undeleted
    assert direct != undeleted


def test_the_operators_inbox(store: Store, clock: ManualClock) -> None:
    for kind, body, raw in (("service", "code 1234", None), ("data", None, "00FF")):
        store.write(
            lambda db, kind=kind, body=body, raw=raw: store.messages.keep_for_operator(
                db, line=X, sender="106", kind=kind, received_at=clock.now(), body=body, raw=raw
            )
        )
    newest, oldest = store.messages.operator_inbox(10)
    assert (newest.kind, newest.raw, newest.body) == ("data", "00FF", None)
    assert (oldest.kind, oldest.body, oldest.sender, oldest.line) == (
        "service",
        "code 1234",
        "106",
        X,
    )
    assert store.messages.operator_inbox(10, line=A) == []
    with pytest.raises(sqlite3.IntegrityError):
        store.write(
            lambda db: store.messages.keep_for_operator(
                db, line=X, sender=None, kind="data", received_at=clock.now()
            )
        )
