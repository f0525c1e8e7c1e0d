"""python-gsmmodem-new with a guard around it: what it may break is noticed, and mended in place.

Of version 0.13.0 this is known: its reader thread dies of one octet that is no UTF-8, or of a line
that comes the moment a command ends, and tells nobody; it opens ports with handshakes that a pty
lacks and drops DTR when it closes them; it starts a thread for every unsolicited line, so that
their order is lost; it knows errors in numbers only. Each of these is overridden here, in methods
that it offers for that.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import serial
from gsmmodem.modem import GsmModem
from gsmmodem.serial_comms import SerialComms

from drivers.at.port import close_tty, open_tty
from drivers.errors import DriverError, PortLost

READ_SLICE: Final = 0.5  # seconds of one read of the library's; closing takes no longer
WRITE_LIMIT: Final = 5.0
JOIN_LIMIT: Final = 5.0
SIM_QUERY: Final = "AT+CPIN?"
SIM_QUERY_LIMIT: Final = 2.0
DEATHS_MOST: Final = 20  # of the reader within DEATHS_WITHIN seconds, before the port is given up
DEATHS_WITHIN: Final = 10.0

_FINAL = r"OK|ERROR|COMMAND NOT SUPPORT|TOO MANY PARAMETERS|\+CM[ES] ERROR:.*"
ANY_RESULT: Final = re.compile(f"(?:{_FINAL})$")
CALL_RESULT: Final = re.compile(f"(?:{_FINAL}|NO CARRIER|BUSY|NO ANSWER|NO DIALTONE|CONNECT.*)$")

_log = logging.getLogger(__name__)


class ReaderDied(DriverError):
    """Raised when the library's reader ended while somebody waited for what it reads."""


class _Port(SerialComms):  # type: ignore[misc]
    """The library's port, opened as the box opens ports: exclusively, and kept up when closed."""

    def connect(self) -> None:
        """Open the port and start the reader. Raises PortLost."""
        port = open_tty(self.port)
        port.timeout = READ_SLICE
        port.write_timeout = WRITE_LIMIT
        self.serial = port
        self.alive = True
        name = f"gsmmodem-read-{self.port.rpartition('/')[2]}"
        self.rxThread = threading.Thread(target=self._readLoop, name=name, daemon=True)
        self.rxThread.start()

    def close(self) -> None:
        """End the reader and close the port; harmless when that has been done."""
        self.alive = False
        reader = getattr(self, "rxThread", None)
        if reader is not None and reader is not threading.current_thread():
            reader.join(JOIN_LIMIT)
        if getattr(self, "serial", None) is not None:
            close_tty(self.serial)


