"""Octets in, result codes out: the part of a modem that is the same on every modem (V.250 §5).

Runs on the reactor's thread. It knows nothing of calls or texts; commands are handed to a
``dispatch`` function, which answers with lines, a result to come, or a prompt.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from drivers.virtual.at_line import Request, split_line
from drivers.virtual.at_result import RESULT_NUMBERS, AtError, Later, NoResult, Outcome, Prompt
from drivers.virtual.reactor import Handle, Reactor

_log = logging.getLogger(__name__)

CTRL_Z, ESCAPE, CR, LF = 0x1A, 0x1B, 0x0D, 0x0A
LONGEST_LINE = 2048  # octets; a longer command line answers ERROR
LONGEST_INPUT = 16384  # octets kept while a command runs
QUIET_GAP = 0.1  # seconds without a command before a quiet modem speaks by itself


@dataclass
class LineSettings:
    """What the host has chosen about the line itself (E, V, Q, S3, S4, S5 and ``+CMEE``)."""

    echo: bool = True
    verbose: bool = True
    silent: bool = False
    errors: int = 0
    ends: int = CR
    feeds: int = LF
    erases: int = 8


@dataclass(frozen=True)
class Framing:
    """What a family puts before and after some unsolicited lines; all else is between CR LF.

    Args:
        around: Octets before and after such a line.
        only: How such lines begin.
    """

    around: str = "\r\n"
    only: tuple[str, ...] = ()

    def frame(self, lines: tuple[str, ...]) -> str:
        """Return one block of unsolicited lines as it goes out."""
        around = self.around if self.only and lines[0].startswith(self.only) else "\r\n"
        return around + "\r\n".join(lines) + around


class Interpreter:
    """One host's conversation with one modem.

    Args:
        reactor: For the pause of a quiet modem.
        dispatch: Runs one command; raises :class:`AtError`.
        write: Sends octets to the host.
        explain: Turns an error into its final result line.
        remember: Told each command line, for the record.
        framing: How this family frames unsolicited lines.
        quiet: Unsolicited lines keep away from commands altogether, for hosts that mix them up.
    """

    def __init__(
        self,
        reactor: Reactor,
        dispatch: Callable[[Request], Outcome],
        write: Callable[[bytes], None],
        explain: Callable[[AtError, int], str],
        remember: Callable[[str], None],
        framing: Framing,
        *,
        quiet: bool = False,
    ) -> None:
        self.settings = LineSettings()
        self.quiet = quiet
        self._reactor = reactor
        self._dispatch = dispatch
        self._write = write
        self._explain = explain
        self._remember = remember
        self._framing = framing
        self._input = bytearray()
        self._line = bytearray()
        self._last = ""
        self._requests: deque[Request] = deque()
        self._running = False
        self._pending: Later | None = None
        self._prompt: Prompt | None = None
        self._body = bytearray()
        self._held: deque[tuple[bytes, bool]] = deque()  # blocks; whether only after a result
        self._slips: deque[bytes] = deque()
        self._pumping = False
        self._gap: Handle | None = None
        self._closed = False

    # --- the modem speaks by itself ---------------------------------------------------------------

    def urc(self, *lines: str, early: bool = False, late: bool = False) -> None:
        """Send unsolicited lines, in one block.

        Between commands at once; while a command waits for the network, between its echo and its
        result; otherwise after the result. What was held back comes first: the order is kept.

        Args:
            early: At once even while a command is at work: it belongs before the result.
            late: After the result even while the command waits: it would pass for the result.
        """
        block = self._frame(lines)
        if self.quiet:
            self._held.append((block, late))
            self._wait_for_gap()
        elif early or self._may_speak(late):
            self._say_held()
            self._write(block)
        else:
            self._held.append((block, late))

    def _may_speak(self, late: bool) -> bool:
        busy = self._running or self._prompt is not None
        return not busy or (self._pending is not None and not late)

    def slip_in(self, *lines: str) -> None:
        """Put unsolicited lines inside the next command's reply: before its result, on purpose."""
        self._slips.append(self._frame(lines))

    def leave_command_state(self) -> None:
        """Forget an unfinished line or prompt: the host is gone."""
        self._line.clear()
        self._input.clear()
        if self._prompt is not None:
            self._prompt, self._body = None, bytearray()
            self._requests.clear()
            self._running = False

    def close(self) -> None:
        """Forget everything; a result that comes later goes nowhere."""
        self._closed = True
        self._input.clear()
        self._held.clear()
        if self._gap is not None:
            self._gap.cancel()

    def _frame(self, lines: tuple[str, ...]) -> bytes:
        if not self.settings.verbose and len(lines) == 1 and lines[0] in RESULT_NUMBERS:
            return f"{RESULT_NUMBERS[lines[0]]}\r".encode()
        return self._framing.frame(lines).encode("latin-1", "replace")

    def _flush_held(self) -> None:
        while self._held:
            self._write(self._held.popleft()[0])

    def _say_held(self) -> None:
        """Say what was held back and does not have to wait for a result."""
        waiting = self._running or self._prompt is not None
        left = [(block, late) for block, late in self._held if late and waiting]
        for block, late in self._held:
            if not (late and waiting):
                self._write(block)
        self._held = deque(left)

    def _wait_for_gap(self) -> None:
        if self._gap is None or not self._gap.pending:
            self._gap = self._reactor.after(QUIET_GAP, self._speak_in_gap)

    def _speak_in_gap(self) -> None:
        if self._running or self._prompt or self._line:
            self._wait_for_gap()
        else:
            self._flush_held()

    # --- the host speaks --------------------------------------------------------------------------

    def feed(self, octets: bytes) -> None:
        """Take what the host sent."""
        self._input += octets[: max(0, LONGEST_INPUT - len(self._input))]
        if self.quiet and self._gap is not None and self._gap.pending:
            self._gap.cancel()
            self._wait_for_gap()
        self._pump()

    def _pump(self) -> None:
        if self._pumping:
            return
        self._pumping = True
        try:
            while self._input and self._step():
                pass
        finally:
            self._pumping = False

    def _step(self) -> bool:
        """Use some of the input; False when the rest must wait."""
        if self._prompt is not None:
            return self._collect(self._prompt)
        if self._running:
            return self._abort()
        if not self._line and self._input[0] in {self.settings.feeds, 0, ESCAPE}:
            del self._input[0]
            return True
        end = self._input.find(self.settings.ends)
        taken = self._input[: end + 1] if end >= 0 else self._input[:]
        del self._input[: len(taken)]
        if self.settings.echo:
            self._write(bytes(taken))
        self._line += taken[:-1] if end >= 0 else taken
        if end < 0:
            self._check_partial()
            return True
        line, self._line = bytes(self._line), bytearray()
        self._execute(line)
        return True

    def _check_partial(self) -> None:
        if self._line.strip().upper() == b"A/":
            self._line.clear()
            self._start(self._last)
        elif len(self._line) > LONGEST_LINE:
            del self._line[LONGEST_LINE:]

    def _execute(self, line: bytes) -> None:
        if len(line) >= LONGEST_LINE:
            self._say("ERROR")
            return
        text = self._erase(line).decode("latin-1")
        if text.strip().upper() == "A/":
            self._start(self._last)
            return
        begin = text.upper().find("AT")
        if begin >= 0:
            self._last = text[begin + 2 :]
            self._start(self._last)

    def _erase(self, line: bytes) -> bytes:
        kept = bytearray()
        for octet in line:
            if octet == self.settings.erases:
                del kept[-1:]
            elif octet >= 0x20:
                kept.append(octet)
        return bytes(kept)

    def _collect(self, prompt: Prompt) -> bool:
        ends = [at for at in map(self._input.find, (b"\x1a", b"\x1b")) if at >= 0]
        taken = self._input[: min(ends) + 1] if ends else self._input[:]
        del self._input[: len(taken)]
        if self.settings.echo:
            self._write(bytes(taken))
        if not ends:
            self._body += taken
            del self._body[LONGEST_LINE:]
            return True
        self._body += taken[:-1]
        body = bytes(self._body)
        self._prompt, self._body = None, bytearray()
        if taken[-1] == ESCAPE:
            self._requests.clear()
            self._finish("OK")
        else:
            self._guarded(lambda: prompt.accept(_text_of(body, prompt.lines)))
            self._advance()
        return True

    def _abort(self) -> bool:
        pending = self._pending
        if pending is None or pending.abort is None:
            return False
        octet = self._input[0]
        del self._input[0]
        if octet != LF:
            pending.abort()
        return True

    # --- commands ---------------------------------------------------------------------------------

    def _start(self, tail: str) -> None:
        self._remember(f"AT{tail}")
        self._requests = deque(split_line(tail))
        self._running = True
        self._advance()

    def _advance(self) -> None:
        while self._running and self._pending is None and self._prompt is None:
            if not self._requests:
                self._finish("OK")
                return
            request = self._requests.popleft()
            self._guarded(lambda request=request: self._dispatch(request))  # type: ignore[misc]

    def _guarded(self, action: Callable[[], Outcome]) -> None:
        try:
            outcome = action()
        except AtError as error:
            self._fail(error)
            return
        except Exception:  # noqa: BLE001 - a real modem survives its own bugs too
            _log.exception("an AT command failed inside the virtual modem")
            self._fail(AtError(cme=0))
            return
        if isinstance(outcome, Later):
            self._pending = outcome
            if not self.quiet:
                self._say_held()
            outcome.then(self._resume)
        elif isinstance(outcome, Prompt):
            self._prompt = outcome
            if outcome.wait:
                self._reactor.after(outcome.wait, lambda: self._show(outcome))
            else:
                self._show(outcome)
        elif isinstance(outcome, NoResult):
            self._inform(list(outcome.lines))
            self._requests.clear()
            self._rest()
        else:
            self._inform(outcome)

    def _show(self, prompt: Prompt) -> None:
        if self._prompt is prompt and not self._closed:
            self._write(b"\r\n> ")

    def _resume(self, lines: list[str], error: AtError | None) -> None:
        if self._closed:
            return
        self._pending = None
        if error is not None:
            self._fail(error)
        else:
            self._inform(lines)
            self._advance()
        self._pump()

    def _fail(self, error: AtError) -> None:
        self._requests.clear()
        self._finish(self._explain(error, self.settings.errors))

    def _finish(self, result: str) -> None:
        self._slip()
        self._say(result)
        self._rest()

    def _rest(self) -> None:
        self._running = False
        if self._held and self.quiet:
            self._wait_for_gap()
        elif not self.quiet:
            self._flush_held()

    def _inform(self, lines: list[str]) -> None:
        if not lines:
            return
        before = "\r\n" if self.settings.verbose else ""
        text = before + "".join(f"{line}\r\n" for line in lines)
        self._write(text.encode("latin-1", "replace"))
        self._slip()

    def _slip(self) -> None:
        while self._slips:
            self._write(self._slips.popleft())

    def _say(self, result: str) -> None:
        if self.settings.silent:
            return
        if self.settings.verbose:
            self._write(f"\r\n{result}\r\n".encode())
        else:
            self._write(f"{RESULT_NUMBERS.get(result, result)}\r".encode())


def _text_of(body: bytes, keep_lines: bool) -> bytes:
    if keep_lines:
        return body
    return bytes(octet for octet in body if octet not in b"\r\n \0")
