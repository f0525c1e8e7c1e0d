"""What goes wrong with a modem, by name."""

from __future__ import annotations

import os

import pytest

from tests.drivers.virtual.bench import FAMILIES, A, Bench


def events(bench: Bench) -> list[str]:
    every = bench.town.network.journal.since(0)[0]
    return [event["kind"] for event in every if "plug" in event["kind"]]


@pytest.mark.parametrize("family", FAMILIES)
def test_unplugged_and_plugged_in_again(family: str) -> None:
    with Bench(family) as bench:
        (ann,) = bench.people(A)
        bench.talk(ann)
        bench.modem.fault("unplug")
        assert bench.port is not None
        assert bench.port.read() == b""
        with pytest.raises(OSError, match=r"Errno 5"):
            os.write(bench.port.fd, b"AT\r")
        about = bench.modem.describe()
        assert about["port"] is None
        assert about["audio"] is None
        assert not about["plugged"]
        bench.close()
        bench.wait(8)
        assert [told.cause for told in bench.handset(A).told][-1] == 27
        bench.modem.fault("unplug")
        bench.modem.fault("plug")
        bench.modem.fault("plug")
        bench.open()
        bench.lines(9)
        assert bench.ask("AT+CREG?")[-2:] == ["+CREG: 0,1", "OK"]
        assert bench.ask("AT+CLCC")[-1] == "OK"
        assert events(bench) == ["plug", "unplug", "plug"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_restart_forgets_what_is_volatile(family: str) -> None:
    with Bench(family) as bench:
        bench.ask("AT+CMEE=2;+CLIP=1;+CNMI=1,1,0,0,0")
        bench.close()
        bench.modem.fault("reset")
        assert bench.modem.port.path is None
        bench.wait(9)
        bench.open()
        assert bench.ask("AT+CMEE?")[-2:] == ["+CMEE: 0", "OK"]
        assert bench.ask("ATE0+CNMI?")[-2:] == ["+CNMI: 0,0,0,0,0", "OK"]
        assert bench.modem.radio.registered


def test_a_restart_by_command_says_ok_first() -> None:
    with Bench() as bench:
        assert bench.ask("AT+CFUN=1,1") == ["OK"]
        bench.close()
        bench.wait(9)
        bench.open()
        assert bench.ask("AT")[-1] == "OK"
        assert events(bench) == ["plug", "unplug", "plug"]


def test_a_result_that_comes_after_a_restart_goes_nowhere() -> None:
    with Bench() as bench:
        bench.talk(bench.people(A)[0])
        bench.send("AT+CHLD=2\r")
        bench.close()
        bench.modem.fault("unplug")
        bench.modem.fault("plug")
        bench.open()
        assert "OK" not in bench.lines(0.4)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_hung_modem_reads_and_says_nothing(family: str) -> None:
    with Bench(family) as bench:
        bench.modem.fault("hang")
        assert bench.ask("AT", 5) == []
        bench.send("AT\r" * 2000)
        bench.people(A)[0].dial(bench.modem.msisdn)
        assert [line for line in bench.lines(5) if not line.startswith("^RSSI")] == []
        bench.modem.fault("unplug")
        bench.close()
        bench.modem.fault("plug")
        bench.open()
        assert bench.ask("AT")[-1] == "OK"


def test_a_bad_line_is_bad_for_a_while() -> None:
    with Bench() as bench:
        bench.modem.fault("garble")
        assert bench.raw() != ""
        answers = [bench.ask("AT+CGMI;+CGMM;+CGSN", 0.1) for _ in range(20)]
        clean = ["Quectel", "EC25", bench.modem.imei, "OK"]
        assert any(answer != clean for answer in answers)
        bench.wait(4)
        bench.send("\x1b\r")
        bench.lines(0.2)
        bench.ask("ATE0V1Q0S3=13")
        assert bench.ask("AT+CGMI;+CGMM;+CGSN") == clean


def test_a_restart_ends_a_bad_line() -> None:
    with Bench() as bench:
        bench.modem.fault("garble")
        bench.modem.fault("garble")
        bench.close()
        bench.modem.fault("reset")
        bench.modem.fault("garble")
        bench.wait(2.1)
        bench.open()
        assert "OK" in bench.ask("AT")


def test_the_pin_is_asked_for_and_counted() -> None:
    with Bench(pin="4711") as bench:
        bench.ask("AT+CMEE=1;+CREG=1")
        assert not bench.modem.radio.registered
        assert bench.ask("AT+CPIN?") == ["+CPIN: SIM PIN", "OK"]
        assert bench.ask("AT+CIMI") == ["+CME ERROR: 11"]
        assert bench.ask("AT+CMGL=4") == ["+CMS ERROR: 311"]
        assert bench.ask("AT+CPIN=0000") == ["+CME ERROR: 16"]
        assert bench.ask("AT+QPINC?")[0] == '+QPINC: "SC",2,10'
        assert bench.ask('AT+CPIN="4711"', 0.1)[0] == "OK"
        assert bench.ask("AT+CPIN?")[-2:] == ["+CPIN: READY", "OK"]
        assert "+CREG: 1" in bench.lines(6)
        assert bench.ask('AT+CLCK="SC",2') == ["+CLCK: 1", "OK"]
        assert bench.ask('AT+CLCK="SC",0,"0000"') == ["+CME ERROR: 16"]
        assert bench.ask('AT+CLCK="SC",0,"4711"') == ["OK"]
        bench.close()
        bench.modem.fault("reset")
        bench.wait(9)
        bench.open()
        assert bench.ask("AT+CPIN?")[-2] == "+CPIN: READY"


def test_three_wrong_pins_want_the_puk() -> None:
    with Bench("sim7600", pin="4711") as bench:
        bench.ask("AT+CMEE=1")
        answers = [bench.ask(f"AT+CPIN=000{turn}")[0] for turn in range(3)]
        assert answers == ["+CME ERROR: 16", "+CME ERROR: 16", "+CME ERROR: 12"]
        assert bench.ask("AT+CPIN?") == ["+CPIN: SIM PUK", "OK"]
        assert bench.ask("AT+CPIN=4711") == ["+CME ERROR: 12"]
        assert bench.ask('AT+CPIN="00000000","1234"') == ["+CME ERROR: 16"]
        assert bench.ask("AT+SPIC")[0] == "+SPIC: 0,9,3,10"
        assert bench.ask('AT+CPIN="12345678","1234"', 0.1)[0] == "OK"
        assert bench.ask("AT+CPIN?")[-2:] == ["+CPIN: READY", "OK"]
        assert bench.ask('AT+CPWD="SC","1234","99999"') == ["OK"]
        assert bench.modem.card.pin == "99999"


def test_registration_comes_and_goes() -> None:
    with Bench() as bench:
        bench.ask("AT+CREG=1")
        bench.line.cover(False)
        assert bench.lines() == ["+CREG: 2"]
        assert bench.ask("AT+CSQ") == ["+CSQ: 99,99", "OK"]
        assert bench.ask("AT+COPS?") == ["+COPS: 0", "OK"]
        bench.line.cover(True)
        assert bench.lines(6) == ["+CREG: 1"]
        assert bench.ask("AT+COPS=2") == ["+CREG: 0", "OK"] or bench.lines() == []
        assert bench.ask("AT+COPS=0", 6)[-1] in {"+CREG: 1", "OK"}
        bench.ask("AT+COPS=3,2")
        assert bench.ask("AT+COPS?")[0] == '+COPS: 0,2,"46000",7'
        assert bench.ask("AT+COPS=?", 4)[0].startswith('+COPS: (2,"Virtual Mobile"')


def test_there_is_no_other_fault() -> None:
    with Bench() as bench, pytest.raises(ValueError, match="no fault 'flood'"):
        bench.modem.fault("flood")
