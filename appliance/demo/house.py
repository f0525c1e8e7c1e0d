"""A box with its virtual bank, started the way an owner starts it, in a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from time import monotonic
from typing import Any, Self

from appliance.demo.people import BankControl

_CONFIG = """\
[box]
name = "{name}"
data = "{data}"
[api]
listen = "127.0.0.1:{api}"
plain = true
[admin]
socket = "{data}/admin/admin.sock"
[virtual]
lines = [{lines}]
control = "127.0.0.1:{control}"
speed = {speed}
"""


def free_port() -> int:
    """Return a TCP port of the loopback interface that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """A running ``simveil serve`` on a virtual bank.

    Args:
        lines: MSISDNs of the bank's SIMs.
        speed: Radio time scale; 1 is as slow as the real radio.
        extra: More configuration, TOML text that is appended.
        folder: Where everything lies; a temporary folder when None.
        bank_apart: Start ``simveil bank`` by itself first, so that killing the box leaves it alone.
        program: What runs as ``simveil``; the command of this installation when None.
    """

    def __init__(
        self,
        lines: list[str],
        *,
        speed: float = 1.0,
        extra: str = "",
        folder: Path | None = None,
        bank_apart: bool = False,
        program: tuple[str, ...] | None = None,
    ) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="simveil-") if folder is None else None
        self.folder = Path(self._temporary.name) if self._temporary else folder or Path()
        self.api_port, self.control_port = free_port(), free_port()
        self.config = self.folder / "simveil.toml"
        self.config.write_text(
            _CONFIG.format(
                name="box-1",
                data=self.folder,
                api=self.api_port,
                control=self.control_port,
                speed=speed,
                lines=", ".join(f'"{line}"' for line in lines),
            )
            + extra,
            encoding="utf-8",
        )
        self.lines = lines
        self.bank_apart = bank_apart
        self._program = program or _SIMVEIL
        self.bank = BankControl(f"127.0.0.1:{self.control_port}")
        self.base = f"http://127.0.0.1:{self.api_port}"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start bank and box; returns when every line is ready. Raises TimeoutError."""
        if self.bank_apart and "bank" not in self._processes:
            self._spawn("bank")
        self.start_box()

    def start_box(self) -> None:
        """Start the box and wait until every line is ready."""
        self._spawn("serve")
        self.until_ready()

    def kill_box(self) -> None:
        """End the box at once (SIGKILL), as a power cut of its own would."""
        process = self._processes.pop("serve")
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def end_box(self, seconds: float) -> int:
        """Ask the box to stop and return its exit status. Raises TimeoutExpired."""
        process = self._processes["serve"]
        process.send_signal(signal.SIGTERM)
        status = process.wait(seconds)
        del self._processes["serve"]
        return status

    def pid(self, name: str) -> int:
        """Return the process id of ``serve`` or ``bank``."""
        return self._processes[name].pid

    def stop(self) -> None:
        """Stop in order; kill what does not stop within 20 seconds."""
        for name in ("serve", "bank"):
            process = self._processes.pop(name, None)
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        self.bank.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def until_ready(self, seconds: float = 60.0) -> None:
        """Wait until every line of the box is ready. Raises TimeoutError."""
        end = monotonic() + seconds
        pause = threading.Event()
        while True:
            try:
                states = {line["msisdn"]: line["state"] for line in self.command("line", "list")}
            except RuntimeError:
                states = {}
            if all(states.get(line) == "ready" for line in self.lines):
                return
            if monotonic() > end or self._processes["serve"].poll() is not None:
                raise TimeoutError(f"lines not ready: {states}; log: {self.log('serve')[-2000:]}")
            pause.wait(0.2)

    def command(self, *words: str) -> Any:
        """Run ``simveil WORDS --json`` on this box; returns its answer. Raises RuntimeError."""
        done = subprocess.run(
            [*_SIMVEIL, *words, "--config", str(self.config), "--json"],
            capture_output=True,
            timeout=60,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"simveil {' '.join(words)}: {done.stderr.decode().strip()}")
        return json.loads(done.stdout)

    def log(self, name: str) -> str:
        """Return what a process (``serve`` or ``bank``) has logged."""
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _spawn(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [*self._program, name, "--config", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )


_SIMVEIL = (sys.executable, "-m", "appliance.cli")
