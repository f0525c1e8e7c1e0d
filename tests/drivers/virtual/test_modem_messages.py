"""Texts by AT commands, and what the network delivers."""

from __future__ import annotations

import pytest

from drivers.virtual.pdu import Body, Deliver, StatusReport, Submit, split, split_smsc
from drivers.virtual.smsc import ADDRESS
from tests.drivers.virtual.bench import FAMILIES, A, Bench

SUBMIT = Submit(A, split("Hello")[0], report=True)


def deliver(bench: Bench, text: str = "Hello", dcs: int | None = None) -> int | None:
    body = split(text)[0]
    if dcs is not None:
        body = Body(dcs, body.payload)
    tpdu = Deliver(A, body, bench.modem.network_time()).encode()
    return bench.modem.deliver(tpdu, ADDRESS)


def texts(lines: list[str]) -> list[str]:
    """The texts of all PDUs among the lines."""
    pdus = [line for line in lines if line.startswith("08")]
    return [Deliver.decode(split_smsc(bytes.fromhex(pdu))[1]).body.text for pdu in pdus]


def submit(bench: Bench, message: Submit = SUBMIT, seconds: float = 4.5) -> list[str]:
    tpdu = message.encode()
    bench.send(f"AT+CMGS={len(tpdu)}\r")
    assert bench.raw() == "\r\n> "
    bench.send(f"00{tpdu.hex()}\x1a")
    return bench.lines(seconds)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_text_goes_out_and_its_report_comes_back(family: str) -> None:
    with Bench(family) as bench:
        bench.people(A)
        bench.ask("AT+CNMI=1,1,0,1,0;+CMEE=1")
        assert submit(bench) == ["+CMGS: 0", "OK"]
        (said, pdu) = [line for line in bench.lines(8) if not line.startswith("^")]
        report = StatusReport.decode(split_smsc(bytes.fromhex(pdu))[1])
        assert said == f"+CDS: {len(pdu) // 2 - 9}"
        assert (report.reference, report.number, report.status) == (0, A, 0)
        received = Deliver.decode(bench.handset(A).tpdus[0])
        assert (received.sender, received.body.text) == (bench.modem.msisdn, "Hello")
        assert [line for line in submit(bench) if line[0] != "^"] == ["+CMGS: 1", "OK"]


def test_what_is_told_during_a_prompt_comes_before_what_is_told_after_it() -> None:
    with Bench() as bench:
        bench.people(A)
        tpdu = SUBMIT.encode()
        bench.send(f"AT+CMGS={len(tpdu)}\r")
        bench.raw()
        bench.modem.urc("+QIND: first")
        bench.modem.urc("BUSY", late=True)
        assert bench.lines() == []
        bench.send(f"00{tpdu.hex()}\x1a")
        assert bench.lines() == ["+QIND: first"]
        bench.modem.urc("+QIND: second")
        assert bench.lines(4.5) == ["+QIND: second", "+CMGS: 0", "OK", "BUSY"]


def test_references_count_to_255_and_begin_again() -> None:
    with Bench() as bench:
        bench.people(A)
        for expected in (*range(256), 0):
            tpdu = SUBMIT.encode()
            bench.send(f"AT+CMGS={len(tpdu)}\r00{tpdu.hex()}\x1a")
            assert f"+CMGS: {expected}" in bench.lines(4.2)


@pytest.mark.parametrize(
    ("length", "octets"),
    [(17, SUBMIT.encode().hex()), (18, "zz"), (18, ""), (12, "0004"), (18, "00" * 18)],
)
def test_a_bad_pdu(length: int, octets: str) -> None:
    with Bench() as bench:
        bench.send(f"AT+CMGS={length}\r")
        bench.raw()
        bench.send(f"00{octets}\x1a")
        assert bench.lines(1) == ["+CMS ERROR: 304"]
        assert bench.ask("AT+CMGS=x") == ["ERROR"]


