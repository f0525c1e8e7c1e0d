"""A leg's voice on a sound card, through pyalsaaudio 0.11.

What that library does when things go wrong, and what is made of it here:

* playback underrun: ``write`` returns -32 and the frame is lost. The card is given silence again
  before the next frame, a period more than before.
* capture overrun: ``read`` returns -32 as its length, once. A gap, never data; the next read is
  made without waiting, since a capture that is merely prepared would never report itself ready.
* card pulled out, sound server gone, card absent: ``ALSAAudioError``, here PortLost.
"""

from __future__ import annotations

import errno
import logging
import select
import time
from collections.abc import Callable
from typing import Any, Final

import alsaaudio
import numpy as np
from numpy.typing import NDArray

from drivers.audio.port import FRAME_OCTETS, SAMPLE_RATE, SILENCE
from drivers.audio.resample import Down, Up
from drivers.errors import PortLost
from drivers.modem import AudioSpec

_log = logging.getLogger(__name__)

CAPTURE_PERIODS: Final = 8  # of 20 ms that the card may hold for us before it overruns
PLAYBACK_PERIODS: Final = 6  # … and that we may be ahead of it
PREFILL: Final = 2  # periods of silence that a playback begins with
MOST: Final = 4  # … and to which every underrun adds one, for a card that needs more
CALM: Final = 3000  # frames without an underrun after which one period less is kept in hand: 60 s
FRAMES_PER_SECOND: Final = 50


