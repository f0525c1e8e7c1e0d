"""The far side of a serial voice port: a modem's voice on a pty, paced by its own clock."""

from __future__ import annotations

import os
import random
import select
import threading
import time
import tty
from collections import deque

import numpy as np

from appliance.media.g711 import Samples
from appliance.media.leg import hurry
from drivers.audio.port import FRAME_OCTETS, FRAME_SECONDS, SILENCE
from drivers.modem import AudioSpec
from tests.media.rig import cut, joined


class PtyModem:
    """A pty whose master side is the modem.

    Args:
        period: Seconds per frame of this modem's clock.
        jitter: Most seconds by which a frame leaves late.
        seed: Of the jitter.
    """

    def __init__(
        self, *, period: float = FRAME_SECONDS, jitter: float = 0.0, seed: int = 1
    ) -> None:
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(self.master, False)
        self.spec = AudioSpec("serial", self.path)
        self.heard: list[bytes] = []
        self.dry = 0
        self.deepest = 0
        self._period = period
        self._jitter = jitter
        self._chance = random.Random(seed)
        self._to_say: deque[bytes] = deque()
        self._waiting = bytearray()
        self._ending = threading.Event()
        self._frozen = threading.Event()
        self.silent = threading.Event()
        self._thread: threading.Thread | None = None

    # --- by hand: the test is the clock ---------------------------------------------------------

    def put(self, frame: bytes) -> None:
        """Hand the box one frame."""
        assert os.write(self.master, frame) == len(frame)

    def take(self, timeout: float = 5.0) -> bytes:
        """Return the next frame that the box has written."""
        deadline = time.monotonic() + timeout
        while len(self._waiting) < FRAME_OCTETS:
            left = deadline - time.monotonic()
            assert left > 0, "the box wrote nothing"
            if select.select([self.master], [], [], left)[0]:
                self._waiting += os.read(self.master, 4096)
        return self._cut_off()

    # --- by its own clock -----------------------------------------------------------------------

    def start(self) -> None:
        """Begin to send and take a frame every period."""
        self._thread = threading.Thread(target=self._run, name=f"modem-{self.path}", daemon=True)
        self._thread.start()

    def say(self, samples: Samples) -> None:
        """Speak as soon as the frames before have left."""
        self._to_say.extend(cut(samples))

    def freeze(self, seconds: float) -> None:
        """Do nothing at all for a while, as firmware does."""
        self._frozen.set()
        threading.Event().wait(seconds)
        self._frozen.clear()

    def recorded(self) -> Samples:
        """What was heard, silence where nothing had come in time."""
        return joined(self.heard)

    def unplug(self) -> None:
        """Pull the modem: the pty's master side is closed."""
        self._end_thread()
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    close = unplug

    def _end_thread(self) -> None:
        self._ending.set()
        if self._thread is not None:
            self._thread.join(5)
            self._thread = None

    def _run(self) -> None:
        hurry()
        due = time.monotonic()
        while not self._ending.wait(max(0.0, due - time.monotonic())):
            due += self._period
            if self._frozen.is_set():
                continue
            if self._jitter:
                self._ending.wait(self._chance.uniform(0.0, self._jitter))
            self._tick()

    def _tick(self) -> None:
        try:
            if not self.silent.is_set():
                os.write(self.master, self._to_say.popleft() if self._to_say else SILENCE)
            self._waiting += os.read(self.master, 65536)
        except BlockingIOError:
            pass
        except OSError:  # nobody holds the other side now
            return
        self.deepest = max(self.deepest, len(self._waiting) // FRAME_OCTETS)
        if len(self._waiting) >= FRAME_OCTETS:
            self.heard.append(self._cut_off())
        else:
            self.dry += 1
            self.heard.append(SILENCE)

    def _cut_off(self) -> bytes:
        frame = bytes(self._waiting[:FRAME_OCTETS])
        del self._waiting[:FRAME_OCTETS]
        return frame


def pause(seconds: float) -> Samples:
    return np.zeros(round(seconds * 8000), np.int16)
