"""A disk with a volatile cache, served to QEMU over NBD: what was not flushed may be lost.

Killing a virtual machine alone loses nothing, for the host keeps what was written. This disk keeps
writes in memory until the guest flushes (or writes with FUA), and when the power is cut it throws
away a random part of what is left, whole sectors in no order, as a card does.

Protocol: NBD, newstyle negotiation with the export's name, simple replies.
"""

from __future__ import annotations

import os
import random
import socket
import struct
import threading
from pathlib import Path
from typing import Final

SECTOR: Final = 512
_MAGIC: Final = 0x49484156454F5054
_REPLY_MAGIC: Final = 0x3E889045565A9
_REQUEST: Final = struct.Struct(">IHHQQI")
_FLAGS: Final = 1 | 4 | 8  # has flags, flush, FUA
_FUA: Final = 1
READ, WRITE, DISCONNECT, FLUSH = range(4)


class PowercutDisk:
    """Serves one image file.

    Args:
        image: The file, whole sectors.
        path: Of the unix socket.
        chance: Of every sector that was not flushed to reach the image all the same when the
            power is cut, drawn by ``seed``.
    """

    def __init__(self, image: Path, path: Path, *, seed: int, chance: float = 0.5) -> None:
        self._file = os.open(image, os.O_RDWR)
        self._size = os.fstat(self._file).st_size
        self._random = random.Random(seed)
        self._chance = chance
        self._cache: dict[int, bytes] = {}
        self._lock = threading.Lock()
        path.unlink(missing_ok=True)
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen(1)
        self._thread = threading.Thread(target=self._serve, name="powercut-disk", daemon=True)
        self._thread.start()
        self.flushes = 0
        self.written = 0

    def cut(self) -> tuple[int, int]:
        """Lose what was not flushed; return how many sectors were lost and how many survived."""
        with self._lock:
            lost = 0
            waiting, self._cache = self._cache, {}
            for sector, octets in waiting.items():
                if self._random.random() < self._chance:
                    os.pwrite(self._file, octets, sector * SECTOR)
                else:
                    lost += 1
            return lost, len(waiting) - lost

    def close(self) -> None:
        """Serve no more; what was not flushed is lost unless :meth:`settle` came before."""
        self._server.close()
        os.close(self._file)

    def settle(self) -> None:
        """Write everything, as a machine that went off in order leaves it."""
        with self._lock:
            self._flush()

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._server.accept()
            except OSError:
                return
            with link:
                try:
                    self._greet(link)
                    while self._answer(link):
                        pass
                except OSError:
                    continue

    def _greet(self, link: socket.socket) -> None:
        link.sendall(struct.pack(">8sQH", b"NBDMAGIC", _MAGIC, 1 | 2))
        _take(link, 4)
        while True:
            _, option, length = struct.unpack(">QII", _take(link, 16))
            data = _take(link, length)
            if option == 1:  # NBD_OPT_EXPORT_NAME
                link.sendall(struct.pack(">QH", self._size, _FLAGS))
                return
            if option == 7:  # NBD_OPT_GO
                info = struct.pack(">HQH", 0, self._size, _FLAGS)
                link.sendall(struct.pack(">QIII", _REPLY_MAGIC, option, 3, len(info)) + info)
                link.sendall(struct.pack(">QIII", _REPLY_MAGIC, option, 1, 0))
                return
            link.sendall(struct.pack(">QIII", _REPLY_MAGIC, option, 0x80000001, 0))
            del data

    def _answer(self, link: socket.socket) -> bool:
        _, flags, kind, handle, offset, length = _REQUEST.unpack(_take(link, _REQUEST.size))
        octets = b""
        if kind == DISCONNECT:
            return False
        if kind == WRITE:
            given = _take(link, length)
            with self._lock:
                self._write(offset, given)
                if flags & _FUA:
                    self._flush()
        elif kind == FLUSH:
            with self._lock:
                self._flush()
        elif kind == READ:
            with self._lock:
                octets = self._read(offset, length)
        link.sendall(struct.pack(">IIQ", 0x67446698, 0, handle) + octets)
        return True

    def _write(self, offset: int, octets: bytes) -> None:
        first, last = offset // SECTOR, -(-(offset + len(octets)) // SECTOR)
        if offset % SECTOR or len(octets) % SECTOR:
            whole = bytearray(self._read(first * SECTOR, (last - first) * SECTOR))
            whole[offset - first * SECTOR : offset - first * SECTOR + len(octets)] = octets
            octets = bytes(whole)
        for place, sector in enumerate(range(first, last)):
            self._cache[sector] = octets[place * SECTOR : (place + 1) * SECTOR]
        self.written += last - first
        if len(self._cache) > 1 << 17:  # 64 MiB: no card holds more
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


def _take(link: socket.socket, length: int) -> bytes:
    octets = bytearray()
    while len(octets) < length:
        part = link.recv(length - len(octets))
        if not part:
            raise ConnectionResetError("the machine hung up")
        octets += part
    return bytes(octets)
