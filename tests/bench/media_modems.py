"""The modems of media_bridge: many serial voices in a process of their own, every frame stamped.

Reads one line (how many seconds) on standard input once it has told its ports, writes what it
measured as JSON. Each frame carries the time at which it was handed over and a number; a modem that
gets one knows how long it was on its way and whether any is missing.
"""

from __future__ import annotations

import heapq
import json
import os
import select
import struct
import sys
import time
import tty

import numpy as np

from appliance.media.leg import hurry
from appliance.media.tones import sine
from drivers.audio.port import FRAME_OCTETS, FRAME_SECONDS

STAMP = struct.Struct("<dI")
VOICE = sine(1000.0, FRAME_SECONDS, -15.0).astype("<i2").tobytes()
SETTLE = 1.0  # seconds at the beginning that are not measured


class StampingModem:
    """One modem: what it hands over, and what it makes of what it gets."""

    def __init__(self) -> None:
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(self.master, False)
        self.due = 0.0
        self.sent = 0
        self.late = 0.0
        self._waiting = bytearray()
        self._last_number: int | None = None
        self._last_arrival = 0.0
        self.delays: list[float] = []
        self.to_ear: list[float] = []
        self.gap = 0.0
        self.missing = 0
        self.silent = 0
        self._unheard: list[float] = []

    def tick(self, now: float) -> None:
        """Hand over a frame; hear what has come until now."""
        self.late = max(self.late, now - self.due)
        self.due += FRAME_SECONDS
        self.sent += 1
        os.write(self.master, STAMP.pack(now, self.sent) + VOICE[STAMP.size :])
        if self._unheard:
            self.to_ear.append(now - self._unheard.pop(0))

    def take(self, now: float, measure: bool) -> None:
        """Take in what the box has written."""
        self._waiting += os.read(self.master, 65536)
        while len(self._waiting) >= FRAME_OCTETS:
            stamp, number = STAMP.unpack_from(self._waiting)
            voiced = any(self._waiting[STAMP.size : STAMP.size + 40])
            del self._waiting[:FRAME_OCTETS]
            if measure:
                self._judge(now, stamp, number, voiced)
            self._last_arrival = now
            self._last_number = number if voiced else None

    def _judge(self, now: float, stamp: float, number: int, voiced: bool) -> None:
        self.gap = max(self.gap, now - self._last_arrival)
        if not voiced:
            self.silent += 1
            return
        if self._last_number is not None:
            self.missing += abs(number - self._last_number - 1)
        self.delays.append(now - stamp)
        self._unheard.append(stamp)


def main() -> None:
    """Make the ports, wait for the word, run, report."""
    modems = [StampingModem() for _ in range(int(sys.argv[1]))]
    print(json.dumps([modem.path for modem in modems]), flush=True)
    seconds = float(sys.stdin.readline())
    hurry()
    run(modems, seconds)
    delays = np.concatenate([modem.delays for modem in modems]) * 1000
    ears = np.concatenate([modem.to_ear for modem in modems]) * 1000
    report = {
        "delay_median_ms": float(np.median(delays)),
        "delay_p99_ms": float(np.percentile(delays, 99)),
        "delay_max_ms": float(delays.max()),
        "ear_median_ms": float(np.median(ears)),
        "ear_p99_ms": float(np.percentile(ears, 99)),
        "longest_gap_ms": max(modem.gap for modem in modems) * 1000,
        "frames": len(delays),
        "missing": sum(modem.missing for modem in modems),
        "silent": sum(modem.silent for modem in modems),
        "modem_late_ms": max(modem.late for modem in modems) * 1000,
    }
    print(json.dumps(report), flush=True)
    sys.stdin.readline()


def run(modems: list[StampingModem], seconds: float) -> None:
    """Drive every modem by its own phase of the 20 ms, and take what comes as it comes."""
    poll = select.poll()
    by_descriptor = {modem.master: modem for modem in modems}
    start = time.monotonic() + 0.05
    schedule = []
    for index, modem in enumerate(modems):
        poll.register(modem.master, select.POLLIN)
        modem.due = start + index * FRAME_SECONDS / len(modems)
        schedule.append((modem.due, index))
    heapq.heapify(schedule)
    while (now := time.monotonic()) < start + seconds:
        due, index = schedule[0]
        if now >= due:
            modems[index].tick(now)
            heapq.heapreplace(schedule, (modems[index].due, index))
            continue
        for descriptor, _ in poll.poll((due - now) * 1000):
            arrived = time.monotonic()
            by_descriptor[descriptor].take(arrived, arrived > start + SETTLE)


if __name__ == "__main__":
    main()
