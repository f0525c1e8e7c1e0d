"""The control's HTTP server: cheroot, with threads that have names and an end."""

from __future__ import annotations

import logging
import socket
import threading
from typing import Any

from cheroot.wsgi import Server

from drivers.virtual.errors import BankError

_log = logging.getLogger(__name__)

_THREADS = 32  # long polls hold one each
_SOCKET_TIMEOUT = 10  # seconds for a client to send or take its octets
_STOP_TIMEOUT = 3  # seconds for requests under way


class _Server(Server):
    @staticmethod
    def bind_socket(socket_: socket.socket, bind_addr: tuple[str, int]) -> socket.socket:
        try:
            socket_.bind(bind_addr)
        except OSError:
            socket_.close()  # cheroot forgets it
            raise
        return socket_

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        _log.log(level, "control: %s", msg, exc_info=traceback)


class ControlServer:
    """Serves a WSGI application on the loopback.

    Args:
        address: Host and port; port 0 is any free one.
        app: The application.
    """

    def __init__(self, address: tuple[str, int], app: Any) -> None:
        self._address = address
        self._server = _Server(
            address,
            app,
            numthreads=_THREADS,
            max=_THREADS,
            request_queue_size=128,
            timeout=_SOCKET_TIMEOUT,
            shutdown_timeout=_STOP_TIMEOUT,
            server_name="simveil-bank",
        )
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens, once started."""
        host, port = self._server.bind_addr[:2]
        return str(host), int(port)

    def start(self) -> None:
        """Listen and serve.

        Raises:
            BankError: The address can't be had.
        """
        try:
            self._server.prepare()
        except OSError as error:
            raise BankError(
                f"the control can't listen on {self._address[0]}:{self._address[1]}: {error}"
            ) from None
        for place, thread in enumerate(self._server.requests._threads, start=1):
            thread.name = f"control-{place}"
        self._thread = threading.Thread(target=self._serve, name="control-accept", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests and end within a few seconds."""
        thread, self._thread = self._thread, None
        self._server.stop()
        if thread is not None:
            thread.join(_STOP_TIMEOUT)

    def _serve(self) -> None:
        try:
            self._server.serve()
        except Exception:  # noqa: BLE001 - the death of a thread is told
            _log.exception("the control's server died")
