"""A command line comes apart into its commands and their parameters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.virtual.at_line import Arguments, Form, Request, split_line
from drivers.virtual.at_result import AtError

R, Q, T, W = Form.RUN, Form.READ, Form.TEST, Form.WRITE


@pytest.mark.parametrize(
    ("line", "requests"),
    [
        ("", []),
        ("E0", [Request("E", R, "0")]),
        ("e0v1x4&c1&d0", [Request(n, R, d) for n, d in (("E", "0"), ("V", "1"), ("X", "4"))]
         + [Request("&C", R, "1"), Request("&D", R, "0")]),
        ("+CREG?", [Request("+CREG", Q)]),
        ("+creg=?", [Request("+CREG", T)]),
        ("+CMEE=1;+CREG=2", [Request("+CMEE", W, "1"), Request("+CREG", W, "2")]),
        ('+CSCS="GSM;X";+CSQ', [Request("+CSCS", W, '"GSM;X"'), Request("+CSQ", R)]),
        ("E0+CSQ", [Request("E", R, "0"), Request("+CSQ", R)]),
        ("S0=1S3?", [Request("S0", W, "1"), Request("S3", Q)]),
        ("D+8613900000001;", [Request("D", R, "+8613900000001;")]),
        ("+QPCMV=0;D10086;", [Request("+QPCMV", W, "0"), Request("D", R, "10086;")]),
        ("DT123;+CSQ", [Request("D", R, "T123;+CSQ")]),
        ("$TSSPCSW=?", [Request("$TSSPCSW", T)]),
        ("*CNTI=2", [Request("*CNTI", W, "2")]),
        ("^DSCI?", [Request("^DSCI", Q)]),
        ("+CRSM=176,12258,0,0,10", [Request("+CRSM", W, "176,12258,0,0,10")]),
        ("+CMGD = 3 ; +CSQ", [Request("+CMGD", W, "3"), Request("+CSQ", R)]),
        ("E1!", [Request("E", R, "1"), Request("", R, "!")]),
        ("+CSQ!5%", [Request("+CSQ!5%", R)]),
    ],
)  # fmt: skip
def test_lines(line: str, requests: list[Request]) -> None:
    assert split_line(line) == requests


@given(st.text(max_size=60))
def test_any_line_comes_apart(line: str) -> None:
    for request in split_line(line):
        assert request.form in Form


def test_parameters_by_position() -> None:
    args = Arguments('2,"+8613,9;",,145')
    assert len(args) == 4
    assert args.number(0) == 2
    assert args.text(1) == "+8613,9;"
    assert not args.given(2)
    assert args.text(2, "none") == "none"
    assert args.number(7, 9) == 9


@pytest.mark.parametrize("text", ["", "x", "-1", "256", "²", '"'])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(AtError) as refused:
        Arguments(text).number(0)
    assert refused.value.cme == 50
