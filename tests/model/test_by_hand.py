"""What an operator may send to a modem by hand."""

from __future__ import annotations

import pytest

from appliance.errors import BadInput
from appliance.model.by_hand import checked


@pytest.mark.parametrize(
    "line",
    [
        "AT", " at+csq ", "AT+CREG?;+CSQ", "ATE0V1", "ATE0;+CMEE=1", "AT&D0", "ATS0=0", "ATS0?",
        'AT+CPMS="ME","ME","ME"', 'AT+QCFG="a;D112;"', "AT^SYSINFO", "ATI", "AT\\Q3", "AT+CDS=1",
    ],
)  # fmt: skip
def test_what_neither_dials_nor_sends_passes(line: str) -> None:
    assert checked(line) == line.strip()


@pytest.mark.parametrize(
    "line",
    [
        "ATD112;", "AT D112;", "atd112;", "AT+CSQ;D112;", "AT+CSQ; D112;", "ATE0D112;",
        "ATE0V1DT112;", "ATS0=0D112;", "ATH0D112;", "AT&D0D112;", "AT;D112;", "AT+CMGS=18",
        "AT+CMGF=0;+CMGS=18", "AT+CSQ;+cmss=1", "AT+CMGW=18", "AT+CMGC=1", 'AT+CTFR="112"',
        'AT+CSCS="GSM";D112;', 'AT+CUSD=1,"*100#"', "AT+CSQ;+CUSD=1",
    ],
)  # fmt: skip
def test_what_dials_or_sends_does_not_wherever_it_stands(line: str) -> None:
    with pytest.raises(BadInput, match="not done by hand"):
        checked(line)


@pytest.mark.parametrize(
    "line", ["", "A/", "+CSQ", "AT\r\nATD112;", "ATÄ", 'AT+X="D112;', "AT(D1)"]
)
def test_what_cannot_be_read_is_refused(line: str) -> None:
    with pytest.raises(BadInput):
        checked(line)
