"""gammu beyond the matrix: long and Chinese texts, deleting, the balance, a daemon that rejects."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.peers.conftest import LINES, PHONE, Daemon, Town, program

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]

LONG = "A text of more than one part, with brackets [like these] and a € sign. " * 4
CHINESE = "您好，这是一条短信。"


def run(folder: Path, port: str, *arguments: str) -> str:
    settings = folder / "gammurc"
    settings.write_text(f"[gammu]\ndevice = {port}\nconnection = at\n")
    done = subprocess.run(
        [program("gammu"), "-c", str(settings), *arguments],
        capture_output=True,
        timeout=90,
        check=False,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    said = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, said + done.stderr.decode("utf-8", "replace")
    return said


def received(town: Town, family: str) -> list[str]:
    return [text["text"] for text in town.phone()["inbox"] if text["from"] == LINES[family]]


@pytest.mark.parametrize("text", [LONG, CHINESE])
def test_it_sends_a_text_that_arrives(town: Town, family: str, tmp_path: Path, text: str) -> None:
    options = ["-unicode"] if text == CHINESE else ["-len", "500"]
    run(tmp_path, town.port(family), "sendsms", "TEXT", PHONE, "-text", text, *options)
    town.until(lambda: text in received(town, family))
    assert received(town, family).count(text) == 1


def test_it_lists_reads_and_deletes_what_came(town: Town, family: str, tmp_path: Path) -> None:
    for text in (LONG, CHINESE):
        town.press("sms", to=LINES[family], text=text)
    town.until(lambda: sum(town.line(family)["messages"].values()) == 3)
    said = run(tmp_path, town.port(family), "getallsms")
    assert "3 SMS parts in 3 SMS sequences" in said or "3 SMS parts in 2 SMS sequences" in said
    assert CHINESE in said
    assert PHONE in said
    assert "with brackets [like these] and a € sign" in said
    folder = "1" if town.line(family)["messages"]["SM"] else "3"
    run(tmp_path, town.port(family), "deleteallsms", folder)
    assert sum(town.line(family)["messages"].values()) == 0


def test_it_asks_for_the_balance(town: Town, family: str, tmp_path: Path) -> None:
    said = run(tmp_path, town.port(family), "getussd", "*100#")
    assert "Balance 42.50 CNY, valid until 2027-12-31" in said


@pytest.mark.parametrize("family", ["ec25"])
def test_its_daemon_receives_sends_and_refuses_calls(
    town: Town, family: str, tmp_path: Path
) -> None:
    boxes = {name: tmp_path / name for name in ("inbox", "outbox", "sent", "error")}
    for box in boxes.values():
        box.mkdir()
    settings = tmp_path / "smsdrc"
    settings.write_text(
        f"[gammu]\ndevice = {town.port(family)}\nconnection = at\n[smsd]\nservice = files\n"
        f"inboxpath = {boxes['inbox']}/\noutboxpath = {boxes['outbox']}/\n"
        f"sentsmspath = {boxes['sent']}/\nerrorsmspath = {boxes['error']}/\n"
        "receivefrequency = 1\nloopsleep = 1\nhangupcalls = 1\nresetfrequency = 0\n"
        "debuglevel = 4\ninboxformat = unicode\n"
    )
    queue = [program("gammu-smsd-inject"), "-c", str(settings), "TEXT", PHONE, "-text", "queued"]
    subprocess.run(queue, check=True, capture_output=True, timeout=30)
    with Daemon([program("gammu-smsd"), "-c", str(settings)], tmp_path / "log"):
        town.until(lambda: "queued" in received(town, family))
        town.press("sms", to=LINES[family], text="to the daemon")
        town.until(lambda: any(boxes["inbox"].iterdir()))
        (came,) = boxes["inbox"].iterdir()
        assert "to the daemon" in came.read_bytes().decode("utf-16-be", "replace")
        town.until(lambda: bool(list(boxes["sent"].iterdir())))
        assert not list(boxes["error"].iterdir())
        calls = len(town.phone()["calls"])
        town.press("dial", to=LINES[family])
        town.until(lambda: town.phone()["state"] == "idle" and len(town.phone()["calls"]) > calls)
        assert town.phone()["calls"][-1]["answered"] is None
    assert not town.line(family)["in_use"]
