"""Two modems whose clocks differ, over hours of virtual time, and the whole legs between them.

Each modem gives a frame whenever its clock says so, which arrives a little late by chance, and
stands still now and then; what is written to it lies in a buffer from which it takes a frame at its
own time. The delay of every frame is from the time at which it was given to that at which the other
modem takes it. The legs are the media room's own, with their pace, levels and recording; only their
threads are missing: each step is taken when a frame has arrived or a read would have timed out.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable

from appliance.media.events import MediaEvent
from appliance.media.leg import Leg, Session
from appliance.media.tones import sine
from drivers.audio.port import FRAME_OCTETS, FRAME_SECONDS, SILENCE
from drivers.clock import ManualClock
from drivers.errors import PortLost
from drivers.modem import AudioSpec

LOUD = sine(1000.0, 0.02).astype("<i2").tobytes()
TALK = 125  # frames from one pause to the next: two seconds of talk, half a second of pause
CARD = 2  # frames that a card keeps in hand
ROOM = 6  # frames that a card has room for
SETTLED = 5.0  # seconds after which the worst delay is judged
NEVER = float("inf")


def frame_of(index: int, at: float) -> bytes:
    """Return a frame that tells its number and time; a pause is silent."""
    if index % TALK >= TALK * 4 // 5:
        return SILENCE
    return index.to_bytes(4, "little") + round(at * 1e4).to_bytes(6, "little") + LOUD[10:]


class SimulatedClock(ManualClock):
    """A clock that is set, without anybody to wake."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 0.0

    def monotonic(self) -> float:
        return self.at


class Side:
    """One modem, its port, its leg, and what was measured at its ear."""

    def __init__(self, bridge: Bridge, name: str, period: float, due: float, card: bool) -> None:
        self.period, self.due = period, due
        self.usual = (CARD if card else 1) * FRAME_OCTETS
        self.arriving: deque[tuple[float, bytes]] = deque()
        self.deadline = NEVER  # when the leg's read times out
        self.busy = False  # the leg is in the midst of a step
        self.given = 0
        self.stalled_until = 0.0
        self.dead = False
        self.held: list[float] = []  # frames that a stalled modem kept, by time
        self.buffer: deque[float | None] = deque([None] * CARD if card else [])
        self.deepest = 0
        self.starved = 0
        self.points: list[tuple[float, float]] = []  # time, delay
        self.worst = 0.0
        self.talk_lost = 0
        self._last: int | None = None
        self._bridge = bridge
        self.leg = Leg(
            bridge.session, name, AudioSpec("serial", name), open_port=lambda _: self,
            clock=bridge.clock, post=bridge.events.append, ended=lambda _: None,
        )  # fmt: skip
        self.leg.inbox.came = self  # type: ignore[assignment]
        self._came = False

    # --- the modem ---

    def turn(self, now: float, jitter: float, every: float) -> None:
        """Take a frame to be heard and give one, unless the modem stands still."""
        self.due = now + self.period
        self.deepest = max(self.deepest, len(self.buffer))
        if now < self.stalled_until:
            self.held.append(now)
            return
        if self.buffer:
            self._hear(self.buffer.popleft(), now, every)
        else:
            self.starved += 1
        held, self.held = self.held, []
        for stamp in (*held, now):
            after = self.arriving[-1][0] if self.arriving else 0.0
            self.arriving.append((max(after, now + jitter), frame_of(self.given, stamp)))
            self.given += 1

    def _hear(self, stamp: float | None, now: float, every: float) -> None:
        if stamp is None:
            return
        delay = now - stamp
        if now > SETTLED:
            self.worst = max(self.worst, delay)
        if not self.points or now - self.points[-1][0] >= every:
            self.points.append((now, delay))

    # --- its port ---

    def open(self) -> None:
        """Nothing is to be done."""

    def close(self) -> None:
        """Nor here."""

    def flush(self) -> None:
        """Nor here."""

    def read(self, timeout: float) -> bytes | None:
        """Return what has arrived by now."""
        if self.dead:
            raise PortLost("unplugged")
        if self.arriving and self.arriving[0][0] <= self._bridge.clock.at:
            return self.arriving.popleft()[1]
        return None

    def write(self, frame: bytes) -> bool:
        """Keep a frame for the modem, as its time."""
        if len(self.buffer) > ROOM:
            return False
        if frame == SILENCE:
            self.buffer.append(None)
            return True
        number = int.from_bytes(frame[:4], "little")
        if self._last is not None and number // TALK == self._last // TALK:
            self.talk_lost += number - self._last - 1
        self._last = number
        self.buffer.append(int.from_bytes(frame[4:10], "little") / 1e4)
        return True

    def queued(self) -> int:
        """Return the octets that the modem has not taken."""
        return len(self.buffer) * FRAME_OCTETS

    # --- the leg's turn, and its waiting for the other's frame ---

    def next_step(self) -> float:
        """Return when the leg goes on."""
        if self.busy:
            return NEVER
        return min(self.arriving[0][0] if self.arriving else NEVER, self.deadline)

    def set(self) -> None:
        """The frame that was waited for has come."""
        self._came = True

    def clear(self) -> None:
        """It has not."""
        self._came = False

    def wait(self, seconds: float) -> None:
        """Let the rest of the world go on until it has, or so long."""
        self._bridge.until(self._bridge.clock.at + seconds, lambda: self._came)


