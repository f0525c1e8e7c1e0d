"""A disk image with a volatile cache: what was not flushed may be lost, as in a card.

Killing a machine or a process alone loses nothing, for the host keeps what was written. Here writes
stay in memory until they are flushed, and when the power is cut a random part of what is left is
thrown away, whole sectors in no order.
"""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path
from typing import Final

SECTOR: Final = 512
_LARGEST: Final = 1 << 17  # sectors: 64 MiB; no card holds more


class VolatileImage:
    """One image file, whole sectors, and what has not reached it yet.

    Args:
        image: The file.
        seed: Of what is lost.
        chance: Of every sector that was not flushed to reach the image all the same.
    """

    def __init__(self, image: Path, *, seed: int, chance: float = 0.5) -> None:
        self._file = os.open(image, os.O_RDWR)
        self.size = os.fstat(self._file).st_size
        self._random = random.Random(seed)
        self._chance = chance
        self._cache: dict[int, bytes] = {}
        self._lock = threading.Lock()
        self.flushes = 0
        self.written = 0

    def cut(self) -> tuple[int, int]:
        """Lose what was not flushed; return how many sectors were lost and how many survived."""
        with self._lock:
            waiting, self._cache = self._cache, {}
            lost = self._lose(waiting, self._file)
            return lost, len(waiting) - lost

    def cut_copy(self, target: Path) -> tuple[int, int]:
        """Write to ``target`` what a cut in this moment would leave, and go on; count as cut."""
        with self._lock:
            left = os.open(target, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                os.ftruncate(left, self.size)
                for start in range(0, self.size, 1 << 20):
                    block = os.pread(self._file, 1 << 20, start)
                    if block.count(0) != len(block):
                        os.pwrite(left, block, start)
                lost = self._lose(self._cache, left)
            finally:
                os.close(left)
            return lost, len(self._cache) - lost

    def _lose(self, waiting: dict[int, bytes], file: int) -> int:
        lost = 0
        for sector, octets in waiting.items():
            if self._random.random() < self._chance:
                os.pwrite(file, octets, sector * SECTOR)
            else:
                lost += 1
        return lost

    def close(self) -> None:
        """Close the file; what was not flushed is lost."""
        os.close(self._file)

    def write(self, offset: int, octets: bytes) -> None:
        """Take a write."""
        with self._lock:
            first, last = offset // SECTOR, -(-(offset + len(octets)) // SECTOR)
            if offset % SECTOR or len(octets) % SECTOR:
                whole = bytearray(self._read(first * SECTOR, (last - first) * SECTOR))
                whole[offset - first * SECTOR : offset - first * SECTOR + len(octets)] = octets
                octets = bytes(whole)
            for place, sector in enumerate(range(first, last)):
                self._cache[sector] = octets[place * SECTOR : (place + 1) * SECTOR]
            self.written += last - first
            if len(self._cache) > _LARGEST:
                self._flush()

    def read(self, offset: int, length: int) -> bytes:
        """Return what was written last."""
        with self._lock:
            return self._read(offset, length)

    def flush(self) -> None:
        """Let everything reach the image."""
        with self._lock:
            self._flush()

    def _read(self, offset: int, length: int) -> bytes:
        octets = os.pread(self._file, length, offset)
        if not self._cache:
            return octets
        first, last = offset // SECTOR, -(-(offset + length) // SECTOR)
        whole: bytearray | None = None
        for sector in range(first, last):
            held = self._cache.get(sector)
            if held is not None:
                whole = whole or bytearray(
                    os.pread(self._file, (last - first) * SECTOR, first * SECTOR)
                )
                whole[(sector - first) * SECTOR : (sector - first + 1) * SECTOR] = held
        if whole is None:
            return octets
        start = offset - first * SECTOR
        return bytes(whole[start : start + length])

    def _flush(self) -> None:
        run: list[bytes] = []
        start = 0
        for sector in sorted(self._cache):
            if run and sector != start + len(run):
                os.pwrite(self._file, b"".join(run), start * SECTOR)
                run = []
            if not run:
                start = sector
            run.append(self._cache[sector])
        if run:
            os.pwrite(self._file, b"".join(run), start * SECTOR)
        self._cache.clear()
        self.flushes += 1
