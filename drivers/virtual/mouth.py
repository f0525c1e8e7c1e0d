"""What a person says and hears: a queue of sounds, and the record of a call's other half."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from drivers.virtual.audio import SILENCE
from drivers.virtual.wav import write

_KEPT_FRAMES = 90_000  # half an hour; of a longer call the end is kept


Begun = Callable[[bool], None]
"""Told True when a sound begins, False once it is certain that it never will."""


class Mouth:
    """Sounds that are spoken one after the other."""

    def __init__(self) -> None:
        self._sounds: deque[tuple[deque[bytes], Begun]] = deque()
        self._current: deque[bytes] = deque()

    def say(self, frames: Sequence[bytes], begun: Begun) -> None:
        """Queue a sound; ``begun`` is told when its first frame goes out."""
        self._sounds.append((deque(frames), begun))

    def next(self) -> bytes | None:
        """Return the next 20 ms, None for silence."""
        if not self._current and self._sounds:
            self._current, begun = self._sounds.popleft()
            begun(True)
        return self._current.popleft() if self._current else None

    def fall_silent(self) -> None:
        """Say nothing more; whoever waited for a sound to begin is told that it never will."""
        self._current.clear()
        sounds, self._sounds = self._sounds, deque()
        for _, begun in sounds:
            begun(False)

    @property
    def speaking(self) -> bool:
        """True while there is something to say."""
        return bool(self._current or self._sounds)


class Ear:
    """The record of what one call sounded like."""

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque(maxlen=_KEPT_FRAMES)

    def hear(self, frame: bytes | None) -> None:
        """Add 20 ms; None is silence."""
        self._frames.append(SILENCE if frame is None else frame)

    @property
    def frames(self) -> list[bytes]:
        """What was heard, in frames."""
        return list(self._frames)

    def wav(self) -> bytes:
        """Return what was heard as a WAV file."""
        return write(self._frames)