def test_a_refusal_by_the_network_and_no_service() -> None:
    with Bench() as bench:
        bench.people(A)
        bench.town.network.smsc.faults.refusals = 1
        assert submit(bench) == ["+CMS ERROR: 42"]
        bench.line.cover(False)
        assert submit(bench) == ["+CMS ERROR: 331"]
        bench.modem.fault("sim-out")
        bench.lines()
        assert bench.ask("AT+CMGS=18") == ["+CMS ERROR: 310"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_text_is_stored_told_read_and_deleted(family: str) -> None:
    with Bench(family) as bench:
        name = bench.modem.messages.storage.receiving.name
        bench.ask("AT+CNMI=1,1,0,1,0")
        assert deliver(bench) is None
        assert deliver(bench, "second") is None
        told = [line for line in bench.lines() if not line.startswith("^")]
        assert told == [f'+CMTI: "{name}",0', f'+CMTI: "{name}",1']
        assert bench.ask("AT+CMGR=0")[0] == "+CMGR: 0,,25"
        again = bench.ask("AT+CMGR=0")
        assert again[0] == "+CMGR: 1,,25"
        assert texts(again) == ["Hello"]
        listed = bench.ask("AT+CMGL=4")
        assert listed[0] == "+CMGL: 0,1,,25"
        assert texts(listed) == ["Hello", "second"]
        assert texts(bench.ask("AT+CMGL=0")) == []
        assert bench.ask("AT+CMGD=0") == ["OK"]
        empty = {"e1550": "OK"}.get(family, "+CMS ERROR: 321")
        assert bench.ask("AT+CMGR=0") == [empty]
        assert texts(bench.ask("AT+CMGL=4")) == ["second"]
        deliver(bench, "third")
        told = [line for line in bench.lines() if not line.startswith("^")]
        assert told == [f'+CMTI: "{name}",0']
        assert bench.ask("AT+CMGD=1,4") == ["OK"]
        assert bench.ask("AT+CMGL=4") == ["OK"]


def test_memories_are_kept_apart() -> None:
    with Bench() as bench:
        deliver(bench, "in the modem")
        assert bench.ask('AT+CPMS="SM","SM","SM"') == ["+CPMS: 0,50,0,50,0,50", "OK"]
        deliver(bench, "on the card")
        assert texts(bench.ask("AT+CMGL=4")) == ["on the card"]
        assert bench.ask('AT+CPMS="ME"') == ["+CPMS: 1,25,1,50,1,50", "OK"]
        assert texts(bench.ask("AT+CMGL=4")) == ["in the modem"]
        assert bench.ask('AT+CPMS="XX"') == ["+CMS ERROR: 302"]
        assert bench.ask('AT+CPMS="ME","SR"') == ["+CMS ERROR: 302"]
        assert bench.ask("AT+CPMS?") == ['+CPMS: "ME",1,25,"SM",1,50,"SM",1,50', "OK"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_full_memory_refuses_until_there_is_room(family: str) -> None:
    with Bench(family) as bench:
        (ann,) = bench.people(A)
        bench.ask('AT+CNMI=1,1,0,0,0;+QINDCFG="smsfull",1,0')
        bench.modem.fault("sms-full")
        name = bench.modem.messages.storage.receiving.name
        ann.submit(Submit(bench.modem.msisdn, split("late")[0]).encode(), lambda _cause: None)
        told = [line for line in bench.lines(8) if "FULL" in line.upper() and "ERROR" not in line]
        words = {"e1550": [f'^SMMEMFULL: "{name}"'], "ec25": [f'+QIND: "smsfull","{name}"']}
        if family != "ec25":
            assert told == words.get(family, [])
        assert bench.town.network.smsc.waiting(bench.modem.msisdn) == 1
        assert bench.ask("AT+CMGD=0")[-1] == "OK"
        assert f'+CMTI: "{name}",0' in bench.lines(4)
        assert bench.town.network.smsc.waiting(bench.modem.msisdn) == 0


def test_a_text_goes_straight_to_the_host_and_is_acknowledged() -> None:
    with Bench() as bench:
        bench.ask("AT+CSMS=1;+CNMI=2,2,0,1,0")
        assert deliver(bench) is None
        came = bench.raw()
        head, pdu = came.strip("\r\n").split("\r\n")
        assert came == f"\r\n{head}\r\n{pdu}\r\n"  # the PDU on the very next line
        assert head == "+CMT: ,25"
        assert texts([pdu]) == ["Hello"]
        assert bench.ask("AT+CNMA") == ["OK"]
        assert bench.ask("AT+CNMA") == ["+CMS ERROR: 340"]
        bench.wait(20)
        assert bench.ask("AT+CNMI?") == ["+CNMI: 2,2,0,1,0", "OK"]
        assert bench.ask("AT+CMGL=4") == ["OK"]


def test_without_acknowledgement_the_text_is_kept_and_routing_ends() -> None:
    with Bench() as bench:
        bench.ask("AT+CSMS=1;+CNMI=2,2,0,1,0")
        deliver(bench)
        bench.wait(16)
        assert bench.ask("AT+CNMI?")[-2] == "+CNMI: 2,0,0,0,0"
        assert texts(bench.ask("AT+CMGL=4")) == ["Hello"]


def test_nothing_goes_straight_to_a_host_that_is_not_there() -> None:
    with Bench() as bench:
        bench.ask("AT+CNMI=2,2,0,1,0")
        bench.close()
        deliver(bench)
        bench.open()
        assert texts(bench.ask("AT+CMGL=4")) == ["Hello"]


@pytest.mark.parametrize(
    ("mode", "dcs", "direct"),
    [
        (1, 0x10, True),
        (1, 0x12, False),
        (2, 0x12, False),
        (3, 0x13, True),
        (3, 0, False),
        (0, 0x10, False),
    ],
)
def test_classes_decide_the_way(mode: int, dcs: int, direct: bool) -> None:
    with Bench() as bench:
        bench.ask(f"AT+CNMI=2,{mode},0,0,0")
        deliver(bench, dcs=dcs)
        lines = bench.lines()
        assert any(line.startswith("+CMT:") for line in lines) == direct
        assert len(bench.modem.messages.storage.receiving) == (0 if direct else 1)
        assert any(line.startswith("+CMTI") for line in lines) == (mode > 0 and not direct)


def test_indications_wait_where_the_host_wants_that() -> None:
    with Bench() as bench:
        bench.ask("AT+CNMI=0,1,0,0,0")
        deliver(bench)
        assert bench.lines() == []
        assert sorted(bench.ask("AT+CNMI=2,1,0,0,0")) == ['+CMTI: "ME",0', "OK"]
        bench.ask("AT+CNMI=0,1,0,0,0")
        deliver(bench)
        assert bench.ask("AT+CNMI=2,1,0,0,1") == ["OK"]


def test_reports_may_be_stored() -> None:
    with Bench() as bench:
        bench.people(A)
        bench.ask("AT+CNMI=2,1,0,2,0")
        submit(bench)
        assert bench.lines(8) == ['+CDSI: "SR",0']
        bench.ask('AT+CPMS="SR"')
        head, pdu, result = bench.ask("AT+CMGR=0")
        assert (head, result) == ("+CMGR: 0,,26", "OK")
        assert StatusReport.decode(split_smsc(bytes.fromhex(pdu))[1]).reference == 0


def test_text_mode() -> None:
    with Bench() as bench:
        bench.people(A)
        bench.ask("AT+CMGF=1;+CNMI=2,1,0,0,0")
        deliver(bench, "first line")
        deliver(bench, "中文")
        bench.lines()
        when = "26/11/22,18:34:"
        head, text, result = bench.ask("AT+CMGR=0")
        assert head.startswith(f'+CMGR: "REC UNREAD","{A}",,"{when}')
        assert (text, result) == ("first line", "OK")
        assert bench.ask('AT+CMGL="REC UNREAD"')[1:] == ["4E2D6587", "OK"]
        assert len(bench.ask('AT+CMGL="ALL"')) == 5
        assert bench.ask('AT+CMGL="NONE"') == ["+CMS ERROR: 305"]
        bench.send(f'AT+CMGS="{A}"\r')
        assert bench.raw() == "\r\n> "
        bench.send("two\rlines\x1a")
        assert "OK" in bench.lines(9)
        assert Deliver.decode(bench.handset(A).tpdus[0]).body.text == "two\nlines"
        bench.ask('AT+CSCS="UCS2";+CSMP=17,167,0,8')
        number = A.encode("utf-16-be").hex()
        bench.send(f'AT+CMGS="{number}"\r')
        bench.raw()
        bench.send("4E2D6587\x1a")
        assert "OK" in bench.lines(9)
        assert Deliver.decode(bench.handset(A).tpdus[1]).body.text == "中文"


def test_text_mode_straight_to_the_host_and_with_every_value() -> None:
    with Bench() as bench:
        bench.people(A)
        bench.ask("AT+CMGF=1;+CNMI=2,2,0,1,0;+CSMP=49,167,0,0")
        deliver(bench, "straight")
        head, text = bench.lines()
        assert head.startswith(f'+CMT: "{A}",,"26/11/22,18:34:')
        assert text == "straight"
        bench.send(f'AT+CMGS="{A}"\r')
        bench.raw()
        bench.send("report\x1a")
        report = [line for line in bench.lines(12) if line.startswith("+CDS")]
        assert len(report) == 1
        assert report[0].startswith(f'+CDS: 6,0,"{A}",145,"26/11/22,18:34:')
        assert report[0].endswith(",0")
        bench.ask("AT+CSDH=1")
        deliver(bench, "é[")
        head, text = bench.lines()
        assert head.endswith(f',145,4,0,0,"{ADDRESS}",145,3')
        assert text == "é["
        bench.ask("AT+CNMI=2,1,0,0,0")
        deliver(bench, "中文")
        assert bench.lines() == ['+CMTI: "ME",0']
        assert bench.ask('AT+CMGL="ALL"')[0].endswith(",145,4")
        assert bench.ask("AT+CMGR=0")[0].endswith(f',145,4,0,8,"{ADDRESS}",145,4')
        tpdu = Submit(A, split("kept")[0], validity=b"\xa7").encode()
        bench.ask(f"AT+CMGF=0;+CMGW={len(tpdu)}")
        bench.send(f"00{tpdu.hex()}\x1a")
        assert bench.lines() == ["+CMGW: 1", "OK"]
        bench.ask("AT+CMGF=1")
        head = bench.ask("AT+CMGR=1")[0]
        assert head == f'+CMGR: "STO UNSENT","{A}",,145,17,0,0,167,"{ADDRESS}",145,4'


def test_writing_to_memory_and_sending_from_there() -> None:
    with Bench() as bench:
        bench.people(A)
        tpdu = SUBMIT.encode()
        bench.send(f"AT+CMGW={len(tpdu)}\r")
        bench.raw()
        bench.send(f"00{tpdu.hex()}\x1a")
        assert bench.lines() == ["+CMGW: 0", "OK"]
        assert bench.ask("AT+CMGR=0")[0] == f"+CMGR: 2,,{len(tpdu)}"
        assert bench.ask("AT+CMSS=0", 4.5) == ["+CMSS: 0", "OK"]
        assert bench.ask("AT+CMSS=9") == ["+CMS ERROR: 321"]


def test_the_centre_s_number() -> None:
    with Bench() as bench:
        assert bench.ask("AT+CSCA?") == [f'+CSCA: "{ADDRESS}",145', "OK"]
        assert bench.ask('AT+CSCA="+8613800200500",145') == ["OK"]
        assert bench.ask("AT+CSCA?") == ['+CSCA: "+8613800200500",145', "OK"]


def test_octets_that_are_no_tpdu_are_kept_all_the_same() -> None:
    with Bench() as bench:
        assert bench.modem.deliver(b"\x04\xff", ADDRESS) is None
        assert bench.ask("AT+CMGL=4")[1] == "0891683108100005F004FF"


def test_a_slow_prompt_comes_late_and_outlives_its_host() -> None:
    with Bench() as bench:
        bench.people(A)
        bench.modem.fault("slow-prompt")
        bench.ask("AT&D0")
        length = len(SUBMIT.encode())
        bench.send(f"AT+CMGS={length}\r")
        assert bench.raw(0.04) == ""
        assert bench.raw(0.04) == "\r\n> "
        bench.close()
        bench.open()
        assert bench.ask("AT") == []  # taken for the beginning of a PDU
        bench.send("\x1b")
        assert bench.lines() == ["OK"]
        assert bench.ask("AT") == ["OK"]


def test_the_journal_tells_when_a_text_was_asked_for_and_given() -> None:
    with Bench() as bench:
        bench.people(A)
        assert submit(bench) == ["+CMGS: 0", "OK"]
        events = [event for event in bench.town.network.journal.of_kind("sms") if "line" in event]
        assert [event["state"] for event in events] == ["prompt", "given", "taken"]
        assert (events[1]["to"], events[1]["reference"]) == (A, 0)
