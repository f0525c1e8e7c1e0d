"""Gammu and its daemon on every make."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.peers.conftest import Daemon, program
from tests.peers.makes.street import PEOPLE, Row, Street

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]


def gammu(folder: Path, port: str, *arguments: str) -> str:
    settings = folder / "gammurc"
    settings.write_text(f"[gammu]\ndevice = {port}\nconnection = at\n")
    done = subprocess.run(
        [program("gammu"), "-c", str(settings), *arguments],
        capture_output=True, timeout=90, check=False,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def test_gammu(town: Street, tmp_path: Path) -> None:
    row = Row("gammu")

    def job(name: str) -> None:
        about, folder = town.modem(name), tmp_path / name
        folder.mkdir()
        port = about["port"]
        town.write(name, "to gammu")
        row.did(name, "identify", about["imei"] in gammu(folder, port, "identify"))
        row.did(name, "register", "home network" in gammu(folder, port, "networkinfo"))
        listed = gammu(folder, port, "getallsms")
        row.did(name, "list", "SMS parts in" in listed)
        row.did(name, "receive", "to gammu" in listed)
        gammu(folder, port, "sendsms", "TEXT", PEOPLE[name], "-text", "from gammu")
        town.until_seen(lambda: "from gammu" in town.texts(name), "gammu's text")
        row.did(name, "send", True)
        gammu(folder, port, "dialvoice", PEOPLE[name])
        town.until_seen(lambda: town.rung(name), "gammu's call")
        row.did(name, "dial", True)

    row.each(job)
    row.check()


def test_gammu_smsd(town: Street, tmp_path: Path) -> None:
    row = Row("gammu-smsd")

    def job(name: str) -> None:
        about, folder = town.modem(name), tmp_path / name
        boxes = {box: folder / box for box in ("inbox", "outbox", "sent", "error")}
        for box in boxes.values():
            box.mkdir(parents=True)
        settings = folder / "smsdrc"
        settings.write_text(
            f"[gammu]\ndevice = {about['port']}\nconnection = at\n[smsd]\nservice = files\n"
            f"inboxpath = {boxes['inbox']}/\noutboxpath = {boxes['outbox']}/\n"
            f"sentsmspath = {boxes['sent']}/\nerrorsmspath = {boxes['error']}/\n"
            "receivefrequency = 1\nloopsleep = 1\nhangupcalls = 1\nresetfrequency = 0\n"
            f"logfile = {folder}/smsd.log\ndebuglevel = 255\ninboxformat = unicode\n"
        )
        inject = [program("gammu-smsd-inject"), "-c", str(settings), "TEXT", PEOPLE[name]]
        subprocess.run([*inject, "-text", "queued"], check=True, capture_output=True, timeout=30)
        town.write(name, "before it ran")
        with Daemon([program("gammu-smsd"), "-c", str(settings)], folder / "out"):
            town.until_seen(lambda: "queued" in town.texts(name), "its text")
            row.did(name, "send", True)
            town.until_seen(lambda: "before it ran" in _inbox(boxes["inbox"]), "the old text")
            row.did(name, "list", True)
            town.write(name, "while it ran")
            town.until_seen(lambda: "while it ran" in _inbox(boxes["inbox"]), "the new text")
            row.did(name, "receive", True)
            log = (folder / "smsd.log").read_text("utf-8", "replace")
            row.did(name, "identify", about["imei"] in log)
            row.did(name, "register", "+CREG: 2,1" in log or "home network" in log.lower())

    row.each(job)
    row.check()


def _inbox(box: Path) -> str:
    return "".join(path.read_bytes().decode("utf-16-be", "replace") for path in box.iterdir())
