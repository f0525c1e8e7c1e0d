"""What ails a modem short of death: which cure a hang needs, heat, a lock, a faint signal."""

from __future__ import annotations

import pytest

from tests.drivers.virtual.bench import A, Bench

DEAF: list[str] = []


def again(bench: Bench) -> str:
    bench.close()
    bench.wait(9)
    bench.open()
    bench.lines(1)
    answer = bench.ask("AT")
    return answer[-1] if answer else ""


def test_a_hang_that_reopening_cures() -> None:
    with Bench() as bench:
        bench.modem.fault("hang-port")
        assert bench.ask("AT", 3) == DEAF
        assert again(bench) == "OK"


def test_a_hang_that_a_reset_cures() -> None:
    with Bench() as bench:
        bench.modem.fault("hang-reset")
        assert again(bench) == ""
        bench.send("\x1b\rAT+CFUN=1,1\r")
        bench.wait(1)
        assert again(bench) == "OK"


@pytest.mark.parametrize(("kind", "answer"), [("hang-usb", "OK"), ("hang", "")])
def test_binding_anew_cures_what_does_not_need_power(kind: str, answer: str) -> None:
    with Bench() as bench:
        bench.modem.fault(kind)
        bench.send("\x1b\rAT+CFUN=1,1\r")
        assert again(bench) == ""
        bench.close()
        bench.modem.fault("rebind")
        assert again(bench) == answer
        bench.close()
        bench.modem.fault("power-cycle")
        assert again(bench) == "OK"


@pytest.mark.parametrize(
    ("family", "command", "cool", "hot"),
    [
        ("ec25", "AT+QTEMP", "+QTEMP: 31,34,32", "+QTEMP: 88,91,89"),
        ("sim7600", "AT+CPMUTEMP", "+CPMUTEMP: 34", "+CPMUTEMP: 91"),
        ("e1550", "AT^CHIPTEMP?", "^CHIPTEMP: 340,328,34,65535", "^CHIPTEMP: 910,898,91,65535"),
    ],
)
def test_heat_is_told_as_each_make_tells_it(family: str, command: str, cool: str, hot: str) -> None:
    with Bench(family) as bench:
        assert cool in bench.ask(command)
        bench.modem.fault("hot")
        assert hot in bench.ask(command)
        bench.modem.fault("cool")
        assert cool in bench.ask(command)


def test_a_faint_signal_and_a_modem_locked_to_another_operator() -> None:
    with Bench() as bench:
        bench.modem.fault("weak")
        assert "+CSQ: 2,0" in bench.ask("AT+CSQ")
        bench.modem.fault("strong")
        assert "+CSQ: 2,0" not in bench.ask("AT+CSQ")
        bench.close()
        bench.modem.fault("lock")
        bench.wait(9)
        bench.open()
        bench.lines(1)
        assert "+CPIN: PH-NET PIN" in bench.ask("AT+CPIN?")
        assert not bench.modem.radio.registered


def test_abroad_it_roams_and_a_barred_one_begins_no_call() -> None:
    with Bench() as bench:
        bench.people(A)
        station = bench.town.network.stations[bench.modem.msisdn]
        station.abroad(True)
        bench.wait(9)
        assert "+CREG: 0,5" in bench.ask("AT+CREG?")
        station.refusal = 8
        bench.ask(f"ATD{A};", 3)
        assert [call.cause for call in bench.handset(A).told] == []
        assert bench.ask("AT+CLCC")[-1] == "OK"
        station.refusal = None
        bench.ask(f"ATD{A};", 3)
        assert bench.handset(A).told != []