class AlsaPort:
    """An audio port on an ALSA PCM.

    Args:
        spec: ``address`` is a PCM's name such as ``hw:CARD=Android``; ``rate`` 8000, 16000 or
            48000,
            which the card must really take: a rate that was only nearly met is refused.
    """

    def __init__(self, spec: AudioSpec) -> None:
        self._spec = spec
        self._ratio = spec.rate // SAMPLE_RATE
        self._capture: alsaaudio.PCM | None = None
        self._playback: alsaaudio.PCM | None = None
        self._channels = (1, 1)  # of capture and playback
        self._poll: select.poll | None = None  # of what is captured
        self._room = 0  # frames that the playback has room for
        self._waiting = bytearray()  # captured, less than a frame
        self._unsent = b""  # of a frame that the card took in part
        self._kick = True
        self._in_hand = PREFILL
        self._calm = 0  # frames since the last underrun
        self._down = Down(self._ratio) if self._ratio > 1 else None
        self._up = Up(self._ratio) if self._ratio > 1 else None

    @property
    def usual(self) -> int:
        """Octets (at 8 kHz) that wait in the card when all is well, right after a write."""
        return self._in_hand * FRAME_OCTETS

    def open(self) -> None:
        """Open capture and playback and start both. Raises PortLost."""
        self.close()
        if self._ratio * SAMPLE_RATE != self._spec.rate or self._ratio not in (1, 2, 6):
            raise PortLost(f"{self._spec.address}: 8000, 16000 or 48000 Hz, not {self._spec.rate}")
        self._capture, heard, _ = self._open_pcm(alsaaudio.PCM_CAPTURE, CAPTURE_PERIODS)
        try:
            self._open_playback()
            self._poll = self._poll_of(self._capture)
        except PortLost:
            self.close()
            raise
        self._channels = (heard, self._channels[1])
        self._waiting.clear()
        self._kick = True
        self._prefill(self._open(self._playback))

    def close(self) -> None:
        """Close both; a read that waits ends with PortLost. Harmless when closed."""
        for pcm in (self._capture, self._playback):
            if pcm is not None:
                try:
                    pcm.close()
                except alsaaudio.ALSAAudioError as error:  # the card went first
                    _log.info("%s: closed after %s", self._spec.address, error)
        self._capture = self._playback = self._poll = None

    def read(self, timeout: float) -> bytes | None:
        """Return one frame, or None after ``timeout`` seconds or at a gap. Raises PortLost."""
        size = self._spec.rate // FRAMES_PER_SECOND * 2 * self._channels[0]
        deadline = time.monotonic() + timeout
        while len(self._waiting) < size:
            capture = self._open(self._capture)
            if not self._kick and not self._ready(deadline):
                return None
            self._kick = False
            length, data = self._guarded(capture.read)
            if length > 0:
                self._waiting += data
            elif length < 0 and length != -errno.EAGAIN:
                self._waiting.clear()
                self._kick = True
                return None
            elif time.monotonic() >= deadline:
                return None
        frame = bytes(self._waiting[:size])
        del self._waiting[:size]
        return self._to_box(frame)

    def write(self, frame: bytes) -> bool:
        """Send one frame, or return False when the card is full. Raises PortLost."""
        playback = self._open(self._playback)
        if self._unsent:
            self._unsent = self._unsent[self._send(playback, self._unsent) :]
            if self._unsent:
                return False
        data = self._to_card(frame)
        taken = self._send(playback, data)
        self._unsent = data[taken:] if taken else b""
        self._calm += 1
        if self._calm >= CALM and self._in_hand > PREFILL:
            self._in_hand -= 1
            self._calm = 0
        return taken > 0

    def queued(self) -> int:
        """Return the octets (at 8 kHz) that the card has not yet played."""
        playback = self._playback
        if playback is None:
            return 0
        try:
            free = playback.avail()
        except alsaaudio.ALSAAudioError:
            return 0  # told by the next write
        return (self._room - free) // self._ratio * 2 if 0 <= free <= self._room else 0

    def flush(self) -> None:
        """Throw away what the card has captured and not yet played. Raises PortLost."""
        capture = self._open(self._capture)
        playback, self._playback = self._open(self._playback), None
        self._unsent = b""
        self._in_hand = PREFILL  # what it ran dry of before anybody spoke does not count
        playback.close()  # the library can drop what is queued, but not start again after it
        self._open_playback()
        self._prefill(self._open(self._playback))
        self._waiting.clear()  # last, for opening takes its time
        held = self._guarded(capture.avail) // (self._spec.rate // FRAMES_PER_SECOND)
        for _ in range(min(held, CAPTURE_PERIODS)):
            self._guarded(capture.read)

    # --- inside ---------------------------------------------------------------------------------

    def _open_playback(self) -> None:
        self._playback, said, self._room = self._open_pcm(alsaaudio.PCM_PLAYBACK, PLAYBACK_PERIODS)
        self._channels = (self._channels[0], said)

    def _open_pcm(self, direction: int, periods: int) -> tuple[alsaaudio.PCM, int, int]:
        """Return the PCM, its channels and the frames that it has room for."""
        name = self._spec.address
        try:
            pcm = alsaaudio.PCM(
                type=direction,
                mode=alsaaudio.PCM_NONBLOCK,
                device=name,
                rate=self._spec.rate,
                channels=1,
                format=alsaaudio.PCM_FORMAT_S16_LE,
                periodsize=self._spec.rate // FRAMES_PER_SECOND,
                periods=periods,
            )
            told = pcm.info()
        except alsaaudio.ALSAAudioError as error:
            raise PortLost(f"{name}: {error}") from error
        if told["rate"] != self._spec.rate or told["channels"] not in (1, 2):
            pcm.close()
            found = f"{told['rate']} Hz and {told['channels']} channels"
            raise PortLost(f"{name}: {self._spec.rate} Hz wanted, the card runs at {found}")
        return pcm, told["channels"], told["buffer_size"]

    def _open(self, pcm: alsaaudio.PCM | None) -> alsaaudio.PCM:
        if pcm is None:
            raise PortLost(f"{self._spec.address}: closed")
        return pcm

    def _poll_of(self, capture: alsaaudio.PCM) -> select.poll:
        poll = select.poll()
        for descriptor, events in self._guarded(capture.polldescriptors):
            poll.register(descriptor, events)
        return poll

    def _ready(self, deadline: float) -> bool:
        left = max(0.0, deadline - time.monotonic())
        poll = self._poll
        if poll is None:
            raise PortLost(f"{self._spec.address}: closed")
        return bool(poll.poll(left * 1000.0))

    def _send(self, playback: alsaaudio.PCM, data: bytes) -> int:
        """Write; return the octets that the card took. An underrun is made good first."""
        taken = self._guarded(playback.write, data)
        if taken < 0 and taken != -errno.EAGAIN:
            self._in_hand = min(MOST, self._in_hand + 1)
            self._calm = 0
            _log.debug("%s: playback ran dry: %d in hand", self._spec.address, self._in_hand)
            self._prefill(playback)
            taken = self._guarded(playback.write, data)
        return max(0, int(taken)) * 2 * self._channels[1]

    def _prefill(self, playback: alsaaudio.PCM) -> None:
        for _ in range(self._in_hand):
            self._guarded(playback.write, self._to_card(SILENCE))

    def _guarded(self, call: Callable[..., Any], *arguments: object) -> Any:
        try:
            return call(*arguments)
        except (alsaaudio.ALSAAudioError, OSError) as error:
            raise PortLost(f"{self._spec.address}: {error}") from error

    def _to_box(self, octets: bytes) -> bytes:
        if self._down is None and self._channels[0] == 1:
            return octets
        samples: NDArray[np.int16] = np.frombuffer(octets, dtype="<i2")
        if self._channels[0] == 2:
            samples = samples.reshape(-1, 2).mean(axis=1).astype(np.int16)
        if self._down is not None:
            samples = self._down.frame(samples)
        return samples.astype("<i2").tobytes()

    def _to_card(self, frame: bytes) -> bytes:
        if self._up is None and self._channels[1] == 1:
            return frame
        samples: NDArray[np.int16] = np.frombuffer(frame, dtype="<i2")
        if self._up is not None:
            samples = self._up.frame(samples)
        return np.repeat(samples, self._channels[1]).astype("<i2").tobytes()
