"""The media room in a process of its own, behind the contract of :class:`~.engine.Media`.

Why: threads of one interpreter take turns, and a leg that wakes for its frame waits for whoever has
the turn. Beside an API at full load (``tests/bench/media_under_load.py``, 16 lines, two cores) the
longest gap on ALSA ports is 78 ms with 81 frames of 9600 lost as threads of the box, and 21 ms with
none lost here; a shorter switch interval does not help. All figures: CONTRIBUTING.md.
"""

from __future__ import annotations

import logging
import queue
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

from appliance.media.engine import LegFigures
from appliance.media.events import MediaEvent, Post, Recorded, RecordingFailed
from appliance.media.leg import Counts
from appliance.media.owed import Owed
from appliance.media.recorder import check_name, salvage_one
from appliance.media.tone_plans import HOME
from appliance.media.wire import decode, decode_event, encode
from drivers.modem import AudioSpec

_log = logging.getLogger(__name__)

FIGURES: Final = 1.0  # seconds to wait for figures
SETTLED: Final = 10.0  # seconds of life after which a process's death is no sign of a bad start
PAUSES: Final = (0.0, 0.5, 2.0, 5.0)  # seconds before the next try, by deaths in a row


class _Child:
    """One life of the process: its socket and what waits to be sent to it."""

    def __init__(self, command: list[str]) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(command, stdin=theirs.fileno())
        self.wire = ours
        self.began = time.monotonic()
        self.lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._send, name="media-commands", daemon=True)
        self._thread.start()

    def _send(self) -> None:
        while (line := self.lines.get()) is not None:
            try:
                self.wire.sendall(line)
            except OSError:
                return  # it has died; the reader of its events settles what it owed

    def end(self, timeout: float) -> None:
        """Wait for its end, and force it after ``timeout`` seconds."""
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            _log.error("the voice process did not end in time")
            self.process.kill()
            self.process.wait(1.0)
        self.lines.put(None)
        self._thread.join(1.0)
        self.wire.close()


