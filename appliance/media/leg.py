"""One leg's voice: a thread that reads its port and writes what this ear is to hear."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from appliance.media.dtmf import Detector
from appliance.media.events import Attached, DigitHeard, LevelNote, Played, PortFailed, Post
from appliance.media.jitter import GRACE, LATE, Backlog, JitterQueue, Pace
from appliance.media.levels import LevelWatch
from appliance.media.play import Play, mixed
from appliance.media.recorder import Recording
from drivers.audio.port import FRAME_OCTETS, FRAME_SECONDS, SILENCE, AudioPort
from drivers.clock import Clock
from drivers.errors import DriverError
from drivers.modem import AudioSpec

_log = logging.getLogger(__name__)

OpenPort = Callable[[AudioSpec], AudioPort]

NICE: Final = -11  # of the legs' threads: a late frame is heard, a late reply is not
REAL_TIME: Final = 5  # priority of the voice process among those in real time, 1 to 99
WAIT: Final = FRAME_SECONDS  # seconds that one read may wait once the voice runs
WAIT_FIRST: Final = 0.1  # … before the first frame
PREDECESSOR: Final = 2.0  # seconds that the leg which had this port before may take to close it
KEEPS_IN_HAND: Final = 2 * FRAME_OCTETS  # octets in a port that spare its queue a frame
FULLEST: Final = 6 * FRAME_OCTETS  # octets waiting in the port beyond which a frame is dropped
LEAKED: Final = 1  # frames of a key's tone that a bridge holds before it is suspected


@dataclass(slots=True)
class Session:
    """What the legs of one call share. Fields are replaced, never changed in place."""

    call: str
    legs: dict[str, Leg] = field(default_factory=dict)
    bridged: bool = False
    recording: Recording | None = None


@dataclass(slots=True)
class Counts:
    """What happened on a leg, for metrics; written by its thread only.

    Attributes:
        received: Frames that came from the modem.
        written: Frames given to the port.
        refused: Frames that the port did not take, or for which it was too full.
        spared: Quiet frames left out because of what waited in the port.
        unwritten: Frame times that passed with the modem silent.
        longest_gap: Most seconds between two received frames.
    """

    received: int = 0
    written: int = 0
    refused: int = 0
    spared: int = 0
    unwritten: int = 0
    longest_gap: float = 0.0


def hurry() -> None:
    """Let the calling thread go before all that can wait; without the right to, it does not."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


