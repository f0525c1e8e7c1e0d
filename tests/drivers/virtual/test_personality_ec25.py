"""A Quectel EC25 says what the transcripts of real ones say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.drivers.virtual.bench import A, Bench

RING = f'\r\n+CRING: VOICE\r\n\r\n+CLIP: "{A}",145,,,,0\r\n'


def info(index: int, direction: int, state: int, joined: int = 0, number: str = A) -> str:
    return f'\r\n+QIND: "ccinfo",{index},{direction},{state},0,{joined},"{number}",145\r\n'


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench("ec25") as bench:
        bench.people(A)
        bench.ask('AT+QINDCFG="ccinfo",1,0;+CLIP=1;+CRC=1;+CMEE=1')
        yield bench


def test_it_boots_with_these_words() -> None:
    with Bench("ec25", cold=False, echo=True) as bench:
        bench.ask("ATE0+CMEE=1")
        assert bench.ask("AT+CIMI") == ["+CME ERROR: 14"]
        assert bench.ask("AT+CMGL=4") == ["+CMS ERROR: 314"]
        assert bench.lines(2) == [
            "+CFUN: 1",
            "+CPIN: READY",
            "+QUSIM: 1",
            "+QIND: SMS DONE",
            "+QIND: PB DONE",
        ]
        assert bench.ask("AT+CREG?") == ["+CREG: 0,2", "OK"]
        bench.ask("AT+CREG=2;+CEREG=2")
        assert bench.lines(5) == ['+CREG: 1,"2A1F","08C3D1E2",7', '+CEREG: 1,"2A1F","08C3D1E2",7']


def test_an_incoming_call_that_the_caller_ends(bench: Bench) -> None:
    (ann,) = (bench.town.network.stations[A],)
    ann.dial(bench.modem.msisdn)
    assert bench.raw(3.4) == RING + info(1, 1, 4)
    assert bench.raw(5) == RING
    bench.send("ATA\r")
    assert bench.raw(0.5) == "\r\nOK\r\n" + info(1, 1, 0)
    assert bench.ask("AT+CLCC") == [f'+CLCC: 1,1,0,0,0,"{A}",145,""', "OK"]
    ann.release(ann.calls[0])
    assert bench.raw(0.5) == info(1, 1, -1) + "\r\nNO CARRIER\r\n"
    assert bench.ask("AT+CEER") == ['+CEER: 5,16,"Normal call clearing"', "OK"]


def test_an_outgoing_call_in_the_older_words(bench: Bench) -> None:
    bench.ask('AT+QINDCFG="ccinfo",0,0;^DSCI=1')
    assert bench.ask(f"ATD{A};", 3.4) == [
        "OK",
        f"^DSCI: 1,0,2,0,{A},145,0",
        f"^DSCI: 1,0,7,0,{A},145,0",
    ]
    bench.answered(bench.town.network.stations[A])
    assert bench.lines(0.5) == [f"^DSCI: 1,0,3,0,{A},145,0"]
    bench.town.network.stations[A].release(bench.town.network.stations[A].calls[0])
    assert bench.lines(0.5) == [f"^DSCI: 1,0,6,0,{A},145,0", "NO CARRIER"]


def test_its_own_hang_up_has_no_no_carrier(bench: Bench) -> None:
    bench.talk(bench.town.network.stations[A])
    bench.send("AT+CHUP\r")
    assert bench.raw(0.5) == "\r\nOK\r\n" + info(1, 1, -1)


def test_rejecting_with_a_cause(bench: Bench) -> None:
    ann = bench.town.network.stations[A]
    bench.incoming(ann)
    bench.lines()
    assert bench.ask("AT+QHUP=17,1", 0.5)[0] == "OK"
    assert [told.cause for told in bench.handset(A).told][-1] == 17
    assert bench.ask("AT+QHUP=17,1") == ["+CME ERROR: 50"]


def test_no_ring_where_the_host_does_not_want_one(bench: Bench) -> None:
    bench.ask('AT+QINDCFG="ring",0,0')
    bench.town.network.stations[A].dial(bench.modem.msisdn)
    assert bench.raw(3.4) == f'\r\n+CLIP: "{A}",145,,,,0\r\n' + info(1, 1, 4)


def test_identity_and_health(bench: Bench) -> None:
    assert bench.ask("AT+QCCID") == [f"+QCCID: {bench.modem.card.sim.iccid}", "OK"]
    assert bench.ask("AT+QPINC?") == ['+QPINC: "SC",3,10', '+QPINC: "P2",3,10', "OK"]
    assert bench.ask('AT+QPINC="SC"') == ['+QPINC: "SC",3,10', "OK"]
    assert bench.ask("AT+QNWINFO") == ['+QNWINFO: "FDD LTE","46000","LTE BAND 3",1650', "OK"]
    usb = '+QCFG: "usbcfg",0x2C7C,0x0125,1,1,1,1,1,0,0'
    assert bench.ask('AT+QCFG="USBCFG"') == [usb, "OK"]
    assert bench.ask('AT+QCFG="ims",1') == ["OK"]
    assert bench.ask('AT+QCFG="ims"') == ['+QCFG: "ims",1', "OK"]
    assert bench.ask('AT+QCFG="nothing"') == ["+CME ERROR: 50"]
    assert bench.ask("AT+QSIMSTAT?") == ["+QSIMSTAT: 0,1", "OK"]
    assert bench.ask('AT+QINDCFG="ccinfo"') == ['+QINDCFG: "ccinfo",1', "OK"]
    assert bench.ask("AT+QPCMV=1,2") == ["+CME ERROR: 50"]


def test_signal_and_technology_on_request(bench: Bench) -> None:
    bench.ask('AT+QINDCFG="csq",1,0;+QINDCFG="act",1,0')
    assert any(line.startswith('+QIND: "csq",') for line in bench.lines(12))
    assert "OK" in bench.ask("AT+CFUN=4")
    assert "OK" in bench.ask("AT+CFUN=1")
    assert '+QIND: "act","LTE"' in bench.lines(6)


def test_a_sim_that_comes_and_goes(bench: Bench) -> None:
    bench.ask("AT+QSIMSTAT=1")
    bench.modem.fault("sim-out")
    assert bench.lines() == ["+CPIN: NOT READY", "+QSIMSTAT: 1,0"]
    assert bench.ask("AT+CPIN?") == ["+CME ERROR: 10"]
    assert bench.ask(f"ATD{A};") == ["+CME ERROR: 10"]
    bench.modem.fault("sim-in")
    assert bench.lines() == ["+QSIMSTAT: 1,1", "+CPIN: READY"]
    assert bench.ask("AT+CPIN?", 6)[0] == "+CPIN: READY"
    assert bench.modem.radio.registered


def test_a_key_is_told_by_its_code(bench: Bench) -> None:
    ann = bench.town.network.stations[A]
    bench.talk(ann)
    ann.send_digits(ann.calls[0], "5")
    bench.town.talk(0.5)
    assert bench.lines() == []
    bench.ask("AT+QTONEDET=1")
    ann.send_digits(ann.calls[0], "5#")
    bench.town.talk(0.5)
    assert bench.lines() == ["+QTONEDET: 53", "+QTONEDET: 35"]


def test_switching_off(bench: Bench) -> None:
    assert bench.ask("AT+QPOWD", 0.1) == ["OK"]
    assert "POWERED DOWN" in bench.lines(0.5)
    assert bench.modem.port.path is None
    bench.close()
    bench.wait(60)
    assert not bench.modem.power.plugged
