"""Calls when something else goes away: ports, second lines, numbers, a worker, the disk."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from appliance.errors import NotFound, Refused
from appliance.exchange.messages import Ask
from appliance.exchange.registry import LineState
from appliance.model.call_plan import Limits
from appliance.model.records import CallRecord, Mode, Role
from drivers.errors import CommandFailed
from drivers.modem import CallInfo, CallState, Offered, Ready, Registration
from tests.exchange.box import ALL, TRUNK, A, B, C, TestBox, X
from tests.exchange.fake_network import LOST, NO_ANSWER, FakeModem, NetCall


def returns(box: TestBox, modem: FakeModem) -> None:
    """The recovery ladder brings a modem back."""
    modem.asked.clear()
    box.rack.add(modem)
    box.until(lambda: "list_calls" in modem.asked, "calls are listed anew")


def test_a_lost_port_leaves_a_conference_to_the_network_and_finds_it_again(box: TestBox) -> None:
    before = box.conversation()
    modem = box.network.lines[X]
    modem.tell(LOST)
    box.until(lambda: box.exchange.lines()[0].state is LineState.LOST, "the line is lost")
    box.until(lambda: box.rack.recovers == [f"virtual:{X}"], "the ladder")
    assert box.exchange.lines()[0].call is None
    returns(box, modem)
    box.until(lambda: box.exchange.lines()[0].call == before.session_id, "found again")
    box.network.hang_up(A)
    [record] = box.over()
    assert record.ended_by == "caller"
    assert box.told(record) == ALL


def test_a_lost_port_ends_a_bridge_on_the_other_line_too(box: TestBox) -> None:
    box.conversation("bridge")
    modem = box.network.lines[X]
    modem.tell(LOST)
    [record] = box.over()
    assert (record.state_code, record.ended_by) == (7505, "box")
    box.until(lambda: box.network.states(TRUNK) == [], "B is released")
    returns(box, modem)
    box.until(box.network.quiet, "what was left of A is released")
    box.network.call(A, X)
    box.until(lambda: len(box.records()) > 1 and box.talking(), "the next call")
    assert len(box.records()) == 2, "what was left of the first call is no call of its own"


def test_a_lost_second_line_ends_the_bridge(box: TestBox) -> None:
    box.conversation("bridge")
    box.network.lines[TRUNK].tell(LOST)
    [record] = box.over()
    assert (record.state_code, record.ended_by) == (7506, "box")
    box.until(lambda: box.network.states(X) == [], "A is released")


def test_a_line_that_never_comes_back_does_not_keep_its_call_open(box: TestBox) -> None:
    before = box.conversation()
    box.network.lines[X].tell(LOST)
    box.until(lambda: box.exchange.lines()[0].state is LineState.LOST, "the line is lost")
    box.fires(121)
    [record] = box.over()
    assert box.told(record) == ALL
    assert record.ended_at is not None
    assert before.answered_at is not None
    assert record.ended_at - before.answered_at < timedelta(seconds=121)
    closed = "simveil_calls_closed_unseen_total"
    box.until(lambda: counted(box, closed) == 1, "the close is counted once it is on disk")


def counted(box: TestBox, name: str) -> float:
    """Return a counter of the exchange."""
    return next(
        sample.value
        for metric in box.exchange.metrics()
        for sample in metric.samples
        if sample.name == name
    )


def test_a_worker_that_stumbles_is_logged_and_its_line_started_anew(
    box: TestBox, caplog: pytest.LogCaptureFixture
) -> None:
    box.line(X)
    box.bind()
    box.start()
    modem = box.network.lines[X]

    def stumble() -> None:
        raise ZeroDivisionError("a bug")

    worker = box.exchange._workers[modem.socket.name]
    worker.post(Ask(stumble))
    box.until(lambda: box.rack.recovers, "the ladder is asked for help")
    assert box.exchange.lines()[0].state is LineState.HOSPITAL
    assert "a bug" in caplog.text
    returns(box, modem)
    box.network.call(A, X)
    box.talking()


def test_a_pulled_modem_is_a_lost_line_and_works_again_when_plugged(box: TestBox) -> None:
    box.line(X)
    box.bind()
    box.start()
    modem = box.network.lines[X]
    box.rack.remove(modem.socket.name)
    box.until(lambda: box.exchange.lines()[0].state is LineState.LOST, "gone")
    returns(box, modem)
    box.until(lambda: box.exchange.lines()[0].state is LineState.READY, "back")
    box.network.call(A, X)
    assert box.talking().bind_number == X


def test_a_sim_keeps_its_number_in_another_modem(box: TestBox) -> None:
    modem = box.line(X)
    box.bind()
    box.start()
    box.rack.remove(modem.socket.name)
    box.until(lambda: box.exchange.lines()[0].state is LineState.LOST, "gone")
    modem.socket = replace(modem.socket, name="1-1.4", msisdn=None)
    returns(box, modem)
    box.network.call(A, X)
    assert box.talking().bind_number == X


def test_without_a_network_the_line_says_so(box: TestBox) -> None:
    modem = box.line(X)
    box.start()
    modem.tell(Registration(2))
    box.until(lambda: box.exchange.lines()[0].state is LineState.NO_NETWORK, "searching")
    assert "not registered" in box.exchange.lines()[0].explanation
    modem.tell(Registration(1, "Test"))
    box.until(lambda: box.exchange.lines()[0].state is LineState.READY, "found")


def ringing(box: TestBox, number: str | None, told: Offered) -> FakeModem:
    """A's call rings on X with this number, and the modem tells this of it."""
    modem = box.line(X)
    box.bind()
    box.start()
    with box.network.lock:
        modem.calls[1] = NetCall(CallInfo(1, False, CallState.INCOMING, False, number), A)
        modem.tell(told)
    return modem


