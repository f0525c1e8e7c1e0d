"""Calls by AT commands, as far as all families agree."""

from __future__ import annotations

import pytest

from drivers.virtual.terminal import Services
from drivers.virtual.times import RadioTimes
from tests.drivers.virtual.bench import FAMILIES, A, Bench
from tests.drivers.virtual.town import B, C


def results(lines: list[str]) -> list[str]:
    words = ("OK", "ERROR", "+CME ERROR", "NO CARRIER", "BUSY", "NO ANSWER")
    return [line for line in lines if line.startswith(words)]


def calls(bench: Bench) -> list[str]:
    """``index,direction,state,mode,multiparty`` of every call."""
    lines = [line for line in bench.ask("AT+CLCC") if line.startswith("+CLCC")]
    return [line.removeprefix("+CLCC: ").split(',"')[0] for line in lines]


@pytest.mark.parametrize("family", FAMILIES)
def test_hold_second_call_join_and_leave(family: str) -> None:
    with Bench(family) as bench:
        ann, bob = bench.people(A, B)
        bench.talk(ann)
        assert results(bench.ask("AT+CHLD=2", 1.2)) == ["OK"]
        assert calls(bench) == ["1,1,1,0,0"]
        bench.ask(f"ATD{B};", 3.4)
        assert calls(bench) == ["1,1,1,0,0", "2,0,3,0,0"]
        bench.answered(bob)
        bench.wait(0.5)
        assert calls(bench) == ["1,1,1,0,0", "2,0,0,0,0"]
        assert results(bench.ask("AT+CHLD=3", 1.2)) == ["OK"]
        assert calls(bench) == ["1,1,0,0,1", "2,0,0,0,1"]
        bob.release(bob.calls[0])
        assert results(bench.lines(0.5)) == []
        assert calls(bench) == ["1,1,0,0,0"]
        assert "OK" in bench.ask("AT+CHUP", 0.5)
        assert calls(bench) == []


@pytest.mark.parametrize(
    ("services", "code", "answer"),
    [
        (Services(hold=False), "2", "+CME ERROR: 4"),
        (Services(multiparty=False), "3", "+CME ERROR: 4"),
        (Services(join_refused=True), "3", "+CME ERROR: 4"),
        (Services(transfer=False), "4", "+CME ERROR: 4"),
        (Services(transfer=True), "4", "OK"),
        (Services(), "9", "+CME ERROR: 50"),
        (Services(), "15", "+CME ERROR: 3"),
    ],
)
def test_what_the_subscription_lacks(services: Services, code: str, answer: str) -> None:
    with Bench(services=services) as bench:
        ann, bob = bench.people(A, B)
        bench.ask("AT+CMEE=1")
        bench.talk(ann)
        if services.hold:
            bench.ask("AT+CHLD=2", 1.2)
            bench.ask(f"ATD{B};", 3.4)
            bench.answered(bob)
            bench.wait(0.5)
        assert results(bench.ask(f"AT+CHLD={code}", 1.2))[0] == answer


def test_holding_without_a_call_is_not_allowed() -> None:
    with Bench() as bench:
        bench.ask("AT+CMEE=1")
        assert bench.ask("AT+CHLD=2") == ["+CME ERROR: 3"]
        assert bench.ask("AT+CHLD=?") == ["+CHLD: (0,1,1x,2,2x,3,4)", "OK"]


def test_a_waiting_call_is_announced_and_rings_once_it_is_alone() -> None:
    with Bench() as bench:
        ann, bob = bench.people(A, B)
        bench.ask("AT+CCWA=1;+CLIP=1")
        bench.talk(ann)
        bob.dial(bench.modem.msisdn)
        assert bench.lines(3.4) == [f'+CCWA: "{B}",145,1']
        assert calls(bench) == ["1,1,0,0,0", "2,1,5,0,0"]
        ann.release(ann.calls[0])
        assert bench.lines(0.5) == ["RING", f'+CLIP: "{B}",145,,,,0']
        assert calls(bench) == ["2,1,4,0,0"]
        assert results(bench.ask("ATA", 0.5)) == ["OK"]


