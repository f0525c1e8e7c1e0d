"""Which command does what is wanted in the state at hand, and what comes of it."""

from __future__ import annotations

import threading

import pytest

from drivers.errors import Cancelled, CommandFailed, NotSupported
from drivers.families import callcontrol
from drivers.modem import CallChanged, CallEnded, CallInfo, CallState, Offered, WaitingCall
from tests.drivers.families.stick import Answers, Stick, framed
from tests.drivers.wire import LIMIT

A, B = "+4915110000001", "+4915110000002"
QUICK = 0.01


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callcontrol, "CHECK_PAUSE", QUICK)


def clcc(*calls: tuple[int, int, int, int, str]) -> list[str]:
    """A list of calls: index, direction, state, multiparty, number."""
    lines = [f'+CLCC: {i},{d},{s},0,{m},"{n}",145,""' for i, d, s, m, n in calls]
    return [*lines, "OK"]


HELD_A = (1, 1, 1, 0, A)
ACTIVE_A = (1, 1, 0, 0, A)
RINGING_A = (1, 1, 4, 0, A)
ACTIVE_B = (2, 0, 0, 0, B)
DIALLED_B = (2, 0, 2, 0, B)
ALERTING_B = (2, 0, 3, 0, B)
HELD_B = (2, 0, 1, 0, B)
WAITING_C = (3, 1, 5, 0, B)


def up(make: str, *calls: tuple[int, int, int, int, str], answers: Answers | None = None) -> Stick:
    """A stick with calls on it, ready; what it sent until now is forgotten."""
    stick = Stick(make, {"AT+CLCC": clcc(*calls), **(answers or {})})
    stick.start()
    stick.outcome(stick.modem.list_calls())
    with stick.script._new:
        stick.script.commands.clear()
    return stick


def sent(stick: Stick) -> list[str]:
    return [c for c in stick.script.commands if c not in {"AT+CLCC", "AT+CEER", "AT"}]


# --- dial and answer ---


@pytest.mark.parametrize("make", ["quectel", "simcom", "huawei", "generic"])
def test_dialling_is_voice_and_accepted_at_once(make: str) -> None:
    with Stick(make) as stick:
        stick.start()

        assert stick.outcome(stick.modem.dial(B)) is None
        assert sent(stick)[-1] == f"ATD{B};"


@pytest.mark.parametrize("number", ["", "+", "12a", "1;H", "**21*1#", "1" * 21, "1\r"])
def test_only_numbers_are_dialled(number: str) -> None:
    with Stick("quectel") as stick:
        stick.start()

        assert isinstance(stick.outcome(stick.modem.dial(number)), CommandFailed)
        assert not [c for c in stick.script.commands if c.startswith("ATD")]


@pytest.mark.parametrize(
    ("line", "ceer", "cause"),
    [
        ("BUSY", "+CEER: 5,16,x", 17),
        ("NO ANSWER", "+CEER: Normal call clearing", 19),
        ("NO CARRIER", "+CEER: 5,34,1", 34),
        ("NO CARRIER", '+CEER: "21 Call rejected"', 21),
        ("ERROR", "+CEER: No report available", None),
    ],
)
def test_a_call_that_did_not_come_to_be_has_a_cause(
    line: str, ceer: str, cause: int | None
) -> None:
    with Stick("quectel", {f"ATD{B};": [line], "AT+CEER": [ceer, "OK"]}) as stick:
        stick.start()
        error = stick.outcome(stick.modem.dial(B))

        assert isinstance(error, CommandFailed)
        assert error.cause == cause


def test_a_make_that_does_not_report_calls_is_asked() -> None:
    with Stick("generic") as stick:
        stick.start()
        stick.script.answers["AT+CLCC"] = clcc((3, 0, 2, 0, B))
        stick.modem.dial(B)

        assert stick.told(1) == [CallChanged(CallInfo(3, True, CallState.DIALLING, False, B))]


