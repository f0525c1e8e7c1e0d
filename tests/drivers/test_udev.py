"""Sticks are found by real pyudev on fake USB trees, whatever their nodes are called."""

from __future__ import annotations

import ast
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest


def trees_of(story: Path) -> list[tuple[str, str, str, str | None]]:
    """Return the story's list of trees; the story itself needs Debian's Python to be imported."""
    for statement in ast.parse(story.read_text()).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "FAMILIES":
            found: list[tuple[str, str, str, str | None]] = ast.literal_eval(statement.value)
            return found
    raise AssertionError("the story has no list of trees")


STORY = Path(__file__).parent / "udev_story.py"
FAMILIES = trees_of(STORY)


@pytest.fixture(scope="module")
def chapters() -> dict[str, Any]:
    """What the source told; the test command installs umockdev and what Debian's Python needs."""
    running = [
        subprocess.Popen(
            ["umockdev-wrapper", "/usr/bin/python3", str(STORY), name],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for name in ("life", "families", "ports")
    ]
    story: dict[str, Any] = {}
    for process in running:
        out, errors = process.communicate(timeout=90)
        assert process.returncode == 0, errors.decode()
        story |= json.loads(out)
    return story


def test_a_stick_that_is_there_at_the_start_is_paired_with_its_card(
    chapters: dict[str, Any],
) -> None:
    assert chapters["at start"] == [
        ["added", "usb:1-1", "/dev/ttyUSB2", ["alsa", "hw:CARD=Android,DEV=0"]]
    ]


def test_nodes_may_come_in_any_order(chapters: dict[str, Any]) -> None:
    assert chapters["plugged in any order"] == [
        ["added", "usb:1-2", "/dev/ttyUSB6", ["serial", "/dev/ttyUSB8"]]
    ]


def test_a_pulled_stick_comes_back_to_the_same_socket_under_other_names(
    chapters: dict[str, Any],
) -> None:
    assert chapters["pulled"] == [["removed", "usb:1-1"]]
    assert chapters["back under other names"] == [
        ["added", "usb:1-1", "/dev/ttyUSB37", ["alsa", "hw:CARD=Android_1,DEV=0"]]
    ]


def test_an_unlisted_huawei_is_judged_by_its_interfaces(chapters: dict[str, Any]) -> None:
    assert chapters["judged by interfaces"] == [
        ["added", "usb:1-3", "/dev/ttyUSB22", ["serial", "/dev/ttyUSB21"]]
    ]


def test_an_unknown_stick_is_asked_port_by_port(chapters: dict[str, Any]) -> None:
    added, asked = chapters["asked"]
    assert added == ["added", "usb:1-4", "/dev/ttyACM1", None]
    assert asked == ["/dev/ttyACM0", "/dev/ttyACM1"]


def test_a_stick_in_its_cdrom_shape_is_explained(chapters: dict[str, Any]) -> None:
    assert chapters["advice"] == {"usb:1-5": "USB-001"}
    assert chapters["pulled again"] == [["removed", "usb:1-2"]]
    assert chapters["nothing more"] is True


EXPECTED = {  # interface of the command port, of the voice or the card, family, advice
    "usb:2-1": (2, "card:EG25G", "auto", None),
    "usb:2-2": (2, 1, "auto", None),
    "usb:2-3": (2, None, "auto", "USB-008"),
    "usb:2-4": (4, 6, "auto", "USB-004"),
    "usb:2-5": (4, None, "auto", "USB-005"),
    "usb:2-6": (2, 1, "auto", None),
    "usb:2-7": (3, 2, "auto", None),
    "usb:2-8": (3, None, "gsmmodem", "USB-003"),
    "usb:2-9": (1, None, "auto", "USB-005"),
    "usb:2-10": (0, None, "auto", "USB-005"),
    "usb:2-11": (2, None, "auto", "USB-003"),
}
WITHOUT_PORT = {"usb:2-12": "USB-002", "usb:2-13": "USB-006"}


def node(socket: str, interface: int, *, backwards: bool = False) -> str:
    """The name that the story gives to an interface of a stick."""
    place, numbers = next(
        (place, [int(number) for number in interfaces.split()])
        for place, (path, _, interfaces, _) in enumerate(FAMILIES)
        if f"usb:{path}" == socket
    )
    at = numbers.index(interface)
    return f"/dev/ttyUSB{100 + place * 8 + (len(numbers) - 1 - at if backwards else at)}"


def test_every_family_has_its_command_port_its_voice_and_its_advice(
    chapters: dict[str, Any],
) -> None:
    expected = []
    for socket, (command, voice, family, _) in EXPECTED.items():
        audio = None
        if isinstance(voice, str):
            audio = f"alsa:hw:CARD={voice.removeprefix('card:')},DEV=0"
        elif voice is not None:
            audio = f"serial:{node(socket, voice)}"
        expected.append([socket, node(socket, command), audio, family])
    assert chapters["every family"] == sorted(expected, key=lambda one: one[0])
    advice = {socket: row[3] for socket, row in EXPECTED.items() if row[3]}
    assert chapters["advice of families"] == advice | WITHOUT_PORT
    surveyed = {socket: (port, said) for socket, _, port, said in chapters["survey"]}
    assert surveyed["usb:2-12"] == (None, "USB-002")
    assert surveyed["usb:2-13"] == (None, "USB-006")
    assert surveyed["usb:2-14"] == (None, None)  # a bridge: anything may be behind it
    assert all(surveyed[socket][1] == row[3] for socket, row in EXPECTED.items())


def test_a_reboot_that_deals_the_nodes_anew_changes_no_socket(chapters: dict[str, Any]) -> None:
    assert chapters["after a reboot"] == sorted(
        [socket, node(socket, row[0], backwards=True)] for socket, row in EXPECTED.items()
    )


def test_sticks_that_change_places_are_found_in_their_new_ones(chapters: dict[str, Any]) -> None:
    assert chapters["two changed places"] == [
        ["usb:2-1", "/dev/ttyUSB301"],
        ["usb:2-6", "/dev/ttyUSB310"],
    ]


def test_a_reset_that_deals_a_sticks_own_names_anew_is_seen(chapters: dict[str, Any]) -> None:
    assert chapters["before its reset"] == [["usb:2-20", "/dev/ttyUSB400"]]
    assert chapters["after its reset"] == [["usb:2-20"], ["usb:2-20", "/dev/ttyUSB401"]]


def test_a_card_may_come_late_and_go_early(chapters: dict[str, Any]) -> None:
    assert chapters["before its card"] == [["usb:2-21", "serial"]]
    assert chapters["with its card"] == [["usb:2-21"], ["usb:2-21", "alsa"]]
    assert chapters["without its card"] == [["usb:2-21"], ["usb:2-21", "serial"]]


def test_ports_are_asked_last_and_diagnostics_never_opened(chapters: dict[str, Any]) -> None:
    assert chapters["found by asking"] == ["usb:3-1", "/dev/ttyUSB504"]
    assert chapters["opened"] == ["/dev/ttyUSB503", "/dev/ttyUSB504"]
    diagnostics, silent, commands = chapters["written"]
    assert diagnostics == ""
    assert silent == "AT\r" * 3
    assert commands == "AT\r"
