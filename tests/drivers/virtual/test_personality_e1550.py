"""A Huawei E1550 says what the transcripts of real ones say, and has their bugs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.drivers.virtual.bench import A, Bench
from tests.drivers.virtual.town import B, speech


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench("e1550") as bench:
        bench.people(A, B)
        bench.ask("AT+CLIP=1;+CMEE=1")
        yield bench


def said(lines: list[str]) -> list[str]:
    """Lines without the noise that comes when it likes."""
    return [line for line in lines if not line.startswith("^RSSI")]


def test_it_boots_with_these_words() -> None:
    with Bench("e1550", cold=False, echo=True) as bench:
        assert bench.lines(3)[-4:] == ["^SIMST:1", "^SRVST:2", "^RSSI:18", "^MODE:5,4"]
        assert bench.lines(5)[:2] == ["^SRVST:2", "^MODE:5,4"]


def test_an_incoming_call(bench: Bench) -> None:
    ann = bench.town.network.stations[A]
    bench.incoming(ann)
    assert said(bench.lines()) == ["RING", f'+CLIP: "{A}",145,,,,0']
    assert said(bench.ask("ATA", 0.5)) == ["OK", "^CONN:1,0"]
    assert bench.ask("AT^DDSETEX=2") == ["OK"]
    bench.wait(22.8)
    bench.lines()
    ann.release(ann.calls[0])
    assert said(bench.lines(0.5)) == ["^CEND:1,23,29,16"]
    assert bench.ask("AT+CEER") == ["+CEER: Normal call clearing", "OK"]


def test_outgoing_calls_and_how_they_end(bench: Bench) -> None:
    ann = bench.town.network.stations[A]
    assert said(bench.ask(f"ATD{A};", 3.4)) == ["OK", "^ORIG:1,0", "^CONF:1"]
    bench.answered(ann)
    assert said(bench.lines(5.1)) == ["^CONN:1,0"]
    ann.release(ann.calls[0])
    assert said(bench.lines(0.5)) == ["^CEND:1,5,29,16"]
    bench.ask(f"ATD{A};", 3.4)
    ann.release(ann.calls[0], 17)
    assert said(bench.lines(0.5)) == ["^CEND:1,0,67,17", "BUSY"]
    assert said(bench.ask(f"ATD{A};", 65)) == [
        "OK", "^ORIG:1,0", "^CONF:1", "^CEND:1,0,67,19", "NO ANSWER",
    ]  # fmt: skip
    assert said(bench.ask("ATD13911111111;", 4)) == ["OK", "^ORIG:1,0", "^CEND:1,0,67,1"]


def test_its_own_words_can_be_switched_off(bench: Bench) -> None:
    bench.ask("AT^CURC=0")
    assert bench.ask(f"ATD{A};", 12) == ["OK"]


def test_releasing_by_index_while_dialling_hangs_it_for_good(bench: Bench) -> None:
    bench.talk(bench.town.network.stations[A])
    assert bench.ask("AT+CHLD=2", 1.2)[-1] == "OK"
    assert said(bench.ask(f"ATD{B};", 0.5)) == ["OK", "^ORIG:2,0"]
    assert bench.ask("AT+CHLD=12", 1) == []
    assert said(bench.ask("AT", 30)) == []
    assert any(line.startswith("^RSSI") for line in bench.lines(30))
    assert bench.modem.describe()["hung"] is True
    bench.close()
    bench.modem.fault("reset")
    bench.wait(4)
    bench.open()
    assert "OK" in bench.ask("AT")


def test_releasing_by_index_once_the_far_end_rings_is_safe(bench: Bench) -> None:
    bench.talk(bench.town.network.stations[A])
    bench.ask("AT+CHLD=2", 1.2)
    assert "^CONF:2" in bench.ask(f"ATD{B};", 3.4)
    assert "OK" in bench.ask("AT+CHLD=12", 1.2)
    assert len(bench.line.calls) == 1


def test_the_voice_is_lost_once_one_of_two_calls_has_ended(bench: Bench) -> None:
    ann, bob = (bench.town.network.stations[number] for number in (A, B))
    bench.talk(ann)
    bench.ask("AT^DDSETEX=2")
    bench.handset(A).voice = speech(500, 1)
    bench.town.talk(0.2)
    assert bench.modem.voice.counts.to_host > 0
    bench.ask("AT+CHLD=2", 1.2)
    bench.ask(f"ATD{B};", 3.4)
    bench.answered(bob)
    bench.wait(0.5)
    bench.ask("AT+CHLD=3", 1.2)
    bob.release(bob.calls[0])
    bench.wait(0.5)
    bench.ask("AT^DDSETEX=2")
    before = bench.modem.voice.counts.to_host
    bench.town.talk(0.5)
    assert bench.modem.voice.counts.to_host == before
    ann.release(ann.calls[0])
    bench.wait(0.5)
    bench.talk(ann)
    bench.ask("AT^DDSETEX=2")
    bench.town.talk(0.5)
    assert bench.modem.voice.counts.to_host == before


def test_voice_is_switched_on_in_each_call(bench: Bench) -> None:
    ann = bench.town.network.stations[A]
    assert bench.ask("AT^DDSETEX=2") == ["+CME ERROR: 3"]
    bench.talk(ann)
    assert bench.ask("AT^DDSETEX=2") == ["OK"]
    assert bench.modem.voice.on
    ann.release(ann.calls[0])
    bench.wait(0.5)
    assert not bench.modem.voice.on


def test_keys(bench: Bench) -> None:
    ann = bench.town.network.stations[A]
    assert bench.ask("AT^DTMF=1,5") == ["+CME ERROR: 30"]
    bench.talk(ann)
    assert bench.ask("AT^DTMF=1,5") == ["OK"]
    assert bench.ask("AT^DTMF=1,A") == ["OK"]
    bench.town.talk(0.6)
    assert bench.handset(A).digits == "51"
    bench.ask("AT^DDTMFCFG=0,1")
    ann.send_digits(ann.calls[0], "5")
    bench.town.talk(0.3)
    assert said(bench.lines()) == ["^DDTMF: 5"]


def test_identity_and_health(bench: Bench) -> None:
    assert bench.ask("AT^CVOICE?") == ["^CVOICE:0,8000,16,20", "OK"]
    assert bench.ask("AT^GETPORTMODE") == [
        "^GETPORTMODE: TYPE: WCDMA: huawei,MDM:0,DIAG:1,PCUI:2,", "OK",
    ]  # fmt: skip
    assert bench.ask("AT^ICCID?") == [f"^ICCID: {bench.modem.card.sim.iccid}", "OK"]
    assert bench.ask("AT^CPIN?") == ["^CPIN: READY,,10,3,10,3", "OK"]
    assert bench.ask("AT^SYSINFO") == ["^SYSINFO:2,3,0,5,1,,4", "OK"]
    assert bench.ask("AT^RFSWITCH?") == ["^RFSWITCH:1,1", "OK"]
    assert "OK" in bench.ask("AT^RFSWITCH=0")
    assert bench.ask("AT^SYSINFO")[-2] == "^SYSINFO:0,0,0,0,1"
    assert bench.ask("AT^HCSQ?")[0] == '^HCSQ:"NOSERVICE"'
    assert bench.ask("AT+CLCC=1") == ["COMMAND NOT SUPPORT"]
    assert bench.ask("AT+CEREG?") == ["COMMAND NOT SUPPORT"]


def test_service_codes_travel_as_packed_septets(bench: Bench) -> None:
    assert bench.ask('AT+CUSD=1,"AA180C3602",15') == ["OK"]
    (answer,) = said(bench.lines(2))
    assert answer.startswith('+CUSD: 0,"C2303BEC')
    assert bench.ask("AT^USSDMODE=0") == ["OK"]
    bench.ask('AT+CUSD=1,"*100#",15')
    assert said(bench.lines(2)) == ['+CUSD: 0,"Balance 42.50 CNY, valid until 2027-12-31",15']


def test_routing_at_once_is_promised_and_refused(bench: Bench) -> None:
    assert bench.ask("AT+CNMI=?")[0].startswith("+CNMI: (0,1,2),")
    assert bench.ask("AT+CNMI=2,1,0,2,0") == ["+CMS ERROR: 303"]
    assert bench.ask("AT+CNMI=2,1,0,1,0") == ["+CMS ERROR: 303"]
    assert bench.ask("AT+CNMI=1,1,0,1,0") == ["OK"]
