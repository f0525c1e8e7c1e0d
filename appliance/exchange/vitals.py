"""What a line's modem does not tell by itself: its temperature, and how full its storage is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Protocol

from appliance.exchange.line_sight import LineSight
from appliance.exchange.ports import Outcome
from drivers.modem import Done, Failed, Identity, Modem, Token
from drivers.temperature import THERMOMETERS

EVERY: Final = 120.0
"""Seconds between two rounds; texts do not pile up nor modules heat up much faster."""
SOON: Final = 10.0
"""Seconds after the word that the storage is full, for the courier to empty it."""
SECONDS: Final = 5.0


class VitalLine(Protocol):
    """What is needed of the line worker."""

    @property
    def identity(self) -> Identity | None:
        """Who answered on the port."""

    @property
    def sight(self) -> LineSight:
        """What is published."""

    def look_at_health(self) -> None:
        """Take how the recovery of the socket stands by now."""

    def empty_storage(self) -> None:
        """Have the courier take what lies in the modem."""

    def command(self, ask: Callable[[Modem], Token], outcome: Outcome | None = None) -> None:
        """Give the modem a request."""

    def set_timer(self, owner: str, name: str, seconds: float, action: Callable[[], None]) -> None:
        """Have ``action`` called on the line's thread."""

    def stop_timers(self, owner: str) -> None:
        """Stop every timer of an owner."""


class Vitals:
    """Lives on the line's thread."""

    def __init__(self, line: VitalLine) -> None:
        self._line = line

    def look(self) -> None:
        """Ask now, and again for as long as the modem is there."""
        self._line.set_timer("vitals", "look", EVERY, self.look)
        self._line.look_at_health()
        self._ask("AT+CPMS?", self._storage)
        identity = self._line.identity
        make = THERMOMETERS.get(identity.family) if identity else None
        if make is not None:
            self._ask(make.command, lambda lines: self._temperature(make.read(lines)))

    def full(self) -> None:
        """The modem says that its storage is full: look again once the courier has been there."""
        self._line.sight.storage_full = True
        self._line.sight.publish()
        self._line.set_timer("vitals", "look", SOON, self.look)

    def stop(self) -> None:
        """The modem is gone."""
        self._line.stop_timers("vitals")

    def _ask(self, command: str, told: Callable[[tuple[str, ...]], None]) -> None:
        def outcome(result: Done | Failed) -> None:
            lines = result.value if isinstance(result, Done) else None
            if isinstance(lines, tuple) and lines and lines[-1] == "OK":
                told(tuple(str(line) for line in lines))

        self._line.command(lambda modem: modem.raw(command, SECONDS), outcome)

    def _temperature(self, celsius: int | None) -> None:
        if celsius is not None and celsius != self._line.sight.celsius:
            self._line.sight.celsius = celsius
            self._line.sight.publish()

    def _storage(self, lines: Iterable[str]) -> None:
        full = is_full(lines)
        if full is not None and full != self._line.sight.storage_full:
            self._line.sight.storage_full = full
            self._line.sight.publish()
        if full:
            self._line.empty_storage()  # most makes never say that nothing fits any more
            self._line.set_timer("vitals", "look", SOON, self.look)


def is_full(lines: Iterable[str]) -> bool | None:
    """Return whether the storage for received texts is full, None when the answer does not tell.

    ``+CPMS: <mem1>,<used1>,<total1>,…,<mem3>,<used3>,<total3>`` (3GPP TS 27.005 §3.2.2): the third
    is where texts arrive.
    """
    for line in lines:
        if not line.startswith("+CPMS:"):
            continue
        fields = line.removeprefix("+CPMS:").split(",")
        place = 7 if len(fields) >= 9 else 1
        try:
            used, total = int(fields[place]), int(fields[place + 1])
        except (IndexError, ValueError):
            return None
        return total > 0 and used >= total
    return None
