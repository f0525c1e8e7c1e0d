"""Threads of traffic: each does one small thing after another until it is told to pause."""

from __future__ import annotations

import logging
import random
import threading
from abc import ABC, abstractmethod

_log = logging.getLogger(__name__)


class Actor(ABC):
    """One thread of traffic.

    Args:
        name: Of the thread.
        seed: Of what it does.
    """

    def __init__(self, name: str, seed: int) -> None:
        self.dice = random.Random(seed)
        self.faults: list[str] = []
        self._go = threading.Event()
        self._still = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name)
        self._still.set()

    @property
    def name(self) -> str:
        """The thread's name."""
        return self._thread.name

    def start(self) -> None:
        """Start the thread, paused."""
        self._thread.start()

    def resume(self) -> None:
        """Go on."""
        self._go.set()

    def pause(self) -> None:
        """Do nothing more after what is being done."""
        self._go.clear()

    def rest(self, seconds: float) -> bool:
        """Wait until nothing is being done; False when it took too long."""
        return self._still.wait(seconds)

    def stop(self) -> None:
        """End the thread."""
        self._ending.set()
        self._go.set()
        if self._thread.ident is not None:
            self._thread.join(60)

    def nap(self, low: float, high: float) -> None:
        """Let a random time pass, as people do."""
        self._ending.wait(self.dice.uniform(low, high))

    @abstractmethod
    def turn(self) -> None:
        """Do one thing."""

    def _run(self) -> None:
        while not self._ending.is_set():
            self._go.wait()
            self._still.clear()
            try:
                if self._go.is_set() and not self._ending.is_set():
                    self.turn()
            except Exception as error:  # noqa: BLE001 - whatever it was, it is told as a breach
                _log.exception("%s failed", self.name)
                self.faults.append(f"{self.name} failed: {error!r}")
                self._ending.wait(0.5)
            finally:
                self._still.set()
