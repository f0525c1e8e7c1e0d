"""A command port driven octet by octet: its thread sleeps until the modem or a customer speaks.

The thread ``at-read-<port>`` owns every octet of the port.
"""

from __future__ import annotations

import select
import time
from typing import ClassVar

from drivers.at.commands import Command
from drivers.at.exchange import Dialogue
from drivers.at.port import Port
from drivers.at.port_thread import PortThread
from drivers.errors import DriverError


class Engine(PortThread):
    """One port, one thread; takes what :class:`PortThread` takes."""

    role: ClassVar[str] = "at-read"
    _dialogue: Dialogue | None = None

    @property
    def unanswered_for(self) -> float:
        """Seconds since the modem's last result; other lines prove no life in its interpreter."""
        return time.monotonic() - self._dialogue.answered if self._dialogue else 0.0

    @property
    def garbled_at(self) -> float:
        """When octets came last that no modem writes, of the monotonic clock."""
        return self._dialogue.garbled_at if self._dialogue else float("-inf")

    @property
    def mishaps(self) -> int:
        """How often a line may have been lost: results that did not come, lines of no sense."""
        return self._timeouts + (self._dialogue.oddities if self._dialogue else 0)

    def _serve(self) -> None:
        port = Port(self.path)
        try:
            self._dialogue = Dialogue(
                port, self._classifier, self.transcript, self._unsolicited, self._ended
            )
            self._loop(port, self._dialogue)
        finally:
            port.close()

    def _loop(self, port: Port, dialogue: Dialogue) -> None:
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        poll.register(port.fileno(), select.POLLIN)
        writing = False
        while not self._ending:
            self._run_inbox()
            self._advance()
            if writing != (port.pending > 0):
                writing = port.pending > 0
                poll.modify(port.fileno(), select.POLLIN | (select.POLLOUT if writing else 0))
            for fd, events in poll.poll(self._patience(dialogue.deadline)):
                if fd == self._wake_read:
                    self._drain_wakes()
                    continue
                if events & select.POLLOUT:
                    port.flush()
                if events & ~select.POLLOUT and (octets := port.read()):
                    dialogue.feed(octets)
            if (now := time.monotonic()) >= self._next_due:
                dialogue.check(now)
                self._due(now)

    def _begin(self, command: Command) -> None:
        assert self._dialogue is not None
        self._dialogue.begin(command)

    def _abandon(self, cause: str) -> DriverError | None:
        return self._dialogue.abandon(cause) if self._dialogue else None
