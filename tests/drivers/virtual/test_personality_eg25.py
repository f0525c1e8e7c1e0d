"""A Quectel EG25-G with USB audio and its firmware's oddities."""

from __future__ import annotations

from tests.drivers.virtual.bench import A, Bench

PHANTOM = '+CLCC: 1,1,0,1,0,"",128'
USB = "0x2C7C,0x0125,1,1,1,1,1,0,1"


def test_a_call_says_no_ring_and_is_not_the_first_that_is_listed() -> None:
    with Bench("eg25") as bench:
        (ann,) = bench.people(A)
        bench.ask('AT+QINDCFG="ccinfo",1,0;+CLIP=1;+CRC=1')
        assert bench.ask("AT+CLCC") == [PHANTOM, "OK"]
        ann.dial(bench.modem.msisdn)
        assert bench.lines(8.4) == [
            f'+CLIP: "{A}",145,,,,0',
            f'+QIND: "ccinfo",2,1,4,0,0,"{A}",145',
            f'+CLIP: "{A}",145,,,,0',
        ]
        bench.ask("ATA", 0.5)
        assert bench.ask("AT+CLCC") == [PHANTOM, f'+CLCC: 2,1,0,0,0,"{A}",145,""', "OK"]
        assert bench.ask("AT+CMUT=1") == ["ERROR"]
        assert "OK" in bench.ask("AT+CHLD=12", 2)
        assert bench.ask("AT+CLCC") == [PHANTOM, "OK"]


def test_voice_goes_to_the_card_until_the_next_restart() -> None:
    with Bench("eg25", card="null") as bench:
        assert bench.ask("AT+QPCMV?") == ["+QPCMV: 0,2", "OK"]
        assert bench.modem.describe()["audio"] == {
            "kind": "alsa",
            "address": "null",
            "rate": 8000,
            "on": False,
        }
        assert bench.ask("AT+QPCMV=1,2") == ["OK"]
        assert bench.ask("AT+QPCMV?") == ["+QPCMV: 1,2", "OK"]
        assert bench.modem.describe()["audio"]["on"] is True  # type: ignore[index]
        assert not bench.modem.voice.on
        assert bench.ask("AT+CFUN=1,1") == ["OK"]
        bench.close()
        bench.wait(5)
        bench.open()
        assert bench.ask("ATE0+QPCMV?")[-2:] == ["+QPCMV: 0,2", "OK"]


def test_a_composition_counts_from_the_next_restart_and_never_changes_the_product() -> None:
    with Bench("eg25") as bench:
        assert bench.ask('AT+QCFG="USBCFG"') == [f'+QCFG: "usbcfg",{USB}', "OK"]
        assert bench.ask('AT+QCFG="USBCFG",0x2C7C,0x0126,1,1,1,1,1,0,0')[-1] != "OK"
        assert bench.ask('AT+QCFG="USBCFG",0x2C7C,0x0125,1,1,1,1,1,0')[-1] != "OK"
        assert bench.ask('AT+QCFG="USBCFG",0x2C7C,0x0125,1,1,1,1,1,0,0') == ["OK"]
        assert bench.ask("AT+QPCMV=1,2") == ["OK"]
        assert bench.modem.voice.on  # the bank has no card: its port carries the card's voice
        bench.ask("AT+CFUN=1,1")
        bench.close()
        bench.wait(5)
        bench.open()
        assert bench.ask("ATE0+QPCMV=1,2")[-1] == "ERROR"
        assert bench.ask("AT+QPCMV=1,0") == ["OK"]
        assert bench.modem.voice.on
        assert bench.ask("AT+QGMR") == ["EG25GGBR07A08M2G_30.202.00.000", "OK"]
