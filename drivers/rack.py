"""The modems that are plugged in, started one after another; the way back for lost ones."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from drivers.clock import Clock, Timer
from drivers.modem import Modem, ModemSource, Socket
from drivers.recovery import (
    LADDER,
    Ended,
    LadderTools,
    LostAgain,
    Outcome,
    Paces,
    Plugged,
    Pulled,
    Recovery,
    Rung,
    Step,
    Well,
)

STEPS_KEPT: Final = 20
TOLD_BY_ENGINE: Final = ("deaf", "never silent", "start-up")
"""How the causes begin of a loss that the engine tried to mend on the open port."""
REENUMERATIONS: Final = 3
REENUMERATED_WITHIN: Final = 300.0
"""So many comings back by themselves within so many seconds are a brown-out."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """How the recovery of a socket stands.

    Args:
        steps: The last steps, the oldest first.
        hospital: Every step failed.
        reenumerations: How often it came back by itself in a row, 0 for less than would matter.
    """

    steps: tuple[Step, ...] = ()
    hospital: bool = False
    reenumerations: int = 0


@dataclass(slots=True)
class _Place:
    """One socket: what is plugged in, and who brings it back."""

    socket: Socket
    family: str = ""
    well_at: float | None = None
    last: Rung | None = None  # the step that brought it back last
    recovery: Recovery | None = None
    timer: Timer | None = None


@dataclass(slots=True)
class _Past:
    """What is remembered of a socket across unplugging."""

    steps: deque[Step] = field(default_factory=lambda: deque(maxlen=STEPS_KEPT))
    plugged: deque[float] = field(default_factory=lambda: deque(maxlen=REENUMERATIONS * 4))
    powered: float | None = None
    hospital: bool = False


class Rack:
    """Makes a modem of every socket, and another of the same socket when the first was lost.

    Args:
        sources: Where sockets come from.
        make_modem: Makes the modem of a socket; it opens nothing.
        clock: For what happens later.
        tools: What the steps of a recovery are done with.
        paces: How long they may take.
        start_gap: Seconds between the starts of two modems on one hub, so that their inrush and
            first transmissions do not brown the hub out; 0 starts all at once.
    """

    def __init__(
        self,
        sources: list[ModemSource],
        make_modem: Callable[[Socket], Modem],
        clock: Clock,
        tools: LadderTools,
        *,
        paces: Paces | None = None,
        start_gap: float = 0.0,
    ) -> None:
        self._sources = sources
        self._make_modem = make_modem
        self._clock = clock
        self._tools = tools
        self._paces = paces or Paces()
        self._start_gap = start_gap
        self._places: dict[str, _Place] = {}
        self._past: dict[str, _Past] = {}
        self._turns: dict[str, float] = {}  # when the next modem of a hub may start
        self._lock = threading.RLock()  # guards the dictionaries and _running
        self._running = False
        self._added: Callable[[Modem], None] = lambda _: None
        self._removed: Callable[[str], None] = lambda _: None
        self._told: Callable[[str, Health], None] = lambda _name, _health: None

    def start(
        self,
        added: Callable[[Modem], None],
        removed: Callable[[str], None],
        told: Callable[[str, Health], None] | None = None,
    ) -> None:
        """Report every modem and every socket that is pulled, by calls that must only enqueue.

        Args:
            added: Takes a modem that may be started; called from sources' and the clock's threads.
            removed: Takes the name of a socket that is gone.
            told: Takes the name of a socket and how its recovery stands.
        """
        self._added, self._removed = added, removed
        self._told = told or self._told
        with self._lock:
            self._running = True
        for source in self._sources:
            source.start(self._plugged, self._pulled)

    def stop(self, timeout: float) -> None:
        """Stop sources and recoveries within ``timeout`` seconds; modems are not stopped."""
        with self._lock:
            self._running = False
            places, self._places = list(self._places.values()), {}
        for place in places:
            if place.timer is not None:
                place.timer.cancel()
            if place.recovery is not None:
                place.recovery.post(Ended())
        for source in self._sources:
            source.stop(timeout / max(1, len(self._sources)))
        for place in places:
            if place.recovery is not None:
                place.recovery.join(timeout / max(1, len(places)))

    def health(self, socket_name: str) -> Health:
        """Return how the recovery of a socket stands."""
        with self._lock:
            return self._health(socket_name)

    # --- from the lines ---

    def recover(self, socket_name: str, cause: str = "no cause was given") -> None:
        """Bring back the modem of a socket after :class:`Lost`: ``added`` follows.

        Nothing happens while the socket is pulled: it comes back by being plugged in.
        """
        with self._lock:
            place = self._places.get(socket_name)
            if place is None or not self._running:
                return
            if place.recovery is not None:
                place.recovery.post(LostAgain(cause))
                return
            if cause.startswith(TOLD_BY_ENGINE):
                step = Step(self._clock.now(), Rung.RESYNCHRONISE, cause, Outcome.FAILED)
                self._of(socket_name).steps.append(step)
            _log.info("%s: to be recovered: %s", socket_name, cause)
            place.recovery = Recovery(
                place.socket,
                place.family,
                cause,
                self._first_rung(place, cause),
                ward=self,
                tools=self._tools,
                paces=self._paces,
                clock=self._clock,
                ended=self._recovery_ended,
            )
            place.recovery.start()

    def _first_rung(self, place: _Place, cause: str) -> Rung:
        """A modem that falls silent soon after it was well needs a harder step than the last.

        One whose port went away may just have been pulled: its port is waited for.
        """
        last, well_at = place.last, place.well_at
        if not cause.startswith(TOLD_BY_ENGINE):
            return LADDER[0]
        soon = well_at is not None and self._clock.monotonic() - well_at < self._paces.healthy
        if last is None or not soon:
            return LADDER[0]
        return LADDER[(LADDER.index(last) + 1) % len(LADDER)]

    def well(self, socket_name: str, family: str = "") -> None:
        """The modem of a socket is set up, or tells what its SIM lacks."""
        with self._lock:
            place = self._places.get(socket_name)
            if place is None:
                return
            place.well_at = self._clock.monotonic()
            place.family = family or place.family
            if place.recovery is not None:
                place.recovery.post(Well())

    # --- from recoveries ---

    def hand_over(self, socket: Socket) -> None:
        """Have a modem made of the socket and started."""
        with self._lock:
            if not self._running or socket.name not in self._places:
                return
        self._added(self._make_modem(socket))

    def stepped(self, name: str, step: Step) -> None:
        """A step of a recovery was taken."""
        with self._lock:
            self._of(name).steps.append(step)
        self._tell(name)

    def in_hospital(self, name: str, again_in: float | None) -> None:
        """Every step failed; ``again_in`` is None when the next climb has begun."""
        if again_in is not None:
            with self._lock:
                self._of(name).hospital = True
            self._tell(name)

    def may_power(self, name: str) -> bool:
        """Return whether a port's power may be switched by now, and note that it is."""
        with self._lock:
            past, now = self._of(name), self._clock.monotonic()
            if past.powered is not None and now - past.powered < self._paces.power_every:
                return False
            past.powered = now
            return True

    def recovered(self, name: str, rung: Rung) -> None:
        """The modem of a socket is well, by this step."""
        with self._lock:
            self._of(name).hospital = False
            place = self._places.get(name)
            if place is not None:
                place.last = rung
        self._tell(name)

    def _recovery_ended(self, recovery: Recovery) -> None:
        with self._lock:
            place = self._places.get(recovery.socket.name)
            if place is not None and place.recovery is recovery:
                place.recovery = None

    # --- from sources ---

    def _plugged(self, socket: Socket) -> None:
        with self._lock:
            if not self._running:
                return
            place = self._places.get(socket.name)
            if place is not None and place.recovery is not None:
                place.socket = socket
                if not place.recovery.reenumerates:
                    self._of(socket.name).plugged.append(self._clock.monotonic())
                place.recovery.post(Plugged(socket))
                return
            past = self._of(socket.name)
            past.hospital = False
            past.plugged.append(self._clock.monotonic())
            place = self._places[socket.name] = _Place(socket)
            wait = self._turn(socket)
            if wait > 0:
                place.timer = self._clock.after(wait, lambda: self._begin(place))
        self._tell(socket.name)
        if wait <= 0:
            self._added(self._make_modem(socket))

    def _turn(self, socket: Socket) -> float:
        """Return the seconds until a modem may start, and keep the hub to itself for a while."""
        if self._start_gap <= 0:
            return 0.0
        now, hub = self._clock.monotonic(), hub_of(socket.name)
        at = max(now, self._turns.get(hub, now))
        self._turns[hub] = at + self._start_gap
        return at - now

    def _begin(self, place: _Place) -> None:
        with self._lock:
            if not self._running or self._places.get(place.socket.name) is not place:
                return
            place.timer = None
        self._added(self._make_modem(place.socket))

    def _pulled(self, name: str) -> None:
        with self._lock:
            place = self._places.get(name)
            if place is None or not self._running:
                return
            if place.recovery is not None and place.recovery.reenumerates:
                place.recovery.post(Pulled())
                return
            del self._places[name]
            self._of(name).hospital = False
            if place.timer is not None:
                place.timer.cancel()
            if place.recovery is not None:
                place.recovery.post(Ended())
        self._removed(name)
        self._tell(name)

    # --- what is told ---

    def _of(self, name: str) -> _Past:
        return self._past.setdefault(name, _Past())

    def _tell(self, name: str) -> None:
        self._told(name, self.health(name))

    def _health(self, name: str) -> Health:
        past, now = self._of(name), self._clock.monotonic()
        recent = [at for at in past.plugged if now - at < REENUMERATED_WITHIN]
        again = len(recent) - 1
        shown = again if again >= REENUMERATIONS else 0
        return Health(tuple(past.steps), past.hospital, shown)


def hub_of(socket_name: str) -> str:
    """Return the hub that a socket hangs on: ``usb:1-1.3`` hangs on ``usb:1-1``.

    Sockets without a place on the bus hang on one hub for each kind of name.
    """
    kind, _, path = socket_name.partition(":")
    if kind != "usb":
        return kind
    hub = path.rpartition(".")[0] or path.rpartition("-")[0]
    return f"usb:{hub}"