class MediaProcess:
    """The voice of every call, in a child process that is started again should it die.

    Threads here: ``media-commands`` sends, ``media-events`` receives and supervises. When the child
    dies, every leg, play, recording and closing that it owed is told as failed, and calls that
    begin afterwards have a new child.

    Args:
        post: Takes the events, on the thread ``media-events``; must only enqueue.
        prompts: Folder of the approved uploads.
        recordings: Folder of the recordings.
        region: Whose tones are played, two letters.
        stereo: Recordings have leg a on the left and leg b on the right; else both are mixed.
        keep: Seconds that recordings are kept; None for ever.
        level: Of the child's log, which is written to this process's standard error.
        log_json: The log is one JSON object a line.
    """

    def __init__(
        self,
        post: Post,
        *,
        prompts: Path,
        recordings: Path,
        region: str = HOME,
        stereo: bool = False,
        keep: float | None = None,
        level: str = "info",
        log_json: bool = False,
    ) -> None:
        self._post = post
        self._recordings = recordings
        self._command = [sys.executable, "-m", "appliance.media.child"]
        self._command += ["--prompts", str(prompts), "--recordings", str(recordings)]
        self._command += ["--region", region]
        self._command += ["--keep", str(keep)] if keep is not None else []
        self._command += ["--stereo"] if stereo else []
        self._command += ["--level", level, *(["--log-json"] if log_json else [])]
        self._lock = threading.Lock()  # guards what follows, and the order of commands
        self._owed = Owed()
        self._child: _Child | None = None
        self._questions: dict[int, queue.SimpleQueue[list[dict[str, Any]]]] = {}
        self._asked = 0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    # --- life ---

    def start(self) -> None:
        """Start the child; it takes commands at once. Raises OSError."""
        self._stopping.clear()
        with self._lock:
            self._child = _Child(self._command)
        self._thread = threading.Thread(target=self._run, name="media-events", daemon=True)
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Close every call and end the child, within ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        with self._lock:
            self._stopping.set()
            child = self._child
            if child is not None:
                child.lines.put(encode("stop", max(0.1, timeout - 0.3)))
        if child is not None:
            child.end(max(0.1, deadline - time.monotonic()))
        if self._thread is not None:
            self._thread.join(max(0.5, deadline - time.monotonic()))

    @property
    def pid(self) -> int | None:
        """The child's process id."""
        child = self._child
        return None if child is None else child.process.pid

    # --- commands: see Media ---

    def attach(self, call: str, leg: str, spec: AudioSpec) -> None:
        """Open the leg's port; Attached follows, or PortFailed."""
        with self._lock:
            self._owed.attached(call, leg)
            self._send(encode("attach", call, leg, spec.kind, spec.address, spec.rate))

    def detach(self, call: str, leg: str) -> None:
        """Close the leg's port; the other leg goes on."""
        with self._lock:
            self._owed.detached(call, leg)
            self._send(encode("detach", call, leg))

    def bridge(self, call: str, on: bool) -> None:
        """Let legs a and b hear each other from now on, or no longer."""
        with self._lock:
            self._send(encode("bridge", call, on))

    def close(self, call: str) -> None:
        """End everything of the call; MediaClosed follows."""
        with self._lock:
            self._owed.closing(call)
            self._send(encode("close", call))

    def play(
        self,
        call: str,
        leg: str,
        play_id: int,
        sources: tuple[str, ...],
        *,
        loop: bool = False,
        interruptible: bool = False,
        mix: bool = False,
    ) -> None:
        """Play to one ear; Played follows exactly once."""
        with self._lock:
            self._owed.playing(call, leg, play_id)
            options = {"loop": loop, "interruptible": interruptible, "mix": mix}
            self._send(encode("play", call, leg, play_id, sources, **options))

    def stop_play(self, call: str, leg: str) -> None:
        """End what plays on the leg, as interrupted."""
        with self._lock:
            self._send(encode("stop_play", call, leg))

    def listen(self, call: str, leg: str, on: bool) -> None:
        """Report keys pressed on the leg."""
        with self._lock:
            self._send(encode("listen", call, leg, on))

    def record(self, call: str, name: str) -> None:
        """Record both directions; Recorded follows. Raises BadInput as Media does."""
        check_name(name)
        with self._lock:
            self._owed.recording(call, name)
            self._send(encode("record", call, name))

    def stop_record(self, call: str) -> None:
        """End the call's recording; Recorded follows."""
        with self._lock:
            self._send(encode("stop_record", call))

    def figures(self) -> list[LegFigures]:
        """Return the figures of every leg; none when the child does not answer in a second."""
        answer: queue.SimpleQueue[list[dict[str, Any]]] = queue.SimpleQueue()
        with self._lock:
            self._asked += 1
            number = self._asked
            self._questions[number] = answer
            self._send(encode("figures", number))
        try:
            legs = answer.get(timeout=FIGURES)
        except queue.Empty:
            _log.warning("the voice process did not tell its figures")
            return []
        finally:
            with self._lock:
                self._questions.pop(number, None)
        return [LegFigures(**{**leg, "counts": Counts(**leg["counts"])}) for leg in legs]

    def _send(self, line: bytes) -> None:
        if self._child is not None:
            self._child.lines.put(line)

    # --- the events' thread ---

    def _run(self) -> None:
        deaths = 0
        while (child := self._child) is not None:
            self._listen(child)
            if self._stopping.is_set():
                break
            status = child.process.wait()
            deaths = deaths + 1 if time.monotonic() - child.began < SETTLED else 0
            _log.error("the voice process died (status %d); it is started again", status)
            self._stopping.wait(PAUSES[min(deaths, len(PAUSES) - 1)])
            self._replace(child)
        with self._lock:
            owed = self._owed.settle()
        self._tell(owed)

    def _listen(self, child: _Child) -> None:
        """Take events until the child's end."""
        try:
            with child.wire.makefile("rb") as lines:
                for line in lines:
                    self._take(line)
        except (OSError, ValueError) as error:
            _log.error("the voice process cannot be understood: %s", error)
            child.process.kill()

    def _take(self, line: bytes) -> None:
        name, arguments, options = decode(line)
        if name == "figures":
            with self._lock:
                answer = self._questions.get(arguments[0])
            if answer is not None:
                answer.put(arguments[1])
            return
        event = decode_event(name, options)
        if event is None:
            raise ValueError(f"an event {name}")
        with self._lock:
            self._owed.told(event)
        self._post(event)

    def _replace(self, dead: _Child) -> None:
        """Owe nothing for the dead child, and have a new one take the commands from now on."""
        try:
            fresh = _Child(self._command)
        except OSError as error:
            _log.error("the voice process cannot be started: %s", error)
            self._stopping.wait(PAUSES[-1])
            return  # the dead one's socket ends at once: it is tried again
        with self._lock:
            late = self._stopping.is_set()
            if not late:
                self._child = fresh
            owed = self._owed.settle()
        dead.end(1.0)
        if late:
            fresh.process.kill()
            fresh.end(1.0)
        self._tell(owed)

    def _tell(self, owed: list[MediaEvent]) -> None:
        """Tell what is owed; a recording of which something is on the disk is completed."""
        for event in owed:
            if isinstance(event, RecordingFailed):
                event = self._completed(event) or event
            self._post(event)

    def _completed(self, lost: RecordingFailed) -> Recorded | None:
        try:
            saved = salvage_one(self._recordings, lost.name)
        except OSError as error:
            _log.error("recording %s cannot be completed: %s", lost.name, error)
            return None
        if saved is None:
            return None
        return Recorded(lost.call, lost.name, saved.seconds, saved.sha256)
