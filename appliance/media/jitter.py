"""The queue between two legs and the pace of a leg: both bounded."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

import numpy as np

from drivers.audio.port import FRAME_OCTETS, FRAME_SECONDS, SILENCE

PRIME: Final = 2  # frames that must wait before the first is given out: 40 ms
CAP: Final = 5  # frames that may ever wait: 100 ms; beyond, the oldest is dropped
WATCH: Final = 64  # frames over which the queue's lowest depth is judged: 1.28 s
WATCH_FIRST: Final = 8  # … at the beginning, and twice as many each time after
GRACE: Final = 0.012  # seconds that a lean queue's ear waits for a frame that is due
SOON: Final = -0.006  # seconds that a frame waits in one at the least; less than 0: the ear does
LONG: Final = 0.019  # … and at the most, of the least: a frame and some hysteresis
EXCESS: Final = 2  # frames beyond the usual that are too much to wait in a port
NEARLY: Final = FRAME_OCTETS // 10  # octets (2 ms) that a card's clock may hide of a frame too many
_NOTHING: Final = 1 << 30  # octets: nothing has been seen yet
QUIET: Final = 260  # peak of a frame in which a slip is not heard (about -39 dBm0)

LATE: Final = 2.5 * FRAME_SECONDS  # seconds without a frame after which time itself is the clock
UNMATCHED: Final = 5  # frames written ahead of a silent modem: 100 ms
BURST: Final = 3.0  # frames that may be made up at once after lateness
SPARE: Final = 1.01  # frames allowed per frame time, so that a fast modem is followed (1 %)


def quiet(frame: bytes) -> bool:
    """Tell whether nothing would be missed if this frame were dropped or doubled."""
    if frame == SILENCE:
        return True
    samples = np.frombuffer(frame, dtype="<i2")
    return int(samples.max()) < QUIET and int(samples.min()) > -QUIET


class JitterQueue:
    """Frames from one leg for the other. One thread puts, one thread takes.

    The depth right after a take is watched. If over :data:`WATCH` frames it never fell to its
    normal level, one frame is too many: the next quiet one is dropped. If it fell to nothing, one
    is missing: the next quiet one is doubled. So clocks that differ cost a slip in a pause, not a
    growing delay.

    A ``lean`` queue is for an ear whose port keeps frames of its own in hand, as a sound card does.
    It gives out the first frame at once, and watches for how long frames have waited instead: the
    least wait is kept between :data:`SOON` and :data:`LONG`. Its ear may wait a moment for a frame
    that is due (:meth:`wait`), for its card has more in hand than that: two cards in step would
    else cost a whole frame time.

    Attributes:
        lean: See above.
        came: Set by a put that is waited for.
        lost: Frames dropped because the queue was full.
        empty: Frames of silence given out in the midst of a stream because nothing had come.
        slips: Quiet frames dropped or doubled.
    """

    def __init__(self, *, lean: bool = False) -> None:
        self._frames: deque[bytes] = deque(maxlen=CAP)
        self._times: deque[float] = deque(maxlen=CAP)  # of a lean queue: when each was put
        self._primed = False
        self._dry = 0
        self._lowest = float(CAP)
        self._watched = 0
        self._watch = WATCH_FIRST
        self._wanted = 0  # frames to drop (-1) or double (+1) at the next pause
        self._awaited = False
        self._overflowed = False  # something stood still: what waits is late
        self.lean = lean
        self.came = threading.Event()
        self.lost = 0
        self.empty = 0
        self.slips = 0

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, frame: bytes, now: float = 0.0) -> None:
        """Add a frame; when full the oldest goes, and the next take leaves no more than usual."""
        if len(self._frames) == CAP:
            self.lost += 1
            self._overflowed = True
        if self.lean:
            self._times.append(now)
        self._frames.append(frame)
        if self._awaited:
            self.came.set()

    def wait(self, seconds: float) -> None:
        """Wait so long at most for the next frame of a lean queue that gave one the time before.

        Where a quiet one is to be dropped, it is waited for the one that is heard in its place.
        """
        if not self.lean or not self._primed or self._dry:
            return
        dropping = self._wanted < 0 and len(self._frames) == 1 and quiet(self._frames[0])
        needed = 2 if dropping else 1
        if len(self._frames) >= needed:
            return
        self.came.clear()
        self._awaited = True
        if len(self._frames) < needed:
            self.came.wait(seconds)
        self._awaited = False

    def look_soon(self) -> None:
        """Judge what waits within the next few frames: its ear has stood still. The taker's."""
        self._watch = WATCH_FIRST
        self._watch_anew()

    def silence_last(self, frames: int) -> None:
        """Silence the newest frames that still wait (the beginning of a key's tone)."""
        for back in range(1, frames + 1):
            try:
                self._frames[-back] = SILENCE
            except IndexError:
                return

    def clear(self) -> None:
        """Forget what waits; the next frames are gathered up to :data:`PRIME` first."""
        self._frames.clear()
        self._times.clear()
        self._primed = False
        self._wanted = 0
        self._dry = 0
        self._overflowed = False
        self._watch = WATCH_FIRST

    def take(self, now: float = 0.0) -> bytes | None:
        """Return the next frame, or None when there is none to give."""
        if not self._primed:
            if len(self._frames) < (1 if self.lean else PRIME):
                return None
            self._primed, self._dry = True, 0
            while len(self._frames) > (1 if self.lean else PRIME):
                self._drop()  # nothing has been heard yet: begin without delay
            self._watch_anew()
        if self._overflowed:
            self._overflowed = False
            while len(self._frames) > (1 if self.lean else PRIME):
                self._drop()
                self.lost += 1
            self._watch_anew()
        try:
            frame = self._frames.popleft()
        except IndexError:
            self._ran_dry()
            return None
        self._dry = 0
        return self._slip(frame, now)

    def _drop(self) -> bytes:
        if self._times:
            self._times.popleft()
        return self._frames.popleft()

    def _ran_dry(self) -> None:
        self.empty += 1
        self._dry += 1
        self._lowest = -1.0
        if self._dry > CAP:
            self.clear()

    def _watch_anew(self) -> None:
        self._lowest, self._watched = float(CAP), 0

    def _slip(self, frame: bytes, now: float) -> bytes:
        depth = len(self._frames)
        put_at = self._times.popleft() if self._times else now
        self._lowest = min(self._lowest, now - put_at if self.lean else depth)
        self._watched += 1
        if self._watched >= self._watch:
            self._watch = min(WATCH, 2 * self._watch)
            few, many = (SOON, LONG) if self.lean else (1, PRIME)
            self._wanted = -1 if self._lowest >= many else int(self._lowest < few)
            self._watch_anew()
        if self._wanted and (depth or self._wanted > 0) and quiet(frame):
            if self._wanted > 0:
                self._frames.appendleft(frame)
                if self.lean:
                    self._times.appendleft(put_at)
            else:
                frame = self._drop()
            self._wanted = 0
            self.slips += 1
            self._watch_anew()
        return frame