class Library(GsmModem, _Port):  # type: ignore[misc]
    """The library's modem.

    Args:
        path: The tty.
        heard: Takes unsolicited lines in the order in which they came, on the reader's thread.
        died: Takes the cause when the port is gone, on the reader's thread.
    """

    RESPONSE_TERM = (
        ANY_RESULT  # of the library's own: a line that only begins like a result is none
    )

    def __init__(
        self, path: str, heard: Callable[[list[str]], None], died: Callable[[str], None]
    ) -> None:
        super().__init__(path, requestDelivery=False, AT_CNMI="2,1,0,1,0")
        self.mended = 0
        self._heard, self._died = heard, died
        self._deaths: deque[float] = deque(maxlen=DEATHS_MOST)
        self.fatalErrorCallback = self._lost
        self._responseEvent: threading.Event | None = None
        self._response: list[str] | None = None

    # --- what the library calls -------------------------------------------------------------------

    def _readLoop(self) -> None:  # noqa: N802 - the library's name
        try:
            self._read_on()
        finally:
            waiter = self._responseEvent
            if waiter is not None:
                waiter.set()  # nobody waits for a dead reader

    def _read_on(self) -> None:
        while True:
            try:
                super()._readLoop()
            except UnicodeDecodeError as error:
                if not self._may_live_on():
                    self._lost(f"nothing but noise on the port: {error}")
                    return
                _log.warning("%s: an octet killed the reader; it reads on", self.port)
                continue
            except (OSError, TypeError, serial.SerialException) as error:
                self._lost(str(error))
            return

    def _handleLineRead(  # noqa: N802 - the library's names
        self,
        line: str,
        checkForResponseTerm: bool = True,  # noqa: N803
    ) -> None:
        """Give a line to the command that waits, or to nobody.

        The library's own looks twice at who waits, and dies when that one leaves in between.
        """
        waiter, answer = self._responseEvent, self._response
        if waiter is None or waiter.is_set() or answer is None:
            self.notifyCallback([line])
            return
        answer.append(line)
        if not checkForResponseTerm or self.RESPONSE_TERM.match(line):
            waiter.set()

    def write(self, data: str, *args: Any, **more: Any) -> Any:
        """Write as the library does, but wait no quarter of a minute for an OK that some omit."""
        if data == SIM_QUERY and more.get("timeout", 0) > SIM_QUERY_LIMIT:
            more["timeout"] = SIM_QUERY_LIMIT
        return super().write(data, *args, **more)

    def _handleModemNotification(self, lines: list[str]) -> None:  # noqa: N802
        self._heard(list(lines))

    def _may_live_on(self) -> bool:
        self.mended += 1
        now = time.monotonic()
        self._deaths.append(now)
        often = len(self._deaths) == DEATHS_MOST and now - self._deaths[0] < DEATHS_WITHIN
        return bool(self.alive) and not often

    def _lost(self, cause: object) -> None:
        if self.alive or isinstance(cause, serial.SerialException):
            self.alive = False
            self._died(str(cause))

    # --- for the engine ---------------------------------------------------------------------------

    @property
    def reading(self) -> bool:
        """True while its reader lives."""
        return self._alive_still()

    def _alive_still(self) -> bool:
        reader: threading.Thread | None = getattr(self, "rxThread", None)
        return reader is not None and reader.is_alive() and bool(self.alive)

    def introduce(self, seconds: float) -> None:
        """Open the port and have the library set the modem up and find out its make.

        Args:
            seconds: How long the modem may take to answer at all.

        Raises gsmmodem's exceptions, and PortLost.
        """
        GsmModem.connect(self, waitingForModemToStartInSeconds=seconds)

    def reopen(self) -> None:
        """Close the port and open it again, without a word to the modem. Raises PortLost."""
        self.close()
        self._response = self._responseEvent = self._expectResponseTermSeq = None
        self._notification: list[str] = []
        _Port.connect(self)

    def ask(self, text: str, timeout: float, *, call: bool = False, prompt: bool = False) -> Any:
        """Write a command line and return the lines up to its final result, or to the prompt.

        Args:
            text: Without its end.
            timeout: Seconds.
            call: ``NO CARRIER`` and its like are final results.
            prompt: ``> `` ends the reply, too.

        Raises gsmmodem's TimeoutException with what came, ReaderDied, and PortLost.
        """
        self.RESPONSE_TERM = CALL_RESULT if call else ANY_RESULT
        try:
            return self._exchange(
                text, timeout=timeout, expectedResponseTermSeq="> " if prompt else None
            )
        finally:
            self.RESPONSE_TERM = ANY_RESULT

    def payload(self, pdu: str, timeout: float) -> Any:
        """Write a PDU and Ctrl-Z; returns and raises as :meth:`ask`."""
        return self._exchange(pdu, timeout=timeout, writeTerm="\x1a")

    def _exchange(self, text: str, **more: Any) -> Any:
        if not self.reading:
            raise ReaderDied(f"{self.port}: the library's reader is dead")
        try:
            lines = self.write(text, parseError=False, **more)
        except IndexError:
            lines = []  # the reader ended before the first line
        except (OSError, serial.SerialException) as error:
            raise PortLost(f"{self.port}: {error}") from error
        whole = bool(lines) and self.RESPONSE_TERM.match(lines[-1]) is not None
        if not whole and not self._alive_still():
            raise ReaderDied(f"{self.port}: the library's reader died")
        return lines

    def say(self, octets: str) -> None:
        """Write without waiting for anything."""
        try:
            self.write(octets, waitForResponse=False, writeTerm="")
        except (OSError, serial.SerialException) as error:
            raise PortLost(f"{self.port}: {error}") from error

    def call_word(self, line: str) -> tuple[str, str] | None:
        """Return what the library's table of the make says that a line means.

        The word is ``initiated``, ``answered``, ``ended`` or ``rejected``, with the call's index as
        far as the line has one; None for a line that is in no table.
        """
        for pattern, handler in self._callStatusUpdates:
            found = pattern.match(line)
            if found:
                word = handler.__name__.removeprefix("_handleCall").lower()
                return word, found.group(1) if found.groups() else ""
        return None

    @property
    def dials_silently(self) -> bool:
        """True for makes that give no result to ``ATD`` until the far end has answered."""
        return not self._waitForAtdResponse
