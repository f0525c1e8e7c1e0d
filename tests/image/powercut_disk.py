"""A disk with a volatile cache, served to QEMU over NBD.

Protocol: NBD, newstyle negotiation with the export's name, simple replies.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from pathlib import Path
from typing import Final

from tests.image.volatile import VolatileImage

_MAGIC: Final = 0x49484156454F5054
_REPLY_MAGIC: Final = 0x3E889045565A9
_REQUEST: Final = struct.Struct(">IHHQQI")
_FLAGS: Final = 1 | 4 | 8  # has flags, flush, FUA
_FUA: Final = 1
READ, WRITE, DISCONNECT, FLUSH = range(4)


class PowercutDisk:
    """Serves one image.

    Args:
        disk: The image.
        path: Of the unix socket.
    """

    def __init__(self, disk: VolatileImage, path: Path) -> None:
        self._disk = disk
        self._free = threading.Event()
        self._free.set()
        path.unlink(missing_ok=True)
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen(1)
        self._thread = threading.Thread(target=self._serve, name="powercut-disk", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Serve no more."""
        self._server.close()

    def drain(self, seconds: float = 60.0) -> None:
        """Wait until a machine that is gone has been served to the last word that it sent.

        What came late would else be on the disk of the next one. Raises TimeoutError.
        """
        if not self._free.wait(seconds):
            raise TimeoutError("the disk is still in use")

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._server.accept()
            except OSError:
                return
            self._free.clear()
            with link, contextlib.suppress(OSError):
                self._greet(link)
                while self._answer(link):
                    pass
            self._free.set()

    def _greet(self, link: socket.socket) -> None:
        link.sendall(struct.pack(">8sQH", b"NBDMAGIC", _MAGIC, 1 | 2))
        _take(link, 4)
        while True:
            _, option, length = struct.unpack(">QII", _take(link, 16))
            _take(link, length)
            if option == 1:  # NBD_OPT_EXPORT_NAME
                link.sendall(struct.pack(">QH", self._disk.size, _FLAGS))
                return
            if option == 7:  # NBD_OPT_GO
                info = struct.pack(">HQH", 0, self._disk.size, _FLAGS)
                link.sendall(struct.pack(">QIII", _REPLY_MAGIC, option, 3, len(info)) + info)
                link.sendall(struct.pack(">QIII", _REPLY_MAGIC, option, 1, 0))
                return
            link.sendall(struct.pack(">QIII", _REPLY_MAGIC, option, 0x80000001, 0))

    def _answer(self, link: socket.socket) -> bool:
        _, flags, kind, handle, offset, length = _REQUEST.unpack(_take(link, _REQUEST.size))
        octets = b""
        if kind == DISCONNECT:
            return False
        if kind == WRITE:
            self._disk.write(offset, _take(link, length))
            if flags & _FUA:
                self._disk.flush()
        elif kind == FLUSH:
            self._disk.flush()
        elif kind == READ:
            octets = self._disk.read(offset, length)
        link.sendall(struct.pack(">IIQ", 0x67446698, 0, handle) + octets)
        return True


def _take(link: socket.socket, length: int) -> bytes:
    octets = bytearray()
    while len(octets) < length:
        part = link.recv(length - len(octets))
        if not part:
            raise ConnectionResetError("the machine hung up")
        octets += part
    return bytes(octets)
