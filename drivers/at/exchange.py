"""One command at a time on an open port: written, answered or timed out.

The reader thread feeds lines in; what became of the command comes out as Reply or as an error.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from drivers.at.classify import Classifier, Waiting
from drivers.at.commands import CTRL_Z, ESCAPE, SHORT, Command, Reply
from drivers.at.fields import head_of
from drivers.at.lines import Found, Line, LineSplitter, Noise, Prompt
from drivers.at.port import Port
from drivers.at.results import Result, failure
from drivers.at.trace import mask
from drivers.at.urcs import Urc
from drivers.errors import Cancelled, CommandTimeout, DriverError, PortLost
from drivers.modem import AtExchange

QUIET: Final = 0.25  # seconds of silence that make a drained port clean
WRITE_LIMIT: Final = 5.0  # seconds for the system to take a command
TRANSCRIPT: Final = 400  # exchanges kept for the technician
NOISE_LIMIT: Final = 8.0  # seconds for the result of a command that noise came with
ODD: Final = 3  # times that a line of an unknown kind counts as noise
UNASKED: Final = 100  # unknown kinds that are remembered

_log = logging.getLogger(__name__)


class Transcript:
    """The last lines on a port, masked; read from any thread."""

    def __init__(self) -> None:
        self._lines: deque[tuple[float, bool, str]] = deque(maxlen=TRANSCRIPT)
        self._lock = threading.Lock()

    def note(self, text: str, *, sent: bool) -> None:
        """Add one line."""
        with self._lock:
            self._lines.append((time.time(), sent, text))

    def lines(self) -> list[AtExchange]:
        """Return the lines, oldest first, masked."""
        with self._lock:
            lines = list(self._lines)
        return [
            AtExchange(datetime.fromtimestamp(at, UTC), sent, mask(text))
            for at, sent, text in lines
        ]


class Dialogue:
    """The command that is under way on a port, if any. Owned by the reader thread.

    Args:
        port: The open port.
        classifier: What lines mean.
        transcript: Where lines are kept for people.
        urc: Called with every unsolicited line.
        ended: Called when a command has ended, with its reply or its error.
    """

    def __init__(
        self,
        port: Port,
        classifier: Classifier,
        transcript: Transcript,
        urc: Callable[[Urc], None],
        ended: Callable[[Command, Reply | None, DriverError | None], None],
    ) -> None:
        self._port = port
        self._classifier = classifier
        self._transcript = transcript
        self._urc = urc
        self._ended = ended
        self._splitter = LineSplitter()
        self._waiting: Waiting | None = None
        self.deadline = float("inf")  # when check has to be called, of the monotonic clock
        self._held: Command | None = None
        self._feeding = False
        self._prompt = False
        self._payload_sent = False
        self._withheld = False
        self._drained = 0  # results that came while draining
        self._clean = False  # … and nothing came with them or since
        self.answered = time.monotonic()  # the modem's last result
        self._unasked: Counter[str] = Counter()  # kinds of lines that no table knows
        self.garbled_at = float("-inf")  # when octets came last that no modem writes
        self.oddities = 0  # lines that may be what noise made of others

    @property
    def busy(self) -> bool:
        """True while a command is under way."""
        return self._waiting is not None or self._held is not None

    @property
    def outcome_unknown(self) -> bool:
        """True once Ctrl-Z of the command under way has left: the network may act on it."""
        return self._payload_sent and self._port.pending == 0

    def begin(self, command: Command) -> None:
        """Write a command. Raises PortLost.

        What has arrived before that is read first: it answers something else.
        """
        self._held = command
        if not self._feeding:
            self._take_in(self._port.read())
            self._write_held()

    def _write_held(self) -> None:
        command, self._held = self._held, None
        if command is None:
            return
        self._waiting = Waiting(command)
        self._prompt = command.payload is not None
        self._payload_sent = False
        self._withheld = False
        self._drained, self._clean = 0, True
        self.deadline = time.monotonic() + command.timeout
        self._transcript.note(command.text, sent=True)
        # A drained port may still wait for a PDU: ESC leaves that state and means nothing else.
        lead = ESCAPE + b"\r" if command.drain else b""
        self._port.write(lead + command.text.encode("latin-1", "replace") + b"\r")

    def feed(self, octets: bytes) -> None:
        """Take what has arrived, line by line. Raises PortLost."""
        self._take_in(octets)
        self._write_held()

    def _take_in(self, octets: bytes) -> None:
        if not octets:
            return
        self._feeding = True
        try:
            for found in self._splitter.feed(octets, prompt=self._prompt):
                self._take(found)
        finally:
            self._feeding = False

    def _take(self, found: Found) -> None:
        if isinstance(found, Line):
            self._transcript.note(found.text, sent=False)
            for meaning in self._classifier.meaning(found.text, self._waiting):
                if isinstance(meaning, Urc):
                    self._give(meaning)
                elif isinstance(meaning, Result):
                    self._result(meaning)
                elif meaning in {"reply", "stray"}:
                    self._content(found.text, meaning)
        elif isinstance(found, Prompt):
            self._prompted()
        elif isinstance(found, Noise):
            self.garbled_at = time.monotonic()
            self.oddities += 1
            _log.warning("%s: dropped a line of %d octets", self._port.path, found.octets)

    def _give(self, urc: Urc) -> None:
        try:
            self._urc(urc)
        except DriverError:
            raise
        except Exception:  # noqa: BLE001 - the reader outlives its customer's bugs
            _log.exception("%s: handling %s failed", self._port.path, urc.head)

    def _content(self, text: str, meaning: object) -> None:
        if self._drained and self._waiting is not None:
            self._clean = False
            self._listen_on(self._waiting.command)
        if self._is_odd(text, asked=meaning == "reply"):
            self.oddities += 1
            if self._waiting is not None:
                self._waiting.noise += 1
                self._give_up_soon(self._waiting.command)
        if meaning == "reply" and self._waiting is not None:
            self._waiting.lines.append(text)
        elif meaning == "stray":
            _log.debug("%s: nobody asked for %r", self._port.path, mask(text))

    def _give_up_soon(self, command: Command) -> None:
        """The noise may have been the command, or its result, which is not waited for long then.

        That of a text is: it tells whether the text was sent, and may come after the noise.
        """
        if command.payload is None and not command.drain:
            self.deadline = min(self.deadline, time.monotonic() + NOISE_LIMIT)

    def _is_odd(self, text: str, *, asked: bool) -> bool:
        """Tell whether a line may be what noise made of another.

        One of a kind that no table knows, but that comes again and again, is the maker's own.
        """
        if not (text.isascii() and text.isprintable()):
            garbled = self._waiting is None or self._waiting.is_noise(text)
            self.garbled_at = time.monotonic() if garbled else self.garbled_at
            return garbled
        head = head_of(text)
        if asked or head == text:
            return not asked
        if len(self._unasked) > UNASKED:
            self._unasked.clear()
        self._unasked[head] += 1
        return self._unasked[head] <= ODD

    def _prompted(self) -> None:
        waiting = self._waiting
        if waiting is None or waiting.command.payload is None:
            return
        self._prompt = False
        if not self._may_send(waiting.command):
            self._withheld = True
            self._transcript.note("<ESC>", sent=True)
            self.deadline = time.monotonic() + SHORT
            self._port.write(ESCAPE)
            return
        payload = waiting.command.payload
        waiting.echoes.add(payload)
        self._payload_sent = True
        self._transcript.note(f"<{len(payload) // 2} octets>", sent=True)
        self.deadline = time.monotonic() + waiting.command.result_timeout
        self._port.write(payload.encode("ascii", "replace") + CTRL_Z)

    def _may_send(self, command: Command) -> bool:
        if command.before_payload is None:
            return True
        try:
            command.before_payload()
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing may leave
            _log.error("%s: %s withheld: %s", self._port.path, command.shown, error)
            return False
        return True

    def _result(self, result: Result) -> None:
        waiting = self._waiting
        assert waiting is not None
        self.answered = time.monotonic()
        command = waiting.command
        if command.drain:
            # Lines, or a result too many, mean that another command's has come late.
            self._drained += 1
            self._clean = self._clean and self._drained <= command.expects and not waiting.lines
            self._listen_on(command)
            return
        if self._withheld:
            self._end(None, Cancelled(f"{command.shown}: withheld at the prompt"))
            return
        reply = Reply(tuple(waiting.lines), result.text, waiting.noise)
        if result.kind == "ok" or command.raw:
            self._end(reply, None)
        else:
            self._end(None, failure(command.shown, result))

    def _listen_on(self, command: Command) -> None:
        """Go on draining: a due result may take its time, behind the last one is silence."""
        due = self._drained < command.expects
        self.deadline = time.monotonic() + (command.timeout if due else QUIET)

    def check(self, now: float) -> None:
        """End the command if its time is over."""
        waiting = self._waiting
        if waiting is None or now < self.deadline:
            return
        command = waiting.command
        if self._drained:
            final = "OK" if self._clean else "late"
            self._end(Reply((), final, results=self._drained), None)
            return
        unknown = self.outcome_unknown
        if self._port.pending:
            if not unknown:
                self._port.drop_output()
            if time.monotonic() - self.deadline > WRITE_LIMIT:
                raise PortLost(f"{self._port.path}: takes no octets")
        limit = command.result_timeout if self._payload_sent else command.timeout
        message = f"{command.shown}: no result within {limit:g} s"
        self._end(None, CommandTimeout(message, outcome_unknown=unknown))

    def abandon(self, reason: str) -> DriverError | None:
        """Forget the command under way; return the error that it ends with, None without one."""
        waiting = self._waiting
        if waiting is None:
            return None
        unknown = self.outcome_unknown
        self._waiting = None
        self._drained = 0
        self.deadline = float("inf")
        if unknown:
            message = f"{waiting.command.shown}: {reason} after Ctrl-Z"
            return CommandTimeout(message, outcome_unknown=True)
        return PortLost(f"{waiting.command.shown}: {reason}")

    def _end(self, reply: Reply | None, error: DriverError | None) -> None:
        waiting, self._waiting = self._waiting, None
        assert waiting is not None
        self._prompt = False
        self._payload_sent = False
        self._drained = 0
        self.deadline = float("inf")
        self._ended(waiting.command, reply, error)
