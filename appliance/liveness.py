"""Whether the box lives, told to systemd: each part must have answered, not the main loop alone."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping

_log = logging.getLogger(__name__)

EVERY = 5.0
"""Seconds between looks, at most; a sixth of a shorter watchdog's time."""
PATIENCE = 4.0
"""Seconds within which every part must answer one look, at most; as long in proportion."""

Answers = Callable[[float], bool]
"""Asks a part and returns whether it answered within so many seconds."""


def tell(state: str) -> None:
    """Tell the service manager (sd_notify(3)); nothing happens where there is none.

    Args:
        state: Lines such as ``READY=1``.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.settimeout(1.0)
            sock.sendto(state.encode(), "\0" + address[1:] if address[0] == "@" else address)
    except OSError as error:
        _log.warning("the service manager was not told %r: %s", state, error)


def watchdog() -> float:
    """Return the seconds after which the service manager takes the box for dead (WATCHDOG_USEC)."""
    text = os.environ.get("WATCHDOG_USEC", "")
    return int(text) / 1e6 if text.isdigit() and int(text) else 6 * EVERY


class Liveness:
    """Feeds systemd's watchdog (sd_notify(3)) for as long as every part answers.

    Without a service manager (no ``NOTIFY_SOCKET``) there is nobody to tell, and it does not look.

    Args:
        parts: What is asked, by name, each on a thread of its own, so that one that hangs costs the
            others no time.
        every: Seconds between looks; None: as often as the service manager's watchdog needs.
        patience: Seconds for all parts to answer; likewise.
    """

    def __init__(
        self,
        parts: Mapping[str, Answers],
        *,
        every: float | None = None,
        patience: float | None = None,
    ) -> None:
        self._parts = dict(parts)
        self._every = min(EVERY, watchdog() / 6) if every is None else every
        self._patience = self._every * PATIENCE / EVERY if patience is None else patience
        self._ending = threading.Event()
        self._asking: dict[str, threading.Thread] = {}
        self._answered: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="liveness", daemon=True)

    def start(self) -> None:
        """Say that the box is ready, and begin to look."""
        if os.environ.get("NOTIFY_SOCKET"):
            tell("READY=1")
            self._thread.start()

    def stop(self, timeout: float = 2.0) -> None:
        """Say that the box stops, and look no more."""
        tell("STOPPING=1")
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def silent(self) -> list[str]:
        """Ask every part and return the names of those that did not answer in time."""
        for name, answers in self._parts.items():
            former = self._asking.get(name)
            if former is None or not former.is_alive():
                self._answered.discard(name)
                thread = threading.Thread(
                    target=self._ask, args=(name, answers), name=f"liveness-{name}", daemon=True
                )
                self._asking[name] = thread
                thread.start()
        for thread in self._asking.values():
            thread.join(self._patience / len(self._parts))
        return sorted(
            name
            for name, thread in self._asking.items()
            if thread.is_alive() or name not in self._answered
        )

    def _ask(self, name: str, answers: Answers) -> None:
        try:
            if answers(self._patience):
                self._answered.add(name)
        except Exception:  # noqa: BLE001 - a part that fails to answer is silent, whatever it raised
            _log.exception("%s failed when it was asked whether it lives", name)

    def _run(self) -> None:
        while not self._ending.is_set():
            silent = self.silent()
            if silent:
                _log.error("no answer within %g s from: %s", self._patience, ", ".join(silent))
                tell(f"STATUS=silent: {', '.join(silent)}")
            else:
                tell("WATCHDOG=1\nSTATUS=every part answers")
            self._ending.wait(self._every)