def test_a_second_caller_is_refused_where_the_host_wants_that() -> None:
    with Bench() as bench:
        ann, bob = bench.people(A, B)
        bench.talk(ann)
        assert bench.ask("AT+CCWA=0,0,1") == ["OK"]
        assert bench.ask("AT+CCWA=1,2") == ["+CCWA: 0,1", "OK"]
        bob.dial(bench.modem.msisdn)
        assert bench.lines(4) == []
        assert bench.handset(B).told[-1].cause == 17
        assert bench.ask("AT+CCWA=1,1,1") == ["OK"]
        bob.dial(bench.modem.msisdn)
        assert bench.lines(4) == [f'+CCWA: "{B}",145,1']


def test_call_waiting_that_was_never_subscribed_stays_off() -> None:
    with Bench(services=Services(call_waiting=False)) as bench:
        bench.ask("AT+CMEE=1")
        assert bench.ask("AT+CCWA=1,1,1") == ["+CME ERROR: 4"]


def test_a_withheld_number() -> None:
    with Bench() as bench:
        (ann,) = bench.people(A)
        bench.ask('AT+CLIP=1;+QINDCFG="ccinfo",1,0')
        ann.dial(bench.modem.msisdn, withhold=True)
        assert bench.lines(3.4) == [
            "RING",
            '+CLIP: "",128,,,,1',
            '+QIND: "ccinfo",1,1,4,0,0,"",128',
        ]
        assert bench.ask("AT+CLCC") == ['+CLCC: 1,1,4,0,0,"",128,""', "OK"]


@pytest.mark.parametrize(
    ("suffix", "mode", "shown"),
    [
        ("", 0, "+8617000000001"),
        ("I", 0, ""),
        ("i", 1, "+8617000000001"),
        ("", 1, ""),
        ("g", 0, None),
    ],
)
def test_the_own_number_is_withheld_on_request(suffix: str, mode: int, shown: str | None) -> None:
    with Bench() as bench:
        bench.people(A)
        assert bench.ask(f"AT+CLIR={mode}") == ["OK"]
        assert bench.ask("AT+CLIR?") == [f"+CLIR: {mode},4", "OK"]
        bench.ask(f"ATD{A}{suffix};", 3.4)
        told = bench.handset(A).told[-1].number
        assert told == ("+8617000000001" if shown is None else shown)


@pytest.mark.parametrize(
    "dialled",
    ["13900000001", "008613900000001", "+86 139-0000-0001", "T8613900000001", "013900000001"],
)
def test_ways_to_write_a_number(dialled: str) -> None:
    with Bench() as bench:
        bench.people(A)
        assert results(bench.ask(f"ATD{dialled};", 3.4)) == ["OK"]
        assert [told.status.name for told in bench.handset(A).told] == ["INCOMING"]


@pytest.mark.parametrize(
    ("dialled", "answer"),
    [
        ("hello;", "+CME ERROR: 50"),
        (";", "+CME ERROR: 50"),
        (">1;", "+CME ERROR: 22"),
        ("*99#", "NO CARRIER"),
        (f"{A}", "NO CARRIER"),
        ("12;34;", "+CME ERROR: 50"),
    ],
)
def test_what_cannot_be_dialled(dialled: str, answer: str) -> None:
    with Bench() as bench:
        bench.ask("AT+CMEE=1")
        assert bench.ask(f"ATD{dialled}") == [answer]
        assert bench.line.calls == []


def test_dialling_again() -> None:
    with Bench() as bench:
        bench.people(A)
        bench.ask(f"ATD{A};", 1)
        assert bench.ask("ATD13911111111;") == ["ERROR"]
        bench.ask("ATH", 0.5)
        assert results(bench.ask("ATDL", 3.4)) == ["OK"]
        assert len(bench.handset(A).told) == 1


