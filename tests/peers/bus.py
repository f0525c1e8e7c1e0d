"""A private message bus, and the two daemons that want one."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

from tests.peers.conftest import PATIENCE, Daemon, program

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


class Bus:
    """A bus of this test's own; ``with Bus(folder) as bus``."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "bus"
        settings = folder / "bus.conf"
        settings.write_text(_BUS.format(path=self._socket))
        self._daemon = Daemon(
            [program("dbus-daemon"), f"--config-file={settings}", "--nofork"], folder / "bus.log"
        )
        address = f"unix:path={self._socket}"
        names = ("DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS")
        self.environment = {**os.environ, **dict.fromkeys(names, address), "LC_ALL": "C.UTF-8"}

    def __enter__(self) -> Bus:
        self._daemon.__enter__()
        end = time.monotonic() + PATIENCE
        while not self._socket.exists():
            assert time.monotonic() < end
            time.sleep(0.02)  # nothing tells of a socket that appears
        return self

    def __exit__(self, *error: object) -> None:
        self._daemon.__exit__(*error)

    def run(self, *command: str) -> str:
        """Run a client and return what it said, errors included."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE,
            check=False,
        )  # fmt: skip
        return done.stdout + done.stderr

    def call(self, name: str, path: str, method: str, *arguments: str) -> str:
        """Call a method and return the reply as dbus-send prints it."""
        limit = f"--reply-timeout={int(PATIENCE * 1000)}"
        send = (program("dbus-send"), "--system", "--print-reply", limit, f"--dest={name}")
        return self.run(*send, path, method, *arguments)


def strings(reply: str) -> list[str]:
    """Return every string in a reply of dbus-send's."""
    return re.findall(r'string "(.*)"', reply)
