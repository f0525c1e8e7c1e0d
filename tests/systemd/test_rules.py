"""udev's own judge on the rules, with a fake bus: who leaves whose ports alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

UNITS = Path(__file__).parents[2] / "systemd"
STORY = Path(__file__).parent / "rules_story.py"
# What brltty's rules do to a CH340, one rule of them in words of our own.
BRLTTY = (
    'SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ENV{PRODUCT}=="1a86/7523/*", '
    'ENV{BRLTTY_BRAILLE_DRIVER}="bm", TAG+="systemd", ENV{SYSTEMD_WANTS}="brltty@.service"\n'
)


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Properties that udev gives to each device of the story, by kernel name."""
    rules = tmp_path_factory.mktemp("rules")
    for name in ("60-simveil.rules", "95-simveil.rules"):
        shutil.copy(UNITS / name, rules)
    (rules / "85-brltty.rules").write_text(BRLTTY)
    # A mount namespace of its own: the machine's rules are not touched.
    enter = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "-m"]
    mount = (
        "mount -t tmpfs none /run/udev && mkdir -p /run/udev/rules.d"
        f" && cp {rules}/*.rules /run/udev/rules.d/ && exec umockdev-wrapper"
        f" /usr/bin/python3 {STORY}"
    )
    Path("/run/udev").mkdir(exist_ok=True)
    done = subprocess.run([*enter, "sh", "-c", mount], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_no_line_of_the_rules_is_refused(verdicts: dict[str, dict[str, str]]) -> None:
    complaints = [line for line in verdicts["complaints"] if "simveil" in line]
    assert [line for line in complaints if "Unknown group" not in line] == []


@pytest.mark.parametrize(
    "stick", ["ec25", "sim7600", "e1550", "zte", "telit", "ublox", "cinterion", "sierra", "ch340"]
)
def test_modem_manager_leaves_every_make_alone(
    verdicts: dict[str, dict[str, str]], stick: str
) -> None:
    assert verdicts[f"{stick} device"]["ID_MM_DEVICE_IGNORE"] == "1"
    assert verdicts[f"{stick} tty"]["ID_MM_PORT_IGNORE"] == "1"
    assert verdicts[f"{stick} tty"]["mode"] == "0660"


def test_a_modem_never_sleeps_and_its_card_belongs_to_the_box(
    verdicts: dict[str, dict[str, str]],
) -> None:
    assert verdicts["ec25 device"]["power/control"] == "on"
    assert verdicts["ec25 card"]["mode"] == "0660"


def test_brltty_is_not_started_for_a_bridge(verdicts: dict[str, dict[str, str]]) -> None:
    bridge = verdicts["ch340 device"]
    assert not bridge.get("BRLTTY_BRAILLE_DRIVER")
    assert not bridge.get("SYSTEMD_WANTS")


def test_what_is_no_modem_is_nobodys_business(verdicts: dict[str, dict[str, str]]) -> None:
    assert "ID_MM_DEVICE_IGNORE" not in verdicts["keyboard device"]
    assert verdicts["keyboard tty"].get("mode") is None