def test_busy_before_anything_was_told_of_the_call_ends_it() -> None:
    with Stick("generic", {"AT+CEER": ["ERROR"]}) as stick:
        stick.start()
        stick.outcome(stick.modem.dial(B))
        stick.wire.lines("BUSY")

        assert stick.told(1) == [CallEnded(0, 17)]


@pytest.mark.parametrize("make", ["quectel", "simcom", "huawei", "generic"])
def test_answering(make: str) -> None:
    with Stick(make) as stick:
        stick.start()
        stick.wire.lines("RING")
        assert stick.told(1) == [Offered(0)]

        assert stick.outcome(stick.modem.answer()) is None
        assert "ATA" in sent(stick)


def test_answering_a_call_that_is_gone_fails() -> None:
    with Stick("quectel", {"ATA": ["NO CARRIER"]}) as stick:
        stick.start()

        assert isinstance(stick.outcome(stick.modem.answer()), CommandFailed)


def test_a_call_that_rings_without_index_is_looked_up() -> None:
    with Stick("huawei", {"AT+CLCC": clcc((2, 1, 4, 0, A))}) as stick:
        stick.modem.start(stick.events.post)
        found = stick.told(2)  # Ready, and the call that the first list finds

        assert found[1] == Offered(2, A)


def test_a_number_that_comes_by_list_only() -> None:
    with Stick("huawei") as stick:
        stick.start()
        stick.script.answers["AT+CLCC"] = clcc((1, 1, 4, 0, A))
        stick.wire.lines("RING")

        assert stick.told(2) == [Offered(0), Offered(1, A)]


# --- hanging up ---


@pytest.mark.parametrize(
    ("calls", "index", "commands"),
    [
        ([RINGING_A], 1, ["AT+CHUP"]),
        ([ACTIVE_A], 1, ["AT+CHUP"]),
        ([HELD_A], 1, ["AT+CHLD=0"]),
        ([HELD_A, DIALLED_B], 2, ["AT+CHUP"]),
        ([HELD_A, ALERTING_B], 2, ["AT+CHUP"]),
        ([HELD_A, ACTIVE_B], 2, ["AT+CHLD=12"]),
        ([HELD_A, ACTIVE_B], 1, ["AT+CHLD=0"]),
        ([ACTIVE_A, WAITING_C], 1, ["AT+CHLD=11"]),
        ([ACTIVE_A, WAITING_C], 3, ["AT+CHLD=0"]),
        ([HELD_A, WAITING_C], 1, ["AT+CHLD=11"]),
        ([HELD_A, HELD_B], 2, ["AT+CHLD=12"]),
        ([(1, 1, 0, 1, A), (2, 0, 0, 1, B)], 2, ["AT+CHLD=12"]),
        ([ACTIVE_A], 7, []),
    ],
)
@pytest.mark.parametrize("make", ["quectel", "huawei"])
def test_one_call_is_released_and_no_other(
    make: str, calls: list[tuple[int, int, int, int, str]], index: int, commands: list[str]
) -> None:
    with up(make, *calls) as stick:
        assert stick.outcome(stick.modem.hang_up(index)) is None
        assert sent(stick) == commands


def test_a_waiting_call_that_is_told_of_when_it_rings_already_is_one_call() -> None:
    with up("simcom", (1, 0, 0, 0, A)) as stick:
        # While a text was handed over the modem kept the older word back.
        stick.say(framed(f'+CLCC: 2,1,4,0,0,"{B}",145', f'+CCWA: "{B}",145,1'))
        stick.heard()
        stick.script.answers["AT+CLCC"] = clcc((1, 0, 0, 0, A), (2, 1, 4, 0, B))
        stick.outcome(stick.modem.list_calls())
        found = [e for e in stick.events.seen if isinstance(e, Offered | WaitingCall)]

        assert found == [Offered(2, B)]


