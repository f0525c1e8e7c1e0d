"""Sound files of any common kind, decoded to what the box plays: 8 kHz, mono, 16 bits.

The decoders are large and read whatever a stranger made, so they run in a process of their own,
with little memory and time, whose crash costs one upload:

    python -m appliance.operations.transcode < upload > samples
"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from appliance.errors import BadInput

if TYPE_CHECKING:
    from appliance.media.g711 import Samples

RATE = 8000
SECONDS = 60.0
"""Of wall clock for one file."""
_PROCESSOR_SECONDS = 30
_MEMORY = 2 << 30  # octets of address space; the libraries map several hundred megabytes
_MOST = 2 * (4 << 20)  # octets of samples that are read: twice as long as a voice file may be


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded file.

    Args:
        samples: 8 kHz, mono.
        source: What it was, in words: ``mp3, 44100 Hz, 2 channels``.
    """

    samples: Samples
    source: str


def decode(octets: bytes, name: str) -> Decoded:
    """Return the sound of a file: WAV, MP3, M4A, AAC, AMR, FLAC, Ogg, Opus, WMA and so on.

    Raises:
        BadInput: It is none of them, is damaged, has no sound, or takes too long.
    """
    import numpy as np

    command = [sys.executable, "-m", "appliance.operations.transcode"]
    try:
        done = subprocess.run(
            command, input=octets, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BadInput(f"{name}: decoding it takes longer than {SECONDS:g} s") from error
    told = _told(done.stderr)
    if done.returncode or "source" not in told or not done.stdout:
        reason = told.get("error", "no decoder knows what it is")
        raise BadInput(f"{name}: no sound file that can be read ({reason})")
    return Decoded(np.frombuffer(done.stdout, "<i2").astype(np.int16), str(told["source"]))


def _told(octets: bytes) -> dict[str, Any]:
    """Return the last line that the child wrote, when it is the JSON object that it owes."""
    with contextlib.suppress(ValueError, IndexError):
        value = json.loads(octets.splitlines()[-1])
        if isinstance(value, dict):
            return value
    return {}


def _child() -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_SECONDS, _PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    import av

    av.logging.set_level(av.logging.PANIC)
    try:
        source = _convert(sys.stdin.buffer.read())
    except (av.FFmpegError, ValueError, IndexError, MemoryError) as error:
        sys.stderr.write(json.dumps({"error": str(error).partition(":")[0][:200]}) + "\n")
        return 1
    sys.stdout.buffer.flush()
    sys.stderr.write(json.dumps({"source": source}) + "\n")
    return 0


def _convert(octets: bytes) -> str:
    import av

    with av.open(io.BytesIO(octets), "r") as container:
        if not container.streams.audio:
            raise ValueError("it has no sound")
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        written = 0
        for frame in (*container.decode(stream), None):
            for piece in resampler.resample(frame):
                sound = bytes(piece.planes[0])[: piece.samples * 2]
                written += len(sound)
                sys.stdout.buffer.write(sound)
            if written > _MOST:
                break  # it is refused for its length
        codec = stream.codec_context
        return f"{codec.name}, {codec.sample_rate} Hz, {codec.layout.nb_channels} channels"


if __name__ == "__main__":
    raise SystemExit(_child())
