"""A real box tells its service manager that it is ready, lives and stops."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
from pathlib import Path

from tests.whole.programs import simveil

SECONDS = 60.0


def test_a_box_says_that_it_is_ready_lives_hangs_and_stops(tmp_path: Path) -> None:
    config = tmp_path / "simveil.toml"
    config.write_text(
        f"""
[box]
data = "{tmp_path}/data"
[api]
listen = "127.0.0.1:0"
[admin]
socket = "{tmp_path}/admin/admin.sock"
[bank]
discover = false
"""
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(SECONDS)
        box = subprocess.Popen(
            [simveil(), "serve", "--config", str(config)],
            env={
                **os.environ,
                "NOTIFY_SOCKET": str(tmp_path / "notify"),
                "WATCHDOG_USEC": "6000000",
            },
            stderr=subprocess.PIPE,
        )
        try:
            assert manager.recv(500) == b"READY=1"
            assert manager.recv(500).startswith(b"WATCHDOG=1")
            # Its writer cannot write any more: no main loop that still turns feeds the watchdog.
            database = sqlite3.connect(tmp_path / "data" / "simveil.db", isolation_level=None)
            with contextlib.closing(database):
                database.execute("BEGIN IMMEDIATE")
                while not (said := manager.recv(500)).startswith(b"STATUS=silent"):
                    assert said.startswith(b"WATCHDOG=1")
                assert b"store" in said
                assert manager.recv(500).startswith(b"STATUS=silent")
                database.execute("ROLLBACK")
            while not manager.recv(500).startswith(b"WATCHDOG=1"):
                pass
            box.send_signal(signal.SIGTERM)
            said = manager.recv(500)
            while said != b"STOPPING=1":
                said = manager.recv(500)
            _, errors = box.communicate(timeout=SECONDS)
        finally:
            box.kill()
            box.wait(SECONDS)
    assert box.returncode == 0
    assert b"no answer within" in errors
    assert b"did not stop" not in errors, errors.decode()
