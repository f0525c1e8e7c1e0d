"""The log as the system's journal keeps it: masked fields that can be searched, no line to parse.

``journalctl -u simveil SIMVEIL_THREAD=line-…``, ``-p warning``, ``-o json`` work on them.
"""

from __future__ import annotations

import array
import json
import logging
import os
import re
import socket
from pathlib import Path
from typing import Any, Final

SOCKET: Final = Path("/run/systemd/journal/socket")
"""Where systemd-journald takes entries (systemd.io/JOURNAL_NATIVE_PROTOCOL)."""
_PRIORITIES: Final = {
    logging.CRITICAL: 2,
    logging.ERROR: 3,
    logging.WARNING: 4,
    logging.INFO: 6,
    logging.DEBUG: 7,
}
_OWN: Final = {"event": "MESSAGE", "level": "", "timestamp": "", "exception": ""}


class JournalHandler(logging.Handler):
    """Sends records to the journal, each with its fields.

    The formatter makes one JSON object of a record, masked already; ``event`` becomes ``MESSAGE``
    and everything else ``SIMVEIL_…``.

    Args:
        path: The journal's socket.
    """

    def __init__(self, path: Path = SOCKET) -> None:
        super().__init__()
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record; what the journal does not take is lost, as nobody may wait for it."""
        try:
            octets = encoded(fields(json.loads(self.format(record)), record.levelno))
            self._send(octets)
        except Exception:  # noqa: BLE001 - who logs must not fail for it
            self.handleError(record)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
        super().close()

    def _send(self, octets: bytes) -> None:
        try:
            self._socket.sendto(octets, self._path)
        except OSError:
            # Too long for a datagram: handed over as a sealed file in memory.
            handle = os.memfd_create("journal", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
            try:
                os.write(handle, octets)
                rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [handle]))]
                self._socket.sendmsg([b""], rights, 0, self._path)
            finally:
                os.close(handle)


def wanted() -> bool:
    """Whether standard error goes to the journal (systemd.exec(5), ``JOURNAL_STREAM``)."""
    return bool(os.environ.get("JOURNAL_STREAM")) and SOCKET.exists()


def fields(event: dict[str, Any], level: int) -> dict[str, str]:
    """Return the journal's fields of an event."""
    message = str(event.get("event", ""))
    if event.get("exception"):
        message = f"{message}\n{event['exception']}"
    found = {
        "MESSAGE": message,
        "PRIORITY": str(_PRIORITIES.get(level, 6)),
        "SYSLOG_IDENTIFIER": "simveil",
    }
    for name, value in event.items():
        if name not in _OWN and value is not None:
            key = re.sub(r"[^A-Z0-9]", "_", name.upper())
            found[f"SIMVEIL_{key}"] = value if isinstance(value, str) else json.dumps(value)
    return found


def encoded(values: dict[str, str]) -> bytes:
    """Return fields as the journal's protocol has them: a text of several lines by its length."""
    octets = b""
    for name, value in values.items():
        text = value.encode("utf-8", "replace")
        if b"\n" in text:
            octets += name.encode() + b"\n" + len(text).to_bytes(8, "little") + text + b"\n"
        else:
            octets += name.encode() + b"=" + text + b"\n"
    return octets
