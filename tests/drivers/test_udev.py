"""Sticks are found by real pyudev on fake USB trees, whatever their nodes are called."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

STORY = Path(__file__).parent / "udev_story.py"


@pytest.fixture(scope="module")
def chapters() -> dict[str, Any]:
    """What the source told; the test command installs umockdev and what Debian's Python needs."""
    done = subprocess.run(
        ["umockdev-wrapper", "/usr/bin/python3", str(STORY)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    story: dict[str, Any] = json.loads(done.stdout)
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
    assert "usb-modeswitch" in chapters["advice"]["usb:1-5"]
    assert chapters["pulled again"] == [["removed", "usb:1-2"]]
    assert chapters["nothing more"] is True
