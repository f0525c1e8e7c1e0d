"""Runs under ``umockdev-wrapper`` with Debian's own Python: asks ``udevadm test`` about a fake bus.

Prints one JSON object: the properties of each device, and what udev complained of.
"""

from __future__ import annotations

import json
import re
import subprocess

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev  # noqa: E402

STICKS = {
    "ec25": "2c7c:0125",
    "sim7600": "1e0e:9001",
    "e1550": "12d1:1001",
    "zte": "19d2:0031",
    "telit": "1bc7:1031",
    "ublox": "1546:1102",
    "cinterion": "1e2d:0053",
    "sierra": "1199:68a3",
    "ch340": "1a86:7523",
    "keyboard": "046d:c31c",
}


def judged(device: str, complaints: list[str]) -> dict[str, str]:
    """Return what udev's rules make of a device."""
    done = subprocess.run(
        ["udevadm", "test", "--action=add", device], capture_output=True, text=True, check=True
    )
    found = dict(re.findall(r"^([A-Z_0-9]+)=(.*)$", done.stdout, re.MULTILINE))
    mode = re.search(r"simveil\.rules:\d+ MODE (\d+)", done.stderr)
    if mode:
        found["mode"] = mode[1]
    asleep = re.search(r"simveil\.rules:\d+ ATTR '.*power/control' writing '(\w+)'", done.stderr)
    if asleep:
        found["power/control"] = asleep[1]
    words = ("nvalid", "nknown", "gnoring", "ailed to parse")
    complaints += [line for line in done.stderr.splitlines() if any(w in line for w in words)]
    return found


def main() -> None:
    bed = UMockdev.Testbed.new()
    verdicts: dict[str, object] = {}
    complaints: list[str] = []
    for place, (name, product) in enumerate(STICKS.items(), start=1):
        vendor, _, model = product.partition(":")
        path = f"1-{place}"
        usb = bed.add_device(
            "usb", path, None,
            ["idVendor", vendor, "idProduct", model, "power/control", "auto"],
            ["DEVTYPE", "usb_device", "PRODUCT", f"{vendor}/{model}/100"],
        )  # fmt: skip
        interface = bed.add_device(
            "usb", f"{path}:1.0", usb, ["bInterfaceNumber", "00"], ["DEVTYPE", "usb_interface"]
        )
        tty = bed.add_device(
            "tty", f"ttyUSB{place}", interface, ["dev", f"188:{place}"],
            ["DEVNAME", f"/dev/ttyUSB{place}", "MAJOR", "188", "MINOR", str(place)],
        )  # fmt: skip
        verdicts[f"{name} device"] = judged(usb, complaints)
        verdicts[f"{name} tty"] = judged(tty, complaints)
        if name == "ec25":
            card = bed.add_device(
                "sound", "pcmC1D0p", interface, ["dev", "116:2"],
                ["DEVNAME", "/dev/snd/pcmC1D0p", "MAJOR", "116", "MINOR", "2"],
            )  # fmt: skip
            verdicts[f"{name} card"] = judged(card, complaints)
    print(json.dumps({**verdicts, "complaints": complaints}))


if __name__ == "__main__":
    main()
