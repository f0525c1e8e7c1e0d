"""The engine's place taken by python-gsmmodem-new: one thread, its blocking calls under deadlines.

It runs the same procedures as :class:`drivers.at.engine.Engine`, one command at a time, and has the
library write and wait. What the library swallows into a reply is sorted out again by the URC table;
what it loses all the same is found by asking, more often than other families are asked.
"""

from __future__ import annotations

import logging
import select
import time
from collections.abc import Callable, Mapping
from typing import ClassVar, Final

from gsmmodem.exceptions import (
    CommandError,
    GsmModemException,
    PinRequiredError,
    TimeoutException,
)

from drivers.at.classify import Waiting
from drivers.at.commands import SIM_STATE, Command, Reply
from drivers.at.exchange import Transcript
from drivers.at.port_thread import PortThread
from drivers.at.results import Result, failure
from drivers.at.resync import CLEANINGS, PROBES
from drivers.at.urcs import Urc, UrcRule
from drivers.errors import Cancelled, CommandTimeout, DriverError, PortLost
from drivers.families.library_port import Library, ReaderDied

ATTACH: Final = 20.0  # seconds that a modem may take to answer after it was enumerated
SIM_STATE_LIMIT: Final = 1.0  # some makes give the state and never an OK
REOPENINGS: Final = 1  # in a row, before the port is given up

_log = logging.getLogger(__name__)


