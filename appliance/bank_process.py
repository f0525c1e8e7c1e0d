"""The virtual bank beside the box: attach to the one that runs, start one where none does."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic

import urllib3

from appliance.errors import SimveilError

_log = logging.getLogger(__name__)

_START_SECONDS = 20.0
_STOP_SECONDS = 8.0
_LOOK_SECONDS = 0.05


class BankProcess:
    """The bank that a configuration names.

    A bank that a box started is remembered in ``bank.pid`` in the data folder, so that a box which
    was killed and comes back still knows it for its own, and ends it with its orderly stop.

    Args:
        config: The configuration's path, given to ``simveil bank``.
        control: ``host:port`` of the bank's control interface.
        data: The box's data folder.
    """

    def __init__(self, config: Path, control: str, data: Path) -> None:
        self._config = config
        self._url = f"http://{control}/lines"
        self._pid_file = data / "bank.pid"
        self._log_file = data / "bank.log"
        self._http = urllib3.PoolManager(timeout=urllib3.Timeout(total=2.0), retries=False)
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Attach, or start a bank and wait until it answers.

        Raises:
            SimveilError: It did not come up, or the address belongs to something else.
        """
        if self._answers():
            _log.info("attached to the running virtual bank")
            return
        with self._log_file.open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "appliance.cli", "bank", "--config", str(self._config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a signal to the box's terminal is not the bank's
            )
        self._pid_file.write_text(str(self._child.pid), encoding="ascii")
        end = monotonic() + _START_SECONDS
        pause = threading.Event()
        while not self._answers():
            if self._child.poll() is not None or monotonic() > end:
                self.stop()
                raise SimveilError(f"the virtual bank did not start; see {self._log_file}")
            pause.wait(_LOOK_SECONDS)
        _log.info("started a virtual bank")

    def stop(self) -> None:
        """End the bank if a box of this data folder started it; leave any other alone."""
        self._http.clear()
        pid = self._own_pid()
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        end = monotonic() + _STOP_SECONDS
        pause = threading.Event()
        while self._alive(pid) and monotonic() < end:
            pause.wait(_LOOK_SECONDS)
        if self._alive(pid):
            _log.warning("the virtual bank did not end by itself within %g s", _STOP_SECONDS)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._child is not None:
            self._child.wait(_STOP_SECONDS)
        self._pid_file.unlink(missing_ok=True)

    def _answers(self) -> bool:
        try:
            reply = self._http.request("GET", self._url)
        except urllib3.exceptions.HTTPError:
            return False
        if reply.status == 200:
            with contextlib.suppress(ValueError):
                json.loads(reply.data)
                return True
        raise SimveilError(f"something that is no virtual bank answers at {self._url}")

    def _own_pid(self) -> int | None:
        """Return the pid of a bank that a box of this folder started and that still runs."""
        try:
            pid = int(self._pid_file.read_text(encoding="ascii"))
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if b"bank" in words and str(self._config).encode() in words else None

    def _alive(self, pid: int) -> bool:
        if self._child is not None and self._child.pid == pid:
            return self._child.poll() is None
        return Path(f"/proc/{pid}").exists()