def run_in_real_time(priority: int = REAL_TIME) -> bool:
    """Let this process's threads run before all ordinary ones; return whether that was allowed.

    For a process that has nothing but voice to do: whoever holds its interpreter while another
    process has the processor holds up every leg. Needs CAP_SYS_NICE or LimitRTPRIO; the kernel
    keeps a twentieth of each second for others whatever happens (``sched_rt_runtime_us``).
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(priority))
    except OSError:
        hurry()
        return False
    return True


class Leg:
    """One leg of one call. Commands come from any thread and take effect with the next frame.

    Args:
        session: The call's shared state.
        name: ``a`` or ``b``.
        spec: Where the port is.
        open_port: Makes the port; called on the leg's thread.
        clock: For the pace.
        post: Takes the leg's events.
        ended: Called last, on the leg's thread.
    """

    def __init__(
        self,
        session: Session,
        name: str,
        spec: AudioSpec,
        *,
        open_port: OpenPort,
        clock: Clock,
        post: Post,
        ended: Callable[[Leg], None],
    ) -> None:
        self.session = session
        self.name = name
        self.spec = spec
        self.inbox = JitterQueue()
        self.counts = Counts()
        self.listening = False
        self.flush_wanted = False
        self._open_port = open_port
        self._clock = clock
        self._post = post
        self._ended = ended
        self._lock = threading.Lock()  # guards _play and _closed
        self._play: Play | None = None
        self._closed = False
        self._ending = threading.Event()
        self._over = threading.Event()
        self._detector = Detector()
        self._levels = LevelWatch(called=name == "b")
        self._backlog = Backlog()
        self._pace = Pace(0.0)
        self._wait = WAIT_FIRST
        self._heard: bytes | None = None
        self._last = 0.0
        self._before: Leg | None = None
        self._thread = threading.Thread(
            target=self._run, name=f"media-{name}-{session.call}", daemon=True
        )

    # --- commands, from any thread --------------------------------------------------------------

    def start(self, before: Leg | None) -> None:
        """Start the thread; it waits for ``before``, the port's last user, to close it."""
        self._before = before
        self._thread.start()

    def end(self) -> None:
        """Ask the thread to end; it does within a tenth of a second."""
        self._ending.set()

    def wait_over(self, timeout: float) -> bool:
        """Wait until the port is closed and all is reported."""
        return self._over.wait(timeout)

    def join(self, timeout: float) -> bool:
        """Wait until the thread has ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """True while the port is open and its first frame has come."""
        return self.counts.received > 0 and not self._closed

    def play(self, play: Play) -> None:
        """Play instead of what plays now. On a leg that has ended it is over at once."""
        with self._lock:
            refused = self._closed
            before, self._play = (play, self._play) if refused else (self._play, play)
        self._report(before, interrupted=True)

    def stop_play(self, only: Play | None = None) -> None:
        """End what plays (or ``only`` that play) as interrupted."""
        self._end_play(only, interrupted=True)

    # --- the thread -----------------------------------------------------------------------------

    def _run(self) -> None:
        hurry()
        try:
            if self._before is not None and not self._before.wait_over(PREDECESSOR):
                raise DriverError("the port is still held by its last call")  # noqa: TRY301
            self._before = None
            self._pump()
        except (DriverError, OSError) as error:
            _log.warning("voice of leg %s lost: %s", self.name, error)
            self._post(PortFailed(self.session.call, self.name, str(error)))
        except Exception as error:  # noqa: BLE001 - the other leg and the call must go on
            _log.exception("voice thread of leg %s died", self.name)
            cause = f"internal: {type(error).__name__}"
            self._post(PortFailed(self.session.call, self.name, cause))
        finally:
            with self._lock:
                self._closed = True
            self.stop_play()
            self._over.set()
            self._ended(self)

    def _pump(self) -> None:
        port = self._open_port(self.spec)
        try:
            port.open()
            self.begin(port)
            while not self._ending.is_set():
                self.step(port)
        finally:
            port.close()

    def begin(self, port: AudioPort) -> None:
        """Get ready for the first step with a port that has just been opened."""
        self._backlog = Backlog()
        self.inbox.lean = port.usual >= KEEPS_IN_HAND
        self._pace = Pace(self._clock.monotonic())
        self._wait = WAIT_FIRST

    def step(self, port: AudioPort) -> None:
        """Wait for one frame and do all that it asks for, or what its absence does."""
        frame = port.read(self._wait)
        now = self._clock.monotonic()
        if self.flush_wanted:
            self.flush_wanted = False
            port.flush()
            self._backlog = Backlog()
        if frame is not None:
            self._wait = WAIT
            self._receive(frame, now)
            for _ in range(self._pace.received(now)):
                self._tick(port, now)
        else:
            self._idle(port, now)

    def _idle(self, port: AudioPort, now: float) -> None:
        write, skip = self._pace.idle(now)
        for _ in range(write):
            self._tick(port, now)
        for _ in range(skip):
            self._tick(None, now)
        if self.counts.received and (note := self._levels.stalled(now - self._last)):
            self._post(LevelNote(self.session.call, self.name, note))

    def _receive(self, frame: bytes, now: float) -> None:
        counts = self.counts
        if counts.received == 0:
            self._post(Attached(self.session.call, self.name))
        else:
            self._note_gap(now - self._last)
        counts.received += 1
        self._last = now
        if note := self._levels.frame(frame):
            self._post(LevelNote(self.session.call, self.name, note))
        if self._wants_keys():
            frame = self._listen(frame)
        self._heard = frame
        if self.session.bridged:
            for other in self.session.legs.values():
                if other is not self:
                    other.inbox.put(frame, now)

    def _note_gap(self, seconds: float) -> None:
        """Whatever stood still, what it left waiting is judged anew."""
        self.counts.longest_gap = max(self.counts.longest_gap, seconds)
        if seconds > LATE:
            self._backlog = Backlog()
            self.inbox.look_soon()

    def _wants_keys(self) -> bool:
        """Tell whether to look for keys: asked to, or for a play, or until a press has ended."""
        play = self._play
        for_play = play is not None and play.interruptible
        return self.listening or for_play or self._detector.sounding is not None

    def _listen(self, frame: bytes) -> bytes:
        """Look for keys; return what the other side may hear of the frame."""
        sounded = self._detector.suspected
        for press in self._detector.feed(frame):
            self._post(DigitHeard(self.session.call, self.name, press.digit, press.milliseconds))
        if self._detector.sounding is not None:
            play = self._play
            if play is not None and play.interruptible:
                self._end_play(play, interrupted=True)
        if not self._detector.suspected:
            return frame
        if not sounded:
            self._hush()
        return SILENCE

    def _hush(self) -> None:
        for other in self.session.legs.values():
            if other is not self:
                other.inbox.silence_last(LEAKED)

    def _tick(self, port: AudioPort | None, now: float) -> None:
        """One frame time of this ear: compose, record, write (unless there is no use in it)."""
        session = self.session
        voice = None
        if session.bridged:
            self.inbox.wait(GRACE)
            voice = self.inbox.take(now)
        frame = self._compose(voice)
        recording = session.recording
        if recording is not None and self._keeps_time():
            a, b = (self._heard, voice) if self.name == "a" else (voice, self._heard)
            recording.put(a, b)
        self._heard = None
        if port is None:
            self.counts.unwritten += 1
            return
        waiting = port.queued()
        if self._backlog.spare(waiting, frame, port.usual, lean=self.inbox.lean):
            self.counts.spared += 1
        elif waiting <= FULLEST and port.write(frame):
            self.counts.written += 1
        else:
            self.counts.refused += 1

    def _compose(self, voice: bytes | None) -> bytes:
        play = self._play
        if play is None:
            return voice or SILENCE
        frame = play.next()
        if frame is None or play.over():
            self._end_play(play, interrupted=False)
        if frame is None:
            return voice or SILENCE
        if play.mix and play.clip is not None:
            return mixed(voice or SILENCE, frame)
        return voice or SILENCE if play.mix else frame

    def _keeps_time(self) -> bool:
        """Tell whether the recording goes by this leg's clock: leg a's, or b's without it."""
        first = self.session.legs.get("a")
        return first is self or first is None or not first.alive

    # --- plays ----------------------------------------------------------------------------------

    def _end_play(self, only: Play | None, *, interrupted: bool) -> None:
        with self._lock:
            play = self._play
            if only is not None and play is not only:
                return
            self._play = None
        self._report(play, interrupted=interrupted)

    def _report(self, play: Play | None, *, interrupted: bool) -> None:
        if play is not None:
            self._post(Played(self.session.call, self.name, play.play_id, interrupted))
