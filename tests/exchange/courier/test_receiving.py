"""Texts that come: put together, routed, refused, told, and never twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appliance.errors import StoreFailed
from appliance.model.records import Application
from drivers.modem import MessageRef, MessageStored, PduArrived, StorageFull
from tests.exchange.courier.shop import LONG, STRANGER, A, B, X, Y, bind
from tests.exchange.text_line import TextLine, deliver_pdus, notifies


def test_a_text_from_a_reaches_b_from_x_and_the_application_hears_of_it(
    line: TextLine, app: Application, bound: str
) -> None:
    line.modem.deliver(A, "hello")
    line.work()

    assert line.sent() == [(B, "hello")]
    assert line.modem.slots == {}
    (event,) = notifies(line.store, app)
    assert event.pop("smsIdentifier")
    assert event == {
        "notificationMode": "Notify",
        "calling": A,
        "called": B,
        "virtualNumber": X,
        "event": "Text SMS ",
        "timeStamp": "2026-03-01T08:00:00.000Z",
        "subscriptionId": bound,
        "smsContent": "hello",
        "sendResult": 0,
        "extInfo": {
            "extParas": [
                {"key": "splitNum", "value": "1"},
                {"key": "direction", "value": "1"},
            ]
        },
        "userData": "order-1",
    }
    (text,) = line.store.messages.recent(5)
    assert (text.state, text.send_result) == ("sent", 0)


def test_a_reply_goes_the_other_way(line: TextLine, app: Application, bound: str) -> None:
    line.modem.deliver("13900000002", "回复")
    line.work()
    assert line.sent() == [(A, "回复")]
    assert notifies(line.store, app)[0]["extInfo"]["extParas"][1]["value"] == "0"


@pytest.mark.parametrize("text", [LONG, "a" * 161, "€" * 100, "😀" * 40, "", "x@y\nz\t{}[]"])
def test_whatever_is_written_arrives_as_it_was(line: TextLine, bound: str, text: str) -> None:
    line.modem.deliver(A, text)
    line.work()
    assert line.whole() == text
    assert all(submit.report for submit in line.modem.taken)


def test_one_notification_for_a_long_text_with_its_parts_counted(
    line: TextLine, app: Application, bound: str
) -> None:
    line.modem.deliver(A, LONG)
    line.work()
    (event,) = notifies(line.store, app)
    assert event["smsContent"] == LONG
    assert event["extInfo"]["extParas"][0] == {"key": "splitNum", "value": "3"}
    concats = [submit.body.concat for submit in line.modem.taken]
    assert [(c.seq, c.total) for c in concats] == [(1, 3), (2, 3), (3, 3)]
    assert len({c.ref for c in concats}) == 1


def test_parts_in_any_order_over_any_time_make_one_text(line: TextLine, bound: str) -> None:
    first, second, third = deliver_pdus(A, LONG, line.now())
    line.modem.store(third)
    line.work()
    assert line.modem.slots == {}
    line = line.die()
    line.ready()
    line.pass_time(23 * 3600)
    line.modem.store(first)
    line.modem.store(second)
    line.work()
    assert line.whole() == LONG
    assert line.store.messages.unread_sets() == 0


def test_what_never_comes_is_named_after_a_day(
    line: TextLine, app: Application, bound: str
) -> None:
    pdus = deliver_pdus(A, LONG, line.now())
    line.modem.store(pdus[0])
    line.modem.store(pdus[2])
    line.work()
    line.pass_time(24 * 3600 - 200)
    assert line.sent() == []
    line.pass_time(400)
    assert "[part 2 missing]" in line.whole()
    assert line.whole().startswith(LONG[:67])
    (text,) = line.store.messages.recent(5)
    assert text.incomplete


def test_two_long_texts_with_the_same_reference_are_not_mixed(line: TextLine, bound: str) -> None:
    one = deliver_pdus(A, "一" * 100, line.now())
    two = deliver_pdus(A, "二" * 100, line.now() + timedelta(seconds=5))
    for pdu in (one[0], two[0], two[1], one[1]):
        line.modem.store(pdu)
    line.work()
    line.pass_time(60)
    texts = {text.body for text in line.store.messages.recent(5)}
    assert texts == {"一" * 100, "二" * 100}


def test_two_identical_texts_are_two(line: TextLine, app: Application, bound: str) -> None:
    """Even in the same second: they lie in two slots."""
    line.modem.deliver(A, "ok")
    line.modem.deliver(A, "ok")
    line.work()
    assert line.sent() == [(B, "ok"), (B, "ok")]
    assert len(notifies(line.store, app)) == 2


def test_the_same_slot_used_again_for_the_same_words_is_another_text(
    line: TextLine, bound: str
) -> None:
    assert line.modem.deliver(A, "ok") == [0]
    line.work()
    assert line.modem.deliver(A, "ok") == [0]
    line.work()
    assert len(line.sent()) == 2


def test_a_text_read_again_after_a_crash_before_its_deletion_is_one(
    line: TextLine, app: Application, bound: str
) -> None:
    line.modem.keep_slots = True
    line.modem.deliver(A, "once")
    line.work()
    assert len(line.modem.slots) == 1
    line = line.die()
    line.modem.keep_slots = False
    line.ready()

    assert line.sent() == [(B, "once")]
    assert line.modem.slots == {}
    assert line.courier.counts["duplicates"] == 1
    assert len(notifies(line.store, app)) == 1


def test_a_slot_that_cannot_be_emptied_does_not_repeat_its_text(line: TextLine, bound: str) -> None:
    line.modem.keep_slots = True
    line.modem.deliver(A, "once")
    line.work()
    for _ in range(5):
        line.pass_time(200)
    assert line.sent() == [(B, "once")]


def test_nothing_is_deleted_before_it_is_on_the_disk(line: TextLine, bound: str) -> None:
    line.refuse = lambda _work: StoreFailed("the disk is full")
    line.modem.deliver(A, "keep me")
    line.work()
    assert len(line.modem.slots) == 1
    line.refuse = lambda _work: None
    line.pass_time(5)
    assert line.modem.slots == {}
    assert line.sent() == [(B, "keep me")]


def test_the_sweep_finds_what_no_event_told(line: TextLine, bound: str) -> None:
    line.modem.deliver(A, "unannounced", announce=False)
    line.pass_time(179)
    assert line.sent() == []
    line.pass_time(2)
    assert line.sent() == [(B, "unannounced")]


def test_a_full_storage_is_emptied(line: TextLine, bound: str) -> None:
    line.modem.deliver(A, "waiting", announce=False)
    line.courier.event(StorageFull("ME"))
    line.work()
    assert line.modem.slots == {}


def test_texts_that_came_while_the_box_was_off_are_swept_at_ready(
    line: TextLine, bound: str
) -> None:
    line = line.die()
    line.modem.deliver(A, "early", announce=False)
    line.ready()
    assert line.sent() == [(B, "early")]


def test_a_direct_text_is_taken_too(line: TextLine, bound: str) -> None:
    (pdu,) = deliver_pdus(A, "direct", line.now())
    line.courier.event(PduArrived(pdu))
    line.work()
    assert line.sent() == [(B, "direct")]


@pytest.mark.parametrize(
    ("terms", "sender", "result"),
    [({}, STRANGER, 2), ({"private_sms": False}, A, 11)],
)
def test_who_may_not_is_refused_and_told(
    line: TextLine,
    app: Application,
    terms: dict[str, object],
    sender: str,
    result: int,
) -> None:
    bind(line.store, app, A, B, **terms)
    line.modem.deliver(sender, "hello")
    line.work()
    assert line.sent() == []
    assert line.modem.slots == {}
    (event,) = notifies(line.store, app)
    assert (event["sendResult"], event["calling"], event["virtualNumber"]) == (result, sender, X)
    assert "called" not in event
    assert event["extInfo"]["extParas"][0]["value"] == "0"


def test_an_application_without_texts_gets_11(line: TextLine, app: Application, bound: str) -> None:
    line.store.write(lambda db: line.store.applications.update(db, app.app_id, sms=False))
    line.modem.deliver(A, "hello")
    line.work()
    assert [event["sendResult"] for event in notifies(line.store, app)] == [11]


def test_content_is_told_only_if_the_application_may_have_it(
    line: TextLine, app: Application, bound: str
) -> None:
    line.store.write(lambda db: line.store.applications.update(db, app.app_id, sms_content=False))
    line.modem.deliver(A, "secret")
    line.work()
    assert "smsContent" not in notifies(line.store, app)[0]


@pytest.mark.parametrize("sender", ["10690000123", "Bank", "10086", "95555"])
def test_services_are_for_the_operator_only(
    line: TextLine, app: Application, bound: str, sender: str
) -> None:
    line.modem.deliver(sender, "your code is 1234")
    line.work()
    assert line.sent() == []
    assert notifies(line.store, app) == []
    (kept,) = line.store.messages.operator_inbox(5)
    assert (kept.line, kept.kind, kept.body) == (X, "service", "your code is 1234")
    assert (kept.sender or "").endswith(sender)
    assert line.modem.slots == {}


@pytest.mark.parametrize("pdu", ["", "00", "ZZZZ", "0004", "FF" * 20, "00" * 300])
def test_what_cannot_be_decoded_is_kept_as_it_came(line: TextLine, pdu: str) -> None:
    line.modem.store(pdu)
    line.work()
    assert line.modem.slots == {}
    (kept,) = line.store.messages.operator_inbox(5)
    assert (kept.kind, kept.raw) == ("undecodable", pdu)


def test_a_text_that_our_rules_stumble_over_is_kept_and_holds_up_nothing(
    line: TextLine, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_args: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(line.store.bindings, "route_facts", stumble)
    line.modem.deliver(A, "odd")
    line.work()
    monkeypatch.undo()
    assert [kept.kind for kept in line.store.messages.operator_inbox(5)] == ["undecodable"]
    line.modem.deliver(A, "plain")
    line.work()
    assert line.sent() == [(B, "plain")]


def test_a_reply_to_a_second_line_leaves_from_the_x_of_its_binding(
    line: TextLine, app: Application, bound: str
) -> None:
    second = TextLine(line.store, line.clock, Y, others=line.others)
    second.ready()
    line.store.write(lambda db: line.store.bindings.add_return_route(db, Y, B, bound))
    second.modem.deliver(B, "to the number that called me")
    second.work()
    assert second.sent() == []
    assert line.sent() == [(A, "to the number that called me")]
    (event,) = notifies(line.store, app)
    assert event["virtualNumber"] == X


def test_a_text_for_a_line_that_is_away_leaves_when_it_comes(
    line: TextLine, app: Application, bound: str
) -> None:
    second = TextLine(line.store, line.clock, Y, others=line.others)
    second.ready()
    line.store.write(lambda db: line.store.bindings.add_return_route(db, Y, B, bound))
    line.alive = False
    second.modem.deliver(B, "later")
    second.work()
    assert line.sent() == []
    line = line.die()
    line.ready()
    assert line.sent() == [(A, "later")]


def test_a_slot_that_is_empty_is_no_text(line: TextLine) -> None:
    line.courier.event(MessageStored(MessageRef("SM", 3)))
    line.work()
    assert line.courier.counts["received"] == 0