def test_a_call_that_took_the_index_of_the_one_meant_is_left_alone() -> None:
    with up("quectel", RINGING_A) as stick:
        begun, free = threading.Event(), threading.Event()

        def slow(_: str) -> list[str]:
            begun.set()
            assert free.wait(LIMIT)
            return ["OK"]

        stick.script.answers["AT+QBUSY"] = slow
        busy = stick.modem.raw("AT+QBUSY")
        assert begun.wait(LIMIT)
        answered, released = stick.modem.answer(), stick.modem.hang_up(1)
        next_caller = (1, 1, 4, 0, B)
        stick.script.answers["AT+CLCC"] = clcc(next_caller)
        stick.say(framed(f'+QIND: "ccinfo",1,1,-1,0,0,"{A}",145'))
        stick.say(framed(f'+QIND: "ccinfo",1,1,4,0,0,"{B}",145'))
        stick.heard()
        free.set()

        assert stick.outcome(busy) == ("OK",)
        assert isinstance(stick.outcome(answered), CommandFailed)
        assert stick.outcome(released) is None
        assert sent(stick) == ["AT+QBUSY"]
        assert stick.outcome(stick.modem.hang_up(1)) is None
        assert sent(stick) == ["AT+QBUSY", "AT+CHUP"]


def test_a_waiting_call_is_left_to_ring_out_while_another_is_held() -> None:
    with up("quectel", HELD_A, WAITING_C) as stick:
        assert isinstance(stick.outcome(stick.modem.hang_up(3)), CommandFailed)
        assert isinstance(stick.outcome(stick.modem.refuse_waiting()), CommandFailed)
        assert sent(stick) == []


def test_an_e1550_never_gets_the_command_that_hangs_it() -> None:
    with up("huawei", HELD_A, HELD_B, (3, 0, 2, 0, B)) as stick:
        error = stick.outcome(stick.modem.hang_up(1))

        assert "modem would hang" in str(error)
        assert sent(stick) == []


def test_a_modem_without_chup_is_hung_up_the_old_way() -> None:
    with up("quectel", ACTIVE_A, answers={"AT+CHUP": ["ERROR"]}) as stick:
        stick.outcome(stick.modem.hang_up(1))

        assert sent(stick) == ["AT+CHUP", "ATH"]


def test_all_calls_are_released_whatever_they_do() -> None:
    with up("quectel", HELD_A, ACTIVE_B) as stick:
        lists = [clcc(HELD_A, ACTIVE_B), clcc(HELD_A), ["OK"]]

        def listing(_: str) -> list[str]:
            return lists.pop(0) if len(lists) > 1 else lists[0]

        stick.script.answers["AT+CLCC"] = listing
        assert stick.outcome(stick.modem.hang_up()) is None
        assert sent(stick) == ["AT+CHUP", "AT+CHLD=0"]
        if CallEnded(1, 16) not in stick.events.seen:
            stick.events.until(CallEnded)
        ends = [e for e in stick.events.seen if isinstance(e, CallEnded)]

        assert ends == [CallEnded(2, 16), CallEnded(1, 16)]


def test_calls_that_cannot_be_released_are_reported() -> None:
    with up("quectel", ACTIVE_A) as stick:
        assert "still up" in str(stick.outcome(stick.modem.hang_up()))


def test_hanging_up_when_there_is_nothing_is_success() -> None:
    with up("quectel") as stick:
        assert stick.outcome(stick.modem.hang_up()) is None
        assert stick.outcome(stick.modem.hang_up(1)) is None
        assert sent(stick) == []


def test_our_own_hanging_up_is_normal_clearing() -> None:
    with up("generic", ACTIVE_A, answers={"AT+CEER": ["ERROR"]}) as stick:
        stick.outcome(stick.modem.hang_up(1))
        stick.script.answers["AT+CLCC"] = ["OK"]
        stick.wire.lines("NO CARRIER")

        assert stick.told(1) == [CallEnded(1, 16)]


# --- hold, retrieve, join, transfer ---


def test_holding_is_done_when_the_list_shows_it() -> None:
    with up("quectel", ACTIVE_A) as stick:
        lists = [clcc(ACTIVE_A), clcc(HELD_A)]
        stick.script.answers["AT+CLCC"] = lambda _: lists.pop(0) if len(lists) > 1 else lists[0]

        assert stick.outcome(stick.modem.hold()) is None
        assert sent(stick) == ["AT+CHLD=2"]
        held = CallChanged(CallInfo(1, False, CallState.HELD, False, A))
        assert held in stick.events.seen


