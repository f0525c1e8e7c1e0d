"""Sends whose outcome is not known: by the journal nothing is lost, nothing leaves twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from appliance.errors import StoreFailed
from appliance.model.records import Application
from drivers.errors import CommandFailed, DriverError
from tests.exchange.courier.shop import LONG, OPEN, STRANGER, A, B, C, Y, bind
from tests.exchange.text_line import TextLine, notifies


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
