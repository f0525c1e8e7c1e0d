"""The tables of all families are sound, command by command."""

from __future__ import annotations

import re

import pytest

from drivers.virtual.at_line import Form, split_line
from drivers.virtual.at_table import is_allowed, parse_ranges
from drivers.virtual.personalities import FAMILIES, make_personality
from tests.drivers.virtual.bench import Bench

SENT_BY_PEERS = """
+CGMI +CGMM +CGMR +CGSN +CIMI I +GCAP +CSCS +CPIN +CREG +CGREG +CSQ +COPS +CNUM +CSCA +CMGF +CSMS
+CPMS +CNMI +CMGL +CMGR +CMGD +CMGS +CMGW +CMSS +CNMA +CMMS +CSMP +CUSD +CLIP +CLIR +CRC +COLP +CSSN
+CCWA +CCFC +CLCK +CHLD +CLCC +CHUP +CVHU D A H +VTS +VTD +CMUT +CLVL +CFUN +CEER +CPAS +CIND +CTZU
+CTZR +CCLK +CPBS +CPBR +CPBW +CLAC +IFC +CBC &F &C &D &V Z E V Q X S0 S3 S4 S5 +CMEE +CGATT +CPOL
+CPLS
"""
OWN = {
    "ec25": "+QCCID +QPINC +QCFG +QINDCFG +QPCMV +QAUDMOD +QGPSCFG +QTONEDET +QSIMSTAT +QHUP "
    "+QNWINFO ^DSCI +CEREG +CESQ",
    "sim7600": "+CICCID +SPIC +CPCMREG +CPCMFRM +CPCMBANDWIDTH +DDET +CNSMOD +AUTOCSQ +CPSI +CIREG "
    "+CRESET +CEREG +CESQ",
    "eg25": "+QCCID +QCFG +QINDCFG +QPCMV +QGMR +QTONEDET +QSIMSTAT +QHUP ^DSCI +CEREG",
    "a7670": "+CICCID +SPIC +DDET +CNSMOD +AUTOCSQ +CPSI +CIREG +CRESET +CEREG",
    "sim800": "+CCID +SPIC +DDET +CPOWD +CMIC +SIDET +ECHO",
    "zte": "+CCID +ZPAS +ZOPRT",
    "wavecom": "+CCID +WIND",
    "generic": "+CCID +CEREG +CESQ",
    "e1550": "^ICCID ^CPIN ^CURC ^CVOICE ^DDSETEX ^U2DIAG ^RFSWITCH ^GETPORTMODE ^SYSINFO ^DTMF "
    "^DDTMFCFG ^HCSQ ^PORTSEL",
}

LACKS = {"eg25": {"+CMUT"}}  # its firmware answers ERROR
NO_RESULT = {"wavecom": {"+CPIN?"}}


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_name_is_one_that_a_line_can_carry(family: str) -> None:
    for name, command in make_personality(family).table().items():
        assert name == command.name == name.upper()
        assert re.fullmatch(r"[+^$*#%][A-Z0-9!%\-./:_]+|&?[A-Z]|S\d+", name)
        assert split_line(name)[0].name == name


def test_every_command_has_a_form(family: str) -> None:
    for command in make_personality(family).table().values():
        assert any((command.run, command.read, command.write, command.test))
        assert command.handler(Form.TEST) is not None


def test_every_default_is_a_value_that_its_ranges_allow(family: str) -> None:
    for command in make_personality(family).table().values():
        if command.ranges:
            groups = parse_ranges(command.ranges)
            assert len(groups) == len(command.defaults), command.name
            for value, choices in zip(command.defaults, groups, strict=True):
                assert is_allowed(value, choices), command.name


def test_everything_that_known_software_sends_is_there(family: str) -> None:
    table = make_personality(family).table()
    missing = {name for name in SENT_BY_PEERS.split() if name not in table}
    assert missing == LACKS.get(family, set())
    assert [name for name in OWN[family].split() if name not in table] == []


def test_no_form_of_any_command_breaks_the_modem(family: str) -> None:
    """Without parameters and with absurd ones, each gets its one final result."""
    passing = {
        "+CRESET",
        "+QPOWD",
        "+CPOF",
        "+CPOWD",
        "Q",
        "V",
        "E",
        "S3",
        "S4",
        "S5",
        "+CMGS",
        "+CMGW",
    }
    final = re.compile(
        r"OK|ERROR|\+CM[ES] ERROR: .+|COMMAND NOT SUPPORT|TOO MANY PARAMETERS|NO CARRIER"
    )
    with Bench(family) as bench:
        bench.ask("AT+CMEE=1")
        for name in sorted(set(bench.modem.table) - passing):
            forms = ["", "?", "=?", "=9999", '=1,2,3,"x",5,6,7,8'] if name[0] in "+^" else [""]
            for form in forms:
                answer = bench.ask(f"AT{name}{form}", 4.0 if name == "+COPS" else 0.04)
                finals = [line for line in answer if final.fullmatch(line)]
                expected = 0 if name + form in NO_RESULT.get(family, ()) else 1
                assert len(finals) == expected, (name + form, answer)
        assert bench.ask("AT")[-1] == "OK"


def test_there_is_no_modem_of_another_make() -> None:
    with pytest.raises(ValueError, match="no virtual modem is a 'nokia'"):
        make_personality("nokia")
