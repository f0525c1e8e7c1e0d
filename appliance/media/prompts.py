"""Where the sound of a play comes from: uploads, the default prompts, and tones, decoded once."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np

import sounds
from appliance.errors import BadInput, NotFound
from appliance.media import tones, wav
from appliance.media.g711 import Samples
from appliance.media.tone_plans import HOME
from drivers.audio.port import FRAME_OCTETS, FRAME_SAMPLES

_log = logging.getLogger(__name__)

Clip = tuple[bytes, ...]
"""A sound as whole frames, ready to be written without another copy."""

KEPT: Final = 32 * 1024 * 1024  # octets of decoded sound that stay in memory: half an hour
LANGUAGE: Final = "zh-CN"
BETWEEN: Final = 0.3  # seconds between a prompt's two languages


def frames(samples: Samples) -> Clip:
    """Cut samples into frames, the last one filled up with silence."""
    short = -len(samples) % FRAME_SAMPLES
    octets = np.concatenate([samples, np.zeros(short, np.int16)]).astype("<i2").tobytes()
    return tuple(octets[at : at + FRAME_OCTETS] for at in range(0, len(octets), FRAME_OCTETS))


class Library:
    """Finds and decodes sources. Used by one thread (the loader); tests may call it from any one.

    Args:
        folder: Where the applications' approved uploads lie.
        region: Whose tones are played, two letters.
    """

    def __init__(self, folder: Path, region: str = HOME) -> None:
        self._region = region
        self._folder = folder
        self._clips: OrderedDict[tuple[str, int, int], Clip] = OrderedDict()
        self._octets = 0
        self._lock = threading.Lock()

    def locate(self, source: str) -> Path:
        """Return the file of ``notice.wav``, ``/a/path.wav`` or ``default:SLOT[:LANGUAGE]``.

        The two languages of ``zh-CN+en`` are files of their own (:meth:`clip`).

        Raises NotFound, and BadInput for a name that would leave the folder.
        """
        if source.startswith("default:"):
            slot, _, language = source.removeprefix("default:").partition(":")
            try:
                return sounds.default(slot, language or LANGUAGE)
            except KeyError as error:
                raise NotFound(f"{source}: {error.args[0]}") from error
        path = PurePosixPath(source)
        if path.is_absolute():
            return Path(source)
        if ".." in path.parts or not path.parts:
            raise BadInput(f"{source!r}: a file name inside the prompts folder expected")
        return self._folder / path

    def clip(self, source: str) -> Clip:
        """Return a source's sound, from memory if unchanged. Raises BadInput, NotFound."""
        if source.startswith(("tone:", "silence:")):
            key = (source, 0, 0)
            return self._kept(key) or self._keep(key, frames(tones.make(source, self._region)))
        first, both, second = source.partition("+")
        if source.startswith("default:") and both:
            pause = f"silence:{BETWEEN}"
            return self.play((first, pause, f"{first.rpartition(':')[0]}:{second}"))
        path = self.locate(source)
        try:
            state = path.stat()
        except OSError as error:
            raise NotFound(f"{source}: no such prompt ({error.strerror})") from error
        key = (str(path), state.st_mtime_ns, state.st_size)
        return self._kept(key) or self._keep(key, frames(wav.read(path)))

    def play(self, sources: tuple[str, ...]) -> Clip:
        """Return several sources in a row; one that cannot be had is logged and left out."""
        found: list[Clip] = []
        for source in sources:
            try:
                found.append(self.clip(source))
            except BadInput as error:
                _log.warning("prompt left out: %s", error)
        if len(found) == 1:
            return found[0]
        return tuple(frame for clip in found for frame in clip)

    def _kept(self, key: tuple[str, int, int]) -> Clip | None:
        with self._lock:
            clip = self._clips.get(key)
            if clip is not None:
                self._clips.move_to_end(key)
            return clip

    def _keep(self, key: tuple[str, int, int], clip: Clip) -> Clip:
        with self._lock:
            self._clips[key] = clip
            self._octets += len(clip) * FRAME_OCTETS
            while self._octets > KEPT and len(self._clips) > 1:
                _, oldest = self._clips.popitem(last=False)
                self._octets -= len(oldest) * FRAME_OCTETS
        return clip
