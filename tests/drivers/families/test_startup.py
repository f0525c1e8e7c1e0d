from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable

import pytest

from drivers.errors import PortLost
from drivers.families import make_modem, startup
from drivers.families.catalogue import identify
from drivers.modem import (
    Lost,
    MessageRef,
    MessageStored,
    PduArrived,
    Ready,
    Registration,
    Signal,
    SimProblem,
    Socket,
)
from tests.drivers.families.stick import COMMON, Stick
from tests.drivers.wire import Wire

CALLER = '\r\n+CLIP: "+4915110000001",145,,,,0\r\n'


@pytest.mark.parametrize(
    ("make", "imei", "iccid"),
    [
        ("quectel", "861234567890123", "8949020000012345678"),
        ("simcom", "861234567890124", "89490200000123456789"),
        ("huawei", "353627020000033", "89492000000123456789"),  # it gives the octets as they lie
        ("generic", "353627020000034", "89490200000123456780"),
    ],
)
def test_a_modem_says_itself_what_it_is(make: str, imei: str, iccid: str) -> None:
    with Stick(make, msisdn="+491511234567") as stick:
        ready = stick.start()

        assert ready.identity.family == make
        assert (ready.identity.imei, ready.identity.iccid) == (imei, iccid)
        assert ready.identity.imsi == "460001234567890"
        assert ready.identity.msisdn == "+491511234567"


def test_noise_before_an_answer_is_no_name() -> None:
    noise = "\x80\xff%\xfe"
    answers = {"AT+CGMI": "Quectel", "AT+CGMM": "EC25", "AT+CGSN": "861234567890123"}
    with Stick("quectel", {ask: [noise, said, "OK"] for ask, said in answers.items()}) as stick:
        identity = stick.start().identity
        assert (identity.imei, identity.family) == ("861234567890123", "quectel")


@pytest.mark.parametrize(
    ("said", "iccid"),
    [
        ("898600B2151357000123", "898600B2151357000123"),
        ("898600b215135700012f", "898600B215135700012"),
        ("988906200000214365F7", "8998600200001234567"),
    ],
)
def test_an_iccid_may_have_letters(said: str, iccid: str) -> None:
    with Stick("quectel", {"AT+QCCID": [f"+QCCID: {said}", "OK"]}) as stick:
        assert stick.start().identity.iccid == iccid


@pytest.mark.parametrize(
    ("said", "family"),
    [
        (("Quectel", "EC25"), "quectel"),
        (("QUALCOMM INCORPORATED", "QDC507"), "quectel"),
        (("SIMCOM INCORPORATED", "SIMCOM_SIM7600E-H"), "simcom"),
        (("SIMCOM INCORPORATED", "A7672SA-LASE"), "simcom-a76"),
        (("huawei", "E1550"), "huawei"),
        (("Huawei Technologies Co., Ltd.", "K3765"), "huawei"),
        (("ZTE CORPORATION", "K3565-Z"), "generic"),
        (("", ""), "generic"),
    ],
)
def test_makes_by_what_they_say(said: tuple[str, str], family: str) -> None:
    assert identify(*said).name == family


def test_a_family_may_be_configured() -> None:
    with Stick("quectel", family="generic") as stick:
        assert stick.start().identity.family == "generic"
    with pytest.raises(ValueError, match="family 'nokia', expected auto or one of"):
        make_modem(Socket("x", "/dev/null", family="nokia"))


def test_everything_is_switched_on_in_order() -> None:
    with Stick("quectel") as stick:
        stick.start()
        sent = stick.script.commands

    wanted = [
        "ATE0",
        "ATV1",
        "AT&D0",
        "AT+CMEE=1",
        "AT+CPIN?",
        "AT+QCCID",
        "AT+CMGF=0",
        "AT+CNMI=2,1,0,1,0",
        "AT+CLIP=1",
        "AT+CCWA=1,1",
        'AT+QINDCFG="ccinfo",1,0',
    ]
    assert [command for command in dict.fromkeys(sent) if command in wanted] == wanted
    assert "AT^DSCI=1" not in sent


def test_a_caller_is_refused_by_the_network_where_waiting_calls_are_unproven() -> None:
    with Stick("huawei") as stick:
        ready = stick.start()

        assert "AT+CCWA=0,0,1" in stick.script.commands
        assert not ready.facts.call_waiting
        assert not ready.facts.multiparty


def test_the_ladder_of_indications_goes_down_until_one_is_taken() -> None:
    refused = ["+CMS ERROR: 303"]
    answers = {"AT+CNMI=2,1,0,1,0": refused, "AT+CNMI=1,1,0,1,0": refused}
    with Stick("generic", answers) as stick:  # type: ignore[arg-type]
        stick.start()

        assert "AT+CNMI=2,1,0,0,0" in stick.script.commands
        assert "AT+CNMI=1,1,0,0,0" not in stick.script.commands


def test_what_a_modem_can_do_is_asked_of_it() -> None:
    answers = {"AT+CHLD=?": ["+CHLD: (0,1,1x,2,2x)", "OK"], "AT+QTONEDET=1": ["ERROR"]}
    with Stick("quectel", answers) as stick:  # type: ignore[arg-type]
        facts = stick.start().facts

        assert facts.hold
        assert not facts.multiparty
        assert not facts.transfer
        assert not facts.digit_reports


