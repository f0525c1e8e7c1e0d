"""Watches one leg's level: full scale, nothing at all, noise, a stalled modem, an announcement."""

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
NOISY: Final = 290.0  # RMS (about -38 dBm0) that the quietest moments of speech stay well below
NOISY_SECONDS: Final = 10.0
STALLED_SECONDS: Final = 1.0
TALK: Final = 400  # peak from which a frame is somebody talking
BREATH: Final = 0.8  # seconds of quiet that are a pause: a person who answers makes one and waits
MONOLOGUE: Final = 6.0  # seconds of talk without one, at the beginning, that a person rarely makes
BEGINNING: Final = 3.0  # seconds after the answer within which an announcement begins

_LOOK: Final = EVERY * FRAME_SECONDS


class LevelWatch:
    """Turns a leg's frames into notes, each once per spell. Belongs to the leg's thread.

    Args:
        called: The leg was called by the box: what answers may be a machine.
    """

    def __init__(self, *, called: bool = False) -> None:
        self._count = 0
        self._clipped = 0
        self._empty = 0
        self._noisy = 0
        self._told: set[Note] = set()
        self._machine = Monologue() if called else None

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
        note = self._silence(peak) or self._noise(samples, peak) or self._monologue(peak)
        if self._count % 50 == 0:
            clipped, self._clipped = self._clipped, 0
            if clipped >= CLIPPED_FRAMES:
                return self._tell("clipping") or note
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
        return self._tell("silence") if self._empty * _LOOK >= SILENT_SECONDS else None

    def _noise(self, samples: np.ndarray, peak: int) -> Note | None:
        wave = samples.astype(np.float32)
        if peak < NOISY or float(wave @ wave) < len(wave) * NOISY**2:
            self._noisy = 0
            self._told.discard("noise")
            return None
        self._noisy += 1
        return self._tell("noise") if self._noisy * _LOOK >= NOISY_SECONDS else None

    def _monologue(self, peak: int) -> Note | None:
        if self._machine is None:
            return None
        machine = self._machine.look(peak >= TALK)
        if machine is not None:
            self._machine = None
        return self._tell("announcement") if machine else None

    def _tell(self, note: Note) -> Note | None:
        if note in self._told:
            return None
        self._told.add(note)
        return note


class Monologue:
    """Tells a machine that answers from a person, by the first seconds of talk."""

    def __init__(self) -> None:
        self._looks = 0
        self._talk = 0.0
        self._quiet = 0.0

    def look(self, talking: bool) -> bool | None:
        """Take a tenth of a second; return True for a machine, False for none, None: go on."""
        self._looks += 1
        if talking:
            self._talk += self._quiet + _LOOK if self._talk else _LOOK
            self._quiet = 0.0
            return True if self._talk >= MONOLOGUE else None
        self._quiet += _LOOK
        if self._quiet >= BREATH:
            self._talk = 0.0
        late = self._looks * _LOOK > BEGINNING
        return False if late and not self._talk else None
