"""Recordings: both directions mixed, A-law, on disk up to the last second.

A leg's thread only appends frames to a list; one thread ``media-recorder`` mixes, encodes and
writes for every call, a quarter of a second at a time. A file grows under a temporary name, its
header is corrected with every sync, and it gets its own name when it is done: a file with its own
name is complete, and one with the temporary name is a valid WAV up to its last sync.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

import numpy as np

from appliance.errors import BadInput
from appliance.media import g711, wav
from appliance.media.events import Post, Recorded, RecordingFailed
from drivers.audio.port import FRAME_SAMPLES, SAMPLE_RATE, SILENCE

_log = logging.getLogger(__name__)

SHORTEST: Final = 3.0  # seconds below which there is no file
SWEEP: Final = 3600.0  # seconds between two looks for recordings that are too old
TURN: Final = 0.25  # seconds between two writes
SYNC: Final = SAMPLE_RATE  # samples after which header and data are forced to disk
WAITING: Final = 3000  # frames that may wait for a disk that hangs: one minute
PARTIAL: Final = ".part"

Pair = tuple[bytes, bytes]
Work = Callable[["Recording"], None]


@dataclass(frozen=True, slots=True)
class Salvaged:
    """A recording that a power cut had left under its temporary name, now complete."""

    name: str
    seconds: float
    sha256: str


class Recording:
    """One call's recording. ``put`` is the legs' side of it, everything else the recorder's.

    Args:
        call: The call.
        name: The file, in the recordings folder.
        stereo: Leg a on the left and leg b on the right, instead of both mixed.

    Attributes:
        lost: Frames thrown away because the disk did not take them for a minute.
        failed: The file could not be written; told by RecordingFailed.
    """

    def __init__(self, call: str, name: str, *, stereo: bool = False) -> None:
        self.call = call
        self.name = name
        self.channels = 2 if stereo else 1
        self.lost = 0
        self.failed = False
        self.ending = threading.Event()
        self._pairs: deque[Pair] = deque(maxlen=WAITING)
        self._file: BinaryIO | None = None
        self._path = Path()
        self._samples = 0
        self._synced = 0

    def put(self, a: bytes | None, b: bytes | None) -> None:
        """Add 20 ms of both legs' voices."""
        if len(self._pairs) == WAITING:
            self.lost += 1
        self._pairs.append((a or SILENCE, b or SILENCE))

    @property
    def seconds(self) -> float:
        """What has been written so far."""
        return self._samples / SAMPLE_RATE

    def open(self, folder: Path) -> None:
        """Create the temporary file. Raises OSError."""
        self._path = folder / self.name
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = _partial(self._path).open("wb")
        self._file.write(wav.alaw_header(0, self.channels))

    def write(self) -> None:
        """Mix and write what waits; sync about once a second. Raises OSError."""
        count = len(self._pairs)
        if count == 0:
            return
        pairs = [self._pairs.popleft() for _ in range(count)]
        if self._file is None:
            return
        self._file.write(g711.encode((_mixed if self.channels == 1 else _side_by_side)(pairs)))
        self._samples += count * FRAME_SAMPLES
        if self._samples - self._synced >= SYNC:
            self._sync(self._file)

    def finish(self) -> tuple[float, str]:
        """Complete the file; return seconds and digest. Raises OSError."""
        self.write()
        if self._file is None:
            return 0.0, ""
        with self._file as file:
            self._file = None
            if self.seconds < SHORTEST:
                _partial(self._path).unlink()
                return self.seconds, ""
            self._sync(file)
        return self.seconds, _rename(self._path)

    def abandon(self) -> None:
        """Close the file after a failure and leave it where it is."""
        self.failed = True
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError as error:  # a full disk refuses what was buffered
                _log.warning("recording %s: %s", self.name, error.strerror)

    def _sync(self, file: BinaryIO) -> None:
        end = file.tell()
        file.seek(0)
        file.write(wav.alaw_header(self._samples, self.channels))
        file.seek(end)
        file.flush()
        os.fsync(file.fileno())
        self._synced = self._samples


