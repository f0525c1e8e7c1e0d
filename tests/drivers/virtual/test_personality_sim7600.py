"""A SIMCom SIM7600 says what the transcripts of real ones say."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.drivers.virtual.bench import A, Bench, Port
from tests.drivers.virtual.town import B

CALLER = A.lstrip("+")


def framed(*lines: str) -> str:
    doubled = ("+CRING", "+RXDTMF")
    ends = ["\r\r\n" if line.startswith(doubled) else "\r\n" for line in lines]
    return "".join(end + line + end for end, line in zip(ends, lines, strict=True))


def listed(index: int, direction: int, state: int, joined: int = 0) -> str:
    return f'+CLCC: {index},{direction},{state},0,{joined},"{A}",145'


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench("sim7600") as bench:
        bench.people(A, B)
        bench.ask("AT+CLCC=1;+CLIP=1;+CRC=1;+CMEE=1")
        yield bench


def test_it_boots_with_these_words() -> None:
    with Bench("sim7600", cold=False) as bench:
        assert bench.lines(2) == ["+CPIN: READY", "SMS DONE", "PB DONE"]


def test_an_incoming_call_with_its_voice(bench: Bench) -> None:
    ann = bench.town.network.stations[A]
    assert bench.ask("AT+CLCC=?") == ["+CLCC: (0-1)", "OK"]
    assert bench.ask("AT+CPCMREG=?") == ["+CPCMREG: (0-1)", "OK"]
    assert bench.ask("AT+CPCMREG=1") == ["ERROR"]
    assert bench.ask("AT+CPCMFRM=0") == ["OK"]
    ann.dial(bench.modem.msisdn)
    said = framed("+CRING: VOICE", f'+CLIP: "{A}",145,,,,0', listed(1, 1, 4))
    assert bench.raw(3.4) == said
    bench.send("ATA\r")
    said = framed("VOICE CALL: BEGIN") + "\r\nOK\r\n" + framed(listed(1, 1, 0))
    assert bench.raw(0.1) == said
    assert bench.ask("AT+CPCMREG=1", 0.3) == ["ERROR"]
    assert bench.ask("AT+CPCMREG=1", 41) == ["OK"]
    assert bench.ask("AT+CPCMREG?") == ["+CPCMREG: 1", "OK"]
    ann.release(ann.calls[0])
    said = framed(listed(1, 1, 6), "VOICE CALL: END: 000041", "NO CARRIER")
    assert bench.raw(0.5) == said
    assert bench.ask("AT+CPCMREG?") == ["+CPCMREG: 0", "OK"]
    assert bench.ask("AT+CPCMREG=0") == ["OK"]


def test_a_call_that_is_ended_at_once_was_active_before(bench: Bench) -> None:
    ann = bench.town.network.stations[A]
    ann.dial(bench.modem.msisdn)
    bench.raw(3.4)
    bench.send("ATA\r")
    assert bench.raw(0.02) == framed("VOICE CALL: BEGIN") + "\r\nOK\r\n"  # the state comes later
    bench.send("AT+CHUP\r")
    said = bench.raw(0.5)
    states = [line for line in (listed(1, 1, 0), listed(1, 1, 6), "NO CARRIER") if line in said]
    assert states == [listed(1, 1, 0), listed(1, 1, 6), "NO CARRIER"]
    assert said.index(states[0]) < said.index(states[1]) < said.index("OK\r\n")


def test_an_outgoing_call_that_the_host_ends(bench: Bench) -> None:
    assert bench.ask(f"ATD{A};", 3.4) == ["OK", listed(1, 0, 2), listed(1, 0, 3)]
    bench.answered(bench.town.network.stations[A])
    assert bench.lines(0.5) == ["VOICE CALL: BEGIN", listed(1, 0, 0)]
    bench.wait(75)
    bench.send("AT+CHUP\r")
    said = framed(listed(1, 0, 6), "VOICE CALL: END: 000115") + "\r\nOK\r\n" + framed("NO CARRIER")
    assert bench.raw(0.5) == said
    assert bench.ask("AT+CEER") == ['+CEER: "16 Normal call clearing"', "OK"]


def test_a_missed_call(bench: Bench) -> None:
    ann = bench.town.network.stations[A]
    bench.incoming(ann)
    bench.lines()
    ann.release(ann.calls[0])
    assert bench.lines(0.5) == [listed(1, 1, 6), f"MISSED_CALL: 06:34PM {CALLER}", "NO CARRIER"]


def test_answered_is_claimed_at_ringback_where_so_configured() -> None:
    with Bench("sim7600", false_answer=True) as bench:
        (ann,) = bench.people(A)
        bench.ask("AT+CLCC=1;+COLP=1")
        assert bench.ask(f"ATD{A};", 3.4) == [
            listed(1, 0, 2),
            "VOICE CALL: BEGIN",
            f'+COLP: "{A}",145',
            "OK",
            listed(1, 0, 0),
        ]
        assert [told.status.name for told in bench.handset(A).told] == ["INCOMING"]
        assert bench.ask("AT+CLCC") == [listed(1, 0, 0), "OK"]
        assert bench.ask("AT+CPCMREG=1") == ["OK"]
        bench.answered(ann)
        assert bench.lines(2) == []
        ann.release(ann.calls[0])
        assert bench.lines(0.5)[-1] == "NO CARRIER"


def test_a_rejected_call_after_a_false_answer_ends_like_an_answered_one() -> None:
    with Bench("sim7600", false_answer=True) as bench:
        (ann,) = bench.people(A)
        bench.ask(f"ATD{A};", 4)
        ann.release(ann.calls[0], 17)
        assert bench.lines(0.5)[-1] == "NO CARRIER"


def test_keys_are_told_framed(bench: Bench) -> None:
    ann = bench.town.network.stations[A]
    bench.talk(ann)
    bench.ask("AT+DDET=1")
    ann.send_digits(ann.calls[0], "5")
    bench.town.talk(0.3)
    assert bench.raw() == framed("+RXDTMF: 5")


def test_identity_and_health(bench: Bench) -> None:
    assert bench.ask("AT+CICCID") == [f"+ICCID: {bench.modem.card.sim.iccid}", "OK"]
    assert bench.ask("AT+CGMR") == ["+CGMR: LE20B04SIM7600M22", "OK"]
    assert bench.ask("AT+SPIC") == ["+SPIC: 3,10,3,10", "OK"]
    assert bench.ask("AT+CNSMOD?") == ["+CNSMOD: 0,8", "OK"]
    assert bench.ask("AT+CIREG?") == ["+CIREG: 0,0", "OK"]
    assert bench.ask("AT+CPSI?")[0].startswith("+CPSI: LTE,Online,460-00,")
    bench.ask("AT+AUTOCSQ=1,1;+CNSMOD=1")
    assert any(line.startswith("+CSQ: ") for line in bench.lines(11))
    bench.town.network.stations[bench.modem.msisdn].cover(False)
    assert "+CNSMOD: 0" in bench.lines()
    assert bench.ask("AT+CPSI?") == ["+CPSI: NO SERVICE,Online", "OK"]
    assert bench.ask("AT+CNMI=2,1,0,2,0") == ["+CMS ERROR: 303"]
    assert bench.ask("AT+CNMI=2,1,0,1,0") == ["OK"]


def test_a_sim_that_is_taken_out(bench: Bench) -> None:
    bench.modem.fault("sim-out")
    assert "+CPIN: SIM REMOVED" in bench.lines()


def test_restart_by_command(bench: Bench) -> None:
    former = bench.modem.port.path
    assert bench.ask("AT+CRESET") == ["OK"]
    bench.wait(0.5)
    assert bench.modem.port.path is None
    assert former is not None
    bench.close()
    bench.wait(3)
    assert bench.modem.power.plugged
    kinds = [event["kind"] for event in bench.town.network.journal.since(0)[0]]
    assert [kind for kind in kinds if "plug" in kind] == ["plug", "unplug", "plug"]


def offered(bench: Bench) -> int:
    """Frames that the modem had for its host, read or not."""
    return bench.modem.voice.counts.to_host + bench.modem.voice.counts.unread


def test_a_firmware_that_has_its_voice_only_once() -> None:
    with Bench("sim7600", voice="once") as bench:
        (ann,) = bench.people(A)
        bench.talk(ann)
        assert bench.ask("AT+CPCMREG=1") == ["OK"]
        bench.town.talk(0.5)
        assert offered(bench) > 20
        ann.release(ann.calls[0])
        bench.lines(0.5)
        for restarted in (False, True):
            heard = offered(bench) if not restarted else 0
            bench.talk(ann)
            first = bench.ask("AT+CPCMREG=1")
            assert first == (["OK"] if restarted else ["ERROR"])  # late is how it announces itself
            assert bench.ask("AT+CPCMREG=1", 0.1 if restarted else 1.0)[-1] in {"OK", "ERROR"}
            assert bench.ask("AT+CPCMREG=1") == ["OK"]
            bench.town.talk(0.5)
            assert (offered(bench) > heard) is restarted
            ann.release(ann.calls[0])
            bench.lines(0.5)
            bench.ask("AT+CRESET")
            bench.close()
            bench.wait(8)
            bench.open()
            bench.ask("ATE0")


def fill(port: Port) -> None:
    """Write until the kernel takes no more: it takes some while it hands over. Then it raises."""
    for _ in range(1000):
        os.write(port.fd, bytes(320))


def test_a_firmware_that_never_takes_what_the_host_says() -> None:
    with Bench("sim7600", voice="deaf") as bench:
        (ann,) = bench.people(A)
        bench.talk(ann)
        assert bench.ask("AT+CPCMREG=1") == ["OK"]
        assert bench.modem.voice.path is not None
        port = Port(bench.modem.voice.path)
        full = bytes(1 << 20)
        assert os.write(port.fd, full) < len(full)
        with pytest.raises(BlockingIOError):
            fill(port)
        bench.town.talk(0.5)
        assert bench.modem.voice.counts.from_host == 0
        assert offered(bench) > 20
        port.close()