class LibraryEngine(PortThread):
    """One port, one thread ``gsmmodem-<port>`` beside the library's reader.

    Takes what :class:`PortThread` takes.
    """

    role: ClassVar[str] = "gsmmodem"
    probe: ClassVar[float] = 2.0

    def __init__(
        self,
        path: str,
        rules: Mapping[str, UrcRule],
        urc: Callable[[Urc], None],
        lost: Callable[[str], None],
        transcript: Transcript | None = None,
    ) -> None:
        super().__init__(path, rules, urc, lost, transcript)
        self._library = Library(path, self._heard, self._reader_died)
        self._introduced = False
        self._reopened = 0
        self._begun: Command | None = None
        self._sent = False  # its PDU was given to the library: the network may act on it
        self._answered = time.monotonic()

    def stop(self, timeout: float) -> None:
        """End the thread and close the port; a call of the library's may outlast ``timeout`` s."""
        self._library.alive = False
        super().stop(timeout)

    # --- the library's reader thread --------------------------------------------------------------

    def _heard(self, lines: list[str]) -> None:
        self._post(lambda: self._sort(lines))

    def _reader_died(self, cause: str) -> None:
        self._post(lambda: self._mend(cause))

    # --- the thread -------------------------------------------------------------------------------

    @property
    def unanswered_for(self) -> float:
        """Seconds since the modem's last result."""
        return time.monotonic() - self._answered

    def _serve(self) -> None:
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        try:
            self._introduce()
            while not self._ending:
                self._run_inbox()
                self._due(time.monotonic())
                self._advance()
                if self._begun is not None:
                    self._ask(self._begun)
                elif poll.poll(self._patience()):
                    self._drain_wakes()
        finally:
            self._library.close()

    def _introduce(self) -> None:
        """Let the library open the port and find out what it knows of the make."""
        try:
            self._library.introduce(ATTACH)
        except PinRequiredError:
            _log.info("%s: the library waits for the SIM", self.path)
        except CommandError as error:
            _log.info("%s: the library was refused: %s", self.path, error)
        except TimeoutException as error:
            raise PortLost(f"{self.path}: deaf: no answer to the library") from error
        except (GsmModemException, ValueError, IndexError, AttributeError, TypeError) as error:
            # It reads replies by position: a line too many is enough.
            _log.warning("%s: the library stumbled over a reply: %r", self.path, error)
        else:
            self._introduced = True

    def _begin(self, command: Command) -> None:
        self._begun, self._sent = command, False

    def _ask(self, command: Command) -> None:
        reply: Reply | None = None
        error: DriverError | None = None
        try:
            reply = self._asked(command)
        except PortLost:
            raise
        except DriverError as failed:
            error = failed
        self._begun = None
        self._ended(command, reply, error)

    def _abandon(self, cause: str) -> DriverError | None:
        command, self._begun = self._begun, None
        if command is None or not self._sent:
            return None
        return CommandTimeout(f"{command.shown}: {cause} after Ctrl-Z", outcome_unknown=True)

    # --- commands ---------------------------------------------------------------------------------

    def _asked(self, command: Command) -> Reply:
        """Have the library run a command. Raises DriverError."""
        if not self._library.reading:
            self._mend("its reader is dead")
        if command.drain:
            return self._clean(PROBES, command.timeout)
        self.transcript.note(command.text, sent=True)
        if command.call and command.text.startswith("ATD") and self._library.dials_silently:
            self._library.say(f"{command.text}\r")
            return Reply((), "OK")
        try:
            limit = SIM_STATE_LIMIT if command is SIM_STATE else command.timeout
            lines = self._library.ask(
                command.text, limit, call=command.call, prompt=command.payload is not None
            )
            if command.payload is not None and lines[-1].strip() == ">":
                self._sort(lines[:-1])
                self._ask_leave(command)
                self._sent = True
                lines = self._library.payload(command.payload, command.result_timeout)
        except TimeoutException as late:
            return self._late(command, list(late.data or ()))
        except ReaderDied as dead:
            self._mend(str(dead))
            return self._late(command, [])
        self._answered = time.monotonic()
        self._reopened = 0
        return self._reply(command, lines)

    def _ask_leave(self, command: Command) -> None:
        """Ask whether the PDU may leave; raises Cancelled if not."""
        if command.before_payload is None:
            return
        try:
            command.before_payload()
        except Exception as error:
            _log.error("%s: %s withheld: %s", self.path, command.shown, error)
            self._library.say("\x1b")
            self._clean(PROBES, self.probe)
            raise Cancelled(f"{command.shown}: withheld at the prompt") from error

    def _late(self, command: Command, lines: list[str]) -> Reply:
        if command is SIM_STATE and any(line.startswith("+CPIN:") for line in lines):
            waiting = Waiting(command)
            self._take(lines, waiting)
            return self._accepted(command, Reply(tuple(waiting.lines), "OK"))
        self._take(lines, Waiting(command))
        if command.payload is not None and not self._sent:
            self._library.say("\x1b")
        raise CommandTimeout(f"{command.shown}: no result in time", outcome_unknown=self._sent)

    def _reply(self, command: Command, lines: list[str]) -> Reply:
        waiting = Waiting(command)
        result = self._take(lines, waiting)
        if result is None:
            raise CommandTimeout(
                f"{command.shown}: the library lost its result",
                outcome_unknown=command.payload is not None,
            )
        reply = Reply(tuple(waiting.lines), result.text)
        if result.kind != "ok" and not command.raw:
            raise failure(command.shown, result)
        return self._accepted(command, reply)

    def _accepted(self, command: Command, reply: Reply) -> Reply:
        """Take a good reply; a SIM that is ready lets the library finish its introduction."""
        if command is SIM_STATE and not self._introduced and "READY" in " ".join(reply.lines):
            self._library.close()
            self._introduce()
            self._library.ask("AT&D0", self.probe)
        return reply

    def _take(self, lines: list[str], waiting: Waiting | None) -> Result | None:
        """Sort lines; returns the final result among them."""
        result = None
        for line in lines:
            text = line.strip()
            if not text or text == ">":
                continue
            self.transcript.note(text, sent=False)
            for meaning in self._classifier.meaning(text, waiting):
                if isinstance(meaning, Urc):
                    self._unsolicited(meaning)
                elif isinstance(meaning, Result):
                    result = meaning
                elif meaning == "reply" and waiting is not None:
                    waiting.lines.append(text)
                elif meaning == "stray":
                    self._word(text)
        return result

    def _sort(self, lines: list[str]) -> None:
        """Sort lines that answer nothing."""
        self._take(lines, None)

    def _word(self, line: str) -> None:
        word = self._library.call_word(line)
        if word is not None:
            self._unsolicited(Urc(f"CALL {word[0].upper()}", word[1]))

    # --- when it goes wrong -----------------------------------------------------------------------

    def _clean(self, probes: int, timeout: float) -> Reply:
        """Write ``AT`` until nothing but its OK comes. Raises PortLost when that never happens."""
        unanswered = 0
        for _ in range(CLEANINGS + probes):
            if self._ending:
                raise Cancelled(f"{self.path}: stopped")
            try:
                lines = self._library.ask("AT", timeout)
            except TimeoutException as late:
                self._take(list(late.data or ()), None)
                unanswered += 1
                if unanswered >= probes:
                    self._mend(f"deaf: no answer to {probes} × AT within {timeout:g} s each")
                    unanswered = 0
                continue
            except ReaderDied as dead:
                self._mend(str(dead))
                continue
            self._answered = time.monotonic()
            kept = [line for line in lines if line.strip() not in {"AT", ""}]
            if kept == ["OK"]:
                self._reopened = 0
                return Reply((), "OK")
            self._take(kept[:-1], None)
        raise PortLost(f"{self.path}: never silent")

    def _mend(self, cause: str) -> None:
        """Open the port again in place, once; raises PortLost when that was tried before."""
        if self._ending:
            return
        if self._reopened >= REOPENINGS:
            raise PortLost(f"{self.path}: {cause}")
        self._reopened += 1
        _log.warning("%s: %s; opened again", self.path, cause)
        self._library.reopen()
