"""``line list`` and ``line show`` to somebody who has just put a SIM in; what is plugged in."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.api.admin import sticks
from appliance.config import parse
from appliance.operations import doctor
from drivers.udev import Found
from tests.cli.conftest import X1, Shell, line

NEW = "89860000000000000009"


def test_a_sim_that_nobody_enrolled_says_who_it_is(shell: Shell) -> None:
    shell.exchange.known = [
        line(None, 9, own_number="+8613912345678"),
        line(X1, 1, role="number"),
    ]
    status, out, _ = shell.type("line", "list")
    assert status == 0
    new = next(row for row in out.splitlines() if NEW in row)
    assert "not enrolled" in new
    assert "Virtual" in new
    assert "+8613912345678" in new
    known = next(row for row in out.splitlines() if X1 in row)
    assert "not enrolled" not in known
    shown = shell.json("line", "show", NEW)
    assert (shown["enrolled"], shown["role"], shown["iccid"]) == (False, None, NEW)
    assert (shown["own_number"], shown["operator"]) == ("+8613912345678", "Virtual")
    assert shell.json("line", "show", X1)["enrolled"] is True


def test_the_limits_of_a_family_are_shown_with_the_line(shell: Shell) -> None:
    shell.exchange.known = [line(X1, 1, family="gsmmodem")]
    assert "one call at a time" in shell.type("line", "show", X1)[1]
    assert "one call at a time" in shell.json("line", "show", X1)["limits"]
    shell.exchange.known = [line(X1, 1, family="quectel")]
    assert shell.json("line", "show", X1)["limits"] is None


def test_sticks_are_listed_with_what_to_know_of_them(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def survey() -> list[Any]:
        return [
            Found("usb:1-1", "2c7c:0125", "Quectel EC25/EG25-G", "/dev/ttyUSB2", None, None),
            Found("usb:1-2", "12d1:1446", "", None, None, "USB-001"),
        ]

    monkeypatch.setattr(sticks, "survey", survey)
    first, second = shell.json("line", "sticks")
    assert (first["socket"], first["port"], first["sentence"]) == ("usb:1-1", "/dev/ttyUSB2", None)
    assert "usb-modeswitch" in second["sentence"]
    assert "usb-modeswitch" in shell.type("line", "sticks")[1]


def test_the_doctor_names_the_stick_that_can_not_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        Found("usb:1-1", "2c7c:0125", "Quectel EC25/EG25-G", "/dev/ttyUSB2", None, None),
        Found("usb:1-2", "1e0e:9011", "SIMCom SIM7600 or A76xx", "/dev/ttyUSB8", None, "USB-005"),
        Found("usb:1-3", "12d1:1446", "", None, None, "USB-001"),
    ]
    monkeypatch.setattr(doctor, "survey", lambda: found)
    settings = parse("[bank]\ndiscover = true\n")
    checks = [each for each in doctor.examine(settings, None, False) if each.code == "DOC-020"]
    assert [each.good for each in checks] == [True, True, False]
    assert checks[2].facts == {"socket": "usb:1-3", "usb": "12d1:1446"}
