"""Every verdict of ``doctor --swap`` on the bank: a minute, and not in the suite.

python -m pytest tests/exchange/doctor_verdicts.py
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.bank_box import BankBox
from tests.exchange.doctor import FAULTS, Fault
from tests.exchange.test_line_conditions import box, check_verdict, config

__all__ = ["box", "config"]


@pytest.mark.parametrize(
    "case", FAULTS, ids=[f"{each.verdict}-{'-'.join(each.shows)}" for each in FAULTS]
)
def test_one_exchange_tells_where_the_fault_lies(
    box: BankBox,
    config: Path,
    case: Fault,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    check_verdict(box, config, case, monkeypatch, capsys)
