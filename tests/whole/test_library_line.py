"""A whole box on a device that only python-gsmmodem-new knows: it registers and relays texts."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.demo.house import free_port
from drivers.virtual.bank import Bank
from drivers.virtual.config import bank_config
from tests.peers.conftest import Town

pytestmark = pytest.mark.timeout(180)

SIMVEIL = str(Path(sys.executable).with_name("simveil"))
X, A, B = "+8617000000311", "+8613900000311", "+8613900000312"
PATIENCE = 90.0


def test_texts_go_both_ways_and_the_limits_are_told(tmp_path: Path) -> None:
    table = {"msisdn": X, "personality": "zte"}
    bank = Bank(bank_config({"line": [table], "control": "127.0.0.1:0", "speed": 10.0}))
    bank.start()
    town = Town(bank.control)
    for person in (A, B):
        town.ask("POST", f"/phones/{urllib.parse.quote(person)}")
    about = town.ask("GET", f"/lines/{urllib.parse.quote(X)}")
    config = tmp_path / "box.toml"
    config.write_text(
        f'[box]\ndata = "{tmp_path}"\n[admin]\nsocket = "{tmp_path}/admin.sock"\n'
        f'[api]\nlisten = "127.0.0.1:{free_port()}"\nplain = true\n[bank]\ndiscover = false\n'
        f'[[bank.line]]\nport = "{about["port"]}"\nfamily = "gsmmodem"\n'
    )

    def say(*words: str) -> Any:
        done = subprocess.run(
            [SIMVEIL, *words, "--json", "--config", str(config)],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def until(wanted: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not wanted():
            assert time.monotonic() < end, (tmp_path / "log").read_text()[-3000:]
            time.sleep(0.2)  # the box and the people can only be asked

    def inbox(person: str) -> list[tuple[str, str]]:
        return [(text["from"], text["text"]) for text in town.phone(person)["inbox"]]

    with (tmp_path / "log").open("wb") as log:
        box = subprocess.Popen([SIMVEIL, "serve", "--config", str(config)], stdout=log, stderr=log)
    try:
        until(lambda: (tmp_path / "admin.sock").exists())
        say("app", "add", "shop", "--mode", "AXB", "--sms")
        say("number", "enrol", X, "--app", "shop", "--iccid", about["iccid"], "--sms")
        say("binding", "add", "--app", "shop", "--x", X, "--a", A, "--b", B)
        until(lambda: say("line", "list")[0]["state"] == "ready")
        shown = say("line", "show", X)
        assert (shown["family"], shown["imei"]) == ("gsmmodem", about["imei"])
        assert "one call at a time" in shown["limits"]
        town.press("sms", A, to=X, text="to B")
        until(lambda: (X, "to B") in inbox(B))
        town.press("sms", B, to=X, text="back to A")
        until(lambda: (X, "back to A") in inbox(A))
        assert inbox(A) + inbox(B) == [(X, "back to A"), (X, "to B")]
        # A call in is seen by the box, which has no voice here and ends it in order.
        town.press("dial", A, to=X)
        until(lambda: town.phone(A)["state"] == "idle" and bool(town.phone(A)["calls"]))
        until(lambda: say("line", "list")[0]["state"] == "ready")
    finally:
        box.send_signal(signal.SIGTERM)
        assert box.wait(40) == 0
        bank.stop()