def test_a_number_that_comes_late_is_waited_for_three_seconds(box: TestBox) -> None:
    modem = ringing(box, A, Offered(0))
    box.fires(2.5)
    modem.tell(Offered(1, A))
    record = box.talking()
    assert (record.caller, record.bind_number) == (A, X)


def test_a_number_that_does_not_come_makes_a_stranger(box: TestBox) -> None:
    ringing(box, None, Offered(1))
    box.until(lambda: box.exchange.lines()[0].call, "the call is there")
    box.fires(3.1)
    [record] = box.over()
    assert (record.state_code, record.caller) == (8014, None)


def test_a_call_whose_line_is_lost_before_its_number_came_is_told(box: TestBox) -> None:
    modem = ringing(box, None, Offered(0))
    box.until(lambda: box.exchange.lines()[0].call, "the call is there")
    modem.tell(LOST)
    [record] = box.over()
    assert (record.caller, record.state_code, record.app_id) == (None, 7505, box.app.app_id)
    assert [kind for kind, _ in box.pushes()] == ["callin", "disconnect", "fee"]


def test_events_wait_for_a_store_that_fails_and_keep_their_order(
    box: TestBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.line(X)
    box.bind()
    box.start()
    real = box.store.calls.save
    broken = {"yes": True}

    def save(db: Any, record: CallRecord) -> bool:
        if broken["yes"]:
            raise sqlite3.OperationalError("disk I/O error")
        return real(db, record)

    monkeypatch.setattr(box.store.calls, "save", save)
    box.network.call(A, X)
    box.until(lambda: (B, "ACTIVE", True) in box.network.states(X), "they talk all the same")
    box.network.hang_up(A)
    box.until(box.network.quiet, "the call is over")
    broken["yes"] = False

    def retried() -> bool:
        box.fires(5.1)
        return bool(box.records()) and not box.store.calls.unfinished()

    box.until(retried, "everything is written")
    [record] = box.over()
    assert [kind for kind, _ in box.pushes()] == ALL
    assert box.told(record) == ALL


def test_a_technician_may_ask_a_line(box: TestBox) -> None:
    box.line(X)
    box.start()
    assert box.exchange.raw_at(X, "ATI", 5.0) == ["ATI", "OK"]
    assert box.exchange.ussd(X, "*100#", 5.0) == "balance of *100#"
    with pytest.raises(NotFound, match="no line"):
        box.exchange.raw_at(B, "ATI", 5.0)
    box.network.lines[X].fails["raw"] = CommandFailed("AT+NO: ERROR")
    with pytest.raises(Refused, match="ERROR"):
        box.exchange.raw_at(X, "AT+NO", 5.0)
    box.exchange.reset(X)
    box.until(lambda: box.rack.recovers == [f"virtual:{X}"], "the ladder")


def test_a_sim_enrolled_while_it_runs_takes_traffic_at_once(box: TestBox) -> None:
    modem = box.line(X, role=None)
    box.start()
    iccid = modem.identity().iccid
    box.store.write(
        lambda db: box.store.numbers.enrol(
            db, X, iccid=iccid, role=Role.NUMBER, app_id=box.app.app_id
        )
    )
    box.bind()
    box.exchange.enrolment_changed()
    box.until(lambda: box.exchange.lines()[0].role == "number", "the line knows its role")
    box.network.call(A, X)
    assert box.talking().bind_number == X


def test_a_modem_that_does_not_answer_its_hold_in_time_is_asked_what_it_carries(
    box: TestBox,
) -> None:
    modem = box.line(X)
    box.line(TRUNK, role=Role.TRUNK)
    box.bind()
    box.start()
    modem.fails["hold"] = NO_ANSWER
    box.network.call(A, X)
    assert box.talking().strategy == "bridge"


def test_a_leg_that_the_modem_never_reports_as_gone_does_not_keep_the_line(box: TestBox) -> None:
    box.line(X)
    box.bind()
    box.start(limits=Limits(release=10.0))
    box.network.call(A, X)
    box.talking()
    box.network.lines[X].silent.add("hang_up")
    box.network.hang_up(A)
    [record] = box.over()  # told at once

    def let_go() -> bool:
        box.fires(11)
        return not box.exchange.lines()[0].call

    box.until(let_go, "the line is free")
    box.network.lines[X].silent.clear()
    with box.network.lock:
        box.network.lines[X].calls.clear()
    assert record.ended_by == "caller"


def test_ready_again_without_a_loss_changes_nothing_for_a_call(box: TestBox) -> None:
    box.conversation()
    modem = box.network.lines[X]
    modem.asked.clear()
    modem.tell(Ready(modem.identity(), modem.facts))
    box.until(lambda: "list_calls" in modem.asked, "calls are listed")
    box.network.hang_up(A)
    [record] = box.over()
    assert record.ended_by == "caller"
    assert box.told(record) == ALL


def test_mode_and_application_stand_in_the_record(box: TestBox) -> None:
    record = box.conversation()
    assert (record.mode, record.app_id) == (Mode.AXB, box.app.app_id)
    assert C not in (record.caller, record.callee)
