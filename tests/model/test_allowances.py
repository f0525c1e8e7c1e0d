"""What is left of a SIM's plan, and when its month begins."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from appliance.errors import BadInput
from appliance.model import by_hand
from appliance.model.allowances import Allowance, Used, allowance, period_start
from appliance.model.saved_codes import checked_code, checked_pattern, picked, shown


def test_money_is_what_minutes_and_parts_cost() -> None:
    plan = Allowance(minutes=100, money=1_000, price_minute=20, price_part=10)
    assert plan.minutes_left(Used(30, 10)) == 15  # 1000 - 600 - 100 = 300
    assert plan.parts_left(Used(30, 10)) == 30
    assert plan.percent(Used(30, 10)) == 70
    assert plan.minutes_left(Used(100, 0)) == 0
    assert plan.minutes_left(Used(60, 0)) == 0  # 200 too much is nothing left
    assert Allowance(parts=5).minutes_left(Used(9, 9)) is None
    assert not allowance({"allowance_minutes": True}).measured


def test_the_month_begins_by_the_operators_wall_clock() -> None:
    new_york = ZoneInfo("America/New_York")
    at = datetime(2026, 3, 10, 3, 30, tzinfo=UTC)  # there it is still the 9th, after the change
    assert period_start(at, 10, new_york) == datetime(2026, 2, 10, 5, tzinfo=UTC)
    assert period_start(at, 9, new_york) == datetime(2026, 3, 9, 4, tzinfo=UTC)
    assert period_start(at, 10) == datetime(2026, 3, 9, 16, tzinfo=UTC)
    assert period_start(datetime(2026, 1, 5, tzinfo=UTC), 28) == datetime(
        2025, 12, 27, 16, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("pattern", "answer", "amount"),
    [
        ("余额 {amount} 元", "尊敬的客户:余额 42.50 元。", 4250),
        ("余额{amount}元", "套餐余额100分钟,余额 -3 元", -300),
        ("Balance {amount}", "Balance: 7", None),
        ("Balance: {amount}", "balance: 1 Balance: 7,5 EUR", 750),
        ("{amount} CNY", "Call 10086. You have 12.345 CNY", 1234),
        ("{amount}", "nothing", None),
        (None, "Balance 7", None),
        ("x {amount}", "x " * 100_000 + "9", None),
    ],
)
def test_an_amount_is_picked_by_the_words_around_it(
    pattern: str | None, answer: str, amount: int | None
) -> None:
    assert picked(pattern, answer) == amount


def test_codes_and_patterns_that_are_none() -> None:
    for code in ("100", "*", "*1\n#", "ATD1;", "*100#" * 20):
        with pytest.raises(BadInput):
            checked_code(code)
    for pattern in ("余额", "{amount}{amount}"):
        with pytest.raises(BadInput):
            checked_pattern(pattern)
    assert shown(-5) == "-0.05"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("AT&F", "factory"), ("AT&F0&W", "factory"), ("ATE0&W", "nvram"), ("AT&F1", "factory"),
        ('AT+CSQ;+CPIN="1234"', "lock"), ('AT+CLCK="SC",1,"1234"', "lock"),
        ('AT+CPWD="SC","1","2"', "lock"), ('AT+EGMR=1,7,"86"', "imei"), ("AT+SIMEI=1", "imei"),
        ('AT+QCFG="ims",1', "nvram"), ("AT+CUSBPIDSWITCH=9001,1,1", "nvram"),
        ("AT+CRSM=214,28542,0,0,3", "sim"), ("at+qpowd", "off"), ("AT^CARDLOCK=\"1\"", "lock"),
        ("ATS0=0&W", "nvram"), ('AT+QFOTADL="http://x"', "firmware"),
    ],
)  # fmt: skip
def test_commands_that_leave_something_behind_are_dangerous(line: str, what: str) -> None:
    found = by_hand.danger(by_hand.checked(line))
    assert found is not None
    assert found[1] == what


@pytest.mark.parametrize(
    "line",
    [
        "AT", "AT+CSQ", "AT+CPIN?", 'AT+CLCK="AO",2', "AT+CLCK=?", 'AT+QCFG="ims"', "ATZ", "ATE0",
        "AT+CRSM=176,28589,0,0,4", 'AT+CCFC=0,3,"+8613800000001",145', "AT&D0", "AT+CFUN=1,1",
    ],
)  # fmt: skip
def test_questions_and_what_a_restart_cures_are_not(line: str) -> None:
    assert by_hand.danger(by_hand.checked(line)) is None


def test_what_opens_a_sim_is_not_kept() -> None:
    assert by_hand.without_secrets('AT+CPIN="1234";+CSQ') == "AT+CPIN=***;+CSQ"
    assert by_hand.without_secrets('at+clck="SC",1,"1234"') == "at+clck=***"
    assert by_hand.without_secrets("AT+CPIN?") == "AT+CPIN?"