class Backlog:
    """Watches what waits in a port, so that a stall that is over leaves no delay behind.

    If over :data:`WATCH` frames too much never ceased to wait in it before a frame was written, the
    next quiet frame is not. Too much is :data:`EXCESS` frames more than usual, or for a port that
    keeps frames in hand nearly (:data:`NEARLY`) what it has right after a write when all is well,
    for a frame of that has been played by the next.
    """

    def __init__(self) -> None:
        self._excess = False
        self._lowest = _NOTHING
        self._watched = 0
        self._watch = WATCH_FIRST

    def spare(self, waiting: int, frame: bytes, usual: int, *, lean: bool) -> bool:
        """Tell whether this frame is not to be written.

        Args:
            waiting: Octets that wait in the port.
            frame: What is to be written.
            usual: Octets that wait in it when all is well, right after a write.
            lean: The port keeps frames in hand.
        """
        self._lowest = min(self._lowest, waiting)
        self._watched += 1
        if self._watched >= self._watch:
            self._watch = min(WATCH, 2 * self._watch)
            self._excess = self._lowest >= usual + (-NEARLY if lean else EXCESS * FRAME_OCTETS)
            self._lowest, self._watched = _NOTHING, 0
        if not self._excess or not quiet(frame):
            return False
        self._excess = False
        self._lowest, self._watched = _NOTHING, 0
        return True


class Pace:
    """Says how many frames a leg owes its modem, from frames that came and time that passed.

    One frame in, one frame out: that locks a leg to its modem's clock. When nothing comes for
    :data:`LATE` seconds, time goes on in its place so that plays and recordings advance, but at
    most :data:`UNMATCHED` frames are really written ahead of a modem that may not be taking them;
    when its frames come again they are matched with those first. What comes late in one burst is
    answered only as far as the time that passed allows. So the octets that wait inside a modem stay
    bounded whatever stalls, on either side.

    Args:
        now: Monotonic seconds.
    """

    def __init__(self, now: float) -> None:
        self._started = False
        self._came = now
        self._ticked = now
        self._counted = now
        self._allowed = 1.0
        self._ahead = 0

    def received(self, now: float) -> int:
        """A frame has come: return 1 if one is to be written for it, else 0."""
        self._started = True
        self._came = now
        if now - self._ticked > LATE:
            self._allowed, self._counted = 1.0, now  # our own lateness is not made up
        self._earn(now)
        if self._ahead:
            self._ahead -= 1
            return 0
        if self._allowed < 1.0:
            return 0
        self._tick(now)
        return 1

    def idle(self, now: float) -> tuple[int, int]:
        """Nothing has come: return frames to write, and frames to let pass unwritten."""
        if not self._started or now - self._came < LATE:
            return 0, 0
        due = int((now - self._ticked) / FRAME_SECONDS)
        if due > BURST:
            self._ticked = now - FRAME_SECONDS
            due = 1
        write = min(due, UNMATCHED - self._ahead)
        self._ahead += write
        self._earn(now)
        self._allowed = max(0.0, self._allowed - due)
        self._ticked += due * FRAME_SECONDS
        return write, due - write

    def _earn(self, now: float) -> None:
        earned = (now - self._counted) * SPARE / FRAME_SECONDS
        self._allowed = min(BURST, self._allowed + earned)
        self._counted = now

    def _tick(self, now: float) -> None:
        self._allowed = max(0.0, self._allowed - 1.0)
        self._ticked = now