def test_holding_without_effect_is_a_failure() -> None:
    with up("quectel", ACTIVE_A) as stick:
        assert "accepted without effect" in str(stick.outcome(stick.modem.hold()))


@pytest.mark.parametrize(
    ("answer", "ceer", "kind"),
    [
        (["+CME ERROR: 4"], "+CEER: 16", NotSupported),
        (["+CME ERROR: operation not supported"], "+CEER: 16", NotSupported),
        (["ERROR"], "+CEER: Requested facility not subscribed", NotSupported),
        (["ERROR"], "+CEER: 5,69,1", NotSupported),
        (["+CME ERROR: 3"], "+CEER: 5,29", NotSupported),
        (["+CME ERROR: 3"], "+CEER: 5,41", CommandFailed),
        (["ERROR"], "+CEER: No cause", CommandFailed),
    ],
)
@pytest.mark.parametrize("what", ["hold", "join", "transfer"])
def test_what_a_subscription_lacks_is_told_from_what_failed(
    what: str, answer: list[str], ceer: str, kind: type
) -> None:
    refusals = {f"AT+CHLD={n}": answer for n in (2, 3, 4)}
    answers: Answers = {**refusals, "AT+CEER": [ceer, "OK"]}
    with up("quectel", HELD_A, ACTIVE_B, answers=answers) as stick:
        assert type(stick.outcome(getattr(stick.modem, what)())) is kind


def test_joining_is_done_when_nobody_is_held() -> None:
    joined = clcc((1, 1, 0, 1, A), (2, 0, 0, 1, B))
    with up("quectel", HELD_A, ACTIVE_B) as stick:
        stick.script.answers["AT+CHLD=3"] = lambda _: (
            stick.script.answers.update({"AT+CLCC": joined}) or ["OK"]
        )

        assert stick.outcome(stick.modem.join()) is None
        assert CallChanged(CallInfo(1, False, CallState.ACTIVE, True, A)) in stick.events.seen


def test_nothing_is_held_or_joined_over_a_waiting_call() -> None:
    with up("quectel", ACTIVE_A, WAITING_C) as stick:
        assert "waiting call" in str(stick.outcome(stick.modem.hold()))
        assert "waits" in str(stick.outcome(stick.modem.join()))
        assert sent(stick) == []


@pytest.mark.parametrize(
    ("calls", "command"),
    [
        ([HELD_A], "AT+CHLD=2"),
        ([HELD_A, ACTIVE_B], "AT+CHLD=2"),
        ([HELD_A, WAITING_C], "AT+CHLD=21"),
        ([HELD_A, HELD_B], "AT+CHLD=21"),
    ],
)
def test_retrieving_names_the_call_where_another_could_be_meant(
    calls: list[tuple[int, int, int, int, str]], command: str
) -> None:
    with up("quectel", *calls) as stick:
        active = clcc(ACTIVE_A, *(call for call in calls if call[0] != 1))
        stick.script.answers[command] = lambda _: (
            stick.script.answers.update({"AT+CLCC": active}) or ["OK"]
        )

        assert stick.outcome(stick.modem.retrieve(1)) is None
        assert sent(stick) == [command]


def test_retrieving_what_is_active_already() -> None:
    with up("quectel", ACTIVE_A) as stick:
        assert stick.outcome(stick.modem.retrieve(1)) is None
        assert sent(stick) == []


@pytest.mark.parametrize("calls", [[HELD_A, DIALLED_B], [RINGING_A], []])
def test_retrieving_what_cannot_be(calls: list[tuple[int, int, int, int, str]]) -> None:
    with up("quectel", *calls) as stick:
        assert isinstance(stick.outcome(stick.modem.retrieve(1)), CommandFailed)
        assert sent(stick) == []


# --- keys, lists, the rest ---


