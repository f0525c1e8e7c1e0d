"""smsd of smstools beyond the matrix: reports, Unicode both ways, an empty memory behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peers.conftest import LINES, PHONE, Daemon, Town, program

pytestmark = [pytest.mark.peers, pytest.mark.timeout(180)]


@pytest.mark.parametrize("family", ["e1550"])
def test_it_sends_and_receives(town: Town, family: str, tmp_path: Path) -> None:
    boxes = {
        n: tmp_path / n for n in ("outgoing", "checked", "incoming", "failed", "sent", "stats")
    }
    for box in boxes.values():
        box.mkdir()
    settings = tmp_path / "smsd.conf"
    settings.write_text(
        "devices = GSM1\n"
        + "".join(f"{name} = {box}\n" for name, box in boxes.items())
        + f"logfile = {tmp_path}/smsd.log\ninfofile = {tmp_path}/info\npidfile = {tmp_path}/pid\n"
        "user = root\ngroup = root\nloglevel = 7\ndelaytime = 1\nincoming_utf8 = yes\n"
        "receive_before_send = yes\nblocktime = 5\n"
        f"[GSM1]\ndevice = {town.port(family)}\nbaudrate = 115200\nrtscts = no\nincoming = yes\n"
        "cs_convert = yes\nreport = yes\n"
    )
    (boxes["outgoing"] / "one").write_text(f"To: {PHONE[1:]}\nReport: yes\n\nHello from smsd {{}}")
    (boxes["outgoing"] / "two").write_text(f"To: {PHONE[1:]}\nAlphabet: UTF-8\n\n你好，世界")
    with Daemon([program("smsd"), f"-c{settings}", "-t"], tmp_path / "log"):
        town.until(lambda: len(list(boxes["sent"].iterdir())) == 2)
        town.until(lambda: {"Hello from smsd {}", "你好，世界"} <= _texts(town, family))
        assert not list(boxes["failed"].iterdir())
        for text in ("plain to smsd", "中文 to smsd"):
            town.press("sms", to=LINES[family], text=text)
        plain, unicode = b"plain to smsd", "中文 to smsd".encode("utf-16-be")  # as it stores them
        town.until(lambda: all(_came(boxes["incoming"], octets) for octets in (plain, unicode)))
    assert sum(town.line(family)["messages"].values()) == 0


def _texts(town: Town, family: str) -> set[str]:
    return {text["text"] for text in town.phone()["inbox"] if text["from"] == LINES[family]}


def _came(box: Path, octets: bytes) -> bool:
    return any(octets in path.read_bytes() for path in box.iterdir())