class Bridge:
    """The simulation.

    Args:
        ppm: By how much the second modem's clock is fast.
        slow: By how much the first one's is slow.
        jitter: Most seconds by which a frame comes late.
        stalls: Seconds between two stalls of a modem (0: none), each of ``stall`` seconds.
        every: Seconds between two points of the curve.
        card: The ears' ports are sound cards, which keep frames in hand: their queues are lean.
        dies: Seconds after which the first modem is pulled out.
    """

    def __init__(
        self, ppm: float, *, slow: float = 0.0, jitter: float = 0.012, stalls: float = 0.0,
        stall: float = 1.0, every: float = 10.0, seed: int = 1, card: bool = False,
        dies: float = NEVER,
    ) -> None:  # fmt: skip
        self.clock = SimulatedClock()
        self.session = Session("drift")
        self.session.bridged = True
        self.events: list[MediaEvent] = []
        self.sides = (
            Side(self, "a", FRAME_SECONDS / (1.0 - slow / 1e6), 0.0, card),
            Side(self, "b", FRAME_SECONDS / (1.0 + ppm / 1e6), 0.007, card),
        )
        for side in self.sides:
            self.session.legs[side.leg.name] = side.leg
            side.leg.begin(side)
            side.deadline = FRAME_SECONDS
        self._jitter, self._stalls, self._stall, self._every = jitter, stalls, stall, every
        self._chance = random.Random(seed)
        self._next_stall = stalls or NEVER
        self._dies = dies

    def run(self, seconds: float) -> None:
        """Let so much time pass from the beginning."""
        self.until(seconds, lambda: False)

    def until(self, end: float, condition: Callable[[], bool]) -> None:
        """Let things happen in their order until a time, or a condition after one of them."""
        one, two = self.sides
        while not condition():
            modem = one if one.due <= two.due else two
            first, second = one.next_step(), two.next_step()
            leg, at = (one, first) if first <= second else (two, second)
            now = min(modem.due, at)
            if now >= end:
                break
            self.clock.at = max(self.clock.at, now)
            if modem.due <= at:
                self._turn(modem, now)
            else:
                self._step(leg)
        else:
            return
        self.clock.at = max(self.clock.at, end)

    def _turn(self, modem: Side, now: float) -> None:
        if now >= self._next_stall:
            modem.stalled_until = now + self._stall
            self._next_stall += self._stalls
        if now >= self._dies:
            self.sides[0].dead = True
        modem.turn(now, self._chance.random() * self._jitter, self._every)
        if modem.dead:
            modem.due = modem.deadline = NEVER

    def _step(self, side: Side) -> None:
        side.busy = True
        try:
            side.leg.step(side)
        except PortLost:
            side.deadline = NEVER
            side.arriving.clear()
            return  # as the leg's thread: it ends, and stays busy for ever
        side.deadline = self.clock.at + FRAME_SECONDS
        side.busy = False
