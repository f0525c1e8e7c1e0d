"""SIM800, A7670, ZTE, Wavecom and a modem of no make say what the transcripts of real ones say."""

from __future__ import annotations

from drivers.virtual.terminal import Services
from tests.drivers.virtual.bench import A, Bench
from tests.drivers.virtual.town import B


def listed(index: int, direction: int, state: int, tail: str = "") -> str:
    return f'+CLCC: {index},{direction},{state},0,0,"{A}",145{tail}'


# --- SIMCom A7670 ---------------------------------------------------------------------------------


def test_an_a7670_claims_the_answer_at_ringback_and_says_nothing_of_the_real_one() -> None:
    with Bench("a7670") as bench:
        (ann,) = bench.people(A)
        bench.ask("AT+CLCC=1;+CMEE=1")
        said = bench.ask(f"ATD{A};", 3.4)
        assert said == ["VOICE CALL: BEGIN", "OK", listed(1, 0, 2), listed(1, 0, 0)] or said == [
            "OK",
            listed(1, 0, 2),
            "VOICE CALL: BEGIN",
            listed(1, 0, 0),
        ]
        bench.answered(ann)
        assert bench.lines(4) == []
        ann.release(ann.calls[0])
        end = bench.lines(0.5)
        assert end[:2] == [listed(1, 0, 6), "NO CARRIER"]
        assert end[2].startswith("VOICE CALL:END: 00000")
        assert bench.ask("AT+CEER") == ['+CEER: "16 Normal call clearing"', "OK"]


def test_an_a7670_has_no_voice_for_the_host() -> None:
    with Bench("a7670") as bench:
        assert bench.modem.describe()["audio"] is None
        assert bench.ask("AT+CPCMREG=1") == ["ERROR"]
        bench.modem.fault("sim-out")
        assert "+CPIN: SIM REMOVED" in bench.lines()


def test_an_a7670_boots_with_these_words() -> None:
    with Bench("a7670", cold=False) as bench:
        assert bench.lines(2) == ["+CPIN: READY", "SMS DONE", "PB DONE"]


# --- SIMCom SIM800 --------------------------------------------------------------------------------


def test_a_sim800_boots_and_names_itself() -> None:
    with Bench("sim800", cold=False) as bench:
        assert bench.lines(2) == ["+CFUN: 1", "+CPIN: READY", "Call Ready", "SMS Ready"]
        assert bench.ask("AT+CCID") == [bench.modem.card.sim.iccid, "OK"]
        assert bench.ask("ATI") == ["SIM800 R14.18", "OK"]
        assert bench.ask("AT+CEREG?") == ["ERROR"]
        assert bench.ask("AT+CMGD=0") == ["+CMS ERROR: 321"]
        assert bench.ask("AT+CMGD=1") == ["OK"]
        assert bench.modem.describe()["audio"] is None


def test_a_sim800_tells_calls_and_keys() -> None:
    with Bench("sim800", card="null") as bench:
        (ann,) = bench.people(A)
        bench.ask("AT+CLCC=1;+CLIP=1;+DDET=1")
        ann.dial(bench.modem.msisdn)
        tail = ',""'
        assert bench.lines(3.4) == ["RING", f'+CLIP: "{A}",145,,,,0', listed(1, 1, 4, tail)]
        assert bench.ask("ATA", 0.5) == ["OK", listed(1, 1, 0, tail)]
        ann.send_digits(ann.calls[0], "5")
        bench.town.talk(0.5)
        assert bench.lines() == ["+DTMF: 5"]
        bench.ask("AT+DDET=1,0,0,1")
        ann.send_digits(ann.calls[0], "#")
        bench.town.talk(0.5)
        assert bench.lines() == ["+DTMF: #,120"]
        ann.release(ann.calls[0])
        assert bench.lines(0.5) == [listed(1, 1, 6, tail), "NO CARRIER"]
        assert bench.ask("AT+CPOWD=1", 0.2) == ["OK", "NORMAL POWER DOWN"]
        assert bench.modem.describe()["audio"] is not None
        bench.close()
        bench.wait(1)
        assert not bench.modem.power.plugged


# --- ZTE and Wavecom ------------------------------------------------------------------------------


def test_a_zte_says_nothing_to_a_dial_until_it_is_answered() -> None:
    with Bench("zte") as bench:
        ann, ben = bench.people(A, B)
        assert bench.ask(f"ATD{A};", 3.4) == []
        assert bench.ask("AT+CLCC") == [listed(1, 0, 3), "OK"]
        bench.answered(ann)
        assert bench.lines(0.5) == ["CONNECT"]
        ann.release(ann.calls[0])
        assert bench.lines(0.5) == ["HANGUP: 1"]
        bench.ask(f"ATD{B};", 3.4)
        ben.release(ben.calls[0], 21)
        assert bench.lines(0.5) == ["OK"]
        bench.ask("AT+CMEE=1")
        assert bench.ask("AT+CNMI=2,1,0,2") == ["+CMS ERROR: 303"]


def test_a_wavecom_means_answered_by_ok() -> None:
    with Bench("wavecom") as bench:
        ann, ben = bench.people(A, B)
        assert bench.ask("AT+WIND=50") == ["OK"]
        assert bench.ask(f"ATD{A};", 3.4) == ["+WIND: 5,1"]
        bench.answered(ann)
        assert bench.lines(0.5) == ["OK"]
        bench.ask("ATH", 0.5)
        assert bench.ask(f"ATD{B};", 3.4) == ["+WIND: 5,1"]
        ben.release(ben.calls[0], 17)
        assert bench.lines(0.5) == ["+WIND: 6,1", "BUSY"]


def test_a_wavecom_forgets_an_ok_and_names_its_memories_in_its_own_way() -> None:
    with Bench("wavecom") as bench:
        assert bench.ask("AT+CPIN?") == ["+CPIN: READY"]
        assert bench.ask("AT") == ["OK"]
        assert bench.ask("AT+CPMS=?") == ['+CPMS: (("SM","BM","SR"),("SM"))', "OK"]


# --- of no make -----------------------------------------------------------------------------------


def test_a_generic_modem_has_texts_for_errors_and_bare_places() -> None:
    with Bench("generic", services=Services(hold=False)) as bench:
        bench.ask("AT+CMEE=1;+CREG=2")
        assert bench.ask("AT+CREG?") == ["+CREG: 2,1,2A1F,08C3D1E2,7", "OK"]
        assert bench.ask("AT+CNMI=9") == ["+CME ERROR: Incorrect parameters"]
        bench.modem.fault("sim-out")
        assert bench.ask("AT+CIMI")[-1] == "+CME ERROR: SIM not inserted"


def test_a_sim_may_not_know_its_number() -> None:
    with Bench("generic") as bench:
        assert bench.ask("AT+CNUM") == [f'+CNUM: "","{bench.modem.msisdn}",145', "OK"]
        bench.modem.card.sim.knows_number = False
        assert bench.ask("AT+CNUM") == ["OK"]


def test_a_make_that_few_know_says_what_drives_it() -> None:
    for family, driver in (("zte", "gsmmodem"), ("wavecom", "gsmmodem"), ("sim800", "auto")):
        with Bench(family) as bench:
            assert bench.modem.describe()["driver"] == driver