def test_an_ear_for_voice_is_prepared_where_there_is_one() -> None:
    with Stick("quectel", audio=True) as stick:
        stick.start()

        assert "AT+QPCMV=1,0" in stick.script.commands
        assert 'AT+QGPSCFG="outport","none"' in stick.script.commands


def test_a_modem_that_is_still_booting_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "EARLY_PAUSE", 0.01)
    early = itertools.count()

    def memory(_: str) -> list[str]:
        return ["+CMS ERROR: 515"] if next(early) < 3 else ["+CPMS: 0,25,0,25,0,25", "OK"]

    with Stick("quectel", {'AT+CPMS="ME","ME","ME"': memory}) as stick:
        stick.start()

        assert stick.script.count('AT+CPMS="ME","ME","ME"') == 4


def test_what_was_said_before_the_port_was_opened_is_no_answer() -> None:
    with Stick("quectel") as stick:
        stick.wire.say("RDY\r\n+CFUN: 1\r\n+CPIN: READY\r\nOK\r\nATE0\r\n")

        assert stick.start().identity.family == "quectel"


def test_a_modem_may_echo_until_it_is_told_not_to() -> None:
    with Stick("quectel", {"ATE0": ["ATE0", "OK"], "AT": ["AT", "OK"]}) as stick:
        assert stick.start().identity.model == "EC25"


def test_a_modem_may_answer_in_numbers_until_it_is_told_not_to() -> None:
    verbose = threading.Event()

    def verbosely(_: str) -> list[str]:
        verbose.set()
        return ["OK"]

    def plainly(_: str) -> list[str]:
        return ["OK"] if verbose.is_set() else ["0"]

    answers: dict[str, list[str] | Callable[[str], list[str]]] = {
        "AT": plainly,
        "ATE0": plainly,
        "ATV1": verbosely,
    }
    with Stick("quectel", answers) as stick:
        assert stick.start().identity.model == "EC25"


# --- the SIM ---


def locked(pin: str) -> dict[str, list[str] | Callable[[str], list[str]]]:
    """A SIM that asks for its PIN until it gets it."""
    unlocked = threading.Event()

    def state(_: str) -> list[str]:
        return ["+CPIN: READY" if unlocked.is_set() else "+CPIN: SIM PIN", "OK"]

    def take(_: str) -> list[str]:
        unlocked.set()
        return ["OK"]

    return {"AT+CPIN?": state, f'AT+CPIN="{pin}"': take}


def test_a_pin_is_given_once_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(5)
    with Stick("quectel", locked("4711"), pin="4711") as stick:
        stick.start()

        assert stick.script.count('AT+CPIN="4711"') == 1
        shown = " ".join(line.text for line in stick.modem.transcript())
        assert "4711" not in shown
        assert "AT+CPIN=***" in shown
    assert "4711" not in caplog.text
    assert "4711" not in repr(stick.socket)


def test_a_pin_that_was_refused_is_not_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "SIM_RETRY", 0.05)
    answers = {
        "AT+CPIN?": ["+CPIN: SIM PIN", "OK"],
        'AT+CPIN="0815"': ["+CME ERROR: 16"],
        "AT+QCCID": ["+QCCID: 8949020000099999990F", "OK"],
    }
    for _ in range(2):  # a reopened modem is another object, and the SIM the same
        with Stick("quectel", answers, pin="0815") as stick:  # type: ignore[arg-type]
            stick.modem.start(stick.events.post)
            assert stick.events.next() == SimProblem("SIM PIN")
            stick.script.wait("AT+CPIN?", 3)
            first = stick.script.count('AT+CPIN="0815"')

        assert first == (1 if _ == 0 else 0)


@pytest.mark.parametrize(
    ("make", "counter"),
    [
        ("quectel", {'AT+QPINC="SC"': ['+QPINC: "SC",1,10', "OK"]}),
        ("simcom", {"AT+SPIC": ["+SPIC: 1,10,0,10", "OK"]}),
        ("huawei", {"AT^CPIN?": ["^CPIN: SIM PIN,1,10,1,10,3", "OK"]}),
        ("generic", {'AT+CPINR="SIM PIN"': ["+CPINR: SIM PIN,1,3", "OK"]}),
    ],
)
def test_the_last_try_is_never_ours(make: str, counter: dict[str, list[str]]) -> None:
    with Stick(make, {**locked("2580"), **counter}, pin="2580") as stick:  # type: ignore[dict-item]
        stick.modem.start(stick.events.post)

        assert stick.events.next() == SimProblem("SIM PIN")
        assert stick.script.count('AT+CPIN="2580"') == 0


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (["+CPIN: SIM PUK", "OK"], "SIM PUK"),
        (["+CPIN: SIM PIN", "OK"], "SIM PIN"),
        (["+CPIN: NOT INSERTED", "OK"], "REMOVED"),
        (["+CME ERROR: 10"], "REMOVED"),
        (["+CME ERROR: SIM not inserted"], "REMOVED"),
        (["+CME ERROR: 13"], "SIM FAILURE"),
        (["+CME ERROR: 12"], "SIM PUK"),
    ],
)
def test_a_sim_that_keeps_the_line_from_working_is_told(answer: list[str], state: str) -> None:
    with Stick("quectel", {"AT+CPIN?": answer}) as stick:
        stick.modem.start(stick.events.post)

        told = stick.events.next()
        assert told == SimProblem(state)
        assert told.identity.imei == "861234567890123"
        assert told.identity.iccid == ("" if state == "REMOVED" else "8949020000012345678")