class Recorder:
    """Writes every call's recording on one thread.

    Args:
        folder: Where recordings lie.
        post: Takes :class:`Recorded` and :class:`RecordingFailed`; called on the recorder's thread.
        ended: Called there after a recording's last event.
        keep: Seconds after its end that a recording is kept; None for ever.
    """

    def __init__(
        self,
        folder: Path,
        post: Post,
        ended: Callable[[Recording], None] = lambda _: None,
        *,
        keep: float | None = None,
    ) -> None:
        self._keep = keep
        self._swept = -SWEEP
        self._folder = folder
        self._post = post
        self._ended = ended
        self._changed = threading.Condition()
        self._recordings: list[Recording] = []
        self._new: deque[Recording] = deque()
        self._ending = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="media-recorder", daemon=True)
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Finish every recording and end the thread, within ``timeout`` seconds."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(timeout)

    def begin(self, call: str, name: str, *, stereo: bool = False) -> Recording:
        """Begin a recording. Raises BadInput for a name that would leave the folder."""
        check_name(name)
        recording = Recording(call, name, stereo=stereo)
        with self._changed:
            self._new.append(recording)
        return recording

    def end(self, recording: Recording) -> None:
        """End a recording; its event follows."""
        recording.ending.set()
        with self._changed:
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._ending and not any(r.ending.is_set() for r in self._recordings):
                    self._changed.wait(TURN)
                ending = self._ending
                new, self._new = list(self._new), deque()
            for recording in new:
                self._guard(recording, lambda r: r.open(self._folder))
                self._recordings.append(recording)
            for recording in list(self._recordings):
                self._turn(recording, ending)
            if ending:
                return
            self._sweep()

    def _sweep(self) -> None:
        """Now and then remove what is too old."""
        now = time.monotonic()
        if self._keep is None or now - self._swept < SWEEP:
            return
        self._swept = now
        try:
            removed = remove_older(self._folder, time.time() - self._keep)
        except OSError as error:
            _log.error("old recordings cannot be removed: %s", error)
        else:
            if removed:
                _log.info("%d recordings were old enough to be removed", removed)

    def _turn(self, recording: Recording, ending: bool) -> None:
        if ending or recording.ending.is_set():
            self._recordings.remove(recording)
            self._guard(recording, self._finish)
            self._ended(recording)
        else:
            self._guard(recording, Recording.write)

    def _finish(self, recording: Recording) -> None:
        if recording.failed:
            return
        seconds, digest = recording.finish()
        self._post(Recorded(recording.call, recording.name, seconds, digest))

    def _guard(self, recording: Recording, work: Work) -> None:
        try:
            work(recording)
        except Exception as error:  # noqa: BLE001 - one call's disk trouble must not end the others'
            _log.exception("recording %s failed", recording.name)
            recording.abandon()
            cause = error.strerror if isinstance(error, OSError) else None
            self._post(RecordingFailed(recording.call, recording.name, cause or str(error)))


def salvage(folder: Path) -> list[Salvaged]:
    """Complete what a power cut or kill has left under temporary names; to be called before start.

    What was written after the last sync may be in the file beyond its header's count; it is kept.
    Files shorter than :data:`SHORTEST` are removed. Raises OSError.
    """
    parts = sorted(folder.rglob(f"*{PARTIAL}"))
    names = [part.relative_to(folder).as_posix().removesuffix(PARTIAL) for part in parts]
    return [saved for name in names if (saved := salvage_one(folder, name)) is not None]


def salvage_one(folder: Path, name: str) -> Salvaged | None:
    """Complete one recording that was cut off, by its own name; None if nothing of use is there.

    Raises OSError.
    """
    path = folder / name
    part = _partial(path)
    if not part.exists():
        return None
    with part.open("r+b") as file:
        channels = wav.alaw_channels(file.read(wav.A_LAW_HEADER))
        octets = part.stat().st_size - wav.A_LAW_HEADER
        samples = octets // channels
        if samples < SHORTEST * SAMPLE_RATE:
            part.unlink()
            return None
        file.truncate(wav.A_LAW_HEADER + samples * channels)
        file.seek(0)
        file.write(wav.alaw_header(samples, channels))
        file.flush()
        os.fsync(file.fileno())
    return Salvaged(name, samples / SAMPLE_RATE, _rename(path))


def remove_older(folder: Path, than: float) -> int:
    """Remove the finished recordings that ended before a time (seconds of the epoch); count them.

    Raises OSError.
    """
    removed = 0
    for path in folder.rglob("*.wav"):
        if path.is_file() and path.stat().st_mtime < than:
            path.unlink()
            removed += 1
    return removed


def check_name(name: str) -> None:
    """Raise BadInput for a name that would leave the recordings folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.name:
        raise BadInput(f"{name!r}: a file name inside the recordings folder expected")


def _partial(path: Path) -> Path:
    return path.with_name(path.name + PARTIAL)


def _rename(path: Path) -> str:
    with _partial(path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    _partial(path).replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return digest


def _mixed(pairs: list[Pair]) -> g711.Samples:
    mixed = _wave([pair[0] for pair in pairs]).astype(np.int32)
    mixed += _wave([pair[1] for pair in pairs])
    return np.clip(mixed, -32768, 32767).astype(np.int16)


def _side_by_side(pairs: list[Pair]) -> g711.Samples:
    """Return samples of leg a and leg b in turn."""
    sides = [_wave([pair[side] for pair in pairs]) for side in (0, 1)]
    return np.stack(sides, axis=1).ravel()


def _wave(frames: list[bytes]) -> g711.Samples:
    samples: g711.Samples = np.frombuffer(b"".join(frames), dtype="<i2").astype(np.int16)
    return samples
