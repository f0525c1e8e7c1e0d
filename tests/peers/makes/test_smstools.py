"""smstools on every make."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.virtual.config import PERSONALITIES
from drivers.virtual.personalities import FAMILIES
from tests.peers.conftest import Daemon, program
from tests.peers.makes.street import PEOPLE, Row, Street

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]


def test_smstools(town: Street, tmp_path: Path) -> None:
    """One daemon with a modem of every make."""
    row = Row("smstools")
    boxes = {n: tmp_path / n for n in ("outgoing", "checked", "incoming", "failed", "sent")}
    for box in boxes.values():
        box.mkdir()
    for name in PERSONALITIES:
        (boxes["outgoing"] / name).mkdir()
    log = tmp_path / "smsd.log"
    settings = tmp_path / "smsd.conf"
    settings.write_text(
        f"devices = {','.join(PERSONALITIES)}\n"
        + "".join(f"{name} = {box}\n" for name, box in boxes.items())
        + f"logfile = {log}\ninfofile = {tmp_path}/info\npidfile = {tmp_path}/pid\n"
        "user = root\ngroup = root\nloglevel = 7\ndelaytime = 1\nincoming_utf8 = yes\n"
        "receive_before_send = yes\nblocktime = 5\n[queues]\n"
        + "".join(f"{name} = {boxes['outgoing'] / name}\n" for name in PERSONALITIES)
        + "".join(
            f"[{name}]\ndevice = {town.modem(name)['port']}\nbaudrate = 115200\nrtscts = no\n"
            f"incoming = yes\ncs_convert = yes\nreport = no\nqueues = {name}\n"
            f"memory_start = {FAMILIES[name].first_slot}\n"
            for name in PERSONALITIES
        )
    )
    for name in PERSONALITIES:
        town.write(name, f"before it ran {name}")
        text = f"To: {PEOPLE[name][1:]}\n\nfrom smsd"
        (boxes["outgoing"] / name / f"{name}-text").write_text(text)

    def came(text: str) -> bool:
        return any(text.encode() in path.read_bytes() for path in boxes["incoming"].iterdir())

    with Daemon([program("smsd"), f"-c{settings}", "-t"], tmp_path / "out"):

        def job(name: str) -> None:
            town.until_seen(lambda: "from smsd" in town.texts(name), "its text")
            row.did(name, "send", True)
            town.until_seen(lambda: came(f"before it ran {name}"), "the old text")
            row.did(name, "list", True)
            town.write(name, f"while it ran {name}")
            town.until_seen(lambda: came(f"while it ran {name}"), "the new text")
            row.did(name, "receive", True)
            said = [line for line in log.read_text().splitlines() if f" {name}:" in line]
            row.did(name, "identify", any(town.modem(name)["imei"] in line for line in said))
            row.did(name, "register", any("Modem is registered" in line for line in said))
            call = f"To: {PEOPLE[name][1:]}\nVoicecall: yes\n\nTONE: TIME: 2\n"
            (boxes["outgoing"] / name / f"{name}-call").write_text(call)
            town.until_seen(lambda: town.rung(name), "its call")
            row.did(name, "dial", True)

        row.each(job)
    row.check()