def test_a_sim_that_is_put_in_makes_the_line_ready() -> None:
    with Stick("quectel", {"AT+CPIN?": ["+CME ERROR: 10"]}) as stick:
        stick.modem.start(stick.events.post)
        assert stick.events.next() == SimProblem("REMOVED")
        stick.script.answers["AT+CPIN?"] = COMMON["AT+CPIN?"]
        stick.wire.lines("+CPIN: READY")

        assert isinstance(stick.events.until(Ready), Ready)


@pytest.mark.parametrize("line", ["+CPIN: SIM REMOVED", "+CPIN: NOT INSERTED", "+QSIMSTAT: 1,0"])
def test_a_sim_that_is_pulled_is_told_and_waited_for(line: str) -> None:
    with Stick("quectel") as stick:
        stick.start()
        stick.script.answers["AT+CPIN?"] = ["+CME ERROR: 10"]
        stick.wire.lines(line)
        assert stick.events.until(SimProblem) == SimProblem("REMOVED")
        stick.script.answers["AT+CPIN?"] = COMMON["AT+CPIN?"]
        stick.wire.lines("+CPIN: READY")

        assert isinstance(stick.events.until(Ready), Ready)


# --- afterwards ---


def test_what_comes_before_it_is_ready_is_told_afterwards() -> None:
    report = "07919471060000F0062A0C91945111325476621122814300806211228143008000"
    early = ['+CMTI: "ME",3', "RING", f"+CDS: 25\r\n{report}", "OK"]
    with Stick("quectel", {"AT+CGMM": ["EC25", *early]}) as stick:
        stick.modem.start(stick.events.post)
        told = stick.told(3)

        assert isinstance(told[0], Ready)
        assert told[1:] == [MessageStored(MessageRef("ME", 3)), PduArrived(report)]


def test_a_reboot_is_noticed_and_everything_set_again() -> None:
    with Stick("quectel") as stick:
        stick.start()
        before = stick.script.count("AT+CLIP=1")
        stick.wire.lines("RDY", "+CFUN: 1", "+CPIN: READY", "+QIND: SMS DONE")
        stick.events.until(Ready)

        assert stick.script.count("AT+CLIP=1") == before + 1


def test_registration_is_the_better_of_both_networks() -> None:
    answers = {"AT+CREG?": ["+CREG: 2,2", "OK"], "AT+CEREG?": ["+CEREG: 2,5", "OK"]}
    with Stick("quectel", answers) as stick:  # type: ignore[arg-type]
        stick.modem.start(stick.events.post)
        found = stick.events.until(lambda e: e == Registration(5, "NET"))
        assert found.in_service
        stick.wire.lines("+CEREG: 3")
        assert stick.events.until(Registration) == Registration(2, None)
        stick.wire.lines('+CREG: 1,"1A2B","01C3",7')

        assert stick.events.until(Registration).status == 1


def test_signal_is_told_when_it_changes() -> None:
    with Stick("quectel") as stick:
        stick.start()
        stick.wire.lines('+QIND: "csq",20,99', '+QIND: "csq",27,99', '+QIND: "csq",99,99')

        assert stick.events.next() == Signal(-59)
        assert stick.events.next() == Signal(None)


def test_a_port_that_is_not_there_is_lost() -> None:
    with Wire() as wire:
        modem = make_modem(Socket("x", f"{wire.path}9999"))
        events = Stick("generic").events
        modem.start(events.post)

        assert "cannot open" in events.until(Lost).cause
        modem.stop(1)


def test_a_pulled_stick_is_lost_within_a_second() -> None:
    with Stick("quectel") as stick:
        stick.start()
        stick.script.silent.set()
        token = stick.modem.raw("AT+NEVER")
        stick.script.wait("AT+NEVER")
        stick.script.close()
        pulled = time.monotonic()
        stick.wire.unplug()
        assert isinstance(stick.outcome(token), PortLost)
        stick.events.until(Lost)

        assert time.monotonic() - pulled < 1


def test_a_modem_may_be_started_again_after_its_loss() -> None:
    with Stick("quectel") as stick:
        stick.start()
        stick.modem.stop(2)
        stick.start()

        assert stick.outcome(stick.modem.raw("AT+CSQ")) == ("+CSQ: 20,99", "OK")


def test_a_request_before_the_start_fails() -> None:
    with Stick("quectel") as stick:
        stick.modem.start(stick.events.post)
        stick.modem.stop(2)
        found = stick.outcome(stick.modem.dial("+49151"))

        assert "closed" in str(found)