@pytest.mark.parametrize(
    ("make", "commands"),
    [
        ("quectel", ['AT+VTS="1"', 'AT+VTS="#"', 'AT+VTS="A"']),
        ("huawei", ["AT^DTMF=1,1", "AT^DTMF=1,#", "AT^DTMF=1,A"]),
    ],
)
def test_keys_go_one_by_one(make: str, commands: list[str]) -> None:
    with up(make, ACTIVE_A) as stick:
        assert stick.outcome(stick.modem.send_digits("1#a")) is None
        assert sent(stick) == commands


@pytest.mark.parametrize("digits", ["", "E", "1 2", '1"', "1\r"])
def test_what_is_no_key(digits: str) -> None:
    with up("quectel", ACTIVE_A) as stick:
        assert isinstance(stick.outcome(stick.modem.send_digits(digits)), CommandFailed)


def test_lists_hold_voice_calls_only_and_take_every_form() -> None:
    listed = [
        '+CLCC: 1,1,0,1,0,"",128',
        '+CLCC: 2,1,0,0,1,"+4915110000001",145,"",0',
        '+CLCC: 3,0,1,0,1,"015110000002",129,"Name, A"',
        "+CLCC: 4,0,2,0,0",
        "OK",
    ]
    with Stick("quectel", {"AT+CLCC": listed}) as stick:
        stick.start()

        assert stick.outcome(stick.modem.list_calls()) == (
            CallInfo(2, False, CallState.ACTIVE, True, "+4915110000001"),
            CallInfo(3, True, CallState.HELD, True, "015110000002"),
            CallInfo(4, True, CallState.DIALLING, False, None),
        )


def test_a_second_caller_beside_a_call() -> None:
    with up("quectel", ACTIVE_A) as stick:
        stick.script.answers["AT+CLCC"] = clcc(ACTIVE_A, WAITING_C)
        stick.wire.lines('+CCWA: "4915110000002",145,1')

        assert stick.told(2) == [WaitingCall(0, B), WaitingCall(3, B)]
        assert stick.outcome(stick.modem.refuse_waiting()) is None
        assert "AT+CHLD=0" in sent(stick)


def test_raw_commands_give_every_line_and_their_errors_too() -> None:
    answers: Answers = {"AT+X?": ["+X: 1", "bare", "OK"], "AT+Y": ["+CME ERROR: 3"]}
    with Stick("quectel", answers) as stick:
        stick.start()

        assert stick.outcome(stick.modem.raw("AT+X?")) == ("+X: 1", "bare", "OK")
        assert stick.outcome(stick.modem.raw("AT+Y")) == ("+CME ERROR: 3",)


@pytest.mark.parametrize("command", ["AT\rATH", "AT\x1a", "AT\x1b", "ATÄ", "AT\n"])
def test_raw_commands_are_one_line(command: str) -> None:
    with Stick("quectel") as stick:
        stick.start()

        assert isinstance(stick.outcome(stick.modem.raw(command)), CommandFailed)


def test_a_request_that_waits_can_be_taken_back() -> None:
    with Stick("quectel") as stick:
        stick.start()
        stick.script.silent.set()
        first = stick.modem.raw("AT+SLOW")
        stick.script.wait("AT+SLOW")
        second = stick.modem.dial(B)
        stick.modem.cancel(second)
        assert isinstance(stick.outcome(second), Cancelled)
        stick.script.silent.clear()
        stick.wire.say(framed("OK"))

        assert stick.outcome(first) == ("OK",)
        assert f"ATD{B};" not in stick.script.commands


def test_stopping_fails_what_waits() -> None:
    with Stick("quectel") as stick:
        stick.start()
        stick.script.silent.set()
        tokens = [stick.modem.raw("AT+SLOW")]
        stick.script.wait("AT+SLOW")
        tokens += [stick.modem.dial(B), stick.modem.sweep_messages()]
        stick.modem.stop(2)
        errors = {}
        while len(errors) < len(tokens):
            event = stick.events.next()
            errors[event.token] = type(event.error)

        assert errors == dict.fromkeys(tokens, Cancelled)
