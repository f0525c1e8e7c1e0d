"""A media room on ports whose clock is the test: a frame said, a frame heard, no time passes."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np

from appliance.media import Media, MediaClosed, MediaEvent
from appliance.media.g711 import Samples
from drivers.audio.port import FRAME_OCTETS, FRAME_SAMPLES, FRAME_SECONDS, SILENCE
from drivers.clock import ManualClock
from drivers.errors import PortLost
from drivers.modem import AudioSpec
from tests.threads import Since

DEADLINE = 5.0
Event = TypeVar("Event", bound=MediaEvent)


class WirePort:
    """An audio port whose other end is the test."""

    usual = FRAME_OCTETS

    def __init__(self) -> None:
        self.said: queue.Queue[bytes] = queue.Queue()
        self.heard: queue.Queue[bytes] = queue.Queue()
        self.lost: str | None = None
        self.refuses_open: str | None = None
        self.refuses_frames = False
        self.backlog = 0
        self.flushes = 0
        self.opened = threading.Event()
        self.closed = threading.Event()

    def open(self) -> None:
        if self.refuses_open:
            raise PortLost(self.refuses_open)
        self.closed.clear()
        self.opened.set()

    def close(self) -> None:
        self.opened.clear()
        self.closed.set()

    def read(self, timeout: float) -> bytes | None:
        if self.lost:
            raise PortLost(self.lost)
        try:
            return self.said.get(timeout=timeout)
        except queue.Empty:
            return None

    def write(self, frame: bytes) -> bool:
        if self.lost:
            raise PortLost(self.lost)
        assert len(frame) == FRAME_OCTETS
        if self.refuses_frames:
            return False
        self.heard.put(frame)
        return True

    def queued(self) -> int:
        return self.backlog

    def flush(self) -> None:
        self.flushes += 1


class Room:
    """Media, its events and its ports."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.prompts = folder / "prompts"
        self.recordings = folder / "recordings"
        self.prompts.mkdir()
        self.recordings.mkdir()
        self.ports: dict[str, WirePort] = {"one": WirePort(), "two": WirePort()}
        self.seen: list[MediaEvent] = []
        self._news = threading.Condition()
        self.media = Media(
            self._take,
            clock=self.clock,
            prompts=self.prompts,
            recordings=self.recordings,
            open_port=lambda spec: self.ports[spec.address],
        )

    def _take(self, event: MediaEvent) -> None:
        with self._news:
            self.seen.append(event)
            self._news.notify_all()

    def events(self, kind: type[Event]) -> list[Event]:
        with self._news:
            return [event for event in self.seen if isinstance(event, kind)]

    def wait(self, kind: type[Event], count: int = 1) -> Event:
        """Return the count-th event of a kind; fail when it does not come."""
        with self._news:
            self._news.wait_for(
                lambda: sum(isinstance(event, kind) for event in self.seen) >= count, DEADLINE
            )
        found = self.events(kind)
        assert len(found) >= count, f"no {kind.__name__} but {self.seen}"
        return found[count - 1]

    def attach(self, call: str = "c") -> None:
        """Attach both legs and say the first frame on each."""
        self.media.attach(call, "a", AudioSpec("serial", "one"))
        self.media.attach(call, "b", AudioSpec("serial", "two"))
        self.talk(frames=1)

    def step(self, port: str, frame: bytes = SILENCE) -> bytes:
        """Say one frame on a port and return the one that is written for it."""
        self.ports[port].said.put(frame)
        return self.ports[port].heard.get(timeout=DEADLINE)

    def talk(
        self,
        one: Samples | None = None,
        two: Samples | None = None,
        frames: int | None = None,
    ) -> tuple[Samples, Samples]:
        """Say something on both ports, frame by frame in turn; return what both heard meanwhile."""
        mine, yours = list(cut(one)), list(cut(two))
        length = frames if frames is not None else max(len(mine), len(yours)) + 10
        heard: dict[str, list[bytes]] = {"one": [], "two": []}
        for index in range(length):
            self.clock.advance(FRAME_SECONDS)
            heard["one"].append(self.step("one", mine[index] if index < len(mine) else SILENCE))
            heard["two"].append(self.step("two", yours[index] if index < len(yours) else SILENCE))
        return joined(heard["one"]), joined(heard["two"])

    def leg(self, port: str, frames: int, said: Samples | None = None) -> Samples:
        """Say something on one port only."""
        mine = list(cut(said))
        heard = []
        for index in range(frames):
            self.clock.advance(FRAME_SECONDS)
            heard.append(self.step(port, mine[index] if index < len(mine) else SILENCE))
        return joined(heard)


@contextmanager
def room(folder: Path) -> Iterator[Room]:
    """A started room, stopped at the end; every thread it had must be gone."""
    since = Since()
    made = Room(folder)
    made.media.start()
    try:
        yield made
    finally:
        made.media.stop(5.0)
        assert not since.names("media-")


def cut(samples: Samples | None) -> Iterator[bytes]:
    if samples is not None:
        short = -len(samples) % FRAME_SAMPLES
        octets = np.concatenate([samples, np.zeros(short, np.int16)]).astype("<i2").tobytes()
        for at in range(0, len(octets), FRAME_OCTETS):
            yield octets[at : at + FRAME_OCTETS]


def joined(frames: list[bytes]) -> Samples:
    return np.frombuffer(b"".join(frames), dtype="<i2").astype(np.int16)


def until(condition: Callable[[], bool], what: str, seconds: float = DEADLINE) -> None:
    """Wait for something that has no event of its own."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, what
        pause.wait(0.002)


__all__ = ["DEADLINE", "MediaClosed", "Room", "WirePort", "cut", "joined", "room", "until"]
