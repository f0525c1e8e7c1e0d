"""The modems that are plugged in, and the way back for one that was lost.

The ladder has one rung: open the port again, at growing pauses. A port that is not there is
waited for.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.clock import Clock, Timer
from drivers.modem import Modem, ModemSource, Socket

REOPEN_PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)  # seconds before each reopening in a row
HEALTHY_AFTER: Final = 60.0  # seconds that a modem must live for its next loss to be a first one

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Place:
    """One socket: what is plugged in, and how often it was reopened in a row."""

    socket: Socket
    opened_at: float
    reopened: int = 0
    timer: Timer | None = None


class Rack:
    """Makes a modem of every socket, and another of the same socket when the first was lost.

    Args:
        sources: Where sockets come from.
        make_modem: Makes the modem of a socket; it opens nothing.
        clock: For the pauses.
    """

    def __init__(
        self, sources: list[ModemSource], make_modem: Callable[[Socket], Modem], clock: Clock
    ) -> None:
        self._sources = sources
        self._make_modem = make_modem
        self._clock = clock
        self._places: dict[str, _Place] = {}
        self._lock = threading.Lock()  # guards _places and _running
        self._running = False
        self._added: Callable[[Modem], None] = lambda _: None
        self._removed: Callable[[str], None] = lambda _: None

    def start(self, added: Callable[[Modem], None], removed: Callable[[str], None]) -> None:
        """Report every modem and every socket that is pulled, by calls that must only enqueue.

        Args:
            added: Takes a modem that may be started; called from sources' and the clock's threads.
            removed: Takes the name of a socket that is gone.
        """
        self._added, self._removed = added, removed
        with self._lock:
            self._running = True
        for source in self._sources:
            source.start(self._plugged, self._pulled)

    def stop(self, timeout: float) -> None:
        """Stop sources and reopenings within ``timeout`` seconds; modems are not stopped."""
        with self._lock:
            self._running = False
            places, self._places = list(self._places.values()), {}
        for place in places:
            if place.timer is not None:
                place.timer.cancel()
        for source in self._sources:
            source.stop(timeout / max(1, len(self._sources)))

    def recover(self, socket_name: str) -> None:
        """Bring back the modem of a socket after :class:`Lost`: ``added`` follows.

        Nothing happens while the socket is pulled: it comes back by being plugged in.
        """
        with self._lock:
            place = self._places.get(socket_name)
            if place is None or place.timer is not None or not self._running:
                return
            if self._clock.monotonic() - place.opened_at >= HEALTHY_AFTER:
                place.reopened = 0
            self._wait(place)

    def _wait(self, place: _Place) -> None:
        pause = REOPEN_PAUSES[min(place.reopened, len(REOPEN_PAUSES) - 1)]
        place.reopened += 1
        _log.info("%s: reopened in %g s (try %d)", place.socket.name, pause, place.reopened)
        place.timer = self._clock.after(pause, lambda: self._reopen(place))

    def _reopen(self, place: _Place) -> None:
        with self._lock:
            if not self._running or self._places.get(place.socket.name) is not place:
                return
            if not Path(place.socket.port).exists():
                self._wait(place)
                return
            place.timer = None
            place.opened_at = self._clock.monotonic()
        self._added(self._make_modem(place.socket))

    def _plugged(self, socket: Socket) -> None:
        with self._lock:
            if not self._running:
                return
            self._places[socket.name] = _Place(socket, self._clock.monotonic())
        self._added(self._make_modem(socket))

    def _pulled(self, name: str) -> None:
        with self._lock:
            place = self._places.pop(name, None)
            if place is None or not self._running:
                return
            if place.timer is not None:
                place.timer.cancel()
        self._removed(name)
