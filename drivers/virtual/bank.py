"""The virtual bank as a whole: one reactor thread, its house, and the control's HTTP threads."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

from drivers.virtual.config import BankConfig, parse_bank_config
from drivers.virtual.control import Control
from drivers.virtual.control_server import ControlServer
from drivers.virtual.errors import BankError
from drivers.virtual.house import House, MakeModem
from drivers.virtual.modem import VirtualModem
from drivers.virtual.reactor import Reactor

_log = logging.getLogger(__name__)

_STEP_TIMEOUT = 10.0  # seconds for the reactor to begin or to end
_NICE = -15  # of the reactor's thread, where the system allows it
_LOOK = 1.0  # seconds between looks at the reactor's health


class Bank:
    """A running bank.

    Args:
        config: Which lines, how fast, where the control listens.
        make_modem: Builds a line's modem.
    """

    def __init__(self, config: BankConfig, make_modem: MakeModem = VirtualModem) -> None:
        self._reactor = Reactor()
        self.house = House(self._reactor, config, make_modem)
        self._server = ControlServer(config.control, Control(self.house).app)
        self._thread = threading.Thread(target=self._turn, name="bank", daemon=True)

    @property
    def control(self) -> str:
        """``host:port`` of the control, once started."""
        host, port = self._server.address
        return f"{host}:{port}"

    @property
    def alive(self) -> bool:
        """True while the reactor's thread turns."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Plug the modems in, register, and listen.

        Raises:
            BankError: The control's address can't be had; nothing is left running.
        """
        self._thread.start()
        try:
            self._reactor.call(self.house.start, _STEP_TIMEOUT)
            self._server.start()
        except BaseException:
            self._end_reactor()
            raise

    def stop(self) -> None:
        """End orderly: the control first, then every modem and phone, then the reactor."""
        self.house.network.journal.close()
        self._server.stop()
        self._end_reactor()

    def _end_reactor(self) -> None:
        if self._thread.is_alive():
            try:
                self._reactor.call(self.house.stop, _STEP_TIMEOUT)
            except Exception:  # noqa: BLE001 - the end goes on whatever happens on the way
                _log.exception("the bank's house did not end orderly")
            self._reactor.stop()
            self._thread.join(_STEP_TIMEOUT)
        self._reactor.close()

    def _turn(self) -> None:
        # A real radio is not slowed down by the load of the machine beside it.
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        try:
            self._reactor.run()
        except BaseException:
            _log.exception("the bank's reactor died")
            raise


def run(config_path: str | Path, ready: Callable[[Bank], None] | None = None) -> int:
    """Run the bank that a file describes until SIGTERM or SIGINT; prints nothing.

    Args:
        config_path: TOML with a ``[virtual]`` table.
        ready: Told once the control listens and every modem is plugged in.

    Returns:
        0 after an orderly end, 1 if the bank died.

    Raises:
        ConfigError: The file has mistakes.
        BankError: The control's address can't be had.
    """
    bank = Bank(parse_bank_config(config_path))
    ending = threading.Event()
    former = {
        number: signal.signal(number, lambda _number, _frame: ending.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        bank.start()
        if ready is not None:
            ready(bank)
        while bank.alive and not ending.wait(_LOOK):
            pass
        return 0 if bank.alive else 1
    finally:
        bank.stop()
        for number, handler in former.items():
            signal.signal(number, handler)


__all__ = ["Bank", "BankError", "run"]
