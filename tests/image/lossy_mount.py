"""One file that is a disk with a volatile cache: ``lossy_mount IMAGE FOLDER SEED``.

FOLDER is a mount, and a loop device on FOLDER/disk hands what the file system above it writes to
:class:`VolatileImage`; its flushes arrive as fsync. A line ``TARGET`` on standard input writes to
that file what a power cut in this moment would leave, and is answered by how many sectors were lost
and how many kept. The end of standard input ends it. Needs the right to mount.

It runs in a process of its own: whoever waits for the disk must not be who serves it.

Protocol: FUSE, as ``linux/fuse.h`` has it since 7.12.
"""

from __future__ import annotations

import ctypes
import errno
import os
import select
import stat
import struct
import sys
from pathlib import Path
from typing import Final

from tests.image.volatile import VolatileImage

NAME: Final = b"disk"
LARGEST: Final = 128 << 10  # octets of one write
_HEADER: Final = struct.Struct("<IIQQIII4x")
_ROOT, _DISK = 1, 2
LOOKUP, FORGET, GETATTR, SETATTR, OPEN, READ, WRITE = 1, 2, 3, 4, 14, 15, 16
STATFS, RELEASE, FSYNC, FLUSH, INIT, OPENDIR = 17, 18, 20, 25, 26, 27
RELEASEDIR, INTERRUPT, DESTROY, BATCH_FORGET = 29, 36, 38, 42
_QUIET: Final = frozenset({FORGET, INTERRUPT, BATCH_FORGET})
_BIG_WRITES: Final = 1 << 5
_MAX_PAGES: Final = 1 << 22


class LossyMount:
    """Serves the mount.

    Args:
        image: What the one file is.
        folder: Where it is mounted. Raises OSError when that is not allowed.
    """

    def __init__(self, image: VolatileImage, folder: Path) -> None:
        self._image = image
        self.device = os.open("/dev/fuse", os.O_RDWR)
        words = f"fd={self.device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"disk", os.fsencode(folder), b"fuse", 0, words.encode()) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def answer(self) -> bool:
        """Answer one request; return False once the file system is gone."""
        try:
            request = os.read(self.device, LARGEST + 4096)
        except OSError as error:
            if error.errno == errno.ENODEV:
                return False
            raise
        _, kind, number, node, *_ = _HEADER.unpack_from(request)
        if kind in _QUIET:
            return True
        given = request[_HEADER.size :]
        try:
            octets, status = self._done(kind, node, given), 0
        except OSError as error:
            octets, status = b"", -(error.errno or errno.EIO)
        os.write(self.device, struct.pack("<IiQ", 16 + len(octets), status, number) + octets)
        return kind != DESTROY

    def _done(self, kind: int, node: int, given: bytes) -> bytes:
        if kind == READ:
            _, offset, size = struct.unpack_from("<QQI", given)
            return self._image.read(offset, max(0, min(size, self._image.size - offset)))
        if kind == WRITE:
            _, offset, size = struct.unpack_from("<QQI", given)
            self._image.write(offset, given[40 : 40 + size])
            return struct.pack("<II", size, 0)
        if kind == FSYNC:
            self._image.flush()
            return b""
        if kind == LOOKUP:
            if node != _ROOT or given.rstrip(b"\0") != NAME:
                raise OSError(errno.ENOENT, "no such file")
            return struct.pack("<QQQQII", _DISK, 0, 3600, 3600, 0, 0) + self._attributes(_DISK)
        if kind in (GETATTR, SETATTR):
            return struct.pack("<QII", 3600, 0, 0) + self._attributes(node)
        if kind == INIT:
            return struct.pack(
                "<IIIIHHIIHHI28x", 7, 31, 0, _BIG_WRITES | _MAX_PAGES, 16, 12, LARGEST, 1,
                LARGEST // 4096, 0, 0,
            )  # fmt: skip
        if kind in (OPEN, OPENDIR):
            return struct.pack("<QII", 0, 0, 0)
        if kind == STATFS:
            return struct.pack("<QQQQQIII28x", 1, 0, 0, 2, 0, 4096, 255, 4096)
        if kind in (RELEASE, RELEASEDIR, FLUSH, DESTROY):
            return b""
        raise OSError(errno.ENOSYS, "not here")

    def _attributes(self, node: int) -> bytes:
        size = self._image.size if node == _DISK else 0
        mode = stat.S_IFREG | 0o600 if node == _DISK else stat.S_IFDIR | 0o700
        return struct.pack(
            "<QQQQQQIIIIIIIIII", node, size, size // 512, 0, 0, 0, 0, 0, 0, mode, 1,
            os.getuid(), os.getgid(), 0, 4096, 0,
        )  # fmt: skip


def main() -> None:
    """Serve until standard input ends."""
    image = VolatileImage(Path(sys.argv[1]), seed=int(sys.argv[3]))
    mount = LossyMount(image, Path(sys.argv[2]))
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([mount.device, sys.stdin], [], [])
        if mount.device in ready and not mount.answer():
            return
        if sys.stdin in ready:
            line = os.read(0, 4096).decode().strip()
            if not line:
                return
            lost, kept = image.cut_copy(Path(line))
            print(lost, kept, flush=True)


if __name__ == "__main__":
    main()
