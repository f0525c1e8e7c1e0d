"""The rooms next to the exchange as tests need them: media, and a rack."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from appliance.media import MediaClosed, MediaEvent, Played, Recorded
from drivers.modem import AudioSpec, Modem
from drivers.rack import Health
from tests.exchange.fake_network import Changes


class FakeMedia:
    """A media room that plays everything in no time, unless told to take it."""

    def __init__(self, post: Callable[[MediaEvent], None], changes: Changes) -> None:
        self._post = post
        self._changes = changes
        self._lock = threading.Lock()
        self.instantly = True
        self.attached: dict[tuple[str, str], str] = {}
        self.played: list[tuple[str, tuple[str, ...]]] = []
        self.plays: list[tuple[str, str, int]] = []
        self.bridged: set[str] = set()
        self.recording: dict[str, str] = {}
        self.closed: list[str] = []
        self.makes_recordings = True

    def start(self) -> None:
        pass

    def stop(self, timeout: float) -> None:
        pass

    def attach(self, call: str, leg: str, spec: AudioSpec) -> None:
        with self._lock:
            self.attached[call, leg] = spec.address
        self._changes.tell()

    def detach(self, call: str, leg: str) -> None:
        with self._lock:
            self.attached.pop((call, leg), None)

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
        with self._lock:
            self.played.append((leg, sources))
            self.plays.append((call, leg, play_id))
        if self.instantly and not loop:
            self._post(Played(call, leg, play_id, False))
        self._changes.tell()

    def finish_play(self) -> None:
        with self._lock:
            call, leg, play_id = self.plays[-1]
        self._post(Played(call, leg, play_id, False))

    def stop_play(self, call: str, leg: str) -> None:
        pass

    def bridge(self, call: str, on: bool) -> None:
        with self._lock:
            self.bridged.add(call)
        self._changes.tell()

    def record(self, call: str, name: str) -> None:
        with self._lock:
            self.recording[call] = name

    def listen(self, call: str, leg: str, on: bool) -> None:
        pass

    def close(self, call: str) -> None:
        with self._lock:
            name = self.recording.pop(call, None)
            self.closed.append(call)
            for key in [key for key in self.attached if key[0] == call]:
                del self.attached[key]
        if name is not None and self.makes_recordings:
            self._post(Recorded(call, name, 7.0, "5ha"))
        self._post(MediaClosed(call))
        self._changes.tell()


class FakeRack:
    """A rack whose modems a test plugs in and out."""

    def __init__(self) -> None:
        self.modems: list[Modem] = []
        self.recovers: list[str] = []
        self.causes: list[str] = []
        self.wells: list[str] = []
        self._added: Callable[[Modem], None] | None = None
        self._removed: Callable[[str], None] | None = None

    def start(
        self,
        added: Callable[[Modem], None],
        removed: Callable[[str], None],
        told: Callable[[str, Any], None],
    ) -> None:
        self.told = told
        self._added, self._removed = added, removed
        for modem in self.modems:
            added(modem)

    def add(self, modem: Modem) -> None:
        assert self._added is not None
        self._added(modem)

    def remove(self, socket: str) -> None:
        assert self._removed is not None
        self._removed(socket)

    def recover(self, socket_name: str, cause: str) -> None:
        self.recovers.append(socket_name)
        self.causes.append(cause)

    def health(self, socket_name: str) -> Health:
        return Health()

    def well(self, socket_name: str, family: str) -> None:
        self.wells.append(socket_name)

    def stop(self, timeout: float) -> None:
        pass
