"""A box breaks with a text under way; another is made of its backup and the twelve words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appliance.demo.house import House
from appliance.demo.people import Phone

X, TRUNK = "+8617000000001", "+8617000000002"
A, B = "+8613800000001", "+8613900000001"
KEYS = ("appKey", "appSecret")
WORDS = "the parcel is at the door"
LONG_AGO = 1_600_000_000.0
WRONG = "legal winner thank year wave sausage worth useful legal winner thank yellow"
MORE = """
[backup]
target = "{stick}"
max_age_hours = 0.0001
"""


def simveil(house: House, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "appliance.cli", *words, "--config", str(house.config), "--json"],
        input=typed,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def until(house: House, seen: Callable[[], Any], what: str) -> Any:
    return house.bank.wait(lambda: seen() or None, 60.0, what)


def inbox(phone: Phone) -> list[str]:
    return [entry["text"] for entry in phone.look()["inbox"]]


def open_texts(house: House) -> list[str]:
    return [text["state"] for text in house.command("sms", "list")]


def wrong(house: House) -> set[str]:
    """Return the codes of what the doctor says is wrong."""
    rows = json.loads(simveil(house, "doctor").stdout)
    return {row["code"] for row in rows if not row["ok"]}


def prepared(folder: Path, stick: Path) -> House:
    folder.mkdir()
    house = House(
        [X, TRUNK], speed=20, extra=MORE.format(stick=stick), folder=folder, bank_apart=True
    )
    text = house.config.read_text().replace("plain = true", "plain = false")
    house.config.write_text(text.replace(f'data = "{folder}"', f'data = "{folder / "data"}"'))
    return house


def test_a_box_is_made_anew_and_the_former_one_keeps_out(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with prepared(tmp_path / "former", stick) as former:
        app = former.command(
            *("app", "add", "shop", "--mode", "AXB", "--sms"),
            *("--sms-url", "http://127.0.0.1:1/sms"),
        )
        former.command("number", "enrol", X, "--app", "shop", "--sms")
        former.command("number", "enrol", TRUNK, "--trunk")
        bound = former.command("binding", "add", "--app", "shop", "--a", A, "--b", B, "--x", X)
        assert simveil(former, "backup", "--nightly").returncode == 2, "there is no key yet"
        assert {"CON-114", "CON-115"} <= wrong(former), "no key, and what failed for want of it"
        phrase = former.command("recovery", "new")["phrase"]
        assert simveil(former, "recovery", "check", typed=phrase).returncode == 0
        assert simveil(former, "recovery", "check", typed=WRONG).returncode == 1
        until(former, lambda: former.command("generation")["marked_sims"] == 2, "marks")

        # The network is congested: the text waits, and after the backup it may go any time.
        former.bank.post("/network/sms", {"refuse": 42, "times": 999})
        a, b = former.bank.phone(A), former.bank.phone(B)
        former.bank.post("/network/text", {"from": A, "to": X, "text": WORDS})
        until(former, lambda: open_texts(former) == ["relaying"], "a text under way")
        made = former.command("backup", "--nightly")
        archive = stick / made["name"]
        assert archive.read_bytes().startswith(b"age-encryption.org/v1\n")
        assert phrase.encode() not in archive.read_bytes()
        assert not [p for p in former.folder.rglob("*") if p.is_file() and phrase in read(p)]
        assert "CON-113" in wrong(former), "its age of over a third of a second"
        certificate = former.folder / "data" / "tls" / "certificate.pem"
        before = certificate.read_bytes()
        former.kill_box()
        former.bank.post("/network/sms", {"refuse": 42, "times": 0})

        anew = prepared(tmp_path / "anew", stick)
        text = anew.config.read_text()
        anew.config.write_text(text.replace(f":{anew.control_port}", f":{former.control_port}"))
        refused = simveil(anew, "restore", str(archive), typed=WRONG)
        assert refused.returncode == 2
        assert "phrase" in refused.stderr
        assert not (anew.folder / "data" / "simveil.db").exists()
        restored = simveil(anew, "restore", str(archive), typed=phrase)
        assert restored.returncode == 0, restored.stderr
        assert json.loads(restored.stdout)["unknown"] == {"text": 1}
        old, young = old_and_young(anew.folder / "data")
        try:
            anew.start_box()
            assert anew.command("retention") == {"calls": 0, "texts": 0, "inbox": 0, "replaced": 1}
            until(former, lambda: not any(path.exists() for path in old), "what is old goes")
            assert all(path.exists() for path in young)
            refused = simveil(anew, "generation", "--claim")
            assert refused.returncode == 2
            assert "stop it first" in refused.stderr
            assert (anew.folder / "data" / "tls" / "certificate.pem").read_bytes() == before
            shown = anew.command("app", "show", "shop", "--secret")
            assert [shown[key] for key in KEYS] == [app[key] for key in KEYS]
            again = anew.command("binding", "list", "--app", "shop")
            assert [one["subscription_id"] for one in again] == [bound["subscription_id"]]
            until(former, lambda: open_texts(anew) == ["unknown"], "a text that is settled")
            assert [one["kind"] for one in anew.command("restored")] == ["text"]
            until(former, lambda: anew.command("generation")["marked_sims"] == 2, "new marks")
            assert anew.command("generation")["generation"] == 2
            a.do("sms", to=X, text="and another")
            b.until_text("and another")
            assert inbox(b) == ["and another"], "what may have been sent is not sent again"
        finally:
            anew.kill_box()

        # It finds the other's mark on its SIMs and ends; then it does not even begin.
        for _ in range(2):
            ended = simveil(former, "serve")
            assert ended.returncode == 2, ended.stderr[-2000:]
            assert "generation 2 of this box serves elsewhere" in ended.stdout + ended.stderr
        backed_up = simveil(anew, "backup", "--nightly")
        assert backed_up.returncode == 0, backed_up.stderr
        assert simveil(former, "backup", "--nightly").returncode == 2

        # The other is gone for good, says its owner: the former one serves again, and marks all.
        assert former.command("generation", "--claim")["generation"] == 3
        former.start_box()
        until(former, lambda: former.command("generation")["marked_sims"] == 2, "its marks")
        b.until_text(WORDS)
        assert "-g003-" in former.command("backup", "--nightly")["name"]
        ended = simveil(anew, "serve")
        assert ended.returncode == 2, ended.stderr[-2000:]
        assert "generation 3 of this box serves elsewhere" in ended.stdout + ended.stderr


def old_and_young(data: Path) -> tuple[list[Path], list[Path]]:
    """Lay recordings and replaced data of long ago, and of now, into a data folder."""
    made: tuple[list[Path], list[Path]] = ([], [])
    for paths, name in zip(made, ("old", "young"), strict=True):
        folder, recording = data / f"replaced-{name}", data / "recordings" / f"{name}.wav"
        folder.mkdir()
        recording.parent.mkdir(exist_ok=True)
        recording.write_bytes(b"RIFF")
        paths += [folder, recording]
    for path in made[0]:
        os.utime(path, (LONG_AGO, LONG_AGO))
    return made


def read(path: Path) -> str:
    return path.read_bytes().decode("latin-1")
