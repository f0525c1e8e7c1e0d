"""The media room's front: commands in, events out, nothing waits."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

from appliance.media.events import MediaClosed, Played, Post
from appliance.media.leg import Counts, Leg, OpenPort, Session
from appliance.media.loader import Loader
from appliance.media.play import Play
from appliance.media.prompts import Library
from appliance.media.recorder import Recorder, Recording
from appliance.media.tone_plans import HOME
from drivers.audio.ports import open_port as open_real_port
from drivers.clock import Clock
from drivers.modem import AudioSpec

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LegFigures:
    """One leg's figures for metrics and diagnosis.

    Args:
        call: The call.
        leg: ``a`` or ``b``.
        counts: Frames and gaps at the port.
        waiting: Frames that wait for this ear now.
        lost: Frames dropped because they came faster than they were taken.
        empty: Frames of silence put in because nothing had come in time.
        slips: Quiet frames dropped or doubled to follow clocks that differ.
    """

    call: str
    leg: str
    counts: Counts
    waiting: int
    lost: int
    empty: int
    slips: int


class Media:
    """The voice of every call.

    Each leg has a thread ``media-<leg>-<call>`` that reads its port and writes one frame for each
    that came; one thread ``media-recorder`` writes recordings and one, ``media-loader``, decodes
    prompts.

    Args:
        post: Takes the events, on media threads; must only enqueue.
        clock: Monotonic time for the legs' pace.
        prompts: Folder of the approved uploads.
        recordings: Folder of the recordings.
        open_port: Makes an audio port; another one than the real in tests.
        region: Whose tones are played, two letters.
        stereo: Recordings have leg a on the left and leg b on the right; else both are mixed.
        keep: Seconds that recordings are kept; None for ever.
    """

    def __init__(
        self,
        post: Post,
        *,
        clock: Clock,
        prompts: Path,
        recordings: Path,
        open_port: OpenPort = open_real_port,
        region: str = HOME,
        stereo: bool = False,
        keep: float | None = None,
    ) -> None:
        self._post = post
        self._clock = clock
        self._open_port = open_port
        self._loader = Loader(Library(prompts, region))
        self._recorder = Recorder(recordings, post, self._recording_ended, keep=keep)
        self._stereo = stereo
        self._lock = threading.Lock()  # guards the collections below
        self._sessions: dict[str, Session] = {}
        self._closing: dict[str, Session] = {}
        self._holders: dict[str, Leg] = {}  # by port address: who had it last
        self._running: set[Leg] = set()
        self._recordings: set[Recording] = set()

    def start(self) -> None:
        """Start the recorder and the loader."""
        self._recorder.start()
        self._loader.start()

    def stop(self, timeout: float) -> None:
        """Close every call and end every thread, within ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        with self._lock:
            calls = list(self._sessions)
            legs = list(self._running)
        for call in calls:
            self.close(call)
        for leg in legs:
            if not leg.join(max(0.0, deadline - time.monotonic())):
                _log.error("voice thread of leg %s did not end in time", leg.name)
        self._recorder.stop(max(0.1, deadline - time.monotonic()))
        self._loader.stop(max(0.1, deadline - time.monotonic()))

    # --- legs -----------------------------------------------------------------------------------

    def attach(self, call: str, leg: str, spec: AudioSpec) -> None:
        """Open the leg's port and send it silence; Attached follows, or PortFailed.

        A leg that is attached already is detached first, and so is another leg on the same port.
        """
        with self._lock:
            session = self._sessions.setdefault(call, Session(call))
            old = session.legs.get(leg)
            new = Leg(
                session,
                leg,
                spec,
                open_port=self._open_port,
                clock=self._clock,
                post=self._post,
                ended=self._leg_ended,
            )
            before = self._holders.get(spec.address)
            self._holders[spec.address] = new
            self._running.add(new)
            session.legs = {**session.legs, leg: new}
        for gone in (old, before):
            if gone is not None:
                gone.end()
        new.start(before)

    def detach(self, call: str, leg: str) -> None:
        """Close the leg's port; the other leg goes on. Harmless when not attached."""
        with self._lock:
            session = self._sessions.get(call)
            if session is None or leg not in session.legs:
                return
            gone = session.legs[leg]
            session.legs = {name: kept for name, kept in session.legs.items() if kept is not gone}
        gone.end()

    def bridge(self, call: str, on: bool) -> None:
        """Let legs a and b hear each other from now on, or no longer."""
        with self._lock:
            session = self._sessions.get(call)
            if session is None or session.bridged == on:
                return
            for leg in session.legs.values():
                leg.inbox.clear()
                leg.flush_wanted = on
            session.bridged = on

    def close(self, call: str) -> None:
        """End everything of the call. MediaClosed follows, after the events of all that it ends."""
        with self._lock:
            session = self._sessions.pop(call, None)
            if session is not None:
                self._closing[call] = session
            unknown = call not in self._closing
            legs = [leg for leg in self._running if leg.session is session]
        if unknown:
            self._post(MediaClosed(call))
        if session is None:
            return
        for leg in legs:
            leg.end()
        if (recording := session.recording) is not None:
            session.recording = None
            self._recorder.end(recording)
        self._settle(call)

    # --- sound ----------------------------------------------------------------------------------

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
        """Play to one ear, instead of what plays there; Played follows exactly once.

        Args:
            call: The call.
            leg: Whose ear.
            play_id: Comes back in Played.
            sources: One after the other: a file name in the prompts folder or an absolute path,
                ``default:SLOT[:LANGUAGE[+LANGUAGE]]``, ``tone:ringback`` (``busy``, ``dial``,
                ``congestion``, ``waiting``, ``confirmation``), ``tone:HERTZ/SECONDS``,
                ``silence:SECONDS``. One
                that cannot be had is logged and left out.
            loop: Again and again until stopped.
            interruptible: A key pressed on this leg ends it at once.
            mix: The other side stays audible below it; else it takes the ear alone.
        """
        found = self._leg(call, leg)
        if found is None:
            self._post(Played(call, leg, play_id, interrupted=True))
            return
        play = Play(play_id, loop=loop, interruptible=interruptible, mix=mix)
        self._loader.load(play, sources)
        found.play(play)

    def stop_play(self, call: str, leg: str) -> None:
        """End what plays on the leg, as interrupted. Harmless when nothing does."""
        if (found := self._leg(call, leg)) is not None:
            found.stop_play()

    def listen(self, call: str, leg: str, on: bool) -> None:
        """Report keys pressed on the leg as DigitHeard; their tones are kept from the other leg."""
        if (found := self._leg(call, leg)) is not None:
            found.listening = on

    def record(self, call: str, name: str) -> None:
        """Record both directions into ``name``, in the recordings folder. Recorded follows.

        Raises BadInput for a name that would leave the folder. A recording that runs is ended
        first.
        """
        recording = self._recorder.begin(call, name, stereo=self._stereo)
        with self._lock:
            session = self._sessions.setdefault(call, Session(call))
            before, session.recording = session.recording, recording
            self._recordings.add(recording)
        if before is not None:
            self._recorder.end(before)

    def stop_record(self, call: str) -> None:
        """End the call's recording; Recorded follows. Harmless when there is none."""
        with self._lock:
            session = self._sessions.get(call)
            if session is None:
                return
            recording, session.recording = session.recording, None
        if recording is not None:
            self._recorder.end(recording)

    def figures(self) -> list[LegFigures]:
        """Return the figures of every leg that is attached."""
        with self._lock:
            legs = [leg for session in self._sessions.values() for leg in session.legs.values()]
        return [
            LegFigures(
                leg.session.call,
                leg.name,
                replace(leg.counts),
                len(leg.inbox),
                leg.inbox.lost,
                leg.inbox.empty,
                leg.inbox.slips,
            )
            for leg in legs
        ]

    # --- inside ---------------------------------------------------------------------------------

    def _leg(self, call: str, leg: str) -> Leg | None:
        with self._lock:
            session = self._sessions.get(call)
            return None if session is None else session.legs.get(leg)

    def _leg_ended(self, leg: Leg) -> None:
        with self._lock:
            self._running.discard(leg)
            if self._holders.get(leg.spec.address) is leg:
                del self._holders[leg.spec.address]
        self._settle(leg.session.call)

    def _recording_ended(self, recording: Recording) -> None:
        with self._lock:
            self._recordings.discard(recording)
        self._settle(recording.call)

    def _settle(self, call: str) -> None:
        """Report a closed call once nothing of it runs any more."""
        with self._lock:
            session = self._closing.get(call)
            if (
                session is None
                or any(leg.session is session for leg in self._running)
                or any(recording.call == call for recording in self._recordings)
            ):
                return
            del self._closing[call]
        self._post(MediaClosed(call))
