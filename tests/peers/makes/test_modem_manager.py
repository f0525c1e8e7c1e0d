"""ModemManager on every make."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from drivers.virtual.config import PERSONALITIES
from tests.peers.bus import Bus
from tests.peers.conftest import Daemon, program
from tests.peers.makes.street import PEOPLE, Row, Street

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]


def test_modem_manager(town: Street, tmp_path: Path) -> None:
    row = Row("ModemManager")
    run = ("--test-session", "--no-auto-scan", "--test-enable", "--test-no-udev")
    with contextlib.ExitStack() as stack:
        bus = stack.enter_context(Bus(tmp_path))
        manager = Daemon(
            [program("ModemManager"), *run, "--test-no-suspend-resume", "--debug"],
            tmp_path / "manager.log", bus.environment,
        )  # fmt: skip
        stack.enter_context(manager)
        for name in PERSONALITIES:
            listen = f"ABSTRACT-LISTEN:abstract\\:{tmp_path.name}-{name},fork"
            port = f"FILE:{town.modem(name)['port']},raw,echo=0"
            stack.enter_context(Daemon([program("socat"), listen, port], tmp_path / f"{name}.log"))
            town.write(name, "before it ran")
        service = "org.freedesktop.ModemManager1"
        town.until_seen(
            lambda: "boolean true" in bus.call(
                "org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner",
                f"string:{service}",
            ),
            "ModemManager",
        )  # fmt: skip
        for name in PERSONALITIES:
            bus.call(
                service, "/org/freedesktop/ModemManager1", f"{service}.Test.SetProfile",
                f"string:{name}", "string:generic",
                f"array:string:abstract:{tmp_path.name}-{name}",
            )  # fmt: skip

        def mmcli(*arguments: str) -> str:
            return bus.run(program("mmcli"), *arguments)

        def job(name: str) -> None:
            found: list[str] = []

            def modem() -> bool:
                for line in mmcli("-L").splitlines():
                    path = line.split()[0] if "/Modem/" in line else ""
                    if path and f"device: /virtual/{name}\n" in mmcli("-m", path) + "\n":
                        found.append(path)
                return bool(found)

            town.until_seen(modem, "a modem")
            about, path = town.modem(name), found[0]
            row.did(name, "identify", about["imei"] in mmcli("-m", path))
            if not row.tries(name, "register"):
                return

            def enabled() -> bool:
                return "successfully enabled" in mmcli("-m", path, "-e")

            town.until_seen(enabled, "enabled")
            town.until_seen(
                lambda: (
                    "state: registered" in mmcli("-m", path)
                    and "operator name: Virtual Mobile" in mmcli("-m", path)
                ),
                "registered",
            )
            row.did(name, "register", True)

            def stored(text: str) -> bool:
                listed = [
                    line.split()[0]
                    for line in mmcli("-m", path, "--messaging-list-sms").splitlines()
                    if "(received)" in line
                ]
                return any(text in mmcli("-s", sms) for sms in listed)

            town.until_seen(lambda: stored("before it ran"), "the old text")
            row.did(name, "list", True)
            row.did(name, "receive", True)
            told = f"text='from manager',number='{PEOPLE[name]}'"
            sms = mmcli("-m", path, f"--messaging-create-sms={told}").split()[-1]
            mmcli("-s", sms, "--send")
            town.until_seen(lambda: "from manager" in town.texts(name), "its text")
            row.did(name, "send", True)
            call = mmcli("-m", path, f"--voice-create-call=number={PEOPLE[name]}").split()[-1]
            mmcli("-o", call, "--start")
            town.until_seen(lambda: town.rung(name), "its call")
            row.did(name, "dial", True)

        row.each(job)
    row.check()
