"""Watches one leg's level: full scale, nothing at all, and a modem that has gone quiet."""

from __future__ import annotations

from typing import Final

import numpy as np

from appliance.media.events import Note
from drivers.audio.port import FRAME_SECONDS

EVERY: Final = 5  # one frame in so many is looked at: levels last longer than 100 ms
FULL_SCALE: Final = 32200  # A-law's largest value is 32256
CLIPPED: Final = 8  # samples of a frame at full scale that make it a clipped one
CLIPPED_FRAMES: Final = 5  # … of the frames looked at in a second
NOTHING: Final = 48  # peak below which a frame is empty (about -54 dBm0)
SILENT_SECONDS: Final = 10.0
STALLED_SECONDS: Final = 1.0


class LevelWatch:
    """Turns a leg's frames into notes, each once per spell. Belongs to the leg's thread."""

    def __init__(self) -> None:
        self._count = 0
        self._clipped = 0
        self._empty = 0
        self._told: set[Note] = set()

    def frame(self, frame: bytes) -> Note | None:
        """Take a received frame; return what is new about it."""
        self._told.discard("stalled")
        self._count += 1
        if self._count % EVERY:
            return None
        samples = np.frombuffer(frame, dtype="<i2")
        high, low = int(samples.max()), int(samples.min())
        peak = max(high, -low)
        if peak >= FULL_SCALE:
            loud = np.count_nonzero(np.abs(samples.astype(np.int32)) >= FULL_SCALE)
            self._clipped += int(loud >= CLIPPED)
        note = self._silence(peak)
        if self._count % 50 == 0:
            clipped, self._clipped = self._clipped, 0
            if clipped >= CLIPPED_FRAMES:
                return self._tell("clipping")
            self._told.discard("clipping")
        return note

    def stalled(self, seconds: float) -> Note | None:
        """Tell for how long no frame has come; return the note when that is long enough."""
        return self._tell("stalled") if seconds >= STALLED_SECONDS else None

    def _silence(self, peak: int) -> Note | None:
        if peak >= NOTHING:
            self._empty = 0
            self._told.discard("silence")
            return None
        self._empty += 1
        if self._empty * EVERY * FRAME_SECONDS >= SILENT_SECONDS:
            return self._tell("silence")
        return None

    def _tell(self, note: Note) -> Note | None:
        if note in self._told:
            return None
        self._told.add(note)
        return note
