"""Long screens are scrolled, times are local, English is ASCII, a photograph is always masked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance.console import screens
from appliance.console.facts import House
from appliance.console.program import Program
from appliance.console.terminal import DOWN, ENTER, ESCAPE, PAGE_UP, UP
from tests.console.test_screens import LISTS, NUMBERS, SECRET, Box, Keys, house, line, played

__all__ = ["house"]


def said(count: int) -> list[dict[str, Any]]:
    """A question whether it lives, then ``count`` commands with two lines of answer each."""
    rows = [("AT", True), ("OK", False)]
    for number in range(count):
        rows += [(f"AT+X={number}", True), (f"+X: {number}", False), ("OK", False)]
    return [{"at": "2026-11-25T10:00:00Z", "sent": sent, "text": text} for text, sent in rows]


@pytest.fixture(autouse=True)
def china(monkeypatch: pytest.MonkeyPatch) -> Any:
    import time

    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_twenty_exchanges_are_whole_and_local(house: House) -> None:
    screens.unmask(False)
    rows = screens.exchanges(said(25), "en")
    assert len(rows) == 20 * 3
    assert rows[0] == "18:00:00 > AT+X=5"
    assert rows[-2:] == ["18:00:00 < +X: 24", "18:00:00 < OK"]
    assert screens.exchanges([], "en") == ["Nothing here."]
    pdu = [{"at": "2026-11-25T10:00:00Z", "sent": False, "text": "0891683108200505F0" * 3}]
    assert screens.exchanges(pdu, "en") == ["18:00:00 < <27 octets>"]
    assert "+0800" not in "".join(rows)  # the title has it, once


def test_what_is_longer_than_the_screen_is_scrolled(house: House) -> None:
    first = played(Box(LISTS[0]), house, "l")
    assert "rows 183 to 200 of 200" in first.last
    assert "line 199 of the log" in first.last
    up = played(Box(LISTS[0]), house, "l", *([PAGE_UP] * 30))
    assert "rows 1 to 18 of 200" in up.last
    one = played(Box(LISTS[0]), house, "l", *([PAGE_UP] * 30), DOWN, DOWN, UP)
    assert "rows 2 to 19 of 200" in one.last
    end = played(Box(LISTS[0]), house, "l", UP, DOWN, DOWN, DOWN)
    assert "rows 183 to 200 of 200" in end.last


def test_escape_leads_back_step_by_step(house: House) -> None:
    assert "-- Line +861*****0001" in played(Box(LISTS[0]), house, ENTER, "x", ESCAPE).last
    assert "-- Line +861*****0001" in played(Box(LISTS[0]), house, ENTER, "v", ESCAPE).last
    assert "-- Lines ---" in played(Box(LISTS[0]), house, ENTER, "x", ESCAPE, ESCAPE).last


def test_english_is_ascii_and_states_are_words(house: House) -> None:
    box = Box([line(NUMBERS[0], "no-network")])
    assert "????" in played(box, house).last
    assert played(box, house, ENTER).last.isascii()
    assert "no network" in played(box, house).last
    chinese = played(box, house, language="zh-CN").last
    assert "中国移动" in chinese
    assert "无网络" in chinese


def test_a_page_to_be_photographed_is_masked_whoever_looks(house: House) -> None:
    clear = played(Box(LISTS[0]), house, "U", *SECRET, ENTER)
    assert NUMBERS[0] in clear.last
    shown = played(Box(LISTS[0]), house, "U", *SECRET, ENTER, "b")
    assert not any(number in shown.last for number in NUMBERS)


def test_a_database_that_is_gone_opens_the_rescue_although_the_service_answers(
    house: House, tmp_path: Path
) -> None:
    house.database.unlink()
    box = Box(LISTS[0])
    shown = played(box, house, ENTER, "r", "y")
    assert "-- Rescue" in shown.last
    assert shown.screens[0][1].startswith("! The database ")
    assert box.done == []


def test_numbers_in_clear_are_masked_again_when_nobody_is_there(house: House) -> None:
    clock = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)

    class Left(Keys):
        def key(self, seconds: float) -> str | None:
            nonlocal clock
            key = super().key(seconds)
            clock += timedelta(seconds=1) if key != "wait" else timedelta(minutes=11)
            return None if key == "wait" else key

    terminal = Left("U", *SECRET, ENTER, "x", "wait", "z")
    Program(terminal, Box(LISTS[0]), house, now=lambda: clock).run()
    assert NUMBERS[0] in "".join(terminal.screens[-3])
    assert NUMBERS[0] not in "".join(terminal.screens[-2])
    assert "Numbers are masked again." in "".join(terminal.screens[-2])
    assert NUMBERS[0] not in terminal.last
