"""The recovery ladder: what is tried, in which order, to bring a lost modem back.

One thread for one ill socket, named ``recovery-<number or socket>``. Each step that fails leads to
the next, harder one; after the last the socket is in hospital and the ladder is climbed again after
growing pauses. Other sockets notice nothing.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from drivers.clock import Clock
from drivers.modem import Socket

_log = logging.getLogger(__name__)


class Rung(StrEnum):
    """One step, the gentlest first. The engine takes the first one itself, on the open port."""

    RESYNCHRONISE = "resynchronise"
    REOPEN = "reopen"
    RESET = "reset"
    REBIND = "rebind"
    POWER = "power"


LADDER: Final = (Rung.REOPEN, Rung.RESET, Rung.REBIND, Rung.POWER)
_REENUMERATES: Final = frozenset({Rung.RESET, Rung.REBIND, Rung.POWER})


class Outcome(StrEnum):
    """What came of a step."""

    BACK = "back"
    FAILED = "failed"
    IMPOSSIBLE = "impossible"
    LIMITED = "limited"


@dataclass(frozen=True, slots=True)
class Step:
    """One step that was taken.

    Args:
        at: When it was begun.
        rung: Which.
        cause: Why: what the modem was lost for, or what the step before came to.
        outcome: What came of it.
    """

    at: datetime
    rung: Rung
    cause: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Paces:
    """Seconds of a recovery.

    Args:
        reopen: Before the port is opened again.
        gone: For a module that was reset to leave the bus.
        back: For it to come back; some need 90.
        port: For a port that went away by itself.
        verdict: For a modem that answers to be set up, or to be lost again.
        hospital: Pauses between two climbs, the last one again and again.
        power_every: Between two switchings of the power of one port.
        healthy: That a modem must live for its next loss to be a first one.
    """

    reopen: float = 0.5
    gone: float = 8.0
    back: float = 90.0
    port: float = 20.0
    verdict: float = 150.0
    hospital: tuple[float, ...] = (30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
    power_every: float = 1800.0
    healthy: float = 60.0


class LadderTools(Protocol):
    """What the steps are done with. All of it blocks, for a few seconds at most."""

    def answers(self, socket: Socket) -> bool:
        """Return whether the command port can be opened and answers ``AT``."""

    def reset(self, socket: Socket, family: str) -> bool:
        """Have the module restart, without waiting for its OK; False when that can't be tried."""

    def rebind(self, socket: Socket) -> bool:
        """Take the USB device from its driver and give it back; False when that can't be tried."""

    def power(self, socket: Socket) -> bool:
        """Switch the power of its port off and on; False when that can't be tried."""


# --- what a recovery is told ---


@dataclass(frozen=True, slots=True)
class Plugged:
    """The socket's modem is on the bus, perhaps with other ports."""

    socket: Socket


@dataclass(frozen=True, slots=True)
class Pulled:
    """It left the bus, as a step of ours makes it do."""


@dataclass(frozen=True, slots=True)
class Well:
    """The modem is set up, or tells what its SIM lacks."""


@dataclass(frozen=True, slots=True)
class LostAgain:
    """It was lost again."""

    cause: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The recovery is to end: the stick was pulled by somebody, or the box stops."""


News = Plugged | Pulled | Well | LostAgain | Ended


class Ward(Protocol):
    """What a recovery needs of the rack."""

    def hand_over(self, socket: Socket) -> None:
        """Have a modem made of the socket and started."""

    def stepped(self, name: str, step: Step) -> None:
        """A step was taken."""

    def in_hospital(self, name: str, again_in: float | None) -> None:
        """Every step failed and the next climb begins in so many seconds; None: it has begun."""

    def may_power(self, name: str) -> bool:
        """Return whether the port's power may be switched by now, and note that it is."""

    def recovered(self, name: str, rung: Rung) -> None:
        """The modem is well, by this step."""


class _Over(Exception):
    """The recovery was ended from outside."""


