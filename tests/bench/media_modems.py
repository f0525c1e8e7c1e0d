"""The modems of media_bridge: many serial voices in a process of their own, every frame stamped.

Reads one line (how many seconds) on standard input once it has told its ports and begins to speak;
measures from the second line on, writes what it measured as JSON and goes on until the third. Each
frame carries the time at which it was handed over and a number; a modem that gets one knows how
long it was on its way and whether any is missing.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import gc
import heapq
import json
import math
import os
import select
import struct
import sys
import termios
import time
import tty
from pathlib import Path
from typing import Any

import numpy as np

from appliance.media.tones import sine
from drivers.audio.port import FRAME_OCTETS, FRAME_SECONDS

STAMP = struct.Struct("<dI")
VOICE = sine(1000.0, FRAME_SECONDS, -15.0).astype("<i2").tobytes()
HARDWARE = 20  # real-time priority, above the voice's
UNREAD = 5  # frames that wait in a modem at most
PCM = """pcm.{name} {{ type asym
  playback.pcm {{ type file slave.pcm null file "{folder}/{name}.tx" format raw }}
  capture.pcm {{ type file slave.pcm null file "/dev/null"
    infile "{folder}/{name}.rx" format raw }} }}
"""
SETTLE = 1.0  # seconds after the second line that are not measured


class StampingModem:
    """One modem: what it hands over, and what it makes of what it gets.

    Args:
        folder: Its port is an ALSA PCM made of two named pipes in there; None for a pty.
        number: Names it.
    """

    def __init__(self, folder: Path | None, number: int) -> None:
        if folder is None:
            self.reads, self._slave = os.openpty()  # kept open: a box may be late to open its side
            self._writes = self.reads
            tty.setraw(self._slave)
            self.path = os.ttyname(self._slave)
        else:
            self.path = f"m{number}"
            pipes = [folder / f"m{number}.{way}" for way in ("rx", "tx")]
            for pipe in pipes:
                os.mkfifo(pipe)
            self._writes, self.reads = (os.open(pipe, os.O_RDWR) for pipe in pipes)
            self._slave = self._writes
        os.set_blocking(self.reads, False)
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

    def tick(self, now: float, measure: bool) -> None:
        """Hand over a frame; hear what has come until now."""
        if measure:
            self.late = max(self.late, now - self.due)
        self.due += FRAME_SECONDS
        self.sent += 1
        if measure or self._unread() <= UNREAD * FRAME_OCTETS:  # as a modem would
            os.write(self._writes, STAMP.pack(now, self.sent) + VOICE[STAMP.size :])
        if self._unheard:
            self.to_ear.append(now - self._unheard.pop(0))

    def _unread(self) -> int:
        """Return the octets that the box has not read; not asked while measuring.

        The question waits for whoever hands octets over on a pty, who may wait for the processor.
        """
        waiting = fcntl.ioctl(self._slave, termios.FIONREAD, b"....")
        return int.from_bytes(waiting, sys.byteorder)

    def take(self, now: float, measure: bool) -> None:
        """Take in what the box has written."""
        self._waiting += os.read(self.reads, 65536)
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modems", type=int)
    parser.add_argument("--apart", type=int, default=0, help="the last so many are the peer's")
    parser.add_argument("--alsa", type=Path, default=None, metavar="FOLDER")
    parser.add_argument("--cards", type=int, default=None, help="the first so many; else all ours")
    options = parser.parse_args()
    ours = options.modems - options.apart
    cards = ours if options.cards is None else options.cards
    modems = [
        StampingModem(options.alsa if number < cards else None, number)
        for number in range(options.modems)
    ]
    if options.alsa:
        (options.alsa / "alsa.conf").write_text(
            "</usr/share/alsa/alsa.conf>\n"
            + "".join(PCM.format(folder=options.alsa, name=modem.path) for modem in modems)
        )
    print(json.dumps([modem.path for modem in modems]), flush=True)
    seconds = float(sys.stdin.readline())
    gc.disable()
    with contextlib.suppress(OSError):  # hardware is on time, whatever the processors do
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(HARDWARE))
    bank = Bank(modems)
    bank.run()
    bank.measuring_from = time.monotonic() + SETTLE
    bank.run(SETTLE + seconds)
    report = figures(modems[:ours])
    if 0 < cards < ours:
        report["alsa"] = figures(modems[:cards])
        report["serial"] = figures(modems[cards:ours])
    if options.apart:
        report["peer"] = figures(modems[ours:])
    print(json.dumps(report), flush=True)
    bank.run()


def figures(modems: list[StampingModem]) -> dict[str, Any]:
    """Return what these modems measured."""
    delays = np.concatenate([modem.delays for modem in modems]) * 1000
    ears = np.concatenate([modem.to_ear for modem in modems]) * 1000
    return {
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


class Bank:
    """Drives every modem by its own phase of the 20 ms, and takes what comes as it comes.

    Edges are waited for, never levels: to ask a pty that has nothing whether it has something waits
    for the kernel's worker, at ordinary priority, and would make every modem as late as that one.
    """

    def __init__(self, modems: list[StampingModem]) -> None:
        self.measuring_from = math.inf
        self._modems = modems
        self._by_descriptor = {modem.reads: modem for modem in modems}
        self._poll = select.epoll()
        start = time.monotonic() + 0.05
        for index, modem in enumerate(modems):
            self._poll.register(modem.reads, select.EPOLLIN | select.EPOLLET)
            modem.due = start + index * FRAME_SECONDS / len(modems)
        self._schedule = [(modem.due, index) for index, modem in enumerate(modems)]

    def run(self, seconds: float = math.inf) -> None:
        """Go on for so many seconds, or until the next line on standard input."""
        end = time.monotonic() + seconds
        if seconds == math.inf:
            self._poll.register(sys.stdin.fileno(), select.EPOLLIN)
        while (now := time.monotonic()) < end:
            due, index = self._schedule[0]
            if now >= due:
                self._modems[index].tick(now, now > self.measuring_from)
                heapq.heapreplace(self._schedule, (self._modems[index].due, index))
                continue
            for descriptor, _ in self._poll.poll(due - now):
                if descriptor in self._by_descriptor:
                    arrived = time.monotonic()
                    modem = self._by_descriptor[descriptor]
                    modem.take(arrived, arrived > self.measuring_from)
                else:
                    sys.stdin.readline()
                    self._poll.unregister(descriptor)
                    self.measuring_from = math.inf
                    return


if __name__ == "__main__":
    main()
