"""What a recovery does to real modems, on a pty and on a folder that stands for sysfs."""

from __future__ import annotations

import os
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers import device_tools
from drivers.bank_tools import BankTools
from drivers.device_tools import DeviceTools, answers, write_reset
from drivers.modem import Socket


@pytest.fixture
def pty() -> Iterator[tuple[int, str]]:
    master, slave = os.openpty()
    tty.setraw(slave)
    yield master, os.ttyname(slave)
    os.close(master)
    os.close(slave)


def sysfs(folder: Path, *, uhub: bool = False) -> tuple[Path, Path]:
    """Return a sysfs with one stick at 1-1.3, and a uhubctl that writes down what it is told."""
    device = folder / "devices/pci/usb1/1-1/1-1.3"
    (device / "1-1.3:1.2/ttyUSB2").mkdir(parents=True)
    (device / "idVendor").write_text("2c7c")
    node = folder / "class/tty/ttyUSB2"
    node.mkdir(parents=True)
    (node / "device").symlink_to(device / "1-1.3:1.2/ttyUSB2")
    driver = folder / "bus/usb/drivers/usb"
    driver.mkdir(parents=True)
    for name in ("bind", "unbind"):
        (driver / name).touch()
    tool = folder / "uhubctl"
    tool.write_text(f'#!/bin/sh\necho "$@" > {folder}/told\nexit {int(uhub)}\n')
    tool.chmod(0o755)
    return driver, tool


@pytest.mark.parametrize("name", ["usb:1-1.3", "static:/dev/ttyUSB2"])
def test_the_device_is_unbound_and_bound_and_its_port_switched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(device_tools, "BETWEEN", 0.0)
    driver, tool = sysfs(tmp_path)
    tools, socket = DeviceTools(tmp_path, str(tool)), Socket(name, "/dev/ttyUSB2")

    assert tools.rebind(socket)
    assert (driver / "unbind").read_text() == (driver / "bind").read_text() == "1-1.3"
    assert tools.power(socket)
    assert (tmp_path / "told").read_text() == "-l 1-1 -p 3 -a cycle -d 3\n"


def test_what_is_not_there_is_not_done(tmp_path: Path) -> None:
    socket = Socket("static:/dev/ttyS0", "/dev/ttyS0")
    tools = DeviceTools(tmp_path, str(tmp_path / "no-uhubctl"))

    assert tools.device(socket) is None
    assert not tools.rebind(socket)
    assert not tools.power(socket)
    assert not tools.power(Socket("usb:1-1.3", "/dev/ttyUSB2"))
    _, failing = sysfs(tmp_path, uhub=True)
    assert not DeviceTools(tmp_path, str(failing)).power(Socket("usb:1-1.3", "/dev/ttyUSB2"))
    assert not answers(str(tmp_path / "nothing"))
    assert not write_reset(str(tmp_path / "nothing"), "quectel")


def test_a_port_is_asked_after_an_esc(pty: tuple[int, str]) -> None:
    master, path = pty
    heard: list[bytes] = []

    def modem() -> None:
        heard.append(os.read(master, 64))
        os.write(master, b"\r\nOK\r\n")

    thread = threading.Thread(target=modem)
    thread.start()
    assert answers(path, probes=1, seconds=10.0)
    thread.join(10)
    assert heard == [b"\x1b\rAT\r"]
    assert not answers(path, probes=2, seconds=0.05)


@pytest.mark.parametrize(
    ("family", "commands"),
    [
        ("quectel", [b"AT+CFUN=1,1"]),
        ("simcom", [b"AT+CRESET", b"AT+CFUN=1,1"]),
        ("huawei", [b"AT^RESET", b"AT+CFUN=1,1"]),
    ],
)
def test_a_reset_is_written_and_not_waited_for(
    pty: tuple[int, str], monkeypatch: pytest.MonkeyPatch, family: str, commands: list[bytes]
) -> None:
    monkeypatch.setattr(device_tools, "BETWEEN", 0.01)
    master, path = pty
    assert write_reset(path, family)
    os.set_blocking(master, False)
    said = os.read(master, 256)
    assert [line for line in said.replace(b"\x1b", b"").split(b"\r") if line] == commands


def test_a_bank_that_is_away_does_nothing() -> None:
    tools = BankTools("127.0.0.1:9")
    assert not tools.rebind(Socket("virtual:+8617000000001", "/dev/null", msisdn="+8617000000001"))
    assert not tools.power(Socket("static:x", "/dev/null"))