def test_without_a_network_a_call_ends_at_once() -> None:
    with Bench() as bench:
        bench.people(A)
        bench.line.cover(False)
        assert results(bench.ask(f"ATD{A};", 1)) == ["OK", "NO CARRIER"]
        bench.ask("AT+CFUN=4")
        assert bench.ask(f"ATD{A};") == ["NO CARRIER"]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("cause", "result"), [(17, "BUSY"), (21, "NO CARRIER")])
def test_a_call_that_is_not_taken(family: str, cause: int, result: str) -> None:
    with Bench(family) as bench:
        (ann,) = bench.people(A)
        bench.ask(f"ATD{A};", 3.4)
        ann.release(ann.calls[0], cause)
        wanted = [] if family == "e1550" and result == "NO CARRIER" else [result]
        assert results(bench.lines(0.5)) == wanted
        assert str(cause) in "".join(bench.ask("AT+CEER")) or family == "e1550"


def test_a_busy_second_call_is_told_although_the_first_is_held() -> None:
    with Bench() as bench:
        ann, bob = bench.people(A, B)
        bench.talk(ann)
        bench.ask("AT+CHLD=2", 1.2)
        bench.ask(f"ATD{B};", 3.4)
        bob.release(bob.calls[0], 17)
        assert results(bench.lines(0.5)) == ["BUSY"]
        assert calls(bench) == ["1,1,1,0,0"]
        assert results(bench.ask("AT+CHLD=2", 1.2)) == ["OK"]
        assert calls(bench) == ["1,1,0,0,0"]


def test_answering_what_does_not_ring() -> None:
    with Bench() as bench:
        assert bench.ask("ATA") == ["NO CARRIER"]


def test_answering_by_itself() -> None:
    with Bench() as bench:
        (ann,) = bench.people(A)
        bench.ask("ATS0=2")
        ann.dial(bench.modem.msisdn)
        assert bench.lines(3.4) == ["RING"]
        bench.lines(5.2)
        assert calls(bench) == ["1,1,0,0,0"]


def test_hanging_up_by_h_depends_on_cvhu() -> None:
    with Bench() as bench:
        (ann,) = bench.people(A)
        bench.talk(ann)
        bench.ask("AT+CVHU=1")
        assert bench.ask("ATH", 0.5) == ["OK"]
        assert calls(bench) == ["1,1,0,0,0"]
        bench.ask("AT+CVHU=0")
        assert bench.ask("ATH", 0.5) == ["OK"]
        assert calls(bench) == []


def test_hanging_up_with_a_held_call_leaves_it() -> None:
    with Bench() as bench:
        ann, bob = bench.people(A, B)
        bench.talk(ann)
        bench.ask("AT+CHLD=2", 1.2)
        bench.ask(f"ATD{B};", 3.4)
        bench.answered(bob)
        bench.wait(0.5)
        bench.ask("AT+CHUP", 0.5)
        assert calls(bench) == ["1,1,1,0,0"]
        bench.ask("AT+CHUP", 0.5)
        assert calls(bench) == []


def test_rejecting_a_call() -> None:
    with Bench() as bench:
        (ann,) = bench.people(A)
        bench.incoming(ann)
        assert results(bench.ask("AT+CHUP", 0.5)) == ["OK"]
        assert bench.handset(A).told[-1].cause == 21


def test_what_the_far_side_does_is_told_on_request() -> None:
    with Bench() as bench:
        ann, bob, carl = bench.people(A, B, C)
        bench.ask("AT+CSSN=1,1")
        bench.talk(ann)
        assert bench.town.ask(ann, "2") is None
        assert bench.lines() == ["+CSSU: 2"]
        assert bench.town.ask(ann, "2") is None
        assert bench.lines() == ["+CSSU: 3"]
        bench.ask("AT+CSSN=0,0")
        bench.town.ask(ann, "2")
        assert bench.lines() == []
        assert len(bob.calls) == len(carl.calls) == 0


