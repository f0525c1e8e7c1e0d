"""One play on one leg: a clip, where it stands, and how it ends (once)."""

from __future__ import annotations

from typing import Final

import numpy as np

from appliance.media.prompts import Clip
from drivers.audio.port import SILENCE

SPEECH: Final = 0.32  # factor for the voice under a mixed play: -10 dB
PROMPT: Final = 0.8  # factor for the mixed play itself: -2 dB


class Play:
    """A clip on its way to one ear. The loader sets ``clip``; then the leg's thread takes frames.

    Args:
        play_id: The owner's number for it.
        loop: Start again at the end, for ever.
        interruptible: A key pressed on the leg ends it.
        mix: The other side's voice goes on below it.
    """

    def __init__(self, play_id: int, *, loop: bool, interruptible: bool, mix: bool) -> None:
        self.play_id = play_id
        self.loop = loop
        self.interruptible = interruptible
        self.mix = mix
        self.clip: Clip | None = None
        self._at = 0

    def next(self) -> bytes | None:
        """Return the next frame; silence while the clip is being decoded; None when it is over."""
        clip = self.clip
        if clip is None:
            return SILENCE
        if self._at >= len(clip):
            if not self.loop or not clip:
                return None
            self._at = 0
        frame = clip[self._at]
        self._at += 1
        return frame

    def over(self) -> bool:
        """Tell whether the last frame has been taken."""
        clip = self.clip
        return clip is not None and self._at >= len(clip) and not (self.loop and clip)


def mixed(voice: bytes, prompt: bytes) -> bytes:
    """Return the prompt with the voice, lowered, below it."""
    total = np.frombuffer(voice, dtype="<i2") * np.float32(SPEECH)
    total += np.frombuffer(prompt, dtype="<i2") * np.float32(PROMPT)
    return np.clip(total, -32768, 32767).astype("<i2").tobytes()
