"""What is done unasked: voice, reconciliation, heartbeat, and what a deaf modem comes to."""

from __future__ import annotations

import threading

import pytest

from drivers.at.commands import Command
from drivers.at.engine import Engine
from drivers.at.exchange import ODD
from drivers.families import watch
from drivers.families.voice import plan_of
from drivers.modem import (
    CallChanged,
    CallEnded,
    CallInfo,
    CallState,
    Lost,
    Offered,
    Registration,
    SimProblem,
)
from tests.drivers.families.stick import Stick, framed
from tests.drivers.families.test_callcontrol import A, B, clcc


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time passes thirty times as fast."""
    for name in (
        "TICK",
        "HEARTBEAT_AFTER",
        "REFRESH_EVERY",
        "SEARCH_EVERY",
        "RECONCILE_EVERY",
        "POLL_EVERY",
        "DOUBT_PAUSE",
        "IDENTIFY_AFTER",
        "LOOK_SOON",
        "CALM",
        "SWEEPS_APART",
    ):
        monkeypatch.setattr(watch, name, getattr(watch, name) / 30)


# --- voice ---


def test_sim7600_voice_is_asked_for_until_it_is_given() -> None:
    refusals = [["ERROR"], ["+CME ERROR: 3"]]

    def register(_: str) -> list[str]:
        return refusals.pop() if refusals else ["OK"]

    with Stick("simcom", {"AT+CPCMREG=1": register}, audio=True) as stick:
        stick.start()
        assert stick.script.count("AT+CPCMREG=1") == 0
        stick.wire.lines(f'+CLCC: 1,1,4,0,0,"{A}",145')
        stick.wire.lines(f'+CLCC: 1,1,0,0,0,"{A}",145')
        stick.script.wait("AT+CPCMREG=1", 3)
        assert stick.script.count("AT+CPCMFRM=0") == 1
        stick.wire.lines(f'+CLCC: 1,1,6,0,0,"{A}",145')
        stick.script.wait("AT+CPCMREG=0")


def test_sim7600_voice_is_given_up_with_the_call() -> None:
    with Stick("simcom", {"AT+CPCMREG=1": ["ERROR"]}, audio=True) as stick:
        stick.start()
        stick.wire.lines(f'+CLCC: 1,1,0,0,0,"{A}",145')
        stick.script.wait("AT+CPCMREG=1", 2)
        stick.wire.lines(f'+CLCC: 1,1,6,0,0,"{A}",145')
        stick.script.wait("AT+CPCMREG=0")
        asked = stick.script.count("AT+CPCMREG=1")
        stick.outcome(stick.modem.raw("AT+LATER"))

        assert stick.script.count("AT+CPCMREG=1") <= asked + 1


def test_sim7600_voice_is_asked_for_again_when_a_call_was_held_before_it_was_given() -> None:
    given = threading.Event()

    def register(_: str) -> list[str]:
        return ["OK"] if given.is_set() else ["ERROR"]

    with Stick("simcom", {"AT+CPCMREG=1": register}, audio=True) as stick:
        stick.start()
        stick.wire.lines(f'+CLCC: 1,1,0,0,0,"{A}",145')
        stick.script.wait("AT+CPCMREG=1")
        stick.wire.lines(f'+CLCC: 1,1,1,0,0,"{A}",145')
        stick.outcome(stick.modem.raw("AT+LATER"))  # behind the voice: it was given up
        given.set()
        asked = stick.script.count("AT+CPCMREG=1")
        stick.wire.lines(f'+CLCC: 1,1,0,0,0,"{A}",145')
        stick.script.wait("AT+CPCMREG=1", asked + 1)
        assert stick.script.count("AT+CPCMREG=1") == asked + 1


@pytest.mark.parametrize("command", ["dial", "answer"])
def test_huawei_voice_follows_the_call_command(command: str) -> None:
    with Stick("huawei", audio=True) as stick:
        stick.start()
        stick.outcome(stick.modem.dial(B) if command == "dial" else stick.modem.answer())
        sent = stick.script.commands
        place = sent.index("AT^DDSETEX=2")

        assert sent[place - 1] == (f"ATD{B};" if command == "dial" else "ATA")


def test_huawei_voice_that_is_refused_does_not_cost_the_call() -> None:
    with Stick("huawei", {"AT^DDSETEX=2": ["COMMAND NOT SUPPORT"]}, audio=True) as stick:
        stick.start()

        assert stick.outcome(stick.modem.dial(B)) is None


def test_quectel_voice_is_armed_again_behind_each_call() -> None:
    with Stick("quectel", audio=True) as stick:
        stick.start()
        assert stick.script.count("AT+QPCMV=1,0") == 1
        stick.wire.lines(f'+QIND: "ccinfo",1,1,0,0,0,"{A}",145')
        stick.wire.lines(f'+QIND: "ccinfo",1,1,-1,0,0,"{A}",145')
        stick.script.wait("AT+QPCMV=1,0", 2)


def test_without_an_ear_nothing_is_said_of_voice() -> None:
    with Stick("huawei") as stick:
        stick.start()
        stick.outcome(stick.modem.dial(B))

        assert "AT^DDSETEX=2" not in stick.script.commands
        assert plan_of(stick.modem._watch.unit) is None  # type: ignore[attr-defined]


# --- calls that nobody told of ---


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("make", ["quectel", "generic"])
def test_an_end_that_was_not_told_is_found(make: str) -> None:
    with Stick(make) as stick:
        stick.start()
        stick.script.answers["AT+CLCC"] = clcc((1, 1, 0, 0, A))
        stick.outcome(stick.modem.list_calls())
        stick.script.answers["AT+CLCC"] = ["OK"]

        assert stick.events.until(CallEnded) == CallEnded(1, 16)


@pytest.mark.usefixtures("quick")
def test_changes_of_a_make_that_tells_nothing_are_found() -> None:
    with Stick("generic") as stick:
        stick.start()
        stick.script.answers["AT+CLCC"] = clcc((1, 0, 2, 0, B))
        stick.modem.dial(B)
        told = stick.told(1)
        for state in (3, 0):
            stick.script.answers["AT+CLCC"] = clcc((1, 0, state, 0, B))
            told += stick.told(1)

        assert told == [
            CallChanged(CallInfo(1, True, CallState(state), False, B)) for state in (2, 3, 0)
        ]


@pytest.mark.usefixtures("quick")
def test_a_ringing_that_stopped_unsaid_ends() -> None:
    with Stick("generic") as stick:
        stick.start()
        stick.wire.lines("RING")
        assert stick.told(1) == [Offered(0)]

        assert stick.told(1) == [CallEnded(0, 16)]


@pytest.mark.usefixtures("quick")
def test_a_list_that_fails_ends_nothing() -> None:
    with Stick("quectel") as stick:
        stick.start()
        stick.script.answers["AT+CLCC"] = clcc((1, 1, 0, 0, A))
        stick.outcome(stick.modem.list_calls())
        stick.script.answers["AT+CLCC"] = ["+CME ERROR: 100"]
        stick.script.wait("AT+CLCC", 8)

        assert not [e for e in stick.events.seen if isinstance(e, CallEnded)]


def test_a_call_that_lives_at_the_start_is_told_of() -> None:
    with Stick("quectel", {"AT+CLCC": clcc((2, 0, 0, 1, B))}) as stick:
        stick.modem.start(stick.events.post)

        assert stick.told(2)[1] == CallChanged(CallInfo(2, True, CallState.ACTIVE, True, B))


def test_a_list_that_is_overtaken_is_asked_for_again() -> None:
    lists = [
        [f'+QIND: "ccinfo",1,1,-1,0,0,"{A}",145', *clcc((1, 1, 0, 0, A))],
        ["OK"],
    ]
    with Stick("quectel") as stick:
        stick.start()
        stick.script.answers["AT+CLCC"] = clcc((1, 1, 0, 0, A))
        stick.outcome(stick.modem.list_calls())
        stick.script.answers["AT+CLCC"] = lambda _: lists.pop(0) if len(lists) > 1 else lists[0]

        assert stick.outcome(stick.modem.list_calls()) == ()
        ends = [e for e in stick.events.seen if isinstance(e, CallEnded)]
        assert ends == [CallEnded(1, 16)] or stick.events.until(CallEnded) == CallEnded(1, 16)
        assert stick.quiet()


@pytest.mark.parametrize("noise", ["+CL\x8f\xe9: 1,1,0\xff,0", "\xc3CLCC 1,1", "1,1,0,0,0"])
def test_a_call_that_noise_may_have_hidden_is_not_gone(noise: str) -> None:
    lists = [[noise, "OK"], [noise, "OK"], clcc((1, 1, 0, 0, A))]
    with Stick("quectel") as stick:
        stick.start()
        stick.script.answers["AT+CLCC"] = clcc((1, 1, 0, 0, A))
        stick.outcome(stick.modem.list_calls())
        stick.script.answers["AT+CLCC"] = lambda _: lists.pop(0) if len(lists) > 1 else lists[0]

        [call] = stick.outcome(stick.modem.list_calls())
        assert call.index == 1
        assert not [e for e in stick.events.seen if isinstance(e, CallEnded)]
        assert stick.quiet()


def test_an_end_is_not_held_up_by_a_busy_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "CAUSE_LIMIT", 0.1)
    with Stick("quectel") as stick:
        stick.start()
        stick.wire.lines(f'+QIND: "ccinfo",1,0,2,0,0,"{B}",145')
        stick.script.silent.set()
        stick.modem.raw("AT+SLOW")
        stick.script.wait("AT+SLOW")
        stick.wire.lines(f'+QIND: "ccinfo",1,0,-1,0,0,"{B}",145', "BUSY")

        assert stick.events.until(CallEnded) == CallEnded(1, 17)


# --- a bad line ---


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("torn", ['\xabCM\xf0I: "ME",4', '+CMTI: "ME",\xf4', '+CMXI: "ME",4'])
def test_what_noise_may_have_hidden_is_looked_for(torn: str) -> None:
    with Stick("quectel") as stick:
        stick.start()
        looked, listed = stick.script.count("AT+CPMS?"), stick.script.count("AT+CLCC")
        stick.wire.lines(torn)
        stick.script.wait("AT+CPMS?", looked + 1)
        stick.script.wait("AT+CLCC", listed + 1)
        assert stick.script.count("AT+CPMS?") > looked
        assert stick.script.count("AT+CLCC") > listed


def test_lines_of_a_kind_that_no_table_knows_are_noise_a_few_times_only() -> None:
    with Stick("quectel") as stick:
        stick.start()
        engine = stick.modem._engine
        assert engine is not None
        for number in range(ODD + 2):
            assert engine.mishaps == min(number, ODD)
            stick.wire.lines(f"+QNEW: {number}")
            stick.outcome(stick.modem.raw(f"AT+LATER={number}"))


TORN = (
    '+CLIP: "+4915\xe910000001",145,,,,0',
    '+CLIP: "+4915110',
    "+CLIP:",
    '+CLIP: "+4915110000001",14\x85',
    '+CLIP: "+4915Q10000001",145,,,,0',
    '+QIND: "ccinfo",1,1,4,0,0,"+4915\xe910000001",145',
    '+QIND: "ccinfo",1,1,4\xb5,0,0,"+4915110000001",145',
    '+QIND: "ccinfo",1,0,4,0,0,"+4915110000001",145',
    '+QIND: "ccinfo",1,1,-1,0,0,"+4915\xe910000001",145',
)


def test_a_torn_line_names_nobody_and_ends_no_call() -> None:
    with Stick("quectel") as stick:
        stick.start()
        stick.script.answers["AT+CLCC"] = clcc((1, 1, 4, 0, A))
        stick.wire.lines("RING", f'+CLIP: "{A}",145,,,,0', *TORN, *TORN)
        assert stick.told(3) == [Offered(0), Offered(0, A), Offered(1, A)]
        [call] = stick.outcome(stick.modem.list_calls())
        assert call.number == A
        assert stick.quiet()


# --- care ---


@pytest.mark.usefixtures("quick")
def test_an_idle_modem_is_asked_whether_it_lives() -> None:
    with Stick("quectel") as stick:
        stick.start()
        asked = stick.script.count("AT")
        stick.script.wait("AT", asked + 1)
        assert not [event for event in stick.events.seen if isinstance(event, Lost)]


@pytest.mark.usefixtures("quick")
def test_signal_and_registration_are_refreshed() -> None:
    with Stick("quectel") as stick:
        stick.start()
        stick.script.answers["AT+CREG?"] = ["+CREG: 2,0", "OK"]
        stick.script.answers["AT+CEREG?"] = ["+CEREG: 2,2", "OK"]

        assert stick.events.until(Registration) == Registration(2)


@pytest.mark.usefixtures("quick")
def test_a_sim_that_was_pulled_without_a_word_is_missed() -> None:
    with Stick("huawei") as stick:
        stick.start()
        stick.script.answers["AT+CPIN?"] = ["+CME ERROR: 10"]
        stick.wire.lines("+CREG: 0")

        assert stick.events.until(SimProblem) == SimProblem("REMOVED")


@pytest.mark.usefixtures("quick")
def test_a_modem_that_chatters_but_does_not_answer_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch.commands, "HEARTBEAT", Command("AT", timeout=0.1))
    monkeypatch.setattr(Engine, "probe", 0.1)
    with Stick("huawei") as stick:
        stick.start()
        stick.script.silent.set()
        for _ in range(200):
            stick.wire.say(framed("^RSSI:18", "^BOOT:21083438,0,0,0,6"))
            if any(isinstance(event, Lost) for event in stick.drain(0.02)):
                break

        lost = [event for event in stick.events.seen if isinstance(event, Lost)]
        assert len(lost) == 1
        assert "deaf" in lost[0].cause