class Recovery:
    """One socket's way back.

    Args:
        socket: As it was last seen.
        family: The family of the modem in it, empty while unknown.
        cause: Why it was lost.
        first: The step to begin with.
        ward: The rack.
        tools: What steps are done with.
        paces: How long each may take.
        clock: The time of day, for the record.
        ended: Called with the recovery when its thread ends.
    """

    def __init__(
        self,
        socket: Socket,
        family: str,
        cause: str,
        first: Rung,
        *,
        ward: Ward,
        tools: LadderTools,
        paces: Paces,
        clock: Clock,
        ended: Callable[[Recovery], None],
    ) -> None:
        self.socket = socket
        self._family = family
        self._cause = cause
        self._first = first
        self._ward = ward
        self._tools = tools
        self._paces = paces
        self._clock = clock
        self._ended = ended
        self._news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self.reenumerates = False  # a step of ours makes the stick leave the bus
        name = f"recovery-{socket.msisdn or socket.name}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def post(self, news: News) -> None:
        """Tell it something; on any thread."""
        self._news.put(news)

    def join(self, timeout: float) -> None:
        """Wait for its end after :class:`Ended`."""
        if self._thread is not threading.current_thread():
            self._thread.join(timeout)

    # --- the thread ---

    def _run(self) -> None:
        try:
            self._climb()
        except _Over:
            _log.debug("%s: the recovery was ended", self.socket.name)
        except Exception:  # noqa: BLE001 - a fault here must not leave the socket without a ladder
            _log.exception("%s: the recovery failed of itself", self.socket.name)
        finally:
            self._ended(self)

    def _climb(self) -> None:
        rungs = LADDER[LADDER.index(self._first) :]
        pauses = iter(self._paces.hospital)
        pause = self._paces.hospital[0]
        while True:
            for rung in rungs:
                if self._take(rung):
                    self._ward.recovered(self.socket.name, rung)
                    return
            pause = next(pauses, pause)
            _log.error("%s: in hospital, tried again in %g s", self.socket.name, pause)
            self._ward.in_hospital(self.socket.name, pause)
            self._rest(pause)
            self._ward.in_hospital(self.socket.name, None)
            rungs = LADDER

    def _take(self, rung: Rung) -> bool:
        """Take one step; returns whether the modem is well."""
        began, cause = self._clock.now(), self._cause
        try:
            outcome = self._outcome(rung)
        except OSError as error:
            self._cause, outcome = f"{rung}: {error}", Outcome.FAILED
        finally:
            self.reenumerates = False
        name = self.socket.name
        level = logging.INFO if outcome is Outcome.BACK else logging.WARNING
        _log.log(level, "%s: %s because of %s: %s", name, rung.value, cause, outcome.value)
        self._ward.stepped(name, Step(began, rung, cause, outcome))
        return outcome is Outcome.BACK

    def _outcome(self, rung: Rung) -> Outcome:
        if rung is Rung.POWER and not self._ward.may_power(self.socket.name):
            return Outcome.LIMITED
        self.reenumerates = rung in _REENUMERATES
        if rung is Rung.REOPEN:
            self._wait(self._paces.reopen)
            there = Path(self.socket.port).exists() or self._back_within(self._paces.port)
        elif self._act(rung):
            there = self._left_and_came()
        else:
            return Outcome.IMPOSSIBLE
        if not there:
            self._cause = "its port is not there"
            return Outcome.FAILED
        if not self._tools.answers(self.socket):
            self._cause = "its port does not answer"
            return Outcome.FAILED
        return Outcome.BACK if self._becomes_well() else Outcome.FAILED

    def _act(self, rung: Rung) -> bool:
        if rung is Rung.RESET:
            return self._tools.reset(self.socket, self._family)
        if rung is Rung.REBIND:
            return self._tools.rebind(self.socket)
        return self._tools.power(self.socket)

    def _becomes_well(self) -> bool:
        self._ward.hand_over(self.socket)
        until = time.monotonic() + self._paces.verdict
        while (left := until - time.monotonic()) > 0:
            match self._hear(left):
                case Well():
                    return True
                case LostAgain(cause):
                    self._cause = cause
                    return False
                case Plugged():
                    self._ward.hand_over(self.socket)
                case _:
                    pass
        self._cause = "it was not set up in time"
        return False

    def _left_and_came(self) -> bool:
        """Wait until the stick has left the bus and is back; one that stays is there, too."""
        until = time.monotonic() + self._paces.gone
        while (left := until - time.monotonic()) > 0:
            news = self._hear(min(left, _LOOK))
            if isinstance(news, Plugged):
                return True
            if isinstance(news, Pulled) or not Path(self.socket.port).exists():
                told = isinstance(news, Pulled)
                return self._back_within(self._paces.back, by_news=told)
        return True

    def _back_within(self, seconds: float, *, by_news: bool = False) -> bool:
        """Wait for the port; once its source told that it went, only the source counts."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            news = self._hear(min(left, _LOOK))
            by_news = by_news or isinstance(news, Pulled)
            if isinstance(news, Plugged) or (not by_news and Path(self.socket.port).exists()):
                return True
        return False

    def _rest(self, seconds: float) -> None:
        """Be in hospital until the time is over or the stick comes anew."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if isinstance(self._hear(left), (Plugged, LostAgain)):
                return

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._hear(left)

    def _hear(self, seconds: float) -> News | None:
        """Take the next news within ``seconds``. Raises _Over."""
        try:
            news = self._news.get(timeout=seconds)
        except queue.Empty:
            return None
        if isinstance(news, Ended):
            raise _Over
        if isinstance(news, Plugged):
            self.socket = news.socket
        return news


_LOOK: Final = 0.25  # seconds between two looks whether a port is there
