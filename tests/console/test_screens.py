"""Every screen is 80 by 24, in both languages, and gives nothing away."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.console.facts import House, look, machine, slot
from appliance.console.program import Program
from appliance.console.screens import COLUMNS, ROWS, folded
from appliance.console.sitting import screen_page
from appliance.console.terminal import BACKSPACE, DOWN, ENTER, ESCAPE, UP, shows_chinese
from appliance.errors import NotRunning, Refused
from appliance.operations import secret
from appliance.words import SENTENCES, Language
from appliance.words.text import width

PHRASE = [f"word{place}" for place in range(1, 13)]
SECRET = "open sesame"
NUMBERS = [f"+861700000{place:04d}" for place in range(1, 31)]


def line(msisdn: str, state: str = "ready", why: str = "Registered.") -> dict[str, Any]:
    return {
        "msisdn": msisdn, "iccid": "89860012345678901234", "imei": "866526024914837",
        "family": "quectel", "role": "number", "state": state, "explanation": why,
        "operator": "中国移动", "signal_dbm": -71.0, "call": None, "queue": 2,
    }  # fmt: skip


class Box:
    """A box that answers as the admin interface does, and remembers what it was asked to do."""

    def __init__(self, lines: Sequence[dict[str, Any]]) -> None:
        self.lines = list(lines)
        self.parked = [
            {
                "kind": "fee", "app": "shop", "state": "parked", "attempts": 7, "error": None,
                "http_status": 500,
            }
        ]  # fmt: skip
        self.findings: list[dict[str, Any]] = []
        self.done: list[tuple[str, Any]] = []
        self.running = True

    def __call__(
        self, method: str, path: str, body: dict[str, Any] | None = None, **query: Any
    ) -> Any:
        if not self.running:
            raise NotRunning("No box answers.")
        if method == "POST":
            self.done.append((path, body))
            if path.endswith("/at"):
                return {"lines": ["+CSQ: 21,99", "OK"]}
            if path == "/recovery":
                return {"phrase": " ".join(PHRASE)}
            if path.endswith("/tone"):
                return {"answered": True, "played": True, "why": None}
            if path.endswith("/ussd"):
                raise Refused("modem", "the network said no")
            return {"done": 1}
        answers: dict[str, Any] = {
            "/health": {
                "name": "box-7", "uptime_seconds": 4242.0, "outbox": {"parked": len(self.parked)},
            },
            "/lines": self.lines,
            "/outbox": self.parked,
            "/findings": self.findings,
            "/generation": {"lineage": "12345678", "generation": 1, "marked_sims": 2},
            "/log": [{"text": f"line {number} of the log"} for number in range(200)],
        }  # fmt: skip
        if path.endswith("/commission"):
            return {"report": None}
        if path.endswith("/transcript"):
            return [
                {"at": "2026-11-25T10:00:00Z", "sent": True, "text": "ATD+8613912340001;"},
                {"at": "2026-11-25T10:00:01Z", "sent": False, "text": "OK"},
                {"at": "2026-11-25T10:00:02Z", "sent": False, "text": '+CUSD: 0,"credit of 9",15'},
            ]
        return answers[path]


class Keys:
    """A terminal whose keys are given beforehand; it holds every screen."""

    def __init__(self, *keys: str) -> None:
        self._keys = iter([*keys, "q"])
        self.screens: list[list[str]] = []
        self.shells: list[str] = []

    def paint(self, lines: Sequence[str]) -> None:
        assert len(lines) == ROWS
        assert [width(row) for row in lines] == [COLUMNS] * ROWS
        self.screens.append(list(lines))

    def key(self, seconds: float) -> str | None:
        return next(self._keys)

    def whole(self) -> None:
        pass

    def drop_keys(self) -> None:
        pass

    def shell(self, words: str) -> None:
        self.shells.append(words)

    @property
    def last(self) -> str:
        return "\n".join(self.screens[-1])


@pytest.fixture
def house(tmp_path: Path) -> House:
    (tmp_path / "simveil.db").touch()
    (tmp_path / "orders").mkdir()
    secret.keep(tmp_path / "console.secret", SECRET)
    return House(
        "box-7",
        tmp_path,
        tmp_path / "simveil.db",
        config=tmp_path / "simveil.toml",
        secret=tmp_path / "console.secret",
        orders=tmp_path / "orders",
    )


def played(
    box: Box, house: House, *keys: str, language: Language = "en", chinese: bool = True
) -> Keys:
    terminal = Keys(*keys)
    Program(
        terminal,
        box,
        house,
        language=language,
        chinese=chinese,
        now=lambda: datetime(2026, 11, 25, 18, 0, tzinfo=UTC),
    ).run()
    return terminal


LISTS: tuple[list[dict[str, Any]], ...] = (
    [line(number) for number in NUMBERS],
    [line(NUMBERS[0]), line(NUMBERS[1], "no-network", "The SIM is not registered. " * 20)],
    [],
)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("lines", LISTS)
@pytest.mark.parametrize("key", ["", "l", "o", "n", "b", "f", "h", ENTER, DOWN, UP])
def test_every_screen_fits_and_says_who_when_and_what_is_worst(
    house: House, language: Language, lines: list[dict[str, Any]], key: str
) -> None:
    shown = played(Box(lines), house, *([key] if key else []), language=language)
    for screen in shown.screens:
        assert "box-7" in screen[0]
        assert "2026-11-25 18:00:00" in screen[0]
        assert screen[1].strip()
    text = "\n".join("\n".join(screen) for screen in shown.screens)
    assert not any(number in text for number in [*NUMBERS, "+8613912340001"])
    if language == "en":
        assert text.replace("中国移动", "").isascii()


def test_a_long_list_follows_the_chosen_line(house: House) -> None:
    shown = played(Box(LISTS[0]), house, *([DOWN] * 40))
    assert "> +861*****0030" in shown.last
    assert "> +861*****0001" in "\n".join(
        played(Box(LISTS[0]), house, *([DOWN] * 3 + [UP] * 9)).screens[-1]
    )


def test_the_worst_is_told_first(house: House) -> None:
    assert played(Box(LISTS[1]), house).screens[0][1].startswith("! 1 line(s) not ready")
    assert played(Box([]), house).screens[0][1].startswith("! No modem is plugged in.")
    missing = House("box-7", house.data, house.data / "gone.db", "a key is unknown")
    assert "configuration" in played(Box([]), missing).screens[0][1]


def test_nothing_is_reset_without_a_yes(house: House) -> None:
    box = Box(LISTS[0])
    shown = played(box, house, ENTER, "r", "n")
    assert box.done == []
    assert "Nothing was done." in shown.last
    shown = played(box, house, ENTER, "r", "y")
    assert box.done == [("/lines/%2B8617000000001/reset", {})]
    assert "Done." in shown.last


def test_a_command_is_typed_sent_and_answered(house: House) -> None:
    box = Box(LISTS[0])
    shown = played(box, house, ENTER, "a", *"AT+CSX", BACKSPACE, "Q", ENTER)
    assert box.done == [("/lines/%2B8617000000001/at", {"command": "AT+CSQ", "timeout": 10.0})]
    assert "+CSQ: 21,99 | OK" in shown.last
    shown = played(box, house, ENTER, "a", *"AT", ESCAPE)
    assert len(box.done) == 1


def test_a_refusal_is_said(house: House) -> None:
    shown = played(Box(LISTS[0]), house, ENTER, "u", *"*100#", ENTER)
    assert "Not done: the network said no" in shown.last


def test_texts_calls_and_commissionings_are_asked_for_twice(house: House) -> None:
    phone = "+8613912340001"
    for key, path in (("t", "text"), ("c", "tone")):
        box = Box(LISTS[0])
        played(box, house, ENTER, key, *phone, ENTER, "n")
        assert box.done == []
        shown = played(box, house, ENTER, key, *phone, ENTER, "y")
        assert box.done == [(f"/lines/%2B8617000000001/{path}", {"phone": phone})]
        assert "Done." in shown.last
    box = Box(LISTS[0])
    shown = played(box, house, ENTER, "m", "y", "x")
    assert box.done == [("/lines/%2B8617000000001/commission", {})]
    assert "Never commissioned" in shown.last


def test_what_is_dangerous_needs_the_local_secret(house: House) -> None:
    typed = (ENTER, "a", *"AT+CLCK=SC,1", ENTER)
    box = Box(LISTS[0])
    assert "not the local secret" in played(box, house, *typed, "y", *"wrong", ENTER).last
    assert box.done == []
    shown = played(box, house, *typed, "y", *SECRET, ENTER)
    assert box.done[0][1]["dangerous"] is True
    assert SECRET not in "\n".join("\n".join(screen) for screen in shown.screens)


def test_numbers_in_clear_and_a_shell_need_the_local_secret(house: House) -> None:
    box = Box(LISTS[0])
    assert NUMBERS[0] not in played(box, house, "U", *"wrong", ENTER).last
    shown = played(box, house, "U", *SECRET, ENTER)
    assert NUMBERS[0] in shown.last
    assert NUMBERS[0] not in played(box, house, "U", *SECRET, ENTER, "U").last
    assert NUMBERS[0] not in played(box, house).last
    assert played(box, house, "!", *"wrong", ENTER).shells == []
    assert len(played(box, house, "!", *SECRET, ENTER).shells) == 1
    house.secret.unlink()
    shown = played(box, house, "!")
    assert "No local secret is set" in shown.last
    assert shown.shells == []


def test_the_phrase_stands_on_one_screen_until_a_key(house: House) -> None:
    shown = played(Box(LISTS[0]), house, "p", "y", "x")
    with_phrase = [s for s in shown.screens if all(word in "\n".join(s) for word in PHRASE)]
    assert len(with_phrase) == 1
    assert "have written them down" in with_phrase[0][-1]


def test_orders_are_left_for_the_system(house: House) -> None:
    box = Box(LISTS[0])
    played(box, house, "R", "n", "B", "n")
    assert list(house.orders.iterdir()) == []
    played(box, house, "R", "y", "B", "y")
    assert sorted(path.name for path in house.orders.iterdir()) == ["reboot", "restart"]


def test_findings_of_the_service_have_their_cure(house: House) -> None:
    box = Box(LISTS[0])
    box.findings = [
        {"code": "CON-112", "facts": {"days": "3"}},
        {"code": "CON-110", "facts": {"line": NUMBERS[0], "why": "told by the list already"}},
    ]
    shown = played(box, house, "f")
    assert "ends in 3 days" in shown.last
    assert "Put a new certificate in place" in shown.last
    assert "told by the list already" not in shown.last


def test_a_bundle_holds_what_support_needs_and_no_number(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "simveil.toml").write_text(
        '[bank]\npin = "4711"\nline = [{ port = "/dev/ttyUSB2", pin = "47110" }]\n'
        '[alert]\ntexts_to = ["+8613912340001", "075588776655"]\nwebhook = "https://h/47111"\n'
        "[backup]\ntarget = \"https://carl:47112@h/f/?sig=47113\"\ntoken = '47114'\n"
    )
    stick = tmp_path / "s"
    stick.mkdir()
    monkeypatch.chdir(tmp_path)  # what is typed is short
    shown = played(Box(LISTS[0]), house, "s", *([BACKSPACE] * 20), *"s", ENTER)
    (path,) = stick.iterdir()
    assert "Wrote simveil-box-7-" in shown.last
    with zipfile.ZipFile(path) as archive:
        assert {"page.txt", "log.txt", "config.toml", "lines.json"} <= set(archive.namelist())
        text = "\n".join(archive.read(name).decode() for name in archive.namelist())
    assert "https://***@h/f/?***" in text
    for hidden in (
        *NUMBERS,
        "+8613912340001",
        "4711",
        "87766",
        "credit of",
        "89860012345678901234",
        "866526024914837",
    ):
        assert hidden not in text
    missing = played(Box(LISTS[0]), house, "s", *([BACKSPACE] * 20), *"/none", ENTER)
    assert "There is no folder /none" in missing.last


def test_pushes_are_sent_again_after_a_yes(house: House) -> None:
    box = Box(LISTS[0])
    shown = played(box, house, "o", "p", "y")
    assert box.done == [("/outbox/replay", {})]
    assert "HTTP 500" in shown.last


def test_without_a_service_it_rescues(house: House) -> None:
    box = Box([])
    box.running = False
    shown = played(box, house, ENTER, "r", "p", "O", "y")
    assert "Rescue" in shown.last
    assert list(house.orders.iterdir()) == []
    assert "journalctl -u simveil" in shown.last
    assert box.done == []
    played(box, house, "R", "y")
    assert [path.name for path in house.orders.iterdir()] == ["restart"]
    gone = House("box-7", house.data / "gone", house.data / "gone" / "simveil.db")
    shown = played(box, gone)
    assert "data partition is missing" in shown.last


def test_the_other_slot_is_offered_where_there_is_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.console.facts.slot", lambda: "A")
    box = Box([])
    box.running = False
    shown = played(box, house, "O", "n")
    assert "The other slot holds the software of before" in shown.last
    assert list(house.orders.iterdir()) == []
    played(box, house, "O", "y")
    assert [path.name for path in house.orders.iterdir()] == ["other-slot"]


def test_a_line_that_goes_leads_back_to_the_list(house: House) -> None:
    box = Box(LISTS[1])

    class Pulled(Keys):
        def key(self, seconds: float) -> str | None:
            key = super().key(seconds)
            if len(self.screens) == 2:
                box.lines.clear()
            return key

    terminal = Pulled(ENTER, "x")
    Program(terminal, box, house).run()
    assert "-- Line " in terminal.screens[1][2]
    assert "-- Lines " in terminal.screens[-1][2]


def test_the_language_is_switched_only_where_it_can_be_read(house: House) -> None:
    assert "线路" in played(Box(LISTS[0]), house, "L").last
    assert "This terminal shows no Chinese" in played(Box(LISTS[0]), house, "L", chinese=False).last
    assert shows_chinese("xterm-256color", "UTF-8")
    assert not shows_chinese("vt220", "UTF-8")
    assert not shows_chinese("linux", "UTF-8")
    assert not shows_chinese("xterm", "ANSI_X3.4-1968")


def test_a_page_for_support_is_one_masked_screen(house: House) -> None:
    text = screen_page(Box(LISTS[0]), house, "en")
    assert len(text.splitlines()) <= ROWS
    assert "+861*****0001" in text
    assert not any(number in text for number in NUMBERS)


def test_the_slot_is_read_from_the_kernels_command_line(tmp_path: Path) -> None:
    (tmp_path / "cmdline").write_text("root=/dev/mmcblk0p3 rauc.slot=B quiet\n")
    assert slot(tmp_path / "cmdline") == "B"
    assert slot(tmp_path / "none") == "-"


def test_the_machine_says_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "etc").mkdir()
    (tmp_path / "proc/net/route").write_text(
        "Iface Destination Gateway\neth0 00000000 0100A8C0 0003\n"
    )
    (tmp_path / "etc/resolv.conf").write_text("nameserver 192.0.2.53\n")
    found = machine(tmp_path)
    assert (found.gateway, found.resolvers, found.clock_set) == (
        "192.168.0.1",
        ("192.0.2.53",),
        None,
    )
    assert any("127.0.0.1/8" in every for every in found.addresses.values())
    (tmp_path / "run/systemd/timesync").mkdir(parents=True)
    assert machine(tmp_path).clock_set is False


def test_a_look_never_raises(house: House) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise Refused("x", "it is broken")

    facts = look(broken, house, lambda: datetime.now(UTC))
    assert [found.code for found in facts.findings] == ["CON-102"]


@pytest.mark.parametrize("code", [code for code in SENTENCES if code.startswith("CON-3")])
def test_keys_are_never_cut(code: str) -> None:
    assert all(width(text) <= COLUMNS for text in SENTENCES[code])


@given(st.text(st.characters(exclude_categories=["C", "Z", "M"]) | st.just(" "), max_size=400))
def test_a_folded_text_loses_nothing_that_fits(text: str) -> None:
    rows = folded(text, 1_000)
    assert all(width(row) <= COLUMNS for row in rows)
    assert "".join(rows).replace(" ", "") == text.replace(" ", "")
    assert all(width(row) <= COLUMNS for row in folded(text, 2))
