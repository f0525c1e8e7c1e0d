"""Two modems whose clocks differ, over hours of virtual time: the bridge's own queues and paces.

Each modem gives a frame whenever its clock says so, a little late by chance, and stands still now
and then; what is written to it lies in a buffer from which it takes a frame at its own time. The
delay of every frame is from the time at which it was given to that at which the other modem takes
it.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field

from appliance.media.jitter import Backlog, JitterQueue, Pace
from appliance.media.tones import sine
from drivers.audio.port import FRAME_OCTETS, FRAME_SECONDS, SILENCE

LOUD = sine(1000.0, 0.02).astype("<i2").tobytes()
TALK = 125  # frames from one pause to the next: two seconds of talk, half a second of pause
CARD = 2  # frames that a card keeps in hand
POLL = 0.005  # seconds after which a leg that has nothing to read looks at the time


@dataclass
class Side:
    """One leg: its modem's clock, what waits for its ear, and what was measured there."""

    period: float
    queue: JitterQueue = field(default_factory=JitterQueue)
    backlog: Backlog = field(default_factory=lambda: Backlog(FRAME_OCTETS))
    pace: Pace = field(default_factory=lambda: Pace(0.0))
    due: float = 0.0
    given: int = 0
    late: float = 0.0
    stalled_until: float = 0.0
    held: list[float] = field(default_factory=list)  # frames that a stalled modem kept, by time
    buffer: deque[float | None] = field(default_factory=deque)  # times of the frames written to it
    deepest: int = 0
    starved: int = 0
    points: list[tuple[float, float]] = field(default_factory=list)  # time, delay
    worst: float = 0.0
    talk_lost: int = 0
    last: int | None = None


def frame_of(index: int, at: float) -> bytes:
    """Return a frame that tells its number and time; a pause is silent."""
    if index % TALK >= TALK * 4 // 5:
        return SILENCE
    return index.to_bytes(4, "little") + round(at * 1e4).to_bytes(6, "little") + LOUD[10:]


class Bridge:
    """The simulation.

    Args:
        ppm: By how much the second modem's clock is fast.
        jitter: Most seconds by which a frame comes late.
        stalls: Seconds between two stalls of a modem (0: none), each of ``stall`` seconds.
        every: Seconds between two points of the curve.
        card: The ears' ports are sound cards, which keep frames in hand: their queues are lean.
    """

    def __init__(
        self, ppm: float, *, jitter: float = 0.012, stalls: float = 0.0, stall: float = 1.0,
        every: float = 10.0, seed: int = 1, card: bool = False,
    ) -> None:  # fmt: skip
        self.sides = (Side(FRAME_SECONDS), Side(FRAME_SECONDS / (1.0 + ppm / 1e6), due=0.007))
        for side in self.sides if card else ():
            side.queue.lean = True
            side.backlog = Backlog(CARD * FRAME_OCTETS)
            side.buffer.extend([None] * CARD)
        self._jitter, self._stalls, self._stall, self._every = jitter, stalls, stall, every
        self._chance = random.Random(seed)
        self._next_stall = stalls or float("inf")

    def run(self, seconds: float) -> None:
        """Let that much time pass."""
        one, two = self.sides
        while True:
            side, other = (one, two) if one.due <= two.due else (two, one)
            if (now := side.due) >= seconds:
                return
            side.due = now + side.period
            if now >= self._next_stall:
                side.stalled_until = now + self._stall
                self._next_stall += self._stalls
            self._ear(side, now)
            at = now + self._chance.random() * self._jitter
            for stamp in self._given(side, now):
                other.queue.put(frame_of(side.given, stamp), at)
                side.given += 1
                for _ in range(side.pace.received(at)):
                    self._write(side, at)
            if now < side.stalled_until:
                for _ in range(round(side.period / POLL)):
                    write, skip = side.pace.idle(now)
                    for number in range(write + skip):
                        self._write(side, now, into=number < write)

    def _given(self, side: Side, now: float) -> list[float]:
        if now < side.stalled_until:
            side.held.append(now)
            return []
        held, side.held = side.held, []
        return [*held, now]

    def _write(self, side: Side, at: float, *, into: bool = True) -> None:
        frame = side.queue.take(at)
        waiting = len(side.buffer) * FRAME_OCTETS
        if not into or side.backlog.spare(waiting, frame or SILENCE) or len(side.buffer) > 6:
            return
        if frame is None or frame == SILENCE:
            side.buffer.append(None)
            return
        number = int.from_bytes(frame[:4], "little")
        if side.last is not None and number // TALK == side.last // TALK:
            side.talk_lost += number - side.last - 1
        side.last = number
        side.buffer.append(int.from_bytes(frame[4:10], "little") / 1e4)

    def _ear(self, side: Side, now: float) -> None:
        """The modem takes a frame to be heard."""
        side.deepest = max(side.deepest, len(side.buffer))
        if now < side.stalled_until or not side.buffer:
            side.starved += now >= side.stalled_until
            return
        stamp = side.buffer.popleft()
        if stamp is None:
            return
        delay = now - stamp
        if now > 2.0:
            side.worst = max(side.worst, delay)
        if not side.points or now - side.points[-1][0] >= self._every:
            side.points.append((now, delay))
