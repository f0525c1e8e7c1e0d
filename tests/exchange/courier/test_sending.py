"""Texts that leave: how a send ends, what holds it up, what it may cost."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from appliance.exchange.courier import CourierSettings
from appliance.exchange.dispatch_rules import DispatchSettings, quiet_for
from appliance.exchange.notifier import SendResult
from appliance.model import budget
from appliance.model.records import Application
from appliance.store import Store
from drivers.at.pdu_octets import PduError
from drivers.clock import ManualClock
from drivers.errors import Cancelled, CommandFailed, CommandTimeout, NotSupported, PortLost
from drivers.modem import Registration
from tests.exchange.courier.shop import LONG, OPEN, STRANGER, A, B, C, X, Y, bind, pace
from tests.exchange.text_line import TextLine, deliver_pdus, notifies


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


def test_what_is_too_old_is_given_up(line: TextLine, app: Application, bound: str) -> None:
    line.courier.event(Registration(2))
    line.modem.deliver(A, "stale")
    line.work()
    line.clock.advance(24 * 3600 + 1)
    line.courier.event(Registration(1))
    line.work()
    assert line.modem.written == []
    assert [event["sendResult"] for event in notifies(line.store, app)] == [10]


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


def test_a_text_that_no_255_parts_can_carry_is_refused(
    line: TextLine, app: Application, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_long(_text: str) -> None:
        raise PduError("text of 300 parts, expected at most 255")

    monkeypatch.setattr("appliance.exchange.text_entry.split", too_long)
    line.modem.deliver(A, "long")
    line.work()
    assert [event["sendResult"] for event in notifies(line.store, app)] == [10]
