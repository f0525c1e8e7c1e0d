"""Texts between two people over X: relayed, told, never lost, never twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import time, timedelta

import pytest

from appliance.errors import StoreFailed
from appliance.exchange.courier import CourierSettings
from appliance.exchange.dispatch_rules import DispatchSettings, quiet_for
from appliance.exchange.notifier import SendResult
from appliance.model import budget
from appliance.model.bindings import AxbTerms
from appliance.model.records import Application, Mode, Role, UrlKind
from appliance.store import Store
from drivers.at.pdu_octets import PduError
from drivers.clock import ManualClock
from drivers.errors import (
    Cancelled,
    CommandFailed,
    CommandTimeout,
    DriverError,
    NotSupported,
    PortLost,
)
from drivers.modem import MessageRef, MessageStored, PduArrived, Registration, StorageFull
from tests.exchange.text_line import TextLine, deliver_pdus, notifies

A, B, C, STRANGER = "+8613900000001", "+8613900000002", "+8613900000003", "+8613900000009"
X, Y = "+8617000000001", "+8617000000002"
LONG = "这是一条很长的短信。" * 14 + "😀" * 5
OPEN = CommandTimeout("AT+CMGS: no answer within 60 s", outcome_unknown=True)


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


def bind(store: Store, app: Application, a: str, b: str, x: str = X, **terms: object) -> str:
    binding = store.write(
        lambda db: store.bindings.bind_axb(
            db, app, AxbTerms(a=a, b=b, x=x, **terms), store.clock.now()
        )
    )
    return binding.subscription_id


@pytest.fixture
def line(text_store: Store, manual_clock: ManualClock, app: Application) -> Iterator[TextLine]:
    line = TextLine(text_store, manual_clock, X)
    line.ready()
    yield line
    line.work()


@pytest.fixture
def bound(text_store: Store, app: Application) -> str:
    return bind(text_store, app, A, B, user_data="order-1")


def pace(**settings: object) -> CourierSettings:
    return CourierSettings(dispatch=replace(DispatchSettings(), **settings))


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


# --- sending -------------------------------------------------------------------------------------


def test_the_journal_is_on_the_disk_before_the_modem_gets_the_part(
    line: TextLine, bound: str
) -> None:
    seen: list[tuple[str, int | None]] = []
    real = line.modem.send_message

    def send(pdu: str, octets: int, before: Callable[[], None]) -> int:
        rows = line.store.reader().query("SELECT state, expected_reference FROM sends")
        seen.extend((row["state"], row["expected_reference"]) for row in rows)
        return real(pdu, octets, before)

    line.modem.send_message = send
    line.modem.deliver(A, "one")
    line.work()
    assert seen == [("writing", None)]
    seen.clear()
    line.modem.deliver(A, "two")
    line.work()
    assert seen == [("accepted", None), ("writing", 252)]


def test_a_send_without_an_answer_is_settled_by_its_report(
    line: TextLine, app: Application, bound: str
) -> None:
    line.modem.deliver(A, "first")
    line.work()
    line.modem.answers = [OPEN]
    line.modem.deliver(A, "second")
    line.work()
    assert len(notifies(line.store, app)) == 1

    line.modem.report(line.modem.taken[0], reference=252)
    line.work()
    assert [event["sendResult"] for event in notifies(line.store, app)] == [0, 0]
    assert len(line.modem.written) == 2


@pytest.mark.parametrize("error", [OPEN, DriverError("odd"), CommandFailed("332", cms=332)])
def test_without_a_report_it_is_declared_unknown_and_not_repeated(
    line: TextLine, app: Application, bound: str, error: Exception
) -> None:
    line.modem.answers = [error]
    line.modem.deliver(A, "hm")
    line.work()
    line.pass_time(119)
    assert notifies(line.store, app) == []
    line.pass_time(2)
    (event,) = notifies(line.store, app)
    assert event["sendResult"] == 5
    assert len(line.modem.written) == 1
    assert [text.state for text in line.store.messages.recent(5, state="unknown")] == ["unknown"]
    line.pass_time(24 * 3600)
    assert len(line.modem.written) == 1


def test_nothing_else_goes_to_the_same_person_while_a_send_is_open(
    line: TextLine, app: Application, bound: str
) -> None:
    bind(line.store, app, A, C, x=Y)
    bind(line.store, app, STRANGER, C)
    line.modem.answers = [OPEN]
    line.modem.deliver(A, "open")
    line.work()
    line.modem.deliver(A, "behind it")
    line.modem.deliver(STRANGER, "to somebody else")
    line.work()
    assert line.sent() == [(C, "to somebody else")]
    line.pass_time(121)
    assert line.sent()[1:] == [(B, "behind it")]


@pytest.mark.parametrize("answer", ["silence", "taken-silence"])
def test_killed_between_ctrl_z_and_the_answer(
    line: TextLine, app: Application, bound: str, answer: str
) -> None:
    line.modem.deliver(A, "before")
    line.work()
    line.modem.answers = [answer]
    line.modem.deliver(A, "during")
    line.work()
    line = line.die()
    line.ready()
    assert len(line.modem.written) == 2, "an open send was repeated"
    if answer == "taken-silence":
        line.modem.report(line.modem.taken[-1], reference=252, direct=False)
        line.work()
    line.pass_time(125)
    assert [event["sendResult"] for event in notifies(line.store, app)] == [
        0,
        0 if answer == "taken-silence" else 5,
    ]
    assert len(line.modem.written) == 2


def test_killed_before_the_modem_had_asked_for_the_part_it_is_sent_by_the_next_start(
    line: TextLine, app: Application, bound: str
) -> None:
    line.modem.answers = ["accepted", "unasked"]
    line.modem.deliver(A, LONG)
    line.work()
    assert len(line.modem.written) == 1
    line = line.die()
    line.ready()
    assert line.whole() == LONG
    assert [event["sendResult"] for event in notifies(line.store, app)] == [0]
    (text,) = line.store.messages.recent(5)
    rows = line.store.write(lambda db: line.store.messages.sends.of_text(db, text.text_id))
    assert [(send.part, send.attempt, send.state) for send in rows] == [
        (1, 1, "accepted"),
        (2, 1, "accepted"),
        (3, 1, "accepted"),
    ]


def test_killed_before_the_modem_had_asked_and_too_old_by_then_it_is_told_as_not_sent(
    line: TextLine, app: Application, bound: str
) -> None:
    line.modem.answers = ["unasked"]
    line.modem.deliver(A, "stale")
    line.work()
    line = line.die()
    line.clock.advance(24 * 3600 + 1)
    line.ready()
    assert [event["sendResult"] for event in notifies(line.store, app)] == [10]
    line.modem.deliver(A, "fresh")
    line.work()
    assert line.sent() == [(B, "fresh")], "the attempt of before holds nobody up"


def test_a_modem_lost_before_it_had_asked_sends_the_part_when_it_is_back(
    line: TextLine, app: Application, bound: str
) -> None:
    line.modem.answers = ["unasked"]
    line.modem.deliver(A, "early")
    line.work()
    line.lost()
    line.ready()
    line.pass_time(60)
    assert line.sent() == [(B, "early")]
    assert [event["sendResult"] for event in notifies(line.store, app)] == [0]


def test_a_prompt_that_cannot_be_marked_gets_nothing(
    line: TextLine, app: Application, bound: str
) -> None:
    refusals = [StoreFailed("the disk is full")]

    def refuse(work: object) -> BaseException | None:
        marking = "mark" in getattr(work, "__qualname__", "")
        return refusals.pop() if marking and refusals else None

    line.refuse = refuse
    line.modem.deliver(A, "marked first")
    line.work()
    assert line.modem.written == []
    assert not refusals
    line.pass_time(60)
    assert line.sent() == [(B, "marked first")]


def test_restarts_do_not_prolong_the_wait_for_a_report(
    line: TextLine, app: Application, bound: str
) -> None:
    line.modem.answers = ["silence"]
    line.modem.deliver(A, "during")
    line.modem.deliver(A, "behind it")
    line.work()
    for _ in range(4):
        line.pass_time(29)
        line = line.die()
        line.ready()
    line.pass_time(9)  # 125 seconds after the send, but nine after the start
    assert notifies(line.store, app) == []
    line.pass_time(2)
    assert [event["sendResult"] for event in notifies(line.store, app)] == [5, 0]
    assert line.sent() == [(B, "behind it")]


@pytest.mark.parametrize(("answers", "result"), [([], 0), ([OPEN], 5)])
def test_killed_between_the_last_outcome_and_the_end_of_the_text(
    line: TextLine, app: Application, bound: str, answers: list[DriverError | str], result: int
) -> None:
    """The outcome of every part is on the disk, and that the text is over is not."""
    line.modem.answers = list(answers)
    line.modem.deliver(A, "during")
    line.work()
    line.modem.deliver(A, "behind it")
    line.pass_time(125)
    assert len(line.modem.written) == 2
    line.store.write(
        lambda db: db.conn.execute(
            "UPDATE texts SET state = 'relaying', finished_at = NULL, send_result = NULL"
        )
    )
    line.store.write(lambda db: db.conn.execute("DELETE FROM outbox"))
    line = line.die()
    line.ready()
    line.work()
    assert [event["sendResult"] for event in notifies(line.store, app)] == [result, 0]
    assert len(line.modem.written) == 2


def test_references_of_one_person_go_on_through_restarts(
    line: TextLine, app: Application, bound: str
) -> None:
    """Parts that a phone keeps of a text that was cut short must not meet those of another."""
    bind(line.store, app, C, "+8613900000004")
    for number in range(3):
        line.modem.deliver(A, f"{number}{LONG}", ref=number)
        line.modem.deliver(A, "short")
        line.modem.deliver(C, f"{number}{LONG}", ref=number)
        line.work()
        for _ in range(5):
            line.pass_time(60)
        line = line.die()
        line.ready()
    seen: dict[str, list[int]] = {}
    for submit in line.modem.taken:
        if submit.body.concat is not None and submit.body.concat.seq == 1:
            seen.setdefault(submit.recipient.text, []).append(submit.body.concat.ref)
    assert len(seen) == 2
    for first, *others in seen.values():
        assert others == [(first + 1) % 256, (first + 2) % 256]


def test_killed_at_every_step_nothing_is_lost_and_nothing_comes_twice(
    line: TextLine, app: Application, bound: str
) -> None:
    """The box dies after its first step, then its second … until a run needs no more steps."""
    certain = 0
    for kill_at in range(40):
        text = f"text {kill_at}"
        line.modem.deliver(A, text)
        steps = 0
        while steps < kill_at and (line._writes or not line.inbox.empty()):
            line.step()
            steps += 1
        ended = not line._writes and line.inbox.empty()
        if not ended:
            line = line.die()
            line.ready()
        line.pass_time(600)
        sent = [body for _, body in line.sent()].count(text)
        results = [
            event["sendResult"]
            for event in notifies(line.store, app)
            if event["smsContent"] == text
        ]
        assert len(results) == 1
        # Between its journal and the answer a send may or may not have been made: that is told.
        assert (sent, results) in [(1, [0]), (1, [5]), (0, [5])]
        certain += results == [0]
        if ended:
            break
    assert ended
    assert kill_at > 5
    assert kill_at - certain <= 3, "more steps than the journal's window had an open outcome"


def test_a_certain_failure_is_tried_again_after_its_pause(
    line: TextLine, app: Application, bound: str
) -> None:
    busy = CommandFailed("AT+CMGS: +CMS ERROR: 42", cms=42)
    line.modem.answers = [busy, busy]
    line.modem.deliver(A, "patience")
    line.work()
    line.pass_time(4)
    assert len(line.modem.written) == 1
    line.pass_time(2)
    assert len(line.modem.written) == 2
    line.pass_time(20)
    assert line.sent() == [(B, "patience")]
    assert [event["sendResult"] for event in notifies(line.store, app)] == [0]


@pytest.mark.parametrize(
    ("errors", "text", "result", "writes"),
    [
        ([CommandFailed("barred", cms=8)], "no", 10, 1),
        ([NotSupported("never", cme=4)], "no", 10, 1),
        ([CommandFailed("rejected", cms=21)] * 2, "no", 10, 2),
        ([CommandFailed("?", cms=500)] * 3, "no", 10, 3),
        (["accepted", CommandFailed("barred", cms=8)], LONG, 9, 2),
        (["accepted", OPEN, "accepted"], LONG, 5, 3),
        ([CommandTimeout("no prompt within 5 s"), Cancelled("taken back")], "yes", 0, 3),
        ([PortLost("gone before Ctrl-Z")], "yes", 0, 2),
    ],
)
def test_how_a_send_ends_is_told(
    line: TextLine,
    app: Application,
    bound: str,
    errors: list[object],
    text: str,
    result: int,
    writes: int,
) -> None:
    line.modem.answers = list(errors)
    line.modem.deliver(A, text)
    line.work()
    for _ in range(20):
        line.pass_time(61)
    (event,) = notifies(line.store, app)
    assert event["sendResult"] == result
    assert ("called" in event) == (result == 0)
    assert len(line.modem.written) == writes


def test_a_report_updates_the_record_and_changes_nothing_else(
    line: TextLine, app: Application, bound: str
) -> None:
    line.modem.deliver(A, "reported")
    line.work()
    line.modem.report(line.modem.taken[0], status=0x46, reference=251, direct=False)
    line.work()
    (text,) = line.store.messages.recent(5)
    (send,) = line.store.write(lambda db: line.store.messages.sends.of_text(db, text.text_id))
    assert (send.state, send.report_status, send.reference) == ("accepted", 0x46, 251)
    assert len(notifies(line.store, app)) == 1
    assert line.modem.slots == {}


def test_reports_for_nothing_are_thrown_away(line: TextLine, bound: str) -> None:
    line.modem.deliver(A, "one")
    line.work()
    line.modem.report(line.modem.taken[0], reference=99)
    line.work()
    assert line.courier.counts["unmatched"] == 1


def test_pacing_counts_parts(line: TextLine, app: Application, bound: str) -> None:
    for number in range(4):
        line.modem.deliver(A, LONG.replace("很", str(number)), ref=number)
    line.work()
    assert len(line.modem.taken) == 6
    assert line.courier.depth() == 6
    line.pass_time(10)
    assert len(line.modem.taken) == 7
    line.pass_time(50)
    assert len(line.modem.taken) == 12


def test_pacing_survives_a_restart_and_scales_with_speed(
    text_store: Store, manual_clock: ManualClock, app: Application, bound: str
) -> None:
    fast = TextLine(text_store, manual_clock, X, pace(speed=10.0))
    fast.ready()
    for number in range(12):
        fast.modem.deliver(A, f"text {number}")
    fast.work()
    assert len(fast.modem.taken) == 6
    fast = fast.die()
    fast.ready()
    assert len(fast.modem.taken) == 6
    fast.pass_time(1)
    assert len(fast.modem.taken) == 7
    fast.pass_time(5)
    assert len(fast.modem.taken) == 12


def test_a_destinations_allowance_holds_up_nobody_else(
    text_store: Store, manual_clock: ManualClock, app: Application, bound: str
) -> None:
    bind(text_store, app, STRANGER, C)
    rules = {budget.PER_DESTINATION: budget.Rule(1, 1)}
    line = TextLine(text_store, manual_clock, X, pace(rules=rules))
    line.ready()
    line.modem.deliver(A, "one")
    line.modem.deliver(A, "two")
    line.modem.deliver(STRANGER, "three")
    line.work()
    assert line.sent() == [(B, "one"), (C, "three")]
    line.pass_time(60)
    assert line.sent()[2:] == [(B, "two")]


def test_quiet_hours_hold_texts_back(
    text_store: Store, manual_clock: ManualClock, app: Application, bound: str
) -> None:
    line = TextLine(text_store, manual_clock, X, pace(quiet=(time(15), time(17))))
    line.ready()
    line.modem.deliver(A, "siesta")  # 16:00 in China
    line.work()
    assert line.sent() == []
    line.pass_time(3599)
    assert line.sent() == []
    line.pass_time(2)
    assert line.sent() == [(B, "siesta")]


def test_quiet_hours_may_span_midnight(manual_clock: ManualClock) -> None:
    night = DispatchSettings(quiet=(time(22), time(7)))
    noon = manual_clock.now()  # 16:00 in China
    assert quiet_for(night, noon) == 0
    assert quiet_for(night, noon + timedelta(hours=6)) == 9 * 3600
    assert quiet_for(night, noon + timedelta(hours=14)) == 3600
    assert quiet_for(DispatchSettings(), noon) == 0


def test_a_text_waits_for_the_end_of_quiet_hours(
    text_store: Store, manual_clock: ManualClock, bound: str
) -> None:
    settings = CourierSettings(DispatchSettings(quiet=(time(15), time(17))))  # it is 16:00 there
    line = TextLine(text_store, manual_clock, X, settings)
    line.ready()
    line.modem.deliver(A, "not now")
    line.work()
    line.pass_time(3_590)
    assert (line.sent(), line.courier.depth()) == ([], 1)
    line.pass_time(11)
    assert (line.sent(), line.courier.depth()) == ([(B, "not now")], 0)


def test_a_text_beyond_the_months_allowance_fails_at_once(
    text_store: Store, manual_clock: ManualClock, app: Application, bound: str
) -> None:
    settings = CourierSettings(DispatchSettings(parts_left=lambda line: 1 if line == X else None))
    line = TextLine(text_store, manual_clock, X, settings)
    line.ready()
    line.modem.deliver(A, "one part")
    line.work()
    assert line.sent() == [(B, "one part")]
    for pdu in deliver_pdus(A, LONG, manual_clock.now()):
        line.modem.store(pdu)
    line.work()
    assert line.sent() == [(B, "one part")]
    assert [event["sendResult"] for event in notifies(text_store, app)] == [0, SendResult.FAILED]


def test_without_service_nothing_is_sent(line: TextLine, bound: str) -> None:
    line.courier.event(Registration(2))
    line.modem.deliver(A, "wait")
    line.work()
    assert line.modem.written == []
    line.courier.event(Registration(1))
    line.work()
    assert line.sent() == [(B, "wait")]


def test_a_lost_modem_leaves_its_send_open_and_its_slots_to_the_next_sweep(
    line: TextLine, app: Application, bound: str
) -> None:
    line.modem.answers = ["silence"]
    line.modem.deliver(A, "cut")
    line.work()
    line.modem.deliver(A, "after")
    line.lost()
    line.ready()
    line.pass_time(121)
    assert [event["sendResult"] for event in notifies(line.store, app)] == [5, 0]
    assert line.sent() == [(B, "after")]


def test_what_is_too_old_is_given_up(line: TextLine, app: Application, bound: str) -> None:
    line.courier.event(Registration(2))
    line.modem.deliver(A, "stale")
    line.work()
    line.clock.advance(24 * 3600 + 1)
    line.courier.event(Registration(1))
    line.work()
    assert line.modem.written == []
    assert [event["sendResult"] for event in notifies(line.store, app)] == [10]


def test_a_journal_that_is_refused_sends_nothing_and_tries_again(
    line: TextLine, bound: str
) -> None:
    refusals = [StoreFailed("the disk is full"), sqlite3.IntegrityError("open elsewhere")]

    def refuse(work: object) -> BaseException | None:
        noting = "_note" in getattr(work, "__qualname__", "")
        return refusals.pop(0) if noting and refusals else None

    line.refuse = refuse
    line.modem.deliver(A, "noted first")
    line.work()
    assert line.modem.written == []
    line.pass_time(5)
    assert line.modem.written == []
    line.pass_time(5)
    assert line.sent() == [(B, "noted first")]


def test_another_sim_in_the_modem_does_not_send_the_texts_of_the_former_one(
    line: TextLine, app: Application, bound: str
) -> None:
    bind(line.store, app, A, C, x=Y)
    line.courier.event(Registration(2))
    line.modem.deliver(A, "from X only")
    line.work()
    line.lost()
    line.line, line.iccid = Y, "8986000002"
    line.ready()
    line.courier.event(Registration(1))
    line.modem.deliver(A, "from Y")
    line.work()
    line.pass_time(1000)
    assert line.sent() == [(C, "from Y")]

    home = TextLine(line.store, line.clock, X)
    home.ready()
    assert home.sent() == [(B, "from X only")]


def test_a_stopped_courier_sends_nothing(line: TextLine, bound: str) -> None:
    line.modem.deliver(A, "one")
    line.courier.stop()
    line.work()
    line.pass_time(1000)
    assert line.modem.written == []


def test_an_orderly_stop_lets_the_send_under_way_be_settled(
    line: TextLine, app: Application, bound: str
) -> None:
    line.modem.deliver(A, "last words")
    while not line.modem.written:
        line.step()
    line.courier.stop()
    assert not line.courier.idle
    line.work()
    assert line.courier.idle
    assert [event["sendResult"] for event in notifies(line.store, app)] == [0]


def test_a_text_that_no_255_parts_can_carry_is_refused(
    line: TextLine, app: Application, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_long(_text: str) -> None:
        raise PduError("text of 300 parts, expected at most 255")

    monkeypatch.setattr("appliance.exchange.text_entry.split", too_long)
    line.modem.deliver(A, "long")
    line.work()
    assert [event["sendResult"] for event in notifies(line.store, app)] == [10]


def test_a_slot_that_is_empty_is_no_text(line: TextLine) -> None:
    line.courier.event(MessageStored(MessageRef("SM", 3)))
    line.work()
    assert line.courier.counts["received"] == 0