def test_keys_go_out_in_the_active_call_only() -> None:
    with Bench() as bench:
        (ann,) = bench.people(A)
        bench.ask("AT+CMEE=1")
        assert bench.ask("AT+VTS=5") == ["+CME ERROR: 3"]
        bench.talk(ann)
        for command in ("AT+VTS=5", 'AT+VTS="6"', "AT+VTS={7}", 'AT+QVTS="8"'):
            assert bench.ask(command) == ["OK"]
        assert bench.ask("AT+VTS=x") == ["+CME ERROR: 50"]
        bench.town.talk(1)
        assert bench.handset(A).digits == "5678"


def test_activity() -> None:
    with Bench() as bench:
        (ann,) = bench.people(A)
        assert bench.ask("AT+CPAS") == ["+CPAS: 0", "OK"]
        bench.incoming(ann)
        assert "+CPAS: 3" in bench.ask("AT+CPAS")
        bench.ask("ATA", 0.5)
        assert bench.ask("AT+CPAS") == ["+CPAS: 4", "OK"]
        assert "+CIND: 5," in bench.ask("AT+CIND?")[0]


def test_service_codes_may_be_dialled() -> None:
    with Bench() as bench:
        assert bench.ask("ATD*100#;") == ["OK"]
        assert bench.lines(2) == ['+CUSD: 0,"Balance 42.50 CNY, valid until 2027-12-31",15']
        bench.ask('AT+CSCS="UCS2";+CUSD=1,"002A0031003000310023",15')
        assert bench.lines(2)[0].startswith('+CUSD: 0,"4F59989D')
        bench.ask('AT+CSCS="IRA";+CUSD=1,"*999#"')
        assert bench.lines(2) == ["+CUSD: 4"]
        bench.line.cover(False)
        assert bench.ask('AT+CUSD=1,"*100#"') == ["ERROR"]


def test_numbers_of_calls_are_digits_whatever_the_character_set() -> None:
    """3GPP TS 27.007 knows ``+CSCS`` for names only; TS 27.005 for the numbers of texts, too."""
    with Bench() as bench:
        (ann,) = bench.people(A)
        bench.ask('AT+CSCS="UCS2";+CLIP=1')
        bench.incoming(ann)
        assert f'+CLIP: "{A}",145,,,,0' in bench.lines()
        assert bench.ask("AT+CLCC")[0] == f'+CLCC: 1,1,4,0,0,"{A}",145,""'
        assert bench.ask("AT+CNUM") == ['+CNUM: "","+8617000000001",145', "OK"]


@pytest.mark.parametrize("family", FAMILIES)
def test_first_words_keep_their_order_on_a_fast_network(family: str) -> None:
    times = RadioTimes(setup=(0.01, 0.01), connect=(0.01, 0.01), release=(0.01, 0.01))
    with Bench(family, times=times) as bench:
        (ann,) = bench.people(A)
        bench.ask('AT+QINDCFG="ccinfo",1,0')
        bench.ask("AT+CLCC=1")
        bench.send(f"ATD{A};\r")
        bench.wait(0.03)
        bench.answered(ann)
        bench.wait(0.02)
        ann.release(ann.calls[0])
        words = {
            "ec25": ["OK", "1,0,2", "1,0,3", "1,0,0", "1,0,-1", "NO CARRIER"],
            "sim7600": ["OK", "1,0,2", "1,0,3", "BEGIN", "1,0,0", "1,0,6", "END", "NO CARRIER"],
            "e1550": ["OK", "^ORIG", "^CONF", "^CONN", "^CEND"],
        }[family]
        lines = bench.lines(0.2)
        assert len(lines) == len(words), lines
        assert all(word in line for word, line in zip(words, lines, strict=True)), lines
