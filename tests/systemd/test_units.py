"""The units are understood by systemd without a word, and expose little."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from appliance.config import Settings
from appliance.liveness import EVERY, PATIENCE

UNITS = Path(__file__).parents[2] / "systemd"
IMAGE = UNITS.parent / "image/rootfs/usr/lib/systemd/system"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
TIMERS = sorted(path.name for path in UNITS.glob("*.timer"))
EXPOSURE = 20  # tenths: 2.0


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units, with programs that exist in the place of those of an installed box."""
    for unit in UNITS.iterdir():
        text = unit.read_text(encoding="utf-8")
        (tmp_path / unit.name).write_text(re.sub(r"/opt/simveil/bin/[a-z-]+", "/bin/true", text))
    return tmp_path


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("unit", [*SERVICES, *TIMERS])
def test_systemd_has_nothing_to_say_of_it(installed: Path, unit: str) -> None:
    done = run("systemd-analyze", "verify", "--man=no", str(installed / unit))
    # What it does not know it names and then leaves with 0.
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize(
    "unit",
    sorted([*UNITS.glob("*.service"), *IMAGE.glob("*.service")]),
    ids=lambda path: path.name,
)
def test_it_exposes_little(unit: Path) -> None:
    done = run(
        *("systemd-analyze", "security", "--offline=true", "--no-pager"),
        *(f"--threshold={EXPOSURE}", str(unit)),
    )
    assert done.returncode == 0, done.stdout[-400:]
    assert "exposure level" in done.stdout


def test_the_box_is_watched_and_ends_in_time() -> None:
    text = (UNITS / "simveil.service").read_text(encoding="utf-8")
    assert "Type=notify" in text
    assert "User=simveil" in text
    watchdog = int(re.findall(r"^WatchdogSec=(\d+)$", text, re.MULTILINE)[0])

    assert watchdog >= 2 * (EVERY + PATIENCE), "one slow look must not end the box"


def test_a_box_that_cannot_live_rests_and_is_tried_again_without_end() -> None:
    """And a stop is given longer than the box takes for it."""
    text = (UNITS / "simveil.service").read_text(encoding="utf-8")
    found = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    again = (UNITS / found["OnFailure"]).read_text(encoding="utf-8")
    rest = int(re.findall(r"^OnActiveSec=(\d+)min$", again, re.MULTILINE)[0]) * 60
    assert found["Restart"] == "on-failure"
    assert found["RestartPreventExitStatus"] == "2"  # a mistake of the configuration
    burst, interval = int(found["StartLimitBurst"]), int(found["StartLimitIntervalSec"])
    assert burst * (int(found["RestartSec"]) + 10) < interval, "it would never rest"
    assert rest > interval, "systemd would refuse the try"
    assert "simveil.service" in (UNITS / "simveil-again.service").read_text(encoding="utf-8")
    assert Settings().timings.stop == 10
    assert int(found["TimeoutStopSec"]) > Settings().timings.stop


def test_the_console_may_read_the_journal_and_holds_no_rights_otherwise() -> None:
    text = (UNITS / "simveil-console@.service").read_text(encoding="utf-8")
    assert re.search(r"^SupplementaryGroups=systemd-journal$", text, re.MULTILINE)
    assert re.search(r"^User=simveil-console$", text, re.MULTILINE)
    assert re.search(r"^CapabilityBoundingSet=$", text, re.MULTILINE)


def test_its_user_is_known_to_the_rules() -> None:
    users = (UNITS / "simveil.sysusers").read_text(encoding="utf-8")
    rules = (UNITS / "60-simveil.rules").read_text(encoding="utf-8")
    groups = set(re.findall(r'GROUP="(\w+)"', rules))
    assert groups == {"simveil"}
    assert re.search(r"^g simveil ", users, re.MULTILINE)
    assert re.search(r"^u simveil ", users, re.MULTILINE)


def test_systemd_makes_the_user(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc" / "group").write_text("dialout:x:20:\naudio:x:29:\n")
    done = run("systemd-sysusers", f"--root={root}", str(UNITS / "simveil.sysusers"))
    assert done.returncode == 0, done.stderr
    assert re.search(r"^simveil:x:\d+:", (root / "etc" / "passwd").read_text(), re.MULTILINE)
    groups = (root / "etc" / "group").read_text()
    for name in ("dialout", "audio"):
        assert re.search(rf"^{name}:x:\d+:simveil$", groups, re.MULTILINE), groups


def test_every_program_of_a_unit_is_in_the_package() -> None:
    package = (UNITS.parent / "image" / "package.sh").read_text(encoding="utf-8")
    texts = "\n".join((UNITS / unit).read_text(encoding="utf-8") for unit in SERVICES)
    programs = set(re.findall(r"=-?/(opt/simveil/bin/[a-z-]+)", texts))
    assert programs == {"opt/simveil/bin/simveil", "opt/simveil/bin/simveil-orders"}
    for program in programs:
        assert re.search(rf"{program}\b(?!-)", package)


def test_an_order_is_carried_out_once_and_what_is_none_goes(tmp_path: Path) -> None:
    orders, bin_ = tmp_path / "orders", tmp_path / "bin"
    orders.mkdir()
    bin_.mkdir()
    (bin_ / "systemctl").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')
    (bin_ / "systemctl").chmod(0o755)
    (orders / "restart").touch()
    (orders / "halt; reboot").touch()
    for _ in range(2):
        done = run(
            *("env", f"PATH={bin_}:/usr/bin:/bin", f"SIMVEIL_ORDERS={orders}"),
            *("sh", str(UNITS / "simveil-orders")),
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "asked").read_text() == "--no-block restart simveil.service\n"
    assert list(orders.iterdir()) == []
