"""PINs that SIMs have been given: each is given once, and one that was refused never again.

A SIM bears three wrong PINs. Refusals are kept on disk, so that a box that is started again and
again does not use up the tries of a SIM that has no counter to ask.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from pathlib import Path
from typing import Final

_log = logging.getLogger(__name__)


def _key(sim: str, pin: str) -> str:
    """Return what a PIN is known by: slow to guess back, for four digits are soon tried."""
    made = hashlib.scrypt(pin.encode(), salt=sim.encode(), n=2**14, r=8, p=1, dklen=16)
    return made.hex()


class SpentPins:
    """Safe from any thread."""

    def __init__(self) -> None:
        self._spent: set[str] = set()
        self._lock = threading.Lock()
        self._file: Path | None = None

    def keep(self, file: Path) -> None:
        """Keep refusals in a file from now on, and remember those that are in it."""
        with self._lock:
            self._file = file
            try:
                self._spent.update(file.read_text(encoding="ascii").split())
            except FileNotFoundError:
                pass
            except (OSError, UnicodeDecodeError) as error:
                _log.error("refused PINs are not known: %s", error)

    def spend(self, sim: str, pin: str) -> str | None:
        """Note that a PIN is about to be given; returns its key, None if it was given before."""
        key = _key(sim, pin)
        with self._lock:
            if key in self._spent:
                return None
            self._spent.add(key)
        return key

    def taken(self, key: str | None) -> None:
        """Forget a PIN that the SIM has taken: it may be given again after a reboot."""
        with self._lock:
            self._spent.discard(key or "")

    def refused(self, key: str) -> None:
        """The SIM did not take it: it is never given again, not by the next start either."""
        with self._lock:
            if self._file is None:
                return
            try:
                flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
                descriptor = os.open(self._file, flags, 0o600)
                with os.fdopen(descriptor, "w", encoding="ascii") as file:
                    file.write(f"{key}\n")
                    file.flush()
                    os.fsync(file.fileno())
            except OSError as error:
                _log.error("a refused PIN could not be noted: %s", error)


SPENT: Final = SpentPins()
"""Of this process."""
